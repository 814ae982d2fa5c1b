//! Files of one crate that import each other in a circle, found in the text alone.
//!
//! An edge leads from a file to the file that holds a name it uses, by `crate::`, `super::` or a
//! module that it imported. A re-export is no edge: who uses the name is counted to the file it comes
//! from. Tests are left out; so are names that macros make and methods, which no text shows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Circles that stand until somebody unties them, by crate. An entry that is not found any more fails.
pub const KNOWN: &[(&str, &[&[&str]])] = &[(
    "crates/api",
    &[
        &["diagnose.rs", "diagnose/fields.rs", "diagnose/steps.rs"],
        &["document.rs", "events.rs", "handlers/operations.rs", "router.rs", "server.rs"],
        &["schema/certificates.rs", "schema/transactions.rs"],
    ],
)];

/// The crates whose files form no circle, by their folder.
pub const CRATES: &[&str] = &["consensus", "crates/ledger", "crates/lanes", "crates/api"];

type Module = Vec<String>;

/// A file of a crate, and where in the tree of modules it stands.
struct File {
    module: Module,
    words: Vec<String>,
}

/// What a path of names in a file begins with, and the module or name that this stands for.
type Names = BTreeMap<String, Module>;

/// The circles of the crate in a folder, each as its sorted files.
pub fn circles(folder: &Path) -> Vec<Vec<String>> {
    let source = folder.join("src");
    let mut files = BTreeMap::new();
    read(&source, &source, &mut files);
    let modules: BTreeMap<Module, String> =
        files.iter().map(|(name, file)| (file.module.clone(), name.clone())).collect();
    let exports: BTreeMap<Module, Names> =
        files.values().map(|file| (file.module.clone(), uses(file, &modules, true))).collect();
    let edges: BTreeMap<&String, BTreeSet<String>> = files
        .iter()
        .map(|(name, file)| {
            let targets = paths(file, &modules).into_iter().filter_map(|path| target(path, &modules, &exports, 8));
            (name, targets.filter(|to| to != name).collect())
        })
        .collect();
    let reached: BTreeMap<&String, BTreeSet<String>> = edges.keys().map(|from| (*from, reach(from, &edges))).collect();
    let mut found = BTreeSet::new();
    for (from, to) in &reached {
        let circle: Vec<_> = to.iter().filter(|to| reached[to].contains(*from)).cloned().collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

/// All files that can be reached from one by edges; itself only by a circle.
fn reach(from: &str, edges: &BTreeMap<&String, BTreeSet<String>>) -> BTreeSet<String> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![from.to_owned()]);
    while let Some(file) = next.pop() {
        for to in &edges[&file] {
            if reached.insert(to.clone()) {
                next.push(to.clone());
            }
        }
    }
    reached
}

fn read(root: &Path, folder: &Path, files: &mut BTreeMap<String, File>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry of a folder").path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name in UTF-8").to_owned();
        if name == "tests" || name.ends_with("_tests") {
            continue;
        }
        if path.is_dir() {
            read(root, &path, files);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let place =
                path.strip_prefix(root).ok().and_then(Path::to_str).expect("a path in UTF-8 below the root").to_owned();
            let mut module: Module = place.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            if ["mod", "lib", "main"].contains(&name.as_str()) {
                module.pop();
            }
            let words = words(&fs::read_to_string(&path).expect("a source file"));
            files.insert(place, File { module, words });
        }
    }
}

/// The words and signs of a text, without comments, texts and an inline module of tests.
fn words(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut words: Vec<String> = Vec::new();
    for line in text.lines() {
        let code = without_texts(line);
        let code = code.split("//").next().unwrap_or_default().to_owned();
        let mut word = String::new();
        for sign in code.chars() {
            if sign.is_alphanumeric() || sign == '_' {
                word.push(sign);
                continue;
            }
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            match words.last_mut() {
                Some(last) if sign == ':' && last == ":" => last.push(':'),
                _ if !sign.is_whitespace() => words.push(sign.to_string()),
                _ => {}
            }
        }
        if !word.is_empty() {
            words.push(word);
        }
    }
    words
}

fn without_texts(line: &str) -> String {
    line.split('"').step_by(2).collect::<Vec<_>>().join("\"\"")
}

