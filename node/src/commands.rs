//! The commands, one file each. A command reads its arguments, asks a node or a file, and prints;
//! what is allowed is the ledger's business.

pub mod account;
pub mod audit;
pub mod balance;
pub mod bench;
pub mod client;
pub mod completions;
pub mod consensus;
pub mod consent;
pub mod decide;
pub mod demo;
pub mod details;
pub mod events;
pub mod evidence;
pub mod genesis;
pub mod issue;
pub mod keys;
pub mod node;
pub mod openapi;
pub mod operation;
pub mod pay;
pub mod payment;
pub mod receipt;
pub mod show;
pub mod sim;
pub mod testnet;
pub mod validator;
