//! What documents name exists: the target of every relative link, with its heading, and every path in
//! backticks. Addresses of the web are not looked at: a test never asks the network.

use std::path::{Path, PathBuf};

use crate::tree;

/// Files that a path in backticks may name; another word with a slash is a rate, a route or a name.
const EXTENSIONS: &[&str] = &[".json", ".md", ".py", ".rs", ".sh", ".toml", ".xml", ".xsd"];

/// Paths that begin so are made when something runs, not kept in the repository.
const MADE_LATER: &[&str] = &["target/", "testnet/", "~/"];

/// Text without its fenced blocks: commands that a reader types are no paths of ours.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let mut kept = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// Targets of the links that point into the repository.
fn links(prose: &str) -> Vec<&str> {
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://") && !target.contains('\n')).collect()
}

/// Paths in backticks.
fn paths(prose: &str) -> Vec<&str> {
    prose.split('`').skip(1).step_by(2).filter(|span| is_path(span)).collect()
}

/// Whether the text in backticks is a path of the repository, without a part to be filled in.
fn is_path(span: &str) -> bool {
    let plain = span.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    let kept = !MADE_LATER.iter().any(|start| span.starts_with(start)) && !span.starts_with(['/', '.']);
    let first = span.split('/').next().unwrap_or_default();
    let file = EXTENSIONS.iter().any(|extension| span.ends_with(extension));
    plain && kept && span.contains('/') && (file || tree::root().join(first).is_dir())
}

/// A heading as the link to it is written.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Whether a link's target is there, seen from the document that holds it.
fn leads_somewhere(document: &Path, target: &str) -> bool {
    let (file, heading) = target.split_once('#').map_or((target, None), |(file, heading)| (file, Some(heading)));
    let folder = document.parent().unwrap_or(Path::new(""));
    let path: PathBuf = if file.is_empty() { document.to_owned() } else { folder.join(file) };
    if !tree::root().join(&path).exists() {
        return false;
    }
    heading.is_none_or(|wanted| {
        prose(&tree::text(&path)).lines().any(|line| line.starts_with('#') && anchor(line) == wanted)
    })
}

/// A path is written from the root, from the document's folder or from its crate.
fn stands(document: &Path, path: &str) -> bool {
    document.ancestors().any(|folder| tree::root().join(folder).join(path).exists())
}

fn broken(document: &Path, text: &str) -> Vec<String> {
    let prose = prose(text);
    let dead = links(&prose).into_iter().filter(|target| !leads_somewhere(document, target));
    let gone = paths(&prose).into_iter().filter(|path| !stands(document, path));
    dead.chain(gone).map(|what| format!("{}: {what}", document.display())).collect()
}

#[test]
fn every_link_and_every_path_in_a_document_exists() {
    let documents = tree::files("md");
    assert!(documents.len() > 20, "the documents are found");
    let found: Vec<_> = documents.iter().flat_map(|document| broken(document, &tree::text(document))).collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_broken_link_is_found() {
    let text = "[a](README.md) [b](docs/none.md) [c](README.md#start) [d](README.md#nowhere) [e](https://x.y) `docs/no.md` \
                `docs/cli.md` `a/s` `crates/none/src` `crates/NAME/*.rs`\n```sh\ncat `docs/gone.md`\n```\n";
    let expected = ["docs/none.md", "README.md#nowhere", "docs/no.md", "crates/none/src"];
    assert_eq!(broken(Path::new("README.md"), text), expected.map(|what| format!("README.md: {what}")));
}
