//! Where the chain stands: the one record that is no table's, and the protocol version.

use corridor_types::persist::{Change, GENESIS_HEIGHT, Table};
use corridor_types::{Encode, Epoch, Genesis, Height, Parameters, Timestamp};

/// One record: height, time and the epoch that follows.
pub const META: Table = Table(0);

/// The key of that record.
pub(crate) const META_KEY: [u8; 1] = [0];

/// The one record of the table [`META`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Meta {
    pub height: Height,
    pub time: Timestamp,
    /// Of the block after.
    pub epoch: Epoch,
    /// The rules with a number in them; genesis sets the first ones.
    pub parameters: Parameters,
    /// The protocol version of the block after.
    pub protocol: u32,
    /// What was decided to follow it.
    pub upgrade: Option<Upgrade>,
}
corridor_types::codec_struct!(Meta { height, time, epoch, parameters, protocol, upgrade });

/// A protocol version that was decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upgrade {
    /// Number of the protocol version.
    pub version: u32,
    /// The first block that it governs.
    pub height: Height,
}
corridor_types::codec_struct!(Upgrade { version, height });

/// The protocol version that this program knows. It executes no block of another one.
pub const PROTOCOL_VERSION: u32 = 1;

impl Meta {
    /// Before the first block.
    pub const fn genesis(genesis: &Genesis) -> Self {
        let (height, time, epoch, parameters) = (GENESIS_HEIGHT, genesis.time, Epoch(0), genesis.parameters);
        Self { height, time, epoch, parameters, protocol: 1, upgrade: None }
    }

    /// As it is kept.
    pub fn record(&self) -> Change {
        Change { table: META, key: META_KEY.to_vec(), value: Some(self.to_bytes()) }
    }
}
