//! Whose signatures count where money is given away: who initiates, and the checkers that the
//! participant's own rules demand.

use std::collections::{BTreeMap, BTreeSet};

use corridor_types::operations::{ApprovalRule, SignerRule};
use corridor_types::{Amount, AssetId, Code, KeyRole, Transaction};

use super::signers::{check_no_stranger, names, no_rule};
use crate::family::Signed;
use crate::participant::has_key;
use crate::refusal::{Refusal, ensure};

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
    &Signed { state, participant, transaction }: &Signed<'_>,
    rule: SignerRule,
    given: &Given,
) -> Result<(), Refusal> {
    let SignerRule::Payer { initiating } = rule else { return Err(no_rule(rule)) };
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
