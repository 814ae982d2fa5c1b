//! Makers, checkers and the rules about them.

use corridor_types::limits::MAX_APPROVALS;
use corridor_types::operations::{ApprovalRule, ParticipantStep};
use corridor_types::{Amount, AssetId, IdentifiedTransaction, Payment};

use super::*;
use crate::participant::MAX_APPROVAL_RULES;

const GOVERNANCE: Signer = (BANK_A, KeyRole::Governance, 0);
const OPERATOR: Signer = (BANK_A, KeyRole::Operator, 0);
const MAKER: Signer = (BANK_A, KeyRole::Maker, 0);
const CHECKERS: [Signer; 2] = [(BANK_A, KeyRole::Checker, 0), (BANK_A, KeyRole::Checker, 1)];

const fn rule(asset: AssetId, above: u64, checkers: u8) -> ParticipantStep {
    ParticipantStep::SetApprovals { rule: ApprovalRule { asset, above: Amount(above), checkers } }
}

fn set(world: &mut World, what: ParticipantStep) -> (Code, String) {
    act(world, BANK_A, what, &[GOVERNANCE])
}

/// The code of one payment of an amount, signed by these.
fn pay(world: &mut World, amount: u64, keys: &[Signer]) -> Code {
    let payment = Payment { amount: Amount(amount), ..world.payment() };
    run(world, &signed_by(BANK_A, Operation::Pay { payment }, keys)).0
}

#[test]
fn a_payment_needs_somebody_who_initiates() {
    let cases: &[(&[Signer], Code)] = &[
        (&[OPERATOR], Code::Ok),
        (&[MAKER], Code::Ok),
        (&[OPERATOR, MAKER], Code::Ok),
        (&[MAKER, CHECKERS[0]], Code::Ok),
        (&[], Code::KeyNotAuthorised),
        (&[CHECKERS[0]], Code::KeyNotAuthorised),
        (&[CHECKERS[0], CHECKERS[1]], Code::KeyNotAuthorised),
        (&[OPERATOR, (BANK_A, KeyRole::Compliance, 0)], Code::KeyNotAuthorised),
        (&[OPERATOR, (BANK_B, KeyRole::Operator, 0)], Code::KeyNotAuthorised),
        (&[MAKER, (BANK_B, KeyRole::Checker, 0)], Code::KeyNotAuthorised),
        (&[OPERATOR, GOVERNANCE], Code::KeyNotAuthorised),
    ];
    for (n, (keys, code)) in cases.iter().enumerate() {
        assert_eq!(pay(&mut World::new(), 100, keys), *code, "case {n}");
    }
}

#[test]
fn above_the_amount_checkers_sign_besides() {
    let mut world = World::new();
    assert_eq!(set(&mut world, rule(EUR, 1_000, 2)).0, Code::Ok);
    for (amount, keys, code) in [
        (1_000, &[MAKER][..], Code::Ok),
        (1_001, &[MAKER], Code::CheckerMissing),
        (1_001, &[OPERATOR], Code::CheckerMissing),
        (1_001, &[OPERATOR, MAKER], Code::CheckerMissing),
        (1_001, &[MAKER, CHECKERS[0]], Code::CheckerMissing),
        (1_001, &[MAKER, CHECKERS[0], CHECKERS[0]], Code::CheckerMissing),
        (1_001, &[MAKER, CHECKERS[0], CHECKERS[1]], Code::Ok),
        (1_001, &CHECKERS, Code::KeyNotAuthorised),
    ] {
        assert_eq!(pay(&mut world, amount, keys), code, "{amount} by {keys:?}");
    }
    // One checker is enough after a change, none once the rule is ended.
    assert_eq!(set(&mut world, rule(EUR, 0, 1)).0, Code::Ok);
    assert_eq!(pay(&mut world, 1, &[MAKER]), Code::CheckerMissing);
    assert_eq!(pay(&mut world, 1, &[MAKER, CHECKERS[1]]), Code::Ok);
    assert_eq!(set(&mut world, rule(EUR, 0, 0)).0, Code::Ok);
    assert_eq!(pay(&mut world, 1_001, &[MAKER]), Code::Ok);
}

