//! Nodes that are no validators.

use corridor_crypto::PublicKey;
use corridor_types::limits::MAX_NODES;
use corridor_types::{Code, ParticipantId};

use crate::limits::MAX_NODES_PER_PARTICIPANT;
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::who::keys::{Purpose, check_unused};

pub(crate) fn check_register(state: &State, owner: ParticipantId, key: &PublicKey) -> Result<(), Refusal> {
    ensure(key.validate().is_ok(), Code::PossessionNotProven, "network_key", || {
        format!("{key} is no usable Ed25519 key")
    })?;
    ensure(state.nodes.with_key(key).is_none(), Code::KeyInUse, "network_key", || {
        format!("{key} is registered already")
    })?;
    check_unused(state, owner, key, Purpose::Network, "network_key")?;
    let (own, all) = (state.nodes.count_of(owner), state.nodes.iter().count());
    ensure(own < MAX_NODES_PER_PARTICIPANT && all < MAX_NODES, Code::CapacityExceeded, "network_key", || {
        format!("{own} nodes of {MAX_NODES_PER_PARTICIPANT} are registered, {all} of {MAX_NODES} in all; remove one")
    })
}

/// The slot of a node that its participant may remove.
pub(crate) fn check_remove(state: &State, owner: ParticipantId, key: &PublicKey) -> Result<u32, Refusal> {
    let own = state.nodes.with_key(key).filter(|(_, node)| node.participant == owner);
    let unknown = || format!("participant {owner} has no node with the key {key}");
    own.map(|(slot, _)| slot).ok_or_else(|| Refusal::new(Code::UnknownNode, "network_key", unknown()))
}
