//! Decision records: each has its own number, a status with a date, and a line in the list.

use crate::tree;

/// What is wrong with one record, by its file name and text.
fn faults(name: &str, text: &str, list: &str) -> Vec<String> {
    let mut lines = text.lines();
    let number = name.split('-').next().and_then(|digits| digits.parse::<u32>().ok());
    let title = lines.next().and_then(|line| line.strip_prefix("# ")?.split_once(". "));
    let status = lines.nth(1).unwrap_or_default();
    let mut found = Vec::new();
    if number.is_none() || title.and_then(|(titled, _)| titled.parse().ok()) != number {
        found.push(format!("{name}: its title begins with its number"));
    }
    let known = ["Proposed, ", "Accepted, ", "Superseded by ["].iter().any(|start| status.starts_with(start));
    if !known || !ends_with_a_date(status) {
        found.push(format!("{name}: its third line is its status and the date, such as 'Accepted, 2026-11-22.'"));
    }
    if !list.contains(&format!("]({name})")) {
        found.push(format!("{name}: the list does not name it"));
    }
    found
}

/// `... 2026-11-22.`
fn ends_with_a_date(status: &str) -> bool {
    let date = status.trim_end_matches('.').rsplit(' ').next().unwrap_or_default();
    date.split('-').map(str::len).eq([4, 2, 2]) && date.chars().all(|c| c.is_ascii_digit() || c == '-')
}

#[test]
fn every_decision_has_a_number_a_status_and_a_line_in_the_list() {
    let folder = std::path::Path::new("docs/decisions");
    let list = tree::text(&folder.join("README.md"));
    let mut numbers = std::collections::BTreeSet::new();
    let mut found = Vec::new();
    for path in tree::files("md").iter().filter(|path| path.parent() == Some(folder)) {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a plain name");
        if name != "README.md" {
            found.extend(faults(name, &tree::text(path), &list));
            assert!(numbers.insert(name[..4].to_owned()), "{name}: its number is taken");
        }
    }
    assert!(numbers.len() >= 18, "the records are found");
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_decision_without_a_status_is_found() {
    let good = "# 19. Name\n\nSuperseded by [20](0020-x.md), 2026-12-01.\n";
    let list = "1. [Name](0019-name.md)";
    assert_eq!(faults("0019-name.md", good, list), Vec::<String>::new());
    assert_eq!(faults("0019-name.md", "# 18. Name\n\n**Context.**\n", "").len(), 3);
    assert_eq!(faults("0019-name.md", "# 19. Name\n\nAccepted, soon.\n", list).len(), 1);
}
