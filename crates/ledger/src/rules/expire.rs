//! Payments that lapse. The sweep runs before the block's transactions: money that comes free is
//! there for them, and no transaction of the block can touch a payment that the sweep ends.

use corridor_crypto::Digest;

use super::answer::{Ending, apply_ending};
use crate::Halt;
use crate::journal::{Journal, Origin};
use crate::slots::tables;
use crate::state::State;

/// Lets the oldest lapsed payments lapse, by expiry and then by reference; as many as one block may.
pub(crate) fn sweep(state: &mut State, journal: &mut Journal) -> Result<(), Halt> {
    for slot in state.payments.lapsed(journal.time, state.limits.expiries_per_block) {
        let missing = || Halt::RecordMissing { table: tables::PAYMENTS, key: slot.to_string() };
        let participant = state.payments.get(slot).ok_or_else(missing)?.debtor_agent;
        let origin = Origin { transaction: Digest::ZERO, participant };
        apply_ending(state, journal, origin, slot, Ending::EXPIRE)?;
    }
    Ok(())
}
