//! Who may submit what: the checks that come before a reference is used up.
//!
//! A refusal here says nothing about the operation, only about who asked. It never uses up a
//! reference, so that nobody can spoil another's reference by submitting a copy of what they saw.

use corridor_types::operations::SignedBy;
use corridor_types::{Code, Operation, ParticipantKind, Timestamp, Transaction};

use super::families;
use crate::family::Signed;
use crate::participant::rules::check_active;
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::who::owners::unknown_participant;
use crate::who::signers::check_own;

/// Checks the transaction's last moment, its author and its keys, whatever it asks for.
pub(crate) fn authenticate(state: &State, now: Timestamp, transaction: &Transaction) -> Result<(), Refusal> {
    let Transaction { participant, valid_until, operation, .. } = transaction;
    ensure(*valid_until >= now, Code::TransactionExpired, "valid_until", || {
        format!("{valid_until} ms is before block time {now} ms; sign again with a later one")
    })?;
    let entry = state.participant(*participant).ok_or_else(|| unknown_participant("participant", *participant))?;
    check_active(state, *participant, "participant")?;
    ensure(operation.may_be_submitted_by(entry.kind), Code::ParticipantNotAuthorised, "participant", || {
        format!("participant {participant} is a {}, which may not ask for this", entry.kind)
    })?;
    check_signers(operation, &Signed { state, participant: entry, transaction })
}

/// Checks that those signed who must, and nobody else.
fn check_signers(operation: &Operation, signed: &Signed<'_>) -> Result<(), Refusal> {
    match operation.row().signed {
        SignedBy::Own { roles, count, .. } => check_own(signed, roles, count),
        SignedBy::ByKind { others: (others, _), central_bank: (central, _), count } => {
            let is_central = signed.participant.kind == ParticipantKind::CentralBank;
            check_own(signed, if is_central { central } else { others }, count)
        }
        SignedBy::Rule { rule, .. } => families::check_signers(operation, rule, signed),
    }
}
