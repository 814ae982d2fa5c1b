//! With which keys an operation is signed unless the command line says otherwise: what the table of
//! operations names first. A suggestion that spares typing: who may sign is the ledger's decision.

use std::path::PathBuf;

use corridor_types::operations::{SignedBy, SignerRule};
use corridor_types::{KeyRole, Operation, ParticipantId};

use crate::actor::{Act, Actor};
use crate::failure::Failure;

/// A role, and how many different keys in it.
pub type Keys = (KeyRole, usize);

/// The keys with which an institution signs an operation: so many of one role. `actor` is who signs,
/// which need not be who submits.
pub fn default_keys(operation: &Operation, actor: ParticipantId, is_central_bank: bool) -> Keys {
    match operation.row().signed {
        SignedBy::Own { roles, count, .. } => (usual(roles), count),
        SignedBy::ByKind { central_bank: (roles, _), count, .. } if is_central_bank => (usual(roles), count),
        SignedBy::ByKind { others: (roles, _), count, .. } => (usual(roles), count),
        SignedBy::Rule { rule, .. } => match rule {
            SignerRule::Payer { initiating } => (usual(initiating), 1),
            SignerRule::Applicant | SignerRule::Members => (KeyRole::Supervisor, 1),
            SignerRule::Governors => keys_of_governors(operation, actor),
            SignerRule::Declared => (KeyRole::Operator, 1),
            SignerRule::EveryIssuer if is_central_bank => (KeyRole::Supervisor, 1),
            SignerRule::EveryIssuer => (KeyRole::Governance, 1),
        },
    }
}

/// The first of some roles. A row without a role would be signed by nobody; operators try.
fn usual(roles: &[KeyRole]) -> KeyRole {
    roles.first().copied().unwrap_or(KeyRole::Operator)
}

/// A participant changes its own keys by governance, its supervisor as such; two of either, if the
/// profile lists two.
fn keys_of_governors(operation: &Operation, actor: ParticipantId) -> Keys {
    let whose = if let Operation::Participant { step, .. } = operation { step.whose_keys() } else { None };
    let is_own = whose.is_none_or(|whose| whose == actor);
    (if is_own { KeyRole::Governance } else { KeyRole::Supervisor }, 2)
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
