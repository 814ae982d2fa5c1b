//! Everything about a test network that is decided before its first file is written: institutions,
//! keys, ports, and the references under which it will be prepared.
//!
//! Randomness arrives as a function, so that a test can make the same network twice.

use corridor_cli::failure::Failure;
use corridor_cli::genesis_spec::{AccountSpec, AssetSpec, ParticipantSpec, Spec, ValidatorSpec};
use corridor_crypto::SecretKey;
use corridor_types::{
    ClientHandle, Genesis, KeyEntry, KeyRole, Parameters, ParticipantKind, Timestamp, Uetr, VotingPower,
};
use serde::{Deserialize, Serialize};

use super::cast::{self, Member};
use super::ports::Ports;

/// The most that one payment may move, in units of either currency.
const PAYMENT_CAP: &str = "50000000.00";

/// A random source: 32 bytes at a time.
pub type Random<'a> = &'a mut dyn FnMut() -> Result<[u8; 32], Failure>;

/// The secret keys of one institution.
pub struct MemberKeys {
    /// Signs votes; absent if it runs no validator.
    pub validator: Option<SecretKey>,
    /// Authenticates links; absent with `validator`.
    pub network: Option<SecretKey>,
    /// As [`roles_of`] the institution.
    pub roles: Vec<(KeyRole, SecretKey)>,
}

/// What will be asked of the ledger on the first start. Kept in the folder, so that a start that
/// was interrupted asks again under the same references and nothing happens twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preparation {
    /// One per account of a bank, in the order of the accounts.
    pub issue: Vec<Uetr>,
    /// One per bank, in the order of the registry.
    pub clients: Vec<PlannedClient>,
}

/// A company to authorise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedClient {
    /// Under which reference.
    pub reference: Uetr,
    /// Under which handle.
    pub handle: ClientHandle,
}

/// The keys that an institution registers: in those roles in which two officers must sign, two.
pub const fn roles_of(kind: ParticipantKind) -> &'static [KeyRole] {
    use KeyRole::{Checker, Compliance, Governance, Issuer, Maker, Operator, Supervisor};
    match kind {
        ParticipantKind::CentralBank => {
            &[Operator, Issuer, Issuer, Supervisor, Supervisor, Maker, Checker, Compliance, Compliance, Governance]
        }
        ParticipantKind::Bank => &[Operator, Maker, Checker, Compliance, Compliance, Governance],
        ParticipantKind::LicensingAuthority => &[Supervisor],
        ParticipantKind::Observer => &[Operator],
    }
}

/// The same with the names of their files: numbered where there are several of a role.
pub fn key_files(kind: ParticipantKind) -> Vec<(KeyRole, String)> {
    let roles = roles_of(kind);
    let count = |role: &KeyRole, of: &[KeyRole]| of.iter().filter(|other| *other == role).count();
    let name = |(position, role): (usize, &KeyRole)| match count(role, roles) {
        1 => (*role, format!("{role}.key")),
        _ => (*role, format!("{role}-{}.key", count(role, &roles[..position]) + 1)),
    };
    roles.iter().enumerate().map(name).collect()
}

/// A test network before it exists.
pub struct Plan {
    /// How many of the members run a validator.
    pub validators: usize,
    /// The institutions, numbered by position from 0.
    pub members: Vec<Member>,
    /// Their keys, in the same order.
    pub keys: Vec<MemberKeys>,
    /// The ports of the validators.
    pub ports: Ports,
    /// What to ask of the ledger first.
    pub preparation: Preparation,
    /// The genesis document.
    pub genesis: Genesis,
}

impl Plan {
    /// Plans a network.
    ///
    /// # Errors
    /// A failure of the random source.
    pub fn new(validators: usize, ports: Ports, now: Timestamp, random: Random<'_>) -> Result<Self, Failure> {
        let members = cast::members(validators).map_err(Failure::internal)?;
        let keys = (0..)
            .zip(&members)
            .map(|(position, member)| member_keys(member, position < validators, random))
            .collect::<Result<Vec<_>, _>>()?;
        let genesis = spec(&members, &keys).to_genesis(now).map_err(Failure::internal)?;
        let preparation = preparation(&members, random)?;
        Ok(Self { validators, members, keys, ports, preparation, genesis })
    }
}

fn member_keys(member: &Member, validates: bool, random: Random<'_>) -> Result<MemberKeys, Failure> {
    let mut key = || random().map(|seed| SecretKey::from_seed(&seed));
    let roles = roles_of(member.kind).iter().map(|role| Ok((*role, key()?))).collect::<Result<_, Failure>>()?;
    let (validator, network) = if validates { (Some(key()?), Some(key()?)) } else { (None, None) };
    Ok(MemberKeys { validator, network, roles })
}

fn preparation(members: &[Member], random: Random<'_>) -> Result<Preparation, Failure> {
    let mut sixteen = || {
        let bytes = random()?;
        let (half, _) = bytes.split_at(16);
        Ok::<_, Failure>(<[u8; 16]>::try_from(half).unwrap_or_default())
    };
    let banks = members.iter().filter(|member| member.kind == ParticipantKind::Bank).count();
    let currencies = members.iter().filter(|member| member.issues.is_some()).count();
    let mut preparation = Preparation { issue: Vec::new(), clients: Vec::new() };
    for _ in 0..banks * currencies {
        preparation.issue.push(Uetr::from_random(sixteen()?));
    }
    for _ in 0..banks {
        let reference = Uetr::from_random(sixteen()?);
        preparation.clients.push(PlannedClient { reference, handle: ClientHandle(sixteen()?) });
    }
    Ok(preparation)
}

fn spec(members: &[Member], keys: &[MemberKeys]) -> Spec {
    let issuers = || members.iter().filter_map(|member| Some((member, member.issues?.parse().ok()?)));
    let asset = |(issuer, currency): (&Member, _)| AssetSpec {
        currency,
        issuer: issuer.bic,
        payment_cap: PAYMENT_CAP.to_owned(),
    };
    let accounts = |owner: &Member| {
        let owner = owner.bic;
        issuers().map(move |(_, currency)| AccountSpec { owner, currency }).collect::<Vec<_>>()
    };
    Spec {
        chain: "corridor-testnet".to_owned(),
        time: None,
        parameters: Parameters::default(),
        participants: members.iter().zip(keys).map(|(member, keys)| participant(member, keys)).collect(),
        assets: issuers().map(asset).collect(),
        accounts: members.iter().filter(|member| member.is_settling()).flat_map(accounts).collect(),
    }
}

fn participant(member: &Member, keys: &MemberKeys) -> ParticipantSpec {
    let validator = keys.validator.as_ref().zip(keys.network.as_ref()).map(|(key, network)| ValidatorSpec {
        key: key.public_key(),
        network_key: network.public_key(),
        power: VotingPower(1),
    });
    ParticipantSpec {
        name: member.name.clone(),
        lei: member.lei,
        bic: member.bic,
        country: None,
        kind: member.kind,
        supervisor: Some(member.supervisor),
        validator,
        nodes: Vec::new(),
        keys: keys.roles.iter().map(|(role, key)| KeyEntry { key: key.public_key(), role: *role }).collect(),
    }
}
