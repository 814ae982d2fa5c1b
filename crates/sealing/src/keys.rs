//! The X25519 keys that details are sealed to and opened with. They never sign.

use std::fmt;

use corridor_types::SealingKey;
use hpke::{Kem as _, Serializable as _};
use zeroize::Zeroizing;

use crate::suite::{Kem, PrivateKey};

/// Why a sealing key was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealingKeyError {
    /// The number is 2^255-19 or more, or its top bit is set: another spelling of a smaller one.
    #[error("{key} is not the canonical form of an X25519 public key; copy it whole from the participant's record")]
    NotCanonical {
        /// The refused key, as given.
        key: SealingKey,
    },
    /// The point has a small order: whatever is sealed to it, everybody can open.
    #[error("{key} is a point of small order, to which nothing can be sealed; ask the participant for its real key")]
    SmallOrder {
        /// The refused key, as given.
        key: SealingKey,
    },
}

/// Refuses a second spelling of a key (one key would have two names) and points of small order. Call
/// it where a key enters a registry; [`crate::seal()`] does so for every recipient.
///
/// # Errors
/// [`SealingKeyError`].
pub fn check_sealing_key(key: SealingKey) -> Result<(), SealingKeyError> {
    if !is_canonical(&key) {
        return Err(SealingKeyError::NotCanonical { key });
    }
    // A clamped scalar is a multiple of the cofactor, so it takes exactly the points of small order
    // to zero (RFC 7748, section 6.1). Which scalar does not matter.
    let shared = x25519_dalek::StaticSecret::from([1; 32]).diffie_hellman(&x25519_dalek::PublicKey::from(key.0));
    if shared.was_contributory() { Ok(()) } else { Err(SealingKeyError::SmallOrder { key }) }
}

/// True if the little-endian number is below 2^255-19.
fn is_canonical(key: &SealingKey) -> bool {
    let [first, middle @ .., last] = &key.0;
    let at_the_top = *last == 0x7f && middle.iter().all(|byte| *byte == 0xff) && *first >= 0xed;
    *last <= 0x7f && !at_the_top
}

/// The secret half. Wiped on drop; never printed.
pub struct SealingSecret {
    seed: Zeroizing<[u8; 32]>,
    private: PrivateKey,
    public: SealingKey,
}

impl SealingSecret {
    /// The key that RFC 9180 (section 7.1.3, `DeriveKeyPair`) makes of this 32-byte seed. The
    /// caller brings the randomness.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let (private, public) = Kem::derive_keypair(seed);
        Self { seed: Zeroizing::new(*seed), private, public: SealingKey(public.to_bytes().into()) }
    }

    /// The seed, for writing to a key file.
    pub fn to_seed(&self) -> Zeroizing<[u8; 32]> {
        self.seed.clone()
    }

    /// The public half, for the participant's record.
    pub const fn public_key(&self) -> SealingKey {
        self.public
    }

    pub(crate) const fn private(&self) -> &PrivateKey {
        &self.private
    }
}

impl fmt::Debug for SealingSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingSecret(of {})", self.public)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn little_endian(first: u8, middle: u8, last: u8) -> SealingKey {
        let mut bytes = [middle; 32];
        bytes[0] = first;
        bytes[31] = last;
        SealingKey(bytes)
    }

    #[test]
    fn second_spellings_are_refused() {
        let check = |key| assert_eq!(check_sealing_key(key), Err(SealingKeyError::NotCanonical { key }));
        check(little_endian(0xed, 0xff, 0x7f)); // the prime itself
        check(little_endian(0xff, 0xff, 0x7f));
        check(little_endian(9, 0, 0x80)); // the base point with the ignored bit set
        assert_eq!(check_sealing_key(little_endian(9, 0, 0)), Ok(()));
        assert!(is_canonical(&little_endian(0xec, 0xff, 0x7f)));
        assert!(is_canonical(&little_endian(0xff, 0xfe, 0x7f)));
    }

    #[test]
    fn points_of_small_order_are_refused() {
        // The u-coordinates 0, 1 and -1, and the two of order 8.
        let eights = [
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        ];
        let mut keys = vec![little_endian(0, 0, 0), little_endian(1, 0, 0), little_endian(0xec, 0xff, 0x7f)];
        keys.extend(eights.map(|text| text.parse::<SealingKey>().unwrap()));
        for key in keys {
            assert_eq!(check_sealing_key(key), Err(SealingKeyError::SmallOrder { key }));
        }
    }

    #[test]
    fn secrets_give_their_seed_and_are_not_printed() {
        let secret = SealingSecret::from_seed(&[7; 32]);
        assert_eq!(check_sealing_key(secret.public_key()), Ok(()));
        assert_eq!(format!("{secret:?}"), format!("SealingSecret(of {})", secret.public_key()));
        assert_eq!(*secret.to_seed(), [7; 32]);
    }
}
