//! What a rescreening does to a payment, by verdict, agent and status.

use corridor_types::EntryKind;
use corridor_types::operations::HoldReason;

use super::*;
use crate::Hold;

/// A payment that stands in a status.
fn standing(status: PaymentStatus) -> (World, Payment) {
    let mut world = world();
    let time = world.time;
    let payment = match status {
        PaymentStatus::Held => {
            let payment = Payment { screening: Some(screening(time, Verdict::PossibleMatch)), ..world.payment() };
            world.pay(&payment);
            payment
        }
        // The debtor agent's screening is of the former version.
        PaymentStatus::Queued => {
            let payment = waiting(&mut world);
            assert_eq!(require(&mut world, CENTRAL_DE, LIST_DE, 2), Code::Ok);
            let now = world.time;
            assert_eq!(attest(&mut world, &payment, Some(creditors(now, Verdict::Clear))), QUEUED);
            payment
        }
        _ => waiting(&mut world),
    };
    assert_eq!(open(&world, &payment).status, status);
    (world, payment)
}

#[test]
fn the_table_of_rescreenings() {
    let mut table = String::new();
    for status in [PaymentStatus::Held, PaymentStatus::AwaitingAttestation, PaymentStatus::Queued] {
        for (who, name) in [(BANK_A, "debtor agent"), (BANK_B, "creditor agent")] {
            for verdict in Verdict::ALL {
                let (mut world, payment) = standing(status);
                let now = world.time;
                let required = world.ledger.state.lists.get(CENTRAL_DE).unwrap().version;
                let ours = Screening { version: required, ..screening(now, *verdict) };
                let found = if who == BANK_A { ours } else { creditors(now, *verdict) };
                let (code, after) = rescreen(&mut world, who, &payment, found);
                let after = after.map_or("-", PaymentStatus::as_str);
                table += &format!("{:<21} {name:<14} {verdict:<14} {after:<21} {code}\n", status.as_str());
                assert_eq!(world.ledger.audit(), Ok(()));
            }
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_match_ends_the_payment_and_gives_the_money_back() {
    for (who, code) in [(BANK_A, Code::ScreeningMatch), (BANK_B, Code::CreditorScreeningMatch)] {
        let (mut world, payment) = standing(PaymentStatus::AwaitingAttestation);
        let now = world.time;
        let found = if who == BANK_A { screening(now, Verdict::Match) } else { creditors(now, Verdict::Match) };
        let step = ScreeningStep::Rescreen { payment: payment.uetr, screening: found };
        let operation = Operation::Screening { reference: world.reference(), step };
        let entries = world.submit(who, operation);
        let said: Vec<_> = entries.iter().map(|entry| (entry.kind, entry.code, entry.status)).collect();
        let rescreen = EntryKind::Rescreen;
        assert_eq!(said, [(rescreen, Code::Ok, None), (rescreen, code, Some(PaymentStatus::Rejected))]);
        assert_eq!(world.balance(A_EUR), (FUNDS.0, 0));
        assert_eq!(world.ledger.open_payment(&payment.uetr), None);
    }
}

#[test]
fn a_first_hold_stays_and_a_clear_screening_does_not_end_it() {
    let (mut world, payment) = standing(PaymentStatus::AwaitingAttestation);
    let now = world.time;
    assert_eq!(rescreen(&mut world, BANK_B, &payment, creditors(now, Verdict::PossibleMatch)), HELD);
    let first = open(&world, &payment).hold;
    let book_deadline = world.time.plus_ms(Rules::default().hold_max_ms).min(payment.expiry);
    assert_eq!(first, Some(Hold { reason: HoldReason::Screening, holder: BANK_B, deadline: book_deadline }));
    let now = world.time;
    assert_eq!(rescreen(&mut world, BANK_A, &payment, screening(now, Verdict::PossibleMatch)), HELD);
    assert_eq!(open(&world, &payment).hold, first);
    assert_eq!(rescreen(&mut world, BANK_B, &payment, creditors(now, Verdict::Clear)), HELD);
    assert_eq!(open(&world, &payment).hold, first);
    let kept = |found: Option<Screening>| found.map(|screening| (screening.verdict, screening.time));
    assert_eq!(kept(open(&world, &payment).debtor_screening), Some((Verdict::PossibleMatch, now)));
    assert_eq!(kept(open(&world, &payment).creditor_screening), Some((Verdict::Clear, now)));
}

#[test]
fn a_rescreening_meets_the_requirement_to_the_millisecond() {
    let (world, payment) = standing(PaymentStatus::AwaitingAttestation);
    // The block is a second after `world.time`.
    let block = world.time.0 + 1_000;
    let at = |time| rescreen(&mut world.clone(), BANK_A, &payment, screening(Timestamp(time), Verdict::Clear)).0;
    assert_eq!(at(block), Code::Ok);
    assert_eq!(at(block + 1), Code::ScreeningInFuture);
    assert_eq!(at(block - AGE_MS), Code::Ok);
    assert_eq!(at(block - AGE_MS - 1), Code::ScreeningTooOld);
    let mut other = world.clone();
    let outdated = Screening { version: version(2), ..screening(world.time, Verdict::Match) };
    assert_eq!(rescreen(&mut other, BANK_A, &payment, outdated), (Code::ScreeningOutdated, None));
    assert_eq!(open(&other, &payment).debtor_screening, payment.screening);
}
