#![allow(clippy::unwrap_used)]
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use corridor_cli::failure::Failure;
use corridor_cli::profile::Profile;
use corridor_types::{KeyRole, ParticipantKind, Timestamp};

use super::create::create;
use super::directory::{Directory, STATE_FILE};
use super::plan::Plan;
use super::ports::{BasePort, Ports};
use corridor_runtime::config;

/// A random source that repeats itself from run to run.
fn counting() -> impl FnMut() -> Result<[u8; 32], Failure> {
    let mut next = 0u32;
    move || {
        next += 1;
        let mut seed = [7; 32];
        seed[..4].copy_from_slice(&next.to_be_bytes());
        Ok(seed)
    }
}

fn plan(validators: usize) -> Plan {
    let nodes = u16::try_from(validators).unwrap();
    let ports = Ports { api: (20_000..20_000 + nodes).collect(), network: (21_000..21_000 + nodes).collect() };
    Plan::new(validators, ports, Timestamp(1_800_000_000_000), &mut counting()).unwrap()
}

/// Every file below a folder with its contents.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(folder).unwrap().display().to_string();
                    found.insert(name, fs::read(&path).unwrap());
                }
            }
        }
    }
    found
}

#[test]
fn the_layout_is_as_documented_and_the_same_every_time() {
    let base = tempfile::tempdir().unwrap();
    let (first, second) = (base.path().join("first"), base.path().join("second"));
    create(&first, &plan(4)).unwrap();
    create(&second, &plan(4)).unwrap();
    let files = contents(&first);
    assert_eq!(files, contents(&second));
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let of_bank = ["checker", "compliance-1", "compliance-2", "governance", "maker", "operator"];
    let of_central_bank = ["issuer-1", "issuer-2", "supervisor-1", "supervisor-2"];
    let mut expected = Vec::new();
    for folder in ["aurora", "aurora-central", "bank-e", "meridian", "meridian-central"] {
        let more = if folder.ends_with("central") { &of_central_bank[..] } else { &[] };
        expected.extend(of_bank.iter().chain(more).map(|key| format!("clients/{folder}/{key}.key")));
        expected.push(format!("clients/{folder}/profile.toml"));
    }
    let others = [
        "clients/aurora-licensing/profile.toml",
        "clients/aurora-licensing/supervisor.key",
        "genesis.json",
        "nodes/0-aurora-central/network.key",
        "nodes/0-aurora-central/node.toml",
        "nodes/0-aurora-central/validator.key",
        "nodes/1-meridian-central/network.key",
        "nodes/1-meridian-central/node.toml",
        "nodes/1-meridian-central/validator.key",
        "nodes/2-aurora/network.key",
        "nodes/2-aurora/node.toml",
        "nodes/2-aurora/validator.key",
        "nodes/3-meridian/network.key",
        "nodes/3-meridian/node.toml",
        "nodes/3-meridian/validator.key",
        "samples/pacs.008-trade-invoice.xml",
        "testnet.toml",
    ];
    expected.extend(others.map(str::to_owned));
    expected.sort();
    assert_eq!(names, expected);
}

