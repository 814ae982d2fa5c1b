//! Whose a key is: the institutions as the ledger has them now, or as the genesis had them where no
//! node answers. For people who check a draft; who may sign is the ledger's decision.

use corridor_crypto::PublicKey;
use corridor_types::view::{ParticipantStatus, ParticipantView};
use corridor_types::{Bic, Genesis, KeyEntry, KeyRole, ParticipantId};

use crate::failure::Failure;
use crate::session::{Session, failed};

/// An institution with its keys.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its number in the registry.
    pub id: ParticipantId,
    /// Its name as people write it.
    pub name: String,
    /// Its business identifier code, ISO 9362.
    pub bic: Bic,
    /// The keys that it has registered.
    pub keys: Vec<KeyEntry>,
    /// True if it may act.
    pub is_active: bool,
}

/// All institutions of the genesis.
#[derive(Debug, Clone)]
pub struct Registry {
    members: Vec<Member>,
}

impl Registry {
    /// As the ledger of a session's node has them.
    ///
    /// # Errors
    /// The node's.
    pub async fn ask(session: &Session) -> Result<Self, Failure> {
        let all = session.client.participants().await.map_err(failed)?;
        let member = |ParticipantView { id, name, bic, keys, status, .. }: ParticipantView| {
            let is_active = status == ParticipantStatus::Authorised;
            Member { id, name, bic, keys, is_active }
        };
        Ok(Self { members: all.into_iter().map(member).collect() })
    }

    /// As the chain began.
    pub fn of_genesis(genesis: &Genesis) -> Self {
        let members = (0u32..).map(ParticipantId).zip(&genesis.participants);
        let members = members.map(|(id, entry)| Member {
            id,
            name: entry.name.clone(),
            bic: entry.bic,
            keys: entry.keys.clone(),
            is_active: true,
        });
        Self { members: members.collect() }
    }

    /// As the ledger has them; without an answer of the node, as the chain began: a draft can be
    /// signed without a network.
    pub async fn known(session: &Session, genesis: &Genesis) -> Self {
        Self::ask(session).await.unwrap_or_else(|_| Self::of_genesis(genesis))
    }

    /// Who has registered a key, and in which role.
    pub fn owner_of(&self, key: &PublicKey) -> Option<(&Member, KeyRole)> {
        self.members.iter().find_map(|member| {
            let own = member.keys.iter().find(|own| own.key == *key)?;
            Some((member, own.role))
        })
    }

    /// An institution for people: its name and code.
    pub fn name_of(&self, id: ParticipantId) -> String {
        let found = self.members.iter().find(|member| member.id == id);
        found.map_or_else(|| format!("participant {id}"), |member| format!("{} ({})", member.name, member.bic))
    }
}

#[cfg(test)]
impl Registry {
    /// A registry of these institutions.
    pub fn of(members: Vec<Member>) -> Self {
        Self { members }
    }
}
