//! The genesis document: everything that the nodes of a chain must agree on before its first
//! block. Its digest names the chain and is part of everything that is signed.
//!
//! People read and write it as JSON; the digest is over the canonical encoding, so layout does not
//! matter and meaning does.

use std::collections::BTreeSet;

use corridor_crypto::{Digest, Domain, PublicKey, SigningContext};
use serde::{Deserialize, Serialize};

use crate::codec::{Decode, DecodeError, Encode, Reader, decode_list, decode_text, encode_bytes, encode_list};
use crate::limits::{
    MAX_APPROVALS, MAX_ASSETS, MAX_GENESIS_ACCOUNTS, MAX_KEYS_PER_PARTICIPANT, MAX_NAME_BYTES, MAX_NODES,
    MAX_PARTICIPANTS, MAX_VALIDATORS,
};
use crate::payment::coded_enum;
use crate::{
    Amount, AssetId, Bic, CountryCode, CurrencyCode, Epoch, Lei, ParticipantId, Timestamp, Validator, ValidatorSet,
    ValidatorSetError, VotingPower,
};

coded_enum! {
    /// What kind of institution a participant is.
    ParticipantKind {
        /// Issues an asset and supervises participants.
        CentralBank = 0, "central_bank";
        /// Sends and receives payments for its clients.
        Bank = 1, "bank";
        /// Grants licences for controlled goods.
        LicensingAuthority = 2, "licensing_authority";
        /// Reads, with nodes of its own.
        Observer = 3, "observer";
    }
}

coded_enum! {
    /// What a participant's key may sign.
    KeyRole {
        /// The bank's systems: payments, attestations, cancellations, consents, nodes.
        Operator = 0, "operator";
        /// Issuing and redeeming money, two keys together; accounts, limits, calendars.
        Issuer = 1, "issuer";
        /// Authorising and revoking: participants, programmes, clients, licences, lists.
        Supervisor = 2, "supervisor";
        /// An officer who initiates payments.
        Maker = 3, "maker";
        /// An officer who approves what a maker or the bank's systems initiate.
        Checker = 4, "checker";
        /// An officer who holds, releases and refuses payments, and executes legal orders.
        Compliance = 5, "compliance";
        /// The participant's own keys and rules, and its votes.
        Governance = 6, "governance";
    }
}

/// A key with its role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyEntry {
    /// The public key.
    pub key: PublicKey,
    /// What it may sign.
    pub role: KeyRole,
}
crate::codec_struct!(KeyEntry { key, role });

/// A participant at genesis; its number is its position in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParticipantEntry {
    /// Shown to people; never an identity. At most [`MAX_NAME_BYTES`] bytes.
    pub name: String,
    /// Legal entity identifier.
    pub lei: Lei,
    /// Business identifier code.
    pub bic: Bic,
    /// Country of its seat, ISO 3166-1.
    pub country: CountryCode,
    /// Kind of institution.
    pub kind: ParticipantKind,
    /// The central bank that supervises it; itself for a central bank.
    pub supervisor: ParticipantId,
    /// The keys that sign for it, each with its role.
    pub keys: Vec<KeyEntry>,
}

impl Encode for ParticipantEntry {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_bytes(self.name.as_bytes(), out);
        self.lei.encode(out);
        self.bic.encode(out);
        self.country.encode(out);
        self.kind.encode(out);
        self.supervisor.encode(out);
        encode_list(&self.keys, out);
    }
}

impl Decode for ParticipantEntry {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            name: decode_text(reader, "name", MAX_NAME_BYTES)?,
            lei: Decode::decode(reader)?,
            bic: Decode::decode(reader)?,
            country: Decode::decode(reader)?,
            kind: Decode::decode(reader)?,
            supervisor: Decode::decode(reader)?,
            keys: decode_list(reader, "keys", MAX_KEYS_PER_PARTICIPANT)?,
        })
    }
}

/// An asset at genesis; its number is its position in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetEntry {
    /// Currency of the asset, ISO 4217.
    pub currency: CurrencyCode,
    /// The central bank that issues it.
    pub issuer: ParticipantId,
    /// The most that one payment may move, in minor units.
    pub payment_cap: Amount,
}
crate::codec_struct!(AssetEntry { currency, issuer, payment_cap });

/// An account at genesis, empty; its number is its position in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountEntry {
    /// The participant whose money is on it.
    pub owner: ParticipantId,
    /// In which asset.
    pub asset: AssetId,
}
crate::codec_struct!(AccountEntry { owner, asset });

/// A node at genesis that is no validator, such as an observer: it may connect to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeEntry {
    /// The participant that runs it.
    pub participant: ParticipantId,
    /// Authenticates its network links.
    pub network_key: PublicKey,
}
crate::codec_struct!(NodeEntry { participant, network_key });

/// A validator at genesis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidatorEntry {
    /// The participant that runs it.
    pub participant: ParticipantId,
    /// The key that signs its votes.
    pub key: PublicKey,
    /// Authenticates network links.
    pub network_key: PublicKey,
    /// Its weight in every quorum, at least 1.
    pub power: VotingPower,
}
crate::codec_struct!(ValidatorEntry { participant, key, network_key, power });

