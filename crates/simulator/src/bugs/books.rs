//! The ledger beside books kept by hand: what each bank has and what it set aside, in a few naive
//! rules, and beside a second ledger that is restored from its records now and then. Transactions of
//! every kind that moves money come by chance, many of them wrong, late or twice.

use std::collections::BTreeMap;

use corridor_crypto::{Digest, Signature};
use corridor_ledger::{BlockContext, Ledger};
use corridor_types::operations::{AccountStep, AssetStep, ClientStep, PaymentStep};
use corridor_types::{
    AccountId, Amount, Approval, AssetId, Attested, ChargeBearer, ClientAuthorisation, Code, Control, Epoch, Height,
    IdentifiedTransaction, KeyRole, Operation, ParticipantId, Payment, Priority, Shortfall, Timestamp, Transaction,
    Uetr,
};

use crate::economy::{Economy, GENESIS_TIME, attested};
use crate::random::Chance;

/// Institutions; number 0 is the central bank.
const INSTITUTIONS: u32 = 5;
/// Blocks of one seed.
const BLOCKS: u64 = 40;
/// A payment above this is refused, because the client may not make it.
const CAP: u64 = 10_000;

/// A payment that waits.
#[derive(Debug, Clone)]
struct Open {
    payer: u32,
    payee: u32,
    amount: u64,
    expiry: Timestamp,
}

/// The books: one account per institution, numbered like it.
#[derive(Debug, Default)]
struct Books {
    available: BTreeMap<u32, u64>,
    consents: BTreeMap<u32, u64>,
    open: BTreeMap<Uetr, Open>,
    used: BTreeMap<Uetr, ()>,
}

impl Books {
    fn give(&mut self, bank: u32, amount: u64) {
        *self.available.entry(bank).or_default() += amount;
    }

    fn has(&self, bank: u32) -> u64 {
        self.available.get(&bank).copied().unwrap_or_default()
    }

    fn reserved(&self, bank: u32) -> u64 {
        self.open.values().filter(|open| open.payer == bank).map(|open| open.amount).sum()
    }

    fn lapse(&mut self, now: Timestamp) {
        let lapsed: Vec<Uetr> =
            self.open.iter().filter(|(_, open)| open.expiry <= now).map(|(uetr, _)| *uetr).collect();
        lapsed.iter().for_each(|uetr| self.give_back(uetr));
    }

    fn give_back(&mut self, uetr: &Uetr) {
        if let Some(open) = self.open.remove(uetr) {
            self.give(open.payer, open.amount);
        }
    }

    /// What a transaction of `by` does. A reference is used once.
    fn take(&mut self, by: u32, operation: &Operation, now: Timestamp) {
        let reference = operation.reference().unwrap_or_else(|| Uetr::from_random([0; 16]));
        if self.used.insert(reference, ()).is_some() {
            return;
        }
        let answers = |open: &Open| open.payee == by && now < open.expiry;
        match operation {
            Operation::Asset { step: AssetStep::Issue { account, amount }, .. } => self.give(account.0, amount.0),
            Operation::Account { step: AccountStep::SetStandingConsent { account, up_to }, .. } => {
                _ = self.consents.insert(account.0, up_to.0)
            }
            Operation::Pay { payment } => self.pay(payment),
            Operation::Payment { step: PaymentStep::Attest { payments, .. }, .. } => {
                let named = payments.iter().map(|attested| attested.payment);
                for uetr in named.filter(|uetr| self.open.get(uetr).is_some_and(answers)).collect::<Vec<_>>() {
                    if let Some(open) = self.open.remove(&uetr) {
                        self.give(open.payee, open.amount);
                    }
                }
            }
            Operation::Payment { step: PaymentStep::Reject { payments, .. }, .. } => {
                let refused: Vec<Uetr> =
                    payments.iter().filter(|uetr| self.open.get(*uetr).is_some_and(answers)).copied().collect();
                refused.iter().for_each(|uetr| self.give_back(uetr));
            }
            Operation::Payment { step: PaymentStep::Cancel { payment }, .. } => self.give_back(payment),
            _ => {}
        }
    }

