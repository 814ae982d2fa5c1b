#![doc = include_str!("../SPECIFICATION.md")]
//!
//! # The machine
//!
//! A pure one: inputs with a time go in, what to persist, sign and send comes out.
//!
//! ```
//! use corridor_consensus::{Config, Engine, Resume, Timeouts};
//! use corridor_crypto::{Digest, SecretKey};
//! use corridor_types::{Epoch, ParticipantId, Validator, ValidatorIndex, ValidatorSet, VotingPower};
//!
//! let key = |seed| SecretKey::from_seed(&[seed; 32]).public_key();
//! let me = Validator { participant: ParticipantId(0), key: key(1), network_key: key(2), power: VotingPower(1) };
//! let validators = ValidatorSet::new(Epoch(0), vec![me]).unwrap();
//! let timeouts = Timeouts::default();
//! let config = Config { validators, me: Some(ValidatorIndex(0)), genesis: Digest([3; 32]), timeouts };
//!
//! // Time is a number that comes in; the engine only says when it wants to be asked again.
//! let engine = Engine::new(config, Resume::default());
//! assert!(engine.next_deadline().is_some());
//! ```
#![forbid(unsafe_code)]

mod chain;
mod config;
mod engine;
mod interface;
mod invariants;
mod leader;
mod pacing;
mod presence;
mod requests;
mod turn;
mod votes;

#[cfg(test)]
mod tests;

pub use config::{Config, Resume, Timeouts};
pub use engine::status::EngineStatus;
pub use engine::{Engine, VIEWS_AHEAD, VIEWS_BEHIND};
pub use interface::{Action, Input, Ready, Recipient};
pub use leader::{Leaders, MAX_CYCLE};
