//! Reads amounts of the command line: decimals of a currency, never a float.

use corridor_types::{Amount, CurrencyCode, readable_sum};

use crate::failure::Failure;

/// The minor units of `text` in `currency`; `field` names the argument in the error.
///
/// # Errors
/// A usage failure.
pub fn parse(field: &str, text: &str, currency: CurrencyCode) -> Result<Amount, Failure> {
    let digits = currency.minor_units();
    Amount::parse_decimal(text, digits)
        .map_err(|error| Failure::usage(format!("{field}: {error} ({currency} has {digits} decimals)")))
}

/// As [`parse`], and above zero.
///
/// # Errors
/// A usage failure.
pub fn parse_positive(field: &str, text: &str, currency: CurrencyCode) -> Result<Amount, Failure> {
    match parse(field, text, currency)? {
        Amount::ZERO => Err(Failure::usage(format!("{field}: {text:?} is zero; write an amount above zero"))),
        amount => Ok(amount),
    }
}

/// An amount with its currency, thousands apart: `125,000.00 BRL`.
pub fn readable(amount: Amount, currency: CurrencyCode) -> String {
    readable_sum(u128::from(amount.0), currency)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn currency(code: &str) -> CurrencyCode {
        code.parse().unwrap()
    }

    #[test]
    fn the_currency_decides_about_decimals() {
        let check = |text, code, minor| assert_eq!(parse("--amount", text, currency(code)), Ok(Amount(minor)));
        check("1000.00", "BRL", 100_000);
        check("1000", "JPY", 1_000);
        check("1.5", "BHD", 1_500);
        check("0", "BRL", 0);
    }

    #[test]
    fn errors_name_argument_value_and_decimals() {
        for (text, code) in [("10.5", "JPY"), ("1.001", "BRL"), ("1e3", "BRL"), ("-1", "BRL"), ("1,000.00", "BRL")] {
            let failure = parse("--amount", text, currency(code)).unwrap_err();
            assert!(failure.message.starts_with("--amount: ") && failure.message.contains(text), "{failure}");
            assert_eq!(failure.kind.exit_code(), 2);
        }
        assert!(parse_positive("--amount", "0.00", currency("BRL")).is_err());
    }

    #[test]
    fn amounts_are_readable() {
        let check = |minor, code, text| assert_eq!(readable(Amount(minor), currency(code)), text);
        check(12_500_000, "BRL", "125,000.00 BRL");
        check(5, "BRL", "0.05 BRL");
        check(99_900, "ZAR", "999.00 ZAR");
        check(1_000, "JPY", "1,000 JPY");
        check(u64::MAX, "JPY", "18,446,744,073,709,551,615 JPY");
        let sum = readable_sum(u128::from(u64::MAX) * 100, currency("BRL"));
        assert_eq!(sum, "18,446,744,073,709,551,615.00 BRL");
    }
}
