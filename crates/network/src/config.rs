//! What a node must be told to start its network: who it is, where it listens, whom it knows.
//! Never prints the secret key: [`Config`] has no `Debug`.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;

use libp2p::PeerId;
use libp2p::identity::{PublicKey, ed25519};
use libp2p::multihash::Multihash;
use zeroize::Zeroizing;

use crate::error::PeersError;
use crate::limits::Limits;

/// Most peers that [`crate::Network`] accepts, itself aside. The goal is 50 validators; observers
/// of as many banks and authorities fit four times over. Every per-peer limit in [`Limits`]
/// multiplies by the number of peers, so this caps the product.
pub const MAX_PEERS: usize = 256;

/// A node's Ed25519 network public key, which is its identity on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub [u8; 32]);

impl NodeId {
    /// The identity that belongs to a secret key.
    #[must_use]
    pub fn from_secret_key(secret_key: &Zeroizing<[u8; 32]>) -> Self {
        Self(keypair(secret_key).public().to_bytes())
    }

    /// The key behind libp2p's name, or `None` if it is no Ed25519 key.
    pub(crate) fn from_peer_id(peer_id: &PeerId) -> Option<Self> {
        let multihash: &Multihash<64> = peer_id.as_ref();
        let key = PublicKey::try_decode_protobuf(multihash.digest()).ok()?;
        Some(Self(key.try_into_ed25519().ok()?.to_bytes()))
    }

    /// libp2p's name for this key, or `None` if the bytes are no point of the curve.
    pub(crate) fn peer_id(self) -> Option<PeerId> {
        let key = ed25519::PublicKey::try_from_bytes(&self.0).ok()?;
        Some(PublicKey::from(key).to_peer_id())
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "NodeId({self})")
    }
}

/// A node that may connect, and where to dial it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The peer's network public key.
    pub id: NodeId,
    /// Where the peer listens. Port 0 means "never dialled": the peer must dial us.
    pub address: SocketAddr,
}

/// Everything [`crate::start`] needs.
pub struct Config {
    /// Where to listen. Port 0 lets the system choose; see [`crate::Network::local_addr`].
    pub listen: SocketAddr,
    /// The Ed25519 secret seed of this node's network key; wiped on drop. Not the voting key.
    pub secret_key: Zeroizing<[u8; 32]>,
    /// Hash of the ledger's genesis: nodes of different ledgers refuse each other.
    pub genesis: [u8; 32],
    /// The allow-list. This node's own entry is ignored. Replaced later with
    /// [`crate::Network::set_peers`].
    pub peers: Vec<Peer>,
    /// Sizes, queues and times.
    pub limits: Limits,
}

/// A checked allow-list, by identity.
pub(crate) type PeerList = BTreeMap<NodeId, KnownPeer>;

/// A peer whose key has been checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KnownPeer {
    pub peer_id: PeerId,
    pub address: SocketAddr,
}

/// Checks an allow-list as a whole, leaving out `local`.
pub(crate) fn check_peers(local: NodeId, peers: &[Peer]) -> Result<PeerList, PeersError> {
    let mut checked = PeerList::new();
    for peer in peers.iter().filter(|peer| peer.id != local) {
        let peer_id = peer.id.peer_id().ok_or(PeersError::InvalidKey { id: peer.id })?;
        let known = KnownPeer { peer_id, address: peer.address };
        if checked.insert(peer.id, known).is_some() {
            return Err(PeersError::Duplicate { id: peer.id });
        }
    }
    if checked.len() > MAX_PEERS {
        return Err(PeersError::TooMany { count: checked.len(), limit: MAX_PEERS });
    }
    Ok(checked)
}

/// The key pair of a secret seed. Every 32 bytes are a valid seed.
pub(crate) fn keypair(secret_key: &Zeroizing<[u8; 32]>) -> ed25519::Keypair {
    let mut seed = Zeroizing::new(**secret_key);
    let secret = ed25519::SecretKey::try_from_bytes(seed.as_mut_slice()).expect("an Ed25519 seed is any 32 bytes");
    ed25519::Keypair::from(secret)
}
