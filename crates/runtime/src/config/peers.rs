//! Turns the peers of a configuration into hints where nodes are. Who may connect is the ledger's to
//! say; only addresses come from here.

use std::net::SocketAddr;

use corridor_crypto::PublicKey;
use corridor_types::{Bic, Genesis, ParticipantId};

use super::{NodeConfig, PeerEntry};

/// Which node an address belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerName {
    /// Whatever validator the participant runs in the current epoch.
    Participant(ParticipantId),
    /// The node with this network key.
    Key(PublicKey),
}

/// Where a node is, as far as the operator knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerHint {
    /// How the entry names the node.
    pub name: PeerName,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Why a peer of the configuration is nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {position}: {problem}")]
pub struct PeerError {
    /// The entry's place in the list, from 0.
    pub position: usize,
    /// What is wrong with it.
    pub problem: String,
}

impl NodeConfig {
    /// The hints, in the order of the file.
    ///
    /// # Errors
    /// [`PeerError`] for a peer whose BIC or number the genesis does not know.
    pub fn peer_hints(&self, genesis: &Genesis) -> Result<Vec<PeerHint>, PeerError> {
        let peers = self.network.peers.iter().enumerate();
        peers.map(|(position, entry)| hint(genesis, entry).map_err(|problem| PeerError { position, problem })).collect()
    }
}

fn hint(genesis: &Genesis, entry: &PeerEntry) -> Result<PeerHint, String> {
    let address = entry.address;
    let name = match (entry.key, entry.participant, entry.bic) {
        (Some(key), _, _) => PeerName::Key(key),
        (None, Some(participant), _) => PeerName::Participant(known(genesis, participant)?),
        (None, None, Some(bic)) => PeerName::Participant(participant(genesis, bic)?),
        (None, None, None) => return Err("name the peer by `bic`, `participant` or `key`".to_owned()),
    };
    Ok(PeerHint { name, address })
}

fn known(genesis: &Genesis, participant: ParticipantId) -> Result<ParticipantId, String> {
    let count = genesis.participants.len();
    let known = usize::try_from(participant.0).is_ok_and(|number| number < count);
    known.then_some(participant).ok_or_else(|| format!("the genesis has no participant {participant}"))
}

/// The number of a participant of the genesis.
///
/// # Errors
/// Says that there is none.
pub fn participant(genesis: &Genesis, bic: Bic) -> Result<ParticipantId, String> {
    let listed = (0u32..).zip(&genesis.participants).find(|(_, participant)| participant.bic == bic);
    listed.map(|(id, _)| ParticipantId(id)).ok_or_else(|| format!("the genesis has no participant {bic}"))
}
