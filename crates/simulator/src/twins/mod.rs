//! Twins: the ordering engine that ships against validators that run twice.
//!
//! After Shehar Bano, Alberto Sonnino, Andrey Chursin, Dmitri Perelman, Zekun Li, Avery Ching and
//! Dahlia Malkhi, "Twins: BFT Systems Made Robust" (OPODIS 2021). A **twin** is a second instance
//! of a validator: same key, own memory, own record of what it signed, honest code. Both together
//! equivocate, forget and contradict themselves as an attacker would, without a line of attacking
//! code. A [`Scenario`] says who has a twin and, round by round, who hears whom and which kinds of
//! messages are lost; then the network heals.
//!
//! * *Leaders.* The paper enumerates the leader of each round. Here the leader of a view is fixed by
//!   the validator set (view `v` belongs to `v mod n` when weights are equal), so it is the choice
//!   of the validators with twins that is enumerated: which turns are played twice, and how far
//!   apart. For the same reason two validators are never interchangeable; only the two instances
//!   of one validator are, and such duplicates are left out.
//! * *Rounds.* A round is a stretch of virtual time in which one view can run out, not a view:
//!   what is repeated from an earlier view crosses the later round's partition, as in life.
//! * *Level.* Engines, not whole replicas: the content of blocks is a counter and every replica
//!   accepts it. That makes hundreds of scenarios a second.
//! * *Signatures* are real and made once per key and vote ([`Keyring`]). They are not verified on
//!   arrival, because nobody here can forge one; evidence is verified.
//! * A node has no link to itself, so two instances of one validator hear of each other only through
//!   others.
//!
//! What is checked is in [`checks`]. More than a third of twins may break agreement; then the
//! certificates that honest validators saw must prove who did it ([`guilt`]).
//!
//! Never here: disks, replicas, lanes, the ledger; those are the other simulator's.

pub mod campaign;
pub mod checks;
pub mod guilt;
mod instance;
mod keys;
mod record;
pub mod scenario;
pub mod scenarios;
mod world;

pub use campaign::{Options, OptionsError, Partitions, Summary, campaign, replay};
pub use checks::{Fork, Outcome, Violation};
pub use guilt::Testimony;
pub use keys::Keyring;
pub use scenario::{Drops, Kind, Round, Scenario, ScenarioError};
pub use scenarios::{Config, Samples, Scenarios};
pub use world::{run, run_weakened, run_with};
