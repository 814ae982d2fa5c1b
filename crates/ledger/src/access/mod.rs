//! Openings of sealed details by who is no agent of the payment. An opening changes nothing: all
//! that it leaves is its entry, whose content covers the payment and the purpose, and the used
//! reference. No rule ever asks who opened what.
//!
//! | operation | who | codes |
//! |---|---|---|
//! | access.record of an open payment | the central bank of one of its agents; the authority of a licence that it names | `access_not_allowed` |
//! | access.record of a payment that is final | any central bank, any licensing authority | `access_not_allowed` |
//! | access.record of no payment | who may ask at all | `unknown_payment` |
//!
//! It takes one compliance or supervisor key. Observers may not ask at all. Of a payment that is
//! final the state keeps the reference alone, neither agents nor licences, so the ledger cannot
//! tell whose regulator may open it. It records the opening in any case, since an opening that is
//! not on the ledger would be worse; who else may read is a matter of the seal.

pub(crate) mod rules;
#[cfg(test)]
mod tests;
