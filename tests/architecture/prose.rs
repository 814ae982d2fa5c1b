//! Doc comments that say something. One or two words satisfy `missing_docs` and repeat the name beside
//! them; a unit, a bound, a source or a reason takes three. A doc with a code span passes: it names a
//! place of a standard, such as the element that a field is read from.

use crate::tree;

/// Fewer words than this say nothing.
const FEWEST_WORDS: usize = 3;

/// Folders that are still to be mended. One without such a doc must leave the list.
const NOT_YET: &[&str] = &["crates/api", "crates/types"];

/// The doc comments of a source text, each with the line that it begins in.
fn docs(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut goes_on = false;
    for (index, line) in text.lines().enumerate() {
        let Some(doc) = line.trim_start().strip_prefix("///").filter(|rest| !rest.starts_with('/')) else {
            goes_on = false;
            continue;
        };
        match found.last_mut() {
            Some((_, said)) if goes_on => said.push_str(doc),
            _ => found.push((index + 1, doc.to_owned())),
        }
        goes_on = true;
    }
    found
}

fn says_nothing(doc: &str) -> bool {
    doc.split_whitespace().count() < FEWEST_WORDS && !doc.contains('`')
}

/// Every doc that says nothing, as `file:line: doc`.
fn empty_docs() -> Vec<String> {
    let mut found = Vec::new();
    for path in tree::files("rs") {
        for (line, doc) in docs(&tree::text(&path)).into_iter().filter(|(_, doc)| says_nothing(doc)) {
            found.push(format!("{}:{line}:{doc}", path.display()));
        }
    }
    found
}

#[test]
fn every_doc_comment_says_something() {
    let found = empty_docs();
    let fresh: Vec<_> = found.iter().filter(|at| !NOT_YET.iter().any(|folder| at.starts_with(folder))).collect();
    assert!(fresh.is_empty(), "write what it is, with unit, bound or source: {fresh:#?}");
    for folder in NOT_YET {
        assert!(found.iter().any(|at| at.starts_with(folder)), "{folder} is mended: take it off the list");
    }
}

#[test]
fn a_doc_of_two_words_is_found() {
    let text = "/// Which.\npub a: u8,\n/// `PmtId/TxId`.\npub b: u8,\n    /// One\n    /// two three.\n//// none\n";
    let found: Vec<_> = docs(text).into_iter().filter(|(_, doc)| says_nothing(doc)).collect();
    assert_eq!(found, [(1, " Which.".to_owned())]);
    assert_eq!(docs(text).len(), 3);
}
