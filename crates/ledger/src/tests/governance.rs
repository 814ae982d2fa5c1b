//! Validators, candidates and nodes under random traffic, beside a model as naive as it can be:
//! lists that are searched from end to end. Codes and tables must agree to the last.

use std::collections::{BTreeMap, BTreeSet};

use corridor_crypto::{Digest, PublicKey, SecretKey};
use corridor_types::operations::{NodeStep, ValidatorsStep};
use corridor_types::{
    Code, Epoch, Height, IdentifiedTransaction, KeyRole, Operation, ParticipantId, Timestamp, Validator,
    ValidatorChange, ValidatorSet, VotingPower,
};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

use super::validators::signed;
use super::world::*;
use crate::Ledger;

/// Participant 6 does not exist.
const UNKNOWN: u32 = 6;

fn operator(participant: ParticipantId) -> PublicKey {
    secret(participant, KeyRole::Operator, 0).public_key()
}

const CENTRAL: [ParticipantId; 2] = [CENTRAL_DE, CENTRAL_BR];

fn supervisor(bank: ParticipantId) -> PublicKey {
    secret(bank, KeyRole::Supervisor, 0).public_key()
}

struct Model {
    time: Timestamp,
    epochs: Vec<Vec<Validator>>,
    current: usize,
    candidates: BTreeMap<ParticipantId, (Validator, Timestamp)>,
    nodes: Vec<Option<(ParticipantId, PublicKey)>>,
    states: Vec<Digest>,
}

impl Model {
    fn new(ledger: &Ledger) -> Self {
        Self {
            time: START,
            epochs: vec![ledger.validators().iter().map(|(_, validator)| validator.clone()).collect()],
            current: 0,
            candidates: BTreeMap::new(),
            nodes: ledger.nodes().map(Some).collect(),
            states: vec![ledger.state()],
        }
    }

    /// Every use of a key: by whom, and whether to vote.
    fn uses(&self) -> Vec<(PublicKey, ParticipantId, Option<bool>)> {
        let candidates = self.candidates.values().map(|(validator, _)| validator);
        let validators = self.epochs[self.current..].iter().flatten().chain(candidates);
        let of = |v: &Validator| [(v.key, v.participant, Some(true)), (v.network_key, v.participant, Some(false))];
        let nodes = self.nodes.iter().flatten().map(|(by, key)| (*key, *by, Some(false)));
        let registered = (0..UNKNOWN).map(ParticipantId).map(|id| (operator(id), id, None));
        validators.flat_map(of).chain(nodes).chain(registered).collect()
    }

    fn is_taken(&self, key: PublicKey, by: ParticipantId, votes: bool) -> bool {
        self.uses().iter().any(|(used, user, what)| *used == key && (*user, *what) != (by, Some(votes)))
    }

    fn has_pending(&self) -> bool {
        self.epochs.len() > self.current + 1
    }

    /// Whose say on validators a key has: a central bank's, or a member's of the current set.
    fn decider(&self, key: &PublicKey) -> Option<ParticipantId> {
        let mut others = self.epochs[self.current].iter().map(|v| v.participant).filter(|id| !CENTRAL.contains(id));
        let governs = |id: &ParticipantId| secret(*id, KeyRole::Governance, 0).public_key() == *key;
        CENTRAL.into_iter().find(|id| supervisor(*id) == *key).or_else(|| others.find(governs))
    }

    fn power(&self) -> u64 {
        self.epochs[self.current].iter().map(|v| v.power.0).sum()
    }

    fn power_behind(&self, signers: &BTreeSet<PublicKey>) -> u64 {
        let signed: Vec<_> = signers.iter().filter_map(|key| self.decider(key)).collect();
        let members = self.epochs[self.current].iter().filter(|v| signed.contains(&v.participant));
        members.map(|v| v.power.0).sum()
    }

