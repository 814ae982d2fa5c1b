//! The rules, one file per group of operations.
//!
//! A `check_…` or `plan_…` function only reads and refuses with the first rule that fails; it is
//! what execution decides by and what [`Ledger::check`](crate::Ledger::check) asks ahead of time,
//! so no rule is written twice. An `apply_…` function only writes; after the checks nothing in it
//! can fail but an invariant ([`Halt`](crate::Halt)).

pub(crate) mod answer;
pub(crate) mod authority;
pub(crate) mod expire;
pub(crate) mod keys;
pub(crate) mod kinds;
pub(crate) mod lifecycle;
pub(crate) mod list;
pub(crate) mod money;
pub(crate) mod nodes;
pub(crate) mod pay;
pub(crate) mod plan;
pub(crate) mod registry;
pub(crate) mod signers;
pub(crate) mod together;
pub(crate) mod validators;
