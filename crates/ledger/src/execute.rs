//! One block: lapsed payments, then the transactions in order, then the seal.

use corridor_crypto::Digest;
use corridor_crypto::planted::{self, Bug};
use corridor_types::persist::Executed;
use corridor_types::{IdentifiedTransaction, Outcome};

use crate::conservation::check_bookings;
use crate::halt::invariant;
use crate::journal::Journal;
use crate::meta::{Meta, PROTOCOL_VERSION};
use crate::operation::decide::decide;
use crate::payment::expire::sweep;
use crate::queue::rules::settle_queues;
use crate::state::State;
use crate::{BlockContext, Halt, StateRoots};

/// Executes a block and seals the state; `commitment` is the one to the state before.
pub(crate) fn execute<'a>(
    state: &mut State,
    commitment: Digest,
    block: &BlockContext,
    transactions: impl Iterator<Item = &'a IdentifiedTransaction>,
) -> Result<(StateRoots, Executed), Halt> {
    check_order(state, block)?;
    check_protocol(state)?;
    let ends_epoch = check_validators(state, block)?;
    state.recent.record(state.meta.height, commitment);
    let mut journal = Journal::new(block);
    sweep(state, &mut journal)?;
    // Legal orders and withdrawals take effect before anything else in their block.
    let (orders, others): (Vec<_>, Vec<_>) = transactions.partition(|item| item.transaction.operation.is_urgent());
    for item in orders.into_iter().chain(others) {
        decide(state, &mut journal, item)?;
    }
    settle_queues(state, &mut journal)?;
    if ends_epoch || (planted::is(Bug::SetBeforeBoundary) && state.epochs.pending().is_some()) {
        state.epochs.promote();
    }
    let epoch = state.epochs.current().epoch();
    invariant(epoch == block.epoch || epoch == block.epoch.next(), "epochs follow one another")?;
    journal.check()?;
    check_bookings(&journal.movements, &state.accounts)?;
    state.meta = Meta { height: block.height, time: block.time, epoch, ..state.meta };
    begin_upgrade(&mut state.meta);
    let (roots, changes) = state.seal()?;
    invariant(roots.height == block.height, "the commitment is that after this block")?;
    invariant(roots.digest() != commitment, "a block changes the commitment")?;
    let outcome = Outcome {
        epoch: block.epoch,
        height: block.height,
        block: block.digest,
        receipts: journal.root(),
        entries: journal.entries.len() as u64,
        state: roots.digest(),
    };
    let Journal { entries, payments, movements, .. } = journal;
    Ok((roots, Executed { outcome, entries, payments, movements, changes }))
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

/// A program that does not know the protocol of this block must not guess what it means.
const fn check_protocol(state: &State) -> Result<(), Halt> {
    match state.meta.protocol {
        PROTOCOL_VERSION => Ok(()),
        needed => Err(Halt::UpgradeUnknown { needed, known: PROTOCOL_VERSION }),
    }
}

/// Puts the decided version in place if the block after this one is its first.
fn begin_upgrade(meta: &mut Meta) {
    if let Some(upgrade) = meta.upgrade.filter(|upgrade| upgrade.height <= meta.height.next()) {
        (meta.protocol, meta.upgrade) = (upgrade.version, None);
    }
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