    fn pay(&mut self, payment: &Payment) {
        let (payer, payee, amount) = (payment.debtor_account.0, payment.creditor_account.0, payment.amount.0);
        if payer == payee || amount > CAP || amount > self.has(payer) {
            return;
        }
        self.available.entry(payer).and_modify(|available| *available -= amount);
        if amount <= self.consents.get(&payee).copied().unwrap_or_default() {
            self.give(payee, amount);
        } else {
            self.open.insert(payment.uetr, Open { payer, payee, amount, expiry: payment.expiry });
        }
    }
}

struct Play {
    economy: Economy,
    chance: Chance,
    clients: BTreeMap<u32, ClientAuthorisation>,
    /// Everything given so far, to be given again.
    given: Vec<Transaction>,
    /// Payments so far, with payer and payee.
    payments: Vec<(Attested, u32, u32)>,
    now: Timestamp,
}

/// Plays a seed; says how ledger and books differ.
pub(super) fn play(seed: u64) -> Option<String> {
    let economy = Economy::new(INSTITUTIONS, 4)?;
    let (mut ledger, mut restarted) =
        (Ledger::genesis(&economy.genesis).ok()?, Ledger::genesis(&economy.genesis).ok()?);
    let chance = Chance::new(seed);
    let mut play =
        Play { economy, chance, clients: BTreeMap::new(), given: Vec::new(), payments: Vec::new(), now: GENESIS_TIME };
    let mut books = Books::default();
    for height in 1..=BLOCKS {
        let transactions = if height == 1 { play.preparation() } else { play.some_transactions() };
        play.now = play.now.plus_ms(play.chance.between(1, 3_000));
        if play.chance.happens(300) {
            restarted = match Ledger::restore(&play.economy.genesis, restarted.records().collect::<Vec<_>>()) {
                Ok(ledger) => ledger,
                Err(problem) => return Some(format!("height {height}: the records do not restore: {problem}")),
            };
        }
        books.lapse(play.now);
        transactions.iter().for_each(|given| books.take(given.participant.0, &given.operation, play.now));
        let items: Vec<_> = transactions.into_iter().map(IdentifiedTransaction::new).collect();
        let block = BlockContext {
            epoch: Epoch(0),
            height: Height(height),
            time: play.now,
            digest: Digest([height as u8; 32]),
            next_validators: ledger.validators().digest(),
        };
        let outcomes = [ledger.execute(&block, &items), restarted.execute(&block, &items)];
        match outcomes {
            [Ok(one), Ok(other)] if one.outcome != other.outcome => {
                return Some(format!("height {height}: a ledger that was restored computes another outcome"));
            }
            [Err(halt), _] | [_, Err(halt)] => return Some(format!("height {height}: the ledger halts: {halt}")),
            _ => {}
        }
        if let Some(difference) = compare(&ledger, &books) {
            return Some(format!("height {height}: {difference}"));
        }
    }
    ledger.audit().err().map(|halt| halt.to_string())
}

fn compare(ledger: &Ledger, books: &Books) -> Option<String> {
    (0..INSTITUTIONS).find_map(|bank| {
        let account = ledger.account(AccountId(bank))?;
        let (got, expected) = ((account.available.0, account.reserved.0), (books.has(bank), books.reserved(bank)));
        (got != expected)
            .then(|| format!("account {bank} has {got:?} (available, reserved), the books say {expected:?}"))
    })
}

impl Play {
    /// Authorisations and consents; money comes later.
    fn preparation(&mut self) -> Vec<Transaction> {
        let mut list = self.economy.preparation(&mut self.chance);
        list.retain(|given| !matches!(given.operation, Operation::Asset { step: AssetStep::Issue { .. }, .. }));
        for Transaction { operation, .. } in &list {
            if let Operation::Client { step: ClientStep::Authorise { authorisation }, .. } = operation {
                self.clients.insert(authorisation.sponsor.0, authorisation.clone());
            }
        }
        list
    }

