//! A connection that is refused, kept for a moment to say why. Reads nothing: what the other end
//! sends stays unread until the connection closes, which is soon, whatever the other end does.

use std::time::Duration;

use libp2p::swarm::{ConnectionId, Stream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::config::NodeId;
use crate::failure::Failure;
use crate::frame::write_frames;
use crate::limits::{LINGER, MAX_INBOUND_STREAMS, REFUSAL_PATIENCE};
use crate::refusal::Refusal;
use crate::session::{News, Report};

/// A refused connection. Dropping it ends its tasks.
pub(crate) struct Parting {
    from: NodeId,
    connection: ConnectionId,
    refusal: Refusal,
    reports: mpsc::Sender<Report>,
    /// The other end's streams: resetting them would end its reading before the refusal arrives.
    held: Vec<Stream>,
    tasks: JoinSet<()>,
}

impl Parting {
    /// Begins to watch the connection's time.
    pub(crate) fn new(from: NodeId, connection: ConnectionId, refusal: Refusal, reports: mpsc::Sender<Report>) -> Self {
        let mut parting = Self { from, connection, refusal, reports, held: Vec::new(), tasks: JoinSet::new() };
        parting.end_after(REFUSAL_PATIENCE);
        parting
    }

    /// Writes the refusal to our stream.
    pub(crate) fn write(&mut self, stream: Stream) {
        let (refusal, over) = (self.refusal, self.over());
        self.tasks.spawn(async move {
            write_refusal(stream, refusal).await;
            over.await;
        });
    }

    /// Keeps a stream of the other end, unread.
    pub(crate) fn hold(&mut self, stream: Stream) {
        if self.held.len() < MAX_INBOUND_STREAMS {
            self.held.push(stream);
        }
    }

    fn end_after(&mut self, time: Duration) {
        let over = self.over();
        self.tasks.spawn(async move {
            sleep(time).await;
            over.await;
        });
    }

    fn over(&self) -> impl Future<Output = ()> + use<> {
        let report = Report { from: self.from, connection: self.connection, news: News::Failed(Failure::Ended) };
        let reports = self.reports.clone();
        async move {
            // A closed channel means that the service has stopped, and this task is about to.
            let _ = reports.send(report).await;
        }
    }
}

/// Writes a refusal, and leaves the other end time to read it.
pub(crate) async fn write_refusal(mut stream: Stream, refusal: Refusal) {
    let written = timeout(REFUSAL_PATIENCE, write_frames(&mut stream, &[refusal.encode().into()])).await;
    if matches!(written, Ok(Ok(()))) {
        sleep(LINGER).await;
    }
}