    fn run(&mut self, item: &IdentifiedTransaction) -> Code {
        let by = item.transaction.participant;
        if by.0 >= UNKNOWN {
            return Code::UnknownParticipant;
        }
        let signers: BTreeSet<_> = item.transaction.approvals.iter().map(|approval| approval.key).collect();
        match &item.transaction.operation {
            Operation::Validators { step: ValidatorsStep::Declare { .. }, .. } if by == OBSERVER => {
                Code::ParticipantNotAuthorised
            }
            Operation::Validators { step: ValidatorsStep::Declare { validator, height, state }, .. } => {
                self.declare(&signers, validator, *height, *state)
            }
            Operation::Validators { step: ValidatorsStep::Change { epoch, changes }, .. } => match self
                .change(*epoch, changes)
            {
                _ if by.0 > 1 => Code::ParticipantNotAuthorised,
                _ if signers.iter().any(|key| self.decider(key).is_none()) => Code::KeyNotAuthorised,
                _ if !CENTRAL.iter().all(|id| signers.contains(&supervisor(*id))) => Code::CentralBankApprovalMissing,
                _ if 3 * self.power_behind(&signers) <= 2 * self.power() => Code::QuorumMissing,
                Ok(next) => {
                    self.epochs.push(next);
                    Code::Ok
                }
                Err(code) => code,
            },
            Operation::Node { step: NodeStep::Register { network_key }, .. } => self.register(by, *network_key),
            Operation::Node { step: NodeStep::Remove { network_key }, .. } => {
                let place = self.nodes.iter_mut().find(|node| **node == Some((by, *network_key)));
                place.map_or(Code::UnknownNode, |place| {
                    *place = None;
                    Code::Ok
                })
            }
            other => panic!("{other:?}"),
        }
    }

    fn declare(&mut self, signers: &BTreeSet<PublicKey>, v: &Validator, height: Height, state: Digest) -> Code {
        let recent = self.states.len().saturating_sub(4_096)..self.states.len();
        let synced = recent.contains(&(height.0 as usize)) && self.states[height.0 as usize] == state;
        if !signers.contains(&v.key) || !signers.contains(&v.network_key) {
            return Code::PossessionNotProven;
        }
        let same = v.key == v.network_key;
        if same || self.is_taken(v.key, v.participant, true) || self.is_taken(v.network_key, v.participant, false) {
            return Code::KeyInUse;
        }
        if !synced {
            return Code::CandidateNotSynced;
        }
        self.candidates.insert(v.participant, (v.clone(), self.time));
        Code::Ok
    }

    fn change(&self, epoch: Epoch, changes: &[ValidatorChange]) -> Result<Vec<Validator>, Code> {
        if epoch.0 as usize != self.current {
            return Err(Code::WrongEpoch);
        }
        if self.has_pending() {
            return Err(Code::ValidatorChangePending);
        }
        let participants: Vec<_> = changes.iter().map(ValidatorChange::participant).collect();
        let sorted: Vec<_> = participants.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        if changes.is_empty() || sorted != participants {
            return Err(Code::ValidatorSetInvalid);
        }
        let mut next: BTreeMap<_, _> = self.epochs[self.current].iter().map(|v| (v.participant, v.clone())).collect();
        for change in changes {
            match change {
                ValidatorChange::Remove { participant } => {
                    next.remove(participant).ok_or(Code::UnknownValidator)?;
                }
                ValidatorChange::Put { validator } => {
                    self.put(validator, next.get(&validator.participant))?;
                    next.insert(validator.participant, validator.clone());
                }
            }
        }
        let valid = !next.is_empty() && next.values().all(|validator| validator.power.0 > 0);
        valid.then(|| next.into_values().collect()).ok_or(Code::ValidatorSetInvalid)
    }

    fn put(&self, validator: &Validator, old: Option<&Validator>) -> Result<(), Code> {
        let keys = |v: &Validator| (v.key, v.network_key);
        if old == Some(validator) {
            return Err(Code::ValidatorSetInvalid);
        }
        if old.map(keys) == Some(keys(validator)) {
            return Ok(());
        }
        let declared = self.candidates.get(&validator.participant);
        let good = declared.is_some_and(|(v, time)| keys(v) == keys(validator) && self.time.0 - time.0 <= DAY_MS);
        if good { Ok(()) } else { Err(Code::UnknownCandidate) }
    }

