//! What the HTTP interface asks of the node: reads go to the database or to the core, submissions
//! to the core. Nothing here decides; it looks up and translates.
#![forbid(unsafe_code)]

mod details;
mod views;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use corridor_api::{
    AccountFilter, Answer, DetailsLookup, DetailsPut, NoAnswer, Node, ObjectQuery, ReceiptLookup, SubmitResult,
    Unavailable,
};
use corridor_crypto::{BatchVerifier, PublicKey, SigningContext, Verified};
use corridor_replica::{Admission, Replica, Silence};
use corridor_runtime::{ClientInput, CoreHandle, Metrics, NodeClock, NodeHandle, Query, Shared, Want};
use corridor_storage::{DetailsFolder, Reader, StoreError};
use corridor_types::view::{
    AccountPage, AccountView, AssetView, BlockView, ChainView, ClientView, ConsensusView, EventId, EventView,
    EvidenceView, ObjectView, Page, PaymentTerms, PaymentView, StatementPage, ValidatorsView,
};
use corridor_types::{
    AccountId, ClientHandle, Entry, Epoch, Genesis, Handover, Height, IdentifiedTransaction, ParticipantId, Payment,
    Receipt, Transaction, Uetr,
};
use tokio::sync::{mpsc, oneshot, watch};

use self::views::Outside;

/// References accepted here and not yet decided, kept so that a client that asks at once is told
/// "pending". Older ones are forgotten: a client then sees "unknown" until the block comes.
const MAX_PENDING: usize = 65_536;

/// Settled blocks whose events are kept for the streams that stand at them. A block has at most
/// some tens of thousands of entries of half a kilobyte.
const RECENT_BLOCKS: usize = 8;

/// When a busy node may be asked again, in milliseconds: some blocks later.
const RETRY_AFTER_MS: u64 = 250;

/// The node behind the HTTP interface.
pub struct Service {
    core: CoreHandle,
    reader: Reader,
    genesis: Genesis,
    participant: ParticipantId,
    network_key: PublicKey,
    data_dir: PathBuf,
    context: SigningContext,
    shared: Arc<Shared>,
    metrics: Arc<Metrics>,
    clock: NodeClock,
    pending: Mutex<Pending>,
    recent: Mutex<BTreeMap<Height, Arc<[EventView]>>>,
    details: DetailsFolder,
    wants: mpsc::Sender<Want>,
}

/// The newest accepted references, oldest first.
#[derive(Default)]
struct Pending {
    order: VecDeque<Uetr>,
    known: BTreeMap<Uetr, ()>,
}

