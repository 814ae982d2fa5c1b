//! The second frame of a Consensus stream: where the sender listens, and where it knows other
//! listed nodes to listen. Hints only: what is done with them is the address book's affair. Never
//! larger than a fixed bound, whatever the peer claims.

use std::net::SocketAddr;

use crate::address::{self, ADDRESS_BYTES, NOWHERE, is_dialable};
use crate::config::NodeId;
use crate::failure::Failure;

/// Most nodes named in an introduction: all validators, and as many others as may be connected.
pub(crate) const MAX_INTRODUCED: usize = 192;

const ENTRY_BYTES: usize = 32 + ADDRESS_BYTES;

/// Longest introduction, in bytes.
#[expect(clippy::cast_possible_truncation, reason = "9,618")]
pub(crate) const INTRODUCTION_BYTES: u32 = (ADDRESS_BYTES + MAX_INTRODUCED * ENTRY_BYTES) as u32;

/// What a peer tells of itself and of others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Introduction {
    /// Where the sender listens. An unspecified IP means the one that it is seen at.
    pub own: Option<SocketAddr>,
    /// Where others listen, as the sender believes.
    pub others: Vec<(NodeId, SocketAddr)>,
}

impl Introduction {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = address::encode(self.own.unwrap_or(NOWHERE)).to_vec();
        for (id, address) in self.others.iter().take(MAX_INTRODUCED) {
            bytes.extend_from_slice(&id.0);
            bytes.extend_from_slice(&address::encode(*address));
        }
        bytes
    }

    /// Reads an introduction. Addresses that nobody can dial are left out.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Failure> {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let wrong = || Failure::WrongIntroduction { length, limit: INTRODUCTION_BYTES };
        let (own, others) = bytes.split_first_chunk::<ADDRESS_BYTES>().ok_or_else(wrong)?;
        if length > INTRODUCTION_BYTES || !others.len().is_multiple_of(ENTRY_BYTES) {
            return Err(wrong());
        }
        let own = Some(address::decode(own)).filter(|own| own.port() != 0);
        let others = others.chunks_exact(ENTRY_BYTES).filter_map(read_entry).collect();
        Ok(Self { own, others })
    }
}

fn read_entry(bytes: &[u8]) -> Option<(NodeId, SocketAddr)> {
    let (id, address) = bytes.split_first_chunk::<32>()?;
    let address = address::decode(address.try_into().ok()?);
    is_dialable(address).then_some((NodeId(*id), address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u8, port: u16) -> (NodeId, SocketAddr) {
        (NodeId([number; 32]), SocketAddr::from(([10, 0, 0, number], port)))
    }

    #[test]
    fn an_introduction_is_read_back_without_what_cannot_be_dialled() {
        let own = Some(SocketAddr::from(([0, 0, 0, 0], 7)));
        let sent = Introduction { own, others: vec![entry(1, 1), entry(2, 0), entry(3, 3)] };
        let read = Introduction::decode(&sent.encode()).unwrap();
        assert_eq!(read, Introduction { own, others: vec![entry(1, 1), entry(3, 3)] });
        let none = Introduction::default();
        assert_eq!(Introduction::decode(&none.encode()).unwrap(), none);
    }

    #[test]
    fn any_other_length_is_refused() {
        let full = Introduction { own: None, others: vec![entry(1, 1); MAX_INTRODUCED + 1] }.encode();
        assert_eq!(full.len(), INTRODUCTION_BYTES as usize, "the surplus was not sent");
        assert!(Introduction::decode(&full).is_ok());
        for bytes in [&full[..full.len() - 1], &[&full[..], &[0; ENTRY_BYTES]].concat(), &full[..17], &[]] {
            assert!(Introduction::decode(bytes).is_err(), "{}", bytes.len());
        }
    }
}
