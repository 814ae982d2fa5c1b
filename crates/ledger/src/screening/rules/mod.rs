//! The rules of screening: the two steps, and what counts as evidence.

mod evidence;
mod steps;

pub(crate) use evidence::{are_fresh, check_creditor, check_debtor};
