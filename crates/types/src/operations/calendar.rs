//! Business days and hours of a currency.

use serde::{Deserialize, Serialize};

use super::row::{BANKS, ISSUER, own, steps};
use crate::limits::MAX_HOLIDAYS;
use crate::{AssetId, Date};

/// Minutes of a UTC day; the end of opening hours may be this.
pub const MINUTES_PER_DAY: u16 = 24 * 60;

/// When payments of a currency settle. Days and minutes are UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Days of the week on which nothing settles, one bit each, Monday is bit 0.
    pub weekend: u8,
    /// Other days on which nothing settles, strictly ascending, at most [`MAX_HOLIDAYS`].
    pub holidays: Vec<Date>,
    /// The minute of the day from which payments settle, inclusive.
    pub opens: u16,
    /// The cut-off: the minute of the day until which payments settle, exclusive; at most
    /// [`MINUTES_PER_DAY`], and after `opens`.
    pub closes: u16,
}
crate::codec_struct!(Calendar { weekend, holidays[MAX_HOLIDAYS], opens, closes });

steps! {
    /// A step of a calendar.
    CalendarStep {
        /// The issuing central bank sets the business days and hours of its asset.
        0 "set" Set {
            /// Which asset.
            asset: AssetId,
            /// The calendar; without one payments settle at any time.
            calendar: Option<Calendar>,
        } => {
            by: BANKS,
            signed: own(1, ISSUER, "the asset's central bank"),
            entries: [SetCalendar]
        }
    }
}
