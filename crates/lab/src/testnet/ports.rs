//! Chooses the ports of a test network, or says which one is taken. Looks at 127.0.0.1 only.

use std::net::{Ipv4Addr, TcpListener};

use corridor_cli::failure::Failure;
use serde::{Deserialize, Serialize};

/// Where the automatic choice begins to look; below the range that systems give to outgoing
/// connections.
const FIRST_BASE: u16 = 18_100;

/// How far apart two candidates are: more than one network takes.
const STEP: u16 = 100;

/// How many candidates are tried.
const CANDIDATES: u16 = 40;

/// The ports of each node, by its position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ports {
    /// Ports of the HTTP interfaces, one a node.
    pub api: Vec<u16>,
    /// Links between nodes.
    pub network: Vec<u16>,
}

/// What `--base-port` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BasePort {
    /// The first block of free ports.
    Auto,
    /// This port and the following ones.
    From(u16),
}

impl std::str::FromStr for BasePort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            _ if text == "auto" => Ok(Self::Auto),
            Ok(port) if port >= 1024 => Ok(Self::From(port)),
            _ => Err("write `auto` or a port from 1024 to 65000".to_owned()),
        }
    }
}

impl Ports {
    /// Ports for `nodes` nodes that are free now.
    ///
    /// # Errors
    /// A usage failure that names the port that is taken.
    pub fn choose(base: BasePort, nodes: usize) -> Result<Self, Failure> {
        match base {
            BasePort::From(port) => {
                let ports = Self::block(port, nodes)
                    .ok_or_else(|| Failure::usage(format!("--base-port {port} leaves too few ports above it")))?;
                ports.require_free()?;
                Ok(ports)
            }
            BasePort::Auto => {
                let candidates = (0..CANDIDATES).filter_map(|n| Self::block(FIRST_BASE + n * STEP, nodes));
                let free = candidates.into_iter().find(|ports| ports.taken().is_none());
                free.ok_or_else(|| {
                    let last = FIRST_BASE + CANDIDATES * STEP;
                    Failure::usage(format!("no free ports from {FIRST_BASE} to {last}; choose with --base-port"))
                })
            }
        }
    }

    /// First all HTTP interfaces, then all links.
    fn block(base: u16, nodes: usize) -> Option<Self> {
        let nodes = u16::try_from(nodes).ok()?;
        let middle = base.checked_add(nodes)?;
        let end = middle.checked_add(nodes)?;
        Some(Self { api: (base..middle).collect(), network: (middle..end).collect() })
    }

    /// The first port on which something else listens.
    pub fn taken(&self) -> Option<u16> {
        let is_taken = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_err();
        self.api.iter().chain(&self.network).copied().find(|port| is_taken(port))
    }

    /// # Errors
    /// A usage failure that names the port and the remedy.
    pub fn require_free(&self) -> Result<(), Failure> {
        let Some(port) = self.taken() else { return Ok(()) };
        Err(Failure::usage(format!(
            "port {port} on 127.0.0.1 is in use; stop what listens there (this network may be running already), or \
             choose others with --base-port auto"
        )))
    }
}
