//! The one task that drives libp2p: turns its events and the sessions' reports into sessions that
//! begin and end, and dials whoever is missing. Never waits for a consumer or a peer, and never
//! touches a frame.

mod addresses;
mod rivals;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use futures::StreamExt;
use libp2p::PeerId;
use libp2p::core::ConnectedPoint;
use libp2p::multiaddr::Multiaddr;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, DialError, ListenError, Swarm, SwarmEvent};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::address::{self, NOWHERE, to_multiaddr};
use crate::book::AddressBook;
use crate::class::{Class, PerClass};
use crate::config::{NodeId, PeerList};
use crate::dialing::Dialing;
use crate::failure::{Failure, Reason, ReasonCounters};
use crate::handler::HandlerEvent;
use crate::hello::Greeter;
use crate::inbox::Inbox;
use crate::limits::Limits;
use crate::mesh::{Mesh, MeshEvent, Verdict, ip_of};
use crate::notices::Notices;
use crate::outbox::{OutQueue, Outbox};
use crate::parting::Parting;
use crate::pulse::Pulse;
use crate::refusal::Refusal;
use crate::refusals::{RefusalLog, Subject};
use crate::session::{Context, News, Report, Session};
use crate::table::Table;

/// Reports under way from all sessions; a task that finds no room waits.
const REPORTS: usize = 256;

/// What the service shares with the handle and the receivers.
#[derive(Clone)]
pub(crate) struct Shared {
    pub own: NodeId,
    pub greeter: Greeter,
    /// Where this node tells its peers that it listens.
    pub advertised: Option<SocketAddr>,
    pub limits: Limits,
    pub table: Arc<Table>,
    pub reasons: Arc<ReasonCounters>,
    pub inboxes: PerClass<Arc<Inbox>>,
    pub notices: Arc<Notices>,
}

/// The service's state.
pub(crate) struct Service {
    swarm: Swarm<Mesh>,
    shared: Shared,
    peers: watch::Receiver<PeerList>,
    stop: watch::Receiver<bool>,
    sessions: BTreeMap<NodeId, Session>,
    /// Sessions of second connections, under examination.
    candidates: BTreeMap<NodeId, Session>,
    /// Connections that are being refused.
    partings: BTreeMap<ConnectionId, Parting>,
    dialing: Dialing,
    book: AddressBook,
    log: RefusalLog,
    reports: mpsc::Receiver<Report>,
    report_here: mpsc::Sender<Report>,
}

/// Why the service woke up.
enum Wake {
    Swarm(SwarmEvent<MeshEvent>),
    Report(Report),
    Peers,
    Dial,
    Stop,
}

impl Service {
    pub(crate) fn new(
        swarm: Swarm<Mesh>,
        shared: Shared,
        peers: watch::Receiver<PeerList>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let (report_here, reports) = mpsc::channel(REPORTS);
        let dialing = Dialing::new(shared.own, shared.limits);
        let log = RefusalLog::new(std::time::Duration::from_millis(shared.limits.log_interval_ms));
        let book = AddressBook::new(shared.advertised);
        Self {
            swarm,
            shared,
            peers,
            stop,
            sessions: BTreeMap::new(),
            candidates: BTreeMap::new(),
            partings: BTreeMap::new(),
            dialing,
            book,
            log,
            reports,
            report_here,
        }
    }

    /// Runs until told to stop, or until every handle is gone.
    pub(crate) async fn run(mut self) {
        self.apply_peers();
        loop {
            match self.wake().await {
                Wake::Swarm(event) => self.on_swarm(event),
                Wake::Report(report) => self.on_report(report),
                Wake::Peers => self.apply_peers(),
                Wake::Dial => self.dial_due(),
                Wake::Stop => break,
            }
        }
        self.end();
    }

