//! Opens everything that a node needs, in the order in which failures are easiest to understand:
//! genesis, keys, database, ledger, signing records, replica, network.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use corridor_crypto::{PublicKey, SecretKey, SigningContext};
use corridor_network::{Events, Network, NodeId};
use corridor_replica::{Config, Driver, Membership, Prepared, Replica, Timings};
use corridor_signer::{DiskFile, Keyring, Signer, keyfile};
use corridor_storage::{DATABASE, DetailsFolder, Reader, SnapshotFolder, Storage};
use corridor_types::persist::Store as _;
use corridor_types::{DetailsMessage, Genesis, GenesisTextError, Height, ParticipantId, ValidatorSets};
use tokio::sync::{mpsc, watch};

use crate::clock::NodeClock;
use crate::config::{self, NodeConfig, PeerHint};
use crate::details::MAIL_QUEUE;
use crate::inbound::Inbound;
use crate::members;
use crate::metrics::Metrics;
use crate::shared::Shared;
use crate::signing::NodeSigner;

/// The folder of snapshots inside the data folder.
const SNAPSHOTS: &str = "snapshots";

/// The folder of sealed details inside the data folder.
const DETAILS: &str = "details";

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made.
    #[error("node.data_dir: cannot create {}: {source}", path.display())]
    DataDir {
        /// Path of the file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The genesis document cannot be read.
    #[error("node.genesis: cannot read {}: {source}", path.display())]
    GenesisFile {
        /// Path of the file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The genesis document is unusable.
    #[error("node.genesis: {}: {source}", path.display())]
    Genesis {
        /// Path of the file or directory.
        path: PathBuf,
        /// What is wrong with it.
        source: GenesisTextError,
    },
    /// A peer in the configuration is unknown.
    #[error("network.peers: {0}")]
    Peers(#[from] config::PeerError),
    /// A key file is unusable.
    #[error("keys: {0}")]
    Keys(#[from] keyfile::KeyFileError),
    /// Nobody knows whose node this is.
    #[error(
        "node.participant: neither the validator key nor the network key {key} is in the genesis; \
         say whose node this is by the participant's BIC"
    )]
    NobodysNode {
        /// Its network key.
        key: PublicKey,
    },
    /// The participant is not in the genesis.
    #[error("node.participant: {0}")]
    UnknownParticipant(String),
    /// The database cannot be opened.
    #[error("node.data_dir: {0}")]
    Database(#[from] corridor_storage::OpenError),
    /// The database cannot be read.
    #[error("node.data_dir: {0}")]
    Storage(#[from] corridor_storage::StoreError),
    /// The folder of snapshots is unusable.
    #[error("node.data_dir: {0}")]
    Snapshots(#[from] corridor_storage::SnapshotError),
    /// The folder of sealed details is unusable.
    #[error("node.data_dir: {0}")]
    Details(#[from] corridor_storage::DetailsError),
    /// The signing record is unusable.
    #[error("node.data_dir: {0}")]
    Signer(#[from] corridor_signer::OpenError),
    /// The replica refuses what the disk holds.
    #[error(transparent)]
    Replica(#[from] corridor_replica::StartError),
    /// The system gave no random bytes.
    #[error("the operating system gave no random bytes: {0}")]
    Session(#[from] getrandom::Error),
    /// The network did not start.
    #[error("network: {0}")]
    Network(#[from] corridor_network::StartError),
}

/// Everything that was opened.
pub struct Parts {
    /// The genesis of the chain.
    pub genesis: Genesis,
    /// Whose node this is.
    pub participant: ParticipantId,
    /// Replica, disk, signers.
    pub driver: Driver<Storage, NodeSigner>,
    /// For reading beside the core.
    pub reader: Reader,
    /// Sends to peers.
    pub network: Network,
    /// What comes from peers.
    pub events: Events,
    /// Who belongs to the network.
    pub members: watch::Sender<Arc<Membership>>,
    /// Where some of them are.
    pub hints: Vec<PeerHint>,
    /// Snapshots for joining nodes.
    pub snapshots: SnapshotFolder,
    /// The sealed details of payments.
    pub details: DetailsFolder,
    /// What peers say about sealed details.
    pub details_mail: mpsc::Receiver<(NodeId, DetailsMessage)>,
    /// For checking frames.
    pub inbound: Inbound,
    /// What others may see of the core.
    pub shared: Arc<Shared>,
    /// Steady clock and wall clock of the machine.
    pub clock: NodeClock,
}

/// Opens everything.
///
/// # Errors
/// [`StartError`] with the first thing that does not open.
pub async fn open(config: &NodeConfig) -> Result<Parts, StartError> {
    let genesis = read_genesis(&config.node.genesis)?;
    let context = genesis.signing_context();
    let keys = config.keys.validators().map(|path| keyfile::read(path, "validator"));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let network_key = keyfile::read(&config.keys.network, "network")?;
    let participant = participant(config, &genesis, &keys, network_key.public_key())?;
    let hints = config.peer_hints(&genesis)?;
    let data_dir = &config.node.data_dir;
    std::fs::create_dir_all(data_dir).map_err(|source| StartError::DataDir { path: data_dir.clone(), source })?;
    let database = data_dir.join(DATABASE);
    if !database.exists() {
        // Records are made before the database is: a used database without a record has lost it.
        create_records(data_dir, context, &keys)?;
    }
    let (storage, snapshots) = open_storage(data_dir, &genesis)?;
    let details = DetailsFolder::open(&data_dir.join(DETAILS))?;
    let reader = storage.reader();
    let recovered = storage.recover()?;
    let records = storage.records()?;
    let settled = recovered.settled.as_ref().map_or(Height(0), |c| c.outcome.height);
    let executed = recovered.executed.as_ref().map_or(Height(0), |(block, _)| block.height);
    let replica_config = Config {
        participant: Some(participant),
        keys: keys.iter().map(SecretKey::public_key).collect(),
        network_key: network_key.public_key(),
        prefer_snapshot: config.node.from_snapshot,
        timings: timings(config, genesis.validators.len()),
        genesis: genesis.clone(),
    };
    let prepared = Prepared::new(replica_config, recovered, records)?;
    let mut ring = open_ring(data_dir, context, keys, prepared.validator_sets())?;
    prepared.validator_sets().iter().for_each(|set| drop(ring.enter(set)));
    compare(&ring, executed);
    let own = ring.votes_above(prepared.finalized_view());
    let last_batch = ring.last_batch().map(|header| header.sequence);
    let replica = Replica::start(prepared, own, last_batch)?;
    let members = replica.membership();
    let (network, events) = start_network(config, &genesis, &network_key, &members, &hints).await?;
    tracing::info!(
        genesis = %context.genesis(), participant = participant.0, listen = %network.local_addr(),
        network_key = %network_key.public_key(), height = replica.heights().executed.0, "the node is open"
    );
    let members = watch::Sender::new(members);
    let (post, details_mail) = mpsc::channel(MAIL_QUEUE);
    let inbound = Inbound {
        context,
        members: members.subscribe(),
        own: network.id(),
        metrics: Arc::new(Metrics::default()),
        details: post,
    };
    Ok(Parts {
        driver: Driver::new(replica, storage, NodeSigner(ring)),
        shared: Arc::new(Shared::new(settled)),
        clock: NodeClock::start(),
        genesis,
        participant,
        reader,
        network,
        events,
        members,
        hints,
        snapshots,
        details,
        details_mail,
        inbound,
    })
}

fn read_genesis(path: &Path) -> Result<Genesis, StartError> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|source| StartError::GenesisFile { path: path.to_owned(), source })?;
    Genesis::from_json(&text).map_err(|source| StartError::Genesis { path: path.to_owned(), source })
}

/// Whose node this is: as configured, or as the genesis knows its keys.
fn participant(
    config: &NodeConfig,
    genesis: &Genesis,
    keys: &[SecretKey],
    network_key: PublicKey,
) -> Result<ParticipantId, StartError> {
    if let Some(bic) = config.node.participant {
        return config::participant(genesis, bic).map_err(StartError::UnknownParticipant);
    }
    let is_ours = |key: &PublicKey| keys.iter().any(|ours| ours.public_key() == *key);
    let validator = genesis.validators.iter().find(|entry| is_ours(&entry.key)).map(|entry| entry.participant);
    let node = || genesis.nodes.iter().find(|entry| entry.network_key == network_key).map(|entry| entry.participant);
    validator.or_else(node).ok_or(StartError::NobodysNode { key: network_key })
}

fn open_storage(data_dir: &Path, genesis: &Genesis) -> Result<(Storage, SnapshotFolder), StartError> {
    let storage = Storage::open(&data_dir.join(DATABASE), genesis.digest(), corridor_storage::Options::default())?;
    let (snapshots, withdrawn) = SnapshotFolder::open(&data_dir.join(SNAPSHOTS), genesis.digest())?;
    for problem in withdrawn {
        tracing::warn!("a snapshot was withdrawn: {problem}");
    }
    storage.offer(snapshots.clone());
    Ok((storage, snapshots))
}

/// The signing record of a key: one file for each.
fn record_path(data_dir: &Path, key: &PublicKey) -> PathBuf {
    data_dir.join(format!("signing-record-{}", hex::encode(&key.0[..4])))
}

/// New records for a data folder that was never used.
fn create_records(data_dir: &Path, context: SigningContext, keys: &[SecretKey]) -> Result<(), StartError> {
    for key in keys {
        let path = record_path(data_dir, &key.public_key());
        if !path.exists() {
            let copy = SecretKey::from_seed(&key.to_seed());
            Signer::open(DiskFile::create(&path)?, context, copy)?;
        }
    }
    Ok(())
}

/// Opens the record of each key. A missing one is made only for a key that was never a validator's: a
/// validator that lost its record does not know what it signed and must not sign again with it.
fn open_ring(
    data_dir: &Path,
    context: SigningContext,
    keys: Vec<SecretKey>,
    sets: &ValidatorSets,
) -> Result<Keyring<DiskFile>, StartError> {
    let mut signers = Vec::new();
    for key in keys {
        let public = key.public_key();
        let path = record_path(data_dir, &public);
        let known = sets.iter().any(|set| set.index_of_key(&public).is_some());
        let file = if path.exists() || known { DiskFile::open(&path)? } else { DiskFile::create(&path)? };
        signers.push(Signer::open(file, context, key)?);
    }
    Ok(Keyring::new(signers))
}

/// Says so if the database forgot something that was signed: its log lost a damaged tail. That is
/// safe, because what was signed is never contradicted and peers refill the rest.
fn compare(ring: &Keyring<DiskFile>, executed: Height) {
    if ring.dropped_bytes() > 0 {
        tracing::warn!(bytes = ring.dropped_bytes(), "the signing record ended in an unfinished write, now removed");
    }
    if let Some(outcome) = ring.last_outcome().filter(|outcome| outcome.height > executed) {
        let (signed, held) = (outcome.height.0, executed.0);
        tracing::warn!(signed, held, "the database lost blocks that this node had signed; peers will refill it");
    }
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
    set(config.node.snapshot_gap, &mut timings.sync.snapshot_gap);
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
    members: &Membership,
    hints: &[PeerHint],
) -> Result<(Network, Events), StartError> {
    let mut session = [0; 16];
    getrandom::fill(&mut session)?;
    let network = corridor_network::Config {
        listen: config.network.listen,
        advertise: Some(config.network.advertise.unwrap_or(config.network.listen)),
        session,
        secret_key: key.to_seed(),
        genesis: genesis.digest().0,
        peers: members::peers(members, hints),
        limits: corridor_network::Limits::default(),
    };
    Ok(corridor_network::start(network).await?)
}
