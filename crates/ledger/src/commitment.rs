//! The commitment to the whole state: everything that can influence a later decision.

use corridor_crypto::{Digest, Domain};
use corridor_types::{Encode, Epoch, Height, Parameters, Timestamp};

use crate::state::Upgrade;

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
    /// The rules with a number in them.
    pub parameters: Parameters,
    /// The protocol version of the block after it.
    pub protocol: u32,
    /// The version decided on and its first height.
    pub upgrade: Option<Upgrade>,
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
    /// Root over the slots of the programmes.
    pub programmes: Digest,
    /// Root over the slots of the licences.
    pub licences: Digest,
    /// Root over the slots of the required screening lists.
    pub lists: Digest,
    /// Root over the slots of the limits.
    pub limits: Digest,
    /// Root over the slots of the returns and recalls.
    pub refunds: Digest,
    /// Root over the slots of the open quotes.
    pub quotes: Digest,
    /// Root over the slots of the calendars.
    pub calendars: Digest,
    /// Root over the slots of the rulebooks.
    pub rulebooks: Digest,
    /// Root over the slots of the open proposals.
    pub proposals: Digest,
    /// Root over the slots of the savings of liquidity.
    pub savings: Digest,
}
corridor_types::codec_struct!(StateRoots {
    genesis,
    height,
    time,
    epoch,
    parameters,
    protocol,
    upgrade,
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
    programmes,
    licences,
    lists,
    limits,
    refunds,
    quotes,
    calendars,
    rulebooks,
    proposals,
    savings,
});

impl StateRoots {
    /// The commitment that outcomes carry.
    pub fn digest(&self) -> Digest {
        Digest::of(Domain::State, &self.to_bytes())
    }
}
