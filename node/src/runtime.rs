//! The running node: a replica with real edges. Wiring only; no business rule, no protocol rule.
//!
//! ```text
//! network --frames--> inbound (decode, verify) --inputs--> core --messages--> network
//! api --transactions--> service (verify) --inputs--> core --answers--> service
//! core --questions of peers--> answers (disk) --> network
//! inbound --sealed details--> details (folder) --> network
//! ```
//!
//! One thread owns replica, database and signer (`core`). Every arrow is a bounded queue.

mod answers;
mod clock;
mod core;
mod details;
mod inbound;
mod members;
mod metrics;
mod penalty;
mod service;
mod shared;
mod signing;
mod snapshots;
mod start;
mod views;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use corridor_network::{Class, Events, Network};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use self::core::{Core, CoreError, CoreHandle, queues};
use self::details::Courier;
use self::inbound::Inbound;
use self::service::Service;
use crate::config::NodeConfig;

pub use self::start::{DATABASE, StartError};

/// Questions of peers that wait for a disk read: one budget's worth for each of ten peers.
const ANSWER_QUEUE: usize = 1_000;

/// Why a node ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The HTTP interface could not listen.
    #[error("api.listen: cannot listen on {address}: {source}; free the port or choose another")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The core broke.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// A thread could not be started or ended badly.
    #[error("the node's {part} ended: {problem}")]
    Part {
        /// Which.
        part: &'static str,
        /// How.
        problem: String,
    },
}

/// Runs a node until `shutdown` completes or something breaks.
///
/// # Errors
/// [`RunError`].
pub async fn run(config: NodeConfig, shutdown: impl Future<Output = ()>) -> Result<(), RunError> {
    let address = config.api.listen;
    // First the port: a second node on the same configuration stops here with a clear word.
    let listener = TcpListener::bind(address).await.map_err(|source| RunError::Listen { address, source })?;
    let parts = start::open(&config).await?;
    let (handle, core_queues) = queues();
    let (answers, questions) = mpsc::channel(ANSWER_QUEUE);
    let (stop, stopping) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let (wants, asked) = mpsc::channel(details::ASKED_QUEUE);
    let courier = Courier {
        folder: parts.details.clone(),
        reader: parts.reader.clone(),
        network: parts.network.clone(),
        members: parts.members.subscribe(),
        core: handle.clone(),
        participant: parts.participant,
    };
    let service = Arc::new(Service::new(&parts, handle.clone(), wants, &config.node.data_dir));
    let network = parts.network.clone();
    spawn_inbound(&mut tasks, &parts.inbound, parts.events, &handle);
    tasks.spawn(courier.run(parts.shared.watch_settled(), parts.details_mail, asked));
    tasks.spawn(answers::serve(parts.reader.clone(), network.clone(), questions));
    if let Some(every) = config.node.snapshot_blocks {
        let settled = parts.shared.watch_settled();
        let maker =
            snapshots::Maker { reader: parts.reader.clone(), folder: parts.snapshots, core: handle.urgent.clone() };
        tasks.spawn(maker.run(parts.genesis.clone(), every, settled));
    } else if let Some(height) = parts.snapshots.newest() {
        // Whatever was written under an earlier configuration can still be fetched.
        let _ = handle.urgent.try_send(corridor_replica::Input::SnapshotReady(height));
    }
    let core = Core {
        driver: parts.driver,
        network: network.clone(),
        members: parts.members,
        hints: parts.hints,
        answers,
        shared: parts.shared.clone(),
        clock: parts.clock,
        metrics: parts.inbound.metrics.clone(),
        tickets: core::Tickets::default(),
    };
    let (ended, mut core_ended) = mpsc::channel(1);
    let thread = spawn_core(core, core_queues, stopping.clone(), ended)?;
    let mut api_stop = stopping.clone();
    let api_stopped = async move { drop(api_stop.wait_for(|stop| *stop).await) };
    let mut api = tokio::spawn(corridor_api::serve(listener, service, corridor_api::Limits::default(), api_stopped));
    tracing::info!(%address, "the HTTP interface is up");
    let result = tokio::select! {
        () = shutdown => Ok(()),
        result = core_ended.recv() => result.unwrap_or(Ok(())).map_err(RunError::from),
        // None of these ends by itself: a node that has gone deaf must not look alive.
        _ = tasks.join_next() => Err(cause(&stop, &mut core_ended).await),
        _ = &mut api => return Err(ended_early("HTTP interface")),
    };
    stop.send_replace(true);
    let finished = finish(network, tasks, api, thread).await;
    result.and(finished)
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
    queues: core::CoreQueues,
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
