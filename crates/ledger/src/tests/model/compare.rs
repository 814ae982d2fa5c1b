//! Model and ledger side by side after a block: every balance, state and count.

use std::collections::{BTreeMap, BTreeSet};

use corridor_crypto::Digest;
use corridor_types::persist::Executed;
use corridor_types::{AccountId, Code, Entry, EntryKind, ParticipantId, PaymentStatus, Uetr};

use super::state::{Model, Said, whole};
use crate::{Ledger, PaymentEvent, transition};

/// Compares the entries of a block up to the pass. The pass is the rest, which the ledger did by
/// itself after the last of them.
pub fn compare_entries(entries: &[Entry], said: &[Said]) {
    let found = entries.iter().map(|entry| {
        let Entry { kind, reference, code, status, participant: by, rules, .. } = *entry;
        Said { kind, reference, code, status, by, rules }
    });
    for (n, (found, expected)) in found.zip(said).enumerate() {
        assert_eq!(found, *expected, "entry {n}: the ledger on the left, the model on the right");
    }
    assert!(entries.len() >= said.len(), "the ledger says less: {:?}", &said[entries.len()..]);
    let own =
        |entry: &Entry| entry.transaction == Digest::ZERO && matches!(entry.kind, EntryKind::Settle | EntryKind::Stop);
    assert!(entries[said.len()..].iter().all(own), "the ledger says more: {:?}", &entries[said.len()..]);
}

pub fn compare_states(model: &Model, ledger: &Ledger) {
    compare_accounts(model, ledger);
    compare_payments(model, ledger);
    compare_caps(model, ledger);
    compare_people(model, ledger);
    compare_offers(model, ledger);
}

fn compare_accounts(model: &Model, ledger: &Ledger) {
    for (id, account) in (0u32..).map(AccountId).zip(&model.accounts) {
        let real = ledger.account(id).unwrap();
        let expected = (account.owner, account.asset, model.available(id), model.reserved(id), account.consent);
        let found = (real.owner, real.asset, whole(real.available), whole(real.reserved), whole(real.standing_consent));
        assert_eq!(found, expected, "account {id}");
        let strictest = account.freezes.values().max().copied();
        assert_eq!((real.freeze(), real.movements), (strictest, account.bookings), "account {id}");
    }
    assert_eq!(ledger.account(AccountId(u32::try_from(model.accounts.len()).unwrap())), None);
    for id in model.assets() {
        let asset = model.asset(id).unwrap();
        let held: i128 = model.accounts.iter().filter(|account| account.asset == id).map(|account| account.held).sum();
        assert_eq!(held, asset.issued - asset.redeemed, "the model itself conserves money");
        assert_eq!(ledger.totals(id).unwrap().held.cast_signed(), held);
        let (savings, saved) = (ledger.state.savings.get(id), model.saved.get(&id).copied().unwrap_or_default());
        assert_eq!((savings.payments, savings.gross.cast_signed()), saved);
        assert_eq!(ledger.state.calendars.get(id), model.calendars.get(&id));
    }
}

fn compare_payments(model: &Model, ledger: &Ledger) {
    assert_eq!(ledger.open_payments() as usize, model.open.len());
    for (slot, real) in ledger.state.payments.slots.iter() {
        let life = &model.open[&real.payment.uetr];
        let expected = (life.slot, life.status, life.funded, life.attested, life.hold, life.priority, life.starts);
        let found = (slot, real.status, real.funded, real.attested, real.hold, real.priority, real.starts);
        assert_eq!(found, expected, "{}", real.payment.uetr);
        assert_eq!([real.debtor_screening, real.creditor_screening], life.screenings);
        assert_eq!(real.doubts, life.doubts);
        assert_eq!((real.accepted, [real.debtor_agent, real.creditor_agent]), (life.accepted, life.agents));
        assert_eq!(real.payment, life.payment);
    }
    for id in (0u32..).map(AccountId).take(model.accounts.len()) {
        let real = ledger.state.payments.queue_of(id).map(|(.., slot)| *slot);
        assert!(real.eq(model.queue(id).iter().map(|life| life.slot)), "the queue of account {id}");
    }
}

