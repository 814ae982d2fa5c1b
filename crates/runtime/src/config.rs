//! The configuration of a node: one struct per section of its file, and nothing that the ledger
//! must agree on (that is the genesis document's).
//!
//! A file is read strictly: a field that is not known is an error that names field and file. The
//! order is file, then environment; there are no other sources. Secrets are never in here, only the
//! paths of key files.

mod load;
mod peers;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;

use corridor_crypto::PublicKey;
use corridor_types::{Bic, ParticipantId};
use serde::{Deserialize, Serialize};

pub use load::{is_override, load};
pub use peers::{PeerError, PeerHint, PeerName, participant};

/// Everything that one node is told by its operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeConfig {
    /// Where it keeps its data and which chain it belongs to.
    pub node: NodeSection,
    /// Its key files.
    pub keys: KeysSection,
    /// Its links to other nodes.
    pub network: NetworkSection,
    /// Its HTTP interface.
    #[serde(default)]
    pub api: ApiSection,
    /// What it logs.
    #[serde(default)]
    pub log: LogSection,
    /// How it closes batches.
    #[serde(default)]
    pub lanes: LanesSection,
    /// How long it waits in consensus.
    #[serde(default)]
    pub consensus: ConsensusSection,
}

/// `[node]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeSection {
    /// The folder for the database and the signing record. Made if it is missing.
    pub data_dir: PathBuf,
    /// The genesis document.
    pub genesis: PathBuf,
    /// The participant that runs this node, by its BIC. Needed for a node that runs no validator of
    /// the genesis; the others know it from their key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant: Option<Bic>,
    /// A new node begins with a peer's snapshot where one is offered, rather than with the first
    /// block. It then holds no history from before.
    #[serde(default)]
    pub from_snapshot: bool,
    /// With `from_snapshot`: how many blocks the others must be ahead for a snapshot to be the faster way;
    /// absent: the built-in value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_gap: Option<u64>,
    /// At least so many blocks lie between two snapshots for joining nodes; absent: none is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_blocks: Option<u64>,
    /// By so many percent the log of used references has grown before another snapshot is written; absent:
    /// the built-in value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_growth_percent: Option<u64>,
    /// After so many hours one is written without that; absent: the built-in value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_hours: Option<u64>,
}

/// `[keys]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysSection {
    /// The key that signs votes. A node without one is an observer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validator: Option<PathBuf>,
    /// More keys of the same validator: while a key is rotated, both the old and the new one are
    /// named here or above, and the validator set decides which one signs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more_validators: Vec<PathBuf>,
    /// The key that authenticates links.
    pub network: PathBuf,
}

/// `[network]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSection {
    /// Where other nodes connect to.
    pub listen: SocketAddr,
    /// Where other nodes are told to connect to, if that is not `listen`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advertise: Option<SocketAddr>,
    /// Where other nodes are. One is enough: they tell each other's addresses.
    #[serde(default)]
    pub peers: Vec<PeerEntry>,
}

/// One of `network.peers`, named by its BIC, its number in the registry or its network key; exactly
/// one of the three.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerEntry {
    /// The BIC of the participant that runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bic: Option<Bic>,
    /// The participant that runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant: Option<ParticipantId>,
    /// The node's network key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<PublicKey>,
    /// Where it listens.
    pub address: SocketAddr,
}

/// `[api]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApiSection {
    /// Where the HTTP interface listens.
    pub listen: SocketAddr,
    /// Allows `listen` to be reachable from other machines. The interface speaks plain HTTP, so
    /// that needs a proxy with TLS and client authentication in front of it.
    pub allow_remote: bool,
}

impl KeysSection {
    /// Every key file that may sign votes.
    pub fn validators(&self) -> impl Iterator<Item = &PathBuf> {
        self.validator.iter().chain(&self.more_validators)
    }
}

impl Default for ApiSection {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 8080)), allow_remote: false }
    }
}

/// `[log]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSection {
    /// A level such as `info`, or directives such as `info,corridor_network=debug`.
    pub level: String,
    /// The form of a line.
    pub format: LogFormat,
}

impl Default for LogSection {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Text }
    }
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Lines for people to read.
    Text,
    /// One JSON object per line, for machines.
    Json,
}

/// `[lanes]`: what is absent keeps the built-in value. What decides which cuts are valid is not
/// here: that must be equal on all validators.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LanesSection {
    /// An own batch closes at this many bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_bytes: Option<u64>,
    /// An own batch closes when its oldest transaction waited this long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_delay_ms: Option<u64>,
}

/// `[consensus]`: what is absent keeps the built-in value. Patience never decides what is final,
/// only how soon.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsensusSection {
    /// How long a view may take on a good network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// The longest that a view may take, after others timed out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_max_ms: Option<u64>,
    /// How often a stuck validator repeats itself and its questions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retransmit_ms: Option<u64>,
}