    fn some_transactions(&mut self) -> Vec<Transaction> {
        let mut list = Vec::new();
        for _ in 0..self.chance.between(1, 6) {
            let given = match self.chance.below(10) {
                0 => Some(self.issue()),
                1..=4 => self.pay(),
                5 | 6 => self.answer(true),
                7 => self.answer(false),
                8 => self.cancel(),
                _ => self.chance.pick(&self.given).cloned(),
            };
            self.given.extend(given.clone());
            list.extend(given);
        }
        list
    }

    fn bank(&mut self) -> u32 {
        self.chance.between(1, u64::from(INSTITUTIONS - 1)) as u32
    }

    fn reference(&mut self) -> Uetr {
        Uetr::from_random(self.chance.bytes())
    }

    /// Signatures are checked before the ledger sees a transaction, so only keys matter here.
    fn by(&self, participant: u32, role: KeyRole, operation: Operation) -> Transaction {
        let keys = self.economy.genesis.participants.get(participant as usize).into_iter();
        let keys = keys.flat_map(|entry| &entry.keys).filter(|entry| entry.role == role);
        let mut approvals: Vec<_> =
            keys.map(|entry| Approval { key: entry.key, signature: Signature([0; 64]) }).collect();
        approvals.sort_by_key(|approval| approval.key);
        let valid_until = self.now.plus_ms(60_000);
        Transaction { participant: ParticipantId(participant), valid_until, operation, approvals }
    }

    fn issue(&mut self) -> Transaction {
        let (account, amount) = (AccountId(self.bank()), Amount(self.chance.between(1, 20_000)));
        let operation = Operation::Asset { reference: self.reference(), step: AssetStep::Issue { account, amount } };
        self.by(0, KeyRole::Issuer, operation)
    }

    fn pay(&mut self) -> Option<Transaction> {
        let (payer, payee, uetr) = (self.bank(), self.bank(), self.reference());
        let client = self.clients.get(&payer)?;
        let payment = Payment {
            uetr,
            debtor_account: AccountId(payer),
            creditor_account: AccountId(payee),
            asset: AssetId(0),
            amount: Amount(self.chance.between(1, 12_000)),
            client: client.handle,
            value_date: GENESIS_TIME.date(),
            expiry: self.now.plus_ms(self.chance.between(3_001, 40_000)),
            control: Control::NotControlled,
            corridor: *client.corridors.first()?,
            priority: Priority::Normal,
            shortfall: Shortfall::Reject,
            charge_bearer: ChargeBearer::Shared,
            screening: None,
            details: Digest([7; 32]),
        };
        self.payments.push((attested(&payment), payer, payee));
        Some(self.by(payer, KeyRole::Operator, Operation::Pay { payment }))
    }

    /// Mostly by the bank that was paid, sometimes by another.
    fn answer(&mut self, attests: bool) -> Option<Transaction> {
        let (attested, _, payee) = *self.chance.pick(&self.payments)?;
        let by = if self.chance.happens(200) { self.bank() } else { payee };
        let reference = self.reference();
        let reason = Code::ALL.iter().copied().find(|code| code.is_creditor_reason())?;
        let operation = match attests {
            true => Operation::Payment {
                reference,
                step: PaymentStep::Attest { payments: vec![attested], screening: None },
            },
            false => {
                Operation::Payment { reference, step: PaymentStep::Reject { payments: vec![attested.payment], reason } }
            }
        };
        Some(self.by(by, KeyRole::Operator, operation))
    }

    fn cancel(&mut self) -> Option<Transaction> {
        let (Attested { payment, .. }, payer, _) = *self.chance.pick(&self.payments)?;
        let operation = Operation::Payment { reference: self.reference(), step: PaymentStep::Cancel { payment } };
        Some(self.by(payer, KeyRole::Operator, operation))
    }
}
