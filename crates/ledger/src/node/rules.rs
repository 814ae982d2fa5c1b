//! Nodes that are no validators.

use corridor_crypto::PublicKey;
use corridor_types::limits::MAX_NODES;
use corridor_types::operations::NodeStep;
use corridor_types::{Code, NodeEntry, ParticipantId};

use crate::Halt;
use crate::family::{Asked, Doing, Family};
use crate::limits::MAX_NODES_PER_PARTICIPANT;
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::who::keys::{Purpose, check_unused};

fn check_register(state: &State, owner: ParticipantId, key: &PublicKey) -> Result<(), Refusal> {
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
fn check_remove(state: &State, owner: ParticipantId, key: &PublicKey) -> Result<u32, Refusal> {
    let own = state.nodes.with_key(key).filter(|(_, node)| node.participant == owner);
    let unknown = || format!("participant {owner} has no node with the key {key}");
    own.map(|(slot, _)| slot).ok_or_else(|| Refusal::new(Code::UnknownNode, "network_key", unknown()))
}

/// A permitted step.
#[derive(Debug)]
pub(crate) enum Planned {
    Register(NodeEntry),
    /// To give a slot back.
    Remove {
        slot: u32,
    },
}

impl Family for NodeStep {
    type Planned<'a> = Planned;

    /// Nodes belong to who asks.
    fn check_authority(&self, _: &Asked<'_>) -> Result<(), Refusal> {
        Ok(())
    }

    fn plan(&self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<Planned, Refusal> {
        match self {
            Self::Register { network_key } => {
                check_register(state, participant, network_key)?;
                Ok(Planned::Register(NodeEntry { participant, network_key: *network_key }))
            }
            Self::Remove { network_key } => {
                Ok(Planned::Remove { slot: check_remove(state, participant, network_key)? })
            }
        }
    }

    fn apply(Doing { state, .. }: Doing<'_>, planned: Planned) -> Result<(), Halt> {
        match planned {
            Planned::Register(node) => state.nodes.register(node),
            Planned::Remove { slot } => state.nodes.remove(slot),
        }
        Ok(())
    }
}