    fn register(&mut self, by: ParticipantId, key: PublicKey) -> Code {
        let known = self.nodes.iter().flatten().any(|(_, other)| *other == key);
        if known || self.is_taken(key, by, false) {
            return Code::KeyInUse;
        }
        if self.nodes.iter().flatten().filter(|(owner, _)| *owner == by).count() >= 8 {
            return Code::CapacityExceeded;
        }
        match self.nodes.iter_mut().find(|node| node.is_none()) {
            Some(place) => *place = Some((by, key)),
            None => self.nodes.push(Some((by, key))),
        }
        Code::Ok
    }

    fn compare(&self, ledger: &Ledger) {
        let members = |set: &ValidatorSet| set.iter().map(|(_, validator)| validator.clone()).collect::<Vec<_>>();
        assert_eq!(ledger.validator_sets().iter().map(members).collect::<Vec<_>>(), self.epochs[..=self.current]);
        assert_eq!(ledger.pending_validators().map(members).as_ref(), self.epochs.get(self.current + 1));
        let candidates = ledger.candidates().map(|c| (c.validator.participant, (c.validator.clone(), c.time)));
        assert_eq!(candidates.collect::<BTreeMap<_, _>>(), self.candidates);
        assert!(ledger.nodes().eq(self.nodes.iter().flatten().copied()));
    }
}

/// Few participants and few keys, so that they collide.
struct Dice(ChaCha8Rng);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0.next_u64() as usize % bound
    }

    fn participant(&mut self) -> ParticipantId {
        ParticipantId(self.below(UNKNOWN as usize + 1) as u32)
    }

    fn key(&mut self, model: &Model, fresh: &[PublicKey]) -> PublicKey {
        let uses = model.uses();
        if self.below(3) == 0 { uses[self.below(uses.len())].0 } else { fresh[self.below(fresh.len())] }
    }

    /// Mostly one that would do.
    fn validator(&mut self, model: &Model, fresh: &[PublicKey]) -> Validator {
        let participant = self.participant();
        let candidate = model.candidates.get(&participant).map(|(validator, _)| validator.clone());
        let member = model.epochs[model.current].iter().find(|v| v.participant == participant).cloned();
        let (key, network_key) = (self.key(model, fresh), self.key(model, fresh));
        let new = Validator { participant, key, network_key, power: VotingPower(1) };
        let chosen = [candidate.clone(), candidate, member].into_iter().flatten().nth(self.below(4));
        Validator { power: VotingPower(self.below(5) as u64), ..chosen.unwrap_or(new) }
    }

    fn item(&mut self, model: &Model, world: &mut World, fresh: &[PublicKey]) -> IdentifiedTransaction {
        let reference = world.reference();
        match self.below(10) {
            0..4 => {
                let validator = self.validator(model, fresh);
                let back = self.below(3).min(model.states.len() - 1);
                let height = Height((model.states.len() - 1 - back) as u64);
                let state = if self.below(20) == 0 { Digest::ZERO } else { model.states[height.0 as usize] };
                let mut keys = vec![validator.key, validator.network_key];
                keys.truncate(if self.below(20) == 0 { 1 } else { 2 });
                // A key that signs for two purposes signs once.
                keys.dedup();
                let by = validator.participant;
                keys.push(operator(by));
                signed(
                    by,
                    Operation::Validators { reference, step: ValidatorsStep::Declare { validator, height, state } },
                    &keys,
                )
            }
            4..7 => {
                let epoch = Epoch((model.current + usize::from(self.below(10) == 0)) as u64);
                let mut changes: Vec<_> = (0..self.below(4)).map(|_| self.change(model, fresh)).collect();
                if self.below(10) > 0 {
                    changes.sort_by_key(ValidatorChange::participant);
                }
                let by = if self.below(10) == 0 { self.participant() } else { CENTRAL_DE };
                signed(
                    by,
                    Operation::Validators { reference, step: ValidatorsStep::Change { epoch, changes } },
                    &self.deciders(model),
                )
            }
            7..9 => {
                let by = self.participant();
                let network_key = self.key(model, fresh);
                signed(by, Operation::Node { reference, step: NodeStep::Register { network_key } }, &[operator(by)])
            }
            _ => {
                let own = model.nodes[self.below(model.nodes.len())].filter(|_| self.below(5) > 0);
                let (by, network_key) = own.unwrap_or_else(|| (self.participant(), self.key(model, fresh)));
                signed(by, Operation::Node { reference, step: NodeStep::Remove { network_key } }, &[operator(by)])
            }
        }
    }

    /// Mostly both central banks and every member of the current set; now and then one is left
    /// out, or somebody signs who may not.
    fn deciders(&mut self, model: &Model) -> Vec<PublicKey> {
        let members = model.epochs[model.current].iter().map(|v| v.participant).filter(|id| !CENTRAL.contains(id));
        let governs = |id| secret(id, KeyRole::Governance, 0).public_key();
        let mut keys: Vec<_> = CENTRAL.map(supervisor).into_iter().chain(members.map(governs)).collect();
        if self.below(6) == 0 {
            keys.remove(self.below(keys.len()));
        }
        if self.below(20) == 0 {
            keys.push(governs(OBSERVER));
        }
        keys
    }

    fn change(&mut self, model: &Model, fresh: &[PublicKey]) -> ValidatorChange {
        match self.below(3) {
            0 => ValidatorChange::Remove { participant: self.participant() },
            _ => ValidatorChange::Put { validator: self.validator(model, fresh) },
        }
    }
}