/// By asset: nobody gets round a rule by many payments under one signature, nor pays for another
/// asset's.
#[test]
fn the_sum_of_a_bulk_counts_in_each_asset() {
    let mut world = World::new();
    assert_eq!(set(&mut world, rule(EUR, 1_000, 1)).0, Code::Ok);
    let bulk = |world: &mut World, euro: &[u64], real: u64| {
        let payment = |world: &mut World, amount| Payment { amount: Amount(amount), ..world.payment() };
        let mut payments: Vec<_> = euro.iter().map(|amount| payment(world, *amount)).collect();
        let in_real = payment(world, real);
        payments.push(Payment { asset: BRL, debtor_account: A_BRL, creditor_account: B_BRL, ..in_real });
        payments
    };
    type Form = fn(Vec<Payment>) -> Operation;
    let forms: [Form; 2] = [|payments| Operation::PayBulk { payments }, |payments| Operation::PayTogether { payments }];
    for form in forms {
        for (euro, real, keys, code) in [
            (&[500, 500][..], 9_000, &[MAKER][..], Code::Ok),
            (&[500, 501], 1, &[MAKER], Code::CheckerMissing),
            (&[500, 501], 1, &[MAKER, CHECKERS[0]], Code::Ok),
        ] {
            let payments = bulk(&mut world, euro, real);
            let count = if code.is_ok() { payments.len() } else { 1 };
            let entries = world.run(&[signed_by(BANK_A, form(payments), keys)]).entries;
            assert_eq!(entries.iter().map(|entry| entry.code).collect::<Vec<_>>(), vec![code; count]);
        }
    }
}

#[test]
fn rules_follow_the_assets_and_the_signatures_that_fit() {
    let mut world = World::new();
    let most = u8::try_from(MAX_APPROVALS - 1).unwrap();
    let malformed = |field: &str| (Code::ApprovalRuleMalformed, field.to_owned());
    assert_eq!(set(&mut world, rule(AssetId(9), 5, 1)), malformed("step.rule.asset"));
    assert_eq!(set(&mut world, rule(BRL, 5, most + 1)), malformed("step.rule.checkers"));
    assert_eq!(set(&mut world, rule(BRL, 5, most)).0, Code::Ok);
    assert_eq!(set(&mut world, rule(EUR, 6, 1)).0, Code::Ok);
    assert_eq!(set(&mut world, rule(BRL, 7, 2)).0, Code::Ok);
    let expected = [
        ApprovalRule { asset: EUR, above: Amount(6), checkers: 1 },
        ApprovalRule { asset: BRL, above: Amount(7), checkers: 2 },
    ];
    assert_eq!(world.ledger.state.participants.record(BANK_A).unwrap().approvals, expected);
    assert_restores(&world);
    for role in [KeyRole::Operator, KeyRole::Checker, KeyRole::Supervisor] {
        assert_eq!(act(&mut world, BANK_A, rule(EUR, 0, 0), &[(BANK_A, role, 0)]).0, Code::KeyNotAuthorised);
    }
}

#[test]
fn as_many_rules_as_fit_the_record() {
    let other =
        |n: usize| ApprovalRule { asset: AssetId(u16::try_from(n).unwrap() + 100), above: Amount(1), checkers: 1 };
    for (count, code) in [(MAX_APPROVAL_RULES - 1, Code::Ok), (MAX_APPROVAL_RULES, Code::CapacityExceeded)] {
        let mut world = World::new();
        let rules = (0..count).map(other).collect();
        world.ledger.state.participants.edit(BANK_A).unwrap().approvals = rules;
        assert_eq!(set(&mut world, rule(EUR, 5, 1)).0, code);
        assert_eq!(set(&mut world, rule(EUR, 5, 0)).0, Code::Ok);
    }
}

/// Signatures by nobody known are refused whatever is paid.
#[test]
fn approvals_that_came_unsorted_or_twice_count_once() {
    let mut world = World::new();
    assert_eq!(set(&mut world, rule(EUR, 0, 2)).0, Code::Ok);
    let payment = world.payment();
    let mut transaction = signed_by(BANK_A, Operation::Pay { payment }, &[MAKER, CHECKERS[0]]).transaction;
    let twice: Vec<_> = transaction.approvals.iter().chain(&transaction.approvals).copied().collect();
    transaction.approvals = twice;
    assert_eq!(run(&mut world, &IdentifiedTransaction::new(transaction)).0, Code::CheckerMissing);
}