fn compare_caps(model: &Model, ledger: &Ledger) {
    let state = &ledger.state;
    assert_eq!(state.licences.slots.len() as usize, model.licences.len());
    for (handle, licence) in &model.licences {
        let real = state.licences.get(handle).unwrap();
        let found = (&real.licence, real.revoked, (whole(real.reserved), whole(real.drawn)));
        assert_eq!(found, (&licence.licence, licence.revoked, model.licence_figures(handle)), "{handle}");
    }
    for (n, (programme, closed)) in model.programmes.iter().enumerate() {
        let real = state.programmes.slots.get(u32::try_from(n).unwrap()).unwrap();
        assert_eq!((&real.programme, real.closed), (programme, *closed), "programme {n}");
        let paid = programme.caps.iter().map(|cap| model.paid_under(n, cap.asset).cast_unsigned());
        assert!(paid.eq(real.paid.iter().copied()), "programme {n}: {:?}", real.paid);
    }
    assert_eq!(state.limits.count() as usize, model.limits.len());
    for limit in &model.limits {
        let real = state.limits.get(&limit.limit.scope).unwrap();
        let used = limit.limit.window.map_or(0, |window| real.usage.at(&window, model.now));
        let expected = (limit.limit, limit.since, model.used_of_limit(limit));
        assert_eq!((real.limit, real.since, used.cast_signed()), expected);
    }
    assert_eq!(state.clients.slots.len() as usize, model.clients.len());
    for (handle, client) in &model.clients {
        let real = state.clients.get(handle).unwrap();
        assert_eq!((real.revoked, real.frozen), (client.revoked, client.frozen), "{handle}");
        let Some(window) = client.authorisation.window else { continue };
        let used = real.usage.at(&window, model.now).cast_signed();
        assert_eq!(used, model.paid_by(handle, &window), "client {handle}");
    }
    for (bank, list) in &model.lists {
        assert_eq!(state.lists.get(*bank), Some(list));
    }
}

fn compare_people(model: &Model, ledger: &Ledger) {
    let table = &ledger.state.participants;
    assert_eq!(table.slots.len() as usize, model.people.len());
    for (id, person) in (0u32..).map(ParticipantId).zip(&model.people) {
        let real = table.record(id).unwrap();
        assert_eq!((&real.entry, real.status, real.sealing_key), (&person.entry, person.status, person.sealing_key));
        assert!(real.approvals.iter().eq(person.checkers.values()), "participant {id}");
    }
    assert_eq!(ledger.state.meta.parameters, model.parameters);
    assert_eq!(ledger.state.meta.upgrade.is_some(), model.upgrade);
}

fn compare_offers(model: &Model, ledger: &Ledger) {
    let state = &ledger.state;
    assert_eq!(state.quotes.count() as usize, model.quotes.len());
    for quote in &model.quotes {
        let real = state.quotes.get(&quote.reference).unwrap();
        assert_eq!((real.maker, &real.quote), (quote.maker, &quote.quote));
    }
    assert_eq!(state.proposals.count() as usize, model.motions.len());
    for motion in &model.motions {
        let real = state.proposals.get(&motion.reference).unwrap();
        let votes: BTreeMap<_, _> = real.ballots.iter().map(|ballot| (ballot.participant, ballot.approve)).collect();
        assert_eq!((real.proposer, &real.proposal, &votes), (motion.proposer, &motion.proposal, &motion.votes));
    }
    assert_eq!(state.refunds.slots.len() as usize, model.refunds.len());
    for (uetr, recall) in &model.refunds {
        let (real, life) = (state.refunds.get(uetr).unwrap(), &model.settled[uetr]);
        let expected = (recall.creditor_agent, life.returned, recall.reason);
        assert_eq!((real.creditor_agent, whole(real.returned), real.recall), expected, "{uetr}");
    }
}

