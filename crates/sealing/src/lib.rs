//! The confidential details of a payment: what they hold, and how they are sealed to the parties
//! and their regulators.
//!
//! A payment on the ledger carries only [`Sealed::digest`]. The document itself travels beside it,
//! to those it is sealed to, and can be erased without breaking the chain. The digest is taken over
//! the ciphertext, so that everybody can check it and nobody needs the cleartext for that.
//!
//! How a record is sealed:
//!
//! 1. Its canonical encoding is padded to one of few [sizes](limits::SIZE_CLASSES).
//! 2. A random content secret gives, by HKDF-SHA256 bound to chain and UETR, a key and a
//!    *commitment* to it. ChaCha20-Poly1305 alone does not commit to its key: a sender could make
//!    one ciphertext that reads differently under two keys and show a regulator other goods than
//!    the bank. The commitment in the document makes all readers read the same.
//! 3. The content secret is wrapped for each recipient with HPKE (RFC 9180, base mode:
//!    DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305), bound to chain, UETR, participant
//!    and key.
//! 4. The body is encrypted with everything before it as associated data, so that no byte of the
//!    document, not even the wrap for somebody else, can change unnoticed by any reader.
//!
//! What this does not do: base mode does not say who sealed. The debtor agent's signature over the
//! payment, which carries the digest, does. Nor can a reader prove that the wraps of the *others*
//! open; each recipient finds that out alone, and who cannot read must object before settlement.
//! X25519 has no forward secrecy for recipients: who steals a sealing secret reads what was sealed
//! to it and was not erased.
//!
//! Pure: no clock, disk or socket; randomness comes from the caller. No rule about a payment lives
//! here: whether goods, sums and parties are acceptable is asked elsewhere.
//!
//! ```
//! use corridor_crypto::Digest;
//! use corridor_sealing::{Binding, Details, SealingSecret, open, seal};
//! use corridor_types::{ParticipantId, Uetr};
//! use rand_core::SeedableRng as _;
//!
//! let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/example.json"));
//! let details = Details::from_json(text.as_bytes()).unwrap();
//! let reader = SealingSecret::from_seed(&[7; 32]); // seed and stream are of a test
//! let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
//! let binding = Binding { genesis: Digest([1; 32]), uetr: Uetr::from_random([2; 16]) };
//!
//! let sealed = seal(&details, &binding, &[(ParticipantId(3), reader.public_key())], &mut rng).unwrap();
//! let digest = sealed.digest(); // what the payment carries
//! assert_eq!(open(&sealed, digest, &binding, ParticipantId(3), &reader).unwrap(), details);
//!
//! // Under another payment the same document does not open.
//! let other = Binding { uetr: Uetr::from_random([4; 16]), ..binding };
//! assert!(open(&sealed, digest, &other, ParticipantId(3), &reader).is_err());
//! ```
#![forbid(unsafe_code)]

mod binding;
mod body;
mod details;
mod keys;
pub mod limits;
mod padding;
mod seal;
mod sealed;
mod suite;
mod wrap;

pub use binding::Binding;
pub use corridor_types::SealingKey;
pub use details::{
    Account, Address, Birth, Contract, ControlEntry, Customer, Details, DetailsError, Document, Goods, Identity,
    Invoice, LicenceDetails, Money, Party, Quantity, TravelRule,
};
pub use keys::{SealingKeyError, SealingSecret, check_sealing_key};
pub use seal::{OpenError, SealError, open, seal};
pub use sealed::Sealed;
