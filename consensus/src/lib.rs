#![doc = include_str!("../SPECIFICATION.md")]
#![forbid(unsafe_code)]

mod chain;
mod config;
mod engine;
mod interface;
mod leader;
mod pacing;
mod presence;
mod requests;
mod turn;
mod votes;

#[cfg(test)]
mod tests;

pub use config::{Config, Resume, Timeouts};
pub use engine::status::EngineStatus;
pub use engine::{Engine, VIEWS_AHEAD, VIEWS_BEHIND};
pub use interface::{Action, Input, Ready, Recipient};
pub use leader::{Leaders, MAX_CYCLE};
