//! The commands that need more than the SDK: a node's configuration, its disk, or other processes.

pub mod audit;
pub mod completions;
pub mod node;
pub mod openapi;
