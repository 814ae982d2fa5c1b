//! Opens everything that a node needs, in the order in which failures are easiest to understand:
//! genesis, keys, database, signing record, replica, network.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use corridor_crypto::SecretKey;
use corridor_network::{Events, Network, NodeId, Peer};
use corridor_replica::{Config, Driver, Replica, Timings};
use corridor_signer::{DiskFile, Signer, keyfile};
use corridor_storage::{Reader, Storage};
use corridor_types::persist::{Recovered, Store as _};
use corridor_types::{Genesis, Height, ParticipantId, ValidatorIndex, ValidatorSet, View};

use super::clock::NodeClock;
use super::inbound::Inbound;
use super::metrics::Metrics;
use super::shared::Shared;
use super::signing::NodeSigner;
use crate::config::NodeConfig;

/// The signing record's file inside the data folder.
const SIGNING_RECORD: &str = "signing-record";
/// The database's folder inside the data folder.
const DATABASE: &str = "db";

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made.
    #[error("node.data_dir: cannot create {}: {source}", path.display())]
    DataDir {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The genesis document is unusable.
    #[error("node.genesis: {0}")]
    Genesis(String),
    /// A peer in the configuration is unknown.
    #[error("network.peers: {0}")]
    Peers(#[from] crate::config::PeerError),
    /// A key file is unusable.
    #[error("keys: {0}")]
    Keys(#[from] keyfile::KeyFileError),
    /// The validator key is nobody's.
    #[error(
        "keys.validator: {} holds key {key}, which is no validator's of this genesis; use the key file that belongs \
         to the genesis", path.display()
    )]
    NotAValidator {
        /// The key file.
        path: PathBuf,
        /// Its public key.
        key: corridor_crypto::PublicKey,
    },
    /// The network key is not the one that peers expect.
    #[error("keys.network: {} is not the network key that the genesis lists for this validator", path.display())]
    OtherNetworkKey {
        /// The key file.
        path: PathBuf,
    },
    /// The database is unusable.
    #[error("node.data_dir: {0}")]
    Storage(String),
    /// The signing record is unusable.
    #[error("node.data_dir: {0}")]
    Signer(#[from] corridor_signer::OpenError),
    /// The replica refuses what the disk holds.
    #[error(transparent)]
    Replica(#[from] corridor_replica::StartError),
    /// The network did not start.
    #[error("network: {0}")]
    Network(#[from] corridor_network::StartError),
}

/// Everything that was opened.
pub struct Parts {
    /// The chain.
    pub genesis: Genesis,
    /// Whose node this is.
    pub participant: ParticipantId,
    /// Replica, disk, signer.
    pub driver: Driver<Storage, NodeSigner>,
    /// For reading beside the core.
    pub reader: Reader,
    /// For sending.
    pub network: Network,
    /// For receiving.
    pub events: Events,
    /// Network identities of the validators.
    pub peers: BTreeMap<ValidatorIndex, NodeId>,
    /// For checking frames.
    pub inbound: Inbound,
    /// What others may see of the core.
    pub shared: Arc<Shared>,
    /// The clocks.
    pub clock: NodeClock,
}

/// Opens everything.
///
/// # Errors
/// [`StartError`] with the first thing that does not open.
pub async fn open(config: &NodeConfig) -> Result<Parts, StartError> {
    let genesis = crate::genesis_file::read(&config.node.genesis).map_err(|e| StartError::Genesis(e.to_string()))?;
    let context = genesis.signing_context();
    let validators = genesis.validator_set().map_err(|error| StartError::Genesis(error.to_string()))?;
    let key = keyfile::read(&config.keys.validator, "validator")?;
    let network_key = keyfile::read(&config.keys.network, "network")?;
    let participant = find_validator(config, &validators, &key, &network_key)?;
    let data_dir = &config.node.data_dir;
    std::fs::create_dir_all(data_dir).map_err(|source| StartError::DataDir { path: data_dir.clone(), source })?;
    // The record is made before the database is, so a database without a record has lost it.
    let database = data_dir.join(DATABASE);
    let signer = open_signer(&data_dir.join(SIGNING_RECORD), database.exists(), context, &validators, key)?;
    let storage = open_storage(&database, &genesis)?;
    let reader = storage.reader();
    let storage_error = |error: &dyn std::fmt::Display| StartError::Storage(error.to_string());
    let recovered = storage.recover().map_err(|error| storage_error(&error))?;
    let records = storage.records().map_err(|error| storage_error(&error))?;
    compare(&signer, &recovered);
    let last_batch = signer.last_batch().map(|header| header.sequence);
    let signer = NodeSigner::new(Some(signer));
    let own = signer.votes_above(finalized_view(&recovered));
    let settled = recovered.settled.as_ref().map_or(Height(0), |c| c.outcome.height);
    let replica_config = Config {
        genesis: genesis.clone(),
        participant: Some(participant),
        last_batch,
        timings: timings(config, validators.len()),
    };
    let replica = Replica::new(replica_config, recovered, records, own)?;
    let peers = peer_ids(&validators);
    let (network, events) = start_network(config, &genesis, &network_key).await?;
    tracing::info!(
        genesis = %context.genesis(), participant = participant.0, listen = %network.local_addr(),
        height = replica.heights().executed.0, "the node is open"
    );
    let inbound = Inbound { context, validators: Arc::new(validators), metrics: Arc::new(Metrics::new()) };
    Ok(Parts {
        driver: Driver::new(replica, storage, signer),
        shared: Arc::new(Shared::new(settled)),
        clock: NodeClock::start(),
        genesis,
        participant,
        reader,
        network,
        events,
        peers,
        inbound,
    })
}

fn find_validator(
    config: &NodeConfig,
    validators: &ValidatorSet,
    key: &SecretKey,
    network_key: &SecretKey,
) -> Result<ParticipantId, StartError> {
    let public = key.public_key();
    let found = validators.iter().find(|(_, validator)| validator.key == public);
    let path = config.keys.validator.clone();
    let (_, validator) = found.ok_or(StartError::NotAValidator { path, key: public })?;
    if validator.network_key != network_key.public_key() {
        return Err(StartError::OtherNetworkKey { path: config.keys.network.clone() });
    }
    Ok(validator.participant)
}

fn open_storage(path: &Path, genesis: &Genesis) -> Result<Storage, StartError> {
    Storage::open(path, genesis.digest(), corridor_storage::Options::default())
        .map_err(|error| StartError::Storage(error.to_string()))
}

/// Says so if the database forgot something that was signed: its log lost a damaged tail. That is
/// safe, because what was signed is never contradicted and peers refill the rest.
fn compare(signer: &Signer<DiskFile>, recovered: &Recovered) {
    if signer.dropped_bytes() > 0 {
        tracing::warn!(bytes = signer.dropped_bytes(), "the signing record ended in an unfinished write, now removed");
    }
    let executed = recovered.executed.as_ref().map_or(Height(0), |(block, _)| block.height);
    if let Some(outcome) = signer.last_outcome().filter(|outcome| outcome.height > executed) {
        let (signed, held) = (outcome.height.0, executed.0);
        tracing::warn!(signed, held, "the database lost blocks that this node had signed; peers will refill it");
    }
}

/// Opens the record. A missing one is made only beside a database that was never used: a validator
/// that lost its record does not know what it signed and must not sign again with this key.
fn open_signer(
    path: &Path,
    used: bool,
    context: corridor_crypto::SigningContext,
    validators: &ValidatorSet,
    key: SecretKey,
) -> Result<Signer<DiskFile>, StartError> {
    let file = if path.exists() || used { DiskFile::open(path)? } else { DiskFile::create(path)? };
    Ok(Signer::open(file, context, validators, key)?)
}

fn finalized_view(recovered: &Recovered) -> View {
    let last = recovered.finalized.last().or(recovered.executed.as_ref().map(|(block, _)| block));
    last.map_or(View(0), |block| block.view)
}

fn peer_ids(validators: &ValidatorSet) -> BTreeMap<ValidatorIndex, NodeId> {
    validators.iter().map(|(index, validator)| (index, NodeId(validator.network_key.0))).collect()
}

fn timings(config: &NodeConfig, validators: usize) -> Timings {
    let mut timings = Timings::for_validators(validators);
    let set = |value: Option<u64>, field: &mut u64| {
        if let Some(value) = value {
            *field = value;
        }
    };
    set(config.consensus.timeout_ms, &mut timings.consensus.base_ms);
    set(config.consensus.timeout_max_ms, &mut timings.consensus.max_ms);
    set(config.consensus.retransmit_ms, &mut timings.consensus.retransmit_ms);
    set(config.lanes.batch_delay_ms, &mut timings.lanes.batch_delay_ms);
    if let Some(bytes) = config.lanes.batch_bytes.and_then(|bytes| usize::try_from(bytes).ok()) {
        timings.lanes.batch_target_bytes = bytes;
    }
    timings
}

async fn start_network(
    config: &NodeConfig,
    genesis: &Genesis,
    key: &SecretKey,
) -> Result<(Network, Events), StartError> {
    let resolved = config.resolve_peers(genesis)?;
    let peers = resolved.into_iter().map(|peer| Peer { id: NodeId(peer.network_key.0), address: peer.address });
    let network = corridor_network::Config {
        listen: config.network.listen,
        secret_key: key.to_seed(),
        genesis: genesis.digest().0,
        peers: peers.collect(),
        limits: corridor_network::Limits::default(),
    };
    Ok(corridor_network::start(network).await?)
}
