//! A validator set: who may vote in an epoch, with which key and weight, and what a quorum is.

use std::collections::BTreeSet;

use corridor_crypto::planted::{self, Bug};
use corridor_crypto::{Digest, Domain, PublicKey};
use serde::{Deserialize, Serialize};

use crate::codec::{Decode, DecodeError, Encode, Reader, decode_list, encode_list};
use crate::limits::MAX_VALIDATORS;
use crate::numbers::{Epoch, ParticipantId, ValidatorIndex, VotingPower};

/// One validator of an epoch: its keys and its weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validator {
    /// The institution that runs it; also the name of its lane.
    pub participant: ParticipantId,
    /// Signs votes, proposals, batches and outcomes.
    pub key: PublicKey,
    /// Authenticates its network links; never signs a vote.
    pub network_key: PublicKey,
    /// Its weight, at least 1.
    pub power: VotingPower,
}
crate::codec_struct!(Validator { participant, key, network_key, power });

/// Why a list of validators is no validator set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValidatorSetError {
    /// No validator at all, or more than the limit.
    #[error("a validator set has 1 to {MAX_VALIDATORS} members, this one {count}")]
    BadCount {
        /// How many were given.
        count: usize,
    },
    /// Not strictly ascending by participant.
    #[error("validators must be ordered by participant without repeats; participant {participant} is out of place")]
    BadOrder {
        /// The first one out of place.
        participant: ParticipantId,
    },
    /// A weight of zero.
    #[error("validator of participant {participant} has no voting power; give it at least 1 or leave it out")]
    NoPower {
        /// The participant that the validator belongs to.
        participant: ParticipantId,
    },
    /// Two validators share a key.
    #[error("validator of participant {participant} uses a key that another one uses too")]
    SharedKey {
        /// The second user of the key.
        participant: ParticipantId,
    },
    /// A key is not usable.
    #[error("a key of the validator of participant {participant} is not a usable Ed25519 key")]
    BadKey {
        /// The participant that the validator belongs to.
        participant: ParticipantId,
    },
}

/// The validators of one epoch, strictly ascending by participant. Always valid: made by one
/// constructor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SetText")]
pub struct ValidatorSet {
    epoch: Epoch,
    validators: Vec<Validator>,
}

/// A set as text, before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetText {
    epoch: Epoch,
    validators: Vec<Validator>,
}

impl TryFrom<SetText> for ValidatorSet {
    type Error = ValidatorSetError;

    fn try_from(text: SetText) -> Result<Self, ValidatorSetError> {
        Self::new(text.epoch, text.validators)
    }
}

impl ValidatorSet {
    /// Checks and builds a set.
    ///
    /// # Errors
    /// [`ValidatorSetError`].
    pub fn new(epoch: Epoch, validators: Vec<Validator>) -> Result<Self, ValidatorSetError> {
        if validators.is_empty() || validators.len() > MAX_VALIDATORS {
            return Err(ValidatorSetError::BadCount { count: validators.len() });
        }
        if let Some(pair) = validators.windows(2).find(|pair| pair[0].participant >= pair[1].participant) {
            return Err(ValidatorSetError::BadOrder { participant: pair[1].participant });
        }
        let mut keys = BTreeSet::new();
        for Validator { participant, key, network_key, power } in &validators {
            let participant = *participant;
            if power.0 == 0 {
                return Err(ValidatorSetError::NoPower { participant });
            }
            if key.validate().is_err() || network_key.validate().is_err() {
                return Err(ValidatorSetError::BadKey { participant });
            }
            if !keys.insert(key) || !keys.insert(network_key) {
                return Err(ValidatorSetError::SharedKey { participant });
            }
        }
        Ok(Self { epoch, validators })
    }

    /// The epoch in which these validators vote.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// How many there are, 1 to [`MAX_VALIDATORS`].
    #[allow(clippy::len_without_is_empty, reason = "a set is never empty")]
    pub fn len(&self) -> usize {
        self.validators.len()
    }

    /// The validator at a position.
    pub fn get(&self, index: ValidatorIndex) -> Option<&Validator> {
        self.validators.get(usize::from(index.0))
    }

    /// All with their positions, in order.
    pub fn iter(&self) -> impl Iterator<Item = (ValidatorIndex, &Validator)> {
        (0u16..).map(ValidatorIndex).zip(&self.validators)
    }

