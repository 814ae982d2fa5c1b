//! Who owns, issues and supervises what an operation names. What does not exist is nobody's, and
//! passes: the rules refuse it.

use corridor_types::{AccountId, AssetId, Code, ParticipantId, ParticipantKind, Uetr};

use crate::refusal::{Refusal, ensure};
use crate::state::State;

pub(crate) fn unknown_participant(field: &'static str, id: ParticipantId) -> Refusal {
    Refusal::new(Code::UnknownParticipant, field, format!("there is no participant {id}"))
}

pub(crate) fn check_issuer(state: &State, participant: ParticipantId, asset: AssetId) -> Result<(), Refusal> {
    let Some(issuer) = state.assets.get(asset).map(|asset| asset.issuer) else { return Ok(()) };
    ensure(issuer == participant, Code::NotIssuer, "participant", || {
        format!("asset {asset} is issued by participant {issuer}, not by {participant}")
    })
}

pub(crate) fn check_supervisor(
    state: &State,
    participant: ParticipantId,
    sponsor: ParticipantId,
    field: &'static str,
) -> Result<(), Refusal> {
    let Some(supervisor) = state.participant(sponsor).map(|entry| entry.supervisor) else { return Ok(()) };
    ensure(supervisor == participant, Code::NotSupervisor, field, || {
        format!("sponsor {sponsor} is supervised by participant {supervisor}, not by {participant}")
    })
}

/// Checks that a central bank asks, whatever is named and even if that does not exist. Withdrawals go
/// first in their block: a bank that could be first too would use up the references that it sees.
pub(crate) fn check_withdraws(state: &State, participant: ParticipantId) -> Result<(), Refusal> {
    let kind = state.participant(participant).map(|entry| entry.kind);
    ensure(kind == Some(ParticipantKind::CentralBank), Code::NotSupervisor, "participant", || {
        format!("participant {participant} is no central bank, which supervises")
    })
}

/// Checks that the account, if it exists, is the participant's.
pub(crate) fn check_owner(
    state: &State,
    participant: ParticipantId,
    account: AccountId,
    field: &'static str,
) -> Result<(), Refusal> {
    let Some(owner) = state.accounts.get(account).map(|account| account.owner) else { return Ok(()) };
    ensure(owner == participant, Code::NotAccountOwner, field, || {
        format!("account {account} is owned by participant {owner}, not by {participant}")
    })
}

/// Checks that the participant is the debtor agent of the payment, if that is open.
pub(crate) fn check_debtor_agent(state: &State, participant: ParticipantId, payment: &Uetr) -> Result<(), Refusal> {
    let slot = state.payments.slot_of(payment);
    let Some(agent) = slot.and_then(|slot| state.payments.get(slot)).map(|open| open.debtor_agent) else {
        return Ok(());
    };
    ensure(agent == participant, Code::NotDebtorAgent, "payment", || {
        format!("the debtor agent of {payment} is participant {agent}, not {participant}")
    })
}
