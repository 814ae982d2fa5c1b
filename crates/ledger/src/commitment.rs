//! The commitment to the whole state: everything that can influence a later decision.

use corridor_crypto::{Digest, Domain};
use corridor_types::codec::Reader;
use corridor_types::{Decode, DecodeError, Encode, Epoch, Height, Parameters, Timestamp};

use crate::meta::{Meta, Upgrade};
use crate::tables::PerTable;

/// What the commitment is the digest of. Participants hold keys and supervisors, assets hold what
/// was issued, accounts hold standing consents; the genesis holds the first parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateRoots {
    /// Digest of the genesis.
    pub genesis: Digest,
    /// The last executed block.
    pub height: Height,
    /// The time of its last block, in milliseconds.
    pub time: Timestamp,
    /// The epoch of the block after it.
    pub epoch: Epoch,
    /// The rules with a number in them.
    pub parameters: Parameters,
    /// The protocol version of the block after it.
    pub protocol: u32,
    /// The version decided on and its first height.
    pub upgrade: Option<Upgrade>,
    /// Roots over the slots of each table.
    pub tables: PerTable<Digest>,
    /// How many events the log of references has.
    pub references: u64,
    /// Root of that log (RFC 9162).
    pub references_root: Digest,
}
corridor_types::codec_struct!(StateRoots {
    genesis,
    height,
    time,
    epoch,
    parameters,
    protocol,
    upgrade,
    tables,
    references,
    references_root,
});

impl Encode for PerTable<Digest> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.into_iter().for_each(|(_, root)| root.encode(out));
    }
}

impl Decode for PerTable<Digest> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::try_build(|_| Digest::decode(reader))
    }
}

impl StateRoots {
    /// Puts together what was hashed.
    pub(crate) fn new(genesis: Digest, meta: Meta, tables: PerTable<Digest>, log: (u64, Digest)) -> Self {
        let Meta { height, time, epoch, parameters, protocol, upgrade } = meta;
        let (references, references_root) = log;
        Self { genesis, height, time, epoch, parameters, protocol, upgrade, tables, references, references_root }
    }

    /// The commitment that outcomes carry.
    pub fn digest(&self) -> Digest {
        Digest::of(Domain::State, &self.to_bytes())
    }
}
