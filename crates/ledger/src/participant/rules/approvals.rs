//! Whose signatures count: those who give money away with their checkers, and applicants.

use std::collections::{BTreeMap, BTreeSet};

use corridor_types::limits::MAX_APPROVALS;
use corridor_types::operations::ApprovalRule;
use corridor_types::{Amount, AssetId, Code, KeyRole, ParticipantEntry, Transaction};

use crate::participant::{MAX_APPROVAL_RULES, Participant, has_key};
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::who::signers::{check_no_stranger, names, unauthorised};

/// What the participant gives away with a transaction, in each asset, in minor units.
#[derive(Debug)]
pub(crate) struct Given(BTreeMap<AssetId, u128>);

impl Given {
    /// Amounts in the same asset are added, in different ones are not.
    pub(crate) fn sum(amounts: impl IntoIterator<Item = (AssetId, Amount)>) -> Self {
        let mut sums = BTreeMap::new();
        amounts.into_iter().for_each(|(asset, amount)| *sums.entry(asset).or_default() += u128::from(amount.0));
        Self(sums)
    }
}

/// Checks that somebody signed in a role that may initiate it, and as many different checkers as the
/// participant's rules demand for what it gives away in each asset.
pub(crate) fn check_payers(
    state: &State,
    participant: &ParticipantEntry,
    transaction: &Transaction,
    initiating: &[KeyRole],
    given: &Given,
) -> Result<(), Refusal> {
    let Transaction { participant: id, approvals, .. } = transaction;
    check_no_stranger(participant, *id, &[initiating, &[KeyRole::Checker]].concat(), approvals.iter())?;
    let signed_as = |role| approvals.iter().map(|by| &by.key).filter(move |key| has_key(participant, key, role));
    let initiated = initiating.iter().any(|role| signed_as(*role).next().is_some());
    ensure(initiated, Code::KeyNotAuthorised, "approvals", || format!("a key as {} must sign", names(initiating)))?;
    let rules = state.participants.record(*id).map_or(&[][..], |record| &record.approvals);
    let (needed, checkers) = (checkers_needed(rules, given), signed_as(KeyRole::Checker).collect::<BTreeSet<_>>());
    ensure(checkers.len() >= usize::from(needed), Code::CheckerMissing, "approvals", || {
        format!("{} of {needed} different keys as {}", checkers.len(), KeyRole::Checker.as_str())
    })
}

/// The most checkers that a rule demands whose amount is exceeded by what is given in its asset.
fn checkers_needed(rules: &[ApprovalRule], Given(sums): &Given) -> u8 {
    let is_exceeded = |rule: &&ApprovalRule| sums.get(&rule.asset).is_some_and(|sum| *sum > u128::from(rule.above.0));
    rules.iter().filter(is_exceeded).map(|rule| rule.checkers).max().unwrap_or(0)
}

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
pub(crate) fn check_applicant(
    participant: &ParticipantEntry,
    transaction: &Transaction,
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
