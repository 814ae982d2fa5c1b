#![doc = include_str!("../../../../docs/ledger/holds.md")]

pub(crate) mod rules;
#[cfg(test)]
mod tests;
