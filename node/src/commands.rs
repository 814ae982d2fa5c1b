//! The commands that need what the SDK does not give: a node's configuration, its disk, the whole command line.

pub mod audit;
pub mod completions;
pub mod node;
pub mod openapi;
