//! An amount as people and programs both read it.

use serde::{Deserialize, Serialize};

use crate::{Amount, CurrencyCode};

/// An amount with its currency. `minor` is what counts; `decimal` is the same for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Whole minor units, as digits in a string.
    pub minor: Amount,
    /// The same with the currency's decimal point.
    pub decimal: String,
    /// The currency.
    pub currency: CurrencyCode,
}

impl Money {
    /// `amount` minor units of `currency`.
    pub fn new(amount: Amount, currency: CurrencyCode) -> Self {
        Self { minor: amount, decimal: amount.to_decimal(currency.minor_units()), currency }
    }
}