impl Pending {
    fn insert(&mut self, reference: Uetr) {
        if self.known.insert(reference, ()).is_none() {
            self.order.push_back(reference);
        }
        if self.order.len() > MAX_PENDING
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

impl Service {
    /// Takes what it needs of the running node.
    pub fn new(node: NodeHandle) -> Self {
        let NodeHandle { core, reader, genesis, participant, network_key, context, .. } = node;
        let NodeHandle { data_dir, shared, metrics, clock, details, wants, .. } = node;
        Self {
            core,
            reader,
            genesis,
            participant,
            network_key,
            data_dir,
            context,
            shared,
            metrics,
            clock,
            pending: Mutex::default(),
            recent: Mutex::default(),
            details,
            wants,
        }
    }

    /// Asks the core's thread.
    async fn ask<T: Send + 'static>(&self, question: impl FnOnce(&Replica) -> T + Send + 'static) -> Answer<T> {
        let (reply, answer) = oneshot::channel();
        // Whoever asked may have gone away.
        let query: Query = Box::new(move |replica| drop(reply.send(question(replica))));
        let gone = || Unavailable(self.shared.halt_reason().unwrap_or_else(|| "the node is stopping".to_owned()));
        self.core.clients.send(ClientInput::Query(query)).await.map_err(|_| gone())?;
        Ok(answer.await.map_err(|_| gone())?)
    }

    /// Reads the database on a thread that may block.
    async fn read<T>(&self, read: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static) -> Answer<T>
    where
        T: Send + 'static,
    {
        let reader = self.reader.clone();
        let unavailable = |text: &str| NoAnswer::from(Unavailable(text.to_owned()));
        match tokio::task::spawn_blocking(move || read(&reader)).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(StoreError::BeforeSnapshot { snapshot })) => Err(NoAnswer::BeforeSnapshot(snapshot)),
            Ok(Err(problem)) => {
                tracing::error!("the database could not be read: {problem}");
                Err(unavailable("the database could not be read; see the node's log"))
            }
            Err(_) => Err(unavailable("the node is stopping")),
        }
    }

    /// The terms of payments, with the agents that own the accounts.
    async fn terms(&self, payments: Vec<Payment>) -> Answer<BTreeMap<Uetr, PaymentTerms>> {
        if payments.is_empty() {
            return Ok(BTreeMap::new());
        }
        let terms = move |replica: &Replica| {
            let pair = |payment: &Payment| Some((payment.uetr, views::terms(replica.ledger(), payment)?));
            payments.iter().filter_map(pair).collect()
        };
        self.ask(terms).await
    }

    /// A settled block's events, read once for all streams that stand at it.
    async fn block_events(&self, height: Height) -> Answer<Arc<[EventView]>> {
        let cached =
            |service: &Self| service.recent.lock().unwrap_or_else(PoisonError::into_inner).get(&height).cloned();
        if let Some(events) = cached(self) {
            return Ok(events);
        }
        let (entries, payments) = self.read(move |reader| read_block(reader, height)).await?;
        let terms = self.terms(payments).await?;
        let view = |entry: &Entry| EventView { entry: entry.into(), payment: terms.get(&entry.reference).cloned() };
        let events: Arc<[EventView]> = entries.iter().map(view).collect();
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.insert(height, events.clone());
        if recent.len() > RECENT_BLOCKS {
            recent.pop_first();
        }
        Ok(events)
    }

    fn is_pending(&self, reference: &Uetr) -> bool {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).known.contains_key(reference)
    }

    /// The history of a reference and the payment that it names. What the ledger has never seen has
    /// no history before the snapshot either.
    async fn history(&self, reference: Uetr) -> Answer<(Vec<Entry>, Option<Payment>)> {
        let read = move |reader: &Reader| Ok((reader.history(&reference)?, held(reader.payment(&reference))?));
        match self.read(read).await {
            Err(NoAnswer::BeforeSnapshot(height)) => {
                match self.ask(move |replica| replica.ledger().lookup(&reference).is_some()).await? {
                    true => Err(NoAnswer::BeforeSnapshot(height)),
                    false => Ok((Vec::new(), None)),
                }
            }
            other => other,
        }
    }

    async fn view_of(&self, reference: Uetr) -> Answer<Option<PaymentView>> {
        let (entries, payment) = self.history(reference).await?;
        let pending = self.is_pending(&reference);
        if entries.is_empty() && !pending {
            return Ok(None);
        }
        let terms = self.terms(payment.into_iter().collect()).await?.remove(&reference);
        let settled = *self.shared.watch_settled().borrow();
        let certified = entries.last().is_some_and(|entry| entry.height <= settled);
        let pending = pending && entries.is_empty();
        Ok(Some(PaymentView::new(reference, terms, &entries, certified, pending)))
    }

    async fn translate(
        &self,
        reference: Option<Uetr>,
        id: corridor_crypto::Digest,
        admission: Admission,
    ) -> SubmitResult {
        let malformed =
            |detail: &str| SubmitResult::Malformed { field: "operation".to_owned(), detail: detail.to_owned() };
        let Some(reference) = reference else { return malformed("it lists no payment") };
        match admission {
            Admission::Accepted => {
                self.pending.lock().unwrap_or_else(PoisonError::into_inner).insert(reference);
                SubmitResult::Accepted { id, reference }
            }
            Admission::Known => match self.view_of(reference).await {
                Ok(Some(status)) => SubmitResult::Known { reference, status: Box::new(status) },
                _ => SubmitResult::Busy { retry_after_ms: RETRY_AFTER_MS },
            },
            Admission::Refused { field, code, detail } => SubmitResult::Refused { code, field, detail },
            Admission::Busy => SubmitResult::Busy { retry_after_ms: RETRY_AFTER_MS },
            Admission::NoLane => SubmitResult::NotValidator,
        }
    }
}

