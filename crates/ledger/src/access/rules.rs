//! Who may record an opening, and of what.

use corridor_types::operations::AccessStep;
use corridor_types::{Code, ParticipantId, ParticipantKind, Uetr};

use crate::family::{Asked, Doing, Family};
use crate::licence::uses_of;
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::{Halt, OpenPayment};

impl Family for AccessStep {
    type Planned<'a> = ();

    fn check_authority(&self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<(), Refusal> {
        let Self::Record { payment, .. } = self;
        check_may_open(state, participant, payment)
    }

    fn plan(&self, &Asked { state, .. }: &Asked<'_>) -> Result<(), Refusal> {
        let Self::Record { payment, .. } = self;
        check_known(state, payment)
    }

    /// The entry is all that is left of it.
    fn apply(_: Doing<'_>, (): ()) -> Result<(), Halt> {
        Ok(())
    }
}

/// Whether the participant may open the details of the payment, if there is one.
fn check_may_open(state: &State, participant: ParticipantId, payment: &Uetr) -> Result<(), Refusal> {
    if !is_payment(state, payment) {
        return Ok(());
    }
    let open = state.payments.slot_of(payment).and_then(|slot| state.payments.get(slot));
    let may_open = open.map_or_else(|| is_regulator(state, participant), |open| is_concerned(state, participant, open));
    ensure(may_open, Code::AccessNotAllowed, "participant", || {
        format!(
            "participant {participant} is neither central bank of an agent of {payment} nor authority of its licences"
        )
    })
}

fn is_concerned(state: &State, participant: ParticipantId, open: &OpenPayment) -> bool {
    let supervises = |agent| state.participant(agent).is_some_and(|entry| entry.supervisor == participant);
    let licenses = |handle| state.licences.get(handle).is_some_and(|record| record.authority == participant);
    supervises(open.debtor_agent)
        || supervises(open.creditor_agent)
        || uses_of(&open.payment).iter().any(|used| licenses(&used.licence))
}

fn is_regulator(state: &State, participant: ParticipantId) -> bool {
    let kind = state.participant(participant).map(|entry| entry.kind);
    matches!(kind, Some(ParticipantKind::CentralBank | ParticipantKind::LicensingAuthority))
}

fn is_payment(state: &State, reference: &Uetr) -> bool {
    state.references.get(reference).is_some_and(|used| used.status.is_some())
}

/// Checks that there is or was such a payment.
fn check_known(state: &State, payment: &Uetr) -> Result<(), Refusal> {
    ensure(is_payment(state, payment), Code::UnknownPayment, "payment", || format!("there is no payment {payment}"))
}
