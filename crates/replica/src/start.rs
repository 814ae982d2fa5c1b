//! How a replica starts: what disk and signer held is checked, and every machine goes on from there.

use corridor_consensus as consensus;
use corridor_crypto::{Digest, PublicKey, SigningContext, Verified};
use corridor_lanes as lanes;
use corridor_ledger::{Ledger, RestoreError};
use corridor_sync as sync;
use corridor_types::persist::{Change, Draft, Recovered, tip_of};
use corridor_types::{
    Block, Certificate, Epoch, Genesis, GenesisError, Height, ParticipantId, Sequence, Signed, Tip, ValidatorSet,
    ValidatorSets, VerifiedBatch, View,
};

use crate::catching_up::CatchingUp;
use crate::dissemination::Dissemination;
use crate::joining::Joining;
use crate::membership::{Roster, position_in, previous_of};
use crate::ordering::Ordering;
use crate::pipeline::{Beginning, Execution, Final, Pipeline, Settlement, Settling};
use crate::replica::{Parts, Replica};
use crate::telling::Telling;
use crate::voting::{Guard, Voting, place_of};

/// Times of the replica's own; the machines have theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timings {
    /// Timeouts of the ordering protocol.
    pub consensus: consensus::Timeouts,
    /// Limits and times of the lanes.
    pub lanes: lanes::Limits,
    /// Times of catch-up.
    pub sync: sync::Limits,
    /// How often a node says where it is, in milliseconds.
    pub status_ms: u64,
    /// How soon after a settled block an observer is told, in milliseconds.
    pub follow_ms: u64,
    /// How long a validator that signed before watches in silence after a start, in milliseconds.
    pub watch_ms: u64,
    /// How often an uncertified outcome is sent again, in milliseconds.
    pub outcome_retransmit_ms: u64,
}

impl Timings {
    /// The defaults for a set of this many validators.
    pub fn for_validators(validators: usize) -> Self {
        Self {
            consensus: consensus::Timeouts::default(),
            lanes: lanes::Limits::for_validators(validators),
            sync: sync::Limits::default(),
            status_ms: 1_000,
            follow_ms: 100,
            watch_ms: 1_000,
            outcome_retransmit_ms: 300,
        }
    }
}

/// What a replica is told once.
#[derive(Debug, Clone)]
pub struct Config {
    /// The chain's first state and parameters.
    pub genesis: Genesis,
    /// The participant that runs this node.
    pub participant: Option<ParticipantId>,
    /// The voting keys that our signer holds. In an epoch whose set names none of them this node is
    /// an observer.
    pub keys: Vec<PublicKey>,
    /// Authenticates our own links.
    pub network_key: PublicKey,
    /// Whether a fresh node begins with a snapshot when peers offer one, rather than with the first
    /// block.
    pub prefer_snapshot: bool,
    /// Time-outs and periods, in milliseconds.
    pub timings: Timings,
}

