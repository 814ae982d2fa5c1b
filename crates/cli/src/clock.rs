//! The clock and the random source of the command line. Only edges read them.

use std::time::{SystemTime, UNIX_EPOCH};

use corridor_types::{Date, Timestamp, Uetr};

use crate::failure::Failure;

/// The system's time.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Today, in UTC.
pub fn today() -> Date {
    now().date()
}

/// Random bytes from the operating system.
pub fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Failure::internal(format!("no random bytes: {error}")))?;
    Ok(bytes)
}

/// A new reference for a payment or an operation.
pub fn new_uetr() -> Result<Uetr, Failure> {
    random().map(Uetr::from_random)
}

/// A moment as people read it: `2026-11-22 12:00:00.000 UTC`.
pub fn readable(moment: Timestamp) -> String {
    let millis = moment.0 % 86_400_000;
    let (seconds, fraction) = (millis / 1000, millis % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{} {hour:02}:{minute:02}:{second:02}.{fraction:03} UTC", moment.date())
}