/// Rules with a number in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// How far ahead of block time a payment's expiry may lie, in milliseconds.
    pub payment_lifetime_max_ms: u64,
    /// How far ahead of its own clock a validator accepts a block's time, in milliseconds.
    pub clock_drift_max_ms: u64,
}
crate::codec_struct!(Parameters { payment_lifetime_max_ms, clock_drift_max_ms });

impl Default for Parameters {
    /// Seven days for a payment to wait for its attestation; half a second of clock error, ten
    /// times what a working time service leaves.
    fn default() -> Self {
        Self { payment_lifetime_max_ms: 7 * 86_400_000, clock_drift_max_ms: 500 }
    }
}

/// The genesis document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// The chain's name, shown to people.
    pub chain: String,
    /// The time of height 0.
    pub time: Timestamp,
    /// The participants, numbered by position from 0.
    pub participants: Vec<ParticipantEntry>,
    /// The assets, numbered by position from 0.
    pub assets: Vec<AssetEntry>,
    /// The accounts, numbered by position from 0.
    pub accounts: Vec<AccountEntry>,
    /// The validators of epoch 0, ascending by participant.
    pub validators: Vec<ValidatorEntry>,
    /// Nodes that are no validators.
    #[serde(default)]
    pub nodes: Vec<NodeEntry>,
    /// Rules with a number in them.
    pub parameters: Parameters,
}

impl Encode for Genesis {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_bytes(self.chain.as_bytes(), out);
        self.time.encode(out);
        encode_list(&self.participants, out);
        encode_list(&self.assets, out);
        encode_list(&self.accounts, out);
        encode_list(&self.validators, out);
        encode_list(&self.nodes, out);
        self.parameters.encode(out);
    }
}

impl Decode for Genesis {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            chain: decode_text(reader, "chain", MAX_NAME_BYTES)?,
            time: Decode::decode(reader)?,
            participants: decode_list(reader, "participants", MAX_PARTICIPANTS)?,
            assets: decode_list(reader, "assets", MAX_ASSETS)?,
            accounts: decode_list(reader, "accounts", MAX_GENESIS_ACCOUNTS)?,
            validators: decode_list(reader, "validators", MAX_VALIDATORS)?,
            nodes: decode_list(reader, "nodes", MAX_NODES)?,
            parameters: Decode::decode(reader)?,
        })
    }
}

