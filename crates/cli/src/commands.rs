//! The commands, one file each. A command reads its arguments, asks a node or a file, and prints;
//! what is allowed is the ledger's business.

pub mod account;
pub mod balance;
pub mod client;
pub mod consensus;
pub mod consent;
pub mod decide;
pub mod details;
pub mod events;
pub mod evidence;
pub mod genesis;
pub mod issue;
pub mod keys;
pub mod operation;
pub mod pay;
pub mod payment;
pub mod receipt;
pub mod register;
pub mod show;
pub mod validator;
