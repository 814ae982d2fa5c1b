//! What the interface asks of a node: the only seam between HTTP and everything else.

use std::future::Future;

use corridor_crypto::Digest;
use corridor_types::view::{
    AccountPage, AccountView, AssetView, BlockView, ChainView, ClientView, ConsensusView, EventId, EventView,
    EvidenceView, ObjectView, Page, PaymentView, StatementPage, ValidatorsView,
};
use corridor_types::{
    AccountId, AssetId, Bic, ClientHandle, Code, Epoch, Genesis, Handover, Height, LicenceHandle, ParticipantId,
    ProgrammeId, Receipt, Transaction, Uetr,
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
    /// The reference is not known, or the entry asked for is not about it.
    Unknown,
}

/// What became of a sealed document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DetailsPut {
    /// It is kept, with its payment or ahead of it.
    Kept,
    /// It is no sealed document.
    Malformed {
        /// What is wrong with it.
        detail: String,
    },
    /// It is not this payment's, or not for this node.
    Refused {
        /// Why not.
        detail: String,
    },
    /// Too much waits for payments already.
    Busy {
        /// When a new attempt makes sense.
        retry_after_ms: u64,
    },
}

/// Whether the node has the sealed details of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DetailsLookup {
    /// It has: the sealed document.
    Here(Vec<u8>),
    /// They are for this node, which asks other nodes for them.
    OnTheWay,
    /// They were erased here.
    Erased,
    /// The payment is not known, or its details are not for this node.
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

/// Which part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Where it begins: zero, or where the page before says.
    pub from: u32,
    /// How many at most, from 1 to 100.
    pub limit: usize,
}

/// Which objects of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Select<I> {
    /// The one with this name.
    One(I),
    /// A part of the list of all.
    Page(Range),
}

/// Which of the ledger's objects to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectQuery {
    /// Participants.
    Participants(Select<ParticipantId>),
    /// Programmes.
    Programmes(Select<ProgrammeId>),
    /// Licences.
    Licences(Select<LicenceHandle>),
    /// Required screening lists, by central bank.
    RequiredLists(Select<ParticipantId>),
    /// Limits.
    Limits(Range),
    /// Returns and recalls, by settled payment.
    Refunds(Select<Uetr>),
    /// Open quotes.
    Quotes(Select<Uetr>),
    /// Calendars, by asset.
    Calendars(Select<AssetId>),
    /// Rulebooks.
    Rulebooks(Range),
    /// Open proposals.
    Proposals(Select<Uetr>),
    /// Liquidity savings, by asset.
    Savings(Select<AssetId>),
    /// One payment that is not final.
    OpenPayment(Uetr),
    /// Those of which a participant is an agent.
    OpenPayments(ParticipantId, Range),
    /// The queue of an account, in its order; the range counts places.
    Queue(AccountId, Range),
}

/// A running node. Methods are called concurrently and must not block a thread for long; a reader
/// that touches a disk does so elsewhere.
pub trait Node: Send + Sync + 'static {
    /// Takes transactions in; one result each, in order. Returns without waiting for the ledger. Each has a
    /// canonical encoding: every list in it is within its bound.
    fn submit(&self, transactions: Vec<Transaction>) -> impl Future<Output = Vec<SubmitResult>> + Send;

    /// Everything known about a reference; `None` if it was never seen.
    fn payment(&self, reference: Uetr) -> impl Future<Output = Answer<Option<PaymentView>>> + Send;

    /// The receipt of the decision that brought a reference to where it is: the payment's newest
    /// status, whether a proposal took effect. With `entry` that of the entry at this place, if it is
    /// about the reference; unknown if it is not.
    fn receipt(&self, reference: Uetr, entry: Option<EventId>) -> impl Future<Output = Answer<ReceiptLookup>> + Send;

    /// Keeps a sealed document as the details of a payment, known or to come; durable when it says so.
    fn put_details(&self, uetr: Uetr, document: Vec<u8>) -> impl Future<Output = Answer<DetailsPut>> + Send;

    /// The sealed details of a payment.
    fn details(&self, uetr: Uetr) -> impl Future<Output = Answer<DetailsLookup>> + Send;

    /// Erases the sealed details of a payment here; false if they were not here.
    fn erase_details(&self, uetr: Uetr) -> impl Future<Output = Answer<bool>> + Send;

    /// One account.
    fn account(&self, id: AccountId) -> impl Future<Output = Answer<Option<AccountView>>> + Send;

    /// Accounts in ascending order, all as of one block.
    fn accounts(&self, filter: AccountFilter) -> impl Future<Output = Answer<AccountPage>> + Send;

    /// At most `limit` lines of an account's statement, ascending, from number `from` or from the
    /// lowest that the node holds; `None` if there is no such account.
    fn statement(
        &self,
        id: AccountId,
        from: u64,
        limit: usize,
    ) -> impl Future<Output = Answer<Option<StatementPage>>> + Send;

    /// The assets, ascending.
    fn assets(&self) -> impl Future<Output = Answer<Vec<AssetView>>> + Send;

    /// One client's authorisation.
    fn client(&self, handle: ClientHandle) -> impl Future<Output = Answer<Option<ClientView>>> + Send;

    /// Objects of the ledger, all as of one block. Where one is asked for by name, there is at most
    /// one.
    fn objects(&self, query: ObjectQuery) -> impl Future<Output = Answer<Page<ObjectView>>> + Send;

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
