//! What comes to its end with time or with what it depends on. The sweep runs before the block's
//! transactions: what comes free is there for them, and no transaction of the block can touch what
//! the sweep ends.

use corridor_types::Code;

use super::lifecycle::{Ending, end, own_doing};
use crate::Halt;
use crate::journal::Journal;
use crate::state::State;
use crate::tables;

/// Ends payments that lapsed, payments whose hold lapsed, payments whose licence or agent was
/// withdrawn, quotes and proposals, in this order; of each as many as one block may.
pub(crate) fn sweep(state: &mut State, journal: &mut Journal) -> Result<(), Halt> {
    let (now, limit) = (journal.time, state.bounds.expiries_per_block);
    end_all(state, journal, state.payments.lapsed(now, limit), Ending::EXPIRE)?;
    end_all(state, journal, state.payments.holds_lapsed(now, limit), Ending::HOLD_LAPSED)?;
    for slots in [crate::licence::rules::stopped(state, limit), crate::participant::rules::stopped(state, limit)] {
        stop_all(state, journal, slots)?;
    }
    state.quotes.lapsed(now, limit).iter().for_each(|quote| {
        state.quotes.remove(quote);
    });
    state.proposals.closed(now, limit).iter().for_each(|proposal| {
        state.proposals.remove(proposal);
    });
    Ok(())
}

fn end_all(state: &mut State, journal: &mut Journal, slots: Vec<u32>, ending: Ending) -> Result<(), Halt> {
    for slot in slots {
        let missing = || Halt::RecordMissing { table: tables::PAYMENTS, key: slot.to_string() };
        let origin = own_doing(state.payments.get(slot).ok_or_else(missing)?);
        end(state, journal, origin, slot, ending)?;
    }
    Ok(())
}

/// Stops payments, each with the reason for it. One that was stopped for another reason is gone.
fn stop_all(state: &mut State, journal: &mut Journal, slots: Vec<(u32, Code)>) -> Result<(), Halt> {
    for (slot, code) in slots {
        if state.payments.get(slot).is_some() {
            end_all(state, journal, vec![slot], Ending::stop(code))?;
        }
    }
    Ok(())
}
