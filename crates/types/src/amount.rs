//! Amounts of money: whole minor units, checked arithmetic, no float anywhere.

use std::fmt;

use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::ids::CurrencyCode;

/// A quantity of one asset in its minor units (cents for most currencies). 64 bits hold the 18
/// digits of an ISO 20022 amount; sums over accounts are made in `u128`. In JSON it is a string of
/// digits, because JSON readers lose integers above 2^53.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(pub u64);

/// Why a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an amount: {problem}")]
pub struct ParseAmountError {
    /// The text, cut to a readable length.
    pub text: String,
    /// What is wrong and what would be right.
    pub problem: &'static str,
}

impl Amount {
    /// No money at all.
    pub const ZERO: Self = Self(0);

    /// The sum; `None` if it exceeds 64 bits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference; `None` if `other` is larger.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Reads a decimal number such as `125000.00` of a currency with `minor_units` digits. Fewer
    /// decimals are filled with zeros; more, a sign, an exponent or separators are refused.
    ///
    /// # Errors
    /// [`ParseAmountError`].
    pub fn parse_decimal(text: &str, minor_units: u8) -> Result<Self, ParseAmountError> {
        let error = |problem| ParseAmountError { text: text.chars().take(40).collect(), problem };
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(decimals) || text.ends_with('.') {
            return Err(error("write digits with at most one decimal point, such as 1250.00"));
        }
        let missing = usize::from(minor_units)
            .checked_sub(decimals.len())
            .ok_or_else(|| error("it has more decimals than the currency has"))?;
        let minor = format!("{whole}{decimals}{}", "0".repeat(missing));
        minor.parse().map(Self).map_err(|_| error("it is larger than the ledger can hold"))
    }

    /// The amount as a decimal number of a currency with `minor_units` digits.
    pub fn to_decimal(self, minor_units: u8) -> String {
        let width = usize::from(minor_units) + 1;
        let digits = format!("{:0width$}", self.0);
        let (whole, decimals) = digits.split_at(digits.len() - usize::from(minor_units));
        if decimals.is_empty() { whole.to_owned() } else { format!("{whole}.{decimals}") }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Amount {
    type Err = ParseAmountError;

    /// Reads whole minor units.
    fn from_str(text: &str) -> Result<Self, ParseAmountError> {
        Self::parse_decimal(text, 0)
    }
}

impl Encode for Amount {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }
}

impl Decode for Amount {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        u64::decode(reader).map(Self)
    }
}

crate::serde_as_text!(Amount);

/// Any number of minor units as people read them, thousands apart and with the currency: `125,000.00 BRL`.
pub fn readable_sum(minor: u128, currency: CurrencyCode) -> String {
    let decimals = usize::from(currency.minor_units());
    let digits = format!("{minor:0width$}", width = decimals + 1);
    let (whole, decimals) = digits.split_at(digits.len() - decimals);
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if decimals.is_empty() { "" } else { "." };
    format!("{grouped}{point}{decimals} {currency}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_become_minor_units_exactly() {
        let check = |text, digits, minor| assert_eq!(Amount::parse_decimal(text, digits), Ok(Amount(minor)));
        check("125000.00", 2, 12_500_000);
        check("0.1", 2, 10);
        check("7", 2, 700);
        check("7", 0, 7);
        check("1.234", 3, 1_234);
        check("184467440737095516.15", 2, u64::MAX);
        check("007.50", 2, 750);
    }

    #[test]
    fn everything_else_is_refused() {
        for bad in
            ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,000", "1.001", "184467440737095516.16", "1.0.0", "１", " 1"]
        {
            assert!(Amount::parse_decimal(bad, 2).is_err(), "{bad:?} was taken");
        }
    }

    proptest! {
        #[test]
        fn text_round_trips(minor: u64, digits in 0u8..5) {
            prop_assert_eq!(Amount::parse_decimal(&Amount(minor).to_decimal(digits), digits), Ok(Amount(minor)));
        }
    }
}