/// An operator key among the declared ones counts as declared, and then no operator key is left.
fn has_operator(item: &IdentifiedTransaction) -> bool {
    match &item.transaction.operation {
        Operation::Validators { step: ValidatorsStep::Declare { validator, .. }, .. } => {
            let operator = operator(validator.participant);
            validator.key != operator && validator.network_key != operator
        }
        _ => true,
    }
}

fn run(seed: u64, blocks: usize) -> BTreeSet<Code> {
    let (mut dice, mut world) = (Dice(ChaCha8Rng::seed_from_u64(seed)), World::bare());
    let mut model = Model::new(&world.ledger);
    let fresh: Vec<_> =
        (0..24u8).map(|n| SecretKey::from_seed(&[n, 77, 0, 1].repeat(8).try_into().unwrap()).public_key()).collect();
    let mut codes = BTreeSet::new();
    for block in 0..blocks {
        world.time = world.time.plus_ms(dice.below(DAY_MS as usize / 4) as u64);
        model.time = world.time;
        // All of a block is made of what was known before it; that is how clients make it.
        let mut items: Vec<_> = (0..dice.below(5)).map(|_| dice.item(&model, &mut world, &fresh)).collect();
        items.retain(has_operator);
        let mut context = world.context();
        let ends = model.has_pending() && dice.below(3) == 0;
        if let Some(pending) = world.ledger.pending_validators().filter(|_| ends) {
            context.next_validators = pending.digest();
        }
        let executed = world.ledger.execute(&context, &items).unwrap();
        let got: Vec<_> = executed.entries.iter().map(|entry| entry.code).collect();
        let expected: Vec<_> = items.iter().map(|item| model.run(item)).collect();
        assert_eq!(got, expected, "seed {seed}, block {block}: {items:?}");
        model.current += usize::from(ends);
        model.states.push(world.ledger.state());
        model.compare(&world.ledger);
        codes.extend(got);
    }
    world.ledger.audit().unwrap();
    assert!(model.current > 3, "seed {seed} reached epoch {} only", model.current);
    codes
}

#[test]
fn random_governance_gives_what_the_model_says_and_reaches_every_code() {
    let codes: BTreeSet<_> = (1..=6).flat_map(|seed| run(seed, 300)).collect();
    let missing: Vec<_> = Code::ALL
        .iter()
        .filter(|code| ((40..=49).contains(&code.number()) || **code == Code::QuorumMissing) && !codes.contains(code))
        .collect();
    assert!(missing.is_empty(), "never reached: {missing:?}");
}
