//! What an entry must be like, and its keys: the rules of genesis for one that comes later.

use std::collections::BTreeSet;

use corridor_crypto::PublicKey;
use corridor_types::limits::{MAX_KEYS_PER_PARTICIPANT, MAX_NAME_BYTES};
use corridor_types::{Code, KeyEntry, ParticipantEntry, ParticipantId, ParticipantKind};

use crate::participant::Participant;
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::who::keys::{Purpose, check_unused};

fn malformed(field: &'static str, detail: String) -> Refusal {
    Refusal::new(Code::ParticipantMalformed, field, detail)
}

/// A central bank is no applicant: who issues and supervises is for all validators to decide.
pub(super) fn check_kind(entry: &ParticipantEntry) -> Result<(), Refusal> {
    match entry.kind {
        ParticipantKind::Bank | ParticipantKind::LicensingAuthority | ParticipantKind::Observer => Ok(()),
        ParticipantKind::CentralBank => {
            let detail = "a central bank is admitted by a decision of the validators, not by another one";
            Err(malformed("step.entry.kind", detail.to_owned()))
        }
    }
}

/// Checks an entry that is to get the next number: everything but its kind and its supervisor,
/// which depend on how it comes.
pub(crate) fn check_newcomer(state: &State, entry: &ParticipantEntry) -> Result<(), Refusal> {
    let ParticipantEntry { name, lei, bic, country, keys, .. } = entry;
    if !(1..=MAX_NAME_BYTES).contains(&name.len()) {
        return Err(malformed("step.entry.name", format!("{} bytes; write 1 to {MAX_NAME_BYTES}", name.len())));
    }
    if bic.country() != Some(*country) {
        return Err(malformed("step.entry.country", format!("{country} is not the country of {bic}")));
    }
    let taken = |owner: Option<ParticipantId>| owner.map_or_else(String::new, |id| format!("participant {id} has it"));
    let by_lei = state.participants.by_lei(lei);
    ensure(by_lei.is_none(), Code::ParticipantExists, "step.entry.lei", || format!("{lei}: {}", taken(by_lei)))?;
    let by_bic = state.participants.by_bic(bic);
    ensure(by_bic.is_none(), Code::ParticipantExists, "step.entry.bic", || format!("{bic}: {}", taken(by_bic)))?;
    check_keys(state, keys)?;
    let limit = state.bounds.participants;
    ensure(state.participants.slots.len() < limit, Code::CapacityExceeded, "step.entry", || {
        format!("there are {limit} participants")
    })
}

fn check_keys(state: &State, keys: &[KeyEntry]) -> Result<(), Refusal> {
    let (field, owner, mut seen) = ("step.entry.keys", state.participants.next(), BTreeSet::new());
    if keys.len() > MAX_KEYS_PER_PARTICIPANT {
        return Err(malformed(field, format!("{} keys; list at most {MAX_KEYS_PER_PARTICIPANT}", keys.len())));
    }
    keys.iter().try_for_each(|KeyEntry { key, .. }| {
        if !seen.insert(*key) {
            return Err(malformed(field, format!("{key} is listed twice; a key has one role")));
        }
        check_key(state, owner, key, field)
    })
}

/// Checks that a key is usable and that nobody uses it, not even its owner.
fn check_key(state: &State, owner: ParticipantId, key: &PublicKey, field: &'static str) -> Result<(), Refusal> {
    if key.validate().is_err() {
        return Err(malformed(field, format!("{key} is no usable Ed25519 key")));
    }
    check_unused(state, owner, key, Purpose::Signing, field)
}

pub(super) fn check_add_key(
    state: &State,
    owner: ParticipantId,
    record: &Participant,
    entry: &KeyEntry,
) -> Result<(), Refusal> {
    check_key(state, owner, &entry.key, "step.entry.key")?;
    ensure(record.entry.keys.len() < MAX_KEYS_PER_PARTICIPANT, Code::CapacityExceeded, "step.entry", || {
        format!("participant {owner} has {MAX_KEYS_PER_PARTICIPANT} keys; remove one first")
    })
}

pub(super) fn check_remove_key(owner: ParticipantId, record: &Participant, key: &PublicKey) -> Result<(), Refusal> {
    let keys = &record.entry.keys;
    let unknown = || Refusal::new(Code::UnknownKey, "step.key", format!("participant {owner} has no key {key}"));
    let role = keys.iter().find(|entry| entry.key == *key).map(|entry| entry.role).ok_or_else(unknown)?;
    let others = keys.iter().filter(|entry| entry.role == role && entry.key != *key).count();
    ensure(others > 0, Code::LastKey, "step.key", || {
        format!("{key} is the last key as {}; register its successor first", role.as_str())
    })
}
