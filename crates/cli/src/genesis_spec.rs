//! The form in which people write a genesis document: institutions by BIC instead of numbers,
//! amounts as decimals, defaults left out. Becomes a [`Genesis`], whose own checks then decide.

use std::path::Path;

use corridor_crypto::PublicKey;
use corridor_types::{
    AccountEntry, Amount, AssetEntry, AssetId, Bic, CountryCode, CurrencyCode, Genesis, GenesisError, KeyEntry, Lei,
    NodeEntry, Parameters, ParticipantEntry, ParticipantId, ParticipantKind, Timestamp, ValidatorEntry, VotingPower,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A genesis document in the making.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The chain's name.
    pub chain: String,
    /// The time of height 0, such as `2026-11-22T12:00:00Z`; absent: when the document is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Rules with a number in them.
    #[serde(default)]
    pub parameters: Parameters,
    /// The institutions, numbered by position from 0.
    pub participants: Vec<ParticipantSpec>,
    /// The currencies, numbered by position from 0.
    pub assets: Vec<AssetSpec>,
    /// The accounts, numbered by position from 0.
    pub accounts: Vec<AccountSpec>,
}

/// An institution in the specification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParticipantSpec {
    /// Shown to people.
    pub name: String,
    /// Legal entity identifier.
    pub lei: Lei,
    /// Business identifier code.
    pub bic: Bic,
    /// Country; absent: the BIC's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<CountryCode>,
    /// Kind of institution.
    pub kind: ParticipantKind,
    /// Its central bank; absent: a central bank supervises itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supervisor: Option<Bic>,
    /// The validator that it runs, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validator: Option<ValidatorSpec>,
    /// Network keys of its nodes that are no validators, such as observers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<PublicKey>,
    /// The public keys under which it acts.
    pub keys: Vec<KeyEntry>,
}

/// A validator in the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidatorSpec {
    /// Public key for votes.
    pub key: PublicKey,
    /// Public key for links.
    pub network_key: PublicKey,
    /// Weight; absent: 1.
    #[serde(default = "one")]
    pub power: VotingPower,
}

const fn one() -> VotingPower {
    VotingPower(1)
}

/// A currency in the specification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetSpec {
    /// Its code, ISO 4217.
    pub currency: CurrencyCode,
    /// The central bank that issues it.
    pub issuer: Bic,
    /// The most that one payment may move, as a decimal text such as `"50000000.00"`.
    pub payment_cap: String,
}

/// An account in the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSpec {
    /// The participant whose money will be on it.
    pub owner: Bic,
    /// In which currency.
    pub currency: CurrencyCode,
}

/// Why a specification gives no genesis document.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// The file is neither TOML nor JSON of a specification.
    #[error("{0}")]
    Malformed(String),
    /// A field refers to nothing or has an impossible value.
    #[error("{field}: {problem}")]
    Field {
        /// Where, such as `accounts[2].owner`.
        field: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The document that it describes breaks a rule.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
}

fn field(field: String, problem: impl ToString) -> SpecError {
    SpecError::Field { field, problem: problem.to_string() }
}

/// Reads a moment as RFC 3339 writes it.
fn moment(text: &str) -> Result<Timestamp, SpecError> {
    let wrong = || field("time".into(), format!("{text:?} is no moment such as 2026-11-22T12:00:00Z"));
    let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| wrong())?;
    let millis = u64::try_from(moment.unix_timestamp_nanos() / 1_000_000).map_err(|_| wrong())?;
    Ok(Timestamp(millis))
}

impl Spec {
    /// Reads a specification: JSON if the file's name ends in `.json`, TOML otherwise.
    ///
    /// # Errors
    /// [`SpecError::Malformed`].
    pub fn parse(file: &Path, text: &str) -> Result<Self, SpecError> {
        let malformed = |error: &dyn ToString| SpecError::Malformed(error.to_string());
        match file.extension().is_some_and(|extension| extension == "json") {
            true => serde_json::from_str(text).map_err(|error| malformed(&error)),
            false => toml::from_str(text).map_err(|error| malformed(&error)),
        }
    }

