//! The tasks of one connection: a writer and a reader per class, and a watch on the hellos. They
//! own the streams and report to the service; they never decide about connections. Dropping the
//! session ends them all.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::AsyncWriteExt;
use futures::io::BufReader;
use libp2p::swarm::{ConnectionId, Stream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::class::{Class, PerClass};
use crate::config::NodeId;
use crate::failure::Failure;
use crate::frame::{FrameReader, read_greeting, read_introduction, write_frames, write_keepalive};
use crate::hello::{Greeter, SessionId};
use crate::inbox::Inbox;
use crate::introduction::Introduction;
use crate::limits::{LINGER, Limits};
use crate::outbox::Outbox;
use crate::parting::write_refusal;
use crate::pulse::Pulse;
use crate::refusal::Refusal;
use crate::table::PeerRecord;

/// Small frames are read through a buffer of this many bytes.
const READ_BUFFER_BYTES: usize = 16 * 1024;

/// How often another connection is looked at for a sign of life.
const LOOK: Duration = Duration::from_millis(20);

/// What a task tells the service.
#[derive(Debug)]
pub(crate) struct Report {
    pub from: NodeId,
    pub connection: ConnectionId,
    pub news: News,
}

/// How a connection goes on.
#[derive(Debug)]
pub(crate) enum News {
    /// Our hello for a class is out.
    HelloSent(Class),
    /// The peer's hello for a class is right.
    HelloReceived(Class),
    /// The peer's process and introduction; comes just before the hello of Consensus.
    Introduced(SessionId, Introduction),
    /// Whether the older connection to the same key gave a sign of life while this one waited.
    OlderAnswers(bool),
    /// The peer's hello is wrong; the connection ends soon.
    WrongHello(Failure),
    /// The connection must end.
    Failed(Failure),
}

/// What every task of a session needs.
pub(crate) struct Context {
    pub id: NodeId,
    pub connection: ConnectionId,
    /// Where the other end is, as seen from here.
    pub remote: SocketAddr,
    pub greeter: Greeter,
    /// What the peer is told of addresses.
    pub introduction: Introduction,
    pub limits: Limits,
    pub record: Arc<PeerRecord>,
    pub inboxes: PerClass<Arc<Inbox>>,
    pub reports: mpsc::Sender<Report>,
    pub outbox: Arc<Outbox>,
    pub pulse: Pulse,
}

/// One connection and its tasks.
pub(crate) struct Session {
    context: Arc<Context>,
    sent: PerClass<bool>,
    received: PerClass<bool>,
    wrong_hello: bool,
    introduced: Option<(SessionId, Introduction)>,
    /// Our streams while it is not known whether the peer may be greeted.
    withheld: Option<Vec<(Class, Stream)>>,
    refused: bool,
    ready: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Session {
    /// Begins to watch the time for the hellos. `withhold`: says nothing until [`Self::release`] or
    /// [`Self::refuse`].
    pub(crate) fn new(context: Context, withhold: bool) -> Self {
        let (ready, is_ready) = watch::channel(false);
        let context = Arc::new(context);
        let mut tasks = JoinSet::new();
        tasks.spawn(watch_hellos(Arc::clone(&context), is_ready));
        Self {
            context,
            sent: PerClass::default(),
            received: PerClass::default(),
            wrong_hello: false,
            introduced: None,
            withheld: withhold.then(Vec::new),
            refused: false,
            ready,
            tasks,
        }
    }

    pub(crate) fn connection(&self) -> ConnectionId {
        self.context.connection
    }

    /// Whether the session belongs to this entry of the list, and not to an earlier one.
    pub(crate) fn serves(&self, record: &Arc<PeerRecord>) -> bool {
        Arc::ptr_eq(&self.context.record, record)
    }

    /// Whether messages flow.
    pub(crate) fn is_ready(&self) -> bool {
        *self.ready.borrow()
    }

    /// Where the other end is, as seen from here.
    pub(crate) fn remote(&self) -> SocketAddr {
        self.context.remote
    }

    /// The peer's process and introduction, once they are known.
    pub(crate) const fn introduced(&self) -> Option<&(SessionId, Introduction)> {
        self.introduced.as_ref()
    }

    /// Notes the peer's process and introduction.
    pub(crate) fn set_introduced(&mut self, session: SessionId, introduction: Introduction) {
        self.introduced = Some((session, introduction));
    }

    /// Whether the peer was told that it is refused.
    pub(crate) const fn is_refused(&self) -> bool {
        self.refused
    }

    /// Greets the peer on the streams that were withheld.
    pub(crate) fn release(&mut self) {
        for (class, stream) in self.withheld.take().unwrap_or_default() {
            self.spawn_writer(class, stream);
        }
    }

    /// Tells the peer why it is refused, if it was not greeted, then ends the connection.
    pub(crate) fn refuse(&mut self, refusal: Refusal) {
        self.refused = true;
        let withheld = self.withheld.take().unwrap_or_default();
        let context = Arc::clone(&self.context);
        self.tasks.spawn(async move {
            let is_for_refusals = |(class, _): &(Class, Stream)| *class == Class::Consensus;
            // The other streams stay open meanwhile: their end would end the peer's reading.
            let (consensus, _others): (Vec<_>, Vec<_>) = withheld.into_iter().partition(is_for_refusals);
            for (_, stream) in consensus {
                write_refusal(stream, refusal).await;
            }
            context.report(News::Failed(Failure::Redundant)).await;
        });
    }

    /// Waits for a sign of life on `older`, for as long as two keep-alives take, and reports.
    pub(crate) fn watch_older(&mut self, older: &Self) {
        let (context, older) = (Arc::clone(&self.context), Arc::clone(&older.context));
        self.tasks.spawn(async move {
            let answers = is_heard(&older.pulse, context.limits.keepalive() * 2).await;
            context.report(News::OlderAnswers(answers)).await;
        });
    }

    /// Writes a class's queue to our stream.
    pub(crate) fn spawn_writer(&mut self, class: Class, stream: Stream) {
        if let Some(withheld) = &mut self.withheld {
            withheld.push((class, stream));
            return;
        }
        let context = Arc::clone(&self.context);
        self.tasks.spawn(async move {
            if let Err(failure) = write(&context, class, stream).await {
                context.report(News::Failed(failure)).await;
            }
        });
    }

    /// Reads a stream of the peer.
    pub(crate) fn spawn_reader(&mut self, stream: Stream) {
        let context = Arc::clone(&self.context);
        let ready = self.ready.subscribe();
        self.tasks.spawn(async move {
            if let Err(failure) = read(&context, ready, stream).await {
                context.report(News::Failed(failure)).await;
            }
        });
    }

    /// Notes that our hello for `class` is out.
    pub(crate) fn hello_sent(&mut self, class: Class) {
        *self.sent.of_mut(class) = true;
    }

    /// Notes the peer's hello; a class may come once.
    pub(crate) fn hello_received(&mut self, class: Class) -> Result<(), Failure> {
        let seen = self.received.of_mut(class);
        if std::mem::replace(seen, true) { Err(Failure::DuplicateClass { class }) } else { Ok(()) }
    }

    /// Notes a wrong hello, and says whether it is the connection's first: one is enough to count.
    pub(crate) const fn first_wrong_hello(&mut self) -> bool {
        !std::mem::replace(&mut self.wrong_hello, true)
    }

    /// Whether all hellos went both ways; messages may then begin with [`Self::begin`].
    pub(crate) fn is_complete(&self) -> bool {
        Class::ALL.into_iter().all(|class| *self.sent.of(class) && *self.received.of(class))
    }

    /// Opens the outgoing queues to senders, and lets the readers deliver.
    pub(crate) fn begin(&self) {
        self.context.record.set_outbox(Some(Arc::clone(&self.context.outbox)));
        self.ready.send_replace(true);
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.is_ready() {
            self.context.record.set_outbox(None);
        }
        for class in Class::ALL {
            self.context.outbox.of(class).close();
        }
    }
}

impl Context {
    async fn report(&self, news: News) {
        let report = Report { from: self.id, connection: self.connection, news };
        // A closed channel means that the service has stopped, and this task is about to.
        let _ = self.reports.send(report).await;
    }

    const fn hello_timeout(&self) -> Failure {
        Failure::HelloTimeout { milliseconds: self.limits.handshake_timeout_ms }
    }
}

async fn is_heard(pulse: &Pulse, patience: Duration) -> bool {
    let asked = Instant::now();
    while asked.elapsed() < patience {
        sleep(LOOK).await;
        if pulse.quiet() < asked.elapsed() {
            return true;
        }
    }
    false
}

async fn watch_hellos(context: Arc<Context>, mut ready: watch::Receiver<bool>) {
    let patience = context.limits.handshake_timeout();
    if timeout(patience, ready.wait_for(|ready| *ready)).await.is_err() {
        context.report(News::Failed(context.hello_timeout())).await;
    }
}

/// Sends the hello, then the queue for ever. Returns when the session is over.
async fn write(context: &Context, class: Class, mut stream: Stream) -> Result<(), Failure> {
    let mut greeting = vec![Bytes::from(context.greeter.encode(class))];
    if class == Class::Consensus {
        greeting.push(context.introduction.encode().into());
    }
    write_frames(&mut stream, &greeting).await?;
    context.report(News::HelloSent(class)).await;
    let idle = if class == Class::Consensus { context.limits.keepalive() } else { Duration::MAX };
    loop {
        match timeout(idle, context.outbox.of(class).next_batch()).await {
            Err(_) => write_keepalive(&mut stream).await?,
            Ok(None) => return Ok(stream.close().await?),
            Ok(Some(batch)) => {
                let bytes = batch.iter().map(Bytes::len).sum();
                write_frames(&mut stream, &batch).await?;
                context.record.counters.of(class).sent(batch.len(), bytes);
            }
        }
    }
}

/// Leaves the peer time to read our hello, so that its operator learns the same.
async fn refuse_hello(context: &Context, failure: Failure) -> Result<(), Failure> {
    context.report(News::WrongHello(failure)).await;
    sleep(LINGER).await;
    Err(Failure::HelloRefused)
}

/// Checks the hello, waits until messages may flow, then delivers frames for ever.
async fn read(context: &Context, mut ready: watch::Receiver<bool>, stream: Stream) -> Result<(), Failure> {
    let mut stream = BufReader::with_capacity(READ_BUFFER_BYTES, stream);
    let patience = context.limits.handshake_timeout();
    let greeting = timeout(patience, read_greeting(&mut stream)).await.map_err(|_| context.hello_timeout())?;
    let (class, session) = match greeting.and_then(|greeting| context.greeter.check(&greeting)) {
        Ok(greeting) => greeting,
        Err(failure @ Failure::RefusedBy { .. }) => return Err(failure),
        Err(failure) if failure.reason().is_alarming() => return refuse_hello(context, failure).await,
        Err(failure) => return Err(failure),
    };
    if class == Class::Consensus {
        let introduction = timeout(patience, read_introduction(&mut stream)).await;
        let introduction = introduction.map_err(|_| context.hello_timeout())??;
        context.report(News::Introduced(session, introduction)).await;
    }
    context.report(News::HelloReceived(class)).await;
    if ready.wait_for(|ready| *ready).await.is_err() {
        return Ok(());
    }
    let silence = (class == Class::Consensus).then(|| context.limits.silence_timeout());
    let limit = *context.limits.frame_bytes.of(class);
    let mut frames = FrameReader::new(stream, class, limit, &context.pulse, silence);
    let entrance = context.inboxes.of(class).entrance(context.id);
    context.pulse.beat();
    loop {
        let frame = frames.next().await?;
        context.record.counters.of(class).received(frame.len());
        entrance.push(frame).await;
    }
}
