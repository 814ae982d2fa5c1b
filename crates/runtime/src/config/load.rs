//! Reads a configuration file and the environment, and checks what one field alone can tell.

use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use toml::{Table, Value};

use super::NodeConfig;

/// Begins the name of every environment variable that sets a field: `CORRIDOR_API_LISTEN` sets
/// `api.listen`.
const PREFIX: &str = "CORRIDOR_";

/// The sections, in the order of the file.
const SECTIONS: [&str; 7] = ["node", "keys", "network", "api", "log", "lanes", "consensus"];

/// Why a configuration is unusable: where it says so, and what to write instead.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {source}", .file.display())]
    Unreadable {
        /// Path of the configuration file.
        file: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("{}: {source}", .file.display())]
    Syntax {
        /// Path of the configuration file.
        file: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A field is unknown, missing or has an impossible value.
    #[error("{}: {problem}{}", .file.display(), from_environment(.variables))]
    Field {
        /// Path of the configuration file.
        file: PathBuf,
        /// The field and what is wrong with it.
        problem: String,
        /// The environment variables that changed what the file says.
        variables: Vec<String>,
    },
}

fn from_environment(variables: &[String]) -> String {
    if variables.is_empty() {
        return String::new();
    }
    format!(" (after the environment's {})", variables.join(", "))
}

/// Reads `file`, lets `environment` override fields, and checks the result. Relative paths in it
/// count from the file's folder.
///
/// # Errors
/// [`ConfigError`].
pub fn load(file: &Path, environment: impl IntoIterator<Item = (String, String)>) -> Result<NodeConfig, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { file: file.to_owned(), source };
    let text = std::fs::read_to_string(file).map_err(unreadable)?;
    let folder = std::path::absolute(file).map_err(unreadable)?;
    let folder = folder.parent().unwrap_or(Path::new("/"));
    parse(file, &text, folder, environment)
}

pub(super) fn parse(
    file: &Path,
    text: &str,
    folder: &Path,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<NodeConfig, ConfigError> {
    let syntax = |source| ConfigError::Syntax { file: file.to_owned(), source: Box::new(source) };
    let mut table: Table = toml::from_str(text).map_err(syntax)?;
    let variables = override_fields(&mut table, environment);
    let field = |problem| ConfigError::Field { file: file.to_owned(), problem, variables: variables.clone() };
    let mut config = NodeConfig::deserialize(Value::Table(table)).map_err(|error| field(one_line(&error)))?;
    check(&config).map_err(field)?;
    anchor(&mut config, folder);
    Ok(config)
}

/// The error's text with the field first: `network.lsten: unknown field ...`.
fn one_line(error: &toml::de::Error) -> String {
    let text = error.to_string();
    let place = text.lines().find_map(|line| line.strip_prefix("in `")?.strip_suffix('`'));
    match place {
        Some(place) => format!("{place}: {}", error.message()),
        None => error.message().to_owned(),
    }
}

/// Puts the environment's values into the table and returns the names that were used.
fn override_fields(table: &mut Table, environment: impl IntoIterator<Item = (String, String)>) -> Vec<String> {
    let mut used = Vec::new();
    for (name, value) in environment {
        let Some((section, field)) = target(&name) else { continue };
        let entry = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(entry) = entry {
            entry.insert(field, typed(&value));
            used.push(name);
        }
    }
    used.sort();
    used
}

/// Section and field that a variable sets; `None` for variables that are none of ours.
fn target(variable: &str) -> Option<(&'static str, String)> {
    let (section, field) = variable.strip_prefix(PREFIX)?.split_once('_')?;
    let section = SECTIONS.iter().find(|known| known.eq_ignore_ascii_case(section))?;
    Some((section, field.to_ascii_lowercase()))
}

/// True for an environment variable that sets a field of the configuration.
pub fn is_override(variable: &str) -> bool {
    target(variable).is_some()
}

/// A variable's value: a number, a boolean or an array as TOML writes them, or else a text.
fn typed(text: &str) -> Value {
    let parsed = toml::from_str::<Table>(&format!("value = {text}")).ok().and_then(|mut table| table.remove("value"));
    match parsed {
        Some(value @ (Value::Integer(_) | Value::Boolean(_) | Value::Array(_))) => value,
        _ => Value::String(text.to_owned()),
    }
}

fn check(config: &NodeConfig) -> Result<(), String> {
    let api = &config.api;
    if !api.listen.ip().is_loopback() && !api.allow_remote {
        return Err(format!(
            "api.listen: {} is reachable from other machines; use a loopback address such as 127.0.0.1:8080, or set \
             api.allow_remote = true behind a proxy with TLS",
            api.listen
        ));
    }
    for (position, peer) in config.network.peers.iter().enumerate() {
        let names = [peer.bic.is_some(), peer.participant.is_some(), peer.key.is_some()];
        if names.iter().filter(|given| **given).count() != 1 {
            return Err(format!(
                "network.peers[{position}]: name the peer by `bic`, `participant` or `key`, one of the three"
            ));
        }
        if peer.address.port() == 0 {
            return Err(format!("network.peers[{position}].address: {} has no port", peer.address));
        }
    }
    check_times(config)
}

fn check_times(config: &NodeConfig) -> Result<(), String> {
    let (lanes, consensus) = (&config.lanes, &config.consensus);
    let values = [
        ("node.snapshot_gap", config.node.snapshot_gap),
        ("node.snapshot_blocks", config.node.snapshot_blocks),
        ("node.snapshot_hours", config.node.snapshot_hours),
        ("lanes.batch_bytes", lanes.batch_bytes),
        ("lanes.batch_delay_ms", lanes.batch_delay_ms),
        ("consensus.timeout_ms", consensus.timeout_ms),
        ("consensus.timeout_max_ms", consensus.timeout_max_ms),
        ("consensus.retransmit_ms", consensus.retransmit_ms),
    ];
    if let Some((field, _)) = values.iter().find(|(_, value)| *value == Some(0)) {
        return Err(format!("{field}: 0 is not possible; write 1 or more, or leave the field out"));
    }
    match (consensus.timeout_ms, consensus.timeout_max_ms) {
        (Some(base), Some(max)) if max < base => {
            Err(format!("consensus.timeout_max_ms: {max} is below consensus.timeout_ms, which is {base}"))
        }
        _ => Ok(()),
    }
}

/// Makes every path absolute.
fn anchor(config: &mut NodeConfig, folder: &Path) {
    let keys = &mut config.keys;
    let paths = [&mut config.node.data_dir, &mut config.node.genesis, &mut keys.network];
    for path in paths.into_iter().chain(&mut keys.validator).chain(&mut keys.more_validators) {
        *path = folder.join(&*path);
    }
}
