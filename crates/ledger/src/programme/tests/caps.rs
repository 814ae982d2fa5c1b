//! What counts against the total, and what gives it back.

use corridor_types::operations::PaymentStep;
use corridor_types::{Entry, Uetr};

use super::*;

#[test]
fn the_total_is_shared_by_all_clients_and_exact() {
    let mut world = running();
    assert_eq!(pay_amount(&mut world, 1_000), Code::Ok);
    let other = Payment { client: CLIENTS[1], ..payment(&mut world, 1_000) };
    assert_eq!(pay(&mut world, &other).0, Code::Ok);
    let above = payment(&mut world, 501);
    assert_eq!(pay(&mut world, &above), (Code::ProgrammeTotalCapExceeded, "payment.amount".to_owned()));
    assert_eq!(pay_amount(&mut world, 500), Code::Ok);
    assert_eq!(pay_amount(&mut world, 1), Code::ProgrammeTotalCapExceeded);
    assert_eq!(paid(&world, FIRST), [u128::from(TOTAL_CAP)]);
    // A client of no programme has no part in it.
    let free = world.payment();
    assert_eq!(pay(&mut world, &free).0, Code::Ok);
    assert_eq!(paid(&world, FIRST), [u128::from(TOTAL_CAP)]);
    assert_restores(&world);
}

#[test]
fn programmes_count_apart() {
    let mut world = running();
    let pilot = programme(&world);
    assert_eq!(open(&mut world, pilot), Code::Ok);
    let second = ClientAuthorisation { programme: Some(ProgrammeId(1)), ..authorisation(ClientHandle([0x31; 16])) };
    assert_eq!(authorise(&mut world, second).0, Code::Ok);
    assert_eq!(pay_amount(&mut world, 700), Code::Ok);
    let other = Payment { client: ClientHandle([0x31; 16]), ..payment(&mut world, 30) };
    assert_eq!(pay(&mut world, &other).0, Code::Ok);
    assert_eq!((paid(&world, FIRST), paid(&world, ProgrammeId(1))), (vec![700], vec![30]));
}

fn cancel(world: &mut World, payment: Uetr) -> Entry {
    let operation = Operation::Payment { reference: world.reference(), step: PaymentStep::Cancel { payment } };
    world.submit(BANK_A, operation).remove(0)
}

fn reject(world: &mut World, payment: Uetr) -> Entry {
    let (reference, reason) = (world.reference(), Code::CreditorAgentRefused);
    world
        .submit(BANK_B, Operation::Payment { reference, step: PaymentStep::Reject { payments: vec![payment], reason } })
        .remove(0)
}

fn expire(world: &mut World, _: Uetr) -> Entry {
    world.time = world.time.plus_ms(DAY_MS);
    world.run(&[]).entries.remove(0)
}

#[test]
fn what_ends_without_settling_gives_its_amount_back() {
    let ways: [fn(&mut World, Uetr) -> Entry; 3] = [cancel, reject, expire];
    for (n, way) in ways.into_iter().enumerate() {
        let mut world = running();
        let first = payment(&mut world, 900);
        assert_eq!(pay(&mut world, &first).0, Code::Ok);
        assert_eq!(pay_amount(&mut world, 1_000), Code::Ok);
        assert_eq!(pay_amount(&mut world, 601), Code::ProgrammeTotalCapExceeded);
        way(&mut world, first.uetr);
        assert!(world.ledger.status_of(&first.uetr).is_some_and(|status| status.is_final()), "way {n}");
        // Both lapse in the third case.
        let rest = if n == 2 { 0 } else { 1_000 };
        assert_eq!(paid(&world, FIRST), [rest], "way {n}");
        assert_eq!(pay_amount(&mut world, 1_000), Code::Ok, "way {n}");
        assert_restores(&world);
    }
}

