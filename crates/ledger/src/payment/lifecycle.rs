//! What an open payment waits for, and what happens when it waits for nothing any more.
//!
//! Every way out of the open states leads through [`end`]: it moves the money or gives it back,
//! draws the licences or gives them back, and counts limits or takes the count back, together.

use corridor_crypto::Digest;
use corridor_crypto::planted::{self, Bug};
use corridor_types::{Amount, Code, EntryKind, Payment, PaymentStatus, Timestamp, Uetr};

use crate::account::{PAYMENT, Transfer};
use crate::halt::invariant;
use crate::journal::{Journal, Line, Origin};
use crate::participant::ParticipantStatus;
use crate::state::State;
use crate::tables;
use crate::transition::{PaymentEvent, transition};
use crate::{Halt, OpenPayment, calendar, licence, limit, programme, rulebook, screening};

/// What a payment lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Officers have not released it.
    Release,
    /// The creditor agent has not attested it.
    Attestation,
    /// Its day has not come, or the currency's day has closed.
    Hours,
    /// A screening is too old or of an old list.
    Screening,
    /// An agent is suspended.
    Agent,
    /// An account or the client is frozen.
    Freeze,
    /// The creditor account may not hold more.
    Room,
    /// Money on the debtor account.
    Money,
}

/// What comes next for an open payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It lacks something.
    Wait(Missing),
    /// It lacks nothing.
    Settle,
    /// It ends unsettled, for this reason.
    Stop(Code),
}

/// What comes next for the payment in a slot, as the state stands.
pub(crate) fn next(state: &State, now: Timestamp, slot: u32, open: &OpenPayment) -> Next {
    match next_but_money(state, now, open) {
        Next::Settle if !open.funded && !can_fund(state, slot, open) => Next::Wait(Missing::Money),
        next => next,
    }
}

/// The same as if there were money enough.
pub(crate) fn next_but_money(state: &State, now: Timestamp, open: &OpenPayment) -> Next {
    let payment = &open.payment;
    if let Some(code) = reason_to_stop(state, now, open) {
        return Next::Stop(code);
    }
    let missing = [
        (open.hold.is_some(), Missing::Release),
        (!open.attested, Missing::Attestation),
        (now < open.starts || !calendar::rules::is_open(state, now, payment.asset), Missing::Hours),
        (!screening::rules::are_fresh(state, now, open), Missing::Screening),
        (!agents_may_act(state, open), Missing::Agent),
        (!money_may_move(state, payment), Missing::Freeze),
        (!limit::rules::has_room_for(state, payment.creditor_account, payment.amount), Missing::Room),
    ];
    missing.iter().find(|(is_missing, _)| *is_missing).map_or(Next::Settle, |(_, what)| Next::Wait(*what))
}

/// A withdrawn licence or authorisation ends a payment.
fn reason_to_stop(state: &State, now: Timestamp, open: &OpenPayment) -> Option<Code> {
    let revoked = |id| state.participants.record(id).is_none_or(|agent| agent.status == ParticipantStatus::Revoked);
    if revoked(open.debtor_agent) || revoked(open.creditor_agent) {
        return Some(Code::ParticipantRevoked);
    }
    licence::rules::check_standing(state, now, &open.payment).err()
}

fn agents_may_act(state: &State, open: &OpenPayment) -> bool {
    let acts = |id| state.participants.record(id).is_some_and(|agent| agent.status == ParticipantStatus::Authorised);
    acts(open.debtor_agent) && acts(open.creditor_agent)
}

fn money_may_move(state: &State, payment: &Payment) -> bool {
    let (debtor, creditor) = (state.accounts.get(payment.debtor_account), state.accounts.get(payment.creditor_account));
    let thawed = state.clients.get(&payment.client).is_some_and(|client| !client.frozen);
    thawed && debtor.is_some_and(crate::Account::may_pay) && creditor.is_some_and(crate::Account::may_receive)
}

/// True if the account has the money and nothing of it waits before this payment.
fn can_fund(state: &State, slot: u32, open: &OpenPayment) -> bool {
    let account = open.payment.debtor_account;
    let enough = state.accounts.get(account).is_some_and(|account| account.available >= open.payment.amount);
    let key = (std::cmp::Reverse(open.priority), open.place, slot);
    enough && state.payments.queue_of(account).next().is_none_or(|first| key <= *first)
}

/// Lets a payment go on after something about it changed, and reports where it stands.
pub(crate) fn advance(
    state: &mut State,
    journal: &mut Journal,
    origin: Origin,
    slot: u32,
    kind: EntryKind,
) -> Result<(), Halt> {
    let open = state.payments.get(slot).ok_or_else(|| missing(slot))?;
    match next(state, journal.time, slot, open) {
        Next::Settle => end(state, journal, origin, slot, Ending { kind, event: PaymentEvent::Settle, code: Code::Ok }),
        Next::Stop(code) => end(state, journal, origin, slot, Ending { kind, event: PaymentEvent::Stop, code }),
        Next::Wait(what) => {
            let event = match what {
                Missing::Release => PaymentEvent::Hold,
                Missing::Attestation => PaymentEvent::ReleaseToAttestation,
                Missing::Hours
                | Missing::Screening
                | Missing::Agent
                | Missing::Freeze
                | Missing::Room
                | Missing::Money => PaymentEvent::Enqueue,
            };
            // Where the payment stays as it is, that is no move.
            let status = transition(Some(open.status), event).unwrap_or(open.status);
            report(state, journal, origin, slot, kind, status)
        }
    }
}

