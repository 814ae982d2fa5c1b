//! One key, one owner, one use: who votes, connects and signs must never be in doubt.

use corridor_crypto::PublicKey;
use corridor_types::{Code, ParticipantId, Validator};

use crate::refusal::{Refusal, ensure};
use crate::state::State;

/// What a key of a node is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Votes, proposals, batches and outcomes.
    Voting,
    /// Authenticates links to other nodes.
    Network,
    /// Transactions. Registered once, by one participant.
    Signing,
}

/// Checks that nobody else uses the key, and its owner for nothing else. Looks at registered keys,
/// the current and the pending validators, candidates and nodes.
pub(crate) fn check_unused(
    state: &State,
    owner: ParticipantId,
    key: &PublicKey,
    purpose: Purpose,
    field: &'static str,
) -> Result<(), Refusal> {
    let registered = state.participants.owner_of(key).map(|(user, _)| (user, None));
    let node = state.nodes.with_key(key).map(|(_, node)| (node.participant, Some(Purpose::Network)));
    let members = [Some(state.epochs.current()), state.epochs.pending()].into_iter().flatten();
    let members = members.flat_map(|set| set.iter().map(|(_, validator)| validator));
    let validators = members.chain(state.candidates.with_key(key)).filter_map(|validator| use_by(validator, key));
    let stranger = registered.into_iter().chain(node).chain(validators).find(|seen| *seen != (owner, Some(purpose)));
    ensure(stranger.is_none(), Code::KeyInUse, field, || {
        let user = stranger.map_or(owner, |(user, _)| user);
        format!("{key} is in use by participant {user}; make a new key")
    })
}

fn use_by(validator: &Validator, key: &PublicKey) -> Option<(ParticipantId, Option<Purpose>)> {
    let voting = (validator.key == *key).then_some(Purpose::Voting);
    let purpose = voting.or_else(|| (validator.network_key == *key).then_some(Purpose::Network))?;
    Some((validator.participant, Some(purpose)))
}
