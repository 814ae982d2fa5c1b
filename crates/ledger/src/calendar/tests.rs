//! Days and hours at their first and last millisecond.
#![allow(clippy::unwrap_used)]

use corridor_types::limits::MAX_HOLIDAYS;
use corridor_types::operations::{AccountStep, Calendar, CalendarStep, PaymentStep, RulebookPack, Rules};
use corridor_types::{
    Amount, AssetId, Code, Date, Entry, EntryKind, IdentifiedTransaction, KeyRole, Operation, ParticipantId, Payment,
    PaymentStatus, Timestamp,
};

use super::rules::{check_set, check_value_date, is_open};
use crate::tests::world::*;
use crate::{Ledger, Rulebook};

const HOUR_MS: u64 = 3_600_000;
/// Of [`START`]: 2026-09-21, 14:13:20.
const MONDAY: Date = Date(20_717);
const WEEKEND: u8 = 0b110_0000;

/// Monday to Friday, 08:00 to 16:00, but for the Wednesday of that week.
fn weekdays() -> Calendar {
    Calendar { weekend: WEEKEND, holidays: vec![Date(MONDAY.0 + 2)], opens: 8 * 60, closes: 16 * 60 }
}

fn at(days_after_monday: u32, ms: u64) -> Timestamp {
    Timestamp(u64::from(MONDAY.0 + days_after_monday) * DAY_MS + ms)
}

/// With value dates up to so many days ahead, and the calendar for euro.
fn world(days: u16, calendar: Option<Calendar>) -> World {
    let mut world = World::new();
    let rules = Rules { value_date_days_max: days, ..Rules::default() };
    for country in ["DE", "BR"] {
        let country = country.parse().unwrap();
        let next = RulebookPack { country, corridor: None, version: 1, effective_from: START, rules };
        world.ledger.state.rulebooks.publish(Rulebook { current: None, next });
    }
    world.ledger.state.calendars.set(EUR, calendar);
    world
}

/// Executes an empty block at this time.
fn run_at(world: &mut World, time: Timestamp) -> Vec<Entry> {
    world.time = Timestamp(time.0 - 1_000);
    world.run(&[]).entries
}

fn set(world: &mut World, by: ParticipantId, asset: AssetId, calendar: Option<Calendar>, key: KeyRole) -> Code {
    let operation = Operation::Calendar { reference: world.reference(), step: CalendarStep::Set { asset, calendar } };
    world.run(&[IdentifiedTransaction::new(transaction(by, operation, &[(key, 0)]))]).entries[0].code
}

fn settled(entries: &[Entry]) -> Vec<(EntryKind, Option<PaymentStatus>)> {
    entries.iter().map(|entry| (entry.kind, entry.status)).collect()
}

const SETTLES: (EntryKind, Option<PaymentStatus>) = (EntryKind::Settle, Some(PaymentStatus::Settled));

#[test]
fn the_day_opens_and_closes_to_the_millisecond() {
    let world = world(0, Some(weekdays()));
    let check = |day, ms, expected| {
        assert_eq!(is_open(&world.ledger.state, at(day, ms), EUR), expected, "day {day}, {ms} ms");
        assert!(is_open(&world.ledger.state, at(day, ms), BRL), "without a calendar always");
    };
    check(0, 8 * HOUR_MS - 1, false);
    check(0, 8 * HOUR_MS, true);
    check(0, 16 * HOUR_MS - 1, true);
    check(0, 16 * HOUR_MS, false);
    for (day, expected) in [true, true, false, true, true, false, false, true].into_iter().enumerate() {
        check(u32::try_from(day).unwrap(), 12 * HOUR_MS, expected);
    }
}

#[test]
fn a_whole_day_is_open_from_its_first_to_its_last_millisecond() {
    let all_day = Calendar { weekend: WEEKEND, holidays: Vec::new(), opens: 0, closes: 1_440 };
    let world = world(0, Some(all_day));
    for (day, ms, expected) in
        [(0, 0, true), (4, DAY_MS - 1, true), (5, 0, false), (6, DAY_MS - 1, false), (7, 0, true)]
    {
        assert_eq!(is_open(&world.ledger.state, at(day, ms), EUR), expected, "day {day}, {ms} ms");
    }
}

