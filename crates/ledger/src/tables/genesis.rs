//! What genesis puts into the tables, slot by slot. The caller has validated it.

use corridor_types::{Genesis, GenesisError, ValidatorSet};

use crate::node::Place;
use crate::{Account, Asset, Participant};

/// What a table begins with.
type Records<R> = Result<Vec<R>, GenesisError>;

pub(super) fn nothing<R>(_: &Genesis) -> Records<R> {
    Ok(Vec::new())
}

pub(super) fn participants(genesis: &Genesis) -> Records<Participant> {
    Ok(genesis.participants.iter().cloned().map(Participant::of_genesis).collect())
}

pub(super) fn assets(genesis: &Genesis) -> Records<Asset> {
    Ok(genesis.assets.iter().map(Asset::new).collect())
}

pub(super) fn accounts(genesis: &Genesis) -> Records<Account> {
    Ok(genesis.accounts.iter().map(|entry| Account::empty(entry.owner, entry.asset)).collect())
}

pub(super) fn validators(genesis: &Genesis) -> Records<ValidatorSet> {
    Ok(vec![genesis.validator_set()?])
}

pub(super) fn nodes(genesis: &Genesis) -> Records<Place> {
    Ok(genesis.nodes.iter().map(|node| Place(Some(*node))).collect())
}
