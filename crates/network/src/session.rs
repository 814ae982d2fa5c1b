//! The tasks of one connection: a writer and a reader per class, and a watch on the hellos. They
//! own the streams and report to the service; they never decide about connections. Dropping the
//! session ends them all.

use std::sync::Arc;
use std::time::Duration;

use futures::AsyncWriteExt;
use futures::io::BufReader;
use libp2p::swarm::{ConnectionId, Stream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::class::{Class, PerClass};
use crate::config::NodeId;
use crate::failure::Failure;
use crate::frame::{FrameReader, read_hello, write_frames, write_keepalive};
use crate::hello;
use crate::inbox::Inbox;
use crate::limits::Limits;
use crate::outbox::Outbox;
use crate::pulse::Pulse;
use crate::table::PeerRecord;

/// Small frames are read through a buffer of this many bytes.
const READ_BUFFER_BYTES: usize = 16 * 1024;

/// A connection with a wrong hello stays open this long: above the round trip of most paths.
const WRONG_HELLO_LINGER: Duration = Duration::from_millis(500);

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
    /// The peer's hello is wrong; the connection ends soon.
    WrongHello(Failure),
    /// The connection must end.
    Failed(Failure),
}

/// What every task of a session needs.
pub(crate) struct Context {
    pub id: NodeId,
    pub connection: ConnectionId,
    pub genesis: [u8; 32],
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
    ready: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Session {
    /// Begins to watch the time for the hellos.
    pub(crate) fn new(context: Context) -> Self {
        let (ready, is_ready) = watch::channel(false);
        let context = Arc::new(context);
        let mut tasks = JoinSet::new();
        tasks.spawn(watch_hellos(Arc::clone(&context), is_ready));
        Self { context, sent: PerClass::default(), received: PerClass::default(), wrong_hello: false, ready, tasks }
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

    /// Writes a class's queue to our stream.
    pub(crate) fn spawn_writer(&mut self, class: Class, stream: Stream) {
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

async fn watch_hellos(context: Arc<Context>, mut ready: watch::Receiver<bool>) {
    let patience = context.limits.handshake_timeout();
    if timeout(patience, ready.wait_for(|ready| *ready)).await.is_err() {
        context.report(News::Failed(context.hello_timeout())).await;
    }
}

/// Sends the hello, then the queue for ever. Returns when the session is over.
async fn write(context: &Context, class: Class, mut stream: Stream) -> Result<(), Failure> {
    let hello = hello::encode(&context.genesis, class);
    write_frames(&mut stream, &[hello.into()]).await?;
    context.report(News::HelloSent(class)).await;
    let idle = if class == Class::Consensus { context.limits.keepalive() } else { Duration::MAX };
    loop {
        match timeout(idle, context.outbox.of(class).next_batch()).await {
            Err(_) => write_keepalive(&mut stream).await?,
            Ok(None) => return Ok(stream.close().await?),
            Ok(Some(batch)) => {
                let bytes = batch.iter().map(bytes::Bytes::len).sum();
                write_frames(&mut stream, &batch).await?;
                context.record.counters.of(class).sent(batch.len(), bytes);
            }
        }
    }
}

/// Leaves the peer time to read our hello, so that its operator learns the same.
async fn refuse_hello(context: &Context, failure: Failure) -> Result<(), Failure> {
    context.report(News::WrongHello(failure)).await;
    sleep(WRONG_HELLO_LINGER).await;
    Err(Failure::HelloRefused)
}

/// Checks the hello, waits until messages may flow, then delivers frames for ever.
async fn read(context: &Context, mut ready: watch::Receiver<bool>, stream: Stream) -> Result<(), Failure> {
    let mut stream = BufReader::with_capacity(READ_BUFFER_BYTES, stream);
    let patience = context.limits.handshake_timeout();
    let hello = timeout(patience, read_hello(&mut stream)).await.map_err(|_| context.hello_timeout())?;
    let class = match hello.and_then(|hello| hello::check(&hello, &context.genesis)) {
        Ok(class) => class,
        Err(failure) if failure.reason().is_alarming() => return refuse_hello(context, failure).await,
        Err(failure) => return Err(failure),
    };
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
