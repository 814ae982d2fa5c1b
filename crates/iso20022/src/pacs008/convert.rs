//! From the text of a field to its value; each fault says what to write instead.
//!
//! The schema has usually checked the form already; these checks go further (check digits, code
//! lists) and hold on their own for messages that the schema has refused.

use corridor_types::{Amount, Bic, CountryCode, CurrencyCode, Date, IdError, Lei, Uetr};

use super::model::Account;
use crate::error::{Code, Fault};
use crate::text::Text;

pub(super) fn text<const MAX: usize>(value: &str) -> Result<Text<MAX>, Fault> {
    Text::new(value).map_err(|error| Fault::new(Code::Length, error.to_string(), "correct the text"))
}

/// A text that says something: not only white space.
pub(super) fn name(value: &str) -> Result<Text<140>, Fault> {
    if value.trim().is_empty() {
        let problem = "the name is blank";
        return Err(Fault::new(Code::Required, problem, "give the legal name of the party"));
    }
    text(value)
}

pub(super) fn uetr(value: &str) -> Result<Uetr, Fault> {
    value.parse().map_err(|error| identifier(Code::Uetr, &error))
}

pub(super) fn bic(value: &str) -> Result<Bic, Fault> {
    Bic::parse(value).map_err(|error| identifier(Code::Bic, &error))
}

pub(super) fn lei(value: &str) -> Result<Lei, Fault> {
    value.parse().map_err(|error| identifier(Code::Lei, &error))
}

pub(super) fn currency(value: &str) -> Result<CurrencyCode, Fault> {
    value.parse().map_err(|error| identifier(Code::Currency, &error))
}

pub(super) fn country(value: &str) -> Result<CountryCode, Fault> {
    value.parse().map_err(|error| identifier(Code::Country, &error))
}

fn identifier(code: Code, error: &IdError) -> Fault {
    Fault::new(code, format!("it is not a valid {}", error.kind), error.problem)
}

/// A positive amount of a currency, with no more decimals than the currency has.
pub(super) fn amount(value: &str, currency: CurrencyCode) -> Result<Amount, Fault> {
    let digits = currency.minor_units();
    let amount = Amount::parse_decimal(value.trim(), digits).map_err(|error| {
        let remedy = format!("write an amount of {currency} with at most {digits} decimals");
        Fault::new(Code::Amount, error.problem, remedy)
    })?;
    if amount == Amount::ZERO {
        return Err(Fault::new(Code::Amount, "the amount is zero", "pay more than zero"));
    }
    Ok(amount)
}

/// A calendar day; a time zone after it is ignored, as the ledger's days are UTC.
pub(super) fn date(value: &str) -> Result<Date, Fault> {
    let day = value.trim();
    day.get(..10).unwrap_or(day).parse().map_err(|_| {
        let problem = "it is not a calendar day from 1970 on";
        Fault::new(Code::Date, problem, "write it as YYYY-MM-DD")
    })
}

pub(super) fn iban(value: &str) -> Result<Account, Fault> {
    if !iban_fits(value) {
        let remedy = "compare it with the account holder's statement; a character was mistyped";
        return Err(Fault::new(Code::Iban, "the check digits of the IBAN do not fit", remedy));
    }
    text(value).map(Account::Iban)
}

/// ISO 13616: the first four characters moved to the end, letters as 10 to 35, leave 1 modulo 97.
fn iban_fits(value: &str) -> bool {
    let Some((head, tail)) = value.split_at_checked(4) else { return false };
    let mut rest = 0_u32;
    for character in tail.chars().chain(head.chars()) {
        let Some(digit) = character.to_digit(36) else { return false };
        rest = (rest * if digit < 10 { 10 } else { 100 } + digit) % 97;
    }
    rest == 1
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[test]
    fn iban_check_digits() {
        // Examples published with ISO 13616.
        for good in ["GB29NWBK60161331926819", "DE89370400440532013000", "BR1800360305000010009795493C1"] {
            assert!(iban(good).is_ok(), "{good}");
        }
        for bad in ["GB29NWBK60161331926818", "", "GB", "é€B29NWBK60161331926819", "GB29 NWBK"] {
            assert_eq!(iban(bad).unwrap_err().code, Code::Iban, "{bad}");
        }
    }

    #[test]
    fn amounts_follow_their_currency() {
        let check = |text: &str, code: &str, expected: Option<u64>| {
            let found = amount(text, code.parse().unwrap());
            assert_eq!(found.as_ref().ok().map(|amount| amount.0), expected, "{text} {code}");
        };
        check("125000.00", "BRL", Some(12_500_000));
        check("125000", "BRL", Some(12_500_000));
        check(" 1.5 ", "BRL", Some(150));
        check("7", "JPY", Some(7));
        for bad in ["0", "0.00", "-1", "+1", "1e3", "1,00", "1.001", "", ".", "18446744073709551616"] {
            check(bad, "BRL", None);
        }
        check("7.0", "JPY", None);
    }
}
