//! What the storage promises: the same after a restart, all or nothing, never damaged data.
#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_possible_truncation)]

mod answers;
mod archive;
mod damage;
mod equivalence;
mod fixtures;
mod model;
mod opening;
mod reading;
mod snapshots;
