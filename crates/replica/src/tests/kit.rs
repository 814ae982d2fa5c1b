//! A chain of four validators, the first of which is a replica under test.

use corridor_crypto::{Digest, PublicKey, SecretKey, Signature, Verified};
use corridor_types::operations::PaymentStep;
use corridor_types::persist::{Recovered, Write};
use corridor_types::*;

use crate::event::Event;
use crate::membership::Roster;
use crate::{Clock, Config, Effect, Input, Peer, Prepared, Ready, Replica, Timings, VerifiedMessage};

pub fn key(n: u8) -> SecretKey {
    SecretKey::from_seed(&[n + 1; 32])
}

/// The network key of a validator.
pub fn peer(n: u8) -> Peer {
    SecretKey::from_seed(&[n + 51; 32]).public_key()
}

fn lei(n: usize) -> Lei {
    let stem = format!("CORRIDORTESTBANK{n:02}");
    (0..=97).find_map(|check| format!("{stem}{check:02}").parse().ok()).unwrap()
}

pub fn genesis() -> Genesis {
    let participant = |(n, bic): (usize, &str)| ParticipantEntry {
        name: format!("Central bank {n}"),
        lei: lei(n),
        bic: bic.parse().unwrap(),
        country: "BR".parse().unwrap(),
        kind: ParticipantKind::CentralBank,
        supervisor: ParticipantId(n as u32),
        keys: vec![KeyEntry { key: key(n as u8 + 100).public_key(), role: KeyRole::Operator }],
    };
    let validator = |n: u8| ValidatorEntry {
        participant: ParticipantId(n.into()),
        key: key(n).public_key(),
        network_key: peer(n),
        power: VotingPower(1),
    };
    let bics = ["AUCBBRSPXXX", "AURABRSPXXX", "MERDBRJJXXX", "MECBBRJJXXX"];
    Genesis {
        chain: "test".to_owned(),
        time: Timestamp(1_790_000_000_000),
        participants: bics.into_iter().enumerate().map(participant).collect(),
        assets: vec![AssetEntry {
            currency: "BRL".parse().unwrap(),
            issuer: ParticipantId(0),
            payment_cap: Amount(1_000),
        }],
        accounts: vec![],
        validators: (0..4).map(validator).collect(),
        nodes: vec![],
        parameters: Parameters::default(),
    }
}

/// What validator 0 knows of who belongs in the first epoch.
pub fn roster() -> Roster {
    let sets = ValidatorSets::new(genesis().validator_set().unwrap());
    Roster::new(sets, vec![key(0).public_key()], Some(ParticipantId(0)))
}

/// The validators of the second epoch: the same ones.
pub fn next_set() -> ValidatorSet {
    let validators = genesis().validator_set().unwrap().iter().map(|(_, validator)| validator.clone()).collect();
    ValidatorSet::new(Epoch(1), validators).unwrap()
}

/// A block with nothing in it that nobody needs to verify.
pub fn block(height: u64, view: u64, next: &ValidatorSet) -> Block {
    Block {
        epoch: Epoch(0),
        view: View(view),
        height: Height(height),
        parent: Digest([1; 32]),
        parent_view: View(view - 1),
        proposer: ValidatorIndex((view % 4) as u16),
        time: Timestamp(1_790_000_000_001),
        cut: vec![],
        validators: genesis().validator_set().unwrap().digest(),
        next_validators: next.digest(),
    }
}

pub fn transaction(number: u8) -> Verified<IdentifiedTransaction> {
    let reference = Uetr::from_random([number; 16]);
    let operation = Operation::Payment {
        reference,
        step: PaymentStep::Reject { payments: vec![], reason: Code::CreditorAgentRefused },
    };
    let approvals = vec![Approval { key: PublicKey([1; 32]), signature: Signature([2; 64]) }];
    let transaction = Transaction { participant: ParticipantId(0), valid_until: Timestamp(1), operation, approvals };
    Verified::assume_checked(IdentifiedTransaction::new(transaction))
}

