//! The first frame of every stream: which protocol, which ledger, which class. Fixed length, no
//! optional part. Never trusts a byte: every mismatch is a [`Failure`] that says what was found.

use crate::class::Class;
use crate::failure::Failure;

/// First bytes of every hello.
const MAGIC: [u8; 8] = *b"CORRIDOR";

/// Version of the framing and of what travels in it. A change that old nodes would misread raises
/// it.
pub(crate) const PROTOCOL_VERSION: u16 = 1;

/// Length of a hello, in bytes: magic 8, version 2, genesis 32, class 1.
pub(crate) const HELLO_BYTES: u32 = 43;

/// The hello of a stream of `class`.
pub(crate) fn encode(genesis: &[u8; 32], class: Class) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HELLO_BYTES as usize);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&PROTOCOL_VERSION.to_be_bytes());
    bytes.extend_from_slice(genesis);
    bytes.push(class.code());
    bytes
}

/// Checks a peer's hello and returns the class of the stream.
pub(crate) fn check(bytes: &[u8], genesis: &[u8; 32]) -> Result<Class, Failure> {
    let (magic, rest) = bytes.split_first_chunk::<8>().ok_or(Failure::WrongMagic)?;
    if *magic != MAGIC {
        return Err(Failure::WrongMagic);
    }
    let (version, rest) = rest.split_first_chunk::<2>().ok_or(Failure::WrongMagic)?;
    let theirs = u16::from_be_bytes(*version);
    if theirs != PROTOCOL_VERSION {
        return Err(Failure::WrongVersion { theirs, ours: PROTOCOL_VERSION });
    }
    let (their_genesis, rest) = rest.split_first_chunk::<32>().ok_or(Failure::WrongMagic)?;
    if their_genesis != genesis {
        return Err(Failure::WrongGenesis { theirs: hex(their_genesis), ours: hex(genesis) });
    }
    match rest {
        [code] => Class::from_code(*code).ok_or(Failure::UnknownClass { code: *code }),
        _ => Err(Failure::WrongMagic),
    }
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Reason;

    const GENESIS: [u8; 32] = [7; 32];

    /// The hello's bytes are the wire format: a change here needs a new version.
    #[test]
    fn the_bytes_are_pinned() {
        let mut expected = b"CORRIDOR\x00\x01".to_vec();
        expected.extend([7; 32]);
        expected.push(2);
        assert_eq!(encode(&GENESIS, Class::Lanes), expected);
        assert_eq!(expected.len(), HELLO_BYTES as usize);
    }

    #[test]
    fn every_class_is_read_back() {
        for class in Class::ALL {
            assert!(matches!(check(&encode(&GENESIS, class), &GENESIS), Ok(read) if read == class));
        }
    }

    #[test]
    fn every_mismatch_is_named() {
        let good = encode(&GENESIS, Class::Sync);
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
            (good[..42].to_vec(), Reason::WrongProtocol),
            ([good.clone(), vec![0]].concat(), Reason::WrongProtocol),
            (Vec::new(), Reason::WrongProtocol),
        ];
        for (bytes, expected) in cases {
            let found = check(&bytes, &GENESIS).map_err(|failure| failure.reason());
            assert_eq!(found, Err(expected), "{bytes:02x?}");
        }
    }
}
