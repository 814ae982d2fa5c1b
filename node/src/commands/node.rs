//! `corridor node`: runs a node, or checks its configuration. How a node works is the runtime's
//! business.

mod join;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use corridor_cli::commands::register::{self, RegisterArgs};
use corridor_cli::failure::Failure;
use corridor_cli::keyring::{self, Purpose};
use corridor_cli::output::Output;
use corridor_cli::{genesis_file, stopping};
use corridor_crypto::PublicKey;
use corridor_runtime::config::{self, LogFormat, LogSection, NodeConfig};
use corridor_service::Service;
use corridor_types::Genesis;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

use self::join::JoinArgs;
use crate::parent;

/// Run a node, or check its configuration.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct NodeArgs {
    #[command(subcommand)]
    action: Option<Action>,
    /// The node's configuration file
    #[arg(long, value_name = "FILE", default_value = "node.toml")]
    config: PathBuf,
    /// End when standard input closes
    #[arg(long, hide = true)]
    exit_with_parent: bool,
    #[command(flatten)]
    join: JoinArgs,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check the configuration and the files that it names, without running
    CheckConfig {
        /// The node's configuration file
        #[arg(long, value_name = "FILE", default_value = "node.toml")]
        config: PathBuf,
    },
    /// Let a node of this institution connect to the others
    Register(Box<RegisterArgs>),
    /// Withdraw a node of this institution
    Unregister(Box<RegisterArgs>),
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: NodeArgs, output: Output) -> Result<(), Failure> {
    match args.action {
        Some(Action::CheckConfig { config }) => return output.show(&check(&config)?),
        Some(Action::Register(args)) => return register::register(*args, output).await,
        Some(Action::Unregister(args)) => return register::unregister(*args, output).await,
        None => {}
    }
    let file = if args.join.join { args.join.prepare(output)? } else { args.config };
    let config = load(&file)?;
    start_logging(&config.log)?;
    let requested = stopping::requested()?;
    let watches_parent = args.exit_with_parent;
    let shutdown = async move {
        tokio::select! {
            () = requested => {}
            () = parent::closed(), if watches_parent => {}
        }
    };
    run_node(config, shutdown).await
}

/// A node with the HTTP interface in front of it.
async fn run_node(config: NodeConfig, shutdown: impl Future<Output = ()>) -> Result<(), Failure> {
    let address = config.api.listen;
    // First the port: a second node on the same configuration stops here with a clear word.
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Failure::internal(format!("api.listen: cannot listen on {address}: {error}; free the port or choose another"))
    })?;
    let serve = |node, mut stopping: watch::Receiver<bool>| {
        tracing::info!(%address, "the HTTP interface is up");
        let stopped = async move { drop(stopping.wait_for(|stop| *stop).await) };
        corridor_api::serve(listener, Arc::new(Service::new(node)), corridor_api::Limits::default(), stopped)
    };
    corridor_runtime::run(config, serve, shutdown).await.map_err(Failure::internal)
}

fn load(file: &Path) -> Result<NodeConfig, Failure> {
    // Names and values that are no UTF-8 cannot be ours.
    let environment =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    config::load(file, environment).map_err(Failure::usage)
}

fn start_logging(section: &LogSection) -> Result<(), Failure> {
    let filter = filter(section)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match section.format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    started.map_err(Failure::internal)
}

fn filter(section: &LogSection) -> Result<EnvFilter, Failure> {
    let wrong = |error| Failure::usage(format!("log.level: {:?} is no level or directive: {error}", section.level));
    EnvFilter::try_new(&section.level).map_err(wrong)
}

/// What a good configuration comes to.
#[derive(Debug, Serialize)]
struct Checked {
    chain: String,
    genesis: String,
    validator: String,
    network_listen: String,
    api_listen: String,
    peers: usize,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The configuration is good.")?;
        writeln!(f, "  chain      {} ({})", self.chain, self.genesis)?;
        writeln!(f, "  node of    {}", self.validator)?;
        writeln!(f, "  links      {} with {} peers", self.network_listen, self.peers)?;
        write!(f, "  HTTP       http://{}", self.api_listen)
    }
}

fn check(file: &Path) -> Result<Checked, Failure> {
    let config = load(file)?;
    filter(&config.log)?;
    let genesis = genesis_file::read(&config.node.genesis)?;
    let wrong = |error| Failure::usage(format!("{}: network.peers: {error}", file.display()));
    let peers = config.peer_hints(&genesis).map_err(wrong)?;
    Ok(Checked {
        chain: genesis.chain.clone(),
        genesis: genesis.digest().to_string(),
        validator: own_validator(&config, &genesis)?,
        network_listen: config.network.listen.to_string(),
        api_listen: config.api.listen.to_string(),
        peers: peers.len(),
    })
}

/// The name of the participant whose node this is, and whether it votes under the genesis.
fn own_validator(config: &NodeConfig, genesis: &Genesis) -> Result<String, Failure> {
    let network_key = keyring::read(&config.keys.network, Purpose::Network)?.public_key();
    let keys = config.keys.validators().map(|path| keyring::read(path, Purpose::Validator));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let is_ours = |key: &PublicKey| keys.iter().any(|ours| ours.public_key() == *key);
    let validator = genesis.validators.iter().find(|validator| is_ours(&validator.key));
    if let Some(expected) = validator.map(|validator| validator.network_key).filter(|key| *key != network_key) {
        return Err(Failure::usage(format!(
            "keys.network: the genesis lists {expected} for this validator, not {network_key}"
        )));
    }
    let named = config.node.participant.map(|bic| config::participant(genesis, bic)).transpose();
    let named = named.map_err(|problem| Failure::usage(format!("node.participant: {problem}")))?;
    let listed = genesis.nodes.iter().find(|node| node.network_key == network_key).map(|node| node.participant);
    let participant = named.or(validator.map(|validator| validator.participant)).or(listed).ok_or_else(|| {
        Failure::usage(format!(
            "node.participant: no key of this node is in {}; say whose node it is by the participant's BIC",
            config.node.genesis.display()
        ))
    })?;
    let position = usize::try_from(participant.0).unwrap_or(usize::MAX);
    let name = genesis.participants.get(position).map_or_else(String::new, |p| format!("{} ({})", p.name, p.bic));
    let role = if validator.is_some() { "" } else { ", no validator in the genesis" };
    Ok(name + role)
}
