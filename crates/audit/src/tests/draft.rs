//! A small history under the rules that held, and under drafts: one that changes nothing, one that
//! refuses the payment, and one that comes after it.

use corridor_crypto::Digest;
use corridor_types::operations::{AssetStep, ClientStep, RulebookPack, Rules};
use corridor_types::*;

use super::history::{Node, batch_of, plan};
use crate::compare::Decision;
use crate::draft::{Comparison, compare};
use crate::replay::Range;
use corridor_lab::testnet::plan::Plan;

/// Who acts, by position in the registry.
const AURORA_CENTRAL: usize = 0;
const AURORA: usize = 2;

const PAYMENT: [u8; 16] = [9; 16];
const CLIENT: ClientHandle = ClientHandle([7; 16]);

fn corridor() -> Corridor {
    Corridor { from: "BR".parse().unwrap(), to: "ZA".parse().unwrap() }
}

/// A transaction with the first `count` keys of a role; signatures are of no interest here.
fn signed(plan: &Plan, member: usize, role: KeyRole, count: usize, operation: Operation) -> Transaction {
    let keys = plan.keys[member].roles.iter().filter(|(of, _)| *of == role).take(count);
    let keys: Vec<_> = keys.map(|(_, key)| key).collect();
    let participant = ParticipantId(u32::try_from(member).unwrap());
    Transaction::sign(&plan.genesis.signing_context(), participant, Timestamp(u64::MAX), operation, &keys)
}

/// The first account of a member in the first asset.
fn account_of(genesis: &Genesis, member: u32) -> AccountId {
    let own = |entry: &AccountEntry| entry.owner == ParticipantId(member) && entry.asset == AssetId(0);
    AccountId(u32::try_from(genesis.accounts.iter().position(own).unwrap()).unwrap())
}

fn payment(plan: &Plan, expiry: Timestamp) -> Payment {
    Payment {
        uetr: Uetr::from_random(PAYMENT),
        debtor_account: account_of(&plan.genesis, 2),
        creditor_account: account_of(&plan.genesis, 3),
        asset: AssetId(0),
        amount: Amount(500),
        client: CLIENT,
        value_date: Timestamp(1_000).date(),
        expiry,
        control: Control::NotControlled,
        corridor: corridor(),
        priority: Priority::Normal,
        shortfall: Shortfall::Reject,
        charge_bearer: ChargeBearer::Shared,
        screening: None,
        details: Digest([5; 32]),
    }
}

fn preparation(plan: &Plan) -> Vec<Transaction> {
    let reference = |number| Uetr::from_random([number; 16]);
    let authorisation = ClientAuthorisation {
        handle: CLIENT,
        sponsor: ParticipantId(2),
        assets: vec![AssetId(0)],
        corridors: vec![corridor()],
        payment_cap: Amount(1_000),
        window: None,
        programme: None,
        valid_from: Timestamp(0),
        valid_until: Timestamp(1_000_000),
    };
    let account = account_of(&plan.genesis, 2);
    let issue =
        Operation::Asset { reference: reference(1), step: AssetStep::Issue { account, amount: Amount(10_000) } };
    let authorise = Operation::Client { reference: reference(2), step: ClientStep::Authorise { authorisation } };
    vec![
        signed(plan, AURORA_CENTRAL, KeyRole::Issuer, 2, issue),
        signed(plan, AURORA_CENTRAL, KeyRole::Supervisor, 1, authorise),
    ]
}

/// Block 1 issues money and authorises a client, block 2 has its payment, block 3 nothing.
fn compared(from: u64, rules: Rules) -> Comparison {
    let (plan, mut node) = (plan(), Node::new());
    let pay = Operation::Pay { payment: payment(&plan, Timestamp(100_000)) };
    let first = batch_of(0, 1, Digest([0; 32]), &preparation(&plan));
    let second = batch_of(0, 2, first.header.digest(), &[signed(&plan, AURORA, KeyRole::Operator, 1, pay)]);
    node.keep(&[&first, &second]);
    for (tip, batches) in [(&first, vec![&first]), (&second, vec![&second]), (&second, vec![])] {
        let block = node.block(&[tip]);
        node.execute(&block, &batches);
    }
    let (_dir, history) = node.stop();
    let history = history.unwrap();
    let range = Range::new(Height(from), None, history.executed()).unwrap();
    let pack =
        RulebookPack { country: corridor().from, corridor: None, version: 4, effective_from: Timestamp(0), rules };
    compare(&history, range, pack).unwrap()
}

#[test]
fn a_draft_that_says_what_held_anyway_changes_nothing() {
    let comparison = compared(1, Rules::default());
    let Comparison { from, to, decisions, different, changed, ended, .. } = &comparison;
    assert_eq!((*from, *to, *decisions, *different), (Height(1), Height(3), 3, 0), "{comparison}");
    assert!(changed.is_empty() && ended.is_none(), "{comparison}");
    assert!(comparison.to_string().ends_with("different  0"), "{comparison}");
}

#[test]
fn a_draft_that_demands_a_programme_would_have_refused_the_payment() {
    for from in [1, 2] {
        let comparison = compared(from, Rules { programme_required: true, ..Rules::default() });
        assert_eq!((comparison.different, comparison.changed.len()), (1, 1), "{comparison}");
        let found = &comparison.changed[0];
        assert_eq!((found.height, found.changed.kind), (Height(2), EntryKind::Pay));
        assert_eq!(found.changed.reference, Uetr::from_random(PAYMENT));
        let (awaits, rejected) = (PaymentStatus::AwaitingAttestation, PaymentStatus::Rejected);
        assert_eq!(found.changed.before, Some(Decision { status: Some(awaits), code: Code::Ok }));
        let after = Decision { status: Some(rejected), code: Code::ProgrammeRequired };
        assert_eq!(found.changed.after, Some(after));
        assert!(comparison.to_string().contains("block 2  pay 09090909"), "{comparison}");
    }
}

#[test]
fn a_draft_says_nothing_about_what_was_decided_before_it() {
    let comparison = compared(3, Rules { programme_required: true, ..Rules::default() });
    assert_eq!((comparison.from, comparison.decisions, comparison.different), (Height(3), 0, 0), "{comparison}");
}
