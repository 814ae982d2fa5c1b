//! The life of a payment, who may do what to it, and what repetitions get.

use corridor_crypto::Digest;
use corridor_types::operations::{AccountStep, AssetStep, ParticipantStep, PaymentStep};
use corridor_types::{
    Amount, Code, Entry, EntryKind, IdentifiedTransaction, KeyRole, Operation, ParticipantId, Payment, PaymentStatus,
    Uetr,
};

use super::world::*;

fn short(entry: &Entry) -> (EntryKind, Code, Option<PaymentStatus>) {
    (entry.kind, entry.code, entry.status)
}

fn attest(world: &mut World, by_whom: ParticipantId, payments: &[Uetr]) -> Vec<Entry> {
    let operation = Operation::Payment {
        reference: world.reference(),
        step: PaymentStep::Attest { payments: world.attested(payments), screening: None },
    };
    world.submit(by_whom, operation)
}

#[test]
fn attested_money_arrives_once() {
    let mut world = World::new();
    let payment = world.payment();
    let first = world.pay(&payment);
    assert_eq!(short(&first), (EntryKind::Pay, Code::Ok, Some(PaymentStatus::AwaitingAttestation)));
    assert_eq!((world.balance(A_EUR), world.balance(B_EUR)), ((FUNDS.0 - 100, 100), (FUNDS.0, 0)));

    let entries = attest(&mut world, BANK_B, &[payment.uetr]);
    assert_eq!(short(&entries[0]), (EntryKind::Attest, Code::Ok, None));
    assert_eq!(short(&entries[1]), (EntryKind::Attest, Code::Ok, Some(PaymentStatus::Settled)));
    assert_eq!((entries[1].reference, entries[1].content), (payment.uetr, payment.content()));
    assert_eq!((world.balance(A_EUR), world.balance(B_EUR)), ((FUNDS.0 - 100, 0), (FUNDS.0 + 100, 0)));

    let again = attest(&mut world, BANK_B, &[payment.uetr]);
    assert_eq!(short(&again[1]), (EntryKind::Attest, Code::WrongPaymentStatus, Some(PaymentStatus::Settled)));
    assert_eq!(world.balance(B_EUR), (FUNDS.0 + 100, 0));
    let used = world.ledger.lookup(&payment.uetr).unwrap();
    let closing = used.closing.unwrap();
    assert_eq!((used.height, used.position, used.final_status()), (first.height, 0, Some(PaymentStatus::Settled)));
    assert_eq!((closing.height, closing.position), (entries[1].height, 1));
}

#[test]
fn a_refusal_a_withdrawal_and_a_lapse_give_the_money_back() {
    let mut world = World::new();
    let payments: Vec<_> = (0..3).map(|_| world.payment()).collect();
    payments.iter().for_each(|payment| {
        world.pay(payment);
    });
    assert_eq!(world.balance(A_EUR), (FUNDS.0 - 300, 300));
    let reason = Code::CreditorAccountClosed;
    let reject = Operation::Payment {
        reference: world.reference(),
        step: PaymentStep::Reject { payments: vec![payments[0].uetr], reason },
    };
    let entries = world.submit(BANK_B, reject);
    assert_eq!(short(&entries[1]), (EntryKind::Reject, reason, Some(PaymentStatus::Rejected)));

    let cancel =
        Operation::Payment { reference: world.reference(), step: PaymentStep::Cancel { payment: payments[1].uetr } };
    let entries = world.submit(BANK_A, cancel);
    assert_eq!(short(&entries[0]), (EntryKind::Cancel, Code::Ok, None));
    let cancelled = (EntryKind::Cancel, Code::CancelledByDebtorAgent, Some(PaymentStatus::Cancelled));
    assert_eq!(short(&entries[1]), cancelled);

    world.time = payments[2].expiry;
    let entries = world.run(&[]).entries;
    assert_eq!(short(&entries[0]), (EntryKind::Expire, Code::PaymentExpired, Some(PaymentStatus::Expired)));
    assert_eq!((entries[0].transaction, entries[0].participant), (Digest::ZERO, BANK_A));
    assert_eq!(world.balance(A_EUR), (FUNDS.0, 0));
    assert_eq!(world.ledger.open_payments(), 0);
}

#[test]
fn only_the_agents_concerned_may_answer_and_withdraw() {
    let mut world = World::new();
    let payment = world.payment();
    world.pay(&payment);
    let waiting = Some(PaymentStatus::AwaitingAttestation);
    for bank in [BANK_A, BANK_C, CENTRAL_BR] {
        let entries = attest(&mut world, bank, &[payment.uetr]);
        assert_eq!(short(&entries[1]), (EntryKind::Attest, Code::NotCreditorAgent, waiting));
        let (reference, reason) = (world.reference(), Code::CreditorAgentRefused);
        let entries = world.submit(
            bank,
            Operation::Payment { reference, step: PaymentStep::Reject { payments: vec![payment.uetr], reason } },
        );
        assert_eq!(short(&entries[1]), (EntryKind::Reject, Code::NotCreditorAgent, waiting));
    }
    for bank in [BANK_B, BANK_C] {
        let reference = world.reference();
        let entries =
            world.submit(bank, Operation::Payment { reference, step: PaymentStep::Cancel { payment: payment.uetr } });
        assert_eq!((entries.len(), entries[0].code), (1, Code::NotDebtorAgent));
        assert_eq!(world.ledger.lookup(&reference), None, "who may not, uses up no reference");
    }
    assert_eq!(world.balance(A_EUR), (FUNDS.0 - 100, 100));
}

