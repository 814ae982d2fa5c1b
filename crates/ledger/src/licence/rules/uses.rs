//! The figures of licences: reserve, draw, release, restore. Checked arithmetic that happens whole
//! or halts; whether a payment may draw was decided before.

use std::collections::BTreeMap;

use corridor_types::{Amount, LicenceHandle, Payment};

use crate::Halt;
use crate::halt::invariant;
use crate::licence::uses_of;
use crate::state::State;
use crate::tables;

/// What is drawn and what is reserved.
type Figures = (Amount, Amount);

/// The figures after a change by an amount; `None` if they do not fit.
type Change = fn(Figures, Amount) -> Option<Figures>;

const RESERVE: (Change, &str) = (|(drawn, reserved), by| Some((drawn, reserved.checked_add(by)?)), "reserve");
const DRAW: (Change, &str) =
    (|(drawn, reserved), by| Some((drawn.checked_add(by)?, reserved.checked_sub(by)?)), "be drawn on");
const RELEASE: (Change, &str) = (|(drawn, reserved), by| Some((drawn, reserved.checked_sub(by)?)), "release");
const RESTORE: (Change, &str) = (|(drawn, reserved), by| Some((drawn.checked_sub(by)?, reserved)), "be restored");

fn change(
    state: &mut State,
    licence: LicenceHandle,
    amount: Amount,
    (change, action): (Change, &'static str),
) -> Result<(), Halt> {
    let halt = || Halt::LicenceImpossible { licence, action };
    let record = state.licences.edit(&licence).ok_or_else(halt)?;
    let (drawn, reserved) = change((record.drawn, record.reserved), amount).ok_or_else(halt)?;
    if u128::from(drawn.0) + u128::from(reserved.0) > u128::from(record.licence.value.0) {
        return Err(halt());
    }
    (record.drawn, record.reserved) = (drawn, reserved);
    invariant(record.in_use() <= u128::from(record.licence.value.0), "no more of a licence is in use than it permits")
}

fn change_all(state: &mut State, payment: &Payment, by: (Change, &'static str)) -> Result<(), Halt> {
    uses_of(payment).iter().try_for_each(|used| change(state, used.licence, used.amount, by))
}

/// Sets aside what an accepted payment names.
pub(crate) fn reserve(state: &mut State, payment: &Payment) -> Result<(), Halt> {
    change_all(state, payment, RESERVE)
}

/// Draws what was set aside: the payment settles. It is open no more.
pub(crate) fn draw(state: &mut State, payment: &Payment) -> Result<(), Halt> {
    change_all(state, payment, DRAW)?;
    forget(state, payment);
    Ok(())
}

/// Gives back what was set aside: the payment ends without settling. It is open no more.
pub(crate) fn release(state: &mut State, payment: &Payment) -> Result<(), Halt> {
    change_all(state, payment, RELEASE)?;
    forget(state, payment);
    Ok(())
}

/// Lets the sweep forget licences on which nothing draws any more.
fn forget(state: &mut State, payment: &Payment) {
    for used in uses_of(payment) {
        if state.payments.drawing_on(used.licence).next().is_none() {
            state.licences.has_stopped(&used.licence);
        }
    }
}

/// Gives back what a settled payment drew, in proportion: `before` of its amount was returned
/// already, `after` is with this return. Rounded down over all returns together, so that the last
/// one of a full return restores the rest.
pub(crate) fn restore(state: &mut State, payment: &Payment, before: Amount, after: Amount) -> Result<(), Halt> {
    for used in uses_of(payment) {
        let halt = Halt::LicenceImpossible { licence: used.licence, action: RESTORE.1 };
        let share = |returned| share(used.amount, returned, payment.amount);
        let by = share(after).and_then(|all| all.checked_sub(share(before)?)).ok_or(halt)?;
        change(state, used.licence, by, RESTORE)?;
    }
    Ok(())
}

/// What a return of a part of the whole restores of a use; `None` if it is no part.
fn share(used: Amount, part: Amount, whole: Amount) -> Option<Amount> {
    let product = u128::from(used.0) * u128::from(part.0);
    let share = product.checked_div(u128::from(whole.0)).filter(|_| part <= whole)?;
    u64::try_from(share).ok().map(Amount)
}

/// Counts the uses of all open payments anew and compares.
pub(crate) fn audit(state: &State) -> Result<(), Halt> {
    let mut open = BTreeMap::<LicenceHandle, u128>::new();
    for used in state.payments.slots.iter().flat_map(|(_, open)| uses_of(&open.payment)) {
        *open.entry(used.licence).or_default() += u128::from(used.amount.0);
    }
    let missing = |key: String| Halt::RecordMissing { table: tables::LICENCES, key };
    for (slot, record) in state.licences.slots.iter() {
        let handle = record.licence.handle;
        if state.licences.slot_of(&handle) != Some(slot) {
            return Err(missing(slot.to_string()));
        }
        let (open, value) = (open.remove(&handle).unwrap_or(0), record.licence.value);
        if u128::from(record.reserved.0) != open || record.in_use() > u128::from(value.0) {
            let (drawn, reserved) = (record.drawn, record.reserved);
            return Err(Halt::LicenceNotBacked { licence: handle, value, drawn, reserved, open });
        }
    }
    let is_revoked = |authority| state.participants.is_revoked(authority);
    let forgotten = state.licences.find_to_stop(&state.payments.slots, is_revoked);
    let difference = forgotten.symmetric_difference(state.licences.to_stop()).next();
    open.keys().next().or(difference).map_or(Ok(()), |handle| Err(missing(handle.to_string())))
}
