//! What a payment may draw on, and what happens to the figures when it ends.

use corridor_types::operations::{AccountStep, LicenceGap, PaymentStep, RulebookPack, Rules};
use corridor_types::{CountryCode, Entry, PaymentStatus};

use super::*;
use crate::Rulebook;

fn paid(mut world: World, change: impl FnOnce(&mut Payment)) -> Code {
    let mut payment = world.payment();
    change(&mut payment);
    world.pay(&payment).code
}

#[test]
fn the_uses_of_a_payment_must_make_sense() {
    let check = |control: Control, code| {
        assert_eq!(paid(licensed(), |payment| payment.control = control.clone()), code, "{control:?}");
    };
    check(uses(&[(LICENCE, 100)]), Code::Ok);
    check(uses(&[(LICENCE, 1)]), Code::Ok);
    check(uses(&[(LICENCE, 0)]), Code::LicenceUsesMalformed);
    check(uses(&[(LICENCE, 101)]), Code::LicenceUsesMalformed);
    check(uses(&[(LICENCE, 10), (LICENCE, 20)]), Code::LicenceUsesMalformed);
    check(uses(&[(LICENCE, u64::MAX), (OTHER, u64::MAX)]), Code::LicenceUsesMalformed);
    check(uses(&[(LICENCE, 60), (OTHER, 40)]), Code::UnknownLicence);
    let nine: Vec<_> = (1..=9).map(|n| (LicenceHandle([n; 16]), 1)).collect();
    check(uses(&nine), Code::LicenceUsesMalformed);
    check(uses(&nine[..8]), Code::UnknownLicence);
}

#[test]
fn a_licence_permits_its_asset_its_banks_and_its_authoritys_corridors() {
    assert_eq!(
        paid(licensed(), |payment| {
            (payment.control, payment.asset) = (uses(&[(LICENCE, 100)]), BRL);
            (payment.debtor_account, payment.creditor_account) = (A_BRL, B_BRL);
        }),
        Code::LicenceOtherAsset
    );
    let mut world = licensed();
    let payment = Payment {
        debtor_account: B_EUR,
        creditor_account: A_EUR,
        corridor: corridor("BR", "DE"),
        client: CLIENT_B,
        ..controlled(&mut world, 100)
    };
    assert_eq!(world.code(BANK_B, Operation::Pay { payment }), Code::LicenceOfOtherBank);
    for (authority, code) in
        [(AUTHORITY_DE, Code::Ok), (AUTHORITY_BR, Code::Ok), (AUTHORITY_FR, Code::LicenceOtherCorridor)]
    {
        let mut world = crate::licence::tests::world();
        assert_eq!(issue(&mut world, authority, licence()), Code::Ok);
        let payment = controlled(&mut world, 100);
        assert_eq!(world.pay(&payment).code, code);
    }
}

#[test]
fn a_licence_is_valid_from_its_first_to_before_its_last_moment() {
    let (from, until) = (START.plus_ms(10 * DAY_MS), START.plus_ms(20 * DAY_MS));
    let at = |now: Timestamp| {
        let mut world = world();
        assert_eq!(
            issue(&mut world, AUTHORITY_DE, Licence { valid_from: from, valid_until: until, ..licence() }),
            Code::Ok
        );
        // A block is a second after the last.
        world.time = Timestamp(now.0 - 1_000);
        let payment = controlled(&mut world, 100);
        world.pay(&payment).code
    };
    assert_eq!(at(Timestamp(from.0 - 1)), Code::LicenceNotValidNow);
    assert_eq!(at(from), Code::Ok);
    assert_eq!(at(Timestamp(until.0 - 1)), Code::Ok);
    assert_eq!(at(until), Code::LicenceNotValidNow);
}

#[test]
fn a_licence_is_exhausted_to_the_last_minor_unit() {
    let mut world = licensed();
    let mut pay = |amount| {
        let payment = controlled(&mut world, amount);
        (world.pay(&payment).code, figures(&world))
    };
    assert_eq!(pay(VALUE.0 + 1), (Code::LicenceExhausted, (0, 0)));
    assert_eq!(pay(VALUE.0 - 1), (Code::Ok, (0, VALUE.0 - 1)));
    assert_eq!(pay(2), (Code::LicenceExhausted, (0, VALUE.0 - 1)));
    assert_eq!(pay(1), (Code::Ok, (0, VALUE.0)));
    assert_eq!(pay(1), (Code::LicenceExhausted, (0, VALUE.0)));
}

