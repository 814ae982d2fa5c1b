//! Distinct types for the numbers of the protocol, so that a height is never taken for a view.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::codec::{Decode, DecodeError, Encode, Reader};

/// A number of the protocol. What names somebody or something has no default: 0 is a real participant, a real
/// validator, a real epoch. What counts has one, of which `#[derive(Default)]` stands beside it: nothing so far.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// The next one. Stays at the largest number rather than wrap.
            #[must_use]
            pub const fn next(self) -> Self {
                // Saturating: none of them is ever reached.
                Self(self.0.saturating_add(1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl Encode for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                self.0.encode(out);
            }
        }

        impl Decode for $name {
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                <$inner>::decode(reader).map(Self)
            }
        }
    };
}
number! {
    /// A block's distance from genesis, which has height 0 and no block of its own.
    #[derive(Default)]
    Height(u64)
}
number! {
    /// One leader's turn to propose (Simplex: an iteration). The first view is 1.
    #[derive(Default)]
    View(u64)
}
number! {
    /// A stretch of blocks with one validator set. The first epoch is 0.
    Epoch(u64)
}
number! {
    /// A validator's weight. Quorum: `3 * signed > 2 * total`, in `u128`.
    VotingPower(u64)
}
number! {
    /// A validator's position in its epoch's set, which is ordered by participant.
    ValidatorIndex(u16)
}
number! {
    /// A participant's number in the ledger's registry, given at admission and never reused.
    ParticipantId(u32)
}
number! {
    /// An account's number on the ledger, given when it is opened and never reused.
    AccountId(u32)
}
number! {
    /// An asset's number on the ledger.
    AssetId(u16)
}
number! {
    /// A programme's number on the ledger, given when it is opened and never reused.
    ProgrammeId(u32)
}
number! {
    /// A screening list's number, given by the central bank that requires it.
    ListId(u32)
}
number! {
    /// A batch's position on its lane. The first batch is 1.
    #[derive(Default)]
    Sequence(u64)
}
number! {
    /// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
    #[derive(Default)]
    Timestamp(u64)
}

impl View {
    /// The view `views` later.
    #[must_use]
    pub const fn ahead(self, views: u64) -> Self {
        // Saturating: the last view is never reached.
        Self(self.0.saturating_add(views))
    }

    /// The view `views` earlier, at least that of genesis.
    #[must_use]
    pub const fn back(self, views: u64) -> Self {
        // Saturating: there is nothing before genesis.
        Self(self.0.saturating_sub(views))
    }
}

impl Timestamp {
    /// This time plus `millis`, at most the end of the range.
    #[must_use]
    pub const fn plus_ms(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this time; zero if `earlier` is later.
    pub const fn since_ms(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The UTC calendar day of this time.
    pub fn date(self) -> Date {
        Date(u32::try_from(self.0 / 86_400_000).unwrap_or(u32::MAX))
    }
}

/// A UTC calendar day, counted from 1970-01-01. Its text is ISO 8601, `2026-11-22`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Date(pub u32);

/// Why a text is not a calendar day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a calendar day from 1970 on; write it as YYYY-MM-DD")]
pub struct ParseDateError {
    /// The text, cut to a readable length.
    pub text: String,
}

const DAYS_PER_400_YEARS: u64 = 146_097;

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Date {
    /// The day with this civil date, from 1970 to 9999. `None` if there is none.
    pub fn from_civil(year: u64, month: u64, day: u64) -> Option<Self> {
        let fits = (1970..=9999).contains(&year) && (1..=12).contains(&month);
        if !fits || day == 0 || day > days_in_month(year, month) {
            return None;
        }
        let whole_years: u64 = (1970..year).map(|y| 365 + u64::from(is_leap(y))).sum();
        let whole_months: u64 = (1..month).map(|m| days_in_month(year, m)).sum();
        u32::try_from(whole_years + whole_months + day - 1).ok().map(Self)
    }

    /// Year, month (1-12) and day (1-31).
    pub fn to_civil(self) -> (u64, u64, u64) {
        let mut days = u64::from(self.0) % DAYS_PER_400_YEARS;
        let mut year = 1970 + u64::from(self.0) / DAYS_PER_400_YEARS * 400;
        while days >= 365 + u64::from(is_leap(year)) {
            days -= 365 + u64::from(is_leap(year));
            year += 1;
        }
        let mut month = 1;
        while days >= days_in_month(year, month) {
            days -= days_in_month(year, month);
            month += 1;
        }
        (year, month, days + 1)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.to_civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl std::str::FromStr for Date {
    type Err = ParseDateError;

    fn from_str(text: &str) -> Result<Self, ParseDateError> {
        let part = |from: usize, to: usize| -> Option<u64> {
            let digits = text.get(from..to)?;
            digits.bytes().all(|c| c.is_ascii_digit()).then(|| digits.parse().ok())?
        };
        let dashes = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
        dashes
            .then(|| Self::from_civil(part(0, 4)?, part(5, 7)?, part(8, 10)?))
            .flatten()
            .ok_or_else(|| ParseDateError { text: text.chars().take(40).collect() })
    }
}

impl Encode for Date {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }
}

impl Decode for Date {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        u32::decode(reader).map(Self)
    }
}

crate::serde_as_text!(Date);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn dates_round_trip_over_every_day_of_two_centuries() {
        for day in 0..73_050 {
            let (y, m, d) = Date(day).to_civil();
            assert_eq!(Date::from_civil(y, m, d), Some(Date(day)));
            assert_eq!(Date(day).to_string().parse(), Ok(Date(day)));
        }
    }

    #[test]
    fn known_days_and_impossible_days() {
        assert_eq!("2000-02-29".parse(), Ok(Date(11_016)));
        assert_eq!(Timestamp(951_782_400_000).date().to_string(), "2000-02-29");
        for bad in
            ["2001-02-29", "1969-12-31", "2026-13-01", "2026-00-01", "2026-1-01", "20260101", "+026-01-01", "é026-01-1"]
        {
            assert!(bad.parse::<Date>().is_err(), "{bad} was taken");
        }
    }
}
