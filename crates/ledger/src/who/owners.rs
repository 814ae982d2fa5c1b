//! Who may submit what: the checks that come before a reference is used up.
//!
//! A refusal here says nothing about the operation, only about who asked. It never uses up a
//! reference, so that nobody can spoil another's reference by submitting a copy of what they saw.

use corridor_types::{
    AccountId, AssetId, Code, Operation, ParticipantId, ParticipantKind, Timestamp, Transaction, Uetr,
};

use super::signers::check_signers;
use crate::operation::kinds::may_submit;
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::{
    access, exchange, governance, hold, licence, limit, order, participant, programme, queue, refund, screening,
};

/// Checks the transaction's last moment, its author and its keys, whatever it asks for.
pub(crate) fn authenticate(state: &State, now: Timestamp, transaction: &Transaction) -> Result<(), Refusal> {
    let Transaction { participant, valid_until, operation, .. } = transaction;
    ensure(*valid_until >= now, Code::TransactionExpired, "valid_until", || {
        format!("{valid_until} ms is before block time {now} ms; sign again with a later one")
    })?;
    let entry = state.participant(*participant).ok_or_else(|| unknown_participant("participant", *participant))?;
    participant::rules::check_active(state, *participant, "participant")?;
    ensure(may_submit(entry, operation), Code::ParticipantNotAuthorised, "participant", || {
        format!("participant {participant} is a {}, which may not ask for this", entry.kind)
    })?;
    check_signers(state, entry, transaction)
}

pub(crate) fn unknown_participant(field: &'static str, id: ParticipantId) -> Refusal {
    Refusal::new(Code::UnknownParticipant, field, format!("there is no participant {id}"))
}

/// Checks that the participant may do this to what the operation names, if that exists. What does
/// not exist is the rules' concern.
pub(crate) fn check_authority(state: &State, participant: ParticipantId, operation: &Operation) -> Result<(), Refusal> {
    match operation {
        Operation::Issue { account, .. } | Operation::Redeem { account, .. } => {
            state.accounts.get(*account).map_or(Ok(()), |account| check_issuer(state, participant, account.asset))
        }
        Operation::OpenAccount { asset, .. } => check_issuer(state, participant, *asset),
        Operation::AuthoriseClient { authorisation, .. } => {
            check_supervisor(state, participant, authorisation.sponsor, "authorisation.sponsor")
        }
        Operation::RevokeClient { handle, .. } => {
            check_withdraws(state, participant)?;
            let sponsor = state.clients.get(handle).map(|client| client.authorisation.sponsor);
            sponsor.map_or(Ok(()), |sponsor| check_supervisor(state, participant, sponsor, "handle"))
        }
        Operation::SetStandingConsent { account, .. } => check_owner(state, participant, *account, "account"),
        Operation::Cancel { payment, .. } => check_debtor_agent(state, participant, payment),
        Operation::DeclareCandidate { validator, .. } => {
            let owner = validator.participant;
            ensure(owner == participant, Code::ParticipantNotAuthorised, "validator.participant", || {
                format!("{owner}; participant {participant} may declare a validator of its own only")
            })
        }
        Operation::Participant { step, .. } => participant::rules::authority(state, participant, step),
        Operation::Programme { step, .. } => programme::rules::authority(state, participant, step),
        Operation::Licence { step, .. } => licence::rules::authority(state, participant, step),
        Operation::Screening { step, .. } => screening::rules::authority(state, participant, step),
        Operation::Hold { step, .. } => hold::rules::authority(state, participant, step),
        Operation::Order { step, .. } => order::rules::authority(state, participant, step),
        Operation::Limit { step, .. } => limit::rules::authority(state, participant, step),
        Operation::Refund { step, .. } => refund::rules::authority(state, participant, step),
        Operation::Exchange { step, .. } => exchange::rules::authority(state, participant, step),
        Operation::Queue { step, .. } => queue::rules::authority(state, participant, step),
        Operation::Governance { step, .. } => governance::rules::authority(state, participant, step),
        Operation::SetCalendar { asset, .. } => check_issuer(state, participant, *asset),
        Operation::RecordAccess { payment, .. } => access::rules::authority(state, participant, payment),
        // Nodes belong to who asks; on the validator set decide those who signed.
        Operation::RegisterNode { .. } | Operation::RemoveNode { .. } | Operation::ChangeValidators { .. } => Ok(()),
        // Payments and answers to payments have their authority checked one by one.
        Operation::Pay { .. }
        | Operation::PayBulk { .. }
        | Operation::PayTogether { .. }
        | Operation::Attest { .. }
        | Operation::Reject { .. } => Ok(()),
    }
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
