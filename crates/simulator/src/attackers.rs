//! Validators that lie, one file each. An attacker runs a real replica and changes what it sends.

mod equivocator;

pub use equivocator::Equivocator;
