//! One simulated node: a driver while it is up, its disk and signing records always.

use std::sync::Arc;

use corridor_ledger::snapshot::SnapshotWriter;
use corridor_replica::{Clock, Config, DriveError, Driven, Driver, Effect, Input, Membership, Prepared, Replica};
use corridor_replica::{Signer as ReplicaSigner, Timings};
use corridor_signer::{Keyring, MemoryDisk, MemoryFile, RecordError, Signer, Tail};
use corridor_types::{
    Genesis, Height, ParticipantId, Request, Response, SignRequest, Signed, SnapshotChunk, SnapshotManifest, Timestamp,
    ValidatorSet, View,
};

use crate::disk::MemoryStore;
use crate::economy::{GENESIS_TIME, VOTING_KEYS, network_key, voting_key};
use crate::failing_disk::{FailingDisk, WriteFault};
use crate::faults::fired;
use crate::roster::Address;

/// How many blocks a joining node prefers a snapshot to: a run's chain is short.
const SNAPSHOT_GAP: u64 = 2;
/// How long it waits for offers, in milliseconds: a run is short, too.
const SNAPSHOT_PATIENCE_MS: u64 = 300;

/// Chunks are small here, and single messages are lost, which links of the real network do not do.
const CHUNK_TIMEOUT_MS: u64 = 1_000;
const SNAPSHOT_STALL_MS: u64 = 3_000;

/// The real signers over records in memory.
#[derive(Debug)]
pub struct SimulatedSigner(pub Keyring<MemoryFile>);

impl ReplicaSigner for SimulatedSigner {
    type Error = RecordError;

    fn sign(&mut self, requests: Vec<SignRequest>) -> Result<(Vec<Signed>, Vec<String>), RecordError> {
        let (signed, refused): (Vec<_>, Vec<_>) = self.0.sign_all(requests)?.into_iter().partition(Result::is_ok);
        let reasons = refused.into_iter().filter_map(Result::err).map(|refusal| refusal.to_string());
        Ok((signed.into_iter().flatten().collect(), reasons.collect()))
    }

    fn enter(&mut self, validators: &ValidatorSet) -> Result<Vec<Signed>, RecordError> {
        Ok(self.0.enter(validators))
    }

    fn prune(&mut self, view: View, height: Height) -> Result<(), RecordError> {
        self.0.prune(view, height)
    }
}

/// A data folder: the database and the signing record of each voting key.
#[derive(Debug, Clone)]
pub struct DataFolder {
    /// The database, in memory.
    pub store: MemoryStore,
    /// What a reader of each record would find.
    pub records: Vec<Option<Vec<u8>>>,
}

/// A node that may be up or down.
#[derive(Debug)]
pub struct SimulatedNode {
    address: Address,
    genesis: Genesis,
    /// One for each voting key.
    records: Vec<MemoryDisk>,
    /// A fault of the signing records is planned.
    record_armed: bool,
    /// How far its calendar is ahead of the world's, in milliseconds.
    skew_ms: i64,
    /// Begins with a snapshot if it has nothing.
    prefer_snapshot: bool,
    up: Option<Driver<FailingDisk, SimulatedSigner>>,
    down: MemoryStore,
}

/// Why a node could not be started or went on wrongly.
pub type NodeError = Box<dyn std::error::Error>;

/// A process that ended.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// As planned: the fault's name.
    #[error("simulated: {0}")]
    Planned(&'static str),
    /// For a reason that no simulated fault explains.
    #[error("{0}")]
    Unplanned(String),
}

fn new_records() -> Vec<MemoryDisk> {
    (0..VOTING_KEYS).map(|_| MemoryDisk::new()).collect()
}

impl SimulatedNode {
    /// A node that was never started.
    pub fn new(address: Address, genesis: Genesis, skew_ms: i64) -> Self {
        let (records, down) = (new_records(), MemoryStore::default());
        Self { address, genesis, records, record_armed: false, skew_ms, prefer_snapshot: false, up: None, down }
    }

