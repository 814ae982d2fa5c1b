//! The registry of participants and their keys. In this form it is what genesis says; admission
//! and suspension come with governance.

use std::collections::BTreeMap;

use corridor_crypto::PublicKey;
use corridor_types::persist::Table;
use corridor_types::{Bic, KeyRole, ParticipantEntry, ParticipantId, ParticipantKind};

use crate::slots::{Record, Slots, tables};

impl Record for ParticipantEntry {
    const TABLE: Table = tables::PARTICIPANTS;
    /// Far above the limit at genesis; later admissions will have their own.
    const LIMIT: u32 = 1 << 16;
}

/// All participants.
#[derive(Debug, Clone)]
pub(crate) struct Participants {
    pub slots: Slots<ParticipantEntry>,
    by_bic: BTreeMap<Bic, ParticipantId>,
}

impl Participants {
    pub fn new(slots: Slots<ParticipantEntry>) -> Self {
        let by_bic = slots.iter().map(|(slot, entry)| (entry.bic, ParticipantId(slot))).collect();
        Self { slots, by_bic }
    }

    pub fn get(&self, id: ParticipantId) -> Option<&ParticipantEntry> {
        self.slots.get(id.0)
    }

    pub fn by_bic(&self, bic: &Bic) -> Option<ParticipantId> {
        self.by_bic.get(bic).copied()
    }
}

/// True if the participant may submit anything: observers only read.
pub(crate) fn may_submit(participant: &ParticipantEntry) -> bool {
    participant.kind != ParticipantKind::Observer
}

/// True if the participant registered the key for this role.
pub(crate) fn has_key(participant: &ParticipantEntry, key: &PublicKey, role: KeyRole) -> bool {
    participant.keys.iter().any(|entry| entry.key == *key && entry.role == role)
}
