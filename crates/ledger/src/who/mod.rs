//! Who asks, who owns and who signed: helpers of all families, that know none of them.

pub(crate) mod given;
pub(crate) mod keys;
pub(crate) mod list;
pub(crate) mod owners;
pub(crate) mod signers;
