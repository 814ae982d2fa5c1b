//! What a refused node is told instead of a hello, so that its operator knows what to do. Of fixed
//! length; says nothing that the other end does not already know about itself.

use std::net::SocketAddr;

use crate::address::{self, ADDRESS_BYTES, NOWHERE};
use crate::config::NodeId;
use crate::failure::Failure;
use crate::hello::PROTOCOL_VERSION;

/// First bytes of every refusal.
pub(crate) const MAGIC: [u8; 8] = *b"REFUSED!";

/// Why a node does not serve another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The key is not on the list of the refusing node.
    UnknownKey,
    /// Another process with the same key is connected to the refusing node, and answers.
    Duplicate {
        /// Where the other process is connected from, as the refusing node sees it.
        address: SocketAddr,
    },
    /// The refusing node has no place for another node that is not a validator.
    Full,
}

impl Refusal {
    /// What the operator of the refused node, whose key is `own`, should read.
    #[must_use]
    pub fn explain(&self, own: NodeId) -> String {
        match self {
            Self::UnknownKey => format!("it does not know this node's network key {own}; register it"),
            Self::Duplicate { address } => {
                format!("another node with this key is connected: from {address}; stop one of the two")
            }
            Self::Full => "it serves as many nodes that are not validators as it may; use another peer".to_owned(),
        }
    }

    const fn code(self) -> u8 {
        match self {
            Self::UnknownKey => 1,
            Self::Duplicate { .. } => 2,
            Self::Full => 3,
        }
    }

    /// Magic 8, version 2, code 1, address 18.
    pub(crate) fn encode(self) -> Vec<u8> {
        let address = if let Self::Duplicate { address } = self { address } else { NOWHERE };
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&PROTOCOL_VERSION.to_be_bytes());
        bytes.push(self.code());
        bytes.extend_from_slice(&address::encode(address));
        bytes
    }

    /// Reads what follows the magic bytes.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Failure> {
        let (version, rest) = bytes.split_first_chunk::<2>().ok_or(Failure::WrongMagic)?;
        let theirs = u16::from_be_bytes(*version);
        if theirs != PROTOCOL_VERSION {
            return Err(Failure::WrongVersion { theirs, ours: PROTOCOL_VERSION });
        }
        let (code, address) = rest.split_first().ok_or(Failure::WrongMagic)?;
        let address: &[u8; ADDRESS_BYTES] = address.try_into().map_err(|_| Failure::WrongMagic)?;
        match code {
            1 => Ok(Self::UnknownKey),
            2 => Ok(Self::Duplicate { address: address::decode(address) }),
            3 => Ok(Self::Full),
            _ => Err(Failure::WrongMagic),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_is_read_back_and_the_bytes_are_pinned() {
        let address = SocketAddr::from(([10, 0, 0, 1], 258));
        for refusal in [Refusal::UnknownKey, Refusal::Duplicate { address }, Refusal::Full] {
            let bytes = refusal.encode();
            assert_eq!(Refusal::decode(&bytes[MAGIC.len()..]).ok(), Some(refusal));
            for length in 0..bytes.len() - MAGIC.len() {
                assert!(Refusal::decode(&bytes[MAGIC.len()..][..length]).is_err(), "{length}");
            }
        }
        let mut expected = b"REFUSED!\x00\x02\x02".to_vec();
        expected.extend([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1, 1, 2]);
        assert_eq!(Refusal::Duplicate { address }.encode(), expected);
    }
}
