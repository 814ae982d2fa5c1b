//! Who votes, who may vote next, and who may connect.

use utoipa::ToSchema;

use super::{Bic, PublicKey};

/// One validator of a set.
#[derive(ToSchema)]
pub struct ValidatorView {
    /// Who runs it.
    participant: u32,
    name: String,
    bic: Bic,
    /// Signs votes.
    key: PublicKey,
    /// Authenticates its links.
    network_key: PublicKey,
    /// Weight.
    power: u64,
    /// True if a link to it is up; null for the node that answers.
    connected: Option<bool>,
}

/// A validator that its participant declared ready.
#[derive(ToSchema)]
pub struct CandidateView {
    /// Its power is a proposal.
    validator: ValidatorView,
    /// The block of the declaration.
    height: u64,
    /// That block's time, milliseconds since 1970 UTC.
    time: u64,
    /// Until when the declaration counts, milliseconds since 1970 UTC.
    valid_until: u64,
}

/// A node that is no validator and may connect.
#[derive(ToSchema)]
pub struct NodeView {
    /// Who runs it.
    participant: u32,
    name: String,
    bic: Bic,
    /// Authenticates its links.
    network_key: PublicKey,
    /// True if a link to it is up; null for the node that answers.
    connected: Option<bool>,
}

/// Everybody who belongs to the network, after one block.
#[derive(ToSchema)]
pub struct ValidatorsView {
    /// The executed block.
    height: u64,
    /// Its time, milliseconds since 1970 UTC.
    time: u64,
    /// The epoch of the next block.
    epoch: u64,
    /// Its validators, in the order of their positions.
    current: Vec<ValidatorView>,
    /// The validators of the epoch after; null until they are decided.
    next: Option<Vec<ValidatorView>>,
    /// The newest declaration of each participant.
    candidates: Vec<CandidateView>,
    /// Registered nodes.
    nodes: Vec<NodeView>,
}
