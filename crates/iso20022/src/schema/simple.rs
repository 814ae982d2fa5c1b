//! Checks one value against a simple type: written form first, then the facets.

use super::{Base, SimpleType, UNBOUNDED, lexical};
use crate::decimal::Decimal;
use crate::error::{Code, Fault};

/// Codes of a list that are named in full in an error.
const MAX_LISTED_VALUES: usize = 12;

/// Whether `value` belongs to `simple`; the fault says what to change.
pub(crate) fn check(simple: &SimpleType, value: &str) -> Result<(), Fault> {
    match simple.base {
        Base::Text => check_text(simple, value),
        Base::Decimal => check_decimal(simple, trimmed(value)),
        Base::Date => form(
            lexical::is_date(trimmed(value)),
            Code::Date,
            "is not a calendar date",
            "write it as YYYY-MM-DD, for example 2026-01-31",
        ),
        Base::DateTime => form(
            lexical::is_date_time(trimmed(value)),
            Code::Time,
            "is not a date and time",
            "write it as YYYY-MM-DDThh:mm:ss with an offset, for example 2026-01-31T10:00:00Z",
        ),
        Base::Time => form(
            lexical::is_time(trimmed(value)),
            Code::Time,
            "is not a time",
            "write it as hh:mm:ss with an offset, for example 10:00:00Z",
        ),
        Base::Boolean => {
            form(lexical::is_boolean(trimmed(value)), Code::Boolean, "is neither true nor false", "write true or false")
        }
    }
}

/// All types but text ignore white space around the value (XML Schema part 2, clause 4.3.6).
pub(crate) fn trimmed(value: &str) -> &str {
    value.trim_matches([' ', '\t', '\r', '\n'])
}

fn form(holds: bool, code: Code, problem: &str, remedy: &str) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault::new(code, format!("the value {problem}"), remedy)) }
}

fn check_text(simple: &SimpleType, value: &str) -> Result<(), Fault> {
    check_length(simple, value)?;
    if let Some(pattern) = simple.pattern.filter(|pattern| !pattern.matches(value)) {
        let problem = format!("the value does not have the form of {}", simple.name);
        return Err(Fault::new(Code::Pattern, problem, format!("it must match {}", pattern.text)));
    }
    if !simple.values.is_empty() && !simple.values.contains(&value) {
        let problem = format!("the value is not a code of {}", simple.name);
        return Err(Fault::new(Code::Enumeration, problem, listed(simple.values)));
    }
    Ok(())
}

fn check_length(simple: &SimpleType, value: &str) -> Result<(), Fault> {
    let length = u32::try_from(value.chars().count()).unwrap_or(UNBOUNDED);
    if (simple.min_length..=simple.max_length).contains(&length) {
        return Ok(());
    }
    let remedy = match simple.max_length {
        UNBOUNDED => format!("give at least {} characters", simple.min_length),
        max => format!("give {} to {max} characters", simple.min_length),
    };
    Err(Fault::new(Code::Length, format!("the text has {length} characters"), remedy))
}

fn check_decimal(simple: &SimpleType, value: &str) -> Result<(), Fault> {
    let Some(number) = Decimal::parse(value) else {
        let remedy = "write digits with an optional decimal point: no exponent, separator or blank";
        return Err(Fault::new(Code::Decimal, "the value is not a decimal number", remedy));
    };
    if number.is_negative() && !simple.negative {
        return Err(Fault::new(Code::Negative, "the number is negative", "give 0 or more"));
    }
    let (total, fraction) = (number.total_digits(), number.fraction_digits());
    if total > simple.total_digits || fraction > simple.fraction_digits {
        let problem = format!("the number has {total} digits, {fraction} after the point");
        let remedy =
            format!("use at most {} digits, {} of them after the point", simple.total_digits, simple.fraction_digits);
        return Err(Fault::new(Code::Digits, problem, remedy));
    }
    Ok(())
}

fn listed(values: &[&str]) -> String {
    let shown = values.get(..MAX_LISTED_VALUES).unwrap_or(values).join(", ");
    let more = if values.len() > MAX_LISTED_VALUES { " or another of its list" } else { "" };
    format!("use one of {shown}{more}")
}
