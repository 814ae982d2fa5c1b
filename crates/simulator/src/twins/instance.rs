//! One engine with its memory: disk, finalized chain, record of signatures. Decides nothing.

use std::collections::BTreeMap;

use corridor_consensus::{Config, Engine, Resume, Timeouts};
use corridor_crypto::Digest;
use corridor_types::persist::Write;
use corridor_types::{Block, Certificate, Evidence, Tip, ValidatorIndex, ValidatorSet};

use super::guilt::Testimony;
use super::keys::Keyring;
use super::record::Record;

/// Patience on a network whose messages take 1 to 4 milliseconds: five of them fit, and a view that
/// began before a round runs out within it.
pub(super) const TIMEOUTS: Timeouts = Timeouts { base_ms: 50, step_ms: 10, max_ms: 70, retransmit_ms: 30 };

/// Which unit of work a block's cut goes up to.
pub(super) fn sequence_of(cut: &[Tip]) -> u64 {
    cut.first().map_or(0, |tip| tip.sequence.0)
}

/// An engine and what belongs to it alone.
pub(super) struct Instance {
    pub(super) engine: Engine,
    pub(super) validator: ValidatorIndex,
    /// True for the second instance of a validator. Its blocks differ from the first one's.
    pub(super) second: bool,
    /// Every block it held on disk.
    pub(super) blocks: BTreeMap<Digest, Block>,
    /// What is on disk now: pruned as the engine asks, finalizations kept.
    disk: Vec<Certificate>,
    finalizations: Vec<Certificate>,
    /// Every certificate it ever wrote.
    pub(super) archive: Testimony,
    /// Ascending by height, from 1.
    pub(super) chain: Vec<(Digest, Block)>,
    /// Units of work offered so far.
    pub(super) offered: u64,
    pub(super) record: Record,
    pub(super) evidence: Vec<Evidence>,
    /// When the engine wants its next tick.
    pub(super) wake_at: Option<u64>,
}

fn engine(validators: &ValidatorSet, me: ValidatorIndex) -> Engine {
    let (validators, genesis) = (validators.clone(), Keyring::genesis());
    Engine::new(Config { validators, me: Some(me), genesis, timeouts: TIMEOUTS }, Resume::default())
}

impl Instance {
    pub(super) fn new(validators: &ValidatorSet, validator: ValidatorIndex, second: bool) -> Self {
        Self {
            engine: engine(validators, validator),
            validator,
            second,
            blocks: BTreeMap::new(),
            disk: Vec::new(),
            finalizations: Vec::new(),
            archive: Testimony::default(),
            chain: Vec::new(),
            offered: 0,
            record: Record::default(),
            evidence: Vec::new(),
            wake_at: Some(0),
        }
    }

    pub(super) fn name(&self) -> String {
        format!("{}{}", self.validator, if self.second { "'" } else { "" })
    }

    /// Applies writes of the engine.
    pub(super) fn keep(&mut self, writes: Vec<Write>) {
        for write in writes {
            match write {
                Write::PendingBlock(block) => _ = self.blocks.insert(block.digest(), block),
                Write::PendingCertificate(certificate) => {
                    self.archive.add_certificate(&certificate);
                    self.disk.push(certificate);
                }
                Write::PrunePending { below } => self.disk.retain(|held| held.vote.view >= below),
                _ => {}
            }
        }
    }

    /// Digest of the finalized tip.
    pub(super) fn tip(&self) -> Digest {
        self.chain.last().map_or_else(Keyring::genesis, |(digest, _)| *digest)
    }

    /// Work that is final.
    pub(super) fn finalized_work(&self) -> u64 {
        self.chain.last().map_or(0, |(_, block)| sequence_of(&block.cut))
    }

    /// Appends to the finalized chain; false if the blocks do not continue it.
    pub(super) fn extend(&mut self, blocks: Vec<Block>, finalization: Certificate) -> bool {
        for block in blocks {
            if (block.parent, block.height.0) != (self.tip(), self.chain.len() as u64 + 1) {
                return false;
            }
            self.chain.push((block.digest(), block));
        }
        self.archive.add_certificate(&finalization);
        self.finalizations.push(finalization);
        true
    }

    /// The highest finalization whose blocks are in the chain.
    pub(super) fn finalization(&self) -> Option<&Certificate> {
        self.finalizations.last()
    }

    /// Certificates that an investigator would find on disk today.
    pub(super) fn on_disk(&self) -> impl Iterator<Item = &Certificate> {
        self.disk.iter().chain(&self.finalizations)
    }

    /// A restart with an empty disk and an empty record of signatures. Only the checker's memory stays.
    pub(super) fn forget(&mut self, validators: &ValidatorSet) {
        let fresh = Self::new(validators, self.validator, self.second);
        let old = std::mem::replace(self, fresh);
        (self.record, self.evidence, self.archive) = (old.record, old.evidence, old.archive);
    }
}
