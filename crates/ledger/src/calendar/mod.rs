//! Calendars: on which days and at which hours payments of a currency settle.
//!
//! An asset has one calendar or none; its issuer sets, replaces or ends it with one issuer key
//! (`calendar.set`). It holds from the next transaction of the same block on. Days, hours and minutes
//! are UTC, and block time is the only clock. An asset without a calendar settles at any time.
//!
//! # What it says
//!
//! * A day is a *business day* if it is neither a weekend day nor a holiday.
//! * The asset is *open* on a business day from the minute `opens` until before the minute `closes`,
//!   the cut-off: with 08:00 and 16:00, from 08:00:00.000 to 15:59:59.999.
//!
//! # A payment's value date
//!
//! | value date | rule | the payment settles from |
//! |---|---|---|
//! | today or later, calendar | must be a business day (`not_business_day`) | the opening of that day |
//! | past, calendar | | at once, while the asset is open |
//! | any, no calendar | | midnight of that day |
//!
//! How far ahead a value date may lie is the rulebook's rule (`bad_value_date`), and that it opens
//! before the payment lapses that of its expiry (`bad_expiry`). A payment of a later day has nothing
//! set aside: it waits in its account's queue once it is attested, and takes its money on its day. A
//! payment of today after the cut-off is accepted and waits for the next opening.
//!
//! The opening of a payment's own day is fixed when it is accepted. Whether the asset is open is
//! asked anew at every block, of the calendar of then. Calendars bind payments: issuing, redeeming,
//! returns, seizures and exchanges have no hours.
//!
//! # Codes of `calendar.set`, in order
//!
//! `not_issuer` (authority); `unknown_asset`; `calendar_malformed`: no weekday is open or a bit is set
//! that is no weekday, the day ends before it begins or after midnight, holidays are too many or not
//! strictly ascending.

pub(crate) mod rules;
#[cfg(test)]
mod tests;

use corridor_types::AssetId;
use corridor_types::operations::Calendar;

use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};

/// An asset's calendar, in the slot of its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AssetCalendar(pub Option<Calendar>);

impl corridor_types::Encode for AssetCalendar {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }
}

impl corridor_types::Decode for AssetCalendar {
    fn decode(reader: &mut corridor_types::codec::Reader<'_>) -> Result<Self, corridor_types::DecodeError> {
        corridor_types::Decode::decode(reader).map(Self)
    }
}

/// The calendars by asset.
#[derive(Debug, Clone)]
pub(crate) struct Calendars {
    pub slots: Slots<AssetCalendar>,
}

impl Index<AssetCalendar> for Calendars {
    fn new(slots: Slots<AssetCalendar>, _: &Meta) -> Result<Self, Misplaced> {
        Ok(Self { slots })
    }
}

impl Calendars {
    pub fn get(&self, asset: AssetId) -> Option<&Calendar> {
        self.slots.get(u32::from(asset.0))?.0.as_ref()
    }

    pub fn set(&mut self, asset: AssetId, calendar: Option<Calendar>) {
        self.slots.put(u32::from(asset.0), Some(AssetCalendar(calendar)));
    }
}
