//! What a node must be told to start its network: who it is, where it listens, whom it knows.
//! Never prints the secret key: [`Config`] has no `Debug`.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;

use libp2p::PeerId;
use libp2p::identity::{PublicKey, ed25519};
use libp2p::multihash::Multihash;
use zeroize::Zeroizing;

use crate::address::is_dialable;
use crate::error::PeersError;
use crate::limits::Limits;

/// Most validators that the list may hold, this node aside: the goal is 50 at a time, and during a
/// change of the set the old and the new ones are listed together.
pub const MAX_VALIDATORS: usize = 128;

/// Most other nodes that the list may hold: observers of banks and authorities. They are only
/// known; how many may be connected is [`Limits::others_connected`], and only connections cost
/// queues.
pub const MAX_OTHERS: usize = 1024;

/// Most addresses kept per node, configured and learnt together: an old one, a new one, and a
/// second path of each. Every one costs at most a failed dial.
pub const MAX_ADDRESSES: usize = 4;

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

/// What a listed node is to this one. It decides who may be refused when the places are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Votes, and is always admitted.
    Validator,
    /// Admitted while fewer than [`Limits::others_connected`] are connected.
    Observer,
}

/// A node that may connect, and where to dial it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The peer's network public key.
    pub id: NodeId,
    /// Where the peer listens, at most [`MAX_ADDRESSES`], tried in turn. Empty: it is dialled once
    /// its address is learnt from itself or from another peer.
    pub addresses: Vec<SocketAddr>,
    /// What it is.
    pub role: Role,
}

/// Everything [`crate::start`] needs.
pub struct Config {
    /// Where to listen. Port 0 lets the system choose; see [`crate::Network::local_addr`].
    pub listen: SocketAddr,
    /// Where peers should dial this node, told to each of them. An unspecified IP means "where you
    /// see me", port 0 the port listened on; so the same value as `listen` is right except behind
    /// a translating gateway. `None`: told to nobody, and dialled only by those who configured it.
    pub advertise: Option<SocketAddr>,
    /// Random bytes, new at every start of the process: they tell a reconnect of this process from
    /// a second process with the same key.
    pub session: [u8; 16],
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownPeer {
    pub peer_id: PeerId,
    pub addresses: Vec<SocketAddr>,
    pub role: Role,
}

/// Checks an allow-list as a whole, leaving out `local`.
pub(crate) fn check_peers(local: NodeId, peers: &[Peer]) -> Result<PeerList, PeersError> {
    let mut checked = PeerList::new();
    for peer in peers.iter().filter(|peer| peer.id != local) {
        if checked.insert(peer.id, check_peer(peer)?).is_some() {
            return Err(PeersError::Duplicate { id: peer.id });
        }
    }
    for (role, limit) in [(Role::Validator, MAX_VALIDATORS), (Role::Observer, MAX_OTHERS)] {
        let count = checked.values().filter(|peer| peer.role == role).count();
        if count > limit {
            return Err(PeersError::TooMany { role, count, limit });
        }
    }
    Ok(checked)
}

fn check_peer(peer: &Peer) -> Result<KnownPeer, PeersError> {
    let id = peer.id;
    let peer_id = id.peer_id().ok_or(PeersError::InvalidKey { id })?;
    if peer.addresses.len() > MAX_ADDRESSES {
        return Err(PeersError::TooManyAddresses { id, count: peer.addresses.len(), limit: MAX_ADDRESSES });
    }
    if let Some(address) = peer.addresses.iter().copied().find(|address| !is_dialable(*address)) {
        return Err(PeersError::UnusableAddress { id, address });
    }
    Ok(KnownPeer { peer_id, addresses: peer.addresses.clone(), role: peer.role })
}

/// The key pair of a secret seed. Every 32 bytes are a valid seed.
pub(crate) fn keypair(secret_key: &Zeroizing<[u8; 32]>) -> ed25519::Keypair {
    let mut seed = Zeroizing::new(**secret_key);
    let secret = ed25519::SecretKey::try_from_bytes(seed.as_mut_slice()).expect("an Ed25519 seed is any 32 bytes");
    ed25519::Keypair::from(secret)
}