    /// Lets it begin with a snapshot, or not.
    pub const fn set_prefer_snapshot(&mut self, prefer: bool) {
        self.prefer_snapshot = prefer;
    }

    /// Whose it is.
    pub const fn address(&self) -> Address {
        self.address
    }

    /// The replica, while it is up.
    pub fn replica(&self) -> Option<&Replica> {
        self.up.as_ref().map(|driver| &driver.replica)
    }

    /// The disk, up or down.
    pub fn store(&self) -> &MemoryStore {
        self.up.as_ref().map_or(&self.down, |driver| &driver.store.store)
    }

    /// True while it runs.
    pub const fn is_up(&self) -> bool {
        self.up.is_some()
    }

    /// Sets its calendar: so many milliseconds ahead of the world's.
    pub const fn set_skew(&mut self, skew_ms: i64) {
        self.skew_ms = skew_ms;
    }

    fn clock(&self, now_ms: u64) -> Clock {
        let wall = GENESIS_TIME.0.saturating_add(now_ms).saturating_add_signed(self.skew_ms);
        Clock { steady_ms: now_ms, wall: Timestamp(wall) }
    }

    /// Starts from the disk and the signing records, and says who belongs to the network.
    ///
    /// # Errors
    /// Whatever the replica or a signer refuses to start with: a violation in a simulation.
    pub fn start(&mut self) -> Result<Arc<Membership>, NodeError> {
        let owner = u32::from(self.address.0);
        let mut ring = self.open_ring(owner)?;
        let mut timings = Timings::for_validators(self.genesis.validators.len());
        timings.sync.snapshot_gap = SNAPSHOT_GAP;
        timings.sync.snapshot_patience_ms = SNAPSHOT_PATIENCE_MS;
        timings.sync.chunk_timeout_ms = CHUNK_TIMEOUT_MS;
        timings.sync.snapshot_stall_ms = SNAPSHOT_STALL_MS;
        let config = Config {
            genesis: self.genesis.clone(),
            participant: Some(ParticipantId(owner)),
            keys: ring.public_keys(),
            network_key: network_key(owner).public_key(),
            prefer_snapshot: self.prefer_snapshot,
            timings,
        };
        let prepared = Prepared::new(config, self.down.recovered(), self.down.ledger_records())?;
        prepared.validator_sets().iter().for_each(|set| drop(ring.enter(set)));
        let own = ring.votes_above(prepared.finalized_view());
        let replica = Replica::start(prepared, own, ring.last_batch().map(|header| header.sequence))?;
        let membership = replica.membership();
        let disk = FailingDisk::holding(std::mem::take(&mut self.down));
        self.up = Some(Driver::new(replica, disk, SimulatedSigner(ring)));
        Ok(membership)
    }

    fn open_ring(&self, owner: u32) -> Result<Keyring<MemoryFile>, NodeError> {
        let mut signers = Vec::new();
        for (which, record) in (0..).zip(&self.records) {
            let file = record.open().ok_or("the signing record is open twice")?;
            signers.push(Signer::open(file, self.genesis.signing_context(), voting_key(owner, which))?);
        }
        Ok(Keyring::new(signers))
    }

    /// Loses everything that is not durable; unsynced bytes of the signing record suffer `tail`.
    pub fn crash_with(&mut self, tail: Tail) {
        if let Some(driver) = self.up.take() {
            self.down = driver.store.store;
            drop(driver.signer);
            for record in &self.records {
                let torn = record.unsynced_bytes() > 0;
                record.crash(if torn { tail } else { Tail::Kept(0) });
            }
            self.record_armed = false;
        }
    }

    /// Bytes of the signing record that has unsynced ones, and how many of them a crash could take.
    pub fn record_bytes(&self) -> (usize, usize) {
        let record = self.records.iter().find(|record| record.unsynced_bytes() > 0);
        record.map_or((0, 0), |record| (record.bytes().map_or(0, |bytes| bytes.len()), record.unsynced_bytes()))
    }

    /// A machine that is down loses its disk and its signing records. Only an attacker does that.
    pub fn forget(&mut self) {
        (self.down, self.records) = (MemoryStore::default(), new_records());
    }