/// Why a replica does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The genesis is unusable.
    #[error("genesis: {0}")]
    Genesis(#[from] GenesisError),
    /// The ledger's records are damaged.
    #[error("ledger records: {0}")]
    Restore(#[from] RestoreError),
    /// The ledger's records do not give the state that was signed.
    #[error(
        "ledger records give state {found} at height {height} where this node signed {signed}; \
         the database is damaged: restore this node from its peers"
    )]
    StateMismatch {
        /// The height of the executed block.
        height: Height,
        /// What was signed.
        signed: Digest,
        /// What the records give.
        found: Digest,
    },
    /// A finalized block belongs to another epoch than the ledger's.
    #[error(
        "block {height} on disk is of epoch {got}, the ledger stands in epoch {expected}; \
         the database is damaged: restore this node from its peers"
    )]
    EpochMismatch {
        /// The block's height.
        height: Height,
        /// The epoch that its header names.
        got: Epoch,
        /// The epoch that the ledger stands in.
        expected: Epoch,
    },
    /// A certificate on disk does not verify.
    #[error("a certificate on disk is invalid: {0}; the database is damaged: restore this node from its peers")]
    Certificate(#[from] corridor_types::CertificateError),
    /// Our own lane cannot be resumed.
    #[error("{0}")]
    Lanes(#[from] lanes::ResumeError),
    /// A batch on disk does not decode.
    #[error("a batch on disk is invalid: {0}; the database is damaged: restore this node from its peers")]
    Batch(#[from] corridor_types::BatchError),
}

/// What was found on disk, checked, before the signer has said what it signed.
#[derive(Debug)]
pub struct Prepared {
    config: Config,
    recovered: Recovered,
    ledger: Ledger,
    sets: ValidatorSets,
}

impl Prepared {
    /// Restores the ledger and compares it with what was signed.
    ///
    /// # Errors
    /// [`StartError`]: the node must not start.
    pub fn new(config: Config, recovered: Recovered, records: Vec<Change>) -> Result<Self, StartError> {
        config.genesis.validate()?;
        let ledger = restore_ledger(&config.genesis, records, &recovered)?;
        let sets = ledger.validator_sets();
        let expected = sets.current().epoch();
        if let Some(block) = recovered.finalized.iter().find(|block| block.epoch != expected) {
            return Err(StartError::EpochMismatch { height: block.height, got: block.epoch, expected });
        }
        Ok(Self { config, recovered, ledger, sets })
    }

    /// The validators of every epoch so far: the signer must know them.
    pub const fn validator_sets(&self) -> &ValidatorSets {
        &self.sets
    }

    /// The highest finalized view: the signer is asked for what it signed above it.
    pub fn finalized_view(&self) -> View {
        self.top().map_or(View(0), |block| block.view)
    }

    fn top(&self) -> Option<&Block> {
        self.recovered.finalized.last().or(self.recovered.executed.as_ref().map(|(block, _)| block))
    }
}

impl Replica {
    /// Builds a replica. `own` are our own votes and proposals of the current epoch above the
    /// highest finalized view, signed again by the signer; `last_batch` is the position of the last
    /// batch that its record knows.
    ///
    /// # Errors
    /// [`StartError`]: the node must not start.
    pub fn start(prepared: Prepared, own: Vec<Signed>, last_batch: Option<Sequence>) -> Result<Self, StartError> {
        let top = prepared.top().cloned();
        let Prepared { config, mut recovered, ledger, sets } = prepared;
        let context = config.genesis.signing_context();
        let or_genesis = |block: Option<&Block>| block.map_or_else(|| Final::genesis(context.genesis()), Final::of);
        let executed = or_genesis(recovered.executed.as_ref().map(|(block, _)| block));
        let finalized = or_genesis(top.as_ref());
        let guard = guard(&config, &own, top.as_ref(), last_batch);
        let lane_floor = last_batch.filter(|last| own_tip(&config, &recovered, &executed.cut) < *last);
        let settled = recovered.settled.as_ref().map_or(Height(0), |certificate| certificate.outcome.height);
        let engine = engine(&config, &recovered, top.clone(), &context, sets.current())?;
        let lanes = lanes(&config, &recovered, &sets, executed.cut.clone())?;
        let next_epoch = top.as_ref().map_or(sets.current().epoch(), Block::next_epoch);
        let start = sync::Start { finalized: finalized.height, digest: finalized.digest, next_epoch, settled };
        let settling = settling(&config, &mut recovered, &sets, settled, executed.height);
        let execution = Execution::new(executed, recovered.finalized);
        let beginning = Beginning { ledger, finalized, execution, settling, oldest: recovered.oldest };
        let Timings { status_ms, follow_ms, .. } = config.timings;
        let parts = Parts {
            ordering: Ordering::new(engine, context.genesis(), config.timings.consensus),
            dissemination: Dissemination::new(lanes, config.timings.lanes),
            catching_up: CatchingUp::new(sync::Sync::new(sync_config(&config, &sets), start)),
            voting: Voting::new(guard, own, recovered.draft, last_batch, lane_floor),
            pipeline: Pipeline::new(config.genesis.time, beginning),
            joining: Joining::new(config.genesis),
            telling: Telling::new(status_ms, follow_ms),
            roster: Roster::new(sets, config.keys, config.participant),
        };
        Ok(Self::assemble(context, parts))
    }
}

/// The engine, which follows in silence: nobody votes before the guard has opened.
fn engine(
    config: &Config,
    recovered: &Recovered,
    top: Option<Block>,
    context: &SigningContext,
    validators: &ValidatorSet,
) -> Result<consensus::Engine, StartError> {
    let engine_config = consensus::Config {
        validators: validators.clone(),
        me: None,
        genesis: context.genesis(),
        timeouts: config.timings.consensus,
    };
    Ok(consensus::Engine::new(engine_config, resume(recovered, top, context, validators)?))
}

/// The lanes above the executed cut, without an author of our own: who left the set completes its draft in the first
/// step; everybody else when voting begins.
fn lanes(
    config: &Config,
    recovered: &Recovered,
    sets: &ValidatorSets,
    executed_cut: Vec<Tip>,
) -> Result<lanes::Lanes, StartError> {
    let lanes_config = lanes::Config {
        validators: sets.current().clone(),
        previous: previous_of(sets),
        me: None,
        limits: config.timings.lanes,
    };
    let batches = recovered.batches.iter().map(|batch| VerifiedBatch::decode_trusted((**batch).clone()));
    let batches = batches.collect::<Result<Vec<_>, _>>()?;
    let lanes_resume = lanes::Resume { finalized_cut: executed_cut, batches, draft: None };
    check_draft(&lanes_config, &lanes_resume, &config.keys, recovered.draft.as_ref())?;
    Ok(lanes::Lanes::new(lanes_config, lanes_resume)?)
}

/// What was executed or ended an epoch, and waits for its certificate.
fn settling(
    config: &Config,
    recovered: &mut Recovered,
    sets: &ValidatorSets,
    settled: Height,
    executed: Height,
) -> Settling {
    let unsettled = std::mem::take(&mut recovered.unsettled);
    let boundaries = std::mem::take(&mut recovered.boundaries);
    let settlement = Settlement::new(sets.clone(), settled, executed, &unsettled);
    Settling::new(settlement, unsettled, boundaries, config.timings.outcome_retransmit_ms)
}

/// A damaged draft of our own lane is found now, though it is taken up only when voting begins.
fn check_draft(
    config: &lanes::Config,
    resume: &lanes::Resume,
    keys: &[PublicKey],
    draft: Option<&Draft>,
) -> Result<(), StartError> {
    let Some(draft) = draft else { return Ok(()) };
    let config = lanes::Config { me: position_in(&config.validators, keys), ..config.clone() };
    lanes::Lanes::new(config, lanes::Resume { draft: Some(draft.clone()), ..resume.clone() })?;
    Ok(())
}

fn sync_config(config: &Config, sets: &ValidatorSets) -> sync::Config {
    let votes = position_in(sets.current(), &config.keys).is_some();
    sync::Config {
        context: config.genesis.signing_context(),
        validators: sets.current().clone(),
        prefer_snapshot: config.prefer_snapshot,
        limits: if votes { config.timings.sync } else { follower(config.timings.sync) },
    }
}

/// An observer asks for each block at once; all else is as configured.
fn follower(configured: sync::Limits) -> sync::Limits {
    let sync::Limits { patience_ms, far_behind, settlement_patience_ms, .. } = sync::Limits::follower();
    sync::Limits { patience_ms, far_behind, settlement_patience_ms, ..configured }
}

/// The newest batch of our own lane that the disk holds, as a batch, a draft or part of a block.
fn own_tip(config: &Config, recovered: &Recovered, executed_cut: &[Tip]) -> Sequence {
    let Some(lane) = config.participant else { return Sequence(0) };
    let headers = recovered.batches.iter().map(|batch| batch.header);
    let headers = headers.chain(recovered.draft.iter().map(|draft| draft.header));
    let own = headers.filter(|header| header.lane == lane).map(|header| header.sequence);
    own.chain(tip_of(executed_cut, lane).map(|tip| tip.sequence)).max().unwrap_or_default()
}

fn restore_ledger(genesis: &Genesis, records: Vec<Change>, recovered: &Recovered) -> Result<Ledger, StartError> {
    let ledger = Ledger::restore(genesis, records)?;
    match &recovered.executed {
        Some((_, outcome)) if outcome.state != ledger.state() => {
            Err(StartError::StateMismatch { height: outcome.height, signed: outcome.state, found: ledger.state() })
        }
        _ => Ok(ledger),
    }
}

/// What the engine goes on from: the disk's certificates are checked again, our own votes are ours.
/// Records of an epoch that is over are of no use.
fn resume(
    recovered: &Recovered,
    top: Option<Block>,
    context: &SigningContext,
    validators: &ValidatorSet,
) -> Result<consensus::Resume, StartError> {
    let current = |held: &&Certificate| held.vote.epoch == validators.epoch();
    let certificates = recovered.pending_certificates.iter().filter(current);
    let certificates = certificates.map(|held| held.clone().verify(context, validators));
    Ok(consensus::Resume {
        finalized: top.map(|top| finalized_by(top, recovered.finalization.as_ref(), validators.epoch())),
        blocks: recovered.pending_blocks.clone(),
        certificates: certificates.collect::<Result<Vec<Verified<_>>, _>>()?,
        ..Default::default()
    })
}

fn guard(config: &Config, own: &[Signed], top: Option<&Block>, last_batch: Option<Sequence>) -> Guard {
    let view = |signed: &Signed| place_of(signed).map_or(View(0), |(_, view)| view);
    let finalized = top.map_or(View(0), |block| block.view);
    let signed = own.iter().map(view).max().unwrap_or_default().max(finalized);
    let fresh = signed == View(0) && last_batch.is_none();
    Guard::new(signed, fresh, config.timings.watch_ms)
}

/// The finalized block with its finalization, if the highest one is its own.
fn finalized_by(top: Block, highest: Option<&Certificate>, epoch: Epoch) -> (Block, Option<Certificate>) {
    let own = highest.filter(|held| held.block() == Some(top.digest())).cloned();
    // The engine of an epoch knows nothing of certificates of the one before.
    let own = own.filter(|held| held.vote.epoch == epoch);
    (top, own)
}
