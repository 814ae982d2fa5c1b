//! The core: the one thread that steps the replica, writes its disk and asks its signer.
//!
//! Everything else on the node talks to it through bounded queues. Consensus messages are taken
//! first; what arrives together is driven together (one sync for all of it).

use std::collections::BTreeMap;
use std::sync::Arc;

use corridor_crypto::Verified;
use corridor_network::{Class, Network, NodeId};
use corridor_replica::{Admission, Driver, Effect, Halt, Input, Membership, Notice, Recipient, Replica};
use corridor_storage::Storage;
use corridor_types::persist::Executed;
use corridor_types::{Encode as _, IdentifiedTransaction, Message, Request};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::sleep_until;

use crate::clock::NodeClock;
use crate::config::PeerHint;
use crate::members::{self, node_id};
use crate::metrics::Metrics;
use crate::shared::{Progress, Shared};
use crate::signing::NodeSigner;

/// Consensus inputs that wait: a view of 128 validators has 400 votes; the network's own queues
/// hold back the rest.
const URGENT_QUEUE: usize = 1024;
/// Lane and catch-up inputs that wait: each up to a megabyte.
const BULK_QUEUE: usize = 64;
/// Clients' submissions and queries that wait.
const CLIENT_QUEUE: usize = 256;
/// Inputs driven together: enough to share a sync, few enough to keep a step short.
const URGENT_AT_ONCE: usize = 256;
const BULK_AT_ONCE: usize = 16;
const CLIENTS_AT_ONCE: usize = 64;

/// A question to the replica, answered on the core's thread.
pub type Query = Box<dyn FnOnce(&Replica) + Send>;

/// What clients want from the core.
pub enum ClientInput {
    /// Transactions with valid signatures.
    Submit(Vec<Verified<IdentifiedTransaction>>, oneshot::Sender<Vec<Admission>>),
    /// A look at the state.
    Query(Query),
}

/// The senders' ends.
#[derive(Clone)]
pub struct CoreHandle {
    /// Consensus messages and connections.
    pub urgent: mpsc::Sender<Input>,
    /// Batches, acknowledgements, questions and answers.
    pub bulk: mpsc::Sender<Input>,
    /// Submissions and queries.
    pub clients: mpsc::Sender<ClientInput>,
}

/// The receivers' ends.
pub struct CoreQueues {
    urgent: mpsc::Receiver<Input>,
    bulk: mpsc::Receiver<Input>,
    clients: mpsc::Receiver<ClientInput>,
}

/// Makes the core's queues.
pub fn queues() -> (CoreHandle, CoreQueues) {
    let (urgent, urgent_queue) = mpsc::channel(URGENT_QUEUE);
    let (bulk, bulk_queue) = mpsc::channel(BULK_QUEUE);
    let (clients, clients_queue) = mpsc::channel(CLIENT_QUEUE);
    let queues = CoreQueues { urgent: urgent_queue, bulk: bulk_queue, clients: clients_queue };
    (CoreHandle { urgent, bulk, clients }, queues)
}

/// Why the core ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    /// The disk or the signing record failed.
    #[error("{0}; nothing that was not stored has left this node")]
    Drive(String),
    /// The replica stopped for good.
    #[error(transparent)]
    Halted(#[from] Halt),
}

/// Everything that the core's thread owns.
pub struct Core {
    /// Replica, disk, signer.
    pub driver: Driver<Storage, NodeSigner>,
    /// Sends to peers.
    pub network: Network,
    /// Who belongs to the network; the allow-list and the checks of signatures follow it.
    pub members: watch::Sender<Arc<Membership>>,
    /// Where some of them are.
    pub hints: Vec<PeerHint>,
    /// Questions of peers, answered from disk elsewhere.
    pub answers: mpsc::Sender<(NodeId, Request)>,
    /// Executed blocks, for whoever looks after sealed details.
    pub executed: mpsc::Sender<Arc<Executed>>,
    /// What others may see.
    pub shared: Arc<Shared>,
    /// Steady clock and wall clock of the machine.
    pub clock: NodeClock,
    /// What is counted for the metrics page.
    pub metrics: Arc<Metrics>,
    /// Clients that wait for an answer.
    pub tickets: Tickets,
}

