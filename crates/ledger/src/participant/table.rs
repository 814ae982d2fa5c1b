//! The table of participants with what follows from it: who has which LEI, BIC and key, and who is
//! revoked. No rule lives here.

use std::collections::{BTreeMap, BTreeSet};

use corridor_crypto::PublicKey;
use corridor_types::{Bic, KeyEntry, KeyRole, Lei, ParticipantEntry, ParticipantId};

use super::{Participant, ParticipantStatus};
use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};

/// All participants. All fields but `slots` follow from it.
#[derive(Debug, Clone)]
pub(crate) struct Participants {
    pub slots: Slots<Participant>,
    by_bic: BTreeMap<Bic, ParticipantId>,
    by_lei: BTreeMap<Lei, ParticipantId>,
    by_key: BTreeMap<PublicKey, (ParticipantId, KeyRole)>,
    revoked: BTreeSet<ParticipantId>,
}

impl Index<Participant> for Participants {
    fn new(slots: Slots<Participant>, _: &Meta) -> Result<Self, Misplaced> {
        let (by_bic, by_lei, by_key) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut participants = Self { slots: Slots::new(), by_bic, by_lei, by_key, revoked: BTreeSet::new() };
        slots.iter().for_each(|(slot, record)| participants.index(ParticipantId(slot), record));
        participants.slots = slots;
        Ok(participants)
    }
}

impl Participants {
    fn index(&mut self, id: ParticipantId, Participant { entry, status, .. }: &Participant) {
        self.by_bic.insert(entry.bic, id);
        self.by_lei.insert(entry.lei, id);
        self.by_key.extend(entry.keys.iter().map(|key| (key.key, (id, key.role))));
        if *status == ParticipantStatus::Revoked {
            self.revoked.insert(id);
        }
    }

    /// The next number.
    pub fn next(&self) -> ParticipantId {
        ParticipantId(self.slots.len())
    }

    pub fn get(&self, id: ParticipantId) -> Option<&ParticipantEntry> {
        self.slots.get(id.0).map(|record| &record.entry)
    }

    pub fn record(&self, id: ParticipantId) -> Option<&Participant> {
        self.slots.get(id.0)
    }

    pub fn by_bic(&self, bic: &Bic) -> Option<ParticipantId> {
        self.by_bic.get(bic).copied()
    }

    pub fn by_lei(&self, lei: &Lei) -> Option<ParticipantId> {
        self.by_lei.get(lei).copied()
    }

    /// Who registered a key, and for what. A key is registered once.
    pub fn owner_of(&self, key: &PublicKey) -> Option<(ParticipantId, KeyRole)> {
        self.by_key.get(key).copied()
    }

    /// Those whose authorisation was ended, ascending.
    pub fn revoked(&self) -> impl Iterator<Item = ParticipantId> {
        self.revoked.iter().copied()
    }

    /// True for good once its authorisation was ended.
    pub fn is_revoked(&self, id: ParticipantId) -> bool {
        self.revoked.contains(&id)
    }

    pub fn add(&mut self, record: Participant) -> ParticipantId {
        let (id, entry) = (self.next(), &record.entry);
        let names_are_free = !self.by_bic.contains_key(&entry.bic) && !self.by_lei.contains_key(&entry.lei);
        let keys_are_free = entry.keys.iter().all(|key| !self.by_key.contains_key(&key.key));
        self.slots.demand(names_are_free, "a BIC and an LEI name one participant");
        self.slots.demand(keys_are_free, "a key is registered once");
        self.index(id, &record);
        self.slots.append(record);
        id
    }

    /// For changes of approvals and sealing key; what is indexed has functions of its own.
    pub fn edit(&mut self, id: ParticipantId) -> Option<&mut Participant> {
        self.slots.get(id.0)?;
        self.slots.edit(id.0)
    }

    pub fn set_status(&mut self, id: ParticipantId, status: ParticipantStatus) -> Option<()> {
        self.edit(id)?.status = status;
        if status == ParticipantStatus::Revoked {
            self.revoked.insert(id);
        }
        Some(())
    }

    pub fn add_key(&mut self, id: ParticipantId, key: KeyEntry) -> Option<()> {
        self.edit(id)?.entry.keys.push(key);
        let other = self.by_key.insert(key.key, (id, key.role));
        self.slots.demand(other.is_none(), "a key is registered once");
        Some(())
    }

    pub fn remove_key(&mut self, id: ParticipantId, key: &PublicKey) -> Option<()> {
        self.edit(id)?.entry.keys.retain(|entry| entry.key != *key);
        let known = self.by_key.remove(key);
        self.slots.demand(known.is_some_and(|(owner, _)| owner == id), "a key is withdrawn by who registered it");
        Some(())
    }
}
