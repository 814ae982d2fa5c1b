//! Tests of the whole engine. Signatures are dummies except where evidence is verified.
#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_possible_truncation)]

mod idle;
mod kit;
mod model;
mod network;
mod recovery;
mod safety;
mod schedules;
mod transitions;