#[test]
fn weekdays_are_those_of_the_civil_calendar() {
    let known = [((1970, 1, 1), 3), ((2000, 1, 1), 5), ((2024, 2, 29), 3), ((2026, 11, 22), 6), ((9999, 12, 31), 4)];
    let mut world = World::bare();
    for ((year, month, day), weekday) in known {
        let noon = Timestamp(u64::from(Date::from_civil(year, month, day).unwrap().0) * DAY_MS + 12 * HOUR_MS);
        let mut open_with = |weekend| {
            let calendar = Calendar { weekend, holidays: Vec::new(), opens: 0, closes: 1_440 };
            world.ledger.state.calendars.set(EUR, Some(calendar));
            is_open(&world.ledger.state, noon, EUR)
        };
        assert!(!open_with(1 << weekday), "{year}-{month}-{day}");
        assert!(open_with(0x7f & !(1 << weekday)), "{year}-{month}-{day}");
    }
}

#[test]
fn a_calendar_has_a_form() {
    let world = World::bare();
    let check = |change: fn(&mut Calendar), expected| {
        let mut calendar = weekdays();
        change(&mut calendar);
        let found =
            check_set(&world.ledger.state, EUR, Some(&calendar)).map_err(|refusal| (refusal.code, refusal.field));
        assert_eq!(found, expected, "{calendar:?}");
    };
    let refused = |field| Err((Code::CalendarMalformed, field));
    check(|_| (), Ok(()));
    check(|c| c.weekend = 0, Ok(()));
    check(|c| c.weekend = 0x7e, Ok(()));
    check(|c| c.weekend = 0x7f, refused("calendar.weekend"));
    check(|c| c.weekend = 0x80, refused("calendar.weekend"));
    check(|c| c.holidays = vec![Date(4), Date(5)], Ok(()));
    check(|c| c.holidays = vec![Date(5), Date(5)], refused("calendar.holidays"));
    check(|c| c.holidays = vec![Date(5), Date(4)], refused("calendar.holidays"));
    check(|c| c.holidays = (0..).map(Date).take(MAX_HOLIDAYS).collect(), Ok(()));
    check(|c| c.holidays = (0..).map(Date).take(MAX_HOLIDAYS + 1).collect(), refused("calendar.holidays"));
    check(|c| (c.opens, c.closes) = (0, 1), Ok(()));
    check(|c| (c.opens, c.closes) = (1, 1), refused("calendar.closes"));
    check(|c| (c.opens, c.closes) = (2, 1), refused("calendar.closes"));
    check(|c| c.closes = 1_440, Ok(()));
    check(|c| c.closes = 1_441, refused("calendar.closes"));
    let unknown = check_set(&world.ledger.state, AssetId(2), None).unwrap_err();
    assert_eq!((unknown.code, unknown.field), (Code::UnknownAsset, "asset"));
    assert_eq!(check_set(&world.ledger.state, EUR, None), Ok(()));
}

#[test]
fn the_issuer_sets_replaces_and_ends_it() {
    let mut world = World::new();
    let weekdays = || Some(weekdays());
    assert_eq!(set(&mut world, CENTRAL_DE, EUR, weekdays(), KeyRole::Operator), Code::KeyNotAuthorised);
    assert_eq!(set(&mut world, CENTRAL_BR, EUR, weekdays(), KeyRole::Issuer), Code::NotIssuer);
    assert_eq!(set(&mut world, BANK_A, EUR, weekdays(), KeyRole::Issuer), Code::NotIssuer);
    assert_eq!(set(&mut world, CENTRAL_DE, AssetId(9), weekdays(), KeyRole::Issuer), Code::UnknownAsset);
    assert_eq!(world.ledger.state.calendars.get(EUR), None);
    assert_eq!(set(&mut world, CENTRAL_DE, EUR, weekdays(), KeyRole::Issuer), Code::Ok);
    assert_eq!(world.ledger.state.calendars.get(EUR), weekdays().as_ref());
    assert_eq!(set(&mut world, CENTRAL_BR, BRL, weekdays(), KeyRole::Issuer), Code::Ok);
    let restored = Ledger::restore(&genesis(), world.ledger.records()).unwrap();
    assert_eq!(restored.state(), world.ledger.state());
    assert_eq!(restored.state.calendars.get(EUR), weekdays().as_ref());
    assert_eq!(set(&mut world, CENTRAL_DE, EUR, None, KeyRole::Issuer), Code::Ok);
    assert_eq!(world.ledger.state.calendars.get(EUR), None);
    let restored = Ledger::restore(&genesis(), world.ledger.records()).unwrap();
    assert_eq!(restored.roots(), world.ledger.roots());
}

