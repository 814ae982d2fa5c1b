//! Executes a history again, from genesis, and compares every block with what the node stored.
//!
//! Differences below the first height asked for are not counted: what was decided there only leads
//! to the state in which the range begins.

use std::time::{Duration, Instant};

use corridor_ledger::Ledger;
use corridor_types::persist::Executed;
use corridor_types::{Height, SettlementCertificate, ValidatorSets, VerifiedBatch};

use super::compare::{Differences, Item, Place, compare};
use super::error::AuditError;
use super::history::{History, Recorded};
use super::records::{self, Determined};

/// The heights to compare, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first height that was replayed.
    pub from: Height,
    /// The last height that was replayed.
    pub to: Height,
}

impl Range {
    /// Checks what was asked for against what was executed.
    ///
    /// # Errors
    /// [`AuditError::From`] or [`AuditError::To`].
    pub fn new(from: Height, to: Option<Height>, executed: Height) -> Result<Self, AuditError> {
        let to = to.unwrap_or(executed);
        if to > executed {
            return Err(AuditError::To { to, executed });
        }
        if from < Height(1) || (from > to && executed > Height(0)) {
            return Err(AuditError::From { from, to });
        }
        Ok(Self { from, to })
    }

    /// True for the heights of the range.
    pub fn contains(&self, height: Height) -> bool {
        self.from <= height && height <= self.to
    }
}

/// What was compared in the range, and what was found.
#[derive(Debug, Default)]
pub struct Replayed {
    /// Blocks that were replayed.
    pub blocks: u64,
    /// Transactions in them.
    pub transactions: u64,
    /// Payments first seen in them.
    pub payments: u64,
    /// Entries that were compared.
    pub entries: u64,
    /// Blocks whose settlement certificate is held and holds.
    pub certified: u64,
    /// Ledger records after the last block; `None` if the disk holds those of a later block.
    pub records: Option<u64>,
    /// What differs between replay and record.
    pub differences: Differences,
    /// Payments executed in all, also below the range.
    pub executed_payments: u64,
    /// How long it took.
    pub elapsed: Duration,
}

impl Replayed {
    /// Payments executed and compared per second.
    pub fn payments_per_s(&self) -> u64 {
        let nanos = self.elapsed.as_nanos().max(1);
        let rate = u128::from(self.executed_payments).saturating_mul(1_000_000_000) / nanos;
        u64::try_from(rate).unwrap_or(u64::MAX)
    }
}

/// Executes blocks 1 to the end of the range and compares those of the range; `see` is shown the
/// results of all of them, in order. `signatures` also checks those of batches and transactions.
///
/// # Errors
/// Only what keeps it from beginning. What the history lacks is a difference.
pub fn replay(
    history: &History,
    range: Range,
    signatures: bool,
    mut see: impl FnMut(&Executed),
) -> Result<Replayed, AuditError> {
    let started = Instant::now();
    let ledger = history.ledger()?;
    let determined = Determined::new(ledger.records());
    let mut replay = Replay { history, range, signatures, ledger, replayed: Replayed::default() };
    let complete = history.blocks(range.to).all(|recorded| match recorded {
        Ok(recorded) => replay.step(&recorded, &mut see),
        Err(error) => {
            let place = Place::only(replay.ledger.height().next(), Item::History);
            replay.replayed.differences.whole(place, Some(error.to_string()), None);
            false
        }
    });
    if complete && range.to == history.executed() {
        replay.compare_records(&determined);
    }
    Ok(Replayed { elapsed: started.elapsed(), ..replay.replayed })
}

struct Replay<'a> {
    history: &'a History,
    range: Range,
    signatures: bool,
    ledger: Ledger,
    replayed: Replayed,
}

impl Replay<'_> {
    /// One block. False if nothing can be executed behind it.
    fn step(&mut self, recorded: &Recorded, see: &mut impl FnMut(&Executed)) -> bool {
        let height = recorded.block.height;
        if self.signatures && self.range.contains(height) {
            self.check_signatures(recorded);
        }
        match self.ledger.execute(&recorded.context(), recorded.transactions()) {
            Ok(executed) => {
                self.executed(recorded, &executed);
                see(&executed);
                true
            }
            Err(halt) => {
                let place = Place::only(height, Item::Execution);
                self.replayed.differences.whole(place, None, Some(halt.to_string()));
                false
            }
        }
    }

    fn executed(&mut self, recorded: &Recorded, executed: &Executed) {
        let (replayed, payments) = (&mut self.replayed, executed.payments.len() as u64);
        replayed.executed_payments += payments;
        if !self.range.contains(recorded.block.height) {
            return;
        }
        replayed.blocks += 1;
        replayed.transactions += recorded.transactions().count() as u64;
        replayed.payments += payments;
        replayed.entries += executed.entries.len() as u64;
        compare(&recorded.stored, executed, &mut replayed.differences);
        if let Some(certificate) = &recorded.certificate {
            self.check_certificate(certificate, executed);
        }
    }

    /// The quorum signed what is executed here. The set of the block's epoch is known by execution.
    fn check_certificate(&mut self, certificate: &SettlementCertificate, executed: &Executed) {
        let (outcome, found) = (&executed.outcome, &mut self.replayed.differences);
        let place = Place::only(outcome.height, Item::Certificate);
        if certificate.outcome != *outcome {
            return found.one(place, Some(&certificate.outcome), Some(outcome));
        }
        let sets = self.ledger.validator_sets();
        let set = sets.get(outcome.epoch);
        let context = self.history.genesis().signing_context();
        let verified = set.map(|set| certificate.clone().verify(&context, set));
        match verified {
            Some(Ok(_)) => self.replayed.certified += 1,
            Some(Err(error)) => found.whole(place, Some(error.to_string()), None),
            None => found.whole(place, Some(format!("no validators of epoch {} are known", outcome.epoch)), None),
        }
    }

    fn check_signatures(&mut self, recorded: &Recorded) {
        let sets = self.ledger.validator_sets();
        for batch in &recorded.batches {
            if let Err(problem) = self.verify(batch, &sets) {
                let (lane, sequence) = (batch.header().lane, batch.header().sequence);
                let place = Place::of(recorded.block.height, Item::Batch, format!("lane {lane} sequence {sequence}"));
                self.replayed.differences.whole(place, Some(problem), None);
            }
        }
    }

    fn verify(&self, batch: &VerifiedBatch, sets: &ValidatorSets) -> Result<(), String> {
        let context = self.history.genesis().signing_context();
        let verified = VerifiedBatch::verify((**batch.batch()).clone(), &context, sets);
        verified.map(|_| ()).map_err(|error| error.to_string())
    }

    fn compare_records(&mut self, determined: &Determined) {
        let (height, found) = (self.range.to, &mut self.replayed.differences);
        let compared = self.history.archive().records_at_head().and_then(|records| {
            let Some(records) = records else { return Ok(0) };
            records::compare(height, records.records()?, self.ledger.records(), determined, found)
        });
        match compared {
            Ok(compared) => self.replayed.records = Some(compared),
            Err(error) => {
                let place = Place::only(height, Item::Record);
                self.replayed.differences.whole(place, Some(error.to_string()), None);
            }
        }
    }
}
