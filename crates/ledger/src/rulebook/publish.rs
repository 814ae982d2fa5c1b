//! Publishing a pack: what the next version may be, and what stays in force until its date.

use corridor_types::operations::RulebookPack;
use corridor_types::{Code, Timestamp};

use super::Rulebook;
use crate::limits::MAX_RULEBOOKS;
use crate::refusal::{Refusal, ensure};
use crate::state::State;

/// Checks that a pack that is being proposed takes effect in the future.
pub(crate) fn check_date(now: Timestamp, pack: &RulebookPack) -> Result<(), Refusal> {
    let from = pack.effective_from;
    ensure(from > now, Code::RulebookMalformed, "step.proposal.pack.effective_from", || {
        format!("{from} ms is not after block time {now} ms; banks must know it before")
    })
}

/// Checks a pack and makes the record that publishes it. A pack whose date has passed meanwhile
/// takes effect at once. One that was decided on before and has not begun never does.
pub(crate) fn check(state: &State, now: Timestamp, pack: &RulebookPack) -> Result<Rulebook, Refusal> {
    let country = pack.country;
    let touches = pack.corridor.is_none_or(|corridor| corridor.from == country || corridor.to == country);
    ensure(touches, Code::RulebookMalformed, "step.proposal.pack.corridor", || {
        format!("{country} is at neither end of it")
    })?;
    let (hold, lifetime) = (pack.rules.hold_max_ms, state.meta.parameters.payment_lifetime_max_ms);
    ensure(hold <= lifetime, Code::RulebookMalformed, "step.proposal.pack.rules.hold_max_ms", || {
        format!("{hold} ms; a payment lasts {lifetime} ms at most")
    })?;
    let last = state.rulebooks.get(country, pack.corridor);
    let version = last.map_or(0, |book| book.next.version);
    ensure(
        Some(pack.version) == version.checked_add(1),
        Code::RulebookVersionWrong,
        "step.proposal.pack.version",
        || format!("{}; the last version is {version}, publish the one after it", pack.version),
    )?;
    let has_room = last.is_some() || state.rulebooks.slots.len() < MAX_RULEBOOKS;
    ensure(has_room, Code::CapacityExceeded, "step.proposal.pack", || format!("there are {MAX_RULEBOOKS} rulebooks"))?;
    Ok(Rulebook { current: last.and_then(|book| book.at(now)).copied(), next: *pack })
}
