//! Turns the peers of a configuration into nodes of the genesis: the keys come from there, only the
//! addresses from the configuration.

use std::net::SocketAddr;

use corridor_crypto::PublicKey;
use corridor_types::{Genesis, ParticipantId};

use super::{NodeConfig, PeerEntry};

/// A peer as the network needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResolvedPeer {
    /// Who runs it.
    pub participant: ParticipantId,
    /// How it authenticates.
    pub network_key: PublicKey,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Why a peer of the configuration is none of the genesis.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {position}: {problem}")]
pub struct PeerError {
    /// Which entry.
    pub position: usize,
    /// What is wrong with it.
    pub problem: String,
}

impl NodeConfig {
    /// The peers with their keys, in the order of the file.
    ///
    /// # Errors
    /// [`PeerError`] for a peer that the genesis does not list as a validator.
    pub fn resolve_peers(&self, genesis: &Genesis) -> Result<Vec<ResolvedPeer>, PeerError> {
        let peers = self.network.peers.iter().enumerate();
        peers
            .map(|(position, entry)| resolve(genesis, entry).map_err(|problem| PeerError { position, problem }))
            .collect()
    }
}

fn resolve(genesis: &Genesis, entry: &PeerEntry) -> Result<ResolvedPeer, String> {
    let participant = participant(genesis, entry)?;
    let validator = genesis.validators.iter().find(|validator| validator.participant == participant);
    let validator = validator.ok_or_else(|| format!("participant {participant} runs no validator in the genesis"))?;
    Ok(ResolvedPeer { participant, network_key: validator.network_key, address: entry.address })
}

fn participant(genesis: &Genesis, entry: &PeerEntry) -> Result<ParticipantId, String> {
    match (entry.participant, entry.bic) {
        (Some(participant), _) => Ok(participant),
        (None, Some(bic)) => {
            let listed = (0u32..).zip(&genesis.participants).find(|(_, participant)| participant.bic == bic);
            listed.map(|(id, _)| ParticipantId(id)).ok_or_else(|| format!("the genesis has no participant {bic}"))
        }
        (None, None) => Err("name the peer by `bic` or by `participant`".to_owned()),
    }
}
