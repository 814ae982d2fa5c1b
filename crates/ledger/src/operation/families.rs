//! All families of operations, and what each is asked. The only list of them in the ledger: one line
//! for each family.

use corridor_types::operations::{
    AccessStep, AccountStep, AssetStep, CalendarStep, ClientStep, ExchangeStep, GovernanceStep, HoldStep, LicenceStep,
    LimitStep, NodeStep, OrderStep, ParticipantStep, PaymentStep, ProgrammeStep, QueueStep, RefundStep, ScreeningStep,
    SignerRule, ValidatorsStep,
};
use corridor_types::{Operation, Payment};

use super::payments;
use crate::Halt;
use crate::family::{Asked, Doing, Family, Signed};
use crate::refusal::Refusal;

/// What is decided payment by payment, and what as a step of a family.
pub(super) enum Shape<'a> {
    /// A payment by itself.
    One(&'a Payment),
    /// Payments that stand on their own.
    Bulk(&'a [Payment]),
    /// Payments of which all are accepted or none.
    Together(&'a [Payment]),
    /// A step of a family.
    Step,
}

macro_rules! families {
    ($($family:ident($step:ty)),+ $(,)?) => {
        /// A permitted operation.
        #[derive(Debug)]
        pub(super) enum Plan<'a> {
            $($family(<$step as Family>::Planned<'a>),)+
            /// Payments are decided one by one, not here.
            Payments,
        }

        /// How an operation is decided.
        pub(super) fn shape(operation: &Operation) -> Shape<'_> {
            match operation {
                Operation::Pay { payment } => Shape::One(payment),
                Operation::PayBulk { payments } => Shape::Bulk(payments),
                Operation::PayTogether { payments } => Shape::Together(payments),
                $(Operation::$family { .. } => Shape::Step,)+
            }
        }

        /// Checks the signatures by a rule that is not the table's.
        pub(super) fn check_signers(
            operation: &Operation,
            rule: SignerRule,
            signed: &Signed<'_>,
        ) -> Result<(), Refusal> {
            match operation {
                Operation::Pay { payment } => payments::check_signers(std::slice::from_ref(payment), rule, signed),
                Operation::PayBulk { payments } | Operation::PayTogether { payments } => {
                    payments::check_signers(payments, rule, signed)
                }
                $(Operation::$family { step, .. } => step.check_signers(rule, signed),)+
            }
        }

        /// Checks that the participant may do this to what the operation names, if that exists.
        pub(super) fn check_authority(operation: &Operation, asked: &Asked<'_>) -> Result<(), Refusal> {
            match operation {
                Operation::Pay { .. } | Operation::PayBulk { .. } | Operation::PayTogether { .. } => Ok(()),
                $(Operation::$family { step, .. } => step.check_authority(asked),)+
            }
        }

        /// Decides an operation whose reference was not used before.
        pub(super) fn plan<'a>(operation: &'a Operation, asked: &Asked<'_>) -> Result<Plan<'a>, Refusal> {
            match operation {
                Operation::Pay { .. } | Operation::PayBulk { .. } | Operation::PayTogether { .. } => Ok(Plan::Payments),
                $(Operation::$family { step, .. } => step.plan(asked).map(Plan::$family),)+
            }
        }

        /// Checks ahead of time what is decided part by part.
        pub(super) fn check_parts(operation: &Operation, asked: &Asked<'_>) -> Result<(), Refusal> {
            match operation {
                Operation::Pay { .. } | Operation::PayBulk { .. } | Operation::PayTogether { .. } => Ok(()),
                $(Operation::$family { step, .. } => step.check_parts(asked),)+
            }
        }

        /// Carries the plan out. Nothing is refused any more.
        pub(super) fn apply(doing: Doing<'_>, plan: Plan<'_>) -> Result<(), Halt> {
            match plan {
                $(Plan::$family(planned) => <$step as Family>::apply(doing, planned),)+
                Plan::Payments => Ok(()),
            }
        }
    };
}

families! {
    Payment(PaymentStep),
    Asset(AssetStep),
    Account(AccountStep),
    Client(ClientStep),
    Participant(ParticipantStep),
    Node(NodeStep),
    Validators(ValidatorsStep),
    Governance(GovernanceStep),
    Programme(ProgrammeStep),
    Licence(LicenceStep),
    Screening(ScreeningStep),
    Hold(HoldStep),
    Order(OrderStep),
    Limit(LimitStep),
    Refund(RefundStep),
    Exchange(ExchangeStep),
    Queue(QueueStep),
    Calendar(CalendarStep),
    Access(AccessStep),
}
