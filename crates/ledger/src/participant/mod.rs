//! Participants: who they are, whether they may act, which keys they registered for what.
//!
//! An institution comes by an application that its central bank takes in, or at genesis, or by a
//! decision of the validators. A central bank comes in the last two ways only.
//!
//! | operation | keys | authority | what changes |
//! |---|---|---|---|
//! | Apply | a supervisor key of the submitter and an operator key of the applicant | the submitter is a central bank (`not_central_bank`) and the entry's supervisor (`not_supervisor`) | a participant with the next number, *applied* |
//! | Authorise, Suspend, Revoke | supervisor | its supervisor (`not_supervisor`) | the status, by the table |
//! | AddKey; RemoveKey of a governance key | 2 governance of the participant, or 2 supervisor of its supervisor | one of the two (`not_supervisor`) | its keys |
//! | RemoveKey of another key | 1 of the same | the same | its keys |
//! | SetApprovals | 2 governance | the participant itself | its rule for one asset |
//! | SetSealingKey | governance or operator | the participant itself | its sealing key |
//!
//! | status | Authorise | Suspend | Revoke |
//! |---|---|---|---|
//! | applied | authorised | | revoked |
//! | authorised | | suspended | revoked |
//! | suspended | authorised | | revoked |
//! | revoked | | | |
//!
//! What is not in the table, and a central bank's own suspension, is `wrong_participant_status`.
//!
//! * **Who may act.** Only an authorised participant submits anything or is paid. The payments of a
//!   suspended agent wait; those of a revoked one are stopped by the next block's sweep with
//!   `participant_revoked`, and their money goes back. A revoked participant stays on the ledger
//!   with its LEI, BIC and keys: nobody takes them over, and it cannot apply again. Licences do not
//!   outlast the authority that issued them: see there.
//! * **Validators.** Neither suspension nor revocation touches the validator set: a validator of such
//!   a participant votes on until the validators are changed. Who may use the system and who runs it
//!   are two decisions, and no single central bank takes the second.
//! * **Keys.** One key, one owner, one role, whatever else it is used for on the chain. A newcomer's
//!   operator key signs the application; no other key proves that its owner has it, so a participant
//!   can block a key that it saw, under its own name. The last key of a role cannot be removed:
//!   register its successor first. A key that was removed may be registered again.
//! * **Two persons.** A payment is signed by an operator or maker key. If the sum of what one
//!   transaction gives away in an asset is above the participant's rule, so many different checker
//!   keys sign besides (`checker_missing`). Amounts in different assets are not added. The same holds
//!   for what a quote offers, what its taker pays and what a return gives back; what comes in counts
//!   for nothing. An exchange is signed by who signs payments, a return by an operator or compliance
//!   key.
//! * **Two governors.** Where two or more governance keys are in force, two different ones sign what
//!   gives power: a new key, a rule about checkers (`second_approval_missing`); and the removal of a
//!   governance key, or who holds one of two would remove the other and be enough alone. Where one
//!   is in force, it is enough. Any other key is removed by one signature: that only takes power
//!   away. The central bank adds keys and removes governance keys with two different supervisor
//!   keys, however many it has, and any other key with one; so a lost key of two is replaced. Nobody
//!   is above a central bank that supervises itself: there two of its supervisor keys stand in for
//!   the second governance key, never for the first. What counts are the keys in force when the step
//!   is decided, and keys, not persons (decision 18).
//!
//! Codes: `participant_exists`, `wrong_participant_status`, `checker_missing`,
//! `participant_malformed`, `last_key`, `approval_rule_malformed`, `participant_revoked`,
//! `unknown_key`, `unknown_participant`, `participant_not_authorised`, `key_not_authorised`,
//! `possession_not_proven`, `key_in_use`, `not_supervisor`, `not_central_bank`,
//! `second_approval_missing`, `capacity_exceeded`.

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
