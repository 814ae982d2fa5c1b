//! With which keys an operation is signed unless the command line says otherwise. A suggestion that
//! spares typing: who may sign is the ledger's decision (`docs/ledger.md`).

use std::path::PathBuf;

use corridor_types::operations::{HoldStep, ParticipantStep, ScreeningStep};
use corridor_types::{KeyRole, Operation, ParticipantId};

use crate::actor::{Act, Actor};
use crate::failure::Failure;

/// A role, and how many different keys in it.
pub type Keys = (KeyRole, usize);

/// The keys with which an institution signs an operation: so many of one role. `actor` is who signs,
/// which need not be who submits.
pub const fn default_keys(operation: &Operation, actor: ParticipantId, is_central_bank: bool) -> Keys {
    match operation {
        Operation::Issue { .. } | Operation::Redeem { .. } => (KeyRole::Issuer, 2),
        Operation::OpenAccount { .. } | Operation::SetCalendar { .. } | Operation::Limit { .. } => (KeyRole::Issuer, 1),
        Operation::AuthoriseClient { .. }
        | Operation::RevokeClient { .. }
        | Operation::Programme { .. }
        | Operation::Licence { .. } => (KeyRole::Supervisor, 1),
        Operation::SetStandingConsent { .. }
        | Operation::Pay { .. }
        | Operation::PayBulk { .. }
        | Operation::PayTogether { .. }
        | Operation::Attest { .. }
        | Operation::Reject { .. }
        | Operation::Cancel { .. }
        | Operation::DeclareCandidate { .. }
        | Operation::RegisterNode { .. }
        | Operation::RemoveNode { .. }
        | Operation::Refund { .. }
        | Operation::Exchange { .. }
        | Operation::Queue { .. } => (KeyRole::Operator, 1),
        Operation::ChangeValidators { .. } if is_central_bank => (KeyRole::Supervisor, 1),
        Operation::ChangeValidators { .. } | Operation::Governance { .. } => (KeyRole::Governance, 1),
        Operation::Participant { step, .. } => keys_for_participant(step, actor),
        Operation::Screening { step, .. } => match step {
            ScreeningStep::Require { .. } => (KeyRole::Supervisor, 1),
            ScreeningStep::Rescreen { .. } => (KeyRole::Operator, 1),
        },
        Operation::Hold { step, .. } => match step {
            HoldStep::Hold { .. } => (KeyRole::Compliance, 1),
            HoldStep::Release { .. } | HoldStep::Reject { .. } => (KeyRole::Compliance, 2),
        },
        Operation::Order { .. } => (KeyRole::Compliance, 2),
        Operation::RecordAccess { .. } => (KeyRole::Compliance, 1),
    }
}

/// A participant changes its own keys by governance, its supervisor as such; two of either, if the
/// profile lists two.
const fn keys_for_participant(step: &ParticipantStep, actor: ParticipantId) -> Keys {
    match step {
        ParticipantStep::AddKey { participant, .. } | ParticipantStep::RemoveKey { participant, .. } => {
            let role = if participant.0 == actor.0 { KeyRole::Governance } else { KeyRole::Supervisor };
            (role, 2)
        }
        ParticipantStep::Apply { .. }
        | ParticipantStep::Authorise { .. }
        | ParticipantStep::Suspend { .. }
        | ParticipantStep::Revoke { .. } => (KeyRole::Supervisor, 1),
        ParticipantStep::SetApprovals { .. } => (KeyRole::Governance, 2),
        ParticipantStep::SetSealingKey { .. } => (KeyRole::Governance, 1),
    }
}

/// The institution with the keys for an operation: all of the roles named, and the key files named;
/// if neither is, as many of the operation's own role as it needs.
///
/// # Errors
/// A usage failure that says what is missing.
pub fn actor_for(act: &Act, roles: &[KeyRole], operation: &Operation) -> Result<Actor, Failure> {
    let mut actor = act.identify()?;
    let mut files: Vec<PathBuf> = Vec::new();
    for role in roles {
        files.extend(keys_of(&actor, *role, 1)?);
    }
    files.extend(act.keys.iter().cloned());
    if files.is_empty() {
        let (role, count) = default_keys(operation, actor.participant, actor.is_central_bank());
        files = keys_of(&actor, role, count)?;
        files.truncate(count);
    }
    actor.use_keys(&files)?;
    Ok(actor)
}

/// The profile's keys of a role. Too few are an error only if there is none: others may sign too.
fn keys_of(actor: &Actor, role: KeyRole, count: usize) -> Result<Vec<PathBuf>, Failure> {
    let files = actor.session.profile.keys.of(role).clone();
    if files.is_empty() {
        let keys = if count == 1 { "a key".to_owned() } else { format!("{count} different keys") };
        return Err(Failure::usage(format!(
            "the operation needs {keys} as {role} of {}; the profile lists none under keys.{role}; add it there, or \
             name key files with --key",
            actor.bic
        )));
    }
    Ok(files)
}
