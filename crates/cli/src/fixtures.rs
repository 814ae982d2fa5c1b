//! A genesis for the tests of commands: two central banks and two banks, each with a validator. Names and keys
//! are fictional and always the same.

use corridor_crypto::SecretKey;
use corridor_types::{Bic, Genesis, KeyEntry, KeyRole, Parameters, ParticipantKind, Timestamp, VotingPower};

use crate::genesis_spec::{AccountSpec, AssetSpec, ParticipantSpec, Spec, ValidatorSpec};

/// Name, LEI, BIC and the central bank's BIC, in the order of the registry.
const INSTITUTIONS: [(&str, &str, &str, &str); 4] = [
    ("Central Bank of Aurora (test)", "TEST00CENTRALAUROR12", "AUCBBRSPXXX", "AUCBBRSPXXX"),
    ("Central Bank of Meridian (test)", "TEST00CENTRALMERID40", "MECBZAJJXXX", "MECBZAJJXXX"),
    ("Banco Aurora", "TEST00BANCOAURORA082", "AURABRSPXXX", "AUCBBRSPXXX"),
    ("Meridian Bank", "TEST00MERIDIANBANK06", "MERDZAJJXXX", "MECBZAJJXXX"),
];

/// Currency and issuer, in the order of the assets.
const ASSETS: [(&str, &str); 2] = [("BRL", "AUCBBRSPXXX"), ("ZAR", "MECBZAJJXXX")];

/// The genesis, and the keys with which its validators vote, in their order.
pub fn network() -> (Genesis, Vec<SecretKey>) {
    let votes: Vec<_> = (1..=4).map(|n| SecretKey::from_seed(&[n; 32])).collect();
    let bic = |text: &str| text.parse::<Bic>().unwrap();
    let assets = ASSETS.map(|(currency, issuer)| AssetSpec {
        currency: currency.parse().unwrap(),
        issuer: bic(issuer),
        payment_cap: "50000000.00".to_owned(),
    });
    let of = |owner: &str| {
        ASSETS.map(|(currency, _)| AccountSpec { owner: bic(owner), currency: currency.parse().unwrap() })
    };
    let spec = Spec {
        chain: "corridor-tests".to_owned(),
        time: None,
        parameters: Parameters::default(),
        participants: (0u8..).zip(&votes).map(|(n, vote)| participant(n, vote)).collect(),
        assets: assets.to_vec(),
        accounts: INSTITUTIONS.iter().flat_map(|(_, _, owner, _)| of(owner)).collect(),
    };
    (spec.to_genesis(Timestamp(1)).unwrap(), votes)
}

fn participant(n: u8, vote: &SecretKey) -> ParticipantSpec {
    let (name, lei, bic, supervisor) = INSTITUTIONS[usize::from(n)];
    let key = |seed: u8| SecretKey::from_seed(&[seed; 32]).public_key();
    let validator = ValidatorSpec { key: vote.public_key(), network_key: key(10 + n), power: VotingPower(1) };
    ParticipantSpec {
        name: name.to_owned(),
        lei: lei.parse().unwrap(),
        bic: bic.parse().unwrap(),
        country: None,
        kind: if bic == supervisor { ParticipantKind::CentralBank } else { ParticipantKind::Bank },
        supervisor: Some(supervisor.parse().unwrap()),
        validator: Some(validator),
        nodes: Vec::new(),
        keys: vec![KeyEntry { key: key(20 + n), role: KeyRole::Operator }],
    }
}