#[test]
fn a_list_of_answers_decides_each_payment_on_its_own() {
    let mut world = World::new();
    let (mine, settled, missing) = (world.payment(), world.payment(), world.reference());
    let to_c = Payment { creditor_account: C_EUR, corridor: corridor("DE", "DE"), ..world.payment() };
    for payment in [&mine, &settled, &to_c] {
        assert_eq!(world.pay(payment).code, Code::Ok);
    }
    attest(&mut world, BANK_B, &[settled.uetr]);
    let entries = attest(&mut world, BANK_B, &[missing, settled.uetr, to_c.uetr, mine.uetr]);
    let said: Vec<_> = entries.iter().map(|entry| (entry.code, entry.status)).collect();
    assert_eq!(
        said,
        [
            (Code::Ok, None),
            (Code::UnknownPayment, None),
            (Code::WrongPaymentStatus, Some(PaymentStatus::Settled)),
            (Code::NotCreditorAgent, Some(PaymentStatus::AwaitingAttestation)),
            (Code::Ok, Some(PaymentStatus::Settled)),
        ]
    );
    assert_eq!(entries[1].content, Digest::ZERO);
    assert_eq!(entries[3].content, to_c.content());
}

#[test]
fn ten_thousand_repetitions_debit_once_and_get_the_first_answer() {
    let mut world = World::new();
    let payment = world.payment();
    let item = by(BANK_A, Operation::Pay { payment: payment.clone() });
    let entries = world.run(&vec![item.clone(); 5_000]).entries;
    let waiting = (EntryKind::Pay, Code::Ok, Some(PaymentStatus::AwaitingAttestation));
    assert_eq!(entries.len(), 5_000);
    assert!(entries.iter().all(|entry| short(entry) == waiting));
    attest(&mut world, BANK_B, &[payment.uetr]);
    let executed = world.run(&vec![item; 5_000]);
    let settled = (EntryKind::Pay, Code::Ok, Some(PaymentStatus::Settled));
    assert!(executed.entries.iter().all(|entry| short(entry) == settled));
    assert_eq!(executed.payments, [], "only a first decision shows the payment");
    assert_eq!(executed.changes.len(), 2, "height and time, and the commitment before; nothing else");
    assert_eq!((world.balance(A_EUR), world.balance(B_EUR)), ((FUNDS.0 - 100, 0), (FUNDS.0 + 100, 0)));
}

#[test]
fn a_repetition_within_a_bulk_or_signed_anew_is_the_same_payment() {
    let mut world = World::new();
    let payment = world.payment();
    world.pay(&payment);
    let other = world.payment();
    let entries = world.submit(BANK_A, Operation::PayBulk { payments: vec![payment.clone(), other.clone()] });
    assert_eq!(entries.iter().map(|entry| entry.code).collect::<Vec<_>>(), [Code::Ok, Code::Ok]);
    assert_eq!(entries.iter().map(|entry| entry.content).collect::<Vec<_>>(), [payment.content(), other.content()]);
    let mut later = by(BANK_A, Operation::Pay { payment }).transaction;
    later.valid_until = world.time.plus_ms(DAY_MS);
    assert_eq!(world.run(&[IdentifiedTransaction::new(later)]).entries[0].code, Code::Ok);
    assert_eq!(world.balance(A_EUR), (FUNDS.0 - 200, 200));
}

#[test]
fn a_refused_payment_stays_refused_under_its_reference() {
    let mut world = World::new();
    let mut payment = world.payment();
    (payment.debtor_account, payment.amount) = (A_EUR_SECOND, Amount(7));
    assert_eq!(world.pay(&payment).code, Code::InsufficientFunds);
    let issue = Operation::Asset {
        reference: world.reference(),
        step: AssetStep::Issue { account: A_EUR_SECOND, amount: Amount(7) },
    };
    assert_eq!(world.code(CENTRAL_DE, issue), Code::Ok);
    let again = world.pay(&payment);
    assert_eq!((again.code, again.status), (Code::InsufficientFunds, Some(PaymentStatus::Rejected)));
    payment.uetr = world.reference();
    assert_eq!(world.pay(&payment).code, Code::Ok);
}