/// The receipt of one entry, if that is about the reference.
fn receipt_about(reader: &Reader, reference: &Uetr, place: EventId) -> Result<ReceiptLookup, StoreError> {
    let EventId { height, position } = place;
    match reader.entry(height, position)?.filter(|entry| entry.reference == *reference) {
        Some(_) => reader.receipt_at(height, position).map(lookup),
        None => Ok(ReceiptLookup::Unknown),
    }
}

/// The receipt of the decision that brought a reference to where it is; `None` while it is not certified.
fn newest_receipt(
    reader: &Reader,
    reference: &Uetr,
    used: &corridor_ledger::Used,
) -> Result<Option<Receipt>, StoreError> {
    let (height, position) = match used.status {
        // It was held, released or queued since its first decision, perhaps.
        Some(_) if used.final_status().is_none() => return reader.receipt(reference),
        Some(_) => decision(used),
        // An operation is decided by its first entry; of a proposal that was a beginning only.
        None => reader.enactment(reference)?.unwrap_or_else(|| decision(used)),
    };
    reader.receipt_at(height, position)
}

/// Of a decision that is there.
fn lookup(receipt: Option<Receipt>) -> ReceiptLookup {
    receipt.map_or(ReceiptLookup::Pending, |receipt| ReceiptLookup::Ready(Box::new(receipt)))
}

/// Where the decision stands that brought a reference to where it is: the one that ended the payment,
/// or the first. What others said about the reference since does not count, however often.
fn decision(used: &corridor_ledger::Used) -> (Height, u32) {
    used.closing.map_or((used.height, used.position), |closing| (closing.height, closing.position))
}

/// A payment that is from before the snapshot is not shown.
fn held(payment: Result<Option<Payment>, StoreError>) -> Result<Option<Payment>, StoreError> {
    match payment {
        Err(StoreError::BeforeSnapshot { .. }) => Ok(None),
        other => other,
    }
}

/// Bytes of the files in a folder. `None` if it cannot be read; what goes away meanwhile counts nothing.
fn bytes_in(folder: &Path) -> Option<u64> {
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_in(&entry.path()).unwrap_or_default(),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    Some(std::fs::read_dir(folder).ok()?.filter_map(Result::ok).map(size).sum())
}

/// Why a validator that does not vote takes no work.
const fn explain(silence: Silence) -> &'static str {
    match silence {
        Silence::WaitingForQuorum => "it waits to hear from validators that form a quorum with it, before it votes",
        Silence::Watching => "it watches for a second before it votes, since it voted before its last start",
        Silence::RecordIsOld(_) => "its signing record is older than what peers hold of it; it stays silent for now",
        Silence::KeyMissing => "the validator set names a key that it does not hold; see keys.more_validators",
    }
}

