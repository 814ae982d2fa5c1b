//! What an institution does from a shell: the commands of the binary `corridor` that ask a node or read a
//! file, and what they share.
//!
//! Everything here goes through the SDK (`corridor-client`), like any other program of a bank. It never
//! knows the running node, its database or the replica, and decides nothing: what is allowed is the
//! ledger's business.
#![forbid(unsafe_code)]

pub mod actor;
pub mod clock;
pub mod commands;
mod decision;
mod draft;
pub mod failure;
pub mod files;
#[cfg(test)]
mod fixtures;
pub mod genesis_file;
pub mod genesis_spec;
pub mod keyring;
pub mod money;
pub mod output;
pub mod payment_form;
mod payment_text;
pub mod profile;
mod registry;
mod sealing;
pub mod session;
pub mod stopping;
