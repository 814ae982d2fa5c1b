//! Sealed details on their way between the nodes of the parties, beside consensus.
//!
//! When a settled block brings a payment whose details are for this node's institution and whose
//! document is missing, the debtor agent's node is asked for it, then the other readers'. A question
//! is answered only to a node of an institution to which the document is sealed. What comes is kept
//! only if it was asked for and is sealed to this node's institution, so that nobody else's disk ever
//! holds it. Nothing is opened here, and nothing that is agreed on depends on any of this.

mod readers;
mod wanted;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use corridor_network::{Class, Network, NodeId};
use corridor_replica::{Membership, Replica};
use corridor_sealing::Sealed;
use corridor_storage::{DetailsFolder, DetailsStanding, Reader, StoreError};
use corridor_types::{Decode as _, DetailsMessage, Encode as _, Height, Message, ParticipantId, Payment, SealedBytes};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;

use crate::core::{ClientInput, CoreHandle, Query};
use crate::members::{key_of, node_id};

pub use readers::readers;
pub use wanted::Want;

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

/// Blocks looked at in one turn. Who is further behind goes on with the newest: the rest is looked
/// for when a client asks.
const MAX_BLOCKS: u64 = 64;

/// Payments of one block that are looked at, for the same reason.
const MAX_PAYMENTS: usize = 256;

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
    /// Runs until the node stops. `mail` is from peers, `asked` from this node's clients.
    pub async fn run(
        self,
        mut settled: watch::Receiver<Height>,
        mut mail: mpsc::Receiver<(NodeId, DetailsMessage)>,
        mut asked: mpsc::Receiver<Want>,
    ) {
        let (mut wanted, mut seen) = (Wanted::default(), *settled.borrow());
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
                    let from = Height(seen.0.max(height.0.saturating_sub(MAX_BLOCKS)) + 1);
                    seen = height;
                    self.look(from, height, &mut wanted).await
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

    /// Looks for payments whose details are for this node.
    async fn look(&self, from: Height, to: Height, wanted: &mut Wanted) -> Result<(), Problem> {
        for height in (from.0..=to.0).map(Height) {
            let (reader, folder, room) = (self.reader.clone(), self.folder.clone(), wanted.room().min(MAX_PAYMENTS));
            if room == 0 {
                return Ok(());
            }
            let missing = move || -> Result<Vec<Payment>, Problem> {
                let payments = match reader.payments(height) {
                    Err(StoreError::BeforeSnapshot { .. }) => return Ok(Vec::new()),
                    found => found?.into_iter(),
                };
                let missing = payments.filter(|payment| folder.standing(&payment.details) == DetailsStanding::Missing);
                Ok(missing.take(room).collect())
            };
            let payments = tokio::task::spawn_blocking(missing).await??;
            if payments.is_empty() {
                continue;
            }
            let wants = self.wants(payments).await?;
            wants.into_iter().for_each(|want| wanted.insert(want, Instant::now()));
        }
        Ok(())
    }

    async fn wants(&self, payments: Vec<Payment>) -> Result<Vec<Want>, Problem> {
        let (reply, answer) = oneshot::channel();
        let own = self.participant;
        let question = move |replica: &Replica| -> Vec<Want> {
            let want = |payment: &Payment| {
                let readers = readers(replica.ledger(), payment).filter(|readers| readers.contains(&own))?;
                Some(Want { digest: payment.details, readers, urgent: false })
            };
            payments.iter().filter_map(want).collect()
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
