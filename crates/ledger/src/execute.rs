//! One block: lapsed payments, then the transactions in order, then the seal.

use corridor_crypto::Digest;
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
}

/// Executes a block and seals the state.
pub(crate) fn execute<'a>(
    state: &mut State,
    block: &BlockContext,
    transactions: impl Iterator<Item = &'a IdentifiedTransaction>,
) -> Result<(StateRoots, Executed), Halt> {
    check_order(state, block)?;
    let mut journal = Journal::new(block);
    sweep(state, &mut journal)?;
    for item in transactions {
        decide(state, &mut journal, item)?;
    }
    state.meta = Meta { height: block.height, time: block.time };
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
    let Meta { height, time } = state.meta;
    if block.height != height.next() {
        return Err(Halt::OutOfOrder { expected: height.next(), got: block.height });
    }
    if block.time < time {
        return Err(Halt::TimeWentBack { previous: time, got: block.time });
    }
    Ok(())
}
