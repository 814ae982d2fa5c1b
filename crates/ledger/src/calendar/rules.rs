//! What a calendar may look like, and what it says about a day and an hour. Never reads a clock but
//! block time.

use corridor_types::limits::MAX_HOLIDAYS;
use corridor_types::operations::{Calendar, CalendarStep, MINUTES_PER_DAY};
use corridor_types::{AssetId, Code, Date, Payment, Timestamp};

use crate::Halt;
use crate::family::{Asked, Doing, Family};
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::who::owners::check_issuer;

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 1_440 * MINUTE_MS;

/// In so many days every calendar opens after a time of the first: one weekday is open in each week,
/// and holidays and that first day can take so many of them.
const DAYS_TO_AN_OPENING: u32 = {
    #[allow(clippy::cast_possible_truncation, reason = "260")]
    let weeks = MAX_HOLIDAYS as u32 + 2;
    7 * weeks
};

/// All seven days of the week; also the largest number without a bit above Sunday's.
const WHOLE_WEEK: u8 = 0x7f;

impl Family for CalendarStep {
    type Planned<'a> = &'a Self;

    fn check_authority(&self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<(), Refusal> {
        let Self::Set { asset, .. } = self;
        check_issuer(state, participant, *asset)
    }

    fn plan<'a>(&'a self, &Asked { state, .. }: &Asked<'_>) -> Result<&'a Self, Refusal> {
        let Self::Set { asset, calendar } = self;
        check_set(state, *asset, calendar.as_ref())?;
        Ok(self)
    }

    fn apply(Doing { state, .. }: Doing<'_>, Self::Set { asset, calendar }: &Self) -> Result<(), Halt> {
        state.calendars.set(*asset, calendar.clone());
        Ok(())
    }
}

/// Checks a calendar that is to be set; ending one is always allowed.
pub(super) fn check_set(state: &State, asset: AssetId, calendar: Option<&Calendar>) -> Result<(), Refusal> {
    ensure(state.assets.get(asset).is_some(), Code::UnknownAsset, "asset", || format!("there is no asset {asset}"))?;
    calendar.map_or(Ok(()), check_form)
}

fn check_form(Calendar { weekend, holidays, opens, closes }: &Calendar) -> Result<(), Refusal> {
    let malformed = Code::CalendarMalformed;
    ensure(*weekend < WHOLE_WEEK, malformed, "calendar.weekend", || {
        format!("{weekend:#x}; bit 0 is Monday, bit 6 Sunday, and one of the seven must be clear")
    })?;
    let ordered = holidays.len() <= MAX_HOLIDAYS && holidays.windows(2).all(|pair| pair[0] < pair[1]);
    ensure(ordered, malformed, "calendar.holidays", || {
        format!("{} days; list at most {MAX_HOLIDAYS}, ascending, none twice", holidays.len())
    })?;
    ensure(opens < closes && *closes <= MINUTES_PER_DAY, malformed, "calendar.closes", || {
        format!("minute {closes} is not after minute {opens} and at most {MINUTES_PER_DAY}")
    })
}

/// The earliest time at which a payment may settle: the opening of its value date, or midnight where
/// the asset has no calendar.
pub(crate) fn check_value_date(state: &State, now: Timestamp, payment: &Payment) -> Result<Timestamp, Refusal> {
    let day = payment.value_date;
    let Some(calendar) = state.calendars.get(payment.asset) else { return Ok(Timestamp(u64::from(day.0) * DAY_MS)) };
    ensure(day < now.date() || is_business_day(calendar, day), Code::NotBusinessDay, "value_date", || {
        format!("{day} is a weekend day or a holiday of asset {}; take the next business day", payment.asset)
    })?;
    Ok(opening(calendar, day))
}

/// True if payments of the asset settle at this time.
pub(crate) fn is_open(state: &State, now: Timestamp, asset: AssetId) -> bool {
    state.calendars.get(asset).is_none_or(|calendar| {
        let minute = now.0 % DAY_MS / MINUTE_MS;
        let within = u64::from(calendar.opens) <= minute && minute < u64::from(calendar.closes);
        within && is_business_day(calendar, now.date())
    })
}

/// When the first asset opens that is closed now and in which payments queue: they may settle then,
/// and no transaction says so.
pub(crate) fn next_opening(state: &State, now: Timestamp) -> Option<Timestamp> {
    let closed = state.payments.queued_assets().filter(|asset| !is_open(state, now, *asset));
    closed.filter_map(|asset| opening_after(state.calendars.get(asset)?, now)).min()
}

fn opening_after(calendar: &Calendar, now: Timestamp) -> Option<Timestamp> {
    // Saturating: the calendar ends where dates do.
    let days = (0..DAYS_TO_AN_OPENING).map(|ahead| Date(now.date().0.saturating_add(ahead)));
    let mut openings = days.filter(|day| is_business_day(calendar, *day)).map(|day| opening(calendar, day));
    openings.find(|opening| *opening > now)
}

fn opening(calendar: &Calendar, day: Date) -> Timestamp {
    Timestamp(u64::from(day.0) * DAY_MS).plus_ms(u64::from(calendar.opens) * MINUTE_MS)
}

fn is_business_day(calendar: &Calendar, day: Date) -> bool {
    let is_weekend = calendar.weekend >> weekday(day) & 1 == 1;
    !is_weekend && calendar.holidays.binary_search(&day).is_err()
}

/// Monday is 0. The days are counted from 1970-01-01, a Thursday.
const fn weekday(day: Date) -> u32 {
    (day.0 % 7 + 3) % 7
}
