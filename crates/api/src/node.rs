//! What the interface asks of a node: the only seam between HTTP and everything else.

use std::future::Future;

use corridor_crypto::Digest;
use corridor_types::view::{
    AccountPage, AccountView, AssetView, BlockView, ChainView, ClientView, ConsensusView, EventId, EventView,
    EvidenceView, ParticipantView, PaymentView, ValidatorsView,
};
use corridor_types::{
    AccountId, Bic, ClientHandle, Code, Epoch, Genesis, Handover, Height, ParticipantId, Receipt, Transaction, Uetr,
};
use tokio::sync::watch;

/// The node cannot answer: it is starting, stopping, or its storage failed. The text is for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable(pub String);

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// The node cannot answer anything like it now.
    Unavailable(Unavailable),
    /// It happened before the snapshot with which the node began.
    BeforeSnapshot(Height),
}

impl From<Unavailable> for NoAnswer {
    fn from(reason: Unavailable) -> Self {
        Self::Unavailable(reason)
    }
}

/// An answer, unless the node has none to give.
pub type Answer<T> = Result<T, NoAnswer>;

/// What became of one submitted transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmitResult {
    /// Taken into the node's lane.
    Accepted {
        /// The transaction's identifier.
        id: Digest,
        /// Its reference.
        reference: Uetr,
    },
    /// The same reference with the same content was seen before.
    Known {
        /// The reference.
        reference: Uetr,
        /// Where it is.
        status: Box<PaymentView>,
    },
    /// A rule of the ledger already says no.
    Refused {
        /// Which rule.
        code: Code,
        /// Path to the field at fault, such as `operation.payment.client`.
        field: String,
        /// What is wrong in this case.
        detail: String,
    },
    /// No quota or no room now.
    Busy {
        /// When a new attempt makes sense.
        retry_after_ms: u64,
    },
    /// The node is no validator, or ceases to be one: it has no lane.
    NotValidator,
    /// It decodes and still is no transaction: a wrong signature, an empty bulk.
    Malformed {
        /// Path to the field at fault, such as `approvals`.
        field: String,
        /// What is wrong with it.
        detail: String,
    },
}

/// Whether there is a receipt for a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptLookup {
    /// There is.
    Ready(Box<Receipt>),
    /// The reference is known; the decision or its certificate is on its way.
    Pending,
    /// The reference is not known.
    Unknown,
}

/// Which accounts to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountFilter {
    /// Only of this participant.
    pub owner: Option<ParticipantId>,
    /// Only of the participant with this code.
    pub bic: Option<Bic>,
    /// The lowest account to list.
    pub from: AccountId,
    /// How many at most, from 1 to 1,000.
    pub limit: usize,
}

/// A running node. Methods are called concurrently and must not block a thread for long; a reader
/// that touches a disk does so elsewhere.
pub trait Node: Send + Sync + 'static {
    /// Takes transactions in; one result each, in order. Returns without waiting for the ledger.
    fn submit(&self, transactions: Vec<Transaction>) -> impl Future<Output = Vec<SubmitResult>> + Send;

    /// Everything known about a reference; `None` if it was never seen.
    fn payment(&self, reference: Uetr) -> impl Future<Output = Answer<Option<PaymentView>>> + Send;

    /// The receipt for a reference's newest decision.
    fn receipt(&self, reference: Uetr) -> impl Future<Output = Answer<ReceiptLookup>> + Send;

    /// One account.
    fn account(&self, id: AccountId) -> impl Future<Output = Answer<Option<AccountView>>> + Send;

    /// Accounts in ascending order, all as of one block.
    fn accounts(&self, filter: AccountFilter) -> impl Future<Output = Answer<AccountPage>> + Send;

    /// The registry, ascending.
    fn participants(&self) -> impl Future<Output = Answer<Vec<ParticipantView>>> + Send;

    /// The assets, ascending.
    fn assets(&self) -> impl Future<Output = Answer<Vec<AssetView>>> + Send;

    /// One client's authorisation.
    fn client(&self, handle: ClientHandle) -> impl Future<Output = Answer<Option<ClientView>>> + Send;

    /// One finalized block.
    fn block(&self, height: Height) -> impl Future<Output = Answer<Option<BlockView>>> + Send;

    /// Which chain, and how far.
    fn chain(&self) -> impl Future<Output = Answer<ChainView>> + Send;

    /// What ordering waits for.
    fn consensus(&self) -> impl Future<Output = Answer<ConsensusView>> + Send;

    /// Who votes, who may vote next, who may connect.
    fn validators(&self) -> impl Future<Output = Answer<ValidatorsView>> + Send;

    /// At most `limit` changes of the validator set, ascending, from the end of epoch `from` on.
    fn handovers(&self, from: Epoch, limit: usize) -> impl Future<Output = Answer<Vec<Handover>>> + Send;

    /// All evidence held.
    fn evidence(&self) -> impl Future<Output = Answer<Vec<EvidenceView>>> + Send;

    /// The genesis document.
    fn genesis(&self) -> &Genesis;

    /// At most `limit` certified entries after `after`, ascending. Empty means: none yet. An entry
    /// of a block above [`Node::settled`] is never among them.
    fn events(&self, after: EventId, limit: usize) -> impl Future<Output = Answer<Vec<EventView>>> + Send;

    /// The highest block up to which all are certified and readable, and its changes. A stream of
    /// events sleeps on it. Dropping the sender ends all streams.
    fn settled(&self) -> watch::Receiver<Height>;

    /// Whether it makes sense to send work here; the reason if not.
    fn ready(&self) -> Result<(), Unavailable>;

    /// Appends the node's own metrics in the OpenMetrics text format.
    fn metrics(&self, out: &mut String);
}
