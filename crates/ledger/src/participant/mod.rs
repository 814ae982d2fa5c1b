#![doc = include_str!("../../../../docs/ledger/participants.md")]

pub(crate) mod rules;
mod table;
#[cfg(test)]
mod tests;

use corridor_crypto::PublicKey;
use corridor_types::codec::{Decode, DecodeError, Encode, Reader, decode_list, encode_list};
use corridor_types::operations::ApprovalRule;
use corridor_types::{KeyRole, ParticipantEntry, SealingKey};

pub(crate) use table::Participants;

/// Whether a participant may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ParticipantStatus {
    /// Its central bank took in its application.
    Applied,
    /// It may act.
    Authorised,
    /// It may not act for the time being; its payments wait.
    Suspended,
    /// It may not act any more; its payments are stopped.
    Revoked,
}

impl Encode for ParticipantStatus {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }
}

impl Decode for ParticipantStatus {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match u8::decode(reader)? {
            0 => Ok(Self::Applied),
            1 => Ok(Self::Authorised),
            2 => Ok(Self::Suspended),
            3 => Ok(Self::Revoked),
            tag => Err(DecodeError::UnknownTag { what: "participant status", tag }),
        }
    }
}

/// What a supervisor does to a participant's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StatusEvent {
    Authorise,
    Suspend,
    Revoke,
}

impl ParticipantStatus {
    /// Where a participant goes from here; `None` if the event is not legal here.
    pub(crate) const fn after(self, event: StatusEvent) -> Option<Self> {
        match (self, event) {
            (Self::Applied | Self::Suspended, StatusEvent::Authorise) => Some(Self::Authorised),
            (Self::Authorised, StatusEvent::Suspend) => Some(Self::Suspended),
            (Self::Applied | Self::Authorised | Self::Suspended, StatusEvent::Revoke) => Some(Self::Revoked),
            _ => None,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Authorised => "authorised",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
        }
    }
}

/// Rules about checkers of one participant: one per asset that it deals in.
pub(crate) const MAX_APPROVAL_RULES: usize = 64;

/// A participant on the ledger. Never removed: a number has one meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Who it is, and its keys.
    pub entry: ParticipantEntry,
    /// Whether it may act.
    pub status: ParticipantStatus,
    /// From which amount on its payments need checkers, ascending by asset.
    pub approvals: Vec<ApprovalRule>,
    /// To which key details are sealed for it.
    pub sealing_key: Option<SealingKey>,
}

impl Encode for Participant {
    fn encode(&self, out: &mut Vec<u8>) {
        self.entry.encode(out);
        self.status.encode(out);
        encode_list(&self.approvals, out);
        self.sealing_key.encode(out);
    }
}

impl Decode for Participant {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            entry: Decode::decode(reader)?,
            status: Decode::decode(reader)?,
            approvals: decode_list(reader, "approvals", MAX_APPROVAL_RULES)?,
            sealing_key: Decode::decode(reader)?,
        })
    }
}

impl Participant {
    /// One that did not do or set anything yet.
    pub(crate) const fn new(entry: ParticipantEntry, status: ParticipantStatus) -> Self {
        Self { entry, status, approvals: Vec::new(), sealing_key: None }
    }

    /// One that genesis names is authorised.
    pub(crate) const fn of_genesis(entry: ParticipantEntry) -> Self {
        Self::new(entry, ParticipantStatus::Authorised)
    }
}

/// True if the participant registered the key for this role.
pub(crate) fn has_key(participant: &ParticipantEntry, key: &PublicKey, role: KeyRole) -> bool {
    participant.keys.iter().any(|entry| entry.key == *key && entry.role == role)
}