#[test]
fn a_payment_that_settles_goes_on_counting() {
    let mut world = running();
    let payment = payment(&mut world, 900);
    assert_eq!(pay(&mut world, &payment).0, Code::Ok);
    let payments = world.attested(&[payment.uetr]);
    let attest =
        Operation::Payment { reference: world.reference(), step: PaymentStep::Attest { payments, screening: None } };
    assert_eq!(world.code(BANK_B, attest), Code::Ok);
    assert_eq!(paid(&world, FIRST), [900]);
}

/// One by one within a bulk, and none of a bulk that is refused as a whole.
#[test]
fn bulks_share_the_total() {
    let mut world = running();
    let bulk = |world: &mut World| (0..3).map(|_| payment(world, 900)).collect::<Vec<_>>();
    let payments = bulk(&mut world);
    let entries = world.submit(BANK_A, Operation::PayTogether { payments });
    let codes: Vec<_> = entries.iter().map(|entry| entry.code).collect();
    assert_eq!(codes, [Code::BulkRefused, Code::BulkRefused, Code::ProgrammeTotalCapExceeded]);
    assert_eq!(paid(&world, FIRST), [0]);
    let payments = bulk(&mut world);
    let entries = world.submit(BANK_A, Operation::PayBulk { payments });
    let codes: Vec<_> = entries.iter().map(|entry| entry.code).collect();
    assert_eq!(codes, [Code::Ok, Code::Ok, Code::ProgrammeTotalCapExceeded]);
    assert_eq!(paid(&world, FIRST), [1_800]);
    assert_restores(&world);
}

#[test]
fn an_amendment_keeps_what_was_paid_by_asset() {
    let mut world = running();
    let both = Programme { caps: vec![cap(EUR, 1_000, 2_500), cap(BRL, 50, 70)], ..programme(&world) };
    assert_eq!(amend(&mut world, both.clone()), Code::Ok);
    let in_real = Payment { asset: BRL, debtor_account: A_BRL, creditor_account: B_BRL, ..payment(&mut world, 40) };
    assert_eq!(pay(&mut world, &in_real).0, Code::Ok);
    assert_eq!(paid(&world, FIRST), [0, 40]);
    // Euro leaves: nothing counts in it. Real stays while 40 count.
    let only_real = Programme { caps: vec![cap(BRL, 50, 70)], ..programme(&world) };
    assert_eq!(amend(&mut world, only_real), Code::Ok);
    assert_eq!(paid(&world, FIRST), [40]);
    let only_euro = Programme { caps: vec![cap(EUR, 1, 1)], ..programme(&world) };
    assert_eq!(amend(&mut world, only_euro.clone()), Code::ProgrammeMalformed);
    assert_eq!(amend(&mut world, both), Code::Ok);
    assert_eq!(paid(&world, FIRST), [0, 40]);
    cancel(&mut world, in_real.uetr);
    assert_eq!(amend(&mut world, only_euro), Code::Ok);
    assert_eq!(paid(&world, FIRST), [0]);
    assert_restores(&world);
}

#[test]
fn a_total_below_what_was_paid_takes_nothing_until_enough_came_back() {
    let mut world = running();
    let first = payment(&mut world, 600);
    assert_eq!(pay(&mut world, &first).0, Code::Ok);
    assert_eq!(pay_amount(&mut world, 500), Code::Ok);
    let lower = Programme { caps: vec![cap(EUR, 500, 1_000)], ..programme(&world) };
    assert_eq!(amend(&mut world, lower), Code::Ok);
    assert_eq!(paid(&world, FIRST), [1_100]);
    assert_eq!(pay_amount(&mut world, 1), Code::ProgrammeTotalCapExceeded);
    cancel(&mut world, first.uetr);
    assert_eq!(pay_amount(&mut world, 501), Code::ProgrammePaymentCapExceeded);
    assert_eq!(pay_amount(&mut world, 500), Code::Ok);
    assert_eq!(pay_amount(&mut world, 1), Code::ProgrammeTotalCapExceeded);
}