fn with_gap(mut world: World, gaps: &[(&str, LicenceGap)]) -> World {
    for (country, licence_gap) in gaps {
        let (country, rules): (CountryCode, _) =
            (country.parse().unwrap(), Rules { licence_gap: *licence_gap, ..Rules::default() });
        let next = RulebookPack { country, corridor: None, version: 1, effective_from: START, rules };
        world.ledger.state.rulebooks.publish(Rulebook { current: None, next });
    }
    world
}

#[test]
fn without_a_licence_controlled_goods_are_refused_or_held_where_both_sides_hold() {
    let check = |gaps: &[(&str, LicenceGap)], expected: (Code, Option<PaymentStatus>)| {
        let mut world = with_gap(licensed(), gaps);
        let payment = Payment { control: uses(&[]), ..world.payment() };
        let Entry { code, status, .. } = world.pay(&payment);
        assert_eq!((code, status), expected);
        world.ledger.open_payment(&payment.uetr).and_then(|open| open.hold)
    };
    let refused = (Code::LicenceMissing, Some(PaymentStatus::Rejected));
    check(&[], refused);
    check(&[("DE", LicenceGap::Hold)], refused);
    check(&[("BR", LicenceGap::Hold)], refused);
    let hold = check(&[("DE", LicenceGap::Hold), ("BR", LicenceGap::Hold)], (Code::Ok, Some(PaymentStatus::Held)));
    let hold = hold.unwrap();
    assert_eq!((hold.reason, hold.holder), (corridor_types::operations::HoldReason::LicenceMissing, BANK_A));
}

#[test]
fn every_way_to_end_gives_back_what_settlement_draws() {
    let mut world = licensed();
    let payments = [10, 20, 30, 40].map(|amount| controlled(&mut world, amount));
    for payment in &payments {
        assert_eq!(world.pay(payment).code, Code::Ok);
    }
    assert_eq!(figures(&world), (0, 100));
    assert_eq!(attest(&mut world, &payments[0]), (Code::Ok, Some(PaymentStatus::Settled)));
    assert_eq!(figures(&world), (10, 90));
    let (reference, reason) = (world.reference(), Code::CreditorAgentRefused);
    world.submit(
        BANK_B,
        Operation::Payment { reference, step: PaymentStep::Reject { payments: vec![payments[1].uetr], reason } },
    );
    assert_eq!(figures(&world), (10, 70));
    let cancel =
        Operation::Payment { reference: world.reference(), step: PaymentStep::Cancel { payment: payments[2].uetr } };
    world.submit(BANK_A, cancel);
    assert_eq!(figures(&world), (10, 40));
    world.time = payments[3].expiry;
    world.run(&[]);
    assert_eq!(figures(&world), (10, 0));
}

#[test]
fn a_payment_that_settles_at_once_draws_and_one_of_two_licences_draws_on_both() {
    let mut world = licensed();
    assert_eq!(issue(&mut world, AUTHORITY_BR, Licence { handle: OTHER, ..licence() }), Code::Ok);
    let consent = Operation::Account {
        reference: world.reference(),
        step: AccountStep::SetStandingConsent { account: B_EUR, up_to: Amount(100) },
    };
    assert_eq!(world.code(BANK_B, consent), Code::Ok);
    let payment = Payment { control: uses(&[(LICENCE, 60), (OTHER, 30)]), ..world.payment() };
    assert_eq!(world.pay(&payment).status, Some(PaymentStatus::Settled));
    let of = |handle| world.ledger.state.licences.get(handle).unwrap();
    assert_eq!((of(&LICENCE).drawn, of(&LICENCE).left()), (Amount(60), 940));
    assert_eq!((of(&OTHER).drawn, of(&OTHER).left()), (Amount(30), 970));
}

#[test]
fn a_bulk_of_all_or_none_shares_the_licence_and_gives_back_when_refused() {
    let mut world = licensed();
    let fits = vec![controlled(&mut world, 600), controlled(&mut world, 400)];
    let above = vec![controlled(&mut world, 600), controlled(&mut world, 401)];
    let codes = |entries: Vec<Entry>| entries.iter().map(|entry| entry.code).collect::<Vec<_>>();
    let entries = world.submit(BANK_A, Operation::PayTogether { payments: above });
    assert_eq!(codes(entries), [Code::BulkRefused, Code::LicenceExhausted]);
    assert_eq!(figures(&world), (0, 0));
    let entries = world.submit(BANK_A, Operation::PayTogether { payments: fits });
    assert_eq!(codes(entries), [Code::Ok, Code::Ok]);
    assert_eq!(figures(&world), (0, 1_000));
}
