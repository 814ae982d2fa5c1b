//! What a node's engine waits for: made to be read by an operator at night.

use corridor_crypto::Digest;
use serde::{Deserialize, Serialize};

use crate::{Epoch, Height, ParticipantId, ValidatorIndex, View, VotingPower};

/// What one validator was seen to vote in the current view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidatorVotesView {
    /// Its position in the set.
    pub validator: ValidatorIndex,
    /// Who runs it.
    pub participant: ParticipantId,
    /// Display name.
    pub name: String,
    /// Its weight.
    pub power: VotingPower,
    /// The block it voted to notarize.
    pub notarize: Option<Digest>,
    /// True if it voted to give up on the view.
    pub nullify: bool,
    /// The block it voted to finalize.
    pub finalize: Option<Digest>,
}

/// A link to another node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerView {
    /// Who runs the other node.
    pub participant: ParticipantId,
    /// Display name.
    pub name: String,
    /// True if the link is up.
    pub connected: bool,
}

/// Where ordering stands on this node and for whom it waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsensusView {
    /// The epoch.
    pub epoch: Epoch,
    /// The view being voted on.
    pub view: View,
    /// Whose turn it is to propose.
    pub leader: ParticipantId,
    /// The leader's display name.
    pub leader_name: String,
    /// Votes seen in the view, one row per validator, in the set's order.
    pub votes: Vec<ValidatorVotesView>,
    /// Names of validators that have not voted in the view.
    pub missing: Vec<String>,
    /// The power of all validators.
    pub total_power: u64,
    /// The least power that is a quorum.
    pub quorum_power: u64,
    /// Milliseconds until the view times out; absent if no timer runs.
    pub next_timeout_ms: Option<u64>,
    /// The other validators and whether a link to each is up.
    pub peers: Vec<PeerView>,
    /// The highest finalized block.
    pub finalized: Height,
    /// Milliseconds since a block was last finalized here; absent if none was since the start.
    pub last_finalized_age_ms: Option<u64>,
    /// True while the node is catching up.
    pub syncing: bool,
    /// Why the node stopped voting; absent if it did not.
    pub halted: Option<String>,
}

/// Proof that a validator signed what no honest one signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceView {
    /// What it did: `conflicting_proposals` or `conflicting_votes`.
    pub kind: String,
    /// The epoch.
    pub epoch: Epoch,
    /// The view.
    pub view: View,
    /// The culprit's position in the epoch's set.
    pub validator: ValidatorIndex,
    /// Who runs it.
    pub participant: ParticipantId,
    /// Display name.
    pub name: String,
    /// The canonical encoding of the proof in hexadecimal; verifies offline.
    pub proof: String,
}