/// Clients that wait, by ticket.
#[derive(Default)]
pub struct Tickets {
    next: u64,
    open: BTreeMap<u64, oneshot::Sender<Vec<Admission>>>,
}

impl Tickets {
    fn open(&mut self, reply: oneshot::Sender<Vec<Admission>>) -> u64 {
        self.next += 1;
        self.open.insert(self.next, reply);
        self.next
    }

    fn close(&mut self, ticket: u64, admissions: Vec<Admission>) {
        if let Some(reply) = self.open.remove(&ticket) {
            // A client that has gone away needs no answer.
            let _ = reply.send(admissions);
        }
    }
}

impl Core {
    /// Runs until `stop` turns true or something breaks.
    ///
    /// # Errors
    /// [`CoreError`].
    pub async fn run(mut self, mut queues: CoreQueues, mut stop: watch::Receiver<bool>) -> Result<(), CoreError> {
        self.drive(vec![Input::Tick])?;
        loop {
            let deadline = self.clock.at(self.driver.replica.next_deadline());
            let (mut inputs, mut queries) = (Vec::new(), Vec::new());
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return Ok(()),
                Some(input) = queues.urgent.recv() => inputs.push(input),
                Some(input) = queues.bulk.recv() => inputs.push(input),
                Some(client) = queues.clients.recv() => self.take_client(client, &mut inputs, &mut queries),
                () = sleep_until(deadline.into()) => {}
            }
            self.drain(&mut queues, &mut inputs, &mut queries);
            if self.clock.now().steady_ms >= self.driver.replica.next_deadline() {
                inputs.push(Input::Tick);
            }
            if !inputs.is_empty() {
                self.drive(inputs)?;
            }
            queries.into_iter().for_each(|query| query(&self.driver.replica));
        }
    }

    fn drain(&mut self, queues: &mut CoreQueues, inputs: &mut Vec<Input>, queries: &mut Vec<Query>) {
        inputs.extend(std::iter::from_fn(|| queues.urgent.try_recv().ok()).take(URGENT_AT_ONCE));
        inputs.extend(std::iter::from_fn(|| queues.bulk.try_recv().ok()).take(BULK_AT_ONCE));
        for _ in 0..CLIENTS_AT_ONCE {
            let Ok(client) = queues.clients.try_recv() else { return };
            self.take_client(client, inputs, queries);
        }
    }

    fn take_client(&mut self, client: ClientInput, inputs: &mut Vec<Input>, queries: &mut Vec<Query>) {
        match client {
            ClientInput::Submit(transactions, reply) => {
                inputs.push(Input::Submit { ticket: self.tickets.open(reply), transactions });
            }
            ClientInput::Query(query) => queries.push(query),
        }
    }

    fn drive(&mut self, inputs: Vec<Input>) -> Result<(), CoreError> {
        let driven = self.driver.drive(self.clock.now(), inputs);
        let driven = driven.map_err(|error| CoreError::Drive(error.to_string()))?;
        for refusal in driven.refused {
            tracing::error!("the signer refused: {refusal}");
        }
        for effect in driven.effects {
            self.perform(effect)?;
        }
        self.shared.publish(Progress::of(&self.driver.replica, &self.clock.now()));
        Ok(())
    }

    fn perform(&mut self, effect: Effect) -> Result<(), CoreError> {
        match effect {
            Effect::Send { to, message } => self.send(to, &message),
            Effect::Answer { to, request } => {
                // A full queue drops the question; the peer asks again, or another node.
                let _ = self.answers.try_send((node_id(&to), request));
            }
            Effect::Submitted { ticket, admissions } => self.tickets.close(ticket, admissions),
            Effect::Executed(executed) => {
                self.metrics.executed(&executed);
                // What finds no room is looked for when a client asks.
                let _ = self.executed.try_send(executed);
            }
            Effect::Settled(certificate) => {
                self.shared.settled(certificate.outcome.height);
            }
            Effect::Evidence(evidence) => {
                let set = evidence.epoch().and_then(|epoch| self.driver.replica.validator_sets().get(epoch));
                let culprit = set.and_then(|set| evidence.culprit(set)).map(|(_, validator)| validator.participant.0);
                tracing::error!(culprit, "a validator signed two conflicting messages; evidence is stored");
            }
            Effect::Membership(members) => self.take_members(members),
            Effect::Notice(notice) => self.notice(&notice),
            Effect::Halt(halt) => {
                self.shared.halted(halt.to_string());
                return Err(halt.into());
            }
        }
        Ok(())
    }

    fn notice(&self, notice: &Notice) {
        self.metrics.noticed(notice);
        match notice {
            Notice::Misbehaved { peer, reason } => tracing::warn!(%peer, "misbehaved: {reason}"),
            Notice::KeyMissing { key } => tracing::error!(
                %key, "the validator set names this participant with a key that this node does not hold; it stays \
                silent until keys.validator or keys.more_validators names its file"
            ),
            Notice::RecordIsOld { view, sequence } => tracing::error!(
                view = view.0,
                batch = sequence.0,
                "peers hold votes or batches of this validator that its signing record does not know: the record is an \
                old copy, or another node runs with this key. This node stays silent until it is past them"
            ),
            Notice::SignedTwice { key } => tracing::error!(
                %key, "this key signed two things that contradict each other: another process runs with a copy of this \
                node's data. Stop it; if peers hold evidence, rotate the key"
            ),
            Notice::StoodDown => tracing::warn!(
                "not linked to validators that form a quorum with this one: it signs nothing until it is again"
            ),
            Notice::Voting { epoch } => tracing::info!(epoch = epoch.0, "this validator votes from now on"),
            Notice::SnapshotTaken { height } => tracing::info!(height = height.0, "took a snapshot from peers"),
            Notice::OutcomesDiffer { height } => {
                tracing::error!(height = height.0, "validators computed different outcomes and none has a quorum");
            }
            Notice::CatchingUp { from, to } => tracing::info!(from = from.0, to = to.0, "caught up finalized blocks"),
        }
    }

    /// The allow-list changes before the next message goes out.
    fn take_members(&self, members: Arc<Membership>) {
        if let Err(error) = self.network.set_peers(&members::peers(&members, &self.hints)) {
            tracing::error!(%error, "the list of peers was not changed");
        }
        self.members.send_replace(members);
    }

    fn send_to_validators(&self, class: Class, bytes: &bytes::Bytes) {
        let (replica, own) = (&self.driver.replica, self.network.id());
        for (_, validator) in replica.validators().iter() {
            let id = node_id(&validator.network_key);
            // Who is not connected gets it again later, like everybody whose queue is full.
            if id != own && self.network.try_send(id, class, bytes.clone()).is_err() {
                self.metrics.dropped(class);
            }
        }
    }

    fn send(&self, to: Recipient, message: &Message) {
        let class = class_of(message);
        let bytes = bytes::Bytes::from(message.to_bytes());
        let sent = match to {
            Recipient::Everyone => self.network.broadcast(class, bytes).map(|_| ()),
            Recipient::Validators => return self.send_to_validators(class, &bytes),
            Recipient::One(peer) => self.network.try_send(node_id(&peer), class, bytes),
        };
        if let Err(error) = sent {
            // Everything that matters is sent again until it is answered.
            self.metrics.dropped(class);
            tracing::debug!(%error, "a message was not sent");
        }
    }
}

/// Which stream a message travels on.
pub const fn class_of(message: &Message) -> Class {
    match message {
        Message::Proposal { .. }
        | Message::Seen(_)
        | Message::Vote(_)
        | Message::Certificate(_)
        | Message::Outcome(_)
        | Message::Status(_) => Class::Consensus,
        Message::Batch(_) | Message::Acknowledgement(_) => Class::Lanes,
        Message::Request(_) | Message::Response(_) | Message::Details(_) => Class::Sync,
    }
}
