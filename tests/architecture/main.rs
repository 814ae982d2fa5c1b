//! Rules about the repository as a whole, which no single crate can check.
//!
//! Here: the workspace's dependency edges beside the table of `docs/architecture.md`. An edge that is
//! not in the table fails, and so does a permission that nobody uses: an allowed edge, a row, a sole
//! user. The pure crates may also use only the third-party crates listed. The other files: what
//! documents name exists (`links`), decision records have a status (`decisions`), doc comments say something
//! (`prose`).

mod circles;
mod decisions;
mod guide;
mod links;
mod prose;
mod tidy;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Every allowed edge between our crates, without the prefix `corridor-`.
const EDGES: &[(&str, &[&str])] = &[
    ("crypto", &[]),
    ("types", &["crypto"]),
    ("consensus", &["crypto", "types"]),
    ("ledger", &["crypto", "types"]),
    ("lanes", &["crypto", "types"]),
    ("sync", &["crypto", "types"]),
    ("replica", &["consensus", "crypto", "lanes", "ledger", "sync", "types"]),
    ("signer", &["crypto", "types"]),
    ("storage", &["crypto", "types"]),
    ("network", &[]),
    ("api", &["crypto", "types"]),
    ("iso20022", &["types"]),
    ("client", &["types"]),
    ("sealing", &["crypto", "types"]),
    ("simulator", &["consensus", "crypto", "ledger", "replica", "signer", "types"]),
    ("runtime", &["crypto", "ledger", "network", "replica", "sealing", "signer", "storage", "types"]),
    ("service", &["api", "crypto", "ledger", "replica", "runtime", "sealing", "storage", "types"]),
    ("cli", &["client", "crypto", "iso20022", "sealing", "signer", "types"]),
    ("audit", &["crypto", "ledger", "storage", "types"]),
    ("lab", &["cli", "client", "crypto", "iso20022", "ledger", "runtime", "signer", "storage", "types"]),
    ("node", &["api", "audit", "cli", "crypto", "lab", "runtime", "service", "signer", "types"]),
    ("tests", &[]),
];

/// Crates that know no async, clock, random source, disk, socket or metric, and what they may use.
const PURE: &[&str] = &["crypto", "types", "consensus", "ledger", "lanes", "sync", "replica", "sealing"];
const PURE_MAY_USE: &[&str] = &[
    "chacha20poly1305",
    "ed25519-dalek",
    "ed25519-zebra",
    "hex",
    "hkdf",
    "hpke",
    "rand_chacha",
    "rand_core",
    "serde",
    "serde_json",
    "serde_path_to_error",
    "sha2",
    "thiserror",
    "utoipa",
    "uuid",
    "x25519-dalek",
    "zeroize",
];

/// A third-party crate that only one of ours may use.
const SOLE_USERS: &[(&str, &str)] =
    &[("rocksdb", "storage"), ("libp2p", "network"), ("axum", "api"), ("quick-xml", "iso20022"), ("hpke", "sealing")];

type Graph = BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>;

/// The workspace's crates with their own edges and their third-party ones; dev-dependencies do not count.
fn graph(metadata: &Metadata) -> Graph {
    let ours = |name: &str| name.strip_prefix("corridor-").map(str::to_owned);
    let mut graph = Graph::new();
    for package in metadata.workspace_packages() {
        let Some(name) = ours(&package.name) else { continue };
        let (inner, outer) = graph.entry(name).or_default();
        for dependency in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
            match ours(&dependency.name) {
                Some(sibling) => inner.insert(sibling),
                None => outer.insert(dependency.name.clone()),
            };
        }
    }
    graph
}

/// Everything in which the code and the tables differ.
fn violations(graph: &Graph) -> Vec<String> {
    let table: BTreeMap<&str, &[&str]> = EDGES.iter().copied().collect();
    let mut found = Vec::new();
    for (name, (inner, outer)) in graph {
        match table.get(name.as_str()) {
            Some(allowed) => found.extend(wrong_edges(name, inner, allowed)),
            None => found.push(format!("{name} is not in the table")),
        }
        found.extend(wrong_users(name, outer));
    }
    found.extend(unused_permissions(graph));
    found
}

/// Edges of one crate that are not allowed, and allowed ones that it does not have.
fn wrong_edges(name: &str, inner: &BTreeSet<String>, allowed: &[&str]) -> Vec<String> {
    let allowed: BTreeSet<String> = allowed.iter().map(|&sibling| sibling.to_owned()).collect();
    let forbidden = inner.difference(&allowed).map(|sibling| format!("{name} -> {sibling} is not allowed"));
    let unused =
        allowed.difference(inner).map(|sibling| format!("{name} -> {sibling} is in the table, not in the code"));
    forbidden.chain(unused).collect()
}

/// Third-party crates that this one of ours must not use.
fn wrong_users(name: &str, outer: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    for krate in outer {
        if PURE.contains(&name) && !PURE_MAY_USE.contains(&krate.as_str()) {
            found.push(format!("{name} is pure and must not use {krate}"));
        }
        for (_, user) in SOLE_USERS.iter().filter(|(sole, user)| sole == krate && *user != name) {
            found.push(format!("only {user} may use {krate}, not {name}"));
        }
    }
    found
}

/// Rows of the tables that name a crate which is not there, or a use that nobody makes.
fn unused_permissions(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    for name in EDGES.iter().map(|(name, _)| name).chain(PURE) {
        if !graph.contains_key(*name) {
            found.push(format!("{name} is in the table and no crate of ours"));
        }
    }
    for (krate, user) in SOLE_USERS {
        if !graph.get(*user).is_some_and(|(_, outer)| outer.contains(*krate)) {
            found.push(format!("{user} alone may use {krate}, and does not"));
        }
    }
    found
}

fn workspace() -> Graph {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec();
    graph(&metadata.expect("cargo describes the workspace"))
}

#[test]
fn the_code_has_exactly_the_edges_of_the_table() {
    assert_eq!(violations(&workspace()), Vec::<String>::new());
}

#[test]
fn a_planted_edge_is_found() {
    let mut graph = workspace();
    let (inner, outer) = graph.get_mut("ledger").expect("the ledger is there");
    inner.insert("lanes".into());
    outer.insert("tokio".into());
    outer.insert("rocksdb".into());
    let expected = [
        "ledger -> lanes is not allowed",
        "ledger is pure and must not use rocksdb",
        "only storage may use rocksdb, not ledger",
        "ledger is pure and must not use tokio",
    ];
    assert_eq!(violations(&graph), expected);
}

#[test]
fn a_permission_that_nobody_uses_is_found() {
    let mut graph = workspace();
    graph.remove("sync").expect("sync is there");
    let (inner, _) = graph.get_mut("ledger").expect("the ledger is there");
    inner.remove("crypto");
    let (_, outer) = graph.get_mut("sealing").expect("sealing is there");
    outer.remove("hpke");
    let expected = [
        "ledger -> crypto is in the table, not in the code",
        "sync is in the table and no crate of ours",
        "sync is in the table and no crate of ours",
        "sealing alone may use hpke, and does not",
    ];
    assert_eq!(violations(&graph), expected);
}

#[test]
fn files_of_one_crate_form_no_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for folder in circles::CRATES {
        let known = circles::KNOWN.iter().filter(|(name, _)| name == folder).flat_map(|(_, circles)| *circles);
        let known: Vec<Vec<String>> =
            known.map(|circle| circle.iter().map(|file| (*file).to_owned()).collect()).collect();
        assert_eq!(circles::circles(&root.join(folder)), known, "{folder}: left is found, right is known");
    }
}
