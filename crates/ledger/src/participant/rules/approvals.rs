//! A participant's rules about its checkers, and who signs for an applicant.

use corridor_types::limits::MAX_APPROVALS;
use corridor_types::operations::ApprovalRule;
use corridor_types::{Code, KeyRole, ParticipantEntry};

use crate::family::Signed;
use crate::participant::{MAX_APPROVAL_RULES, Participant, has_key};
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::who::signers::unauthorised;

/// The participant's rules with one more, changed or ended.
pub(super) fn rules_with(
    state: &State,
    record: &Participant,
    rule: ApprovalRule,
) -> Result<Vec<ApprovalRule>, Refusal> {
    let ApprovalRule { asset, checkers, .. } = rule;
    let malformed = Code::ApprovalRuleMalformed;
    ensure(state.assets.get(asset).is_some(), malformed, "step.rule.asset", || format!("there is no asset {asset}"))?;
    // One of the signatures is the maker's.
    ensure(usize::from(checkers) < MAX_APPROVALS, malformed, "step.rule.checkers", || {
        format!("{checkers}; at most {} fit beside the maker", MAX_APPROVALS - 1)
    })?;
    let mut rules: Vec<_> = record.approvals.iter().copied().filter(|kept| kept.asset != asset).collect();
    if checkers > 0 {
        rules.insert(rules.partition_point(|kept| kept.asset < asset), rule);
    }
    ensure(rules.len() <= MAX_APPROVAL_RULES, Code::CapacityExceeded, "step.rule.asset", || {
        format!("there are {MAX_APPROVAL_RULES} rules; end one first")
    })?;
    Ok(rules)
}

/// Checks that a supervisor of the central bank and an operator of the applicant signed, and
/// nobody else.
pub(super) fn check_applicant(
    &Signed { participant, transaction, .. }: &Signed<'_>,
    applicant: &ParticipantEntry,
) -> Result<(), Refusal> {
    let is_own = |key| has_key(participant, key, KeyRole::Supervisor);
    let (own, others): (Vec<_>, Vec<_>) = transaction.approvals.iter().map(|by| &by.key).partition(|key| is_own(key));
    if let Some(key) = others.iter().find(|key| !has_key(applicant, key, KeyRole::Operator)) {
        let detail =
            format!("{key} is neither a supervisor key of the central bank nor an operator key of the applicant");
        return Err(unauthorised(detail));
    }
    ensure(!own.is_empty(), Code::KeyNotAuthorised, "approvals", || {
        "a supervisor key of the central bank must sign".to_owned()
    })?;
    ensure(!others.is_empty(), Code::PossessionNotProven, "approvals", || {
        "an operator key of the applicant must sign too".to_owned()
    })
}