    /// What a copy of the whole data folder holds.
    pub fn data_folder(&self) -> DataFolder {
        DataFolder { store: self.store().clone(), records: self.records.iter().map(MemoryDisk::bytes).collect() }
    }

    /// Puts a data folder in place of a machine's that is down.
    pub fn put_folder(&mut self, folder: DataFolder) {
        self.down = folder.store;
        let record = |bytes: Option<Vec<u8>>| bytes.map_or_else(MemoryDisk::new, MemoryDisk::with_bytes);
        self.records = folder.records.into_iter().map(record).collect();
    }

    /// Puts another state of the database in place of a machine's that is down. The signing records
    /// stay as they are.
    pub fn put_back(&mut self, copy: MemoryStore) {
        self.down.put_back(copy);
    }

    /// Plans a fault of the next write to the database.
    pub const fn arm(&mut self, fault: WriteFault) {
        if let Some(driver) = &mut self.up {
            driver.store.arm(Some(fault));
        }
    }

    /// Plans a fault of the next write that ends an epoch.
    pub const fn arm_boundary(&mut self, fault: WriteFault) {
        if let Some(driver) = &mut self.up {
            driver.store.arm_boundary(fault);
        }
    }

    /// Lets the signing records fail after so many more operations.
    pub fn arm_record(&mut self, operations: u64) {
        self.record_armed = self.up.is_some();
        self.records.iter().for_each(|record| record.fail_after(operations));
    }

    /// Takes back what [`Self::arm`] and [`Self::arm_record`] planned.
    pub fn disarm(&mut self) {
        if let Some(driver) = &mut self.up {
            driver.store.arm(None);
        }
        self.record_armed = false;
        self.records.iter().for_each(|record| record.fail_after(u64::MAX));
    }

    /// Feeds inputs; returns what to perform and what the signer refused.
    ///
    /// # Errors
    /// [`Stopped`]: the process must end, and nothing of this drive may be performed.
    pub fn drive(&mut self, now_ms: u64, inputs: Vec<Input>) -> Result<(Vec<Effect>, Vec<String>), Stopped> {
        let clock = self.clock(now_ms);
        let Some(driver) = &mut self.up else { return Ok((Vec::new(), Vec::new())) };
        match driver.drive(clock, inputs) {
            Ok(Driven { effects, refused }) => Ok((effects, refused)),
            Err(DriveError::Store(error)) => Err(Stopped::Planned(error.fault)),
            Err(DriveError::Signer(_)) if self.record_armed => Err(Stopped::Planned(fired::RECORD_FAILED)),
            Err(error) => Err(Stopped::Unplanned(error.to_string())),
        }
    }

    /// When the next tick is wanted.
    pub fn next_deadline(&self) -> Option<u64> {
        self.replica().map(Replica::next_deadline)
    }

    /// The answer to a peer's question.
    pub fn answer(&self, request: &Request) -> Option<Response> {
        self.store().response(request)
    }

    /// Makes a snapshot of the state after the last executed block, if that is certified.
    ///
    /// # Errors
    /// The records make no snapshot: a violation in a simulation.
    pub fn make_snapshot(&mut self) -> Result<Option<Height>, NodeError> {
        let Some(driver) = &mut self.up else { return Ok(None) };
        let (heights, store) = (driver.replica.heights(), &mut driver.store.store);
        let height = heights.executed;
        let Some((block, certificate)) = store.blocks().get(&height).zip(store.settlements().get(&height)) else {
            return Ok(None);
        };
        let (block, certificate) = (block.clone(), certificate.clone());
        let mut chunks = Vec::new();
        let mut writer = SnapshotWriter::new(&self.genesis, |_, chunk| chunks.push(SnapshotChunk(chunk.into())))?;
        store.ledger_records().into_iter().try_for_each(|record| writer.push(record))?;
        let index = writer.finish()?.into();
        store.offer(SnapshotManifest { block, certificate, index }, chunks);
        Ok(Some(height))
    }
}
