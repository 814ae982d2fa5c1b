//! Holds: payments that wait for officers. The state of a hold is in the payment
//! ([`Hold`](crate::Hold)); there is no table of its own, and no way around the deadline.
//!
//! # Who
//!
//! A *party* of a payment is one of its two agents, or the central bank that supervises one. The
//! *holder* is the party that set the hold; for holds of the ledger itself (a screening that officers
//! must look at, a licence that is missing) it is the agent concerned.
//!
//! | step | keys | who |
//! |---|---|---|
//! | Hold | one: Operator or Compliance of a bank, Compliance or Supervisor of a central bank | a party (`not_party`) |
//! | Release, Reject | two different ones: Compliance of a bank, Compliance or Supervisor of a central bank | the holder, or the central bank of an agent; if a central bank holds it, that one alone (`not_holder`) |
//!
//! # Rules in their order
//!
//! | step | rules and codes |
//! |---|---|
//! | Hold | payment open (`unknown_payment`, `wrong_payment_status`, `payment_expired`); not held (`already_held`); reason is not the ledger's own, `licence_missing` (`reason_not_allowed`); `block time < deadline <= block time + hold_max_ms` of the stricter rulebook, `deadline <= expiry`, and not within the next hour unless these two end it sooner (`bad_deadline`) |
//! | Release | payment open; held (`not_held`); `block time < deadline` (`hold_lapsed`); the reason is not a missing licence (`licence_missing`: there is none to go on with; only Reject or a new payment helps) |
//! | Reject | reason is an officer's (`reason_not_allowed`); payment open; held; `block time < deadline` |
//!
//! # Legal moves
//!
//! | from | step | to |
//! |---|---|---|
//! | awaiting attestation, queued | Hold | held; what was set aside stays set aside |
//! | held | Release | held again, where an agent found a possible match while somebody else held it; else settled if nothing else is missing, else awaiting attestation, else queued |
//! | held | Reject | rejected, with the officers' reason as code |
//! | held | the sweep, in blocks at the deadline or later | rejected, `hold_lapsed` |
//!
//! Each step reports an entry for itself and one for the payment. What is held again is the officers'
//! of that agent, as if the ledger held it then; of two agents, the one that found it first.

pub(crate) mod rules;
#[cfg(test)]
mod tests;