#[test]
fn other_content_under_a_used_reference_touches_nothing() {
    let mut world = World::new();
    let payment = world.payment();
    world.pay(&payment);
    let mut other = payment.clone();
    other.amount = Amount(101);
    let entry = world.pay(&other);
    assert_eq!((entry.code, entry.status), (Code::DuplicateReference, None));
    let issue =
        Operation::Asset { reference: payment.uetr, step: AssetStep::Issue { account: A_EUR, amount: Amount(1) } };
    assert_eq!(world.code(CENTRAL_DE, issue), Code::DuplicateReference);
    assert_eq!(world.balance(A_EUR), (FUNDS.0 - 100, 100));
    assert_eq!(world.ledger.lookup(&payment.uetr).unwrap().content, payment.content());
}

#[test]
fn a_copy_by_another_bank_does_not_spoil_the_reference() {
    let mut world = World::new();
    let payment = world.payment();
    let copy = world.submit(BANK_C, Operation::Pay { payment: payment.clone() }).remove(0);
    assert_eq!((copy.code, copy.status), (Code::NotAccountOwner, None));
    assert_eq!(world.pay(&payment).code, Code::Ok);
}

#[test]
fn a_malformed_bulk_moves_nothing_and_uses_no_reference() {
    let mut world = World::new();
    let payment = world.payment();
    let twice = world.submit(BANK_A, Operation::PayBulk { payments: vec![payment.clone(); 2] });
    assert_eq!((twice.len(), twice[0].code, twice[0].reference), (1, Code::ListMalformed, payment.uetr));
    let long: Vec<_> = (0..1_001).map(|_| world.payment()).collect();
    assert_eq!(world.code(BANK_A, Operation::PayBulk { payments: long.clone() }), Code::ListMalformed);
    assert_eq!(world.code(BANK_A, Operation::PayBulk { payments: vec![] }), Code::ListMalformed);
    assert_eq!(world.balance(A_EUR), (FUNDS.0, 0));
    let bulk = Operation::PayBulk { payments: long[..1_000].to_vec() };
    assert_eq!(world.submit(BANK_A, bulk).len(), 1_000);
    assert_eq!(world.balance(A_EUR), (FUNDS.0 - 100_000, 100_000));
}

#[test]
fn other_operations_repeat_without_effect_too() {
    let mut world = World::new();
    let issue =
        Operation::Asset { reference: world.reference(), step: AssetStep::Issue { account: A_EUR, amount: Amount(5) } };
    assert_eq!(world.code(CENTRAL_DE, issue.clone()), Code::Ok);
    assert_eq!(world.code(CENTRAL_DE, issue), Code::Ok);
    assert_eq!(world.balance(A_EUR).0, FUNDS.0 + 5);
    let open =
        Operation::Account { reference: world.reference(), step: AccountStep::Open { owner: BANK_C, asset: EUR } };
    world.code(CENTRAL_DE, open.clone());
    world.code(CENTRAL_DE, open);
    let accounts: Vec<_> = world.ledger.accounts_of(BANK_C).map(|(id, _)| id.0).collect();
    assert_eq!(accounts, [2, 6]);
    assert_eq!(world.ledger.default_account(BANK_C, EUR), Some(C_EUR));
}

#[test]
fn the_queries_find_what_is_there() {
    let mut world = World::new();
    let payment = world.payment();
    world.pay(&payment);
    let ledger = &world.ledger;
    let bank_a = ledger.participant(BANK_A).unwrap();
    assert_eq!(ledger.participant_by_bic(&bank_a.bic).map(|(id, _)| id), Some(BANK_A));
    assert_eq!((ledger.participants().count(), ledger.assets().count()), (6, 2));
    assert_eq!(ledger.open_payment(&payment.uetr).map(|open| &open.payment), Some(&payment));
    assert_eq!(ledger.client(&CLIENT_A).map(|client| client.authorisation.sponsor), Some(BANK_A));
    let totals = ledger.totals(EUR).unwrap();
    assert_eq!((totals.issued, totals.redeemed), (2 * u128::from(FUNDS.0), 0));
    assert_eq!((totals.held, totals.reserved), (totals.issued, 100));
    assert_eq!((ledger.height().0, ledger.time()), (2, world.time));
    assert_eq!(ledger.asset(EUR).map(|asset| asset.issuer), Some(CENTRAL_DE));
}

/// What makes an idle network propose an empty block.
#[test]
fn the_ledger_says_when_it_has_something_to_do_by_itself() {
    let mut world = World::new();
    assert_eq!(world.ledger.next_due(), None);
    let payment = world.payment();
    world.pay(&payment);
    assert_eq!(world.ledger.next_due(), Some(payment.expiry));
    let (reference, step) = (world.reference(), ParticipantStep::Revoke { participant: BANK_B });
    let revoke =
        signed_by(CENTRAL_BR, Operation::Participant { reference, step }, &[(CENTRAL_BR, KeyRole::Supervisor, 0)]);
    assert_eq!(world.run(&[revoke]).entries[0].code, Code::Ok);
    assert_eq!(world.ledger.next_due(), Some(world.ledger.time()), "the next block stops the payment");
    world.run(&[]);
    assert_eq!(world.ledger.next_due(), None);
}
