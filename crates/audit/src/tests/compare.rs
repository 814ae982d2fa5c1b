use corridor_crypto::Digest;
use corridor_types::persist::Executed;
use corridor_types::{Amount, Code, EntryKind, Height, PaymentStatus};

use super::fixtures::{entry, executed, payment};
use crate::compare::{Decision, Differences, Item, MAX_SHOWN, Place, changed, compare};

/// Three payments, of which the second is refused.
fn block() -> Executed {
    let payments = [payment(1, 0, 10), payment(2, 0, 20), payment(3, 0, 30)];
    let (paid, refused) = (Some(PaymentStatus::AwaitingAttestation), Some(PaymentStatus::Rejected));
    let entries = vec![
        entry(EntryKind::Pay, &payments[0], paid, Code::Ok),
        entry(EntryKind::Pay, &payments[1], refused, Code::InsufficientFunds),
        entry(EntryKind::Pay, &payments[2], paid, Code::Ok),
    ];
    executed(7, &[&payments[0], &payments[1], &payments[2]], entries)
}

fn differences(change: impl FnOnce(&mut Executed)) -> Differences {
    let mut stored = block();
    change(&mut stored);
    let mut found = Differences::default();
    compare(&stored, &block(), &mut found);
    found
}

/// The one difference, as place, field and both sides.
fn only(found: &Differences) -> (Place, &str, Option<&str>, Option<&str>) {
    let [difference] = &found.first[..] else { panic!("{found:?}") };
    assert_eq!(found.count, 1);
    (difference.place.clone(), &difference.field, difference.stored.as_deref(), difference.replayed.as_deref())
}

#[test]
fn equal_results_have_no_difference() {
    assert_eq!(differences(|_| {}), Differences::default());
}

#[test]
fn a_difference_names_height_position_field_and_both_sides() {
    let height = Height(7);
    let found = differences(|stored| stored.entries[1].code = Code::ClientRevoked);
    let sides = (Some("client_revoked"), Some("insufficient_funds"));
    assert_eq!(only(&found), (Place::of(height, Item::Entry, 1), "code", sides.0, sides.1));
    assert_eq!(found.decisions, 1);

    let found = differences(|stored| stored.entries[2].time.0 += 1);
    assert_eq!(only(&found), (Place::of(height, Item::Entry, 2), "time", Some("7001"), Some("7000")));
    assert_eq!(found.decisions, 0, "what was decided is the same");

    let found = differences(|stored| stored.outcome.entries = 4);
    assert_eq!(only(&found), (Place::only(height, Item::Outcome), "entries", Some("4"), Some("3")));

    let found = differences(|stored| stored.payments[0].amount = Amount(11));
    assert_eq!(only(&found), (Place::of(height, Item::Payment, 0), "amount", Some("11"), Some("10")));
}

#[test]
fn what_one_side_lacks_is_shown_whole() {
    let found = differences(|stored| stored.entries.truncate(2));
    let (place, field, stored, replayed) = only(&found);
    assert_eq!((place, field, stored), (Place::of(Height(7), Item::Entry, 2), "", None));
    assert!(replayed.unwrap().contains("awaiting_attestation"), "{replayed:?}");
    assert_eq!(found.decisions, 1);
    let found = differences(|stored| stored.entries.clear());
    assert_eq!((found.count, found.decisions), (3, 3));
}

#[test]
fn the_first_ones_are_kept_and_all_are_counted() {
    let mut found = Differences::default();
    for height in 0..100 {
        let mut stored = block();
        let mut replayed = block();
        (stored.outcome.height, replayed.outcome.height) = (Height(height), Height(height));
        stored.outcome.state = Digest([9; 32]);
        compare(&stored, &replayed, &mut found);
    }
    assert_eq!((found.count, found.first.len() as u64), (100, MAX_SHOWN));
    assert_eq!(found.first[0].place, Place::only(Height(0), Item::Outcome));
}

#[test]
fn decisions_are_compared_by_what_they_are_about_not_where_they_stand() {
    let before = block().entries;
    assert_eq!(changed(&before, &before), []);
    let held = Decision { status: Some(PaymentStatus::Held), code: Code::Ok };
    let mut after = before.clone();
    after.remove(0);
    after[0].status = held.status;
    after[0].code = held.code;
    let found = changed(&before, &after);
    let paid = Decision { status: Some(PaymentStatus::AwaitingAttestation), code: Code::Ok };
    let refused = Decision { status: Some(PaymentStatus::Rejected), code: Code::InsufficientFunds };
    let sides: Vec<_> = found.iter().map(|changed| (changed.reference, changed.before, changed.after)).collect();
    assert_eq!(sides, [(before[0].reference, Some(paid), None), (before[1].reference, Some(refused), Some(held))]);
    // The same transaction in two batches decides twice.
    let twice = [before.clone(), before.clone()].concat();
    assert_eq!(changed(&before, &twice).len(), 3);
    assert!(changed(&twice, &before).iter().all(|changed| changed.after.is_none()));
}
