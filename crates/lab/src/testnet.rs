//! A whole network on one machine, for developers: four institutions, a validator each, money, an
//! authorised company and a first payment. Everything listens on 127.0.0.1.
//!
//! Nothing here is a shortcut through the rules: money is issued, clients are authorised and
//! payments are attested by the same signed transactions that real institutions send.

pub mod cast;
pub mod children;
pub mod create;
pub mod demonstration;
pub mod directory;
pub mod plan;
pub mod ports;
pub mod prepare;
pub mod readiness;
pub mod story;
#[cfg(test)]
mod tests;