/// What was seen of the ledger over all runs.
#[derive(Default)]
pub struct Reached {
    pub codes: BTreeSet<Code>,
    pub moves: BTreeSet<(Option<PaymentStatus>, PaymentEvent)>,
    pub kinds: BTreeMap<EntryKind, usize>,
    /// Transactions that were compared.
    pub operations: usize,
    /// Rounds in which several payments settled together.
    pub rounds: usize,
}

/// Follows statements and payments from entry to entry.
#[derive(Default)]
pub struct Followed {
    statements: BTreeMap<AccountId, (u64, Digest, u128)>,
    statuses: BTreeMap<Uetr, PaymentStatus>,
}

impl Followed {
    /// Recomputes the chain of each account's statement, and looks up each move in the table.
    pub fn follow(&mut self, executed: &Executed, ledger: &Ledger, reached: &mut Reached) {
        for movement in &executed.movements {
            let (number, chain, held) = self.statements.entry(movement.account).or_default();
            let amount = u128::from(movement.amount.0);
            let after = if movement.kind.is_credit() { *held + amount } else { *held - amount };
            assert_eq!((movement.number, movement.balance), (*number + 1, after), "{movement:?}");
            (*number, *chain, *held) = (movement.number, movement.chain(chain), after);
        }
        for (id, (number, chain, held)) in &self.statements {
            let account = ledger.account(*id).unwrap();
            assert_eq!(
                (account.movements, account.statement, account.held()),
                (*number, *chain, *held),
                "account {id}"
            );
        }
        executed.entries.iter().for_each(|entry| self.follow_entry(entry, reached));
    }

    fn follow_entry(&mut self, entry: &Entry, reached: &mut Reached) {
        reached.codes.insert(entry.code);
        *reached.kinds.entry(entry.kind).or_default() +=
            usize::from(entry.code == Code::Ok || entry.transaction == Digest::ZERO);
        let Some(status) = entry.status else { return };
        let before = self.statuses.insert(entry.reference, status);
        if before == Some(status) {
            return;
        }
        let event = event_of(entry, status);
        assert_eq!(transition(before, event), Some(status), "{entry:?} after {before:?}");
        reached.moves.insert((before, event));
    }
}

/// What happened to a payment whose status changed.
fn event_of(entry: &Entry, status: PaymentStatus) -> PaymentEvent {
    let lapsed = entry.kind == EntryKind::Stop && entry.code == Code::HoldLapsed;
    match (status, entry.kind) {
        (PaymentStatus::Held, EntryKind::Pay) => PaymentEvent::AcceptHeld,
        (PaymentStatus::AwaitingAttestation, EntryKind::Pay) => PaymentEvent::Accept,
        (PaymentStatus::Queued, EntryKind::Pay) => PaymentEvent::AcceptQueued,
        (PaymentStatus::Settled, EntryKind::Pay) => PaymentEvent::AcceptSettled,
        (PaymentStatus::Rejected, EntryKind::Pay) => PaymentEvent::Refuse,
        (PaymentStatus::Held, _) => PaymentEvent::Hold,
        (PaymentStatus::AwaitingAttestation, _) => PaymentEvent::ReleaseToAttestation,
        (PaymentStatus::Queued, _) => PaymentEvent::Enqueue,
        (PaymentStatus::Settled, _) => PaymentEvent::Settle,
        (PaymentStatus::Rejected, EntryKind::Reject) => PaymentEvent::Reject,
        (PaymentStatus::Rejected, EntryKind::RejectHeld) => PaymentEvent::RejectHeld,
        (PaymentStatus::Rejected, _) if lapsed => PaymentEvent::RejectHeld,
        (PaymentStatus::Cancelled, _) => PaymentEvent::Cancel,
        (PaymentStatus::Expired, _) => PaymentEvent::Expire,
        _ => PaymentEvent::Stop,
    }
}
