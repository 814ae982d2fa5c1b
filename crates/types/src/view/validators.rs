//! Who votes, who may vote next, and who may connect.

use corridor_crypto::PublicKey;
use serde::{Deserialize, Serialize};

use crate::{Bic, Epoch, Height, ParticipantId, Timestamp, VotingPower};

/// One validator of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidatorView {
    /// Who runs it.
    pub participant: ParticipantId,
    /// Display name.
    pub name: String,
    /// The participant's code.
    pub bic: Bic,
    /// Signs votes.
    pub key: PublicKey,
    /// Authenticates its links.
    pub network_key: PublicKey,
    /// Its weight.
    pub power: VotingPower,
    /// True if a link to it is up; absent for the node that answers.
    pub connected: Option<bool>,
}

/// A validator that its participant declared ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateView {
    /// The validator; its power is a proposal.
    pub validator: ValidatorView,
    /// The block of the declaration.
    pub height: Height,
    /// That block's time, milliseconds since 1970 UTC.
    pub time: Timestamp,
    /// Until when the declaration counts, milliseconds since 1970 UTC.
    pub valid_until: Timestamp,
}

/// A node that is no validator and may connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeView {
    /// Who runs it.
    pub participant: ParticipantId,
    /// Display name.
    pub name: String,
    /// The participant's code.
    pub bic: Bic,
    /// Authenticates its links.
    pub network_key: PublicKey,
    /// True if a link to it is up; absent for the node that answers.
    pub connected: Option<bool>,
}

/// Everybody who belongs to the network, after one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidatorsView {
    /// The executed block.
    pub height: Height,
    /// Its time, milliseconds since 1970 UTC.
    pub time: Timestamp,
    /// The epoch of the next block.
    pub epoch: Epoch,
    /// Its validators, in the order of their positions.
    pub current: Vec<ValidatorView>,
    /// The validators of the epoch after, once they are decided.
    pub next: Option<Vec<ValidatorView>>,
    /// The newest declaration of each participant, in the order of the registry.
    pub candidates: Vec<CandidateView>,
    /// Registered nodes.
    pub nodes: Vec<NodeView>,
}
