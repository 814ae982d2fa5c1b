//! Writes the folder of a test network: all of it or nothing. The files are written under another
//! name beside the target and renamed at the end, so that an interrupted start leaves no half folder
//! that a later start would take for a whole one.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use corridor_cli::failure::Failure;
use corridor_cli::keyring::{self, Purpose};
use corridor_cli::profile::{self, Profile, ProfileKeys};
use corridor_cli::{files, genesis_file};
use corridor_types::ParticipantKind;

use super::cast::Member;
use super::directory::{Directory, State};
use super::plan::{MemberKeys, Plan, key_files};
use super::ports::Ports;
use corridor_runtime::config::{
    ApiSection, ConsensusSection, KeysSection, LanesSection, LogSection, NetworkSection, NodeConfig, NodeSection,
    PeerEntry,
};

/// The message of the demonstration.
pub const SAMPLE: &str = include_str!("../../../../configs/samples/pacs.008-trade-invoice.xml");

/// Creates the folder of a network.
///
/// # Errors
/// A failure that names the file; then nothing is left behind.
pub fn create(target: &Path, plan: &Plan) -> Result<(), Failure> {
    let draft = draft_of(target)?;
    remove_leftovers(&draft)?;
    let written = write_all(&Directory::at(&draft), plan);
    let moved = written.and_then(|()| fs::rename(&draft, target).map_err(|error| Failure::unwritable(target, error)));
    if moved.is_err() {
        let _ = fs::remove_dir_all(&draft);
    }
    moved
}

/// `networks/one` is drafted at `networks/.one.creating`.
fn draft_of(target: &Path) -> Result<PathBuf, Failure> {
    let target = std::path::absolute(target).map_err(|error| Failure::unwritable(target, error))?;
    match (target.parent(), target.file_name()) {
        (Some(parent), Some(name)) => Ok(parent.join(format!(".{}.creating", name.to_string_lossy()))),
        _ => {
            Err(Failure::usage(format!("{} cannot hold a test network; choose a folder with --dir", target.display())))
        }
    }
}

/// An earlier start may have been interrupted.
fn remove_leftovers(draft: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(draft) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Failure::unwritable(draft, error)),
        _ => Ok(()),
    }
}

fn write_all(directory: &Directory, plan: &Plan) -> Result<(), Failure> {
    write(&directory.genesis_file(), &genesis_file::to_text(&plan.genesis)?)?;
    write(&directory.sample_file(), SAMPLE)?;
    for (position, (member, keys)) in plan.members.iter().zip(&plan.keys).enumerate() {
        if let Some((validator, network)) = keys.validator.as_ref().zip(keys.network.as_ref()) {
            let folder = directory.node(position, member);
            make_folder(&folder)?;
            keyring::write(&folder.join("validator.key"), Purpose::Validator, validator)?;
            keyring::write(&folder.join("network.key"), Purpose::Network, network)?;
        }
        write_institution_keys(&directory.client(member), member, keys)?;
    }
    let state = State::new(plan.validators, plan.ports.clone(), plan.preparation.clone());
    write_configurations(directory, &plan.members, &state)?;
    write_state(directory, &state)
}

/// Writes the state file, and with it marks the folder as complete.
///
/// # Errors
/// A failure that names the file.
pub fn write_state(directory: &Directory, state: &State) -> Result<(), Failure> {
    write(&directory.state_file(), &toml::to_string(state).map_err(Failure::internal)?)
}

/// Writes what depends on the ports: the nodes' configurations and the institutions' profiles.
///
/// # Errors
/// A failure that names the file.
pub fn write_configurations(directory: &Directory, members: &[Member], state: &State) -> Result<(), Failure> {
    for (position, member) in members.iter().enumerate().take(state.validators) {
        let config = toml::to_string(&node_config(position, members, &state.ports)).map_err(Failure::internal)?;
        write(&directory.node_config(position, member), &config)?;
    }
    let mut clients = state.preparation.clients.iter();
    for (position, member) in members.iter().enumerate() {
        let is_bank = member.kind == ParticipantKind::Bank;
        let client = if is_bank { clients.next().map(|client| client.handle) } else { None };
        let profile = Profile { client, ..institution_profile(position, member, &state.ports) };
        let text = toml::to_string(&profile).map_err(Failure::internal)?;
        write(&directory.client(member).join(profile::FILE_NAME), &text)?;
    }
    Ok(())
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Blocks between two snapshots of a local network: often enough that one can be tried at once.
const SNAPSHOT_BLOCKS: u64 = 200;

fn node_config(own: usize, members: &[Member], ports: &Ports) -> NodeConfig {
    let port = |ports: &[u16]| local(ports.get(own).copied().unwrap_or_default());
    let peers = members.iter().zip(&ports.network).enumerate().filter(|(position, _)| *position != own);
    let peer = |(_, (member, port)): (usize, (&Member, &u16))| PeerEntry {
        bic: Some(member.bic),
        participant: None,
        key: None,
        address: local(*port),
    };
    NodeConfig {
        node: NodeSection {
            data_dir: "data".into(),
            genesis: "../../genesis.json".into(),
            participant: None,
            from_snapshot: false,
            snapshot_gap: None,
            snapshot_blocks: Some(SNAPSHOT_BLOCKS),
            snapshot_growth_percent: None,
            snapshot_hours: None,
        },
        keys: KeysSection {
            validator: Some("validator.key".into()),
            more_validators: Vec::new(),
            network: "network.key".into(),
        },
        network: NetworkSection { listen: port(&ports.network), advertise: None, peers: peers.map(peer).collect() },
        api: ApiSection { listen: port(&ports.api), allow_remote: false },
        log: LogSection::default(),
        lanes: LanesSection::default(),
        consensus: ConsensusSection::default(),
    }
}

/// An institution uses its own node, or one of the others if it runs none.
fn institution_profile(position: usize, member: &Member, ports: &Ports) -> Profile {
    let port = ports.api.get(position % ports.api.len().max(1)).copied().unwrap_or_default();
    let mut keys = ProfileKeys::default();
    for (role, file) in key_files(member.kind) {
        keys.of_mut(role).push(file.into());
    }
    Profile {
        url: Some(format!("http://{}", local(port))),
        genesis: Some("../../genesis.json".into()),
        participant: Some(member.bic),
        client: None,
        sealing_key: None,
        keys,
    }
}

fn write_institution_keys(folder: &Path, member: &Member, keys: &MemberKeys) -> Result<(), Failure> {
    make_folder(folder)?;
    key_files(member.kind)
        .iter()
        .zip(&keys.roles)
        .try_for_each(|((role, name), (_, key))| keyring::write(&folder.join(name), Purpose::from(*role), key))
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| Failure::unwritable(folder, error))
}

/// Writes a file whole: under another name first, so that a reader never sees half of it.
fn write(file: &Path, text: &str) -> Result<(), Failure> {
    files::write_whole(file, text)
}
