//! Who votes: declared candidates, the sets of the epochs, and the decision on the next one.

pub(crate) mod candidate;
pub(crate) mod epochs;
pub(crate) mod rules;
mod signatures;
