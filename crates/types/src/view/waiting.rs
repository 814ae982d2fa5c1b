//! Payments that are not final, and what each of them lacks.

use serde::{Deserialize, Serialize};

use super::PaymentTerms;
use crate::operations::{HoldReason, Screening};
use crate::{Code, ParticipantId, PaymentStatus, Priority, Timestamp};

/// What a payment lacks: the first of these in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingFor {
    /// Officers have not released it.
    Release,
    /// The creditor agent has not attested it.
    Attestation,
    /// Its day has not come, or the currency's day has closed.
    Hours,
    /// A screening is too old or of an old list.
    Screening,
    /// An agent is suspended.
    Agent,
    /// An account or the client is frozen.
    Freeze,
    /// The creditor account may not hold more.
    Room,
    /// The debtor account is short of money, or payments before this one are.
    Money,
}

/// Why and until when a payment is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldView {
    /// Why.
    pub reason: HoldReason,
    /// Who holds it: its officers decide.
    pub holder: ParticipantId,
    /// Blocks at this time or later reject the payment.
    pub deadline: Timestamp,
}

/// A payment that is not final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPaymentView {
    /// Its record.
    pub payment: PaymentTerms,
    /// `held`, `awaiting_attestation` or `queued`.
    pub status: PaymentStatus,
    /// What it lacks; absent if the next block settles or stops it.
    pub waiting_for: Option<WaitingFor>,
    /// Why the next block stops it; absent if it does not.
    pub stopped_by: Option<Code>,
    /// When it was accepted, milliseconds since 1970 UTC.
    pub accepted: Timestamp,
    /// True if its amount is set aside on the debtor account.
    pub funded: bool,
    /// True if no attestation is missing.
    pub attested: bool,
    /// The earliest time of its settlement: the opening hour of its value date.
    pub starts: Timestamp,
    /// Its priority now.
    pub priority: Priority,
    /// The hold, if it is held.
    pub hold: Option<HoldView>,
    /// The debtor agent's last screening.
    pub debtor_screening: Option<Screening>,
    /// The creditor agent's last screening.
    pub creditor_screening: Option<Screening>,
}