#[test]
fn every_size_gives_usable_configurations_and_profiles() {
    for validators in [1, 2, 4, 5, 7, 16] {
        let base = tempfile::tempdir().unwrap();
        let root = base.path().join("net");
        create(&root, &plan(validators)).unwrap();
        let directory = Directory::at(&root);
        let (genesis, state) = (directory.genesis().unwrap(), directory.state().unwrap());
        assert_eq!(genesis.validators.len(), validators);
        let members = directory.members(&state).unwrap();
        // The licensing authority has none.
        assert_eq!(genesis.accounts.len(), 2 * (members.len() - 1));
        for (position, member) in members.iter().enumerate() {
            let profile = Profile::load(&directory.client(member)).unwrap();
            assert_eq!(profile.participant, Some(member.bic));
            assert_eq!(profile.client.is_some(), member.kind == ParticipantKind::Bank);
            assert_eq!(profile.keys.issuer.len(), if member.issues.is_some() { 2 } else { 0 });
            for role in KeyRole::ALL {
                let registered = genesis.participants[position].keys.iter().filter(|entry| entry.role == *role);
                let files = profile.keys.of(*role);
                assert_eq!((files.len(), files.iter().all(|file| file.is_file())), (registered.count(), true));
            }
            assert!(profile.genesis.unwrap().is_file());
            if position < validators {
                let config = config::load(&directory.node_config(position, member), []).unwrap();
                assert_eq!(config.peer_hints(&genesis).unwrap().len(), validators - 1);
                assert!(config.keys.validator.unwrap().is_file() && config.node.genesis.is_file());
                assert!(config.api.listen.ip().is_loopback() && config.network.listen.ip().is_loopback());
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_keys() {
    use std::os::unix::fs::PermissionsExt as _;
    let base = tempfile::tempdir().unwrap();
    let root = base.path().join("net");
    create(&root, &plan(4)).unwrap();
    for name in contents(&root).keys().filter(|name| name.ends_with(".key")) {
        let mode = fs::metadata(root.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
}

#[test]
fn a_failed_creation_leaves_nothing_and_an_interrupted_one_is_cleaned_up() {
    let base = tempfile::tempdir().unwrap();
    let target = base.path().join("net");
    // Something that cannot be replaced stands where the folder should be.
    fs::create_dir_all(target.join("occupied")).unwrap();
    assert!(create(&target, &plan(4)).is_err());
    let left: Vec<_> = fs::read_dir(base.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["net"]);
    // An earlier start was killed halfway.
    fs::remove_dir_all(&target).unwrap();
    let draft = base.path().join(".net.creating");
    fs::create_dir_all(draft.join("nodes/0-aurora-central")).unwrap();
    fs::write(draft.join("nodes/0-aurora-central/validator.key"), "half").unwrap();
    create(&target, &plan(4)).unwrap();
    assert!(target.join(STATE_FILE).is_file() && !draft.exists());
}

#[test]
fn a_folder_is_new_complete_or_somebody_elses() {
    let base = tempfile::tempdir().unwrap();
    let root = base.path().join("net");
    let directory = Directory::at(&root);
    assert_eq!(directory.is_complete(), Ok(false));
    fs::create_dir(&root).unwrap();
    assert_eq!(directory.is_complete(), Ok(false));
    fs::write(root.join("thesis.txt"), "").unwrap();
    let failure = directory.is_complete().unwrap_err();
    assert!(failure.message.contains("net") && failure.message.contains("--dir"), "{failure}");
    fs::remove_file(root.join("thesis.txt")).unwrap();
    // An empty folder is taken over.
    create(&root, &plan(4)).unwrap();
    assert_eq!(directory.is_complete(), Ok(true));
}

#[test]
fn a_taken_port_is_named_and_an_automatic_choice_avoids_it() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let failure = Ports::choose(BasePort::From(port), 1).unwrap_err();
    assert!(failure.message.contains(&port.to_string()) && failure.message.contains("auto"), "{failure}");
    let chosen = Ports::choose(BasePort::Auto, 4).unwrap();
    assert!(!chosen.api.contains(&port) && !chosen.network.contains(&port));
    assert_eq!((chosen.api.len(), chosen.network.len()), (4, 4));
    for bad in ["80", "x", "-1", "70000"] {
        assert!(bad.parse::<BasePort>().is_err(), "{bad} was taken");
    }
}

#[test]
fn only_the_end_of_a_long_log_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("node.log");
    fs::write(&log, (0..100_000).map(|n| format!("line {n}\n")).collect::<String>()).unwrap();
    let shown = super::children::last_lines(&log);
    assert!(shown.ends_with("  line 99999\n") && shown.starts_with("  line 99988\n"), "{shown}");
    assert_eq!(super::children::last_lines(Path::new("absent")), "");
}
