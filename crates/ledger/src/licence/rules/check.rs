//! What a payment may draw on, when it is initiated and while it waits. Only reads.

use corridor_types::limits::MAX_LICENCES_PER_PAYMENT;
use corridor_types::operations::HoldReason;
use corridor_types::{Amount, Code, Control, LicenceUse, ParticipantId, Payment, Timestamp};

use crate::LicenceRecord;
use crate::licence::uses_of;
use crate::participant::ParticipantStatus;
use crate::refusal::{Refusal, ensure};
use crate::rulebook::rules::InForce;
use crate::state::State;

const FIELD: &str = "control";

/// Checks that the licences that a payment names permit it. A payment for controlled goods without
/// one is held where the rulebook says so.
pub(crate) fn check(
    state: &State,
    now: Timestamp,
    payment: &Payment,
    debtor_agent: ParticipantId,
    book: &InForce,
) -> Result<Option<HoldReason>, Refusal> {
    match &payment.control {
        Control::NotControlled => Ok(None),
        Control::Controlled { licences } if licences.is_empty() => {
            ensure(book.holds_without_licence(), Code::LicenceMissing, FIELD, || {
                "the goods are under control; name the licences that permit the payment".to_owned()
            })?;
            Ok(Some(HoldReason::LicenceMissing))
        }
        Control::Controlled { licences } => {
            check_list(payment, licences)?;
            licences.iter().try_for_each(|used| check_use(state, now, payment, debtor_agent, used))?;
            Ok(None)
        }
    }
}

fn check_list(payment: &Payment, uses: &[LicenceUse]) -> Result<(), Refusal> {
    ensure(uses.len() <= MAX_LICENCES_PER_PAYMENT, Code::LicenceUsesMalformed, FIELD, || {
        format!("{} licences; name at most {MAX_LICENCES_PER_PAYMENT}", uses.len())
    })?;
    for (n, LicenceUse { licence, amount }) in uses.iter().enumerate() {
        ensure(*amount > Amount::ZERO, Code::LicenceUsesMalformed, FIELD, || format!("0 of {licence}; leave it out"))?;
        let is_new = uses[..n].iter().all(|other| other.licence != *licence);
        ensure(is_new, Code::LicenceUsesMalformed, FIELD, || format!("{licence} twice; name it once"))?;
    }
    let sum: u128 = uses.iter().map(|used| u128::from(used.amount.0)).sum();
    ensure(sum <= u128::from(payment.amount.0), Code::LicenceUsesMalformed, FIELD, || {
        format!("{sum} together is above the payment's amount of {}", payment.amount)
    })
}

fn check_use(
    state: &State,
    now: Timestamp,
    payment: &Payment,
    debtor_agent: ParticipantId,
    LicenceUse { licence: handle, amount }: &LicenceUse,
) -> Result<(), Refusal> {
    let unknown = || Refusal::new(Code::UnknownLicence, FIELD, format!("there is no licence {handle}"));
    let record = state.licences.get(handle).ok_or_else(unknown)?;
    let licence = &record.licence;
    standing(state, record, now).map_err(|code| {
        let detail =
            format!("{handle} is valid from {} ms until before {} ms", licence.valid_from, licence.valid_until);
        Refusal::new(
            code,
            FIELD,
            format!(
                "{detail}, unless it was revoked or its authority {} may not act; it is {now} ms",
                record.authority
            ),
        )
    })?;
    ensure(licence.asset == payment.asset, Code::LicenceOtherAsset, FIELD, || {
        format!("{handle} is in asset {}, the payment in {}", licence.asset, payment.asset)
    })?;
    ensure(licence.banks.contains(&debtor_agent), Code::LicenceOfOtherBank, FIELD, || {
        format!("{handle} may not be used through participant {debtor_agent}")
    })?;
    let country = state.participant(record.authority).map(|entry| entry.country);
    let ends = [payment.corridor.from, payment.corridor.to];
    ensure(country.is_some_and(|country| ends.contains(&country)), Code::LicenceOtherCorridor, FIELD, || {
        format!("the authority of {handle} is at neither end of {}", payment.corridor)
    })?;
    ensure(record.left() >= u128::from(amount.0), Code::LicenceExhausted, FIELD, || {
        format!("{amount} of {handle}, of which {} is left", record.left())
    })
}

/// Whether a licence stands at a time: it, and who issued it.
fn standing(state: &State, record: &LicenceRecord, now: Timestamp) -> Result<(), Code> {
    let authority = state.participants.record(record.authority).map(|authority| authority.status);
    if record.revoked || authority.is_none_or(|status| status == ParticipantStatus::Revoked) {
        return Err(Code::LicenceRevoked);
    }
    let is_valid = record.licence.valid_from <= now && now < record.licence.valid_until;
    let acts = authority == Some(ParticipantStatus::Authorised);
    if is_valid && acts { Ok(()) } else { Err(Code::LicenceNotValidNow) }
}

/// The reason to stop an open payment: a licence that it names is withdrawn or not valid any more,
/// or its authority is withdrawn or may not act now.
pub(crate) fn check_standing(state: &State, now: Timestamp, payment: &Payment) -> Result<(), Code> {
    uses_of(payment).iter().try_for_each(|used| {
        let record = state.licences.get(&used.licence).ok_or(Code::UnknownLicence)?;
        standing(state, record, now)
    })
}

/// Open payments that draw on licences revoked with or without their authority, at most `limit`, with the reason to stop them; by
/// licence and slot. One that draws on two of them is listed twice.
pub(crate) fn stopped(state: &State, limit: usize) -> Vec<(u32, Code)> {
    let slots = state.licences.to_stop().iter().flat_map(|handle| state.payments.drawing_on(*handle));
    slots.take(limit).map(|slot| (slot, Code::LicenceRevoked)).collect()
}
