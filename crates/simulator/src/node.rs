//! One simulated validator: a driver while it is up, its disk and signing record always.

use std::convert::Infallible;

use corridor_replica::{Clock, Config, Driver, Effect, Input, Replica, Signer as ReplicaSigner, Timings};
use corridor_signer::{MemoryDisk, MemoryFile, RecordError, Signer, Tail};
use corridor_types::persist::Store as _;
use corridor_types::{Genesis, Height, ParticipantId, SignRequest, Signed, ValidatorIndex, View};

use crate::disk::MemoryStore;
use crate::economy::validator_key;

/// The real signer over a record in memory.
pub struct SimulatedSigner(pub Signer<MemoryFile>);

impl ReplicaSigner for SimulatedSigner {
    type Error = RecordError;

    fn sign(&mut self, requests: Vec<SignRequest>) -> Result<(Vec<Signed>, Vec<String>), RecordError> {
        let (signed, refused): (Vec<_>, Vec<_>) = self.0.sign_all(requests)?.into_iter().partition(Result::is_ok);
        let reasons = refused.into_iter().filter_map(Result::err).map(|refusal| refusal.to_string());
        Ok((signed.into_iter().flatten().collect(), reasons.collect()))
    }

    fn prune(&mut self, view: View, height: Height) -> Result<(), RecordError> {
        self.0.prune(view, height)
    }
}

/// A validator that may be up or down.
pub struct SimulatedNode {
    index: ValidatorIndex,
    genesis: Genesis,
    record: MemoryDisk,
    /// How far its calendar is ahead of the world's, in milliseconds.
    skew_ms: u64,
    up: Option<Driver<MemoryStore, SimulatedSigner>>,
    down: MemoryStore,
}

/// Why a node could not be started or went on wrongly.
pub type NodeError = Box<dyn std::error::Error>;

impl SimulatedNode {
    /// A node that was never started.
    pub fn new(index: ValidatorIndex, genesis: Genesis, skew_ms: u64) -> Self {
        let record = MemoryDisk::new();
        Self { index, genesis, record, skew_ms, up: None, down: MemoryStore::default() }
    }

    /// Its position in the set.
    pub const fn index(&self) -> ValidatorIndex {
        self.index
    }

    /// The replica, while it is up.
    pub fn replica(&self) -> Option<&Replica> {
        self.up.as_ref().map(|driver| &driver.replica)
    }

    /// The disk, up or down.
    pub fn store(&self) -> &MemoryStore {
        self.up.as_ref().map_or(&self.down, |driver| &driver.store)
    }

    /// True while it runs.
    pub const fn is_up(&self) -> bool {
        self.up.is_some()
    }

    fn clock(&self, now_ms: u64) -> Clock {
        Clock { steady_ms: now_ms, wall: crate::economy::GENESIS_TIME.plus_ms(now_ms + self.skew_ms) }
    }

    /// Starts from the disk and the signing record.
    ///
    /// # Errors
    /// Whatever the replica or the signer refuses to start with: a violation in a simulation.
    pub fn start(&mut self) -> Result<(), NodeError> {
        let validators = self.genesis.validator_set()?;
        let file = self.record.open().ok_or("the signing record is open twice")?;
        let key = validator_key(u32::from(self.index.0));
        let signer = Signer::open(file, self.genesis.signing_context(), &validators, key)?;
        let recovered = self.down.recover()?;
        let top = recovered.finalized.last().or(recovered.executed.as_ref().map(|(block, _)| block));
        let own = signer.votes_above(top.map_or(View(0), |block| block.view));
        let config = Config {
            genesis: self.genesis.clone(),
            participant: Some(ParticipantId(u32::from(self.index.0))),
            last_batch: signer.last_batch().map(|header| header.sequence),
            timings: Timings::for_validators(validators.len()),
        };
        let replica = Replica::new(config, recovered, self.down.records()?, own)?;
        self.up = Some(Driver::new(replica, std::mem::take(&mut self.down), SimulatedSigner(signer)));
        Ok(())
    }

    /// Loses everything that is not durable.
    pub fn crash(&mut self) {
        if let Some(driver) = self.up.take() {
            self.down = driver.store;
            drop(driver.signer);
            self.record.crash(Tail::Kept(0));
        }
    }

    /// Feeds inputs; returns what to perform and what the signer refused.
    ///
    /// # Errors
    /// The signing record's.
    pub fn drive(&mut self, now_ms: u64, inputs: Vec<Input>) -> Result<(Vec<Effect>, Vec<String>), NodeError> {
        let clock = self.clock(now_ms);
        let Some(driver) = &mut self.up else { return Ok((Vec::new(), Vec::new())) };
        let driven = driver.drive(clock, inputs)?;
        Ok((driven.effects, driven.refused))
    }

    /// When the next tick is wanted.
    pub fn next_deadline(&self) -> Option<u64> {
        self.replica().map(Replica::next_deadline)
    }

    /// The answer to a peer's question.
    pub fn answer(&self, request: &corridor_types::Request) -> Option<corridor_types::Response> {
        let answer: Result<_, Infallible> = self.store().answer(request);
        answer.ok().flatten()
    }
}
