//! Exact decimal numbers as XML Schema writes them (part 2, clause 3.2.3). No float anywhere.

/// A decimal number by its digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    /// Digits before the point, without leading zeros.
    whole: String,
    /// Digits after the point, without trailing zeros.
    fraction: String,
}

impl Decimal {
    /// Reads an optional sign, digits and an optional point; nothing else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Self { negative: text.starts_with('-') && !zero, whole, fraction })
    }

    pub(crate) fn is_negative(&self) -> bool {
        self.negative
    }

    /// Digits of the value: leading zeros and trailing zeros after the point do not count.
    pub(crate) fn total_digits(&self) -> u32 {
        let leading_zeros = match self.whole.is_empty() {
            true => self.fraction.len() - self.fraction.trim_start_matches('0').len(),
            false => 0,
        };
        count(self.whole.len() + self.fraction.len() - leading_zeros)
    }

    /// Digits after the point; trailing zeros do not count.
    pub(crate) fn fraction_digits(&self) -> u32 {
        count(self.fraction.len())
    }
}

/// A length as a digit count; beyond 32 bits it is certainly too many.
fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// An exact sum of non-negative decimals with at most [`Sum::SCALE`] digits after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sum {
    /// Units of ten to the power of minus [`Sum::SCALE`].
    units: u128,
}

impl Sum {
    /// Digits after the point: what `DecimalNumber` of the schemas allows.
    const SCALE: usize = 17;

    /// The number itself, or `None` if it is negative, too fine or too large.
    pub(crate) fn of(number: &Decimal) -> Option<Self> {
        let padding = Self::SCALE.checked_sub(number.fraction.len())?;
        let digits = format!("{}{}{}", number.whole, number.fraction, "0".repeat(padding));
        let units = digits.parse().ok().filter(|_| !number.negative)?;
        Some(Self { units })
    }

    /// `self + other`, or `None` on overflow.
    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        self.units.checked_add(other.units).map(|units| Self { units })
    }

    /// The written form without trailing zeros, for error messages.
    pub(crate) fn text(self) -> String {
        let padded = format!("{:0width$}", self.units, width = Self::SCALE + 1);
        let (whole, fraction) = padded.split_at(padded.len() - Self::SCALE);
        let fraction = fraction.trim_end_matches('0');
        if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[test]
    fn only_plain_decimals_are_numbers() {
        for good in ["0", "1", "-1", "+1.5", "1.", ".5", "000.500", "999999999999999999"] {
            assert!(Decimal::parse(good).is_some(), "{good}");
        }
        for bad in ["", ".", "+", "-", "1e5", "1E5", "1,5", "1 0", "0x1", "NaN", "INF", "--1", "1.2.3", "١"] {
            assert!(Decimal::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn digits_count_the_value_and_not_the_zeros_around_it() {
        for (text, total, fraction) in
            [("0", 0, 0), ("1000.00", 4, 0), ("007.50", 2, 1), ("0.00125", 3, 5), ("-12.3", 3, 1)]
        {
            let number = Decimal::parse(text).unwrap();
            assert_eq!((number.total_digits(), number.fraction_digits()), (total, fraction), "{text}");
        }
    }

    #[test]
    fn sums_are_exact() {
        let of = |text: &str| Sum::of(&Decimal::parse(text).unwrap());
        let sum = of("0.1").unwrap().plus(of("0.2").unwrap()).unwrap();
        assert_eq!(sum, of("0.30").unwrap());
        assert_eq!(sum.text(), "0.3");
        assert_eq!(of("250000").unwrap().text(), "250000");
        assert_eq!(of("-1"), None);
        assert_eq!(of("0.000000000000000001"), None);
        assert_eq!(of(&"9".repeat(40)), None);
    }
}
