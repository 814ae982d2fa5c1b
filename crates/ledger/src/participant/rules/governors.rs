//! Who changes an institution's keys and its rules about checkers: two of its governance, or two
//! supervisors of its central bank (decision 18). Counts keys of roles; what the change is worth is
//! decided elsewhere, and which persons hold the keys is nothing that a ledger knows.

use std::collections::BTreeSet;

use corridor_types::operations::ParticipantStep;
use corridor_types::{Code, KeyRole, ParticipantEntry, ParticipantId, Transaction};

use crate::family::Signed;
use crate::participant::has_key;
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::who::signers::{check_no_stranger, names};

/// How many different keys stand for two persons.
const TWO: usize = 2;

/// Checks that enough of those signed who may change the owner's keys or rules. Which of the two
/// institutions submits is a matter of authority.
pub(super) fn check_governors(
    &Signed { state, participant, transaction }: &Signed<'_>,
    step: &ParticipantStep,
) -> Result<(), Refusal> {
    let owner = step.whose_keys().unwrap_or(transaction.participant);
    let wanted = if only_takes_power(state, owner, step) { 1 } else { TWO };
    if transaction.participant == owner {
        check_governance(participant, transaction, wanted)
    } else {
        check_supervisors(participant, transaction, wanted)
    }
}

/// True for the removal of a key that does not govern. Without a governance key fewer would be in
/// force, and one could then be enough.
fn only_takes_power(state: &State, owner: ParticipantId, step: &ParticipantStep) -> bool {
    let governs = |key| state.participant(owner).is_some_and(|entry| has_key(entry, key, KeyRole::Governance));
    matches!(step, ParticipantStep::RemoveKey { key, .. } if !governs(key))
}

fn check_governance(participant: &ParticipantEntry, transaction: &Transaction, wanted: usize) -> Result<(), Refusal> {
    let Transaction { participant: by, approvals, .. } = transaction;
    // Nobody is above a central bank: its own supervisors stand in for a key that was lost. They
    // never decide alone, or they would make themselves issuers.
    let is_highest = participant.supervisor == *by;
    let roles: &[KeyRole] =
        if is_highest { &[KeyRole::Governance, KeyRole::Supervisor] } else { &[KeyRole::Governance] };
    check_no_stranger(participant, *by, roles, approvals.iter())?;
    let signed = signed_as(KeyRole::Governance, participant, transaction);
    ensure(signed > 0, Code::KeyNotAuthorised, "approvals", || {
        format!("no signature as {0}; a key as {0} must sign", KeyRole::Governance)
    })?;
    let in_force = participant.keys.iter().filter(|entry| entry.role == KeyRole::Governance).count();
    let wanted = wanted.min(in_force);
    let is_stood_in = is_highest && signed_as(KeyRole::Supervisor, participant, transaction) >= TWO;
    ensure(signed >= wanted || is_stood_in, Code::SecondApprovalMissing, "approvals", || {
        let otherwise = if is_highest {
            "two of its supervisor keys"
        } else {
            "have two supervisors of its central bank submit it"
        };
        format!(
            "{signed} of {wanted} different keys as {}; let another one of participant {by} sign too, or {otherwise}",
            KeyRole::Governance
        )
    })
}

/// A central bank's supervisors change banks' keys, not its own: those include the issuers'.
fn check_supervisors(participant: &ParticipantEntry, transaction: &Transaction, wanted: usize) -> Result<(), Refusal> {
    const ROLES: &[KeyRole] = &[KeyRole::Supervisor];
    let Transaction { participant: by, approvals, .. } = transaction;
    check_no_stranger(participant, *by, ROLES, approvals.iter())?;
    ensure(!approvals.is_empty(), Code::KeyNotAuthorised, "approvals", || {
        format!("no signature; a key as {} must sign", names(ROLES))
    })?;
    let signed = signed_as(KeyRole::Supervisor, participant, transaction);
    ensure(signed >= wanted, Code::SecondApprovalMissing, "approvals", || {
        format!("{signed} of {wanted} different keys as {}; let another one of participant {by} sign too", names(ROLES))
    })
}

/// How many different keys of a role signed.
fn signed_as(role: KeyRole, participant: &ParticipantEntry, transaction: &Transaction) -> usize {
    let keys = transaction.approvals.iter().map(|approval| approval.key);
    keys.filter(|key| has_key(participant, key, role)).collect::<BTreeSet<_>>().len()
}
