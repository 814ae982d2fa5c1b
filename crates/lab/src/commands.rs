//! The commands of the laboratory, one file each.

pub mod bench;
pub mod demo;
pub mod sim;
pub mod testnet;
