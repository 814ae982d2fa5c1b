//! The event stream: certified entries as server-sent events (WHATWG HTML, section 9.2).
//!
//! The chain's history is the buffer. A stream holds a cursor and at most one page of events; it
//! reads the next page only when the connection took the last one, so a slow reader costs nothing
//! but its own delay and loses nothing. One that takes no bytes at all is disconnected by the
//! connection's stall limit. Either way it goes on where it was with `Last-Event-ID`.

use std::fmt::Write as _;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use corridor_types::view::{EventId, EventView};
use corridor_types::{AccountId, Height, ParticipantId, Uetr};
use futures::Stream;
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::app::App;
use crate::extract::Parameters;
use crate::limits::EVENTS_PER_PAGE;
use crate::node::Node;
use crate::problem::{ApiProblem, Kind, Reply, field_error, shown};
use crate::schema;
use crate::server::told_to_stop;

/// Where to begin and what to leave out.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventQuery {
    after: Option<EventId>,
    participant: Option<ParticipantId>,
    account: Option<AccountId>,
    reference: Option<Uetr>,
}

impl EventQuery {
    fn wants(&self, event: &EventView) -> bool {
        self.participant.is_none_or(|participant| event.concerns(participant))
            && self.account.is_none_or(|account| event.touches(account))
            && self.reference.is_none_or(|reference| event.entry.reference == reference)
    }
}

/// Certified entries as server-sent events: past ones after the given identifier, then live ones.
///
/// Without `after` and `Last-Event-ID` the stream begins with the next entry. Each event has the
/// identifier `height-position`; identifiers without data advance the position of a filtered
/// stream. `0-0` is before the first entry.
#[utoipa::path(get, path = "/v1/events", tag = "events",
    params(
        ("after" = Option<schema::EventId>, Query, description = "Begin after this event"),
        ("Last-Event-ID" = Option<schema::EventId>, Header, description = "The same; goes before `after`"),
        ("participant" = Option<u32>, Query, description = "Only what this participant caused or is an agent of"),
        ("account" = Option<u32>, Query, description = "Only payments to or from this account"),
        ("reference" = Option<schema::Uetr>, Query, description = "Only this payment or operation"),
    ),
    responses(
        (status = 200, content_type = "text/event-stream", body = schema::EventView,
            description = "`event: entry` with an EventView as data"),
        schema::Problems,
    ))]
pub async fn events<N: Node>(
    State(app): State<App<N>>,
    Parameters(query): Parameters<EventQuery>,
    headers: HeaderMap,
) -> Reply<Response> {
    let permit = app.streams.clone().try_acquire_owned().map_err(|_| {
        let detail = format!("{} event streams are open; close one", app.limits.streams);
        ApiProblem::new(Kind::Busy, detail).retry_after(5_000)
    })?;
    let settled = app.node.settled();
    let newest = *settled.borrow();
    let asked = last_event_id(&headers)?.or(query.after);
    if let Some(after) = asked {
        // What this node does not hold is said at once, and not after the stream has begun.
        app.node.events(after, 1).await?;
    }
    let cursor = asked.unwrap_or(EventId::end_of(newest));
    app.metrics.streams.inc();
    let feed = Feed { app, query, cursor, settled, greeted: false, _permit: permit };
    Ok(([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(stream(feed))).into_response())
}

fn last_event_id(headers: &HeaderMap) -> Reply<Option<EventId>> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    text.parse().map(Some).map_err(|error| {
        let message = format!("{error}");
        let mut field = field_error("Last-Event-ID", "invalid_identifier", message, "repeat an `id` of the stream");
        field.value = Some(shown(text));
        ApiProblem::new(Kind::InvalidParameter, "the header is malformed").with_errors(vec![field])
    })
}

/// One open stream.
struct Feed<N: Node> {
    app: App<N>,
    query: EventQuery,
    /// Everything up to here was read.
    cursor: EventId,
    settled: watch::Receiver<Height>,
    greeted: bool,
    _permit: OwnedSemaphorePermit,
}

impl<N: Node> Drop for Feed<N> {
    fn drop(&mut self) {
        self.app.metrics.streams.dec();
    }
}

/// What to write next, and whether anything follows.
enum Step {
    Write(String),
    End(&'static str),
}

fn stream<N: Node>(feed: Feed<N>) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> {
    futures::stream::unfold(Some(feed), |feed| async move {
        let mut feed = feed?;
        match feed.step().await {
            Step::Write(text) => Some((Ok(Bytes::from(text)), Some(feed))),
            Step::End(reason) => Some((Ok(Bytes::from(format!(": {reason}; go on after {}\n\n", feed.cursor))), None)),
        }
    })
}

impl<N: Node> Feed<N> {
    /// Waits for the next page, or for the time of a heartbeat.
    async fn step(&mut self) -> Step {
        if !std::mem::replace(&mut self.greeted, true) {
            return Step::Write(format!("retry: 1000\n{}", self.heartbeat()));
        }
        let mut stopping = self.app.stopping.clone();
        let heartbeat = tokio::time::sleep(self.app.limits.heartbeat);
        tokio::select! {
            biased;
            () = told_to_stop(&mut stopping) => Step::End("the node is stopping"),
            step = self.next_page() => step,
            () = heartbeat => Step::Write(self.heartbeat()),
        }
    }

    /// The next page that has any entry, whether or not one of them is wanted.
    async fn next_page(&mut self) -> Step {
        loop {
            // Seen before reading: a block settled meanwhile wakes us again.
            self.settled.borrow_and_update();
            let Ok(mut page) = self.app.node.events(self.cursor, EVENTS_PER_PAGE).await else {
                return Step::End("the node cannot read its history now");
            };
            page.retain(|event| event.id() > self.cursor);
            if let Some(last) = page.last() {
                self.cursor = last.id();
                return Step::Write(self.render(&page));
            }
            if self.settled.changed().await.is_err() {
                return Step::End("the node is stopping");
            }
        }
    }

    /// The wanted events; a heartbeat that advances the reader's position if none is.
    fn render(&self, page: &[EventView]) -> String {
        let mut text = String::new();
        for event in page.iter().filter(|event| self.query.wants(event)) {
            let Ok(data) = serde_json::to_string(event) else { continue };
            // Writing to a string cannot fail.
            let _ = write!(text, "id: {}\nevent: entry\ndata: {data}\n\n", event.id());
            self.app.metrics.events.inc();
        }
        if text.is_empty() { self.heartbeat() } else { text }
    }

    /// A position without an event: readers remember it and see nothing.
    fn heartbeat(&self) -> String {
        format!("id: {}\n\n", self.cursor)
    }
}
