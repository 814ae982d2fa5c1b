//! Candidates, and the decision on the validators of the next epoch.

use corridor_crypto::Digest;
use corridor_types::limits::MAX_VALIDATOR_CHANGES;
use corridor_types::operations::{SignerRule, ValidatorsStep};
use corridor_types::{Code, Epoch, Height, ParticipantId, Timestamp, Validator, ValidatorChange, ValidatorSet};

use super::candidate::Candidate;
use super::signatures;
use crate::Halt;
use crate::family::{Asked, Doing, Family, Signed};
use crate::limits::{CANDIDATE_LIFETIME_MS, RECENT_BLOCKS};
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::who::keys::{Purpose, check_unused};

/// A permitted step.
#[derive(Debug)]
pub(crate) enum Planned<'a> {
    Declare(&'a Validator),
    Change(ValidatorSet),
}

impl Family for ValidatorsStep {
    type Planned<'a> = Planned<'a>;

    fn check_signers(&self, _rule: SignerRule, signed: &Signed<'_>) -> Result<(), Refusal> {
        match self {
            Self::Declare { validator, .. } => signatures::check_declared(signed, validator),
            Self::Change { .. } => signatures::check_every_issuer(signed),
        }
    }

    fn check_authority(&self, &Asked { participant, .. }: &Asked<'_>) -> Result<(), Refusal> {
        match self {
            Self::Declare { validator, .. } => {
                let owner = validator.participant;
                ensure(owner == participant, Code::ParticipantNotAuthorised, "validator.participant", || {
                    format!("{owner}; participant {participant} may declare a validator of its own only")
                })
            }
            // Those who signed decide.
            Self::Change { .. } => Ok(()),
        }
    }

    fn plan<'a>(&'a self, &Asked { state, now, .. }: &Asked<'_>) -> Result<Planned<'a>, Refusal> {
        match self {
            Self::Declare { validator, height, state: commitment } => {
                check_candidate(state, validator, *height, *commitment)?;
                Ok(Planned::Declare(validator))
            }
            Self::Change { epoch, changes } => Ok(Planned::Change(check_change(state, now, *epoch, changes)?)),
        }
    }

    fn apply(Doing { state, journal, .. }: Doing<'_>, planned: Planned<'_>) -> Result<(), Halt> {
        match planned {
            Planned::Declare(validator) => {
                let (height, time) = (journal.height, journal.time);
                state.candidates.declare(Candidate { validator: validator.clone(), height, time });
            }
            Planned::Change(next) => state.epochs.decide(next),
        }
        Ok(())
    }
}

/// Checks a declaration. Signatures and author were checked before.
fn check_candidate(state: &State, validator: &Validator, height: Height, commitment: Digest) -> Result<(), Refusal> {
    ensure(validator.key != validator.network_key, Code::KeyInUse, "validator.network_key", || {
        "the key that votes must not authenticate links; make another".to_owned()
    })?;
    check_keys_unused(state, validator, ["validator.key", "validator.network_key"])?;
    let known = state.commitment_at(height);
    ensure(known == Some(commitment), Code::CandidateNotSynced, "state", || {
        format!("not the state after block {height}, or the block is not among the last {RECENT_BLOCKS}")
    })
}

fn check_keys_unused(state: &State, validator: &Validator, fields: [&'static str; 2]) -> Result<(), Refusal> {
    let owner = validator.participant;
    check_unused(state, owner, &validator.key, Purpose::Voting, fields[0])?;
    check_unused(state, owner, &validator.network_key, Purpose::Network, fields[1])
}

/// The validator set that the changes make of the current one.
pub(crate) fn check_change(
    state: &State,
    now: Timestamp,
    epoch: Epoch,
    changes: &[ValidatorChange],
) -> Result<ValidatorSet, Refusal> {
    let current = state.epochs.current();
    ensure(epoch == current.epoch(), Code::WrongEpoch, "epoch", || {
        format!("{epoch}; the current epoch is {}", current.epoch())
    })?;
    ensure(state.epochs.pending().is_none(), Code::ValidatorChangePending, "epoch", || {
        format!("the validators of epoch {} are decided already; wait for it", epoch.next())
    })?;
    let ascending = changes.windows(2).all(|pair| pair[0].participant() < pair[1].participant());
    let fits = (1..=MAX_VALIDATOR_CHANGES).contains(&changes.len());
    ensure(fits && ascending, Code::ValidatorSetInvalid, "changes", || {
        format!("list 1 to {MAX_VALIDATOR_CHANGES}, ascending by participant, none twice")
    })?;
    changes.iter().try_for_each(|change| check_one(state, now, current, change))?;
    let limit = state.bounds.epochs;
    ensure(state.epochs.slots.len() < limit, Code::CapacityExceeded, "epoch", || format!("there are {limit} epochs"))?;
    changed(current, changes)
}

fn member(set: &ValidatorSet, participant: ParticipantId) -> Option<&Validator> {
    set.get(set.index_of(participant)?)
}

fn check_one(state: &State, now: Timestamp, current: &ValidatorSet, change: &ValidatorChange) -> Result<(), Refusal> {
    let id = change.participant();
    match (change, member(current, id)) {
        (ValidatorChange::Remove { .. }, Some(_)) => Ok(()),
        (ValidatorChange::Remove { .. }, None) => {
            Err(Refusal::new(Code::UnknownValidator, "changes", format!("participant {id} has no validator")))
        }
        (ValidatorChange::Put { validator }, Some(old)) if same_keys(validator, old) => {
            ensure(validator != old, Code::ValidatorSetInvalid, "changes", || {
                format!("nothing changes for participant {id}; leave it out")
            })
        }
        (ValidatorChange::Put { validator }, _) => {
            check_declared(state, now, validator)?;
            check_keys_unused(state, validator, ["changes"; 2])
        }
    }
}

fn same_keys(one: &Validator, other: &Validator) -> bool {
    (one.key, one.network_key) == (other.key, other.network_key)
}

/// Checks that the participant itself declared these keys, and lately. The power is for the
/// those who decide to say.
fn check_declared(state: &State, now: Timestamp, validator: &Validator) -> Result<(), Refusal> {
    let id = validator.participant;
    let declared = state.candidates.get(id).is_some_and(|candidate| {
        same_keys(&candidate.validator, validator) && now.since_ms(candidate.time) <= CANDIDATE_LIFETIME_MS
    });
    ensure(declared, Code::UnknownCandidate, "changes", || {
        format!("participant {id} has not declared these keys within {CANDIDATE_LIFETIME_MS} ms; let it declare")
    })
}

fn changed(current: &ValidatorSet, changes: &[ValidatorChange]) -> Result<ValidatorSet, Refusal> {
    let is_kept = |validator: &Validator| changes.iter().all(|change| change.participant() != validator.participant);
    let kept = current.iter().map(|(_, validator)| validator).filter(|validator| is_kept(validator));
    let put = changes.iter().filter_map(|change| match change {
        ValidatorChange::Put { validator } => Some(validator),
        ValidatorChange::Remove { .. } => None,
    });
    let mut validators: Vec<_> = kept.chain(put).cloned().collect();
    validators.sort_by_key(|validator| validator.participant);
    ValidatorSet::new(current.epoch().next(), validators)
        .map_err(|error| Refusal::new(Code::ValidatorSetInvalid, "changes", error.to_string()))
}
