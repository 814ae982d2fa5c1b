//! Who decides about the validators as the ledger stands now, and whose word a decision still lacks.
//!
//! A forecast of the ledger's rule (`docs/ledger.md`, Validators and nodes), so that a person reads names and
//! what to do before anything is submitted. What counts in the end is what the ledger says.

use std::collections::BTreeSet;

use corridor_crypto::PublicKey;
use corridor_types::view::{ValidatorView, ValidatorsView};
use corridor_types::{KeyRole, ParticipantId, Validator, ValidatorSet};
use serde::Serialize;

use crate::failure::Failure;
use crate::registry::Registry;
use crate::session::{Session, failed};

/// Central banks that issue an asset, validators with their power, and everybody's keys.
#[derive(Debug)]
pub struct Deciders {
    /// All institutions, by number.
    pub registry: Registry,
    issuers: BTreeSet<ParticipantId>,
    validators: ValidatorSet,
}

/// What the signatures of a decision come to.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Who has signed with a key that counts.
    pub signed: Vec<String>,
    /// The central banks that must sign too.
    pub missing: Vec<String>,
    /// The voting power of those who signed.
    pub power: u128,
    /// Of all validators.
    pub total_power: u128,
    /// The validators that could add theirs, if more power is needed; else empty.
    pub may_add: Vec<String>,
    /// Signatures that the ledger would refuse, with the reason.
    pub wrong: Vec<String>,
}

impl Standing {
    /// What has to happen before the ledger can take the decision; `None` if nothing.
    pub fn lacks(&self) -> Option<String> {
        let Self { missing, power, total_power, may_add, wrong, .. } = self;
        let mut problems = wrong.clone();
        if !missing.is_empty() {
            problems.push(format!("a supervisor key of {} must sign too", missing.join(" and of ")));
        }
        if !may_add.is_empty() {
            let more = may_add.join(", ");
            problems.push(format!(
                "those who signed have voting power {power} of {total_power}, and more than two thirds are needed; these \
                 validators can sign too: {more}"
            ));
        }
        (!problems.is_empty()).then(|| problems.join("; "))
    }
}

impl Deciders {
    /// Asks the session's node.
    ///
    /// # Errors
    /// The node's.
    pub async fn ask(session: &Session) -> Result<Self, Failure> {
        let registry = Registry::ask(session).await?;
        let assets = session.client.assets().await.map_err(failed)?;
        let view = session.client.validators().await.map_err(failed)?;
        let issuers = assets.into_iter().map(|asset| asset.issuer).collect();
        Self::new(registry, issuers, &view)
    }

    fn new(registry: Registry, issuers: BTreeSet<ParticipantId>, view: &ValidatorsView) -> Result<Self, Failure> {
        let validator = |&ValidatorView { participant, key, network_key, power, .. }: &ValidatorView| Validator {
            participant,
            key,
            network_key,
            power,
        };
        let validators = ValidatorSet::new(view.epoch, view.current.iter().map(validator).collect());
        Ok(Self { registry, issuers, validators: validators.map_err(Failure::internal)? })
    }

    /// What these signatures, each with whether it holds, come to.
    pub fn standing(&self, signatures: &[(PublicKey, bool)]) -> Standing {
        let (mut signed, mut wrong) = (BTreeSet::new(), Vec::new());
        for (key, holds) in signatures {
            match self.decider(key, *holds) {
                Ok(id) if !signed.insert(id) => wrong.push(format!("{} signed twice", self.registry.name_of(id))),
                Ok(_) => {}
                Err(reason) => wrong.push(reason),
            }
        }
        let power = signed.iter().map(|id| self.power_of(*id)).sum();
        let enough = self.validators.is_quorum(power);
        let names = |ids: &mut dyn Iterator<Item = ParticipantId>| ids.map(|id| self.registry.name_of(id)).collect();
        let others = self.validators.iter().map(|(_, validator)| validator.participant);
        let mut others = others.filter(|id| !enough && !signed.contains(id) && !self.issuers.contains(id));
        let may_add = others.by_ref().map(|id| self.with_power(id)).collect();
        Standing {
            missing: names(&mut self.issuers.difference(&signed).copied()),
            signed: names(&mut signed.iter().copied()),
            power,
            total_power: self.validators.total_power(),
            may_add,
            wrong,
        }
    }

    /// For whom a key decides: a central bank that issues an asset by a supervisor key, any other
    /// institution with a validator by a governance key.
    fn decider(&self, key: &PublicKey, holds: bool) -> Result<ParticipantId, String> {
        let found = self.registry.owner_of(key);
        let (member, role) = found.ok_or_else(|| format!("nobody has registered the key {key}, which signed"))?;
        let name = self.registry.name_of(member.id);
        let counts = match role {
            KeyRole::Supervisor => self.issuers.contains(&member.id),
            KeyRole::Governance => !self.issuers.contains(&member.id) && self.power_of(member.id) > 0,
            _ => false,
        };
        match (holds, counts, member.is_active) {
            (false, ..) => Err(format!("the signature of {name} does not hold: the decision was changed after it")),
            (_, false, _) => Err(format!(
                "{name} signed with a key as {role}, which does not count: a central bank that issues an asset signs as \
                 supervisor, any other institution with a validator by its governance key"
            )),
            (.., false) => Err(format!("{name} signed and may not act at present")),
            _ => Ok(member.id),
        }
    }

    fn power_of(&self, id: ParticipantId) -> u128 {
        self.validators.index_of(id).map_or(0, |index| self.validators.power(index))
    }

    fn with_power(&self, id: ParticipantId) -> String {
        format!("{} with power {}", self.registry.name_of(id), self.power_of(id))
    }
}

#[cfg(test)]
mod tests;
