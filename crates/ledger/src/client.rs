//! Client authorisations: who may pay, through which bank, within which scope.

use std::collections::BTreeMap;

use corridor_types::persist::Table;
use corridor_types::{ClientAuthorisation, ClientHandle};

use crate::limits::MAX_CLIENTS;
use crate::slots::{Record, Slots, tables};

/// A client's authorisation and whether it was withdrawn. Never removed: a handle has one meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// What the central bank permitted.
    pub authorisation: ClientAuthorisation,
    /// True once withdrawn.
    pub revoked: bool,
}
corridor_types::codec_struct!(Client { authorisation, revoked });

impl Record for Client {
    const TABLE: Table = tables::CLIENTS;
    const LIMIT: u32 = MAX_CLIENTS;
}

/// All clients.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    pub slots: Slots<Client>,
    by_handle: BTreeMap<ClientHandle, u32>,
}

impl Clients {
    pub fn new(slots: Slots<Client>) -> Self {
        let by_handle = slots.iter().map(|(slot, client)| (client.authorisation.handle, slot)).collect();
        Self { slots, by_handle }
    }

    pub fn slot_of(&self, handle: &ClientHandle) -> Option<u32> {
        self.by_handle.get(handle).copied()
    }

    pub fn get(&self, handle: &ClientHandle) -> Option<&Client> {
        self.slots.get(self.slot_of(handle)?)
    }

    pub fn authorise(&mut self, authorisation: ClientAuthorisation) {
        let handle = authorisation.handle;
        let slot = self.slots.append(Client { authorisation, revoked: false });
        self.by_handle.insert(handle, slot);
    }

    pub fn revoke(&mut self, slot: u32) -> Option<()> {
        self.slots.edit(slot)?.revoked = true;
        Some(())
    }
}
