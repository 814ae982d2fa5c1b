//! `corridor node --join`: makes the folder of a new node, so that joining a network is one command.
//! What is there already is never changed.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use corridor_cli::failure::Failure;
use corridor_cli::keyring::{self, Purpose};
use corridor_cli::output::Output;
use corridor_cli::{files, genesis_file};
use corridor_runtime::config::{
    self, ApiSection, ConsensusSection, KeysSection, LanesSection, LogSection, NetworkSection, NodeConfig, NodeSection,
    PeerEntry,
};
use corridor_signer::keyfile;
use corridor_types::Bic;
use serde::Serialize;

/// Where a new node listens for its peers unless told otherwise.
const DEFAULT_LISTEN: &str = "127.0.0.1:7000";

/// Where its HTTP interface listens unless told otherwise.
const DEFAULT_API: &str = "127.0.0.1:8080";

/// What a new node is told.
#[derive(Debug, Args)]
#[command(next_help_heading = "Joining a network")]
pub struct JoinArgs {
    /// Make a node in --dir unless one is there, and run it
    #[arg(long, requires = "dir", conflicts_with = "config")]
    pub join: bool,
    /// The node's folder
    #[arg(long, requires = "join", value_name = "DIR")]
    dir: Option<PathBuf>,
    /// The chain's genesis document, from a source that you trust
    #[arg(long, requires = "join", value_name = "FILE")]
    genesis: Option<PathBuf>,
    /// Where a validator listens for its peers; one is enough, since they tell each other's addresses
    #[arg(long = "peer", requires = "join", value_name = "BIC=IP:PORT", value_delimiter = ',', value_parser = peer)]
    peers: Vec<PeerEntry>,
    /// Whose node it is
    #[arg(long, requires = "join", value_name = "BIC", value_parser = Bic::parse)]
    participant: Option<Bic>,
    /// Where the node listens for its peers
    #[arg(long, requires = "join", value_name = "IP:PORT", default_value = DEFAULT_LISTEN)]
    listen: SocketAddr,
    /// Where its HTTP interface listens
    #[arg(long, requires = "join", value_name = "IP:PORT", default_value = DEFAULT_API)]
    api: SocketAddr,
    /// Fetch and execute every block since genesis, rather than begin with a snapshot and hold no earlier history
    #[arg(long, requires = "join")]
    from_genesis: bool,
    /// How many blocks the others must be ahead for a snapshot to be the faster way [default: 10000]
    #[arg(long, requires = "join", value_name = "BLOCKS", conflicts_with = "from_genesis")]
    snapshot_gap: Option<u64>,
}

fn peer(text: &str) -> Result<PeerEntry, String> {
    let form = "write BIC=IP:PORT, such as AUCBBRSPXXX=192.0.2.1:7000";
    let (bic, address) = text.split_once('=').ok_or(form)?;
    let bic = Some(Bic::parse(bic).map_err(|error| error.to_string())?);
    let address = address.parse().map_err(|_| form.to_owned())?;
    Ok(PeerEntry { bic, participant: None, key: None, address })
}

/// A node that is ready to run, and what its institution has to do once.
#[derive(Debug, Serialize)]
struct Joined {
    config: PathBuf,
    network_key: String,
}

impl fmt::Display for Joined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.network_key;
        writeln!(f, "configuration  {}\nnetwork key    {key}", self.config.display())?;
        write!(
            f,
            "If the others do not know this key yet, register it once, through any validator:\n  corridor node \
             register --network-key {key} --profile PROFILE"
        )
    }
}

impl JoinArgs {
    /// Makes what is missing, says how to register the node, and returns its configuration file.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn prepare(&self, output: Output) -> Result<PathBuf, Failure> {
        let dir = self.dir.as_deref().ok_or_else(|| Failure::usage("--dir: name the node's folder"))?;
        let config = dir.join("node.toml");
        if !config.exists() {
            self.create(dir, &config)?;
        }
        let network_key = keyring::read(&dir.join("network.key"), Purpose::Network)?.public_key().to_string();
        output.show(&Joined { config: config.clone(), network_key })?;
        Ok(config)
    }

    /// The configuration is written last: with it the folder is complete.
    fn create(&self, dir: &Path, config: &Path) -> Result<(), Failure> {
        let source = self.genesis.as_deref().ok_or_else(|| Failure::usage("--genesis: name the genesis document"))?;
        let genesis = genesis_file::read(source)?;
        if self.peers.is_empty() {
            return Err(Failure::usage("--peer: name at least one validator and where it listens"));
        }
        let node = self.node_config();
        let missing = || Failure::usage("--participant: say whose node it is");
        let wrong = |problem| Failure::usage(format!("--participant: {problem}"));
        config::participant(&genesis, self.participant.ok_or_else(missing)?).map_err(wrong)?;
        node.peer_hints(&genesis).map_err(|error| Failure::usage(format!("--peer: {error}")))?;
        std::fs::create_dir_all(dir).map_err(|error| Failure::unwritable(dir, error))?;
        files::write_whole(&dir.join("genesis.json"), &genesis_file::to_text(&genesis)?)?;
        for purpose in [Purpose::Network, Purpose::Validator] {
            let file = dir.join(format!("{}.key", purpose.as_str()));
            if !file.exists() {
                keyring::write(&file, purpose, &keyfile::generate().map_err(Failure::internal)?)?;
            }
        }
        files::write_whole(config, &toml::to_string(&node).map_err(Failure::internal)?)
    }

    /// A validator key is there from the beginning: it signs nothing before the validator set names it,
    /// and then the node votes without a restart.
    fn node_config(&self) -> NodeConfig {
        NodeConfig {
            node: NodeSection {
                data_dir: "data".into(),
                genesis: "genesis.json".into(),
                participant: self.participant,
                from_snapshot: !self.from_genesis,
                snapshot_gap: self.snapshot_gap,
                snapshot_blocks: None,
                snapshot_growth_percent: None,
                snapshot_hours: None,
            },
            keys: KeysSection {
                validator: Some("validator.key".into()),
                more_validators: Vec::new(),
                network: "network.key".into(),
            },
            network: NetworkSection { listen: self.listen, advertise: None, peers: self.peers.clone() },
            api: ApiSection { listen: self.api, allow_remote: false },
            log: LogSection::default(),
            lanes: LanesSection::default(),
            consensus: ConsensusSection::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_peer_is_a_code_and_an_address() {
        let entry = peer("AUCBBRSPXXX=192.0.2.1:7000").unwrap();
        assert_eq!((entry.bic.unwrap().to_string(), entry.address.port()), ("AUCBBRSPXXX".to_owned(), 7000));
        for bad in ["AUCBBRSPXXX", "AUCBBRSPXXX=host", "XX=192.0.2.1:7000", "AUCBBRSPXXX=192.0.2.1"] {
            assert!(peer(bad).is_err(), "{bad} was taken");
        }
    }
}