#[test]
fn a_value_date_from_today_on_is_a_business_day() {
    let check = |calendar: Option<Calendar>, today: u32, value_date: u32, expected| {
        let mut world = world(3, calendar);
        let payment = Payment { value_date: Date(MONDAY.0 + value_date), ..world.payment() };
        let now = at(today, 9 * HOUR_MS);
        let found =
            check_value_date(&world.ledger.state, now, &payment).map_err(|refusal| (refusal.code, refusal.field));
        assert_eq!(found, expected, "day {value_date} on day {today}");
    };
    let refused = Err((Code::NotBusinessDay, "value_date"));
    check(None, 0, 5, Ok(at(5, 0)));
    check(None, 0, 0, Ok(at(0, 0)));
    check(Some(weekdays()), 0, 0, Ok(at(0, 8 * HOUR_MS)));
    check(Some(weekdays()), 0, 1, Ok(at(1, 8 * HOUR_MS)));
    check(Some(weekdays()), 0, 2, refused);
    check(Some(weekdays()), 2, 2, refused);
    check(Some(weekdays()), 3, 2, Ok(at(2, 8 * HOUR_MS)));
    check(Some(weekdays()), 3, 4, Ok(at(4, 8 * HOUR_MS)));
    check(Some(weekdays()), 3, 5, refused);
    check(Some(weekdays()), 3, 6, refused);
    check(Some(weekdays()), 3, 7, Ok(at(7, 8 * HOUR_MS)));
    check(Some(weekdays()), 7, 5, Ok(at(5, 8 * HOUR_MS)));
}

#[test]
fn the_last_allowed_day_and_the_expiry_after_the_opening() {
    let check = |change: fn(&mut Payment), expected| {
        let mut world = world(3, Some(weekdays()));
        let mut payment = Payment { expiry: at(6, 0), ..world.payment() };
        change(&mut payment);
        assert_eq!(world.pay(&payment).code, expected, "{payment:?}");
    };
    let thursday = |payment: &mut Payment| payment.value_date = Date(MONDAY.0 + 3);
    check(thursday, Code::Ok);
    check(|p| p.value_date = Date(MONDAY.0 + 4), Code::BadValueDate);
    check(|p| p.value_date = Date(MONDAY.0 + 2), Code::NotBusinessDay);
    check(|p| (p.value_date, p.expiry) = (Date(MONDAY.0 + 3), at(3, 8 * HOUR_MS)), Code::BadExpiry);
    check(|p| (p.value_date, p.expiry) = (Date(MONDAY.0 + 3), at(3, 8 * HOUR_MS + 1)), Code::Ok);
    check(|p| p.value_date = Date(0), Code::Ok);
}

#[test]
fn a_payment_of_a_later_day_takes_its_money_on_that_day() {
    let mut world = world(3, Some(weekdays()));
    let payment = Payment { value_date: Date(MONDAY.0 + 1), expiry: at(4, 0), ..world.payment() };
    assert_eq!(world.pay(&payment).status, Some(PaymentStatus::AwaitingAttestation));
    let attest = Operation::Payment {
        reference: world.reference(),
        step: PaymentStep::Attest { payments: world.attested(&[payment.uetr]), screening: None },
    };
    let entries = world.submit(BANK_B, attest);
    assert_eq!((entries.len(), entries[1].status), (2, Some(PaymentStatus::Queued)));
    assert_eq!(world.balance(A_EUR), (FUNDS.0, 0), "nothing is set aside before its day");
    assert_eq!(run_at(&mut world, at(1, 0)), []);
    assert_eq!(run_at(&mut world, at(1, 8 * HOUR_MS - 1)), []);
    assert_eq!(settled(&run_at(&mut world, at(1, 8 * HOUR_MS))), [SETTLES]);
    assert_eq!((world.balance(A_EUR), world.balance(B_EUR)), ((FUNDS.0 - 100, 0), (FUNDS.0 + 100, 0)));
}

