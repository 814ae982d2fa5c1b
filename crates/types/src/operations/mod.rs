//! What participants ask for: each object of the ledger has its steps in one file, with the rows of
//! the table of operations. What a step changes is the ledger's business, never this module's.

mod access;
mod account;
mod asset;
mod calendar;
mod client;
mod exchange;
mod governance;
mod hold;
mod licence;
mod limit;
mod node;
mod operation;
mod order;
mod participant;
mod payment;
mod programme;
mod queue;
mod refund;
mod row;
mod rulebook;
mod screening;
mod validators;

pub use access::AccessStep;
pub use account::AccountStep;
pub use asset::AssetStep;
pub use calendar::{Calendar, CalendarStep, MINUTES_PER_DAY};
pub use client::{ClientAuthorisation, ClientStep};
pub use exchange::{ExchangeStep, Quote};
pub use governance::{GovernanceStep, Proposal};
pub use hold::{HoldReason, HoldStep};
pub use licence::{Licence, LicenceStep};
pub use limit::{Limit, LimitScope, LimitStep, Window};
pub use node::NodeStep;
pub use operation::{OPERATIONS, Operation};
pub use order::{FreezeMode, OrderStep, OrderTarget};
pub use participant::{ApprovalRule, ParticipantStep};
pub use payment::{Attested, PaymentStep};
pub use programme::{AssetCap, Programme, ProgrammeStep};
pub use queue::{QueuePlace, QueueStep};
pub use refund::RefundStep;
pub use row::{FamilyRows, Row, SignedBy, SignerRule, Steps};
pub use rulebook::{LicenceGap, RulebookPack, Rules, TravelRule};
pub use screening::{Screening, ScreeningStep, Verdict};
pub use validators::{ValidatorChange, ValidatorsStep};