    async fn wake(&mut self) -> Wake {
        let due = self.dialing.next_due();
        let dial = async move {
            match due {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.stop.changed() => Wake::Stop,
            changed = self.peers.changed() => if changed.is_ok() { Wake::Peers } else { Wake::Stop },
            Some(report) = self.reports.recv() => Wake::Report(report),
            () = dial => Wake::Dial,
            event = self.swarm.select_next_some() => Wake::Swarm(event),
        }
    }

    fn apply_peers(&mut self) {
        let peers = self.peers.borrow_and_update().clone();
        self.swarm.behaviour_mut().set_peers(&peers);
        self.dialing.set_peers(&peers, Instant::now());
        self.book.set_peers(&peers);
        for id in self.stale(&self.candidates) {
            self.end_candidate(id, &Failure::Removed);
        }
        for id in self.stale(&self.sessions) {
            self.end_session(id, &Failure::Removed);
        }
        self.learn_from_all();
    }

    /// Peers whose session belongs to an entry that is no longer on the list.
    fn stale(&self, sessions: &BTreeMap<NodeId, Session>) -> Vec<NodeId> {
        let is_served =
            |id: NodeId, session: &Session| self.shared.table.get(id).is_some_and(|record| session.serves(&record));
        sessions.iter().filter(|(id, session)| !is_served(**id, session)).map(|(id, _)| *id).collect()
    }

    fn dial_due(&mut self) {
        for (id, peer_id, address) in self.dialing.due(Instant::now()) {
            self.dial(id, peer_id, address);
        }
    }

    fn dial(&mut self, id: NodeId, peer_id: PeerId, address: SocketAddr) {
        let options = DialOpts::peer_id(peer_id)
            .condition(PeerCondition::DisconnectedAndNotDialing)
            .allocate_new_port()
            .addresses(vec![to_multiaddr(address)])
            .build();
        let connection = options.connection_id();
        self.dialing.started(id, connection);
        if let Err(error) = self.swarm.dial(options) {
            self.on_dial_failed(connection, &error);
        }
    }

    fn on_swarm(&mut self, event: SwarmEvent<MeshEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.on_mesh(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.begin(peer_id, connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed { connection_id, cause, .. } => {
                let failure =
                    cause.map_or(Failure::Ended, |cause| Failure::Io { source: std::io::Error::other(cause) });
                self.fail(connection_id, &failure);
            }
            SwarmEvent::IncomingConnectionError { send_back_addr, error, peer_id, .. } => {
                self.on_refused(peer_id, &send_back_addr, &error);
            }
            SwarmEvent::OutgoingConnectionError { connection_id, error, .. } => {
                self.on_dial_failed(connection_id, &error);
            }
            SwarmEvent::ListenerClosed { reason, .. } => {
                tracing::error!(?reason, "the listener closed: peers can no longer connect to this node");
            }
            SwarmEvent::ListenerError { error, .. } => {
                self.note(Subject::Anyone, &Failure::Handshake { reason: error.to_string() });
            }
            _ => {}
        }
    }

    fn begin(&mut self, peer_id: PeerId, connection: ConnectionId, endpoint: &ConnectedPoint) {
        let Some(id) = NodeId::from_peer_id(&peer_id) else { return };
        let verdict = self.swarm.behaviour_mut().take_verdict(connection);
        if let Some(Verdict::Refuse(refusal)) = verdict {
            return self.begin_parting(id, connection, refusal, endpoint.get_remote_address());
        }
        let Some(record) = self.shared.table.get(id) else {
            // Removed from the list a moment ago; the service is about to hear of it.
            return self.close(connection);
        };
        tracing::debug!(peer = %id, address = %endpoint.get_remote_address(), "connection established");
        let shared = &self.shared;
        let context = Context {
            id,
            connection,
            remote: address::from_multiaddr(endpoint.get_remote_address()).unwrap_or(NOWHERE),
            greeter: shared.greeter,
            introduction: self.book.introduction(id),
            limits: shared.limits,
            record,
            inboxes: shared.inboxes.clone(),
            reports: self.report_here.clone(),
            outbox: Arc::new(Outbox::from_fn(|class| OutQueue::new(*shared.limits.outgoing.of(class)))),
            pulse: Pulse::new(),
        };
        if verdict == Some(Verdict::Examine) {
            return self.begin_candidate(id, Session::new(context, endpoint.is_listener()));
        }
        self.end_session(id, &Failure::Redundant);
        self.sessions.insert(id, Session::new(context, false));
        self.dialing.connected(id);
    }

    fn begin_parting(&mut self, id: NodeId, connection: ConnectionId, refusal: Refusal, address: &Multiaddr) {
        let (subject, failure) = match refusal {
            Refusal::Full => (Subject::Peer(id), Failure::Full { limit: self.shared.limits.others_connected }),
            _ => (ip_of(address).map_or(Subject::Anyone, Subject::Stranger), Failure::UnknownKey),
        };
        self.note_from(subject, Some(id), Some(address), &failure);
        self.partings.insert(connection, Parting::new(id, connection, refusal, self.report_here.clone()));
    }

    fn end_parting(&mut self, connection: ConnectionId) {
        if self.partings.remove(&connection).is_some() {
            self.close(connection);
        }
    }

    /// The session or candidate of a connection.
    fn session_of(&mut self, from: NodeId, connection: ConnectionId) -> Option<&mut Session> {
        let found = [self.sessions.get_mut(&from), self.candidates.get_mut(&from)];
        found.into_iter().flatten().find(|session| session.connection() == connection)
    }

    fn on_mesh(&mut self, event: MeshEvent) {
        let MeshEvent { from, connection, event } = event;
        if let Some(parting) = self.partings.get_mut(&connection) {
            return match event {
                HandlerEvent::Outbound(_, stream) => parting.write(stream),
                HandlerEvent::Inbound(stream) => parting.hold(stream),
                HandlerEvent::Failed(_) => self.end_parting(connection),
            };
        }
        let Some(session) = self.session_of(from, connection) else { return };
        match event {
            HandlerEvent::Outbound(class, stream) => session.spawn_writer(class, stream),
            HandlerEvent::Inbound(stream) => session.spawn_reader(stream),
            HandlerEvent::Failed(failure) => self.fail(connection, &failure),
        }
    }

    fn on_report(&mut self, report: Report) {
        let Report { from, connection, news } = report;
        if self.partings.contains_key(&connection) {
            return self.end_parting(connection);
        }
        let Some(session) = self.session_of(from, connection) else { return };
        match news {
            News::HelloSent(class) => session.hello_sent(class),
            News::HelloReceived(class) => {
                if let Err(failure) = session.hello_received(class) {
                    return self.fail(connection, &failure);
                }
            }
            News::Introduced(process, introduction) => {
                // Said twice: the hello that follows ends the connection.
                session.set_introduced(process, introduction);
                if self.is_candidate(from, connection) {
                    return self.examine(from);
                }
            }
            News::OlderAnswers(answers) => return self.judge_candidate(from, connection, answers),
            News::WrongHello(failure) => {
                if session.first_wrong_hello() {
                    self.note(Subject::Peer(from), &failure);
                }
            }
            News::Failed(failure) => return self.fail(connection, &failure),
        }
        self.open_if_complete(from);
    }

    fn open_if_complete(&mut self, id: NodeId) {
        if self.sessions.get(&id).is_some_and(|session| session.is_complete() && !session.is_ready()) {
            self.open_session(id);
        }
    }

    /// All hellos went both ways: messages may flow.
    fn open_session(&mut self, id: NodeId) {
        if let Some(session) = self.sessions.get(&id) {
            session.begin();
            self.shared.notices.connected(id);
            self.dialing.ready(id, Instant::now());
            self.swarm.behaviour_mut().ready(id);
            self.learn_from(id);
            tracing::info!(peer = %id, "peer connected");
        }
    }

    /// Ends whatever uses the connection.
    fn fail(&mut self, connection: ConnectionId, failure: &Failure) {
        let user = |sessions: &BTreeMap<NodeId, Session>| {
            sessions.iter().find(|(_, session)| session.connection() == connection).map(|(id, _)| *id)
        };
        if let Some(id) = user(&self.sessions) {
            self.end_session(id, failure);
        } else if let Some(id) = user(&self.candidates) {
            self.end_candidate(id, failure);
        } else {
            self.end_parting(connection);
        }
    }

    fn end_session(&mut self, id: NodeId, failure: &Failure) {
        let Some(session) = self.sessions.remove(&id) else { return };
        self.note(Subject::Peer(id), failure);
        self.close(session.connection());
        let was_ready = session.is_ready();
        drop(session);
        if was_ready {
            self.shared.notices.disconnected(id);
        }
        if let Failure::RefusedBy { refusal, .. } = failure {
            self.shared.notices.refused(id, *refusal);
        }
        self.dialing.lost(id, Instant::now(), jitter(), failure.reason() == Reason::Refused);
        self.promote_after_loss(id);
    }

    fn on_refused(&mut self, peer_id: Option<PeerId>, address: &Multiaddr, error: &ListenError) {
        let key = peer_id.as_ref().and_then(NodeId::from_peer_id);
        let listed = key.filter(|id| self.shared.table.get(*id).is_some());
        let stranger = || ip_of(address).map_or(Subject::Anyone, Subject::Stranger);
        let subject = listed.map_or_else(stranger, Subject::Peer);
        let reason = match error {
            ListenError::Denied { cause } => match cause.downcast_ref::<Failure>() {
                Some(failure) => return self.note_from(subject, key, Some(address), failure),
                None => error.to_string(),
            },
            ListenError::LocalPeerId { .. } => return self.note_from(subject, key, Some(address), &Failure::OwnKey),
            other => other.to_string(),
        };
        self.note_from(subject, key, Some(address), &Failure::Handshake { reason });
    }

    fn on_dial_failed(&mut self, connection: ConnectionId, error: &DialError) {
        let Some(id) = self.dialing.failed(connection, Instant::now(), jitter()) else { return };
        let (address, failure) = match error {
            DialError::WrongPeerId { obtained, address } if obtained == self.swarm.local_peer_id() => {
                (Some(address), Failure::OwnKey)
            }
            DialError::WrongPeerId { address, .. } => (Some(address), Failure::WrongKey),
            DialError::LocalPeerId { address } => (Some(address), Failure::OwnKey),
            // libp2p strikes out the addresses that this node itself listens on.
            DialError::NoAddresses => (None, Failure::OwnKey),
            // Connected, or being closed: neither is worth a line.
            DialError::DialPeerConditionFalse(_) => return,
            DialError::Denied { .. } => (None, Failure::Redundant),
            other => (None, Failure::Unreachable { reason: other.to_string() }),
        };
        self.note_from(Subject::Peer(id), Some(id), address, &failure);
    }

    fn note(&mut self, subject: Subject, failure: &Failure) {
        let key = if let Subject::Peer(id) = subject { Some(id) } else { None };
        self.note_from(subject, key, None, failure);
    }

    /// Counts a failure, and logs it unless the like was logged lately.
    fn note_from(&mut self, subject: Subject, key: Option<NodeId>, address: Option<&Multiaddr>, failure: &Failure) {
        let reason = failure.reason();
        self.shared.reasons.add(reason);
        let Some(suppressed) = self.log.admit(reason, subject, Instant::now()) else { return };
        let peer = key.map_or_else(|| "unknown".to_owned(), |key| key.to_string());
        let address = address.map_or_else(|| "unknown".to_owned(), Multiaddr::to_string);
        let reason = reason.name();
        if failure.reason() == Reason::Refused {
            tracing::warn!(peer, address, reason, suppressed, "refused by a peer: {failure}");
        } else if failure.reason().is_alarming() {
            tracing::warn!(peer, address, reason, suppressed, "peer refused: {failure}");
        } else {
            tracing::info!(peer, address, reason, suppressed, "peer not connected: {failure}");
        }
    }

    /// Ends every session and tells the consumers that nothing more will come.
    fn end(mut self) {
        for id in std::mem::take(&mut self.sessions).into_keys() {
            self.shared.notices.disconnected(id);
        }
        for class in Class::ALL {
            self.shared.inboxes.of(class).end();
        }
        self.shared.notices.end();
    }
}

/// One random byte; without a random source, none: the jitter only spreads retries.
fn jitter() -> u8 {
    let mut byte = [0];
    let _ = getrandom::fill(&mut byte);
    byte[0]
}
