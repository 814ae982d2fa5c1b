//! The folder of a test network: where each file is, and the state file that marks it as complete.
//!
//! ```text
//! DIR/testnet.toml                     ports, planned references; the mark of a complete folder
//! DIR/genesis.json
//! DIR/samples/                         messages to try
//! DIR/nodes/<n>-<name>/                node.toml, validator.key, network.key, node.log, data/
//! DIR/clients/<name>/                  profile.toml, operator.key and other keys by role
//! DIR/receipts/                        receipts of the payments that the starts made
//! DIR/lock                             held while the network runs
//! DIR/prepared                         exists when the ledger has money and clients
//! ```

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use corridor_cli::failure::Failure;
use corridor_types::Genesis;
use serde::{Deserialize, Serialize};

use super::cast::{self, Member};
use super::plan::Preparation;
use super::ports::Ports;

/// The name of the state file.
pub const STATE_FILE: &str = "testnet.toml";

/// The layout that this program writes and reads.
const LAYOUT: u32 = 2;

/// The contents of the state file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The layout of the folder.
    pub layout: u32,
    /// How many validators run.
    pub validators: usize,
    /// The ports of all nodes.
    pub ports: Ports,
    /// What is asked of the ledger on the first start.
    pub preparation: Preparation,
}

impl State {
    /// The state of a new network.
    pub fn new(validators: usize, ports: Ports, preparation: Preparation) -> Self {
        Self { layout: LAYOUT, validators, ports, preparation }
    }
}

/// Where everything is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    root: PathBuf,
}

impl Directory {
    /// The folder at `root`, whether or not it exists.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The state file.
    pub fn state_file(&self) -> PathBuf {
        self.root.join(STATE_FILE)
    }

    /// The genesis document.
    pub fn genesis_file(&self) -> PathBuf {
        self.root.join("genesis.json")
    }

    /// The sample message.
    pub fn sample_file(&self) -> PathBuf {
        self.root.join("samples/pacs.008-trade-invoice.xml")
    }

    /// The mark that the ledger has money and clients.
    pub fn prepared_file(&self) -> PathBuf {
        self.root.join("prepared")
    }

    /// Where the first receipts are put.
    pub fn receipt_file(&self, uetr: corridor_types::Uetr) -> PathBuf {
        self.root.join("receipts").join(format!("{uetr}.json"))
    }

    /// The folder of a node.
    pub fn node(&self, position: usize, member: &Member) -> PathBuf {
        self.root.join("nodes").join(format!("{position}-{}", member.folder))
    }

    /// The configuration of a node.
    pub fn node_config(&self, position: usize, member: &Member) -> PathBuf {
        self.node(position, member).join("node.toml")
    }

    /// The log of a node.
    pub fn node_log(&self, position: usize, member: &Member) -> PathBuf {
        self.node(position, member).join("node.log")
    }

    /// The folder of an institution's keys and profile.
    pub fn client(&self, member: &Member) -> PathBuf {
        self.root.join("clients").join(&member.folder)
    }

    /// Marks the network as running until the value is dropped or this process ends, however it ends.
    ///
    /// # Errors
    /// A usage failure if it is running already.
    pub fn lock(&self) -> Result<File, Failure> {
        let file = self.root.join("lock");
        let lock = File::create(&file).map_err(|error| Failure::unwritable(&file, error))?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => {
                let folder = self.root.display();
                Err(Failure::usage(format!("the network in {folder} is running already; stop it first")))
            }
            Err(TryLockError::Error(error)) => Err(Failure::unwritable(&file, error)),
        }
    }

    /// True if the folder holds a complete test network.
    ///
    /// # Errors
    /// A usage failure if the folder holds something else.
    pub fn is_complete(&self) -> Result<bool, Failure> {
        if self.state_file().is_file() {
            return Ok(true);
        }
        let mut entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(Failure::unreadable(&self.root, error)),
        };
        if entries.next().is_none() {
            return Ok(false);
        }
        Err(Failure::usage(format!(
            "{} holds other files and no {STATE_FILE}; choose an empty or a new folder with --dir",
            self.root.display()
        )))
    }

    /// Reads the state file.
    ///
    /// # Errors
    /// A usage failure that names file and field.
    pub fn state(&self) -> Result<State, Failure> {
        let file = self.state_file();
        let text = fs::read_to_string(&file).map_err(|error| Failure::unreadable(&file, error))?;
        let state: State =
            toml::from_str(&text).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
        if state.layout != LAYOUT || state.validators != state.ports.api.len() {
            let place = file.display();
            return Err(Failure::usage(format!("{place}: made by another version; choose a new folder with --dir")));
        }
        Ok(state)
    }

    /// Reads the genesis document.
    ///
    /// # Errors
    /// A usage failure that names file and field.
    pub fn genesis(&self) -> Result<Genesis, Failure> {
        corridor_cli::genesis_file::read(&self.genesis_file())
    }

    /// The institutions of a network with this state.
    ///
    /// # Errors
    /// See [`cast::members`].
    pub fn members(&self, state: &State) -> Result<Vec<Member>, Failure> {
        cast::members(state.validators).map_err(Failure::internal)
    }
}
