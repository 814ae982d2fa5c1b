//! Whose signatures an operation needs. Who registered which key for what is all that counts here;
//! that the signatures are valid was checked before.

use std::collections::BTreeSet;

use corridor_crypto::PublicKey;
use corridor_types::operations::{ParticipantStep, ProgrammeStep};
use corridor_types::{
    Approval, Code, KeyRole, Operation, ParticipantEntry, ParticipantId, ParticipantKind, Payment, Transaction,
    Validator,
};

use crate::governance::tally::power_of;
use crate::participant::has_key;
use crate::participant::rules::Given;
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::{exchange, governance, hold, licence, limit, order, participant, programme, queue, refund, screening};

/// The signatures that an operation needs.
pub(crate) enum Signers<'a> {
    /// So many different keys that the participant registered in one of some roles.
    Own(&'static [KeyRole], usize),
    /// The same with other roles for central banks than for the others.
    ByKind { others: &'static [KeyRole], central_bank: &'static [KeyRole], count: usize },
    /// For money that leaves: a key in one of some roles that may initiate it, and checkers as the
    /// participant's rules say.
    Payer { initiating: &'static [KeyRole], given: Given },
    /// A supervisor key of the central bank, and an operator key of the applicant.
    SupervisorAndApplicant(&'a ParticipantEntry),
    /// Two governance keys of whom the step changes, or two supervisor keys of its central bank; one
    /// where it has no more, or where the step only takes power away.
    Governors(&'a ParticipantStep),
    /// One supervisor key of the central bank of each member of the programme.
    SupervisorsOf(&'a ProgrammeStep),
    /// One operator key of the participant, and both keys that the operation declares.
    OperatorAndDeclared(&'a Validator),
    /// One supervisor key of each central bank that issues an asset, and governance keys of
    /// participants whose validators make up a quorum with theirs.
    EveryIssuer,
}

const OPERATOR: &[KeyRole] = &[KeyRole::Operator];
const ISSUER: &[KeyRole] = &[KeyRole::Issuer];
const SUPERVISOR: &[KeyRole] = &[KeyRole::Supervisor];
/// Who initiates payments and exchanges: the bank's systems, or a dealer.
pub(crate) const INITIATING: &[KeyRole] = &[KeyRole::Operator, KeyRole::Maker];
/// Who answers a payment: the bank's systems, or an officer.
pub(crate) const ANSWERING: &[KeyRole] = &[KeyRole::Operator, KeyRole::Compliance];

fn payer(payments: &[Payment]) -> Signers<'static> {
    let given = Given::sum(payments.iter().map(|payment| (payment.asset, payment.amount)));
    Signers::Payer { initiating: INITIATING, given }
}

fn required<'a>(state: &State, operation: &'a Operation) -> Signers<'a> {
    match operation {
        Operation::Issue { .. } | Operation::Redeem { .. } => Signers::Own(ISSUER, 2),
        Operation::OpenAccount { .. } | Operation::SetCalendar { .. } => Signers::Own(ISSUER, 1),
        Operation::AuthoriseClient { .. } | Operation::RevokeClient { .. } => Signers::Own(SUPERVISOR, 1),
        Operation::Pay { payment } => payer(std::slice::from_ref(payment)),
        Operation::PayBulk { payments } | Operation::PayTogether { payments } => payer(payments),
        Operation::Attest { .. } | Operation::Reject { .. } => Signers::Own(ANSWERING, 1),
        Operation::SetStandingConsent { .. }
        | Operation::Cancel { .. }
        | Operation::RegisterNode { .. }
        | Operation::RemoveNode { .. } => Signers::Own(OPERATOR, 1),
        Operation::RecordAccess { .. } => Signers::Own(&[KeyRole::Compliance, KeyRole::Supervisor], 1),
        Operation::DeclareCandidate { validator, .. } => Signers::OperatorAndDeclared(validator),
        Operation::ChangeValidators { .. } => Signers::EveryIssuer,
        Operation::Participant { step, .. } => participant::rules::signers(step),
        Operation::Programme { step, .. } => programme::rules::signers(step),
        Operation::Licence { step, .. } => licence::rules::signers(step),
        Operation::Screening { step, .. } => screening::rules::signers(step),
        Operation::Hold { step, .. } => hold::rules::signers(step),
        Operation::Order { step, .. } => order::rules::signers(step),
        Operation::Limit { step, .. } => limit::rules::signers(step),
        Operation::Refund { step, .. } => refund::rules::signers(step),
        Operation::Exchange { step, .. } => exchange::rules::signers(state, step),
        Operation::Queue { step, .. } => queue::rules::signers(step),
        Operation::Governance { step, .. } => governance::rules::signers(step),
    }
}

/// Checks that those signed who must, and nobody else.
pub(crate) fn check_signers(
    state: &State,
    participant: &ParticipantEntry,
    transaction: &Transaction,
) -> Result<(), Refusal> {
    match required(state, &transaction.operation) {
        Signers::Own(roles, count) => check_own(participant, transaction, roles, count),
        Signers::ByKind { others, central_bank, count } => {
            let roles = if participant.kind == ParticipantKind::CentralBank { central_bank } else { others };
            check_own(participant, transaction, roles, count)
        }
        Signers::Payer { initiating, given } => {
            participant::rules::check_payers(state, participant, transaction, initiating, &given)
        }
        Signers::SupervisorAndApplicant(applicant) => {
            participant::rules::check_applicant(participant, transaction, applicant)
        }
        Signers::Governors(step) => participant::rules::check_governors(state, participant, transaction, step),
        Signers::SupervisorsOf(step) => programme::rules::check_supervisors(state, transaction, step),
        Signers::OperatorAndDeclared(validator) => check_declared(participant, transaction, validator),
        Signers::EveryIssuer => check_every_issuer(state, &transaction.approvals),
    }
}

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

fn check_own(
    participant: &ParticipantEntry,
    transaction: &Transaction,
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

fn check_declared(
    participant: &ParticipantEntry,
    transaction: &Transaction,
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
fn check_every_issuer(state: &State, approvals: &[Approval]) -> Result<(), Refusal> {
    let issuers: BTreeSet<_> = state.assets.iter().map(|(_, asset)| asset.issuer).collect();
    let mut signed = BTreeSet::new();
    for Approval { key, .. } in approvals {
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
        _ => false,
    };
    let (id, _) = state.participants.owner_of(key).filter(decides).ok_or_else(|| {
        unauthorised(format!(
            "{key} is no supervisor key of a central bank that issues an asset, nor a governance key of another \
             participant with a validator"
        ))
    })?;
    participant::rules::check_active(state, id, "approvals")?;
    Ok(id)
}