/// Writes the status of an open payment and reports it.
pub(crate) fn report(
    state: &mut State,
    journal: &mut Journal,
    origin: Origin,
    slot: u32,
    kind: EntryKind,
    status: PaymentStatus,
) -> Result<(), Halt> {
    invariant(!status.is_final(), "an open payment has no final status")?;
    state.payments.update(slot, |open| open.status = status).ok_or_else(|| missing(slot))?;
    let open = state.payments.get(slot).ok_or_else(|| missing(slot))?;
    let line = line_about(state, journal.time, &open.payment, kind, Some(status), Code::Ok)?;
    journal.add(origin, line);
    Ok(())
}

fn missing(slot: u32) -> Halt {
    Halt::RecordMissing { table: tables::PAYMENTS, key: slot.to_string() }
}

fn line_about(
    state: &State,
    now: Timestamp,
    payment: &Payment,
    kind: EntryKind,
    status: Option<PaymentStatus>,
    code: Code,
) -> Result<Line, Halt> {
    let unknown = || Halt::RecordMissing { table: tables::REFERENCES, key: payment.uetr.to_string() };
    let content = state.references.get(&payment.uetr).ok_or_else(unknown)?.content;
    let rules = rulebook::rules::in_force(state, now, payment.corridor).versions;
    Ok(Line { kind, reference: payment.uetr, content, status, code, rules })
}

/// The same for a move that the rules have decided on.
///
/// # Errors
/// [`Halt::IllegalTransition`].
pub(crate) fn moved(payment: Uetr, from: Option<PaymentStatus>, event: PaymentEvent) -> Result<PaymentStatus, Halt> {
    transition(from, event).ok_or(Halt::IllegalTransition { payment, from, event })
}

/// How a payment's waiting ends, and what the entry says about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    pub kind: EntryKind,
    pub event: PaymentEvent,
    pub code: Code,
}

impl Ending {
    pub const CANCEL: Self =
        Self { kind: EntryKind::Cancel, event: PaymentEvent::Cancel, code: Code::CancelledByDebtorAgent };
    pub const EXPIRE: Self = Self { kind: EntryKind::Expire, event: PaymentEvent::Expire, code: Code::PaymentExpired };
    pub const HOLD_LAPSED: Self =
        Self { kind: EntryKind::Stop, event: PaymentEvent::RejectHeld, code: Code::HoldLapsed };

    pub const fn stop(code: Code) -> Self {
        Self { kind: EntryKind::Stop, event: PaymentEvent::Stop, code }
    }
}

/// Moves the money or gives it back, frees the slot, reports, and records the final status.
pub(crate) fn end(
    state: &mut State,
    journal: &mut Journal,
    origin: Origin,
    slot: u32,
    ending: Ending,
) -> Result<(), Halt> {
    let stays = planted::is(Bug::AttestedPaymentStaysOpen).then(|| state.payments.get(slot).cloned()).flatten();
    let open = stays.or_else(|| state.payments.remove(slot)).ok_or_else(|| missing(slot))?;
    let status = moved(open.payment.uetr, Some(open.status), ending.event)?;
    invariant(status.is_final(), "a payment ends with a final status")?;
    if status == PaymentStatus::Settled {
        settle(state, journal, &open)?;
    } else {
        give_back(state, &open)?;
    }
    close(state, journal, origin, &open.payment, status, ending)
}

/// Reports a final status and closes the payment's reference.
pub(crate) fn close(
    state: &mut State,
    journal: &mut Journal,
    origin: Origin,
    payment: &Payment,
    status: PaymentStatus,
    Ending { kind, code, .. }: Ending,
) -> Result<(), Halt> {
    let line = line_about(state, journal.time, payment, kind, Some(status), code)?;
    let position = journal.add(origin, line);
    let unknown = || Halt::RecordMissing { table: tables::REFERENCES, key: payment.uetr.to_string() };
    state.references.close(payment.uetr, status, journal.height, position).ok_or_else(unknown)
}

pub(crate) fn settle(state: &mut State, journal: &mut Journal, open: &OpenPayment) -> Result<(), Halt> {
    let payment = &open.payment;
    if open.funded {
        state.accounts.release(payment.debtor_account, payment.amount)?;
    }
    pay(state, journal, payment)
}

/// Moves a payment's money out of what is available, and draws its licences.
pub(crate) fn pay(state: &mut State, journal: &mut Journal, payment: &Payment) -> Result<(), Halt> {
    let Payment { debtor_account: from, creditor_account: to, amount, uetr: reference, .. } = *payment;
    state.accounts.transfer(journal, Transfer { from, to, amount, kinds: PAYMENT, reference })?;
    licence::rules::draw(state, payment)
}

pub(crate) fn give_back(state: &mut State, open: &OpenPayment) -> Result<(), Halt> {
    let payment = &open.payment;
    if open.funded && !planted::is(Bug::ReserveKept) {
        state.accounts.release(payment.debtor_account, payment.amount)?;
    }
    licence::rules::release(state, payment)?;
    uncount(state, payment, open.accepted, payment.amount)
}

/// Counts an accepted payment wherever something is capped.
pub(crate) fn count(state: &mut State, now: Timestamp, payment: &Payment) -> Result<(), Halt> {
    state.clients.count(&payment.client, now, payment.amount);
    limit::rules::count(state, now, payment);
    programme::rules::count(state, payment)
}

/// Takes back what was counted when the payment was accepted, or a part of it.
pub(crate) fn uncount(state: &mut State, payment: &Payment, accepted: Timestamp, amount: Amount) -> Result<(), Halt> {
    state.clients.uncount(&payment.client, accepted, amount);
    limit::rules::uncount(state, accepted, payment, amount);
    programme::rules::uncount(state, payment, amount)
}

/// What the ledger does by itself has a zero transaction; it is in the debtor agent's name.
pub(crate) const fn own_doing(open: &OpenPayment) -> Origin {
    Origin { transaction: Digest::ZERO, participant: open.debtor_agent }
}
