//! The commands that need more than the SDK: a node's configuration, its disk, or other processes.

pub mod audit;
pub mod bench;
pub mod completions;
pub mod demo;
pub mod node;
pub mod openapi;
pub mod sim;
pub mod testnet;
