//! The running node as a library: a replica with real edges. Wiring only; no business rule, no protocol rule.
//! It never knows the interface to clients or the command line: whoever runs a node hands in what serves its
//! clients.
//!
//! ```text
//! network --frames--> inbound (decode, verify) --inputs--> core --messages--> network
//! service --verified transactions, questions--> core --answers--> service
//! core --questions of peers--> answers (disk) --> network
//! inbound --sealed details--> details (folder) --> network
//! ```
//!
//! One thread owns replica, database and signer (`core`). Every arrow is a bounded queue.

#![forbid(unsafe_code)]

mod answers;
mod clock;
pub mod config;
mod core;
mod details;
mod inbound;
mod members;
mod metrics;
mod penalty;
mod shared;
mod signing;
mod snapshots;
mod start;

use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use corridor_crypto::{PublicKey, SigningContext};
use corridor_network::{Class, Events, Network};
use corridor_storage::{DetailsFolder, Reader};
use corridor_types::{Genesis, ParticipantId};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use self::config::{NodeConfig, NodeSection};
use self::core::{Core, CoreQueues, queues};
use self::details::Courier;
use self::inbound::Inbound;
use self::members::key_of;
use self::start::Parts;

pub use self::clock::NodeClock;
pub use self::core::{ClientInput, CoreError, CoreHandle, Query};
pub use self::details::{Want, is_sealed_to, readers};
pub use self::metrics::Metrics;
pub use self::shared::{Progress, Shared};
pub use self::start::StartError;

/// Questions of peers that wait for a disk read: one budget's worth for each of ten peers.
const ANSWER_QUEUE: usize = 1_000;

/// By how much the log of used references grows between two snapshots, in percent, unless configured: all
/// snapshots together then hold at most six times what there is, and who joins fetches a sixth as blocks.
const SNAPSHOT_GROWTH_PERCENT: u64 = 20;

/// After how many hours a snapshot is due without that, unless configured.
const SNAPSHOT_HOURS: u64 = 24;

/// Why a node ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The core broke.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// A thread could not be started or ended badly.
    #[error("the node's {part} ended: {problem}")]
    Part {
        /// The part that ended.
        part: &'static str,
        /// How it ended.
        problem: String,
    },
}

/// What the side that answers clients may use of a running node.
pub struct NodeHandle {
    /// The core's queues; a client's submissions and questions go in by one of them.
    pub core: CoreHandle,
    /// The database, for reading.
    pub reader: Reader,
    /// The genesis of the chain.
    pub genesis: Genesis,
    /// Whose node this is.
    pub participant: ParticipantId,
    /// The key that authenticates its links.
    pub network_key: PublicKey,
    /// What its signatures are bound to.
    pub context: SigningContext,
    /// Where it keeps its data.
    pub data_dir: PathBuf,
    /// What the core tells without being asked.
    pub shared: Arc<Shared>,
    /// Counters and gauges.
    pub metrics: Arc<Metrics>,
    /// Steady clock and wall clock of the machine.
    pub clock: NodeClock,
    /// The sealed details of payments.
    pub details: DetailsFolder,
    /// Where documents are asked for that this node does not hold.
    pub wants: mpsc::Sender<Want>,
}

/// Runs a node until `shutdown` completes or something breaks. `serve` answers its clients until the given
/// receiver turns true.
///
/// # Errors
/// [`RunError`].
pub async fn run<S, F>(config: NodeConfig, serve: S, shutdown: impl Future<Output = ()>) -> Result<(), RunError>
where
    S: FnOnce(NodeHandle, watch::Receiver<bool>) -> F,
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let parts = start::open(&config).await?;
    let (core, core_queues) = queues();
    let (answers, questions) = mpsc::channel(ANSWER_QUEUE);
    let (stop, stopping) = watch::channel(false);
    let (wants, asked) = mpsc::channel(details::ASKED_QUEUE);
    let (executed, executed_blocks) = mpsc::channel(details::BLOCK_QUEUE);
    let snapshot_rule = snapshot_rule(&config.node);
    let handle = handle(&parts, core.clone(), wants, config.node.data_dir);
    let mut tasks = JoinSet::new();
    let courier = Courier {
        folder: parts.details.clone(),
        reader: parts.reader.clone(),
        network: parts.network.clone(),
        members: parts.members.subscribe(),
        core: core.clone(),
        participant: parts.participant,
    };
    let network = parts.network.clone();
    spawn_inbound(&mut tasks, &parts.inbound, parts.events, &core);
    tasks.spawn(courier.run(parts.shared.watch_settled(), parts.details_mail, asked, executed_blocks));
    tasks.spawn(answers::serve(parts.reader.clone(), network.clone(), questions));
    if let Some(rule) = snapshot_rule {
        let maker =
            snapshots::Maker { reader: parts.reader.clone(), folder: parts.snapshots, core: core.urgent.clone() };
        tasks.spawn(maker.run(parts.genesis.clone(), rule, parts.shared.clone()));
    } else if let Some(height) = parts.snapshots.newest() {
        // Whatever was written under an earlier configuration can still be fetched.
        let _ = core.urgent.try_send(corridor_replica::Input::SnapshotReady(height));
    }
    let core = Core {
        driver: parts.driver,
        network: network.clone(),
        members: parts.members,
        hints: parts.hints,
        answers,
        executed,
        shared: parts.shared.clone(),
        clock: parts.clock,
        metrics: parts.inbound.metrics.clone(),
        tickets: core::Tickets::default(),
    };
    let (ended, mut core_ended) = mpsc::channel(1);
    let thread = spawn_core(core, core_queues, stopping.clone(), ended)?;
    let mut clients = tokio::spawn(serve(handle, stopping));
    let result = tokio::select! {
        () = shutdown => Ok(()),
        result = core_ended.recv() => result.unwrap_or(Ok(())).map_err(RunError::from),
        // None of these ends by itself: a node that has gone deaf must not look alive.
        _ = tasks.join_next() => Err(cause(&stop, &mut core_ended).await),
        _ = &mut clients => return Err(ended_early("HTTP interface")),
    };
    stop.send_replace(true);
    let finished = finish(network, tasks, clients, thread).await;
    result.and(finished)
}

