#![doc = include_str!("../SPECIFICATION.md")]
#![forbid(unsafe_code)]

mod certificates;
mod chain;
mod config;
mod engine;
mod evidence;
mod finality;
mod interface;
mod leader;
mod pacing;
mod presence;
mod proposing;
mod requests;
mod status;
mod view;
mod votes;
mod voting;

#[cfg(test)]
mod tests;

pub use config::{Config, Resume, Timeouts};
pub use engine::{Engine, VIEWS_AHEAD, VIEWS_BEHIND};
pub use interface::{Action, Input, Ready, Recipient};
pub use leader::{Leaders, MAX_CYCLE};
pub use status::EngineStatus;
