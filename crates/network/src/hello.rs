//! The first frame of every stream: which protocol, which ledger, which class, which process. Fixed
//! length, no optional part; in its place may come a refusal. Never trusts a byte: every mismatch is
//! a [`Failure`] that says what was found.

use crate::class::Class;
use crate::config::NodeId;
use crate::failure::Failure;
use crate::refusal::{self, Refusal};

/// First bytes of every hello.
const MAGIC: [u8; 8] = *b"CORRIDOR";

/// Version of the framing and of what travels in it. A change that old nodes would misread raises
/// it.
pub(crate) const PROTOCOL_VERSION: u16 = 2;

/// Length of a hello, in bytes: magic 8, version 2, genesis 32, class 1, session 16.
pub(crate) const HELLO_BYTES: u32 = 59;

/// Longest first frame that is read: a hello of another version should still be named.
pub(crate) const GREETING_BYTES: u32 = 128;

/// Names a process: random, new at every start.
pub(crate) type SessionId = [u8; 16];

/// What a node says of itself on every stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Greeter {
    /// The node's key.
    pub own: NodeId,
    /// Digest of the genesis: nodes of other ledgers are refused.
    pub genesis: [u8; 32],
    /// Names this run of the process.
    pub session: SessionId,
}

impl Greeter {
    /// The hello of a stream of `class`.
    pub(crate) fn encode(&self, class: Class) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HELLO_BYTES as usize);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&PROTOCOL_VERSION.to_be_bytes());
        bytes.extend_from_slice(&self.genesis);
        bytes.push(class.code());
        bytes.extend_from_slice(&self.session);
        bytes
    }

    /// Checks a peer's hello and returns the class of the stream and the peer's process.
    pub(crate) fn check(&self, bytes: &[u8]) -> Result<(Class, SessionId), Failure> {
        let (magic, rest) = bytes.split_first_chunk::<8>().ok_or(Failure::WrongMagic)?;
        if *magic == refusal::MAGIC {
            return Err(Failure::RefusedBy { refusal: Refusal::decode(rest)?, own: self.own });
        }
        if *magic != MAGIC {
            return Err(Failure::WrongMagic);
        }
        let (version, rest) = rest.split_first_chunk::<2>().ok_or(Failure::WrongMagic)?;
        let theirs = u16::from_be_bytes(*version);
        if theirs != PROTOCOL_VERSION {
            return Err(Failure::WrongVersion { theirs, ours: PROTOCOL_VERSION });
        }
        let (genesis, rest) = rest.split_first_chunk::<32>().ok_or(Failure::WrongMagic)?;
        if *genesis != self.genesis {
            return Err(Failure::WrongGenesis { theirs: hex(genesis), ours: hex(&self.genesis) });
        }
        let (code, session) = rest.split_first().ok_or(Failure::WrongMagic)?;
        let class = Class::from_code(*code).ok_or(Failure::UnknownClass { code: *code })?;
        let session = session.try_into().map_err(|_| Failure::WrongMagic)?;
        Ok((class, session))
    }
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Reason;

    const GREETER: Greeter = Greeter { own: NodeId([1; 32]), genesis: [7; 32], session: [9; 16] };

    /// The hello's bytes are the wire format: a change here needs a new version.
    #[test]
    fn the_bytes_are_pinned() {
        let mut expected = b"CORRIDOR\x00\x02".to_vec();
        expected.extend([7; 32]);
        expected.push(2);
        expected.extend([9; 16]);
        assert_eq!(GREETER.encode(Class::Lanes), expected);
        assert_eq!(expected.len(), HELLO_BYTES as usize);
    }

    #[test]
    fn every_class_is_read_back() {
        for class in Class::ALL {
            assert!(matches!(GREETER.check(&GREETER.encode(class)), Ok(read) if read == (class, [9; 16])));
        }
    }

    #[test]
    fn every_mismatch_is_named() {
        let good = GREETER.encode(Class::Sync);
        let flip = |index: usize| {
            let mut bytes = good.clone();
            bytes[index] ^= 0x80;
            bytes
        };
        let cases = [
            (flip(0), Reason::WrongProtocol),
            (flip(8), Reason::WrongProtocol),
            (flip(10), Reason::WrongGenesis),
            (flip(41), Reason::WrongGenesis),
            (flip(42), Reason::WrongClass),
            (good[..58].to_vec(), Reason::WrongProtocol),
            ([good.clone(), vec![0]].concat(), Reason::WrongProtocol),
            (Vec::new(), Reason::WrongProtocol),
            (Refusal::Full.encode(), Reason::Refused),
            (Refusal::Full.encode()[..20].to_vec(), Reason::WrongProtocol),
        ];
        for (bytes, expected) in cases {
            let found = GREETER.check(&bytes).map_err(|failure| failure.reason());
            assert_eq!(found, Err(expected), "{bytes:02x?}");
        }
    }

    /// A node of the first release is told apart by its version, not by its length.
    #[test]
    fn an_old_hello_names_its_version() {
        let old = [&b"CORRIDOR\x00\x01"[..], &[7; 32], &[2]].concat();
        assert!(matches!(GREETER.check(&old), Err(Failure::WrongVersion { theirs: 1, ours: 2 })));
    }
}
