//! Sealed details on their way between the nodes of the parties, beside consensus.
//!
//! When a settled block brings a payment whose details are for this node's institution and whose
//! document is missing, the debtor agent's node is asked for it, then the other readers'. Blocks come
//! from the core when they are executed, so that nothing of them is read back from the disk, and only
//! what is for this node's institution is looked for in the folder. A question
//! is answered only to a node of an institution to which the document is sealed. What comes is kept
//! only if it was asked for and is sealed to this node's institution, so that nobody else's disk ever
//! holds it. Nothing is opened here, and nothing that is agreed on depends on any of this.

mod brought;
mod readers;
mod wanted;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use corridor_network::{Class, Network, NodeId};
use corridor_replica::{Membership, Replica};
use corridor_sealing::Sealed;
use corridor_storage::{DetailsFolder, DetailsStanding, Reader, StoreError};
use corridor_types::persist::Executed;
use corridor_types::{Decode as _, DetailsMessage, Encode as _, Height, Message, ParticipantId, Payment, SealedBytes};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;

use crate::core::{ClientInput, CoreHandle, Query};
use crate::members::{key_of, node_id};

pub use readers::{is_reader, readers};
pub use wanted::Want;

use brought::{Brought, Unsettled};
use wanted::Wanted;

/// Messages of peers that wait for the courier. A full queue drops them; who asks asks again.
pub const MAIL_QUEUE: usize = 256;

/// Questions of one peer that are answered in one turn: twice what an honest one sends in a turn of its
/// own. Each costs a read of at most one document.
const MAX_QUESTIONS_OF_PEER: u32 = 2 * 64;

/// Documents that clients asked for and the courier has not looked at.
pub const ASKED_QUEUE: usize = 64;

/// Between two looks at what is due.
const TURN: Duration = Duration::from_millis(100);

/// Missing documents of one block that are looked for. The rest is looked for when a client asks.
const MAX_MISSING: usize = 256;

/// Executed blocks that the core has handed over and the courier has not taken. A full queue drops them, for
/// the same reason: who is so far behind goes on with the newest.
pub const BLOCK_QUEUE: usize = 64;

/// Between two looks at the documents that came before their payments.
const SWEEP: Duration = Duration::from_secs(10);

/// How long a document waits for its payment.
const PENDING_FOR: Duration = Duration::from_secs(86_400);

/// Carries documents between the nodes of their readers.
pub struct Courier {
    /// Where sealed documents are kept.
    pub folder: DetailsFolder,
    /// Reads what is durable.
    pub reader: Reader,
    /// For asking and answering.
    pub network: Network,
    /// Whose node a peer is.
    pub members: watch::Receiver<Arc<Membership>>,
    /// Asks the ledger.
    pub core: CoreHandle,
    /// Whose node this is.
    pub participant: ParticipantId,
}

type Problem = Box<dyn std::error::Error + Send + Sync>;