#[test]
fn an_attestation_after_the_cut_off_settles_at_the_next_opening() {
    let run = |attested_at: u64| {
        let mut world = world(0, Some(weekdays()));
        let payment = Payment { expiry: at(4, 0), ..world.payment() };
        assert_eq!(world.pay(&payment).status, Some(PaymentStatus::AwaitingAttestation));
        world.time = at(0, attested_at - 1_000);
        let payments = world.attested(&[payment.uetr]);
        let attest = Operation::Payment {
            reference: world.reference(),
            step: PaymentStep::Attest { payments, screening: None },
        };
        let status = world.submit(BANK_B, attest)[1].status;
        run_at(&mut world, at(1, 8 * HOUR_MS));
        assert_eq!(world.ledger.status_of(&payment.uetr), Some(PaymentStatus::Settled));
        status
    };
    assert_eq!(run(16 * HOUR_MS - 1), Some(PaymentStatus::Settled));
    assert_eq!(run(16 * HOUR_MS), Some(PaymentStatus::Queued));
}

#[test]
fn after_the_cut_off_a_payment_waits_for_the_next_opening() {
    let mut world = world(0, Some(weekdays()));
    let consent = Operation::Account {
        reference: world.reference(),
        step: AccountStep::SetStandingConsent { account: B_EUR, up_to: Amount(1_000) },
    };
    assert_eq!(world.code(BANK_B, consent), Code::Ok);
    // On Tuesday, with a holiday after it.
    let mut pay_at = |time: Timestamp| {
        world.time = Timestamp(time.0 - 1_000);
        let payment = Payment { value_date: time.date(), expiry: at(7, 0), ..world.payment() };
        world.pay(&payment).status
    };
    assert_eq!(pay_at(at(1, 16 * HOUR_MS - 1)), Some(PaymentStatus::Settled));
    assert_eq!(pay_at(at(1, 16 * HOUR_MS)), Some(PaymentStatus::Queued));
    assert_eq!(world.balance(A_EUR), (FUNDS.0 - 200, 100), "its money is set aside");
    assert_eq!(run_at(&mut world, at(2, 12 * HOUR_MS)), []);
    assert_eq!(run_at(&mut world, at(3, 8 * HOUR_MS - 1)), []);
    assert_eq!(settled(&run_at(&mut world, at(3, 8 * HOUR_MS))), [SETTLES]);
    assert_eq!(world.balance(A_EUR), (FUNDS.0 - 200, 0));
    assert_eq!(world.ledger.state.savings.get(EUR), crate::Savings::default(), "its money was there");
}

/// Hours begin by themselves: without a block nothing settles, and what waits would lapse.
#[test]
fn an_idle_network_wakes_when_a_currency_opens_in_which_payments_wait() {
    let mut world = world(0, Some(weekdays()));
    let consent = Operation::Account {
        reference: world.reference(),
        step: AccountStep::SetStandingConsent { account: B_EUR, up_to: Amount(1_000) },
    };
    assert_eq!(world.code(BANK_B, consent), Code::Ok);
    assert_eq!(world.ledger.next_due(), None, "nothing waits");
    world.time = at(1, 16 * HOUR_MS - 1_000);
    let payment = Payment { value_date: Date(MONDAY.0 + 1), expiry: at(7, 0), ..world.payment() };
    assert_eq!(world.pay(&payment).status, Some(PaymentStatus::Queued));
    assert_eq!(world.ledger.next_due(), Some(at(3, 8 * HOUR_MS)), "over the holiday to Thursday");
    // A calendar that comes later opens later than the payment's day began.
    let later = Calendar { opens: 10 * 60, ..weekdays() };
    assert_eq!(set(&mut world, CENTRAL_DE, EUR, Some(later), KeyRole::Issuer), Code::Ok);
    assert_eq!(world.ledger.next_due(), Some(at(3, 10 * HOUR_MS)));
    let restored = Ledger::restore(&genesis(), world.ledger.records()).unwrap();
    assert_eq!(restored.next_due(), world.ledger.next_due());
    let due = world.ledger.next_due().unwrap();
    assert_eq!(settled(&run_at(&mut world, due)), [SETTLES]);
    assert_eq!(world.ledger.next_due(), None);
    // On Friday, after the cut-off.
    world.time = at(4, 20 * HOUR_MS);
    let payment = Payment { value_date: world.time.date(), expiry: at(9, 0), ..world.payment() };
    assert_eq!(world.pay(&payment).status, Some(PaymentStatus::Queued));
    assert_eq!(world.ledger.next_due(), Some(at(7, 10 * HOUR_MS)), "over the weekend to Monday");
}
