//! Following the event stream, across broken connections and from node to node.
//!
//! Positions are places in the chain's history, the same on every node, so the stream goes on at
//! another node where it stopped at the first. Every wanted event arrives once and in order.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use corridor_types::view::{EventId, EventView};
use corridor_types::{AccountId, ParticipantId, Uetr};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use reqwest::StatusCode;

use crate::client::Client;
use crate::endpoints::{chain, read};
use crate::error::ClientError;
use crate::limits::{MAX_RECONNECTS, RECONNECT_PAUSES, longer};
use crate::sse::{Block, Parser};

/// Where to begin and what to leave out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Begin after this; `None`: with the next event that happens. [`EventId::START`]: with the
    /// first one ever.
    pub after: Option<EventId>,
    /// Only what this participant caused or is an agent of.
    pub participant: Option<ParticipantId>,
    /// Only payments to or from this account.
    pub account: Option<AccountId>,
    /// Only this payment or operation.
    pub reference: Option<Uetr>,
}

impl EventFilter {
    fn path(&self) -> String {
        let text = |value: &dyn std::fmt::Display, name: &str| format!("{name}={value}");
        let parts = [
            self.after.map(|after| text(&after, "after")),
            self.participant.map(|participant| text(&participant, "participant")),
            self.account.map(|account| text(&account, "account")),
            self.reference.map(|reference| text(&reference, "reference")),
        ];
        let query = parts.into_iter().flatten().collect::<Vec<_>>().join("&");
        format!("/v1/events?{query}")
    }
}

impl Client {
    /// Certified entries as they happen, after those that the filter asks for from the past. A
    /// broken connection is made again by itself; an error is the stream's last item.
    pub fn events(&self, filter: EventFilter) -> impl Stream<Item = Result<EventView, ClientError>> + Send + use<> {
        let following = Following {
            client: self.clone(),
            filter,
            connection: None,
            arrived: VecDeque::new(),
            attempts: 0,
            pause: RECONNECT_PAUSES.0,
        };
        futures::stream::unfold(Some(following), |following| async move {
            let mut following = following?;
            let next = following.next().await;
            let goes_on = next.is_ok();
            Some((next, goes_on.then_some(following)))
        })
    }
}

struct Connection {
    url: String,
    pieces: BoxStream<'static, reqwest::Result<Bytes>>,
    parser: Parser,
}

struct Following {
    client: Client,
    /// `after` moves with what arrived.
    filter: EventFilter,
    connection: Option<Connection>,
    arrived: VecDeque<EventView>,
    /// In a row, without anything arriving.
    attempts: u32,
    pause: Duration,
}

impl Following {
    async fn next(&mut self) -> Result<EventView, ClientError> {
        loop {
            if let Some(event) = self.arrived.pop_front() {
                return Ok(event);
            }
            if let Err(error) = self.advance().await {
                self.connection = None;
                self.give_up_or_wait(error).await?;
            }
        }
    }

    /// Connects if need be and takes what arrives next.
    async fn advance(&mut self) -> Result<(), ClientError> {
        if self.connection.is_none() {
            self.connection = Some(connect(&self.client, &self.filter.path()).await?);
        }
        let Some(Connection { url, pieces, parser }) = &mut self.connection else { return Ok(()) };
        let unreachable = |reason: String| ClientError::Unreachable { url: url.clone(), reason };
        let unexpected = |reason: String| ClientError::Unexpected { url: url.clone(), status: 200, reason };
        let piece = pieces.next().await.ok_or_else(|| unreachable("the node ended the stream".to_owned()))?;
        let piece = piece.map_err(|error| unreachable(chain(&error)))?;
        let blocks = parser.push(&piece).map_err(|error| unexpected(error.to_string()))?;
        for block in blocks {
            let event = event_of(&block).map_err(unexpected)?;
            let id =
                block.id.map(|id| id.parse::<EventId>()).transpose().map_err(|error| unexpected(error.to_string()))?;
            let is_new = id > self.filter.after;
            self.arrived.extend(event.filter(|_| is_new));
            self.filter.after = self.filter.after.max(id);
            (self.attempts, self.pause) = (0, RECONNECT_PAUSES.0);
        }
        Ok(())
    }

    /// Sleeps before the next attempt, unless none can help.
    async fn give_up_or_wait(&mut self, error: ClientError) -> Result<(), ClientError> {
        self.attempts += 1;
        if self.attempts >= MAX_RECONNECTS || !error.may_pass() {
            return Err(error);
        }
        tokio::time::sleep(self.pause).await;
        self.pause = longer(self.pause, RECONNECT_PAUSES.1);
        Ok(())
    }
}

async fn connect(client: &Client, path: &str) -> Result<Connection, ClientError> {
    let response = client.endpoints.send(|http, base| http.get(format!("{base}{path}"))).await?;
    if response.status() != StatusCode::OK {
        return Err(read(response).await.map_or_else(|error| error, |answer| answer.unexpected("no stream")));
    }
    let url = response.url().to_string();
    Ok(Connection { url, pieces: response.bytes_stream().boxed(), parser: Parser::default() })
}

/// The event in a block; `None` if it only moves the position.
fn event_of(block: &Block) -> Result<Option<EventView>, String> {
    if block.data.is_empty() {
        return Ok(None);
    }
    serde_json::from_str(&block.data).map(Some).map_err(|error| error.to_string())
}