impl Courier {
    /// Runs until the node stops. `mail` is from peers, `asked` from this node's clients, `executed` from the
    /// core.
    pub async fn run(
        self,
        mut settled: watch::Receiver<Height>,
        mut mail: mpsc::Receiver<(NodeId, DetailsMessage)>,
        mut asked: mpsc::Receiver<Want>,
        mut executed: mpsc::Receiver<Arc<Executed>>,
    ) {
        let mut wanted = Wanted::default();
        let height = *settled.borrow_and_update();
        let mut unsettled = self.unsettled(height).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "blocks from before the start were not looked through for sealed details");
            Unsettled::default()
        });
        let mut questions: BTreeMap<NodeId, u32> = BTreeMap::new();
        let (mut turn, mut sweep) = (tokio::time::interval(TURN), tokio::time::interval(SWEEP));
        turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let done = tokio::select! {
                Some((peer, message)) = mail.recv() => {
                    let asked = questions.entry(peer).or_default();
                    *asked += u32::from(matches!(message, DetailsMessage::Wanted { .. }));
                    match *asked <= MAX_QUESTIONS_OF_PEER {
                        true => self.take(peer, message, &mut wanted).await,
                        false => Ok(()),
                    }
                }
                Some(want) = asked.recv() => {
                    wanted.insert(want, Instant::now());
                    Ok(())
                }
                changed = settled.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let height = *settled.borrow_and_update();
                    self.look(&mut unsettled, height, &mut wanted).await
                }
                Some(block) = executed.recv() => {
                    unsettled.push(block.outcome.height, Brought::Executed(block));
                    let height = *settled.borrow();
                    self.look(&mut unsettled, height, &mut wanted).await
                }
                _ = turn.tick() => {
                    questions.clear();
                    self.ask(&mut wanted);
                    Ok(())
                }
                _ = sweep.tick() => self.sweep().await,
                else => return,
            };
            if let Err(error) = done {
                // What is missing is asked for again, by the next question of a client at the latest.
                tracing::warn!(%error, "sealed details were not looked after");
            }
        }
    }

    async fn take(&self, peer: NodeId, message: DetailsMessage, wanted: &mut Wanted) -> Result<(), Problem> {
        match message {
            DetailsMessage::Wanted { digest } => {
                let folder = self.folder.clone();
                let found = tokio::task::spawn_blocking(move || folder.get(&digest)).await??;
                if let Some(document) = found.filter(|document| self.may_read(&peer, document)) {
                    self.send(peer, DetailsMessage::Here { sealed: SealedBytes(document) });
                }
            }
            DetailsMessage::Here { sealed: SealedBytes(document) } => {
                let Ok(sealed) = Sealed::from_bytes(&document) else { return Ok(()) };
                let digest = sealed.digest();
                if wanted.contains(&digest) && is_sealed_to(&sealed, self.participant) {
                    wanted.remove(&digest);
                    let folder = self.folder.clone();
                    tokio::task::spawn_blocking(move || folder.keep(&document)).await??;
                }
            }
        }
        Ok(())
    }

    /// True if the document is sealed to the institution whose node the peer is.
    fn may_read(&self, peer: &NodeId, document: &[u8]) -> bool {
        let Ok(sealed) = Sealed::from_bytes(document) else { return false };
        let (members, key) = (self.members.borrow().clone(), key_of(peer));
        let mut owners = readers::nodes(&members).filter(|(_, node)| *node == key).map(|(owner, _)| owner);
        owners.any(|owner| is_sealed_to(&sealed, owner))
    }

    fn send(&self, peer: NodeId, message: DetailsMessage) {
        let bytes = bytes::Bytes::from(Message::Details(message).to_bytes());
        if let Err(error) = self.network.try_send(peer, Class::Sync, bytes) {
            tracing::debug!(%error, "a message about details was not sent");
        }
    }

    fn ask(&self, wanted: &mut Wanted) {
        let members = self.members.borrow().clone();
        let own = self.network.id();
        for (digest, owner) in wanted.due(Instant::now()) {
            let nodes = readers::nodes(&members).filter(|(of, _)| *of == owner).map(|(_, key)| node_id(&key));
            let mut nodes: Vec<_> = nodes.filter(|node| *node != own).collect();
            nodes.sort_unstable();
            nodes.dedup();
            nodes.into_iter().for_each(|node| self.send(node, DetailsMessage::Wanted { digest }));
        }
    }

    /// The blocks that were executed before this start and have not settled.
    async fn unsettled(&self, settled: Height) -> Result<Unsettled, Problem> {
        let reader = self.reader.clone();
        let read = move || -> Result<Unsettled, Problem> {
            let mut unsettled = Unsettled::default();
            for height in (settled.0 + 1..=reader.heights().executed.0).map(Height) {
                unsettled.push(height, Brought::Held(reader.payments(height)?));
            }
            Ok(unsettled)
        };
        tokio::task::spawn_blocking(read).await?
    }

    /// Looks for what settled blocks brought for this node's institution.
    async fn look(&self, unsettled: &mut Unsettled, settled: Height, wanted: &mut Wanted) -> Result<(), Problem> {
        while let Some(brought) = unsettled.next_settled(settled) {
            let (folder, room) = (self.folder.clone(), wanted.room().min(MAX_MISSING));
            let wants = self.wants(brought).await?;
            if wants.is_empty() || room == 0 {
                continue;
            }
            let is_missing = move |want: &Want| folder.standing(&want.digest) == DetailsStanding::Missing;
            let missing = move || wants.into_iter().filter(is_missing).take(room).collect::<Vec<_>>();
            let missing = tokio::task::spawn_blocking(missing).await?;
            missing.into_iter().for_each(|want| wanted.insert(want, Instant::now()));
        }
        Ok(())
    }

    /// The documents of the payments of which this node's institution is a reader.
    async fn wants(&self, brought: Brought) -> Result<Vec<Want>, Problem> {
        let (reply, answer) = oneshot::channel();
        let own = self.participant;
        let question = move |replica: &Replica| -> Vec<Want> {
            let ledger = replica.ledger();
            let ours = brought.payments().iter().filter(|payment| is_reader(ledger, payment, own));
            let want = |payment: &Payment| {
                Some(Want { digest: payment.details, readers: readers(ledger, payment)?, urgent: false })
            };
            ours.filter_map(want).collect()
        };
        let query: Query = Box::new(move |replica| drop(reply.send(question(replica))));
        self.core.clients.send(ClientInput::Query(query)).await.map_err(|_| "the node is stopping")?;
        Ok(answer.await?)
    }

    /// Gives documents that came first to their payments, and drops those whose payment came with
    /// another document or did not come in time.
    async fn sweep(&self) -> Result<(), Problem> {
        let (reader, folder) = (self.reader.clone(), self.folder.clone());
        let sweep = move || -> Result<(), Problem> {
            for held in folder.pending() {
                let payment = match reader.payment(&held.uetr) {
                    // A payment that is still to come is not before the snapshot.
                    Err(StoreError::BeforeSnapshot { .. }) => None,
                    found => found?,
                };
                match payment {
                    Some(payment) if payment.details == held.digest => folder.settle_pending(held.uetr, held.digest)?,
                    Some(_) => folder.drop_pending(held.uetr, held.digest)?,
                    None if held.age > PENDING_FOR => folder.drop_pending(held.uetr, held.digest)?,
                    None => {}
                }
            }
            Ok(())
        };
        tokio::task::spawn_blocking(sweep).await?
    }
}

/// True if the document is sealed to an institution, under whichever key.
pub fn is_sealed_to(sealed: &Sealed, participant: ParticipantId) -> bool {
    sealed.recipients().any(|(recipient, _)| recipient == participant)
}
