//! Compares the workspace's dependency edges with the table of `docs/architecture.md`.
//!
//! An edge that is not in the table fails here, in either direction: the table names no edge that
//! the code does not have. The pure crates may also use only the third-party crates listed.

use std::collections::{BTreeMap, BTreeSet};

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
    (
        "node",
        &[
            "api", "client", "crypto", "iso20022", "ledger", "network", "replica", "sealing", "signer", "storage",
            "types",
        ],
    ),
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

/// Our crates with their own edges and their third-party ones; dev-dependencies do not count.
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

fn violations(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    let table: BTreeMap<&str, &[&str]> = EDGES.iter().copied().collect();
    for (name, (inner, outer)) in graph {
        let Some(allowed) = table.get(name.as_str()) else {
            found.push(format!("{name} is not in the table"));
            continue;
        };
        for sibling in inner.iter().filter(|sibling| !allowed.contains(&sibling.as_str())) {
            found.push(format!("{name} -> {sibling} is not allowed"));
        }
        for missing in allowed.iter().filter(|sibling| !inner.contains(**sibling)) {
            found.push(format!("{name} -> {missing} is in the table and not in the code"));
        }
        if PURE.contains(&name.as_str()) {
            for krate in outer.iter().filter(|krate| !PURE_MAY_USE.contains(&krate.as_str())) {
                found.push(format!("{name} is pure and must not use {krate}"));
            }
        }
        for (krate, user) in SOLE_USERS.iter().filter(|(krate, _)| outer.contains(*krate)) {
            if user != name {
                found.push(format!("only {user} may use {krate}, not {name}"));
            }
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
    let found = violations(&graph).join("; ");
    assert!(found.contains("ledger -> lanes is not allowed"), "{found}");
    assert!(found.contains("ledger is pure and must not use tokio"), "{found}");
    assert!(found.contains("only storage may use rocksdb, not ledger"), "{found}");
}
