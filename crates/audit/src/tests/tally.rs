use std::collections::BTreeMap;

use corridor_types::{
    Amount, Code, Control, CurrencyCode, EntryKind, Height, LicenceHandle, LicenceUse, Payment, PaymentStatus,
};

use super::fixtures::{entry, executed, payment};
use crate::replay::Range;
use crate::tally::{Counts, Decided, Refused, Sum, Tally};

use PaymentStatus::{AwaitingAttestation, Expired, Rejected, Settled};

fn currency(code: &str) -> CurrencyCode {
    code.parse().unwrap()
}

/// Three payments in one currency and one in another; one is refused at once, one settles, one
/// lapses, one stays open. In block 4 the refused one is asked for again.
fn counts(from: u64, to: u64) -> Counts<CurrencyCode> {
    let key = |payment: &Payment| match payment.asset.0 {
        0 => Some(currency("BRL")),
        1 => Some(currency("ZAR")),
        _ => None,
    };
    let mut tally = Tally::new(key, Range { from: Height(from), to: Height(to) });
    let [a, b, c] = [payment(1, 0, u64::MAX), payment(2, 0, u64::MAX), payment(3, 0, 30)];
    let (d, unknown) = (payment(4, 1, 40), payment(5, 2, 50));
    let pay = |payment, status, code| entry(EntryKind::Pay, payment, Some(status), code);
    let waits = |payment| pay(payment, AwaitingAttestation, Code::Ok);
    let first = vec![
        waits(&a),
        waits(&b),
        pay(&c, Rejected, Code::InsufficientFunds),
        pay(&unknown, Rejected, Code::UnknownAsset),
    ];
    tally.see(&executed(1, &[&a, &b, &c, &unknown], first));
    let attest = entry(EntryKind::Attest, &a, Some(Settled), Code::Ok);
    tally.see(&executed(2, &[&d], vec![waits(&d), attest.clone(), attest]));
    tally.see(&executed(3, &[], vec![entry(EntryKind::Expire, &b, Some(Expired), Code::PaymentExpired)]));
    tally.see(&executed(4, &[], vec![pay(&c, Rejected, Code::InsufficientFunds)]));
    tally.finish()
}

fn sum(payments: u64, minor: u128) -> Sum {
    Sum { payments, minor }
}

const MAX: u128 = u64::MAX as u128;

#[test]
fn payments_volumes_and_refusals_are_counted_by_group() {
    let Counts { groups, requests } = counts(1, 4);
    let [real, rand] = &groups[..] else { panic!("{groups:?}") };
    assert_eq!((real.group, rand.group), (currency("BRL"), currency("ZAR")));
    assert_eq!(real.seen, sum(3, 2 * MAX + 30));
    let reached = [(AwaitingAttestation, sum(2, 2 * MAX)), (Settled, sum(1, MAX)), (Rejected, sum(1, 30))];
    assert_eq!(real.reached, BTreeMap::from(reached).into_iter().chain([(Expired, sum(1, MAX))]).collect());
    let refused = [(Code::InsufficientFunds, sum(1, 30)), (Code::PaymentExpired, sum(1, MAX))];
    assert_eq!((&real.refused, &real.open), (&BTreeMap::from(refused), &BTreeMap::new()));
    assert_eq!(real.decided, Some(Decided { first: Height(1), median: Height(2), last: Height(3) }));
    assert_eq!(rand.open, BTreeMap::from([(AwaitingAttestation, sum(1, 40))]));
    assert_eq!((rand.seen, rand.decided), (sum(1, 40), None));
    let refused = |code| Refused { kind: EntryKind::Pay, code, count: 1 };
    assert_eq!(requests, [refused(Code::UnknownAsset), refused(Code::InsufficientFunds)]);
    let json = serde_json::to_value(real.seen).unwrap();
    assert_eq!(json["minor"], (2 * MAX + 30).to_string());
}

#[test]
fn only_what_happens_in_the_range_counts_and_what_began_before_is_known() {
    let Counts { groups, requests } = counts(3, 4);
    let [real, rand] = &groups[..] else { panic!("{groups:?}") };
    assert_eq!((real.seen, rand.seen), (sum(0, 0), sum(0, 0)));
    assert_eq!(real.reached, BTreeMap::from([(Expired, sum(1, MAX))]));
    assert_eq!(rand.open, BTreeMap::from([(AwaitingAttestation, sum(1, 40))]));
    assert_eq!(requests.len(), 1);
}

#[test]
fn what_settled_on_a_licence_is_counted_by_licence() {
    let (first, second) = (LicenceHandle([1; 16]), LicenceHandle([2; 16]));
    let uses = |list: &[(LicenceHandle, u64)]| {
        let licences = list.iter().map(|(licence, amount)| LicenceUse { licence: *licence, amount: Amount(*amount) });
        Control::Controlled { licences: licences.collect() }
    };
    let both = Payment { control: uses(&[(first, 60), (second, 40)]), ..payment(1, 0, 100) };
    let one = Payment { control: uses(&[(first, 30)]), ..payment(2, 0, 50) };
    let refused = Payment { control: uses(&[(second, 5)]), ..payment(3, 0, 5) };
    let mut tally = Tally::new(|_: &Payment| Some(currency("BRL")), Range { from: Height(1), to: Height(1) });
    let entries = vec![
        entry(EntryKind::Pay, &both, Some(Settled), Code::Ok),
        entry(EntryKind::Pay, &one, Some(Settled), Code::Ok),
        entry(EntryKind::Pay, &refused, Some(Rejected), Code::LicenceExhausted),
    ];
    tally.see(&executed(1, &[&both, &one, &refused], entries));
    let groups = tally.finish().groups;
    assert_eq!(groups[0].licences, BTreeMap::from([(first, sum(2, 90)), (second, sum(1, 40))]));
}
