//! Whether a state agrees with itself: money, references, licences and epochs, counted anew.

use corridor_types::PaymentStatus;

use crate::conservation::Sums;
use crate::slots::Index as _;
use crate::state::State;
use crate::tables::{self, REFERENCES};
use crate::validators::epochs::Epochs;
use crate::{Halt, OpenPayment};

/// Compares everything that is carried along with what it is derived from.
pub(crate) fn audit(state: &State) -> Result<(), Halt> {
    let counted = Sums::count(&state.accounts.slots);
    counted.check(&state.assets, &state.payments)?;
    for (slot, OpenPayment { payment, .. }) in state.payments.slots.iter() {
        let used = state.references.get(&payment.uetr);
        let waits = used.is_some_and(|used| used.waits() && used.content == payment.content());
        if !waits || state.payments.slot_of(&payment.uetr) != Some(slot) {
            return Err(Halt::RecordMissing { table: REFERENCES, key: payment.uetr.to_string() });
        }
    }
    if state.references.waiting() != state.payments.slots.iter().count() {
        let key = PaymentStatus::AwaitingAttestation.to_string();
        return Err(Halt::RecordMissing { table: tables::PAYMENTS, key });
    }
    crate::licence::rules::audit(state)?;
    audit_epochs(state)
}

/// The validator sets are those of the table, and the current one is that of the current epoch.
fn audit_epochs(state: &State) -> Result<(), Halt> {
    let missing = |slot: u32| Halt::RecordMissing { table: tables::VALIDATORS, key: slot.to_string() };
    let anew = Epochs::new(state.epochs.slots.clone(), &state.meta).map_err(|wrong| missing(wrong.slot))?;
    let same = anew.sets() == state.epochs.sets() && anew.pending() == state.epochs.pending();
    if same { Ok(()) } else { Err(missing(state.epochs.slots.len())) }
}