    /// The genesis document, checked; `now` is its time unless the specification has one.
    ///
    /// # Errors
    /// [`SpecError`] with the first broken field.
    pub fn to_genesis(&self, now: Timestamp) -> Result<Genesis, SpecError> {
        let genesis = Genesis {
            chain: self.chain.clone(),
            time: self.time.as_deref().map_or(Ok(now), moment)?,
            participants: self.participants()?,
            assets: self.assets()?,
            accounts: self.accounts()?,
            validators: self.validators(),
            nodes: self.nodes(),
            parameters: self.parameters,
        };
        genesis.validate()?;
        Ok(genesis)
    }

    fn nodes(&self) -> Vec<NodeEntry> {
        let entries = |(participant, spec): (ParticipantId, &ParticipantSpec)| -> Vec<NodeEntry> {
            spec.nodes.iter().map(|key| NodeEntry { participant, network_key: *key }).collect()
        };
        self.numbered().flat_map(entries).collect()
    }

    fn id_of(&self, bic: Bic, at: impl Fn() -> String) -> Result<ParticipantId, SpecError> {
        let found = self.numbered().find(|(_, participant)| participant.bic == bic);
        found.map(|(id, _)| id).ok_or_else(|| field(at(), format!("there is no participant with BIC {bic}")))
    }

    fn numbered(&self) -> impl Iterator<Item = (ParticipantId, &ParticipantSpec)> {
        (0u32..).map(ParticipantId).zip(&self.participants)
    }

    fn participants(&self) -> Result<Vec<ParticipantEntry>, SpecError> {
        self.participants.iter().enumerate().map(|(n, spec)| self.participant(n, spec)).collect()
    }

    fn participant(&self, n: usize, spec: &ParticipantSpec) -> Result<ParticipantEntry, SpecError> {
        let at = |name: &str| format!("participants[{n}].{name}");
        let supervisor = match (spec.supervisor, spec.kind) {
            (Some(bic), _) => bic,
            (None, ParticipantKind::CentralBank) => spec.bic,
            (None, _) => return Err(field(at("supervisor"), "write the BIC of its central bank")),
        };
        let country = spec.country.or_else(|| spec.bic.country());
        Ok(ParticipantEntry {
            name: spec.name.clone(),
            lei: spec.lei,
            bic: spec.bic,
            country: country.ok_or_else(|| field(at("country"), "write a country code"))?,
            kind: spec.kind,
            supervisor: self.id_of(supervisor, || at("supervisor"))?,
            keys: spec.keys.clone(),
        })
    }

    fn assets(&self) -> Result<Vec<AssetEntry>, SpecError> {
        let asset = |(n, spec): (usize, &AssetSpec)| {
            let cap = Amount::parse_decimal(&spec.payment_cap, spec.currency.minor_units());
            Ok(AssetEntry {
                currency: spec.currency,
                issuer: self.id_of(spec.issuer, || format!("assets[{n}].issuer"))?,
                payment_cap: cap.map_err(|error| field(format!("assets[{n}].payment_cap"), error))?,
            })
        };
        self.assets.iter().enumerate().map(asset).collect()
    }

    fn accounts(&self) -> Result<Vec<AccountEntry>, SpecError> {
        let account = |(n, spec): (usize, &AccountSpec)| {
            let listed = (0u16..).zip(&self.assets).find(|(_, asset)| asset.currency == spec.currency);
            let missing = || field(format!("accounts[{n}].currency"), format!("there is no asset {}", spec.currency));
            Ok(AccountEntry {
                owner: self.id_of(spec.owner, || format!("accounts[{n}].owner"))?,
                asset: listed.map(|(id, _)| AssetId(id)).ok_or_else(missing)?,
            })
        };
        self.accounts.iter().enumerate().map(account).collect()
    }

    fn validators(&self) -> Vec<ValidatorEntry> {
        let validator = |(participant, spec): (ParticipantId, &ParticipantSpec)| {
            let ValidatorSpec { key, network_key, power } = spec.validator?;
            Some(ValidatorEntry { participant, key, network_key, power })
        };
        self.numbered().filter_map(validator).collect()
    }
}

#[cfg(test)]
mod tests;
