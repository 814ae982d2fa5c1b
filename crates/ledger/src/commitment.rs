//! The commitment to the whole state: everything that can influence a later decision.

use corridor_crypto::{Digest, Domain};
use corridor_types::{Encode, Epoch, Height, Timestamp};

/// What the commitment is the digest of. Participants hold keys and supervisors, assets hold what
/// was issued, accounts hold standing consents; the genesis holds the parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateRoots {
    /// Digest of the genesis.
    pub genesis: Digest,
    /// The last executed block.
    pub height: Height,
    /// Its time.
    pub time: Timestamp,
    /// The epoch of the block after it.
    pub epoch: Epoch,
    /// Root over the slots of the participants.
    pub participants: Digest,
    /// Root over the slots of the assets.
    pub assets: Digest,
    /// Root over the slots of the accounts.
    pub accounts: Digest,
    /// Root over the slots of the client authorisations.
    pub clients: Digest,
    /// Root over the slots of the open payments.
    pub payments: Digest,
    /// How many events the log of references has.
    pub references: u64,
    /// Root of that log (RFC 9162).
    pub references_root: Digest,
    /// Root over the slots of the validator sets, one per epoch.
    pub validators: Digest,
    /// Root over the slots of the candidates.
    pub candidates: Digest,
    /// Root over the slots of the nodes that are no validators.
    pub nodes: Digest,
    /// Root over the ring of the last commitments, up to that of the block before.
    pub recent: Digest,
}
corridor_types::codec_struct!(StateRoots {
    genesis,
    height,
    time,
    epoch,
    participants,
    assets,
    accounts,
    clients,
    payments,
    references,
    references_root,
    validators,
    candidates,
    nodes,
    recent,
});

impl StateRoots {
    /// The commitment that outcomes carry.
    pub fn digest(&self) -> Digest {
        Digest::of(Domain::State, &self.to_bytes())
    }
}
