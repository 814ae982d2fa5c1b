//! SHA-256 digests and the list of all hashing and signing domains.
//!
//! Never hash or sign without a [`Domain`]: a tag that two purposes share would let bytes made for
//! one be replayed as the other.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// Why a text is not the hexadecimal form of a fixed number of bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {bytes} bytes in hexadecimal; write exactly {} characters of 0-9 and a-f", bytes * 2)]
pub struct ParseHexError {
    /// The text as given, cut to a readable length.
    pub text: String,
    /// How many bytes were expected.
    pub bytes: usize,
}

pub(crate) fn parse_hex<const N: usize>(text: &str) -> Result<[u8; N], ParseHexError> {
    let mut bytes = [0u8; N];
    // Capitals are refused: one value, one text.
    let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    match hex::decode_to_slice(text, &mut bytes) {
        Ok(()) if lower => Ok(bytes),
        _ => Err(ParseHexError { text: text.chars().take(160).collect(), bytes: N }),
    }
}

/// Gives a type with `Display` and `FromStr` its text as its serde form, for JSON and TOML.
macro_rules! serde_as_text {
    ($name:ty) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use serde_as_text;

serde_as_text!(Digest);

/// What a digest or a signature is for. Its tag is the first thing hashed or signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Domain {
    /// The canonical genesis document; its digest names the chain.
    Genesis,
    /// A validator set, as committed to by block headers.
    ValidatorSet,
    /// A consensus block.
    Block,
    /// A leader's signature over its block.
    Proposal,
    /// A validator's signature over a consensus vote.
    Vote,
    /// A batch of transactions on a lane.
    Batch,
    /// A validator's acknowledgement that it stores a batch.
    Acknowledgement,
    /// A transaction without its signatures; its digest identifies the transaction.
    Transaction,
    /// The content of an operation that is no payment, apart from how long it is valid.
    Operation,
    /// One entry of a block's receipts.
    Entry,
    /// The content of a payment, apart from who signed it.
    Payment,
    /// A validator's signature over the outcome of a block.
    Outcome,
    /// One record of the ledger's state.
    Record,
    /// The commitment to the whole state of the ledger.
    State,
    /// One entry of the index of used references.
    Reference,
    /// The sealed details of a payment.
    Details,
    /// Evidence of misbehaviour.
    Evidence,
    /// The chain of bookings of an account.
    Statement,
}

impl Domain {
    /// The tag: ASCII, unique per domain and never a prefix of another (each ends in a zero byte).
    pub const fn tag(self) -> &'static [u8] {
        match self {
            Self::Genesis => b"corridor/genesis/1\0",
            Self::ValidatorSet => b"corridor/validator-set/1\0",
            Self::Block => b"corridor/block/1\0",
            Self::Proposal => b"corridor/proposal/1\0",
            Self::Vote => b"corridor/vote/1\0",
            Self::Batch => b"corridor/batch/1\0",
            Self::Acknowledgement => b"corridor/acknowledgement/1\0",
            Self::Transaction => b"corridor/transaction/1\0",
            Self::Operation => b"corridor/operation/1\0",
            Self::Entry => b"corridor/entry/1\0",
            Self::Payment => b"corridor/payment/1\0",
            Self::Outcome => b"corridor/outcome/1\0",
            Self::Record => b"corridor/record/1\0",
            Self::State => b"corridor/state/1\0",
            Self::Reference => b"corridor/reference/1\0",
            Self::Details => b"corridor/details/1\0",
            Self::Evidence => b"corridor/evidence/1\0",
            Self::Statement => b"corridor/statement/1\0",
        }
    }

    /// Every domain, for tests that compare them with each other.
    pub const ALL: [Self; 18] = [
        Self::Genesis,
        Self::ValidatorSet,
        Self::Block,
        Self::Proposal,
        Self::Vote,
        Self::Batch,
        Self::Acknowledgement,
        Self::Transaction,
        Self::Operation,
        Self::Entry,
        Self::Payment,
        Self::Outcome,
        Self::Record,
        Self::State,
        Self::Reference,
        Self::Details,
        Self::Evidence,
        Self::Statement,
    ];
}

/// A SHA-256 digest: 32 bytes, ordered as bytes, written as 64 lower-case hexadecimal characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// All zero bytes: the parent of the first block, the predecessor of a lane's first batch.
    pub const ZERO: Self = Self([0; 32]);

    /// The digest of `bytes` in `domain`: SHA-256 of the tag followed by the bytes.
    pub fn of(domain: Domain, bytes: &[u8]) -> Self {
        Self::of_parts(domain, &[bytes])
    }

    /// The digest of the concatenation of `parts` in `domain`. The caller sees to it that the
    /// concatenation is unambiguous (fixed widths, or canonical encodings).
    pub fn of_parts(domain: Domain, parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new_with_prefix(domain.tag());
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// The digest as bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first eight hexadecimal characters, for log lines; never for comparison.
    pub fn short(&self) -> String {
        hex::encode(&self.0[..4])
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.short())
    }
}

impl FromStr for Digest {
    type Err = ParseHexError;

    fn from_str(text: &str) -> Result<Self, ParseHexError> {
        parse_hex(text).map(Self)
    }
}

/// The chain that signatures are made for. A signature of another chain never verifies here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SigningContext {
    genesis: Digest,
}

impl SigningContext {
    /// The context of the chain whose genesis document has this digest.
    pub const fn new(genesis: Digest) -> Self {
        Self { genesis }
    }

    /// The digest of the genesis document.
    pub const fn genesis(&self) -> Digest {
        self.genesis
    }

    /// What is signed: the domain's tag, the genesis digest, then the body's canonical encoding.
    pub fn message(&self, domain: Domain, body: &[u8]) -> Vec<u8> {
        let tag = domain.tag();
        let mut message = Vec::with_capacity(tag.len() + 32 + body.len());
        message.extend_from_slice(tag);
        message.extend_from_slice(&self.genesis.0);
        message.extend_from_slice(body);
        message
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn no_tag_is_a_prefix_of_another() {
        for a in Domain::ALL {
            for b in Domain::ALL {
                assert!(a == b || !b.tag().starts_with(a.tag()), "{a:?} is a prefix of {b:?}");
            }
        }
    }

    #[test]
    fn digest_is_sha256_of_tag_and_bytes() {
        // printf 'corridor/block/1\0abc' | sha256sum
        assert_eq!(
            Digest::of(Domain::Block, b"abc").to_string(),
            "a91cf29962718f48bc1439ce8aa955dac5108cca62392a5b032d320a5cfa4439"
        );
    }

    #[test]
    fn text_form_round_trips_and_refuses_the_rest() {
        let digest = Digest::of(Domain::State, b"x");
        assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        for bad in ["", "00", &"g".repeat(64), &"0".repeat(63), &"A".repeat(64)] {
            assert!(bad.parse::<Digest>().is_err(), "{bad} was taken");
        }
    }

    #[test]
    fn messages_of_two_chains_and_two_domains_differ() {
        let a = SigningContext::new(Digest([1; 32]));
        let b = SigningContext::new(Digest([2; 32]));
        assert_ne!(a.message(Domain::Vote, b"v"), b.message(Domain::Vote, b"v"));
        assert_ne!(a.message(Domain::Vote, b"v"), a.message(Domain::Outcome, b"v"));
    }
}
