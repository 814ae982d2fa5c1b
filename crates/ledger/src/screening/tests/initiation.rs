//! Screenings in payments and attestations.

use super::*;

/// The code of a payment with this screening, made a second before its block.
fn paid(mut world: World, change: impl FnOnce(&mut Screening)) -> (Code, Option<PaymentStatus>) {
    let mut payment = screened(&mut world);
    if let Some(screening) = &mut payment.screening {
        change(screening);
    }
    let entry = world.pay(&payment);
    (entry.code, entry.status)
}

fn refused(code: Code) -> (Code, Option<PaymentStatus>) {
    (code, Some(PaymentStatus::Rejected))
}

#[test]
fn where_the_rulebook_demands_it_the_payment_brings_a_screening() {
    let without = |mut world: World| {
        let payment = world.payment();
        world.pay(&payment).code
    };
    assert_eq!(without(world()), Code::ScreeningMissing);
    assert_eq!(without(demanding(World::new(), &["DE"])), Code::ScreeningMissing);
    assert_eq!(without(demanding(World::new(), &["BR"])), Code::Ok, "the debtor agent is no bank of Brazil");
    assert_eq!(without(World::new()), Code::Ok);
}

#[test]
fn a_screening_is_by_the_required_list_and_version() {
    assert_eq!(paid(world(), |_| ()), WAITING);
    assert_eq!(paid(world(), |screening| screening.list = LIST_BR), refused(Code::ScreeningOutdated));
    assert_eq!(paid(world(), |screening| screening.version = version(2)), refused(Code::ScreeningOutdated));
    let unpublished = || demanding(World::new(), &["DE", "BR"]);
    assert_eq!(paid(unpublished(), |screening| screening.version = version(7)), WAITING);
    assert_eq!(paid(unpublished(), |screening| screening.time = Timestamp(0)), WAITING);
    assert_eq!(paid(unpublished(), |screening| screening.time.0 += 1_001), refused(Code::ScreeningInFuture));
}

#[test]
fn a_screening_is_not_of_the_future_and_not_older_than_allowed_to_the_millisecond() {
    // The block is a second after the screening.
    let moved = |millis: i64| paid(world(), |screening| screening.time.0 = screening.time.0.strict_add_signed(millis));
    assert_eq!(moved(1_000), WAITING);
    assert_eq!(moved(1_001), refused(Code::ScreeningInFuture));
    let oldest = 1_000 - i64::try_from(AGE_MS).unwrap();
    assert_eq!(moved(oldest), WAITING);
    assert_eq!(moved(oldest - 1), refused(Code::ScreeningTooOld));
}

#[test]
fn a_screening_that_nobody_asked_for_is_judged_by_time_and_verdict() {
    let mut published = World::new();
    assert_eq!(require(&mut published, CENTRAL_DE, LIST_DE, 1), Code::Ok);
    let paid = |change: fn(&mut Screening)| paid(published.clone(), change);
    assert_eq!(paid(|screening| screening.version = version(2)), WAITING);
    assert_eq!(paid(|screening| screening.time = Timestamp(0)), WAITING);
    assert_eq!(paid(|screening| screening.time.0 += 1_001), refused(Code::ScreeningInFuture));
    assert_eq!(paid(|screening| screening.verdict = Verdict::Match), refused(Code::ScreeningMatch));
    assert_eq!(paid(|screening| screening.verdict = Verdict::PossibleMatch), HELD);
}

/// What an attestation gets with what is made of a screening of a second before its block.
fn answered(change: impl FnOnce(Screening) -> Option<Screening>) -> (Code, Option<PaymentStatus>) {
    let mut world = world();
    let payment = waiting(&mut world);
    let time = world.time;
    attest(&mut world, &payment, change(creditors(time, Verdict::Clear)))
}

#[test]
fn the_creditor_agent_screens_against_the_list_of_its_own_central_bank() {
    assert_eq!(answered(Some), SETTLED);
    let still = |code| (code, WAITING.1);
    assert_eq!(answered(|_| None), still(Code::ScreeningMissing));
    assert_eq!(answered(|ours| Some(Screening { list: LIST_DE, ..ours })), still(Code::ScreeningOutdated));
    assert_eq!(answered(|ours| Some(Screening { version: version(2), ..ours })), still(Code::ScreeningOutdated));
    let at = |ours: Screening, millis: i64| {
        Some(Screening { time: Timestamp(ours.time.0.strict_add_signed(millis)), ..ours })
    };
    assert_eq!(answered(|ours| at(ours, 1_000)), SETTLED);
    assert_eq!(answered(|ours| at(ours, 1_001)), still(Code::ScreeningInFuture));
    assert_eq!(answered(|ours| at(ours, 1_000 - 3_600_000)), SETTLED);
    assert_eq!(answered(|ours| at(ours, 999 - 3_600_000)), still(Code::ScreeningTooOld));
    assert_eq!(answered(|ours| Some(Screening { verdict: Verdict::Match, ..ours })), still(Code::ScreeningMatch));
}

#[test]
fn the_officers_of_who_found_something_decide() {
    let mut world = world();
    let time = world.time;
    let payment = Payment { screening: Some(screening(time, Verdict::PossibleMatch)), ..world.payment() };
    assert_eq!((Code::Ok, world.pay(&payment).status), HELD);
    assert_eq!(open(&world, &payment).hold.map(|hold| hold.holder), Some(BANK_A));
    let payment = waiting(&mut world);
    let time = world.time;
    assert_eq!(attest(&mut world, &payment, Some(creditors(time, Verdict::PossibleMatch))), HELD);
    assert_eq!(open(&world, &payment).hold.map(|hold| hold.holder), Some(BANK_B));
    assert!(open(&world, &payment).attested);
}