fn handle(parts: &Parts, core: CoreHandle, wants: mpsc::Sender<Want>, data_dir: PathBuf) -> NodeHandle {
    NodeHandle {
        core,
        reader: parts.reader.clone(),
        genesis: parts.genesis.clone(),
        participant: parts.participant,
        network_key: key_of(&parts.inbound.own),
        context: parts.inbound.context,
        data_dir,
        shared: parts.shared.clone(),
        metrics: parts.inbound.metrics.clone(),
        clock: parts.clock,
        details: parts.details.clone(),
        wants,
    }
}

/// When snapshots are written; `None` if they are not.
fn snapshot_rule(node: &NodeSection) -> Option<snapshots::Rule> {
    let hours = node.snapshot_hours.unwrap_or(SNAPSHOT_HOURS);
    Some(snapshots::Rule {
        blocks: node.snapshot_blocks?,
        growth_percent: node.snapshot_growth_percent.unwrap_or(SNAPSHOT_GROWTH_PERCENT),
        max_age: Duration::from_secs(hours.saturating_mul(3_600)),
    })
}

/// A core that breaks closes its queues, and with them the network's tasks end, before it has said
/// why: its word is waited for, so that the true cause is told.
async fn cause(stop: &watch::Sender<bool>, core_ended: &mut mpsc::Receiver<Result<(), CoreError>>) -> RunError {
    stop.send_replace(true);
    match core_ended.recv().await {
        Some(Err(error)) => error.into(),
        Some(Ok(())) | None => ended_early("network task"),
    }
}

fn ended_early(part: &'static str) -> RunError {
    RunError::Part { part, problem: "it ended while the node was running; see the log".to_owned() }
}

fn spawn_inbound(tasks: &mut JoinSet<()>, inbound: &Inbound, events: Events, core: &CoreHandle) {
    tasks.spawn(inbound.clone().carry(Class::Consensus, events.consensus, core.urgent.clone()));
    tasks.spawn(inbound.clone().carry(Class::Lanes, events.lanes, core.bulk.clone()));
    tasks.spawn(inbound.clone().carry(Class::Sync, events.sync, core.bulk.clone()));
    tasks.spawn(inbound.clone().carry_peers(events.peers, core.urgent.clone()));
}

/// The core's thread has a small runtime of its own, so that a long execution or a slow disk never
/// holds up the network's tasks, and the other way round.
fn spawn_core(
    core: Core,
    queues: CoreQueues,
    stopping: watch::Receiver<bool>,
    ended: mpsc::Sender<Result<(), CoreError>>,
) -> Result<std::thread::JoinHandle<()>, RunError> {
    let problem = |error: io::Error| RunError::Part { part: "core", problem: error.to_string() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(problem)?;
    let body = move || {
        let result = runtime.block_on(core.run(queues, stopping));
        // The receiver waits for exactly this.
        drop(ended.blocking_send(result));
    };
    std::thread::Builder::new().name("core".to_owned()).spawn(body).map_err(problem)
}

async fn finish(
    network: Network,
    mut tasks: JoinSet<()>,
    api: tokio::task::JoinHandle<io::Result<()>>,
    core: std::thread::JoinHandle<()>,
) -> Result<(), RunError> {
    network.shutdown().await;
    tasks.shutdown().await;
    let joined = tokio::task::spawn_blocking(move || core.join()).await;
    if !matches!(joined, Ok(Ok(()))) {
        return Err(RunError::Part { part: "core", problem: "it panicked; see the log".to_owned() });
    }
    match api.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(RunError::Part { part: "HTTP interface", problem: error.to_string() }),
        Err(error) => Err(RunError::Part { part: "HTTP interface", problem: error.to_string() }),
    }
}