    /// The position of a participant's validator.
    pub fn index_of(&self, participant: ParticipantId) -> Option<ValidatorIndex> {
        self.iter().find(|(_, validator)| validator.participant == participant).map(|(index, _)| index)
    }

    /// The position of the validator with this network key.
    pub fn index_of_network_key(&self, key: &PublicKey) -> Option<ValidatorIndex> {
        self.iter().find(|(_, validator)| validator.network_key == *key).map(|(index, _)| index)
    }

    /// The weight of one validator; zero for a position outside the set.
    pub fn power(&self, index: ValidatorIndex) -> u128 {
        self.get(index).map_or(0, |validator| u128::from(validator.power.0))
    }

    /// The weight of all.
    pub fn total_power(&self) -> u128 {
        self.validators.iter().map(|validator| u128::from(validator.power.0)).sum()
    }

    /// True if `power` is more than two thirds of the total.
    pub fn is_quorum(&self, power: u128) -> bool {
        let power = if planted::is(Bug::QuorumOffByOne) { power + 1 } else { power };
        3 * power > 2 * self.total_power()
    }

    /// True if `power` is more than one third: at least one honest validator is in it.
    pub fn has_honest(&self, power: u128) -> bool {
        3 * power > self.total_power()
    }

    /// The position of the validator with this voting key.
    pub fn index_of_key(&self, key: &PublicKey) -> Option<ValidatorIndex> {
        self.iter().find(|(_, validator)| validator.key == *key).map(|(index, _)| index)
    }

    /// The digest that block headers commit to.
    pub fn digest(&self) -> Digest {
        Digest::of(Domain::ValidatorSet, &self.to_bytes())
    }
}

impl Encode for ValidatorSet {
    fn encode(&self, out: &mut Vec<u8>) {
        self.epoch.encode(out);
        encode_list(&self.validators, out);
    }
}

impl Decode for ValidatorSet {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let epoch = Epoch::decode(reader)?;
        let validators = decode_list(reader, "validators", MAX_VALIDATORS)?;
        Self::new(epoch, validators)
            .map_err(|error| DecodeError::Invalid { what: "validator set", problem: error.to_string() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use corridor_crypto::SecretKey;

    fn validator(participant: u32, power: u64) -> Validator {
        let seed = u8::try_from(participant).unwrap();
        Validator {
            participant: ParticipantId(participant),
            key: SecretKey::from_seed(&[seed; 32]).public_key(),
            network_key: SecretKey::from_seed(&[seed + 100; 32]).public_key(),
            power: VotingPower(power),
        }
    }

    #[test]
    fn a_quorum_is_strictly_more_than_two_thirds() {
        let set = ValidatorSet::new(Epoch(0), (0..3).map(|n| validator(n, 1)).collect()).unwrap();
        assert!(!set.is_quorum(2), "two of three is not more than two thirds");
        assert!(set.is_quorum(3));
        let huge = ValidatorSet::new(Epoch(0), (0..4).map(|n| validator(n, u64::MAX)).collect()).unwrap();
        assert!(!huge.is_quorum(2 * u128::from(u64::MAX)) && huge.is_quorum(3 * u128::from(u64::MAX)));
        assert!(huge.has_honest(2 * u128::from(u64::MAX)) && !huge.has_honest(u128::from(u64::MAX)));
    }

    #[test]
    fn bad_sets_are_refused_by_name() {
        let check = |list: Vec<Validator>, expected| assert_eq!(ValidatorSet::new(Epoch(0), list), Err(expected));
        check(vec![], ValidatorSetError::BadCount { count: 0 });
        check(vec![validator(1, 1), validator(0, 1)], ValidatorSetError::BadOrder { participant: ParticipantId(0) });
        check(vec![validator(0, 0)], ValidatorSetError::NoPower { participant: ParticipantId(0) });
        let mut twin = validator(1, 1);
        twin.key = validator(0, 1).key;
        check(vec![validator(0, 1), twin], ValidatorSetError::SharedKey { participant: ParticipantId(1) });
    }

    #[test]
    fn encoding_round_trips_and_the_digest_covers_the_epoch() {
        let list: Vec<_> = (0..4).map(|n| validator(n, 1)).collect();
        let set = ValidatorSet::new(Epoch(3), list.clone()).unwrap();
        assert_eq!(ValidatorSet::from_bytes(&set.to_bytes()), Ok(set.clone()));
        assert_ne!(set.digest(), ValidatorSet::new(Epoch(4), list).unwrap().digest());
    }
}
