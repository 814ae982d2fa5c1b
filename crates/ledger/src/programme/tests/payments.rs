//! What a programme lets in.

use corridor_types::operations::{PaymentStep, RulebookPack, Rules, TravelRule};
use corridor_types::{Control, PaymentStatus};

use super::*;
use crate::Rulebook;

type Change = fn(&mut Payment);

/// One field of a good payment changed, the code that follows, and the field that is named.
const PAYMENTS: &[(Change, Code, &str)] = &[
    (|_| (), Code::Ok, ""),
    (|p| p.amount = Amount(PAYMENT_CAP), Code::Ok, ""),
    (|p| p.amount = Amount(PAYMENT_CAP + 1), Code::ProgrammePaymentCapExceeded, "payment.amount"),
    (
        |p| {
            p.creditor_account = C_EUR;
            p.corridor = corridor("DE", "DE");
        },
        Code::NotProgrammeMember,
        "payment.creditor_account",
    ),
    (
        |p| {
            p.creditor_account = A_EUR_SECOND;
            p.corridor = corridor("DE", "DE");
        },
        Code::ProgrammeCorridorNotCovered,
        "payment.corridor",
    ),
    (
        |p| (p.debtor_account, p.creditor_account, p.asset) = (A_BRL, B_BRL, BRL),
        Code::ProgrammeAssetNotCovered,
        "payment.asset",
    ),
    // Clients of no programme are not asked for one.
    (
        |p| {
            p.client = CLIENT_A;
            p.amount = Amount(PAYMENT_CAP + 1);
        },
        Code::Ok,
        "",
    ),
];

#[test]
fn each_rule_of_a_programme_has_its_code() {
    for (n, (change, code, field)) in PAYMENTS.iter().enumerate() {
        let mut world = running();
        let mut payment = payment(&mut world, 100);
        change(&mut payment);
        assert_eq!(pay(&mut world, &payment), (*code, (*field).to_owned()), "case {n}");
        let counted = if code.is_ok() && payment.client != CLIENT_A { payment.amount.0 } else { 0 };
        assert_eq!(paid(&world, FIRST), [u128::from(counted)], "case {n}: only what is accepted counts");
        assert_restores(&world);
    }
}

#[test]
fn a_bank_that_left_neither_sends_nor_receives() {
    for (members, field) in
        [([BANK_B, BANK_C], "payment.debtor_account"), ([BANK_A, BANK_C], "payment.creditor_account")]
    {
        let mut world = running();
        let changed = Programme { members: members.to_vec(), ..programme(&world) };
        assert_eq!(amend(&mut world, changed), Code::Ok);
        let payment = payment(&mut world, 100);
        assert_eq!(pay(&mut world, &payment), (Code::NotProgrammeMember, field.to_owned()));
    }
}

#[test]
fn a_programme_runs_from_its_first_moment_until_before_its_end() {
    let start = START.plus_ms(5 * DAY_MS);
    let end = start.plus_ms(DAY_MS);
    for (time, code) in [
        (Timestamp(start.0 - 1), Code::ProgrammeNotOpen),
        (start, Code::Ok),
        (Timestamp(end.0 - 1), Code::Ok),
        (end, Code::ProgrammeNotOpen),
    ] {
        let mut world = running();
        let later = Programme { starts: start, ends: end, ..programme(&world) };
        assert_eq!(amend(&mut world, later), Code::Ok);
        at(&mut world, time);
        assert_eq!(pay_amount(&mut world, 100), code, "{time}");
        assert_eq!(world.ledger.time(), time);
    }
}

#[test]
fn a_closed_programme_takes_nothing_more_and_what_it_let_in_goes_on() {
    let mut world = running();
    let payment_before = payment(&mut world, 100);
    assert_eq!(pay(&mut world, &payment_before).0, Code::Ok);
    assert_eq!(decide(&mut world, ProgrammeStep::Close { number: FIRST }), Code::Ok);
    let payment_after = payment(&mut world, 100);
    assert_eq!(pay(&mut world, &payment_after), (Code::ProgrammeClosed, "payment.client".to_owned()));
    let payments = world.attested(&[payment_before.uetr]);
    let attest =
        Operation::Payment { reference: world.reference(), step: PaymentStep::Attest { payments, screening: None } };
    assert_eq!(world.code(BANK_B, attest), Code::Ok);
    assert_eq!(world.ledger.status_of(&payment_before.uetr), Some(PaymentStatus::Settled));
    assert_restores(&world);
}

/// Either side's rulebook can ask for a programme.
#[test]
fn where_the_rulebook_asks_for_a_programme_others_do_not_pay() {
    for country in ["DE", "BR"] {
        let mut world = running();
        let rules = Rules { programme_required: true, travel_rule: TravelRule::Always, ..Rules::default() };
        let (country, effective_from) = (country.parse().unwrap(), world.time.plus_ms(3_000));
        let next = RulebookPack { country, corridor: None, version: 1, effective_from, rules };
        world.ledger.state.rulebooks.publish(Rulebook { current: None, next });
        let free = |world: &mut World| {
            let payment = world.payment();
            assert!(matches!(payment.control, Control::NotControlled));
            pay(world, &payment)
        };
        at(&mut world, Timestamp(effective_from.0 - 1));
        assert_eq!(free(&mut world).0, Code::Ok);
        at(&mut world, effective_from);
        assert_eq!(free(&mut world), (Code::ProgrammeRequired, "payment.client".to_owned()));
        assert_eq!(pay_amount(&mut world, 100), Code::Ok);
    }
}
