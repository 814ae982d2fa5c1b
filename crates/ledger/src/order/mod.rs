//! Legal orders: freeze, unfreeze, seize. A freeze is kept in the account or the client; there is no
//! table of its own, and nothing here moves money out of an account that is not frozen.
//!
//! Only central banks give orders, with two different Compliance or Supervisor keys and the
//! reference of the legal order. Orders execute before all other transactions of their block: what
//! was submitted together with a freeze meets it.
//!
//! # Rules in their order
//!
//! | step | authority | rules and codes |
//! |---|---|---|
//! | Freeze an account | issuer of its asset, or supervisor of its owner (`not_issuer`) | account exists (`unknown_account`); not frozen by the same central bank in this mode (`already_frozen`) |
//! | Freeze a client | supervisor of its sponsor (`not_supervisor`) | client exists (`unknown_client`); mode is debits (`freeze_mode_invalid`); not frozen (`already_frozen`) |
//! | Unfreeze | as for Freeze | exists; frozen by the same central bank (`not_frozen`) |
//! | Seize | issuer of the account's asset (`not_issuer`) | both accounts exist (`unknown_account`); they differ (`same_account`); one asset (`asset_mismatch`); amount above zero (`amount_zero`); account frozen by either (`not_frozen`); the other may receive (`account_frozen`); `available >= amount` (`insufficient_funds`) |
//!
//! # Legal moves
//!
//! | from | step | to |
//! |---|---|---|
//! | open | Freeze debits, Freeze all | frozen for debits, for all |
//! | frozen for debits | Freeze all, Unfreeze | frozen for all, open |
//! | frozen for all | Freeze debits, Unfreeze | frozen for debits, open |
//!
//! Where one central bank issues the currency and another supervises the owner, each has an order of
//! its own on the account and these are its moves: neither changes or ends the other's. The account
//! is as frozen as the stricter of the two says, and open when both have ended. A central bank that is
//! both has one order.
//!
//! A freeze refuses new payments (`account_frozen`, `client_frozen`) and lets open ones wait; a
//! freeze of debits lets money come in. After Unfreeze the waiting ones go on at the end of the
//! block. What open payments set aside stays theirs: it can be seized once they were rejected.
//! A balance limit of the receiving account does not stop a seizure.

pub(crate) mod rules;
#[cfg(test)]
mod tests;
