//! Candidates: validators that their participants declared ready. Being one gives no right; the
//! central banks put candidates into the validator set.

use corridor_crypto::PublicKey;
use corridor_types::{Height, ParticipantId, Timestamp, Validator};

use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};

/// The last validator that a participant declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The validator; its power is a proposal.
    pub validator: Validator,
    /// The block of the declaration.
    pub height: Height,
    /// That block's time.
    pub time: Timestamp,
}
corridor_types::codec_struct!(Candidate { validator, height, time });

/// All candidates; slot is participant.
#[derive(Debug, Clone)]
pub(crate) struct Candidates {
    pub slots: Slots<Candidate>,
}

impl Index<Candidate> for Candidates {
    /// Each candidate stands in its participant's slot.
    fn new(slots: Slots<Candidate>, _: &Meta) -> Result<Self, Misplaced> {
        for (slot, candidate) in slots.iter() {
            if candidate.validator.participant.0 != slot {
                return Err(Slots::<Candidate>::misplaced(slot, "it holds another participant's candidate"));
            }
        }
        Ok(Self { slots })
    }
}

impl Candidates {
    pub fn get(&self, participant: ParticipantId) -> Option<&Candidate> {
        self.slots.get(participant.0)
    }

    /// Replaces what the participant declared before.
    pub fn declare(&mut self, candidate: Candidate) {
        self.slots.put(candidate.validator.participant.0, Some(candidate));
    }

    /// The candidates that use a key. Looks at all; a declaration costs three signature checks
    /// anyway, which is more.
    pub fn with_key(&self, key: &PublicKey) -> impl Iterator<Item = &Validator> {
        let uses = |validator: &&Validator| validator.key == *key || validator.network_key == *key;
        self.slots.iter().map(|(_, candidate)| &candidate.validator).filter(uses)
    }
}
