//! Digests, signing domains, Ed25519 keys and signatures, and Merkle trees.
//!
//! This crate is the bottom of the house: it imports no sibling, holds no protocol rule and never
//! reads a clock or a random source. Everything that is hashed or signed anywhere in Corridor goes
//! through a [`Domain`], so that bytes made for one purpose can never be taken for another.
//!
//! * [`Digest`], [`Domain`] — SHA-256 with domain separation.
//! * [`SigningContext`] — domain tag and genesis hash in front of every signed message.
//! * [`SecretKey`], [`PublicKey`], [`Signature`], [`BatchVerifier`] — Ed25519; one validity rule,
//!   ZIP-215, for single and batch verification (`docs/decisions/0002-zip215.md`).
//! * [`merkle`] — RFC 9162 trees: roots, inclusion and consistency proofs.
//! * [`Verified`] — a value whose signatures were checked.
//! * [`planted`] — bugs that a test build can turn on, to check the checkers.
//!
//! ```
//! use corridor_crypto::{Digest, Domain, SecretKey};
//!
//! let key = SecretKey::from_seed(&[7; 32]); // a real seed comes from the operating system
//! let signature = key.sign(b"message");
//! assert!(key.public_key().verify(b"message", &signature).is_ok());
//! assert!(key.public_key().verify(b"massage", &signature).is_err());
//!
//! // The same bytes, hashed for two purposes.
//! assert_ne!(Digest::of(Domain::Payment, b"bytes"), Digest::of(Domain::Details, b"bytes"));
//! ```
#![forbid(unsafe_code)]

mod digest;
mod keys;
pub mod merkle;
pub mod planted;
mod verified;

pub use digest::{Digest, Domain, ParseHexError, SigningContext};
pub use keys::{BatchVerifier, PublicKey, SecretKey, Signature, SignatureError};
pub use verified::Verified;
