//! The only holder of private keys, with its own durable record of what it signed.
//!
//! **The promise.** No two signatures that conflict ever leave this crate, whatever the machine
//! above asks for, whatever it forgot, and wherever the power failed. [`Signer::sign_all`] first
//! checks every request against the record, then appends what is new, syncs once, and only then
//! signs. A failed append or sync poisons the signer: after a failed `fsync` nobody knows what the
//! disk holds (the kernel marks the pages clean), so the only safe step is to end the process and
//! read the file again.
//!
//! **What conflicts.** Two blocks proposed in one view; votes that [`corridor_types::votes_conflict`]
//! names; two headers for one position of the own lane, one below the last position, or one that forks
//! the last; two outcomes for one height. Positions may be left out: another key of the validator
//! wrote them. Anything below the floor is refused because its record is gone. The
//! same request again is granted and gives the same signature (Ed25519 is deterministic): votes and
//! outcomes as long as their epoch is one of the two newest, a header of the own lane for good.
//! Acknowledgements never conflict and need no record.
//!
//! **Why not in the database.** RocksDB drops a damaged log tail when it opens, which is right for
//! state, because peers refill it, and fatal for votes. The record is a small file of its own whose
//! rules fit votes ([`frame`]): a record that was complete is never dropped silently.
//!
//! **What it cannot see.** A file that was replaced by an older copy of itself, or cut at the end
//! by hand: such a file looks like one after a crash. Never restore a record from a backup; a
//! validator that lost its record needs a new key. [`Signer::last_outcome`] lets the node compare
//! the record with its database.
//!
//! No protocol rule lives here beyond the conflicts, and no clock, network or database.
//!
//! ```
//! use corridor_crypto::{Digest, SecretKey, SigningContext};
//! use corridor_signer::{MemoryDisk, Refusal, Signer};
//! use corridor_types::{Epoch, ParticipantId, SignRequest, Validator, ValidatorSet, View, Vote, VoteKind, VotingPower};
//!
//! let key = SecretKey::from_seed(&[7; 32]); // of a test, like the disk in memory
//! let (public, network_key) = (key.public_key(), SecretKey::from_seed(&[8; 32]).public_key());
//! let me = Validator { participant: ParticipantId(0), key: public, network_key, power: VotingPower(1) };
//! let file = MemoryDisk::new().open().unwrap();
//! let mut signer = Signer::open(file, SigningContext::new(Digest([1; 32])), key).unwrap();
//! signer.enter(&ValidatorSet::new(Epoch(0), vec![me]).unwrap());
//!
//! let vote = |kind| SignRequest::Vote(Vote { epoch: Epoch(0), view: View(1), kind });
//! assert!(signer.sign_all(vec![vote(VoteKind::Nullify)]).unwrap()[0].is_ok());
//! // Who nullified a view never helps to finalize it, whatever the machine above asks for.
//! let refused = signer.sign_all(vec![vote(VoteKind::Finalize { block: Digest([2; 32]) })]).unwrap().remove(0);
//! assert!(matches!(refused, Err(Refusal::ConflictingVote { .. })));
//! ```
#![forbid(unsafe_code)]

mod disk;
mod error;
mod file;
pub mod frame;
mod history;
pub mod keyfile;
mod keyring;
mod memory;
mod signer;

pub use disk::DiskFile;
pub use error::{OpenError, RecordError, Refusal};
pub use file::RecordFile;
pub use keyring::Keyring;
pub use memory::{MemoryDisk, MemoryFile, Tail};
pub use signer::{COMPACT_ABOVE_BYTES, Signer};

#[cfg(test)]
mod tests;
