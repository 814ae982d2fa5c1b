//! The written form of a moment: ISO 8601 in UTC with milliseconds.

use corridor_types::Timestamp;

/// `2026-11-22T10:00:00.000Z`.
pub(crate) fn written(moment: Timestamp) -> String {
    let millis = moment.0 % 86_400_000;
    let (seconds, fraction) = (millis / 1000, millis % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}.{fraction:03}Z", moment.date())
}
