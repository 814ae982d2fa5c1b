//! What the interface takes from outside at most, each with its reason.

use std::time::Duration;

use corridor_types::limits::{MAX_BATCH_BYTES, MAX_BATCH_TRANSACTIONS};

/// Transactions in one request: one request can fill one batch of a lane.
pub const MAX_SUBMIT_TRANSACTIONS: usize = MAX_BATCH_TRANSACTIONS;

/// One request's body. In binary a request as large as a batch takes half of it; the rest is for
/// JSON, in which a bulk of 1,000 payments takes about 0.6 MB.
pub const MAX_BODY_BYTES: usize = 2 * MAX_BATCH_BYTES;

/// Header lines of one request; browsers and proxies send about 20.
pub const MAX_HEADERS: usize = 64;

/// Bytes of request line and headers together.
pub const MAX_HEADER_BYTES: usize = 16 * 1024;

/// Read buffer of one connection: headers fit, and a body passes through it in pieces.
pub const CONNECTION_BUFFER_BYTES: usize = 64 * 1024;

/// Events read from the node at once for one stream. A stream holds one such page, about 1.5 kB an
/// event, and nothing else: what a slow reader has not taken stays in the node's storage.
pub const EVENTS_PER_PAGE: usize = 64;

/// Accounts on one page: about 400 bytes each.
pub const MAX_ACCOUNTS_PER_PAGE: usize = 1_000;

/// Lines of a statement on one page: about 350 bytes each.
pub const MAX_STATEMENT_LINES_PER_PAGE: usize = 1_000;

/// Objects of the ledger on one page: most are below 1 kB as JSON; a change of all validators that is
/// proposed, with all votes, is below 100 kB.
pub const MAX_OBJECTS_PER_PAGE: usize = 100;

/// Changes of the validator set on one page: each below 60 kB as JSON.
pub const HANDOVERS_PER_PAGE: usize = 32;

/// Bytes of a refused value that a problem repeats.
pub const MAX_SHOWN_VALUE: usize = 80;

/// Bounds that an operator may set. The defaults suit a bank's own systems on a private network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Open connections. Further ones wait in the kernel's queue.
    pub connections: usize,
    /// Requests in work under `/v1`; more are answered `busy`. With [`MAX_BODY_BYTES`] each, the
    /// default bounds bodies to 256 MiB.
    pub requests: usize,
    /// Event streams open at once; more are answered `busy`.
    pub streams: usize,
    /// From a request's headers to the head of its response, reading the body included.
    pub request_timeout: Duration,
    /// For the headers of a request, from the end of the previous one: also the longest that an
    /// idle connection is kept.
    pub header_timeout: Duration,
    /// A connection whose peer takes no byte for this long is closed.
    pub write_stall: Duration,
    /// The longest silence of an event stream.
    pub heartbeat: Duration,
    /// How long open requests may take to finish once the server was told to stop.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            requests: 128,
            streams: 256,
            request_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(30),
            write_stall: Duration::from_secs(20),
            heartbeat: Duration::from_secs(10),
            drain: Duration::from_secs(5),
        }
    }
}
