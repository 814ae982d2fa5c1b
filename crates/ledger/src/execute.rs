//! One block: lapsed payments, then the transactions in order, then the seal.

use corridor_crypto::Digest;
use corridor_crypto::planted::{self, Bug};
use corridor_types::persist::Executed;
use corridor_types::{Epoch, Height, IdentifiedTransaction, Outcome, Timestamp};

use crate::decide::decide;
use crate::journal::Journal;
use crate::rules::expire::sweep;
use crate::state::{Meta, State};
use crate::{Halt, StateRoots};

/// What the ledger needs to know about the block whose transactions it executes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockContext {
    /// The epoch whose validators will sign the outcome.
    pub epoch: Epoch,
    /// One above the last executed block.
    pub height: Height,
    /// Block time; the only clock that the rules know.
    pub time: Timestamp,
    /// The block's digest, for the outcome.
    pub digest: Digest,
    /// The digest of the validator set of the block after, as in the header. If it is the pending
    /// set's, this block is the last of its epoch.
    pub next_validators: Digest,
}

/// Executes a block and seals the state; `commitment` is the one to the state before.
pub(crate) fn execute<'a>(
    state: &mut State,
    commitment: Digest,
    block: &BlockContext,
    transactions: impl Iterator<Item = &'a IdentifiedTransaction>,
) -> Result<(StateRoots, Executed), Halt> {
    check_order(state, block)?;
    let ends_epoch = check_validators(state, block)?;
    state.recent.record(state.meta.height, commitment);
    let mut journal = Journal::new(block);
    sweep(state, &mut journal)?;
    for item in transactions {
        decide(state, &mut journal, item)?;
    }
    if ends_epoch || planted::is(Bug::SetBeforeBoundary) {
        state.epochs.promote();
    }
    state.meta = Meta { height: block.height, time: block.time, epoch: state.epochs.current().epoch() };
    let (roots, changes) = state.seal()?;
    let outcome = Outcome {
        epoch: block.epoch,
        height: block.height,
        block: block.digest,
        receipts: journal.root(),
        entries: journal.entries.len() as u64,
        state: roots.digest(),
    };
    let Journal { entries, payments, .. } = journal;
    Ok((roots, Executed { outcome, entries, payments, changes }))
}

fn check_order(state: &State, block: &BlockContext) -> Result<(), Halt> {
    let Meta { height, time, .. } = state.meta;
    if block.height != height.next() {
        return Err(Halt::OutOfOrder { expected: height.next(), got: block.height });
    }
    if block.time < time {
        return Err(Halt::TimeWentBack { previous: time, got: block.time });
    }
    Ok(())
}

/// Tells whether the block is the last of its epoch. Asked before its transactions: a change that
/// is decided in this very block cannot be what its header names.
fn check_validators(state: &State, block: &BlockContext) -> Result<bool, Halt> {
    let (expected, got) = (state.meta.epoch, block.epoch);
    if got != expected {
        return Err(Halt::WrongEpoch { expected, got });
    }
    let unknown = Halt::UnknownNextSet { height: block.height, got: block.next_validators };
    state.epochs.ends_with(&block.next_validators).ok_or(unknown)
}
