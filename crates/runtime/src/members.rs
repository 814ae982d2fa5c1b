//! Who may connect and where they are: the ledger says who, the configuration adds addresses.

use corridor_crypto::PublicKey;
use corridor_network::{MAX_ADDRESSES, NodeId, Peer, Role};
use corridor_replica::Membership;
use corridor_types::{ParticipantId, ValidatorSet};

use crate::config::{PeerHint, PeerName};

/// The network's name of a key.
pub const fn node_id(key: &PublicKey) -> NodeId {
    NodeId(key.0)
}

/// The key behind a network's name.
pub const fn key_of(id: &NodeId) -> PublicKey {
    PublicKey(id.0)
}

/// The allow-list: validators of this epoch and the next, those of the one before and registered
/// nodes as observers.
pub fn peers(members: &Membership, hints: &[PeerHint]) -> Vec<Peer> {
    let mut list: Vec<Peer> = Vec::new();
    let mut add = |participant: ParticipantId, key: &PublicKey, role: Role| {
        let id = node_id(key);
        if list.iter().all(|peer| peer.id != id) {
            list.push(Peer { id, addresses: addresses(participant, key, hints), role });
        }
    };
    let of = |set: &ValidatorSet| -> Vec<(ParticipantId, PublicKey)> {
        set.iter().map(|(_, validator)| (validator.participant, validator.network_key)).collect()
    };
    let voting = of(members.sets.current()).into_iter().chain(members.next.iter().flat_map(of));
    voting.for_each(|(participant, key)| add(participant, &key, Role::Validator));
    let before = members.sets.iter().rev().nth(1).map(of).unwrap_or_default();
    let others = before.into_iter().chain(members.nodes.iter().copied());
    others.for_each(|(participant, key)| add(participant, &key, Role::Observer));
    list
}

fn addresses(participant: ParticipantId, key: &PublicKey, hints: &[PeerHint]) -> Vec<std::net::SocketAddr> {
    let fits = |hint: &&PeerHint| match &hint.name {
        PeerName::Key(named) => named == key,
        PeerName::Participant(named) => *named == participant,
    };
    let mut found: Vec<_> = hints.iter().filter(fits).map(|hint| hint.address).collect();
    found.dedup();
    found.truncate(MAX_ADDRESSES);
    found
}
