//! The written forms of dates, times and booleans (XML Schema part 2, clauses 3.2.2, 3.2.7-3.2.9).
//!
//! Narrower than the standard in one point: years have four digits and no sign.

use time::{Date, Month};

/// Largest offset from UTC: 14 hours.
const MAX_OFFSET_MINUTES: u32 = 14 * 60;

/// `2026-01-31`, optionally followed by a time zone.
pub(crate) fn is_date(text: &str) -> bool {
    text.split_at_checked(10).is_some_and(|(day, zone)| is_day(day) && (zone.is_empty() || is_zone(zone)))
}

/// `2026-01-31T10:00:00`, optionally with a fraction of a second and a time zone.
pub(crate) fn is_date_time(text: &str) -> bool {
    text.split_once('T').is_some_and(|(day, rest)| is_day(day) && is_time(rest))
}

/// `10:00:00`, optionally with a fraction of a second and a time zone.
pub(crate) fn is_time(text: &str) -> bool {
    let zone_at = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(zone_at);
    is_clock(clock) && (zone.is_empty() || is_zone(zone))
}

/// `true`, `false`, `1` or `0`.
pub(crate) fn is_boolean(text: &str) -> bool {
    matches!(text, "true" | "false" | "1" | "0")
}

fn is_day(text: &str) -> bool {
    calendar_day(text).is_some()
}

fn calendar_day(text: &str) -> Option<Date> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let year = i32::try_from(digits(year, 4)?).ok().filter(|year| *year > 0)?;
    let month = Month::try_from(u8::try_from(digits(month, 2)?).ok()?).ok()?;
    Date::from_calendar_date(year, month, u8::try_from(digits(day, 2)?).ok()?).ok()
}

fn is_clock(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = whole.splitn(3, ':').map(|part| digits(part, 2));
    let (Some(Some(hour)), Some(Some(minute)), Some(Some(second))) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let fraction_fits = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    let midnight = hour == 24 && minute == 0 && second == 0 && fraction.bytes().all(|b| b == b'0');
    fraction_fits && (midnight || (hour < 24 && minute < 60 && second < 60))
}

fn is_zone(text: &str) -> bool {
    if text == "Z" {
        return true;
    }
    let Some(offset) = text.strip_prefix(['+', '-']) else { return false };
    let Some((hours, minutes)) = offset.split_once(':') else { return false };
    match (digits(hours, 2), digits(minutes, 2)) {
        (Some(hours), Some(minutes)) => minutes < 60 && hours * 60 + minutes <= MAX_OFFSET_MINUTES,
        _ => false,
    }
}

/// Exactly `count` decimal digits (at most 4) as a number.
fn digits(text: &str, count: usize) -> Option<u32> {
    let fits = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}
