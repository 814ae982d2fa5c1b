//! Who registered which key for what: the signatures that the table of operations asks for. That the
//! signatures are valid was checked before.

use corridor_types::operations::SignerRule;
use corridor_types::{Approval, Code, KeyRole, ParticipantEntry, ParticipantId};

use crate::family::Signed;
use crate::participant::has_key;
use crate::refusal::{Refusal, ensure};

pub(crate) fn unauthorised(detail: String) -> Refusal {
    Refusal::new(Code::KeyNotAuthorised, "approvals", detail)
}

/// Refuses a key that the participant has not registered in one of these roles.
pub(crate) fn check_no_stranger<'a>(
    participant: &ParticipantEntry,
    id: ParticipantId,
    roles: &[KeyRole],
    mut approvals: impl Iterator<Item = &'a Approval>,
) -> Result<(), Refusal> {
    let known = |key| roles.iter().any(|role| has_key(participant, key, *role));
    match approvals.find(|approval| !known(&approval.key)) {
        Some(Approval { key, .. }) => {
            Err(unauthorised(format!("participant {id} has not registered {key} as {}", names(roles))))
        }
        None => Ok(()),
    }
}

pub(crate) fn names(roles: &[KeyRole]) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" or ")
}

/// Checks that so many different keys of the submitter in one of some roles signed, and no others.
pub(crate) fn check_own(
    &Signed { participant, transaction, .. }: &Signed<'_>,
    roles: &[KeyRole],
    count: usize,
) -> Result<(), Refusal> {
    let approvals = &transaction.approvals;
    check_no_stranger(participant, transaction.participant, roles, approvals.iter())?;
    ensure(!approvals.is_empty(), Code::KeyNotAuthorised, "approvals", || {
        format!("no signature; a key as {} must sign", names(roles))
    })?;
    let different =
        approvals.iter().enumerate().filter(|(n, a)| approvals[..*n].iter().all(|b| b.key != a.key)).count();
    ensure(different >= count, Code::SecondApprovalMissing, "approvals", || {
        format!("{different} of {count} different keys as {}", names(roles))
    })
}

/// For a rule about signatures that the step does not know: nobody's signatures are enough.
pub(crate) fn no_rule(rule: SignerRule) -> Refusal {
    unauthorised(format!("{rule:?} is no rule of this operation"))
}