/// The paths that begin at a word, with every end of a group; and the word after.
fn tree(words: &[String], start: usize) -> (Vec<(Module, String)>, usize) {
    let mut path = vec![words[start].clone()];
    let mut at = start + 1;
    while words.get(at).is_some_and(|word| word == "::") {
        match words.get(at + 1).map(String::as_str) {
            Some("{") => return group(words, at + 2, &path),
            Some(word) if word == "*" || word.chars().all(|sign| sign.is_alphanumeric() || sign == '_') => {
                path.push(word.to_owned());
                at += 2;
            }
            _ => break,
        }
    }
    let mut name = path.last().cloned().unwrap_or_default();
    if words.get(at).is_some_and(|word| word == "as") {
        name = words.get(at + 1).cloned().unwrap_or_default();
        at += 2;
    }
    (vec![(path, name)], at)
}

fn group(words: &[String], mut at: usize, before: &[String]) -> (Vec<(Module, String)>, usize) {
    let mut all = Vec::new();
    while words.get(at).is_some_and(|word| word != "}") {
        if words[at] == "," {
            at += 1;
            continue;
        }
        let (inner, after) = tree(words, at);
        all.extend(inner.into_iter().map(|(path, name)| {
            let is_own = path == ["self"];
            let name = if is_own { before.last().cloned().unwrap_or_default() } else { name };
            let rest = if is_own { Vec::new() } else { path };
            ([before, &rest].concat(), name)
        }));
        at = after.max(at + 1);
    }
    (all, at + 1)
}

/// A path from the root of the crate; `None` if it leads out of it.
fn absolute(file: &File, path: &[String], names: &Names) -> Option<Module> {
    let (first, rest) = path.split_first()?;
    let mut base = match first.as_str() {
        "crate" => Vec::new(),
        "self" => file.module.clone(),
        "super" => file.module.split_last().map(|(_, above)| above.to_vec())?,
        name => names.get(name)?.clone(),
    };
    for part in rest {
        match part.as_str() {
            "super" => _ = base.pop(),
            part => base.push(part.to_owned()),
        }
    }
    Some(base)
}

/// The modules below a file, by name.
fn children(file: &File, modules: &BTreeMap<Module, String>) -> Names {
    let below = modules.keys().filter(|module| module.split_last().is_some_and(|(_, above)| above == file.module));
    below.filter_map(|module| Some((module.last()?.clone(), module.clone()))).collect()
}

/// What a file imports, or re-exports, by the name that it gets there.
fn uses(file: &File, modules: &BTreeMap<Module, String>, is_export: bool) -> Names {
    let (words, below) = (&file.words, children(file, modules));
    let starts = words.iter().enumerate().filter(|(_, word)| *word == "use").map(|(at, _)| at);
    let chosen = starts.filter(|at| exports_at(words, *at) == is_export && at + 1 < words.len());
    let named = chosen.flat_map(|at| tree(words, at + 1).0);
    named.filter_map(|(path, name)| Some((name, absolute(file, &path, &below)?))).collect()
}

fn exports_at(words: &[String], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| words.get(before)).map(String::as_str);
    before == Some("pub") || before == Some(")")
}

/// Every path in a file, from the root of the crate. Imported modules count where they are used.
fn paths(file: &File, modules: &BTreeMap<Module, String>) -> Vec<Module> {
    let words = &file.words;
    let mut names = children(file, modules);
    names.extend(uses(file, modules, false).into_iter().filter(|(_, path)| modules.contains_key(path)));
    let (mut all, mut at) = (Vec::new(), 0);
    while at < words.len() {
        let word = &words[at];
        let is_start = words.get(at + 1).is_some_and(|next| next == "::")
            && at.checked_sub(1).and_then(|before| words.get(before)).is_none_or(|before| before != "::")
            && (["crate", "super", "self"].contains(&word.as_str()) || names.contains_key(word));
        if word == "use" && exports_at(words, at) {
            at = words[at..].iter().position(|word| word == ";").map_or(words.len(), |end| at + end);
        } else if is_start {
            let (found, after) = tree(words, at);
            let found = found.into_iter().filter_map(|(path, _)| absolute(file, &path, &names));
            all.extend(found.filter(|path| !modules.contains_key(path)));
            at = after.max(at + 1);
        } else {
            at += 1;
        }
    }
    all
}

/// The file that holds what a path names, behind re-exports.
fn target(
    path: Module,
    modules: &BTreeMap<Module, String>,
    exports: &BTreeMap<Module, Names>,
    steps: usize,
) -> Option<String> {
    let length = (0..=path.len()).rev().find(|length| modules.contains_key(&path[..*length]))?;
    let (module, rest) = path.split_at(length);
    let exported = rest.first().and_then(|name| exports.get(module)?.get(name));
    match exported {
        Some(origin) if steps > 0 => target([origin, &rest[1..]].concat(), modules, exports, steps - 1),
        _ => modules.get(module).cloned(),
    }
}
