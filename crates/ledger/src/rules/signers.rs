//! Whose signatures an operation needs. Who registered which key for what is all that counts here;
//! that the signatures are valid was checked before.

use std::collections::BTreeSet;

use corridor_types::{Approval, Code, KeyRole, Operation, ParticipantEntry, ParticipantId, Transaction, Validator};

use crate::participant::has_key;
use crate::refusal::{Refusal, ensure};
use crate::state::State;

/// The signatures that an operation needs.
enum Signers<'a> {
    /// So many different keys that the participant registered in a role.
    Own(KeyRole, usize),
    /// One operator key of the participant, and both keys that the operation declares.
    OperatorAndDeclared(&'a Validator),
    /// One supervisor key of each central bank that issues an asset.
    EveryIssuer,
}

const fn required(operation: &Operation) -> Signers<'_> {
    match operation {
        Operation::Issue { .. } | Operation::Redeem { .. } => Signers::Own(KeyRole::Issuer, 2),
        Operation::OpenAccount { .. } => Signers::Own(KeyRole::Issuer, 1),
        Operation::AuthoriseClient { .. } | Operation::RevokeClient { .. } => Signers::Own(KeyRole::Supervisor, 1),
        Operation::SetStandingConsent { .. }
        | Operation::Pay { .. }
        | Operation::PayBulk { .. }
        | Operation::Attest { .. }
        | Operation::Reject { .. }
        | Operation::Cancel { .. }
        | Operation::RegisterNode { .. }
        | Operation::RemoveNode { .. } => Signers::Own(KeyRole::Operator, 1),
        Operation::DeclareCandidate { validator, .. } => Signers::OperatorAndDeclared(validator),
        Operation::ChangeValidators { .. } => Signers::EveryIssuer,
    }
}

/// Checks that those signed who must, and nobody else.
pub(crate) fn check_signers(
    state: &State,
    participant: &ParticipantEntry,
    transaction: &Transaction,
) -> Result<(), Refusal> {
    match required(&transaction.operation) {
        Signers::Own(role, count) => check_own(participant, transaction, role, count),
        Signers::OperatorAndDeclared(validator) => check_declared(participant, transaction, validator),
        Signers::EveryIssuer => check_every_issuer(state, &transaction.approvals),
    }
}

fn unauthorised(detail: String) -> Refusal {
    Refusal::new(Code::KeyNotAuthorised, "approvals", detail)
}

/// Refuses a key that the participant has not registered in this role.
fn check_no_stranger<'a>(
    participant: &ParticipantEntry,
    id: ParticipantId,
    role: KeyRole,
    mut approvals: impl Iterator<Item = &'a Approval>,
) -> Result<(), Refusal> {
    match approvals.find(|approval| !has_key(participant, &approval.key, role)) {
        Some(Approval { key, .. }) => Err(unauthorised(format!("participant {id} has not registered {key} as {role}"))),
        None => Ok(()),
    }
}

fn check_own(
    participant: &ParticipantEntry,
    transaction: &Transaction,
    role: KeyRole,
    count: usize,
) -> Result<(), Refusal> {
    let approvals = &transaction.approvals;
    check_no_stranger(participant, transaction.participant, role, approvals.iter())?;
    ensure(!approvals.is_empty(), Code::KeyNotAuthorised, "approvals", || {
        format!("no signature; a key as {role} must sign")
    })?;
    let different =
        approvals.iter().enumerate().filter(|(n, a)| approvals[..*n].iter().all(|b| b.key != a.key)).count();
    ensure(different >= count, Code::SecondApprovalMissing, "approvals", || {
        format!("{different} of {count} different keys as {role}")
    })
}

fn check_declared(
    participant: &ParticipantEntry,
    transaction: &Transaction,
    validator: &Validator,
) -> Result<(), Refusal> {
    let declared = [(validator.key, "validator.key"), (validator.network_key, "validator.network_key")];
    let is_declared = |approval: &&Approval| declared.iter().any(|(key, _)| approval.key == *key);
    let others: Vec<_> = transaction.approvals.iter().filter(|approval| !is_declared(approval)).collect();
    check_no_stranger(participant, transaction.participant, KeyRole::Operator, others.iter().copied())?;
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

fn check_every_issuer(state: &State, approvals: &[Approval]) -> Result<(), Refusal> {
    let issuers: BTreeSet<_> = state.assets.iter().map(|(_, asset)| asset.issuer).collect();
    let mut signed = BTreeSet::new();
    for Approval { key, .. } in approvals {
        let owner = state.participants.owner_of(key).filter(|(_, role)| *role == KeyRole::Supervisor);
        let issuer = owner.map(|(id, _)| id).filter(|id| issuers.contains(id));
        let stranger = || unauthorised(format!("{key} is no supervisor key of a central bank that issues an asset"));
        let issuer = issuer.ok_or_else(stranger)?;
        ensure(signed.insert(issuer), Code::KeyNotAuthorised, "approvals", || {
            format!("participant {issuer} signed twice; one key of each central bank is enough")
        })?;
    }
    let missing = issuers.difference(&signed).next();
    ensure(!issuers.is_empty() && missing.is_none(), Code::CentralBankApprovalMissing, "approvals", || {
        missing.map_or_else(
            || "no central bank issues an asset on this chain, so none can decide".to_owned(),
            |id| format!("a supervisor key of participant {id} must sign too"),
        )
    })
}
