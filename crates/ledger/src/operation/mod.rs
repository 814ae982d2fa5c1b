//! The one place that knows all families of operations: who may ask, what is decided, in what order.
//!
//! A `check_…` or `plan_…` function only reads and refuses with the first rule that fails; it is
//! what execution decides by and what [`Ledger::check`](crate::Ledger::check) asks ahead of time,
//! so no rule is written twice. An `apply_…` function only writes; after the checks nothing in it
//! can fail but an invariant ([`Halt`](crate::Halt)).

mod authority;
pub(crate) mod check;
pub(crate) mod decide;
mod families;
mod payments;
mod report;
