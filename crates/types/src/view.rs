//! What a node shows to its clients: the JSON forms that the HTTP interface writes and the SDK
//! reads, kept in one place because neither of the two may import the other.
//!
//! Views are derived, never agreed on: nothing here is hashed, signed or stored, and no rule reads
//! one. Fields are only ever added; a reader ignores those that it does not know.

mod chain;
mod consensus;
mod money;
mod objects;
mod payment;
mod problem;
mod registry;
mod statement;
mod submission;
mod validators;
mod waiting;

pub use chain::{BlockView, ChainView, TipView};
pub use consensus::{ConsensusView, EvidenceView, NodeRole, PeerView, Silence, SnapshotView, ValidatorVotesView};
pub use money::Money;
pub use objects::{
    BallotView, CalendarView, LicenceView, LimitView, Named, Object, ObjectView, Page, PaidView, ParticipantStatus,
    ProgrammeView, ProposalView, QuoteView, RefundView, RequiredListView, RulebookView, SavingsView, Sum,
};
pub use payment::{EntryView, EventId, EventView, LicenceUseView, ParseEventIdError, PaymentTerms, PaymentView};
pub use problem::{FieldError, Problem, Ready};
pub use registry::{AccountPage, AccountView, AssetView, ClientView, ParticipantView};
pub use statement::{StatementLine, StatementPage};
pub use submission::{SubmissionReport, SubmissionView};
pub use validators::{CandidateView, NodeView, ValidatorView, ValidatorsView};
pub use waiting::{HoldView, OpenPaymentView, WaitingFor};
