//! What a programme lets in, and what it counts.

use corridor_types::operations::Programme;
use corridor_types::{Amount, Code, ParticipantId, Payment, ProgrammeId, Timestamp};

use super::{edit, find_open};
use crate::refusal::{Refusal, ensure};
use crate::rulebook::rules::InForce;
use crate::state::State;
use crate::{Client, Halt};

/// Checks that clients of a bank may be authorised under a programme.
pub(crate) fn check_sponsor(state: &State, number: ProgrammeId, sponsor: ParticipantId) -> Result<(), Refusal> {
    let record = find_open(state, number, "authorisation.programme")?;
    check_member(number, &record.programme, sponsor, "authorisation.sponsor")
}

fn check_member(
    number: ProgrammeId,
    programme: &Programme,
    member: ParticipantId,
    field: &'static str,
) -> Result<(), Refusal> {
    ensure(programme.members.binary_search(&member).is_ok(), Code::NotProgrammeMember, field, || {
        format!("participant {member} is no member of programme {number}")
    })
}

/// Checks that the client's programme lets the payment in. `agents` are the debtor's and the
/// creditor's.
pub(crate) fn check(
    state: &State,
    now: Timestamp,
    payment: &Payment,
    client: &Client,
    agents: [ParticipantId; 2],
    book: &InForce,
) -> Result<(), Refusal> {
    let Some(number) = client.authorisation.programme else {
        return ensure(!book.needs_programme(), Code::ProgrammeRequired, "client", || {
            format!("{} belongs to no programme; over {} only clients of one pay", payment.client, payment.corridor)
        });
    };
    let record = find_open(state, number, "client")?;
    let programme = &record.programme;
    let Programme { starts, ends, corridors, .. } = programme;
    ensure(*starts <= now && now < *ends, Code::ProgrammeNotOpen, "client", || {
        format!("programme {number} runs from {starts} ms until before {ends} ms; it is {now} ms")
    })?;
    check_member(number, programme, agents[0], "debtor_account")?;
    check_member(number, programme, agents[1], "creditor_account")?;
    let corridor = &payment.corridor;
    ensure(corridors.binary_search(corridor).is_ok(), Code::ProgrammeCorridorNotCovered, "corridor", || {
        format!("programme {number} does not cover {corridor}")
    })?;
    let (cap, paid) = record.cap_of(payment.asset).ok_or_else(|| {
        let detail = format!("programme {number} does not cover asset {}", payment.asset);
        Refusal::new(Code::ProgrammeAssetNotCovered, "asset", detail)
    })?;
    let amount = payment.amount;
    ensure(amount <= cap.payment, Code::ProgrammePaymentCapExceeded, "amount", || {
        format!("{amount} is above the cap of {} per payment of programme {number}", cap.payment)
    })?;
    let within = paid + u128::from(amount.0) <= u128::from(cap.total.0);
    ensure(within, Code::ProgrammeTotalCapExceeded, "amount", || {
        format!("{amount} on top of {paid} exceeds the {} of programme {number}", cap.total)
    })
}

/// Counts an accepted payment against the programme's total.
pub(crate) fn count(state: &mut State, payment: &Payment) -> Result<(), Halt> {
    change(state, payment, u128::checked_add, payment.amount)
}

/// Takes `amount` of a payment back from the programme's total.
pub(crate) fn uncount(state: &mut State, payment: &Payment, amount: Amount) -> Result<(), Halt> {
    change(state, payment, u128::checked_sub, amount)
}

fn change(
    state: &mut State,
    payment: &Payment,
    change: fn(u128, u128) -> Option<u128>,
    amount: Amount,
) -> Result<(), Halt> {
    let programme = state.clients.get(&payment.client).and_then(|client| client.authorisation.programme);
    programme.map_or(Ok(()), |number| edit(state, number, |record| record.change(payment.asset, change, amount)))
}
