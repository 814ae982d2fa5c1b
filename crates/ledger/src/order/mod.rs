#![doc = include_str!("../../../../docs/ledger/legal-orders.md")]

pub(crate) mod rules;
#[cfg(test)]
mod tests;
