//! All operations: one variant for each family, and the table of families.

use corridor_crypto::{Digest, Domain};
use serde::{Deserialize, Serialize};

use super::row::{self, BANKS, INITIATING, SignerRule, rule};
use super::{
    AccessStep, AccountStep, AssetStep, CalendarStep, ClientStep, ExchangeStep, FamilyRows, GovernanceStep, HoldStep,
    LicenceStep, LimitStep, NodeStep, OrderStep, ParticipantStep, PaymentStep, ProgrammeStep, QueueStep, RefundStep,
    Row, ScreeningStep, SignedBy, Steps, ValidatorsStep,
};
use crate::codec::Encode;
use crate::limits::MAX_BULK_PAYMENTS;
use crate::{EntryKind, ParticipantId, ParticipantKind, Payment, Uetr};

/// Writes [`Operation`] with its codec, its form in JSON and the table [`OPERATIONS`].
macro_rules! operations {
    ($(#[$meta:meta])*
     payments {
        $($(#[doc = $doc:literal])+ $number:literal $name:literal $payments:ident {
            $(#[$field_meta:meta])* $field:ident: $field_type:ty $([$limit:expr])?
        } => { by: $by:expr, signed: $signed:expr, entries: [$($entry:ident),+] })+
     }
     families {
        $($(#[doc = $family_doc:literal])+ $family_number:literal $family_name:literal $family:ident($steps:ty);)+
     }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "operation", deny_unknown_fields)]
        pub enum Operation {
            $($(#[doc = $doc])+ #[serde(rename = $name)] $payments { $(#[$field_meta])* $field: $field_type },)+
            $($(#[doc = $family_doc])+ #[serde(rename = $family_name)] $family {
                /// Idempotency key.
                reference: Uetr,
                /// What is asked for.
                step: $steps,
            },)+
        }
        crate::codec_enum!(Operation {
            $($number => $payments { $field $([$limit])? },)+
            $($family_number => $family { reference, step },)+
        });

        /// Every operation there is, family by family.
        pub const OPERATIONS: &[FamilyRows] = &[
            $(FamilyRows {
                number: $number,
                name: $name,
                doc: concat!($($doc),+),
                steps: &[row::row!(0, $name, [$($doc)+], $by, $signed, [$($entry),+], [])],
            },)+
            $(FamilyRows {
                number: $family_number,
                name: $family_name,
                doc: concat!($($family_doc),+),
                steps: <$steps as Steps>::ROWS,
            },)+
        ];

        impl Operation {
            /// Its row in the table.
            pub fn row(&self) -> &'static Row {
                match self {
                    $(Self::$payments { .. } => const { &row::find_family(OPERATIONS, $number).steps[0] },)+
                    $(Self::$family { step, .. } => step.row(),)+
                }
            }

            /// Its family in the table.
            pub const fn family(&self) -> &'static FamilyRows {
                match self {
                    $(Self::$payments { .. } => const { row::find_family(OPERATIONS, $number) },)+
                    $(Self::$family { .. } => const { row::find_family(OPERATIONS, $family_number) },)+
                }
            }

            /// The reference by which a client looks the operation up; a bulk's is its first payment's.
            /// `None` only for an empty bulk, which the ledger refuses.
            pub fn reference(&self) -> Option<Uetr> {
                match self {
                    $(Self::$payments { $field } => FirstReference::first_reference($field),)+
                    $(Self::$family { reference, .. } => Some(*reference),)+
                }
            }
        }
    };
}

operations! {
    /// What a participant asks for. `reference` makes repeating an operation harmless: the same
    /// reference with the same content gets the first answer, with other content a rejection. Payments
    /// are their own reference, by their UETR; everything else is a step of a family.
    payments {
        /// The debtor agent initiates a payment.
        0 "pay" Pay {
            /// The payment; its UETR is the reference.
            payment: Payment
        } => {
            by: BANKS,
            signed: PAYER,
            entries: [Pay]
        }
        /// The debtor agent initiates many payments under one signature; each stands on its own.
        1 "pay_bulk" PayBulk {
            /// The payments, 1 to [`MAX_BULK_PAYMENTS`].
            payments: Vec<Payment> [MAX_BULK_PAYMENTS]
        } => {
            by: BANKS,
            signed: PAYER_OF_SUM,
            entries: [Pay]
        }
        /// The debtor agent initiates many payments under one signature. If one of them is refused, or
        /// would have to wait for money, all are rejected.
        2 "pay_together" PayTogether {
            /// The payments, 1 to [`MAX_BULK_PAYMENTS`].
            payments: Vec<Payment> [MAX_BULK_PAYMENTS]
        } => {
            by: BANKS,
            signed: PAYER_OF_SUM,
            entries: [Pay]
        }
    }
    families {
        /// What a payment's agents say to it.
        3 "payment" Payment(PaymentStep);
        /// Money of an asset.
        4 "asset" Asset(AssetStep);
        /// Accounts.
        5 "account" Account(AccountStep);
        /// Clients' authorisations.
        6 "client" Client(ClientStep);
        /// Participants and their keys.
        7 "participant" Participant(ParticipantStep);
        /// Nodes that are no validators.
        8 "node" Node(NodeStep);
        /// Who votes.
        9 "validators" Validators(ValidatorsStep);
        /// Decisions of the validators.
        10 "governance" Governance(GovernanceStep);
        /// Programmes.
        11 "programme" Programme(ProgrammeStep);
        /// Licences for controlled goods.
        12 "licence" Licence(LicenceStep);
        /// Screening.
        13 "screening" Screening(ScreeningStep);
        /// Holds.
        14 "hold" Hold(HoldStep);
        /// Legal orders.
        15 "order" Order(OrderStep);
        /// Limits.
        16 "limit" Limit(LimitStep);
        /// Returns and recalls.
        17 "refund" Refund(RefundStep);
        /// Exchange of currencies, payment versus payment.
        18 "exchange" Exchange(ExchangeStep);
        /// The order of payments that wait for liquidity.
        19 "queue" Queue(QueueStep);
        /// Business days and hours of assets.
        20 "calendar" Calendar(CalendarStep);
        /// Openings of sealed details.
        21 "access" Access(AccessStep);
    }
}

const PAYER: SignedBy = rule(
    SignerRule::Payer { initiating: INITIATING },
    "1 operator or maker key of the debtor agent, and checkers as its own rule says",
);
const PAYER_OF_SUM: SignedBy = rule(SignerRule::Payer { initiating: INITIATING }, "as pay, for the sum");

/// What the payments of an operation are looked up by.
trait FirstReference {
    fn first_reference(&self) -> Option<Uetr>;
}

impl FirstReference for Payment {
    fn first_reference(&self) -> Option<Uetr> {
        Some(self.uetr)
    }
}

impl FirstReference for Vec<Payment> {
    fn first_reference(&self) -> Option<Uetr> {
        self.first().map(|payment| payment.uetr)
    }
}

impl Operation {
    /// Its name: of its family and its step.
    pub fn name(&self) -> String {
        self.family().name_of(self.row())
    }

    /// True for legal orders and withdrawals. They go first: into the next batch of their lane, which
    /// keeps room for them, and in their block.
    pub fn is_urgent(&self) -> bool {
        self.row().is_urgent
    }

    /// What the entry about the operation itself reports.
    pub fn entry_kind(&self) -> EntryKind {
        self.row().entry
    }

    /// True if an institution of this kind may submit it.
    pub fn may_be_submitted_by(&self, kind: ParticipantKind) -> bool {
        self.row().by.contains(&kind)
    }

    /// Identifies the content of an operation of `participant`, however long it is valid. A single
    /// payment's content is the payment's own, so that it equals its line in a bulk.
    pub fn content(&self, participant: ParticipantId) -> Digest {
        if let Self::Pay { payment } = self {
            return payment.content();
        }
        Digest::of_parts(Domain::Operation, &[&participant.to_bytes(), &self.to_bytes()])
    }
}