/// The first batch of a validator's lane.
pub fn batch(author: u8, number: u8) -> VerifiedBatch {
    let (header, payload) = VerifiedBatch::assemble(
        Epoch(0),
        ParticipantId(author.into()),
        Sequence(1),
        Digest::ZERO,
        &[transaction(number)],
    )
    .unwrap();
    let signature = key(author).sign(&header.signed_message(&genesis().signing_context()));
    VerifiedBatch::decode_trusted(Batch { header, signature, payload }).unwrap()
}

pub fn status(epoch: u64) -> Status {
    let (view, height) = (View(0), Height(0));
    Status {
        epoch: Epoch(epoch),
        view,
        finalized: height,
        finalized_view: view,
        settled: height,
        oldest: Height(1),
        snapshot: height,
        asks_seen: false,
    }
}

pub fn seen(epoch: u64, view: u64) -> Seen {
    Seen { epoch: Epoch(epoch), view: View(view), sequence: Sequence(0), digest: Digest::ZERO }
}

/// One replica, its clock, and what it did.
pub struct Bench {
    pub replica: Replica,
    pub now: u64,
    /// False: what is asked of the signer does not come back.
    pub signs: bool,
    pub asked: Vec<SignRequest>,
    pub persisted: Vec<Write>,
}

impl Bench {
    /// Validator 0; `own` is what its record knows of votes.
    pub fn new(own: Vec<Signed>) -> Self {
        let timings = Timings { watch_ms: 1_000, ..Timings::for_validators(4) };
        let config = Config {
            genesis: genesis(),
            participant: Some(ParticipantId(0)),
            keys: vec![key(0).public_key()],
            network_key: peer(0),
            prefer_snapshot: false,
            timings,
        };
        let prepared = Prepared::new(config, Recovered { oldest: Height(1), ..Default::default() }, vec![]).unwrap();
        let replica = Replica::start(prepared, own, None).unwrap();
        Self { replica, now: 0, signs: true, asked: vec![], persisted: vec![] }
    }

    /// Linked to all and voting.
    pub fn voting() -> Self {
        let mut bench = Self::new(vec![]);
        (1..4).for_each(|n| drop(bench.step(Input::Connected(peer(n)))));
        bench.hear_all(seen(0, 0));
        assert!(bench.replica.me().is_some());
        bench
    }

    pub fn clock(&self) -> Clock {
        Clock { steady_ms: self.now, wall: Timestamp(1_790_000_000_000 + self.now) }
    }

    pub fn step(&mut self, input: Input) -> Vec<Effect> {
        let ready = self.replica.step(self.clock(), input);
        self.carry_out(ready)
    }

    /// What other parts may say, as if an input had led to it.
    pub fn events(&mut self, events: Vec<Event>) -> Vec<Effect> {
        let mut ready = Ready::default();
        self.replica.handle(self.clock(), events, &mut ready);
        self.carry_out(ready)
    }

    /// The next epoch begins, on top of a block at height and view 9.
    pub fn enter(&mut self, validators: ValidatorSet) -> Vec<Effect> {
        let top = block(9, 9, &validators);
        self.events(vec![Event::EnterSet(validators), Event::StartEngine(top)])
    }

    fn carry_out(&mut self, ready: Ready) -> Vec<Effect> {
        self.persisted.extend(ready.persist);
        let mut effects = ready.then;
        for request in ready.sign {
            self.asked.push(request.clone());
            if self.signs {
                let context = genesis().signing_context();
                let signed = request.sign_unchecked(&context, ValidatorIndex(0), &key(0));
                effects.extend(self.step(Input::Signed(signed)));
            }
        }
        effects
    }

    pub fn message(&mut self, from: u8, message: VerifiedMessage) -> Vec<Effect> {
        self.step(Input::Message { from: peer(from), message })
    }

    /// All others say what they hold of ours.
    pub fn hear_all(&mut self, seen: Seen) {
        (1..4).for_each(|n| drop(self.message(n, VerifiedMessage::Seen(seen))));
    }

    pub fn wait(&mut self, ms: u64) -> Vec<Effect> {
        self.now += ms;
        self.step(Input::Tick)
    }
}
