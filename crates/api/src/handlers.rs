//! One function per route: read the parameters, ask the node, write its answer. No decisions.

pub mod accounts;
pub mod chain;
pub mod details;
pub mod objects;
pub mod operations;
pub mod payments;
pub mod registry;
pub mod submit;
