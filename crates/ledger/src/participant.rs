//! The registry of participants and their keys. In this form it is what genesis says; admission
//! and suspension come with governance.

use std::collections::BTreeMap;

use corridor_crypto::PublicKey;
use corridor_types::persist::Table;
use corridor_types::{Bic, KeyRole, Operation, ParticipantEntry, ParticipantId, ParticipantKind};

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
    by_key: BTreeMap<PublicKey, (ParticipantId, KeyRole)>,
}

impl Participants {
    pub fn new(slots: Slots<ParticipantEntry>) -> Self {
        let by_bic = slots.iter().map(|(slot, entry)| (entry.bic, ParticipantId(slot))).collect();
        let keys = |(slot, entry): (u32, &ParticipantEntry)| {
            entry.keys.iter().map(|key| (key.key, (ParticipantId(slot), key.role))).collect::<Vec<_>>()
        };
        let by_key = slots.iter().flat_map(keys).collect();
        Self { slots, by_bic, by_key }
    }

    pub fn get(&self, id: ParticipantId) -> Option<&ParticipantEntry> {
        self.slots.get(id.0)
    }

    pub fn by_bic(&self, bic: &Bic) -> Option<ParticipantId> {
        self.by_bic.get(bic).copied()
    }

    /// Who registered a key, and for what. A key is registered once.
    pub fn owner_of(&self, key: &PublicKey) -> Option<(ParticipantId, KeyRole)> {
        self.by_key.get(key).copied()
    }
}

/// True if a participant of this kind may submit such an operation. Observers only read, with
/// nodes of their own; the validator set is the central banks'.
pub(crate) const fn may_submit(participant: &ParticipantEntry, operation: &Operation) -> bool {
    match (participant.kind, operation) {
        (ParticipantKind::Observer, Operation::RegisterNode { .. } | Operation::RemoveNode { .. })
        | (ParticipantKind::CentralBank, Operation::ChangeValidators { .. }) => true,
        (ParticipantKind::Observer, _) | (_, Operation::ChangeValidators { .. }) => false,
        (kind, Operation::DeclareCandidate { .. }) => may_validate(kind),
        _ => true,
    }
}

/// True if a participant of this kind may run a validator.
const fn may_validate(kind: ParticipantKind) -> bool {
    matches!(kind, ParticipantKind::CentralBank | ParticipantKind::Bank)
}

/// True if the participant registered the key for this role.
pub(crate) fn has_key(participant: &ParticipantEntry, key: &PublicKey, role: KeyRole) -> bool {
    participant.keys.iter().any(|entry| entry.key == *key && entry.role == role)
}
