//! The rules of licences: the steps of an authority, what a payment may draw on, and the figures.
//! Nothing here decides on money.

mod check;
mod steps;
mod uses;

pub(crate) use check::{check, check_standing, stopped};
pub(crate) use steps::stop_licences_of;
pub(crate) use uses::{audit, draw, release, reserve, restore};
