//! What can be seen of a replica from outside, and where it says it is. Nothing here changes anything.

use std::collections::BTreeMap;
use std::sync::Arc;

use corridor_consensus as consensus;
use corridor_crypto::SigningContext;
use corridor_lanes as lanes;
use corridor_ledger::Ledger;
use corridor_types::{Height, Status, Timestamp, ValidatorIndex, ValidatorSet, ValidatorSets, View};

use crate::input::{Clock, Peer};
use crate::joining::SnapshotProgress;
use crate::ready::Membership;
use crate::replica::Replica;
use crate::voting::Silence;

/// How far a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heights {
    /// The highest finalized block.
    pub finalized: Height,
    /// The highest executed block.
    pub executed: Height,
    /// The highest block such that all up to it are certified.
    pub settled: Height,
}

impl Replica {
    /// The state of the ledger after the last executed block.
    pub const fn ledger(&self) -> &Ledger {
        self.parts.pipeline.ledger()
    }

    /// The ordering engine, for inspection.
    pub const fn engine(&self) -> &consensus::Engine {
        self.parts.ordering.engine()
    }

    /// The validators of the current epoch.
    pub fn validators(&self) -> &ValidatorSet {
        self.parts.roster.current()
    }

    /// The validators of every epoch so far.
    pub const fn validator_sets(&self) -> &ValidatorSets {
        self.parts.roster.sets()
    }

    /// Our position among them; `None` for an observer and before voting begins.
    pub const fn me(&self) -> Option<ValidatorIndex> {
        self.parts.voting.me()
    }

    /// What everything on this chain is signed for.
    pub const fn context(&self) -> &SigningContext {
        &self.context
    }

    /// How far this node is: finalized, executed and settled heights.
    pub const fn heights(&self) -> Heights {
        let pipeline = &self.parts.pipeline;
        Heights {
            finalized: pipeline.finalized().height,
            executed: pipeline.executed().height,
            settled: pipeline.settling().settled(),
        }
    }

    /// The view of the highest finalized block.
    pub const fn finalized_view(&self) -> View {
        self.parts.pipeline.finalized().view
    }

    /// Who has sent an outcome for the lowest unsettled height.
    pub fn outcome_voters(&self) -> Vec<ValidatorIndex> {
        self.parts.pipeline.settling().voters()
    }

    /// The lowest height at which validators computed different outcomes and none has a quorum.
    pub fn differing_outcomes(&self) -> Option<Height> {
        self.parts.pipeline.settling().differing()
    }

    /// True if an executed block waits for its certificate.
    pub fn is_settling(&self) -> bool {
        self.parts.pipeline.settling().is_waiting()
    }

    /// True if something waits to be ordered.
    pub const fn is_working(&self) -> bool {
        self.parts.ordering.had_work()
    }

    /// What the lanes hold and lack.
    pub fn load(&self) -> lanes::Load {
        self.parts.dissemination.load()
    }

    /// The latest time of a proposal that waits for a judgement.
    pub fn latest_proposed_time(&self) -> Option<Timestamp> {
        self.parts.pipeline.proposals().latest_time()
    }

    /// Why this node does not vote though the validator set names its participant; `None` if it
    /// votes, and for observers.
    pub fn silence(&self) -> Option<Silence> {
        self.parts.voting.silence(&self.parts.roster)
    }

    /// Connected peers, and where each said it is.
    pub const fn peers(&self) -> &BTreeMap<Peer, Option<Status>> {
        self.parts.telling.peers()
    }

    /// True while finalized blocks are fetched from peers.
    pub const fn is_catching_up(&self) -> bool {
        self.parts.catching_up.is_running()
    }

    /// How far the snapshot has come that is being fetched; `None` if none is, or the last was given up.
    pub fn snapshot_progress(&self) -> Option<SnapshotProgress> {
        self.parts.joining.progress()
    }

    /// True once a halt was reported; every later input is ignored.
    pub const fn is_halted(&self) -> bool {
        self.halted
    }

    /// Who belongs to the network now.
    pub fn membership(&self) -> Arc<Membership> {
        let ledger = self.ledger();
        Arc::new(Membership {
            sets: self.validator_sets().clone(),
            next: ledger.pending_validators().cloned(),
            nodes: ledger.nodes().collect(),
        })
    }

    /// When the next tick is wanted, in milliseconds of the steady clock.
    pub fn next_deadline(&self) -> u64 {
        let parts = &self.parts;
        let deadlines = [
            parts.ordering.engine().next_deadline(),
            parts.dissemination.next_deadline(),
            parts.catching_up.next_deadline(),
            parts.pipeline.settling().next_deadline(),
            parts.voting.next_deadline(&parts.roster),
        ];
        deadlines.into_iter().flatten().fold(parts.telling.next_deadline(), u64::min)
    }

    /// Where we are, as we tell it.
    pub(super) fn status(&self) -> Status {
        let parts = &self.parts;
        Status {
            epoch: parts.roster.epoch(),
            oldest: parts.pipeline.oldest(),
            snapshot: parts.telling.snapshot(),
            asks_seen: parts.voting.silent_as(&parts.roster).is_some(),
            view: parts.ordering.view(),
            finalized: parts.pipeline.finalized().height,
            finalized_view: parts.pipeline.finalized().view,
            settled: parts.pipeline.settling().settled(),
        }
    }

    /// True if something waits to be ordered: batches, a decided change of validators, or payments
    /// whose time has come.
    pub(super) fn has_work(&self, clock: Clock) -> bool {
        let pipeline = &self.parts.pipeline;
        self.parts.dissemination.has_work(&pipeline.finalized().cut) || pipeline.has_work(clock.wall)
    }
}
