//! The commitment to the whole state: everything that can influence a later decision.

use corridor_crypto::{Digest, Domain};
use corridor_types::{Encode, Height, Timestamp};

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
}
corridor_types::codec_struct!(StateRoots {
    genesis,
    height,
    time,
    participants,
    assets,
    accounts,
    clients,
    payments,
    references,
    references_root,
});

impl StateRoots {
    /// The commitment that outcomes carry.
    pub fn digest(&self) -> Digest {
        Digest::of(Domain::State, &self.to_bytes())
    }
}