/// Why a transaction cannot go into a lane, whatever the ledger thinks.
type Fault = (&'static str, String);

/// Checks signatures, all at once. Each transaction is encoded once, for its identifier, which is what the
/// signatures are about.
fn check(context: SigningContext, transactions: Vec<Transaction>) -> Vec<Result<IdentifiedTransaction, Fault>> {
    let transactions: Vec<_> = transactions.into_iter().map(IdentifiedTransaction::new).collect();
    let mut verifier = BatchVerifier::new();
    transactions.iter().for_each(|item| item.queue_signatures(&context, &mut verifier));
    let all_valid = verifier.verify();
    let check = |item: IdentifiedTransaction| {
        if all_valid || item.transaction.has_valid_signatures(&context) {
            return Ok(item);
        }
        Err(("approvals", "a signature does not match its key and the transaction on this chain".to_owned()))
    };
    transactions.into_iter().map(check).collect()
}

impl Node for Service {
    async fn submit(&self, transactions: Vec<Transaction>) -> Vec<SubmitResult> {
        let count = transactions.len();
        let busy = || vec![SubmitResult::Busy { retry_after_ms: RETRY_AFTER_MS }; count];
        let context = self.context;
        let Ok(checked) = tokio::task::spawn_blocking(move || check(context, transactions)).await else {
            return busy();
        };
        let name = |item: &IdentifiedTransaction| (item.id, item.transaction.operation.reference());
        let names: Vec<_> = checked.iter().map(|item| item.as_ref().map(name).map_err(Fault::clone)).collect();
        let valid = checked.into_iter().flatten().map(Verified::assume_checked).collect();
        let (reply, answer) = oneshot::channel();
        if let Err(error) = self.core.clients.try_send(ClientInput::Submit(valid, reply)) {
            let full = matches!(error, mpsc::error::TrySendError::Full(_));
            tracing::debug!(full, "a submission found no room");
            return busy();
        }
        let Ok(admissions) = answer.await else { return busy() };
        let mut admissions = admissions.into_iter();
        let mut results = Vec::with_capacity(count);
        for name in names {
            results.push(match name {
                Ok((id, reference)) => {
                    let admission = admissions.next().unwrap_or(Admission::Busy);
                    self.translate(reference, id, admission).await
                }
                Err((field, detail)) => SubmitResult::Malformed { field: field.to_owned(), detail },
            });
        }
        results
    }

    async fn payment(&self, reference: Uetr) -> Answer<Option<PaymentView>> {
        self.view_of(reference).await
    }

    async fn receipt(&self, reference: Uetr, entry: Option<EventId>) -> Answer<ReceiptLookup> {
        if let Some(place) = entry {
            return self.read(move |reader| receipt_about(reader, &reference, place)).await;
        }
        let decided = self.ask(move |replica| replica.ledger().lookup(&reference).copied()).await?;
        match decided {
            Some(used) => self.read(move |reader| newest_receipt(reader, &reference, &used)).await.map(lookup),
            // What the ledger never decided on has no receipt anywhere.
            None if self.is_pending(&reference) => Ok(ReceiptLookup::Pending),
            None => Ok(ReceiptLookup::Unknown),
        }
    }

    async fn put_details(&self, uetr: Uetr, document: Vec<u8>) -> Answer<DetailsPut> {
        self.take_details(uetr, document).await
    }

    async fn details(&self, uetr: Uetr) -> Answer<DetailsLookup> {
        self.give_details(uetr).await
    }

    async fn erase_details(&self, uetr: Uetr) -> Answer<bool> {
        self.forget_details(uetr).await
    }

    async fn account(&self, id: AccountId) -> Answer<Option<AccountView>> {
        self.ask(move |replica| views::account(replica.ledger(), id)).await
    }

    async fn accounts(&self, filter: AccountFilter) -> Answer<AccountPage> {
        self.ask(move |replica| views::accounts(replica.ledger(), &filter)).await
    }

    async fn statement(&self, id: AccountId, from: u64, limit: usize) -> Answer<Option<StatementPage>> {
        let account = self.ask(move |replica| {
            let ledger = replica.ledger();
            views::account(ledger, id).map(|account| (ledger.height(), account))
        });
        let Some((height, account)) = account.await? else { return Ok(None) };
        let read = move |reader: &Reader| Ok((reader.first_movement(id)?, reader.statement(id, from, limit)?));
        let (first, lines) = self.read(read).await?;
        Ok(Some(views::statement(height, account, first, &lines)))
    }

    async fn assets(&self) -> Answer<Vec<AssetView>> {
        self.ask(|replica| views::assets(replica.ledger())).await
    }

    async fn client(&self, handle: ClientHandle) -> Answer<Option<ClientView>> {
        self.ask(move |replica| views::client(replica.ledger(), &handle)).await
    }

    async fn objects(&self, query: ObjectQuery) -> Answer<Page<ObjectView>> {
        self.ask(move |replica| views::objects(replica, &query)).await
    }

    async fn block(&self, height: Height) -> Answer<Option<BlockView>> {
        let (block, settlement) =
            self.read(move |reader| Ok((reader.block(height)?, reader.settlement(height)?))).await?;
        let Some(block) = block else { return Ok(None) };
        self.ask(move |replica| Some(views::block(replica, &block, settlement.as_ref()))).await
    }

    async fn chain(&self) -> Answer<ChainView> {
        let (name, participant) = (self.genesis.chain.clone(), self.participant);
        self.ask(move |replica| views::chain(replica, name, participant)).await
    }

    async fn consensus(&self) -> Answer<ConsensusView> {
        if let Some(reason) = self.shared.halt_reason() {
            return Err(Unavailable(reason).into());
        }
        let folder = self.data_dir.clone();
        let data_bytes = tokio::task::spawn_blocking(move || bytes_in(&folder)).await.ok().flatten();
        let outside =
            Outside { network_key: self.network_key, finalized_age_ms: self.shared.finalized_age_ms(), data_bytes };
        let clock = self.clock;
        self.ask(move |replica| views::consensus(replica, clock.now(), outside)).await
    }

    async fn validators(&self) -> Answer<ValidatorsView> {
        let own = self.network_key;
        self.ask(move |replica| views::validators(replica, own)).await
    }

    async fn handovers(&self, from: Epoch, limit: usize) -> Answer<Vec<Handover>> {
        self.read(move |reader| reader.handovers(from, limit)).await
    }

    async fn evidence(&self) -> Answer<Vec<EvidenceView>> {
        let evidence = self.read(|reader| reader.evidence()).await?;
        self.ask(move |replica| evidence.iter().filter_map(|one| views::evidence(replica, one)).collect()).await
    }

    fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    async fn events(&self, after: EventId, limit: usize) -> Answer<Vec<EventView>> {
        let settled = *self.shared.watch_settled().borrow();
        let mut found = Vec::new();
        // A whole block that was read need not be there any more.
        let first = if after.position == u32::MAX { after.height.next() } else { after.height };
        let mut height = first.max(Height(1));
        while found.len() < limit && height <= settled {
            let block = self.block_events(height).await?;
            let start = block.partition_point(|event| event.id() <= after);
            found.extend(block[start..].iter().take(limit - found.len()).cloned());
            height = height.next();
        }
        Ok(found)
    }

    fn settled(&self) -> watch::Receiver<Height> {
        self.shared.watch_settled()
    }

    fn ready(&self) -> Result<(), Unavailable> {
        if let Some(reason) = self.shared.halt_reason() {
            return Err(Unavailable(reason));
        }
        let starting = || Unavailable("the node is starting".to_owned());
        let progress = self.shared.progress().ok_or_else(starting)?;
        if !progress.has_quorum {
            let (connected, total) = (progress.connected_power, progress.total_power);
            return Err(Unavailable(format!(
                "connected to validators with power {connected} of {total}; more than two thirds are needed"
            )));
        }
        if progress.catching_up {
            return Err(Unavailable("the node is catching up with its peers".to_owned()));
        }
        if let Some(silence) = progress.silence {
            return Err(Unavailable(format!("the validator is silent: {}", explain(silence))));
        }
        Ok(())
    }

    fn metrics(&self, out: &mut String) {
        self.metrics.write(self.shared.progress(), out);
    }
}

/// A block's entries, and the payments that they are about. Most payments were first seen in the
/// same block and come with one read.
fn read_block(reader: &Reader, height: Height) -> Result<(Vec<Entry>, Vec<Payment>), StoreError> {
    let entries = reader.entries(height)?;
    let mut payments = reader.payments(height)?;
    let here: BTreeSet<Uetr> = payments.iter().map(|payment| payment.uetr).collect();
    for entry in entries.iter().filter(|entry| entry.status.is_some() && !here.contains(&entry.reference)) {
        payments.extend(held(reader.payment(&entry.reference))?);
    }
    Ok((entries, payments))
}
