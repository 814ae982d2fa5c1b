//! Client authorisations: who may pay, through which bank, within which scope.

mod rules;

use std::collections::BTreeMap;

use corridor_types::{Amount, ClientAuthorisation, ClientHandle, Timestamp};

use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};
use crate::usage::Usage;

/// A client's authorisation and whether it was withdrawn. Never removed: a handle has one meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// What the central bank permitted.
    pub authorisation: ClientAuthorisation,
    /// True once withdrawn.
    pub revoked: bool,
    /// True while a legal order stops its payments.
    pub frozen: bool,
    /// What it paid lately, where that is capped.
    pub(crate) usage: Usage,
}
corridor_types::codec_struct!(Client { authorisation, revoked, frozen, usage });

/// All client authorisations, by handle.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    pub slots: Slots<Client>,
    by_handle: BTreeMap<ClientHandle, u32>,
}

impl Index<Client> for Clients {
    /// No two authorisations share a handle.
    fn new(slots: Slots<Client>, _: &Meta) -> Result<Self, Misplaced> {
        let mut by_handle = BTreeMap::new();
        for (slot, client) in slots.iter() {
            if by_handle.insert(client.authorisation.handle, slot).is_some() {
                return Err(Slots::<Client>::misplaced(slot, "another authorisation has the same handle"));
            }
        }
        Ok(Self { slots, by_handle })
    }
}

impl Clients {
    pub fn slot_of(&self, handle: &ClientHandle) -> Option<u32> {
        self.by_handle.get(handle).copied()
    }

    pub fn get(&self, handle: &ClientHandle) -> Option<&Client> {
        self.slots.get(self.slot_of(handle)?)
    }

    pub fn authorise(&mut self, authorisation: ClientAuthorisation) {
        let handle = authorisation.handle;
        let slot = self.slots.append(Client { authorisation, revoked: false, frozen: false, usage: Usage::default() });
        let other = self.by_handle.insert(handle, slot);
        self.slots.demand(other.is_none(), "a client's handle is authorised once");
    }

    pub fn revoke(&mut self, slot: u32) -> Option<()> {
        self.slots.edit(slot)?.revoked = true;
        Some(())
    }

    pub fn set_frozen(&mut self, handle: &ClientHandle, frozen: bool) -> Option<()> {
        let slot = self.slot_of(handle)?;
        self.slots.edit(slot)?.frozen = frozen;
        Some(())
    }

    /// Counts a payment against the client's cap within a stretch of time, if it has one.
    pub fn count(&mut self, handle: &ClientHandle, now: Timestamp, amount: Amount) {
        self.edit_capped(handle, |client, window| client.usage.count(&window, now, amount));
    }

    /// Takes back what was counted at `then`.
    pub fn uncount(&mut self, handle: &ClientHandle, then: Timestamp, amount: Amount) {
        self.edit_capped(handle, |client, window| client.usage.uncount(&window, then, amount));
    }

    fn edit_capped(
        &mut self,
        handle: &ClientHandle,
        change: impl FnOnce(&mut Client, corridor_types::operations::Window),
    ) {
        let Some(slot) = self.slot_of(handle) else { return };
        let window = self.slots.get(slot).and_then(|client| client.authorisation.window);
        if let (Some(window), Some(client)) = (window, window.and_then(|_| self.slots.edit(slot))) {
            change(client, window);
        }
    }
}
