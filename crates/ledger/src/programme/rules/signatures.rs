//! Which central banks decide on a programme, and that they all signed.

use std::collections::BTreeSet;

use corridor_types::operations::ProgrammeStep;
use corridor_types::{Code, KeyRole, ParticipantId};

use crate::family::Signed;
use crate::participant::rules::check_active;
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::who::signers::unauthorised;

/// The central banks of the members before and after the step, as far as these exist. Who leaves
/// decides too, or any two central banks could take over a programme of others.
pub(super) fn central_banks(state: &State, step: &ProgrammeStep) -> BTreeSet<ParticipantId> {
    let (number, after) = match step {
        ProgrammeStep::Open { programme } => (None, Some(programme)),
        ProgrammeStep::Amend { number, programme } => (Some(number), Some(programme)),
        ProgrammeStep::Close { number } => (Some(number), None),
    };
    let before = number.and_then(|number| state.programmes.get(*number)).map(|record| &record.programme);
    let members = [before, after].into_iter().flatten().flat_map(|programme| &programme.members);
    members.filter_map(|member| state.participant(*member)).map(|entry| entry.supervisor).collect()
}

/// Checks that one supervisor key of each of those central banks signed, and no other key. Where
/// there is none, the step will be refused: a supervisor key of the submitter, whoever else's sign
/// too, is enough to learn why.
pub(super) fn check_supervisors(
    &Signed { state, transaction, .. }: &Signed<'_>,
    step: &ProgrammeStep,
) -> Result<(), Refusal> {
    let deciding = central_banks(state, step);
    let has_a_say = |id: &ParticipantId| deciding.is_empty() || deciding.contains(id);
    let mut signed = BTreeSet::new();
    for approval in &transaction.approvals {
        let (key, field) = (&approval.key, "approvals");
        let owner = state.participants.owner_of(key).filter(|(_, role)| *role == KeyRole::Supervisor);
        let stranger = || unauthorised(format!("{key} is no supervisor key of the central bank of a member"));
        let owner = owner.map(|(id, _)| id).filter(has_a_say).ok_or_else(stranger)?;
        check_active(state, owner, field)?;
        ensure(signed.insert(owner), Code::KeyNotAuthorised, field, || {
            format!("participant {owner} signed twice; one key of each central bank is enough")
        })?;
    }
    let needed = if deciding.is_empty() { BTreeSet::from([transaction.participant]) } else { deciding };
    match needed.difference(&signed).next() {
        None => Ok(()),
        Some(id) => {
            let detail = format!("a supervisor key of participant {id} must sign too");
            Err(Refusal::new(Code::CentralBankApprovalMissing, "approvals", detail))
        }
    }
}
