//! The interface over real sockets, with a fake node behind it.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod details;
mod document;
mod events;
mod fake;
mod hostile;
mod lifecycle;
mod listing;
mod reading;
mod steps;
mod submitting;
mod support;
