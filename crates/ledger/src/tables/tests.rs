//! Every row of the list, one by one: a table that could be changed without anybody's notice, or
//! that a restart or a snapshot would lose, fails here.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;

use corridor_crypto::Digest;
use corridor_types::persist::{Change, Table};
use corridor_types::{Genesis, Height, Timestamp};

use super::{CANDIDATES, LAYOUTS, META, PerTable, REFERENCES};
use crate::tests::model::{lived, through_snapshot};
use crate::{Candidate, Ledger};

/// A ledger with a record in every table: what random traffic leaves, and a candidate, which it
/// never declares.
fn full() -> (Genesis, Ledger) {
    let (genesis, mut ledger) = lived(1);
    let validator = ledger.validators().iter().next().unwrap().1.clone();
    let (height, time) = (Height(1), Timestamp(1));
    ledger.state.candidates.declare(Candidate { validator, height, time });
    (genesis, Ledger::sealed(ledger.state))
}

fn of(records: &[Change], table: Table) -> Vec<&Change> {
    records.iter().filter(|change| change.table == table).collect()
}

fn differing(one: PerTable<Digest>, other: PerTable<Digest>) -> Vec<&'static str> {
    let pairs = one.into_iter().zip(other.into_iter());
    pairs.filter(|((_, one), (_, other))| one != other).map(|((layout, _), _)| layout.name).collect()
}

#[test]
fn every_table_is_listed_and_survives_a_snapshot_and_a_restart() {
    let (genesis, ledger) = full();
    let records: Vec<_> = ledger.records().collect();
    let listed: BTreeSet<_> = records.iter().map(|change| change.table).collect();
    let with_slots = LAYOUTS.as_ref().into_iter().map(|(layout, _)| layout.table);
    let expected: BTreeSet<_> = with_slots.chain([META, REFERENCES]).collect();
    assert_eq!(listed, expected);
    let snapshot = through_snapshot(&genesis, &ledger);
    let restored = Ledger::restore(&genesis, snapshot.clone()).unwrap();
    let again: Vec<_> = restored.records().collect();
    for table in expected {
        assert_eq!(of(&snapshot, table), of(&records, table), "table {} in a snapshot", table.0);
        assert_eq!(of(&again, table), of(&records, table), "table {} restored", table.0);
    }
    assert_eq!(restored.roots(), ledger.roots());
}

#[test]
fn a_change_of_any_table_changes_its_root_the_commitment_and_what_is_stored() {
    let (_, ledger) = full();
    let records: Vec<_> = ledger.records().collect();
    for (layout, _) in LAYOUTS.as_ref().into_iter() {
        let last = *of(&records, layout.table).last().unwrap();
        let mut state = ledger.state.clone();
        state.slots_mut().get_mut(layout.table).unwrap().load(&last.key, None).unwrap();
        let (roots, changes) = state.seal().unwrap();
        assert_ne!(roots.digest(), ledger.state(), "{}", layout.name);
        assert_eq!(differing(roots.tables, ledger.roots().tables), [layout.name]);
        let gone = Change { table: layout.table, key: last.key.clone(), value: None };
        assert_eq!(changes.iter().filter(|change| change.table != META).collect::<Vec<_>>(), [&gone]);
    }
}

#[test]
fn a_table_is_found_by_its_number_and_by_no_other() {
    for number in 0..=u8::MAX {
        let found = LAYOUTS.get(Table(number)).map(|layout| layout.table);
        let listed = LAYOUTS.as_ref().into_iter().any(|(layout, _)| layout.table.0 == number);
        assert_eq!(found, listed.then_some(Table(number)));
    }
    assert_eq!(LAYOUTS.get(CANDIDATES).map(|layout| layout.name), Some("candidates"));
}

/// A run is a subtree, so a table is a whole number of runs.
#[test]
fn runs_divide_their_table() {
    for (layout, _) in LAYOUTS.as_ref().into_iter() {
        assert_eq!(layout.in_all % (1 << layout.run_bits), 0, "{}", layout.name);
    }
}

/// Number, name, bounds and run of each table stand in the documentation too.
#[test]
fn the_documentation_lists_the_tables() {
    let page = include_str!("../../../../docs/ledger/state.md");
    let thousands = |number: usize| {
        let digits = number.to_string();
        let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap()).collect();
        groups.join(",")
    };
    for (layout, _) in LAYOUTS.as_ref().into_iter() {
        let owner = layout.by_owner.map_or_else(|| "-".to_owned(), thousands);
        let (number, name, in_all) = (layout.table.0, layout.name, thousands(layout.in_all as usize));
        let ending = format!("| {in_all} | {owner} | {} |", thousands(layout.slots_in_run()));
        let line = page.lines().find(|line| line.starts_with(&format!("| {number} {name} |")));
        assert!(line.is_some_and(|line| line.ends_with(&ending)), "{number} {name} ... {ending}, not {line:?}");
    }
}
