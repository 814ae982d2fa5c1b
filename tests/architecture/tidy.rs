//! What reviews found often enough to let a test find it: silent defaults and unchecked invariants in
//! the crates whose results are signed. A value that cannot be must stop the node by name
//! (`Halt::Invariant` and its like), not go on as zero.

use std::path::{Path, PathBuf};

use crate::tree;

/// The crates whose results are voted on and signed.
const STRICT: [&str; 2] = ["consensus/src", "crates/ledger/src"];

/// Stands in for what is not there or does not fit. Each needs a comment that says why it is right
/// there: on its line or directly above, beginning with the word given.
const SILENT: [(&str, &str); 3] =
    [("unwrap_or_default()", "Default:"), ("::MAX)", "Default:"), (".saturating_", "Saturating:")];

/// Checks of what must hold: by a named halt, or at compile time, or in builds with assertions.
const CHECKS: [&str; 5] = ["invariant(", ".demand(", "assert!(", "assert_eq!(", "assert_ne!("];

/// Checks per thousand lines of production code, comments included.
const CHECKS_PER_THOUSAND: usize = 5;

/// The lines of a file that ship: all before its module of tests.
fn production(text: &str) -> Vec<&str> {
    let lines: Vec<_> = text.lines().collect();
    let is_tests =
        |at: usize| lines[at] == "#[cfg(test)]" && lines.get(at + 1).is_some_and(|next| next.ends_with("tests {"));
    let end = (0..lines.len()).find(|at| is_tests(*at)).unwrap_or(lines.len());
    lines[..end].to_vec()
}

/// True if the comment on this line or directly above begins with the word.
fn has_reason(lines: &[&str], at: usize, word: &str) -> bool {
    let above = lines[..at].iter().rev().map(|line| line.trim()).take_while(|line| line.starts_with("//"));
    let beside = lines[at].split_once(" // ").map(|(_, comment)| comment);
    above.map(|line| line.trim_start_matches("// ")).chain(beside).any(|comment| comment.starts_with(word))
}

fn silent(name: &str, text: &str) -> Vec<String> {
    let lines = production(text);
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let is_default = |form: &str| line.contains(form) && (form != "::MAX)" || line.contains("unwrap_or("));
        for (form, word) in SILENT {
            if !line.trim().starts_with("//") && is_default(form) && !has_reason(&lines, at, word) {
                found.push(format!("{name}:{}: {form} without a comment `// {word} ...`: {}", at + 1, line.trim()));
            }
        }
    }
    found
}

fn checks(text: &str) -> (usize, usize) {
    let lines = production(text);
    let is_check = |line: &&&str| !line.trim().starts_with("//") && CHECKS.iter().any(|form| line.contains(form));
    let defines = |line: &&&str| line.contains("fn invariant(");
    (lines.iter().filter(is_check).filter(|line| !defines(line)).count(), lines.len())
}

/// The production files below a folder, with their text.
fn sources(of: &str) -> Vec<(String, String)> {
    let is_test = |path: &Path| path.iter().any(|part| part == "tests" || part == "tests.rs");
    let ours = |path: &PathBuf| path.starts_with(of) && !is_test(path);
    let files: Vec<_> = tree::files("rs").into_iter().filter(ours).collect();
    assert!(!files.is_empty(), "{of} has files");
    files.iter().map(|path| (path.display().to_string(), tree::text(path))).collect()
}

#[test]
fn what_is_signed_has_no_silent_defaults() {
    let found: Vec<_> =
        STRICT.iter().flat_map(|of| sources(of)).flat_map(|(name, text)| silent(&name, &text)).collect();
    assert!(found.is_empty(), "{} silent defaults:\n{}", found.len(), found.join("\n"));
}

#[test]
fn what_is_signed_is_checked() {
    for of in STRICT {
        let counts = sources(of).iter().map(|(_, text)| checks(text)).collect::<Vec<_>>();
        let (made, lines) = counts.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        println!("{of}: {made} checks in {lines} lines");
        assert!(made * 1_000 >= CHECKS_PER_THOUSAND * lines, "{of}: {made} checks in {lines} lines of production code");
    }
}

#[test]
fn the_silent_forms_are_found_and_their_reasons_too() {
    let bad = "let a = b.unwrap_or_default();\nlet c = d.unwrap_or(u32::MAX);\nlet e = f.saturating_sub(1);\n";
    assert_eq!(silent("x", bad).len(), 3);
    let good = "// Default: b was never asked for.\nlet a = b.unwrap_or_default();\nlet e = f.saturating_sub(1); // Saturating: f may be 0.\n";
    assert_eq!(silent("x", good), Vec::<String>::new());
    let wrong = "// Default: about something else.\nlet e = f.saturating_sub(1);\n";
    assert_eq!(silent("x", wrong).len(), 1);
    assert_eq!(checks("invariant(a, \"b\")?;\n#[cfg(test)]\nmod tests {\nassert!(c);\n"), (1, 1));
}
