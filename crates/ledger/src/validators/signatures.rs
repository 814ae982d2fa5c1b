//! Who signs for a candidate, and who decides together on the validators of the next epoch.

use std::collections::BTreeSet;

use corridor_crypto::PublicKey;
use corridor_types::{Approval, Code, KeyRole, ParticipantId, Validator};

use super::epochs::power_of;
use crate::family::Signed;
use crate::participant::rules::check_active;
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::who::signers::{check_no_stranger, unauthorised};

const OPERATOR: &[KeyRole] = &[KeyRole::Operator];

/// Checks that one operator key of the participant and both declared keys signed, and no others.
pub(super) fn check_declared(
    &Signed { participant, transaction, .. }: &Signed<'_>,
    validator: &Validator,
) -> Result<(), Refusal> {
    let declared = [(validator.key, "validator.key"), (validator.network_key, "validator.network_key")];
    let is_declared = |approval: &&Approval| declared.iter().any(|(key, _)| approval.key == *key);
    let others: Vec<_> = transaction.approvals.iter().filter(|approval| !is_declared(approval)).collect();
    check_no_stranger(participant, transaction.participant, OPERATOR, others.iter().copied())?;
    ensure(others.len() == 1, Code::KeyNotAuthorised, "approvals", || {
        format!("{} operator keys signed beside the declared ones; exactly one must", others.len())
    })?;
    declared.iter().try_for_each(|(key, field)| {
        let signed = transaction.approvals.iter().any(|approval| approval.key == *key);
        // Under a key of small order anybody's signature could pass.
        ensure(signed && key.validate().is_ok(), Code::PossessionNotProven, field, || {
            format!("{key} is no usable key or has not signed; sign with the operator key and both declared keys")
        })
    })
}

/// The one-transaction form of a decision on validators: as in a vote, every central bank concerned
/// and more than two thirds of the voting power. The central banks' signatures stand for the power
/// of their own validators too.
pub(super) fn check_every_issuer(&Signed { state, transaction, .. }: &Signed<'_>) -> Result<(), Refusal> {
    let issuers: BTreeSet<_> = state.assets.iter().map(|(_, asset)| asset.issuer).collect();
    let mut signed = BTreeSet::new();
    for Approval { key, .. } in &transaction.approvals {
        let signer = decider(state, &issuers, key)?;
        ensure(signed.insert(signer), Code::KeyNotAuthorised, "approvals", || {
            format!("participant {signer} signed twice; one key of each is enough")
        })?;
    }
    let missing = issuers.difference(&signed).next();
    ensure(!issuers.is_empty() && missing.is_none(), Code::CentralBankApprovalMissing, "approvals", || {
        missing.map_or_else(
            || "no central bank issues an asset on this chain, so none can decide".to_owned(),
            |id| format!("a supervisor key of participant {id} must sign too"),
        )
    })?;
    let set = state.epochs.current();
    let power: u128 = signed.iter().map(|id| power_of(set, *id)).sum();
    ensure(set.is_quorum(power), Code::QuorumMissing, "approvals", || {
        let total = set.total_power();
        format!("power {power} of {total}; let more participants with a validator sign with a governance key")
    })
}

/// For whom a key decides on validators: a central bank that issues an asset by a supervisor key,
/// any other participant with a validator by a governance key.
fn decider(state: &State, issuers: &BTreeSet<ParticipantId>, key: &PublicKey) -> Result<ParticipantId, Refusal> {
    let decides = |(id, role): &(ParticipantId, KeyRole)| match role {
        KeyRole::Supervisor => issuers.contains(id),
        KeyRole::Governance => !issuers.contains(id) && power_of(state.epochs.current(), *id) > 0,
        KeyRole::Operator | KeyRole::Issuer | KeyRole::Maker | KeyRole::Checker | KeyRole::Compliance => false,
    };
    let (id, _) = state.participants.owner_of(key).filter(decides).ok_or_else(|| {
        unauthorised(format!(
            "{key} is no supervisor key of a central bank that issues an asset, nor a governance key of another \
             participant with a validator"
        ))
    })?;
    check_active(state, id, "approvals")?;
    Ok(id)
}
