//! Random traffic from many actors that sees the model: about half of the operations are right as
//! far as can be told, the others are spoiled in a place or two. The same seed gives the same
//! traffic.

mod money;
mod parties;
mod payments;

use std::collections::BTreeSet;

use corridor_crypto::{Digest, Domain, PublicKey, Signature};
use corridor_types::operations::{ExchangeStep, ParticipantStep, RefundStep};
use corridor_types::{
    AccountId, Amount, Approval, AssetId, Corridor, IdentifiedTransaction, KeyRole, Operation, ParticipantId,
    ParticipantKind, Payment, Timestamp, Transaction, Uetr,
};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

use super::signatures::plain_signers;
use super::state::{Life, Model};
use crate::tests::world::DAY_MS;

pub struct Traffic {
    random: ChaCha8Rng,
    seed: u64,
    references: u64,
    now: Timestamp,
    /// Whether the operation that is being made is to be spoiled.
    crooked: bool,
    /// Payments submitted lately, accepted or not.
    sent: Vec<Payment>,
    transactions: Vec<IdentifiedTransaction>,
}

impl Traffic {
    pub fn new(seed: u64, now: Timestamp) -> Self {
        let (sent, transactions) = (Vec::new(), Vec::new());
        let random = ChaCha8Rng::seed_from_u64(seed);
        Self { random, seed, references: 0, now, crooked: false, sent, transactions }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.random.next_u64() % bound
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// True now and then in an operation that is to be spoiled.
    fn spoil(&mut self, percent: u64) -> bool {
        self.crooked && self.chance(percent)
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let position = usize::try_from(self.random.next_u64() % (from.len().max(1) as u64)).unwrap();
        from.get(position).cloned()
    }

    fn one<T: Clone>(&mut self, from: &[T]) -> T {
        self.pick(from).unwrap()
    }

    fn bytes(&mut self) -> [u8; 16] {
        self.references += 1;
        let parts = [self.seed.to_be_bytes(), self.references.to_be_bytes()];
        Digest::of(Domain::Payment, &parts.concat()).0[..16].try_into().unwrap()
    }

    fn reference(&mut self) -> Uetr {
        let used = self.sent.iter().map(|payment| payment.uetr).collect::<Vec<_>>();
        if self.spoil(4)
            && let Some(used) = self.pick(&used)
        {
            return used;
        }
        Uetr::from_random(self.bytes())
    }

    fn label(&mut self) -> corridor_types::Label {
        "case 2026/17".parse().unwrap()
    }

    /// A moment near one that matters.
    fn near(&mut self, moment: u64) -> Timestamp {
        Timestamp(moment - 1 + self.below(3))
    }

    fn anybody(&mut self, model: &Model) -> ParticipantId {
        ParticipantId(u32::try_from(self.below(model.people.len() as u64 + 1)).unwrap())
    }

    fn of_kind(model: &Model, kind: ParticipantKind) -> Vec<ParticipantId> {
        let all = (0u32..).map(ParticipantId).take(model.people.len());
        all.filter(|id| model.kind_of(*id) == Some(kind)).collect()
    }

    fn bank(&mut self, model: &Model) -> ParticipantId {
        let owns =
            |id: &ParticipantId| model.is_active(*id) && model.accounts.iter().any(|account| account.owner == *id);
        let banks: Vec<_> = Self::of_kind(model, ParticipantKind::Bank).into_iter().filter(owns).collect();
        if self.spoil(5) { self.anybody(model) } else { self.pick(&banks).unwrap_or(ParticipantId(2)) }
    }

    fn central(&mut self) -> ParticipantId {
        ParticipantId(u32::try_from(self.below(2)).unwrap())
    }

    fn issuer(&mut self, model: &Model, account: AccountId) -> ParticipantId {
        let asset = model.account(account).and_then(|account| model.asset(account.asset));
        asset.map_or(ParticipantId(0), |asset| asset.issuer)
    }

    fn account(&mut self, model: &Model) -> AccountId {
        let past = u64::from(self.spoil(10));
        AccountId(u32::try_from(self.below(model.accounts.len() as u64 + past)).unwrap())
    }

    fn asset(&mut self) -> AssetId {
        let past = u64::from(self.spoil(10));
        AssetId(u16::try_from(self.below(2 + past)).unwrap())
    }

    fn country(&mut self) -> corridor_types::CountryCode {
        let text = self.one(&["DE", "DE", "BR", "BR", "FR"]);
        text.parse().unwrap()
    }

    fn corridor(&mut self) -> Corridor {
        let text = [self.one(&["DE", "BR"]), self.one(&["DE", "BR"])];
        crate::tests::world::corridor(text[0], text[1])
    }

    fn amount(&mut self, most: u64) -> Amount {
        let edges = [0, 1, most.max(1) - 1, most, most.saturating_add(1)];
        if self.spoil(15) { Amount(self.one(&edges)) } else { Amount(1 + self.below(most.max(1))) }
    }

    /// An open payment for which something holds, mostly.
    fn open(&mut self, model: &Model, fits: impl Fn(&Life) -> bool) -> Option<Life> {
        let strict = !self.spoil(25);
        let fitting: Vec<_> = model.open.values().filter(|life| !strict || fits(life)).collect();
        self.pick(&fitting).cloned()
    }

    /// Some payment that was submitted, whatever became of it.
    fn any_payment(&mut self) -> Uetr {
        let recent: Vec<_> = self.sent.iter().rev().take(60).map(|payment| payment.uetr).collect();
        let unknown = Uetr::from_random(self.bytes());
        if self.chance(5) { unknown } else { self.pick(&recent).unwrap_or(unknown) }
    }

    /// The transactions of the next block, and its time.
    pub fn block(&mut self, model: &Model) -> (Timestamp, Vec<IdentifiedTransaction>) {
        let longest = match self.below(100) {
            0..60 => 10_000,
            60..85 => 600_000,
            85..96 => 4 * 3_600_000,
            _ => 2 * DAY_MS,
        };
        self.now = self.now.plus_ms(1 + self.below(longest));
        let count = match self.below(10) {
            0..2 => 1,
            2..9 => self.below(25),
            _ => 60,
        };
        (self.now, (0..count).map(|_| self.transaction(model)).collect())
    }

    fn transaction(&mut self, model: &Model) -> IdentifiedTransaction {
        if self.chance(4)
            && let Some(again) = self.pick(&self.transactions.clone())
        {
            return again;
        }
        self.crooked = self.chance(50);
        let (mut by, operation) = self.operation(model);
        if self.spoil(8) {
            by = self.anybody(model);
        }
        let item = self.signed(model, by, operation);
        if self.transactions.len() > 50 {
            self.transactions.remove(0);
        }
        self.transactions.push(item.clone());
        item
    }

    pub fn signed(&mut self, model: &Model, by: ParticipantId, operation: Operation) -> IdentifiedTransaction {
        let mut keys = self.signers(model, by, &operation);
        if self.spoil(10) {
            let all: Vec<_> = model.keys().map(|(_, key)| key.key).collect();
            match self.below(3) {
                0 => drop(keys.pop_first()),
                1 => keys = BTreeSet::from([self.one(&all)]),
                _ => drop(keys.insert(self.one(&all))),
            }
        }
        let valid_until = if self.spoil(4) { self.near(self.now.0) } else { Timestamp(u64::MAX) };
        let approvals = keys.into_iter().map(|key| Approval { key, signature: Signature([0; 64]) }).collect();
        IdentifiedTransaction::new(Transaction { participant: by, valid_until, operation, approvals })
    }

    fn keys_of(model: &Model, id: ParticipantId, roles: &[KeyRole]) -> Vec<PublicKey> {
        let keys = model.person(id).map(|person| person.entry.keys.clone()).unwrap_or_default();
        keys.into_iter().filter(|key| roles.contains(&key.role)).map(|key| key.key).collect()
    }

    /// Two keys of a role, if it has two; now and then one of them is enough, or is not.
    fn two(&mut self, model: &Model, id: ParticipantId, role: KeyRole) -> BTreeSet<PublicKey> {
        let mut keys = Self::keys_of(model, id, &[role]);
        if self.chance(50) {
            keys.reverse();
        }
        let count = if self.chance(30) { 1 } else { 2 };
        keys.into_iter().take(count).collect()
    }

    /// Who must sign by the book.
    fn signers(&mut self, model: &Model, by: ParticipantId, operation: &Operation) -> BTreeSet<PublicKey> {
        let is_central = model.kind_of(by) == Some(ParticipantKind::CentralBank);
        let first = |id, roles: &[KeyRole]| Self::keys_of(model, id, roles).into_iter().take(1);
        match operation {
            Operation::Pay { .. }
            | Operation::PayBulk { .. }
            | Operation::PayTogether { .. }
            | Operation::Exchange { step: ExchangeStep::Quote { .. } | ExchangeStep::Take { .. }, .. }
            | Operation::Refund { step: RefundStep::Return { .. }, .. } => {
                let checkers = if self.spoil(25) { Vec::new() } else { Self::keys_of(model, by, &[KeyRole::Checker]) };
                let is_return = matches!(operation, Operation::Refund { .. });
                let other = if is_return { KeyRole::Compliance } else { KeyRole::Maker };
                first(by, &[KeyRole::Operator, other]).chain(checkers).collect()
            }
            Operation::Programme { step, .. } => {
                let banks = model.programme_banks(step);
                let banks = if banks.is_empty() { BTreeSet::from([by]) } else { banks };
                banks.into_iter().flat_map(|bank| first(bank, &[KeyRole::Supervisor])).collect()
            }
            Operation::Participant { step: ParticipantStep::Apply { entry }, .. } => {
                let own = entry.keys.iter().filter(|key| key.role == KeyRole::Operator).take(1).map(|key| key.key);
                let signs = !self.spoil(10);
                first(by, &[KeyRole::Supervisor]).chain(own.filter(|_| signs)).collect()
            }
            Operation::Participant {
                step: ParticipantStep::AddKey { participant, .. } | ParticipantStep::RemoveKey { participant, .. },
                ..
            } if *participant != by => self.two(model, by, KeyRole::Supervisor),
            Operation::Participant {
                step:
                    ParticipantStep::AddKey { .. }
                    | ParticipantStep::RemoveKey { .. }
                    | ParticipantStep::SetApprovals { .. },
                ..
            } => {
                let mut keys = self.two(model, by, KeyRole::Governance);
                // Of a central bank, two supervisors in place of the second.
                if is_central && self.chance(30) {
                    keys.pop_last();
                    keys.extend(self.two(model, by, KeyRole::Supervisor));
                }
                keys
            }
            operation => {
                let (roles, count) = plain_signers(operation, is_central);
                let keys = Self::keys_of(model, by, roles);
                let role = self.below(keys.len().max(1) as u64);
                let turned = keys.iter().cycle().skip(usize::try_from(role).unwrap()).take(keys.len());
                turned.take(count).copied().collect()
            }
        }
    }

    fn operation(&mut self, model: &Model) -> (ParticipantId, Operation) {
        match self.below(1_000) {
            0..300 => self.pay(model),
            300..350 => self.bulk(model, false),
            350..390 => self.bulk(model, true),
            390..520 => self.attest(model),
            520..550 => self.reject(model),
            550..580 => self.cancel(model),
            580..650 => self.hold(model),
            650..690 => self.screening(model),
            690..730 => self.queue(model),
            730..735 => self.access(model),
            735..775 => self.issue(model),
            775..790 => self.redeem(model),
            790..835 => self.refund(model),
            835..875 => self.exchange(model),
            875..890 => self.consent(model),
            890..898 => self.order(model),
            898..908 => self.limit(model),
            908..912 => self.open_account(model),
            912..932 => self.client(model),
            932..936 => self.revoke_client(model),
            936..954 => self.participant(model),
            954..962 => self.programme(model),
            962..976 => self.licence(model),
            976..996 => self.governance(model),
            _ => self.calendar(model),
        }
    }
}
