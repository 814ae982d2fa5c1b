//! What the signer promises, by conflict, by crash, by damage and by file.
#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_possible_truncation)]

mod conflicts;
mod crashes;
mod damage;
mod files;
mod fixtures;
