use corridor_types::Height;
use corridor_types::persist::{Change, Table};

use crate::compare::{Differences, Item, Place};
use crate::records::{Determined, compare};

fn record(table: u8, key: u8, value: u8) -> Change {
    Change { table: Table(table), key: vec![key], value: Some(vec![value]) }
}

/// Genesis determines a record of table 1; execution leaves that one and two more.
fn replayed() -> Vec<Change> {
    vec![record(1, 0, 5), record(1, 1, 6), record(2, 0, 7)]
}

fn check(stored: &[Change], expected: &[(&str, Option<&str>, Option<&str>)]) {
    let mut found = Differences::default();
    let determined = Determined::new([record(1, 0, 5), record(1, 1, 9)].into_iter());
    let disk = stored.iter().cloned().map(Ok);
    let compared = compare(Height(4), disk, replayed().into_iter(), &determined, &mut found).unwrap();
    assert_eq!(compared, 3);
    let place = |which: &str| Place::of(Height(4), Item::Record, which);
    let sides = found.first.iter().map(|d| (d.place.clone(), d.stored.as_deref(), d.replayed.as_deref()));
    let expected: Vec<_> =
        expected.iter().map(|(which, stored, replayed)| (place(which), *stored, *replayed)).collect();
    assert_eq!(sides.collect::<Vec<_>>(), expected);
    assert_eq!(found.count, expected.len() as u64);
}

#[test]
fn records_agree_on_disk_or_by_genesis() {
    check(&replayed(), &[]);
    check(&replayed()[1..], &[]);
}

#[test]
fn a_record_that_differs_lacks_or_is_too_many_is_named() {
    check(&[record(1, 1, 6), record(2, 0, 8)], &[("table 2 key 00", Some("08"), Some("07"))]);
    // Genesis has it with another value: a block changed it, so it must be on disk.
    check(&[record(2, 0, 7)], &[("table 1 key 01", None, Some("06"))]);
    check(&[record(1, 1, 6)], &[("table 2 key 00", None, Some("07"))]);
    let more = [record(0, 0, 1), record(1, 1, 6), record(1, 2, 2), record(2, 0, 7), record(3, 0, 3)];
    let named = ["table 0 key 00", "table 1 key 02", "table 3 key 00"].into_iter().zip(["01", "02", "03"]);
    check(&more, &named.map(|(which, value)| (which, Some(value), None)).collect::<Vec<_>>());
    check(&[record(1, 0, 4), record(1, 1, 6), record(2, 0, 7)], &[("table 1 key 00", Some("04"), Some("05"))]);
}
