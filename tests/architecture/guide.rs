//! The recipes of CONTRIBUTING.md: each follows one example through the code. The files that its
//! list names are exactly those that name the example, so a list that grew old fails, and so does a
//! fact that came to stand in one more place.

use std::collections::BTreeSet;
use std::path::Path;

use crate::tree;

/// How the list of a recipe begins; what the example is called follows in backticks.
const BEGINS: &str = "Files that name `";

/// The recipes that the guide must have, by their headings.
const RECIPES: &[&str] = &["A step of an operation", "A ledger table", "An ISO 20022 message", "A route", "A command"];

/// One recipe: an example and the files in its list.
#[derive(Debug, PartialEq, Eq)]
struct Recipe {
    example: String,
    listed: BTreeSet<String>,
}

/// The recipes of a guide, in order.
fn recipes(guide: &str) -> Vec<Recipe> {
    let mut found: Vec<Recipe> = Vec::new();
    let mut in_list = false;
    for line in guide.lines() {
        if let Some(rest) = line.strip_prefix(BEGINS) {
            let example = rest.split('`').next().unwrap_or_default().to_owned();
            found.push(Recipe { example, listed: BTreeSet::new() });
            in_list = true;
        } else if let Some(entry) = line.strip_prefix("- `").filter(|_| in_list) {
            let path = entry.split('`').next().unwrap_or_default().to_owned();
            found.last_mut().expect("a list belongs to a recipe").listed.insert(path);
        } else {
            in_list &= line.is_empty() || line.starts_with(' ');
        }
    }
    found
}

/// Whether a file is product code: neither test nor benchmark nor example.
fn ships(path: &Path) -> bool {
    let aside =
        |part: &str| matches!(part, "tests" | "benches" | "examples" | "tests.rs") || part.ends_with("_tests.rs");
    !path.iter().any(|part| part.to_str().is_some_and(aside))
}

/// Files of the product that name an example.
fn naming(example: &str) -> BTreeSet<String> {
    let files = tree::files("rs").into_iter().filter(|path| ships(path) && tree::text(path).contains(example));
    files.map(|path| path.display().to_string()).collect()
}

#[test]
fn every_recipe_lists_the_files_that_its_example_stands_in() {
    let guide = tree::text(Path::new("CONTRIBUTING.md"));
    for heading in RECIPES {
        assert!(guide.contains(&format!("\n### {heading}\n")), "the guide says nothing about: {heading}");
    }
    let recipes = recipes(&guide);
    assert!(recipes.len() >= RECIPES.len(), "every recipe has an example: {recipes:?}");
    for Recipe { example, listed } in recipes {
        assert_eq!(listed, naming(&example), "left: the list in CONTRIBUTING.md; right: files that name {example}");
    }
}

#[test]
fn a_list_is_read_to_its_end() {
    let guide = "Files that name `One`:\n\n- `a.rs`: first\n  line\n- `b.rs`\n\nText.\n- `c.rs`\nFiles that name `Two`:\n- `d.rs`\n";
    let listed = |paths: &[&str]| paths.iter().map(|&path| path.to_owned()).collect();
    let expected = [
        Recipe { example: "One".into(), listed: listed(&["a.rs", "b.rs"]) },
        Recipe { example: "Two".into(), listed: listed(&["d.rs"]) },
    ];
    assert_eq!(recipes(guide), expected);
    assert!(!ships(Path::new("crates/ledger/src/tests/world.rs")) && ships(Path::new("crates/ledger/src/ledger.rs")));
}
