//! Screenings that grow old, or whose list is replaced, while payments wait.

use super::*;
use crate::Ledger;
use corridor_types::operations::PaymentStep;

/// A payment that was screened `age_ms` before the block in which bank B attests it.
fn attested_at_age(age_ms: u64) -> (World, Payment, (Code, Option<PaymentStatus>)) {
    let mut world = world();
    let payment = waiting(&mut world);
    let screened = payment.screening.unwrap().time;
    world.time = Timestamp(screened.0 + age_ms - 1_000);
    let now = world.time;
    let said = attest(&mut world, &payment, Some(creditors(now, Verdict::Clear)));
    (world, payment, said)
}

#[test]
fn a_payment_settles_in_the_last_millisecond_of_its_screening_and_waits_from_the_next_on() {
    assert_eq!(attested_at_age(AGE_MS).2, SETTLED);
    let (mut world, payment, said) = attested_at_age(AGE_MS + 1);
    assert_eq!(said, QUEUED);
    assert_eq!((world.balance(A_EUR), world.balance(B_EUR)), ((FUNDS.0 - 100, 100), (FUNDS.0, 0)));
    assert_eq!(world.run(&[]).entries, [], "time alone makes nothing fresh");
    let now = world.time;
    assert_eq!(rescreen(&mut world, BANK_A, &payment, screening(now, Verdict::Clear)), SETTLED);
    assert_eq!((world.balance(A_EUR), world.balance(B_EUR)), ((FUNDS.0 - 100, 0), (FUNDS.0 + 100, 0)));
}

#[test]
fn a_new_version_makes_both_agents_screen_again() {
    let mut world = world();
    let payment = waiting(&mut world);
    assert_eq!(require(&mut world, CENTRAL_DE, LIST_DE, 2), Code::Ok);
    let now = world.time;
    assert_eq!(attest(&mut world, &payment, Some(creditors(now, Verdict::Clear))), QUEUED);
    assert_eq!(require(&mut world, CENTRAL_BR, LIST_BR, 2), Code::Ok);
    let now = world.time;
    let of_2 = |screening| Screening { version: version(2), ..screening };
    let mut again = |by_whom, screening| rescreen(&mut world, by_whom, &payment, screening);
    assert_eq!(again(BANK_A, screening(now, Verdict::Clear)).0, Code::ScreeningOutdated);
    assert_eq!(again(BANK_A, of_2(screening(now, Verdict::Clear))), QUEUED);
    assert_eq!(again(BANK_B, creditors(now, Verdict::Clear)).0, Code::ScreeningOutdated);
    assert_eq!(again(BANK_B, of_2(creditors(now, Verdict::Clear))), SETTLED);
}

#[test]
fn the_rulebook_in_force_at_settlement_counts() {
    let mut world = World::new();
    let payment = world.payment();
    assert_eq!((Code::Ok, world.pay(&payment).status), WAITING);
    let mut world = demanding(world, &["DE"]);
    assert_eq!(attest(&mut world, &payment, None), QUEUED, "now the debtor agent must have screened");
    let now = world.time;
    assert_eq!(rescreen(&mut world, BANK_A, &payment, screening(now, Verdict::Clear)), SETTLED);
}

#[test]
fn without_a_published_list_any_screening_stays_fresh() {
    let mut world = demanding(World::new(), &["DE", "BR"]);
    let payment = waiting(&mut world);
    world.time = Timestamp(payment.expiry.0 - 2_000);
    let ancient = Screening { version: version(9), ..creditors(Timestamp(0), Verdict::Clear) };
    assert_eq!(attest(&mut world, &payment, Some(ancient)), SETTLED);
}

#[test]
fn a_bank_that_is_both_agents_screens_for_both() {
    let mut world = demanding(World::new(), &["DE"]);
    assert_eq!(require(&mut world, CENTRAL_DE, LIST_DE, 1), Code::Ok);
    let within = Payment { creditor_account: A_EUR_SECOND, corridor: corridor("DE", "DE"), ..screened(&mut world) };
    assert_eq!((Code::Ok, world.pay(&within).status), WAITING);
    let payments = vec![Attested { payment: within.uetr, content: within.content() }];
    world.time = Timestamp(within.screening.unwrap().time.0 + AGE_MS);
    let now = world.time;
    let (reference, ours) = (world.reference(), Some(screening(now, Verdict::Clear)));
    let entries =
        world.submit(BANK_A, Operation::Payment { reference, step: PaymentStep::Attest { payments, screening: ours } });
    assert_eq!(last(&entries), QUEUED);
    assert_eq!(require(&mut world, CENTRAL_DE, LIST_DE, 2), Code::Ok);
    let of_2 = Screening { version: version(2), ..screening(world.time, Verdict::Clear) };
    assert_eq!(rescreen(&mut world, BANK_A, &within, of_2), SETTLED);
}

#[test]
fn a_restored_ledger_remembers_lists_and_screenings() {
    let (mut world, payment, _) = attested_at_age(AGE_MS + 1);
    let mut restored = Ledger::restore(&genesis(), world.ledger.records()).unwrap();
    assert_eq!(restored.roots(), world.ledger.roots());
    assert_eq!(restored.open_payment(&payment.uetr), world.ledger.open_payment(&payment.uetr));
    let step = ScreeningStep::Rescreen { payment: payment.uetr, screening: screening(world.time, Verdict::Clear) };
    let item = by(BANK_A, Operation::Screening { reference: world.reference(), step });
    world.time = world.time.plus_ms(1_000);
    let context = world.context();
    let one = world.ledger.execute(&context, std::slice::from_ref(&item)).unwrap();
    assert_eq!(one, restored.execute(&context, [&item]).unwrap());
    assert_eq!(last(&one.entries), SETTLED);
}