/// Why a genesis document is unusable: the place in it, and what to put there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// A field breaks a rule.
    #[error("{field}: {problem}")]
    Field {
        /// Where, such as `participants[2].bic`.
        field: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The validators do not form a set.
    #[error("validators: {0}")]
    Validators(#[from] ValidatorSetError),
}

/// Why a text is no genesis document that can be used.
#[derive(Debug, thiserror::Error)]
pub enum GenesisTextError {
    /// It is no JSON of the document's form.
    #[error(transparent)]
    Form(#[from] serde_json::Error),
    /// It breaks a rule.
    #[error(transparent)]
    Rule(#[from] GenesisError),
}

fn field(field: String, problem: impl Into<String>) -> GenesisError {
    GenesisError::Field { field, problem: problem.into() }
}

impl Genesis {
    /// Reads a document from its JSON and checks every rule.
    ///
    /// # Errors
    /// [`GenesisTextError`].
    pub fn from_json(text: &str) -> Result<Self, GenesisTextError> {
        let genesis: Self = serde_json::from_str(text)?;
        genesis.validate()?;
        Ok(genesis)
    }

    /// Names the chain.
    pub fn digest(&self) -> Digest {
        Digest::of(Domain::Genesis, &self.to_bytes())
    }

    /// The context in which everything on this chain is signed.
    pub fn signing_context(&self) -> SigningContext {
        SigningContext::new(self.digest())
    }

    /// The validators of epoch 0.
    ///
    /// # Errors
    /// [`GenesisError::Validators`].
    pub fn validator_set(&self) -> Result<ValidatorSet, GenesisError> {
        let validator = |entry: &ValidatorEntry| Validator {
            participant: entry.participant,
            key: entry.key,
            network_key: entry.network_key,
            power: entry.power,
        };
        Ok(ValidatorSet::new(Epoch(0), self.validators.iter().map(validator).collect())?)
    }

    fn participant(&self, id: ParticipantId) -> Option<&ParticipantEntry> {
        self.participants.get(usize::try_from(id.0).ok()?)
    }

    fn may_validate(&self, id: ParticipantId) -> bool {
        let kinds = [ParticipantKind::CentralBank, ParticipantKind::Bank];
        self.participant(id).is_some_and(|participant| kinds.contains(&participant.kind))
    }

    fn is_central_bank(&self, id: ParticipantId) -> bool {
        self.participant(id).is_some_and(|participant| participant.kind == ParticipantKind::CentralBank)
    }

    /// Checks every rule and reports the first broken one.
    ///
    /// # Errors
    /// [`GenesisError`].
    pub fn validate(&self) -> Result<(), GenesisError> {
        if self.chain.is_empty() || self.chain.len() > MAX_NAME_BYTES {
            return Err(field("chain".into(), format!("give it a name of 1 to {MAX_NAME_BYTES} bytes")));
        }
        self.validate_participants()?;
        self.validate_assets()?;
        self.validate_accounts()?;
        for (n, validator) in self.validators.iter().enumerate() {
            if self.participant(validator.participant).is_none() {
                let at = format!("validators[{n}].participant");
                return Err(field(at, format!("there is no participant {}", validator.participant)));
            }
            if !self.may_validate(validator.participant) {
                let problem = "only a bank or a central bank runs a validator".to_owned();
                return Err(field(format!("validators[{n}].participant"), problem));
            }
        }
        self.validator_set()?;
        self.validate_nodes()
    }

    fn validate_nodes(&self) -> Result<(), GenesisError> {
        let validators = self.validators.iter().flat_map(|entry| [entry.key, entry.network_key]);
        let mut used: BTreeSet<PublicKey> = validators.collect();
        let officers = self.participants.iter().flat_map(|participant| &participant.keys);
        if let Some(entry) = officers.into_iter().find(|entry| used.contains(&entry.key)) {
            let problem = format!("{} is a participant's key too; make another one for the validator", entry.key);
            return Err(field("validators".to_owned(), problem));
        }
        used.extend(self.participants.iter().flat_map(|participant| &participant.keys).map(|entry| entry.key));
        for (n, node) in self.nodes.iter().enumerate() {
            if self.participant(node.participant).is_none() {
                let at = format!("nodes[{n}].participant");
                return Err(field(at, format!("there is no participant {}", node.participant)));
            }
            if node.network_key.validate().is_err() || !used.insert(node.network_key) {
                let at = format!("nodes[{n}].network_key");
                return Err(field(at, format!("{} is unusable or used twice", node.network_key)));
            }
        }
        Ok(())
    }

    fn validate_participants(&self) -> Result<(), GenesisError> {
        let (mut leis, mut bics, mut keys) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (n, participant) in self.participants.iter().enumerate() {
            let at = |name: &str| format!("participants[{n}].{name}");
            if participant.name.is_empty() || participant.name.len() > MAX_NAME_BYTES {
                return Err(field(at("name"), format!("give it a name of 1 to {MAX_NAME_BYTES} bytes")));
            }
            if !leis.insert(participant.lei) {
                return Err(field(at("lei"), format!("{} is used twice", participant.lei)));
            }
            if !bics.insert(participant.bic) {
                return Err(field(at("bic"), format!("{} is used twice", participant.bic)));
            }
            if participant.bic.country() != Some(participant.country) {
                return Err(field(
                    at("country"),
                    format!("{} is not the country of {}", participant.country, participant.bic),
                ));
            }
            let is_own = ParticipantId(u32::try_from(n).unwrap_or(u32::MAX)) == participant.supervisor;
            if participant.kind == ParticipantKind::CentralBank && !is_own {
                // Who supervises a central bank could register issuer keys for it, or end its authorisation.
                return Err(field(at("supervisor"), format!("a central bank supervises itself; write {n}")));
            }
            if !self.is_central_bank(participant.supervisor) {
                return Err(field(
                    at("supervisor"),
                    format!("participant {} is no central bank", participant.supervisor),
                ));
            }
            if participant.keys.len() > MAX_KEYS_PER_PARTICIPANT {
                return Err(field(at("keys"), format!("at most {MAX_KEYS_PER_PARTICIPANT} keys")));
            }
            for entry in &participant.keys {
                if entry.key.validate().is_err() || !keys.insert(entry.key) {
                    return Err(field(at("keys"), format!("{} is unusable or used twice", entry.key)));
                }
            }
        }
        Ok(())
    }

    fn validate_assets(&self) -> Result<(), GenesisError> {
        // Each of them signs a change of validators.
        let issuers: BTreeSet<ParticipantId> = self.assets.iter().map(|asset| asset.issuer).collect();
        if issuers.is_empty() || issuers.len() > MAX_APPROVALS {
            let problem = format!("1 to {MAX_APPROVALS} central banks issue assets, here {}", issuers.len());
            return Err(field("assets".to_owned(), problem));
        }
        let mut currencies = BTreeSet::new();
        for (n, asset) in self.assets.iter().enumerate() {
            if !currencies.insert(asset.currency) {
                return Err(field(format!("assets[{n}].currency"), format!("{} is used twice", asset.currency)));
            }
            if !self.is_central_bank(asset.issuer) {
                return Err(field(
                    format!("assets[{n}].issuer"),
                    format!("participant {} is no central bank", asset.issuer),
                ));
            }
        }
        Ok(())
    }

    fn validate_accounts(&self) -> Result<(), GenesisError> {
        for (n, account) in self.accounts.iter().enumerate() {
            if self.participant(account.owner).is_none() {
                return Err(field(
                    format!("accounts[{n}].owner"),
                    format!("there is no participant {}", account.owner),
                ));
            }
            if usize::from(account.asset.0) >= self.assets.len() {
                return Err(field(format!("accounts[{n}].asset"), format!("there is no asset {}", account.asset)));
            }
        }
        Ok(())
    }
}
