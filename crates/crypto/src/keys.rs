//! Ed25519 keys, signatures, and their single and batch verification.
//!
//! `ed25519-dalek` holds secret keys and signs; `ed25519-zebra` verifies by ZIP-215, where a batch
//! accepts exactly what single checks accept. `ed25519_dalek::verify_batch` must never decide
//! anything here: two honest nodes could then disagree about one signature.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::Signer as _;
use ed25519_zebra::{VerificationKey, VerificationKeyBytes, batch};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use sha2::{Digest as _, Sha256};

use crate::digest::{ParseHexError, parse_hex, serde_as_text};

serde_as_text!(PublicKey);
serde_as_text!(Signature);

/// Why a signature or key was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The 32 bytes are not the encoding of a curve point, or of one with a small order.
    #[error("the public key is not a usable Ed25519 point; check that it was copied whole")]
    BadPublicKey,
    /// The signature does not match key and message.
    #[error("the signature does not match the key and the message")]
    BadSignature,
}

/// An Ed25519 public key: 32 bytes as on the wire. Checked when it is registered ([`PublicKey::validate`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// Refuses bytes that are no curve point, no canonical encoding of one (one key would have two
    /// names), or a point of small order (under which anybody's signature could pass). Call it wherever a key enters the ledger's registry.
    ///
    /// # Errors
    /// [`SignatureError::BadPublicKey`].
    pub fn validate(&self) -> Result<(), SignatureError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(&self.0).map_err(|_| SignatureError::BadPublicKey)?;
        let canonical = key.to_edwards().compress().to_bytes() == self.0;
        if canonical && !key.is_weak() { Ok(()) } else { Err(SignatureError::BadPublicKey) }
    }

    /// Checks one signature over `message` by the ZIP-215 rule.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        VerificationKey::try_from(self.0)
            .map_err(|_| SignatureError::BadPublicKey)?
            .verify(&ed25519_zebra::Signature::from_bytes(&signature.0), message)
            .map_err(|_| SignatureError::BadSignature)
    }

    /// The first eight hexadecimal characters, for log lines.
    pub fn short(&self) -> String {
        hex::encode(&self.0[..4])
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.short())
    }
}

impl FromStr for PublicKey {
    type Err = ParseHexError;

    fn from_str(text: &str) -> Result<Self, ParseHexError> {
        parse_hex(text).map(Self)
    }
}

/// An Ed25519 signature: 64 bytes as on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature(pub [u8; 64]);

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", hex::encode(&self.0[..4]))
    }
}

impl FromStr for Signature {
    type Err = ParseHexError;

    fn from_str(text: &str) -> Result<Self, ParseHexError> {
        parse_hex(text).map(Self)
    }
}

/// An Ed25519 secret key. Wiped on drop; never printed.
pub struct SecretKey(ed25519_dalek::SigningKey);

impl SecretKey {
    /// The key with this 32-byte seed (RFC 8032, 5.1.5). The caller brings the randomness.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The seed, for writing to a key file. Wipe it after use.
    pub fn to_seed(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs `message`; deterministic (RFC 8032), so the same vote always has the same signature.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.public_key().short())
    }
}

/// Collects signatures and checks them all at once; agrees with single checks by definition.
///
/// The random coefficients of the batch equation come from a ChaCha20 stream seeded by the hash of
/// everything queued, so an author cannot choose signatures that cancel against known
/// coefficients, and the result needs no random source.
#[derive(Default)]
pub struct BatchVerifier {
    items: Vec<batch::Item>,
    seed: Sha256,
}

impl BatchVerifier {
    /// An empty batch, which verifies.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one signature over `message`.
    pub fn queue(&mut self, key: &PublicKey, message: &[u8], signature: &Signature) {
        self.seed.update(key.0);
        self.seed.update(signature.0);
        self.seed.update((message.len() as u64).to_be_bytes());
        self.seed.update(message);
        let signature = ed25519_zebra::Signature::from_bytes(&signature.0);
        self.items.push(batch::Item::from((VerificationKeyBytes::from(key.0), signature, message)));
    }

    /// How many signatures were added.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True if none was added.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// True if every signature is valid.
    pub fn verify(&self) -> bool {
        let mut verifier = batch::Verifier::new();
        for item in &self.items {
            verifier.queue(item.clone());
        }
        verifier.verify(ChaCha20Rng::from_seed(self.seed.clone().finalize().into())).is_ok()
    }

    /// Checks each signature on its own and returns the positions of the bad ones, for naming the
    /// culprit after [`BatchVerifier::verify`] said no.
    pub fn find_invalid(&self) -> Vec<usize> {
        let bad = |(position, item): (usize, &batch::Item)| item.clone().verify_single().err().map(|_| position);
        self.items.iter().enumerate().filter_map(bad).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn key(n: u8) -> SecretKey {
        SecretKey::from_seed(&[n; 32])
    }

    #[test]
    fn rfc8032_test_vector_1() {
        let seed = parse_hex::<32>("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
        let secret = SecretKey::from_seed(&seed);
        assert_eq!(secret.public_key().to_string(), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        let signature = secret.sign(b"");
        assert!(signature.to_string().starts_with("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065"));
        assert_eq!(secret.public_key().verify(b"", &signature), Ok(()));
    }

    #[test]
    fn a_changed_message_key_or_signature_is_refused() {
        let (secret, other) = (key(1), key(2));
        let signature = secret.sign(b"pay");
        let mut changed = signature;
        changed.0[40] ^= 1;
        assert_eq!(secret.public_key().verify(b"pay", &signature), Ok(()));
        assert!(secret.public_key().verify(b"pax", &signature).is_err());
        assert!(other.public_key().verify(b"pay", &signature).is_err());
        assert!(secret.public_key().verify(b"pay", &changed).is_err());
    }

    #[test]
    fn small_order_and_malformed_keys_are_not_registered() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert!(PublicKey(identity).validate().is_err());
        assert!(PublicKey([0; 32]).validate().is_err());
        assert!(PublicKey([0xff; 32]).validate().is_err());
        assert!(key(3).public_key().validate().is_ok());
    }

    #[test]
    fn batch_and_single_checks_agree_and_name_the_culprit() {
        let mut good = BatchVerifier::new();
        let mut bad = BatchVerifier::new();
        for n in 0..40u8 {
            let secret = key(n % 5);
            let message = [n; 16];
            let signature = secret.sign(&message);
            good.queue(&secret.public_key(), &message, &signature);
            let wrong = if n == 17 { key(9).sign(&message) } else { signature };
            bad.queue(&secret.public_key(), &message, &wrong);
        }
        assert_eq!(good.find_invalid(), Vec::<usize>::new());
        assert!(good.verify());
        assert_eq!(bad.find_invalid(), vec![17]);
        assert!(!bad.verify());
        assert!(BatchVerifier::new().verify());
    }
}
