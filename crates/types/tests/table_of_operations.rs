//! The table of operations, written for readers: `docs/ledger.md` shows what the rows say. With
//! `CORRIDOR_WRITE_DOCS=1` in the environment the test writes the table anew instead of comparing it.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use corridor_types::operations::{FamilyRows, OPERATIONS, Row, SignedBy};
use corridor_types::{EntryKind, ParticipantKind};

const BEGIN: &str = "<!-- The table of operations, from crates/types; `make docs-tables` writes it. -->\n";
const END: &str = "<!-- End of the table of operations. -->\n";

fn kinds(by: &[ParticipantKind]) -> String {
    if by == ParticipantKind::ALL {
        return "everybody".to_owned();
    }
    by.iter().map(|kind| kind.as_str().replace('_', " ")).collect::<Vec<_>>().join(", ")
}

fn entries(row: &Row) -> String {
    let all = [row.entry].into_iter().chain(row.also.iter().copied());
    all.map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", ")
}

fn line(out: &mut String, family: &FamilyRows, row: &Row) {
    let (name, number, sentence) = (family.name_of(row), row.number, row.doc.trim());
    let sentence = sentence.replace("[`", "`").replace("`]", "`");
    let first = if row.is_urgent { " Goes first." } else { "" };
    let (by, signed, entries) = (kinds(row.by), row.signed, entries(row));
    writeln!(out, "| {}.{number} | `{name}` | {sentence}{first} | {by} | {signed} | {entries} |", family.number)
        .unwrap();
}

fn table() -> String {
    let mut out = "| number | operation | what it does | who may submit it | whose signatures | entries |\n".to_owned();
    out.push_str("|---|---|---|---|---|---|\n");
    for family in OPERATIONS {
        family.steps.iter().for_each(|row| line(&mut out, family, row));
    }
    out
}

#[test]
fn the_document_shows_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/ledger.md");
    let document = std::fs::read_to_string(path).unwrap();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (shown, after) = rest.split_once(END).unwrap();
    if std::env::var_os("CORRIDOR_WRITE_DOCS").is_some() {
        std::fs::write(path, format!("{before}{BEGIN}{}{END}{after}", table())).unwrap();
        return;
    }
    assert_eq!(shown, table(), "docs/ledger.md is behind the table; run `make docs-tables`");
}

#[test]
fn names_and_numbers_are_given_once() {
    let count = OPERATIONS.iter().map(|family| family.steps.len()).sum::<usize>();
    let rows = || OPERATIONS.iter().flat_map(|family| family.steps.iter().map(move |row| (family, row)));
    assert_eq!(rows().map(|(family, row)| family.name_of(row)).collect::<BTreeSet<_>>().len(), count);
    assert_eq!(rows().map(|(family, row)| (family.number, row.number)).collect::<BTreeSet<_>>().len(), count);
    for (position, family) in OPERATIONS.iter().enumerate() {
        assert_eq!(usize::from(family.number), position, "{}", family.name);
        assert!(family.steps.iter().enumerate().all(|(n, row)| usize::from(row.number) == n), "{}", family.name);
    }
}

#[test]
fn somebody_submits_and_somebody_signs_every_operation() {
    for (family, row) in OPERATIONS.iter().flat_map(|family| family.steps.iter().map(move |row| (family, row))) {
        let name = family.name_of(row);
        assert!(!row.by.is_empty() && row.doc.trim().ends_with('.'), "{name}");
        match row.signed {
            SignedBy::Own { count, roles, .. } => assert!(count > 0 && !roles.is_empty(), "{name}"),
            SignedBy::ByKind { count, others: (others, _), central_bank: (central, _) } => {
                assert!(count > 0 && !others.is_empty() && !central.is_empty(), "{name}");
            }
            SignedBy::Rule { text, .. } => assert!(!text.is_empty(), "{name}"),
        }
    }
}

/// What the ledger reports by itself is no operation's own entry; everything else is some operation's.
#[test]
fn every_kind_of_entry_is_some_operations_or_the_ledgers_own() {
    let own = [EntryKind::Expire, EntryKind::Settle, EntryKind::Stop, EntryKind::Enact];
    let rows = || OPERATIONS.iter().flat_map(|family| family.steps);
    for kind in EntryKind::ALL {
        assert_eq!(rows().any(|row| row.entry == *kind), !own.contains(kind), "{kind}");
    }
}
