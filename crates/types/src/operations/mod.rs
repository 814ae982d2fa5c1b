//! What participants ask for beyond moving money: each object of the ledger has its steps in one
//! file. Who may take a step and what it changes is the ledger's business, never this module's.

mod calendar;
mod exchange;
mod governance;
mod hold;
mod licence;
mod limit;
mod order;
mod participant;
mod programme;
mod queue;
mod refund;
mod rulebook;
mod screening;

pub use calendar::{Calendar, MINUTES_PER_DAY};
pub use exchange::{ExchangeStep, Quote};
pub use governance::{GovernanceStep, Proposal};
pub use hold::{HoldReason, HoldStep};
pub use licence::{Licence, LicenceStep};
pub use limit::{Limit, LimitScope, LimitStep, Window};
pub use order::{FreezeMode, OrderStep, OrderTarget};
pub use participant::{ApprovalRule, ParticipantStep};
pub use programme::{AssetCap, Programme, ProgrammeStep};
pub use queue::{QueuePlace, QueueStep};
pub use refund::RefundStep;
pub use rulebook::{LicenceGap, RulebookPack, Rules, TravelRule};
pub use screening::{Screening, ScreeningStep, Verdict};
