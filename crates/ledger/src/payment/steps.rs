//! Attestations, refusals and withdrawals as steps: the lists are decided as a whole here, their
//! payments one by one in [`answer`](super::answer).

use corridor_types::operations::{PaymentStep, Screening};
use corridor_types::{Attested, Code, Uetr};

use super::answer::{apply_attest, apply_reject, check_attest, check_cancel, check_reason, check_reject};
use super::lifecycle::{Ending, end};
use crate::Halt;
use crate::family::{Asked, Doing, Family};
use crate::refusal::Refusal;
use crate::who::list::check_list;
use crate::who::owners::check_debtor_agent;

/// A permitted step.
#[derive(Debug)]
pub(crate) enum Planned<'a> {
    Attest {
        payments: &'a [Attested],
        screening: Option<&'a Screening>,
    },
    Reject {
        payments: &'a [Uetr],
        reason: Code,
    },
    /// To withdraw the payment in a slot.
    Cancel {
        slot: u32,
    },
}

impl Family for PaymentStep {
    type Planned<'a> = Planned<'a>;

    fn check_authority(&self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<(), Refusal> {
        match self {
            // Each payment of the list has its own creditor agent.
            Self::Attest { .. } | Self::Reject { .. } => Ok(()),
            Self::Cancel { payment } => check_debtor_agent(state, participant, payment),
        }
    }

    fn plan<'a>(&'a self, &Asked { state, now, .. }: &Asked<'_>) -> Result<Planned<'a>, Refusal> {
        match self {
            Self::Attest { payments, screening } => {
                check_list(payments.iter().map(|attested| attested.payment))?;
                Ok(Planned::Attest { payments, screening: screening.as_ref() })
            }
            Self::Reject { payments, reason } => {
                check_reason(*reason)?;
                check_list(payments.iter().copied())?;
                Ok(Planned::Reject { payments, reason: *reason })
            }
            Self::Cancel { payment } => Ok(Planned::Cancel { slot: check_cancel(state, now, payment)? }),
        }
    }

    fn check_parts(&self, &Asked { state, now, participant, .. }: &Asked<'_>) -> Result<(), Refusal> {
        match self {
            Self::Attest { payments, screening } => payments.iter().try_for_each(|attested| {
                check_attest(state, now, participant, attested, screening.as_ref()).map(|_| ())
            }),
            Self::Reject { payments, .. } => {
                payments.iter().try_for_each(|uetr| check_reject(state, now, participant, uetr).map(|_| ()))
            }
            Self::Cancel { .. } => Ok(()),
        }
    }

    fn apply(Doing { state, journal, origin, .. }: Doing<'_>, planned: Planned<'_>) -> Result<(), Halt> {
        match planned {
            Planned::Attest { payments, screening } => apply_attest(state, journal, origin, payments, screening),
            Planned::Reject { payments, reason } => apply_reject(state, journal, origin, payments, reason),
            Planned::Cancel { slot } => end(state, journal, origin, slot, Ending::CANCEL),
        }
    }
}
