#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "small numbers made here")]

use corridor_crypto::SecretKey;
use corridor_types::{Epoch, Height, KeyEntry, Timestamp, VotingPower};

use super::*;
use crate::registry::Member;

fn key(seed: u8) -> PublicKey {
    SecretKey::from_seed(&[seed; 32]).public_key()
}

/// Two central banks that issue, two banks of which one came after genesis, and one that is
/// suspended; all have a validator. Keys: supervisor 10 + number, governance 20 + number.
fn deciders(powers: [u64; 5]) -> Deciders {
    let bic = |id: u32| format!("BNK{}BRSPXXX", char::from(b'A' + id as u8)).parse().unwrap();
    let member = |id: u32| Member {
        id: ParticipantId(id),
        name: format!("Bank {id}"),
        bic: bic(id),
        keys: [(10, KeyRole::Supervisor), (20, KeyRole::Governance)]
            .map(|(seed, role)| KeyEntry { key: key(seed + id as u8), role })
            .to_vec(),
        is_active: id != 4,
    };
    let validator = |id: u32| ValidatorView {
        participant: ParticipantId(id),
        name: String::new(),
        bic: bic(id),
        key: key(30 + id as u8),
        network_key: key(40 + id as u8),
        power: VotingPower(powers[id as usize]),
        connected: None,
    };
    let view = ValidatorsView {
        height: Height(9),
        time: Timestamp(9),
        epoch: Epoch(3),
        current: (0..5).map(validator).collect(),
        next: None,
        candidates: Vec::new(),
        nodes: Vec::new(),
    };
    let issuers = BTreeSet::from([ParticipantId(0), ParticipantId(1)]);
    Deciders::new(Registry::of((0..5).map(member).collect()), issuers, &view).unwrap()
}

/// What is lacking if these keys have signed, as the ledger stands with these powers.
fn lacks(powers: [u64; 5], keys: &[u8]) -> Option<String> {
    let signatures: Vec<_> = keys.iter().map(|seed| (key(*seed), true)).collect();
    deciders(powers).standing(&signatures).lacks()
}

#[test]
fn what_the_ledger_would_take_lacks_nothing() {
    assert_eq!(lacks([1; 5], &[10, 11, 22, 23]), None);
    // The central banks alone have more than two thirds here.
    assert_eq!(lacks([5, 5, 1, 1, 1], &[10, 11]), None);
}

#[test]
fn a_central_bank_that_has_not_signed_is_named() {
    let text = lacks([5, 5, 1, 1, 1], &[11, 22, 23]).unwrap();
    assert!(text.starts_with("a supervisor key of Bank 0 (BNKABRSPXXX) must sign too"), "{text}");
    let text = lacks([1; 5], &[]).unwrap();
    assert!(text.contains("Bank 0 (BNKABRSPXXX) and of Bank 1 (BNKBBRSPXXX) must sign too"), "{text}");
}

#[test]
fn missing_power_is_counted_and_those_who_have_it_are_named() {
    let text = lacks([1; 5], &[10, 11, 22]).unwrap();
    assert!(text.contains("voting power 3 of 5"), "{text}");
    assert!(text.contains("Bank 3 (BNKDBRSPXXX) with power 1"), "{text}");
    assert!(!text.contains("Bank 2") && !text.contains("must sign too"), "{text}");
    // Exactly two thirds are too few.
    assert!(lacks([1, 1, 1, 1, 2], &[10, 11, 22, 23]).unwrap().contains("power 4 of 6"));
}

#[test]
fn signatures_that_the_ledger_would_refuse_are_named() {
    for (keys, named) in [
        ([10, 11, 22, 23, 99].as_slice(), "nobody has registered the key"),
        (&[10, 21, 22, 23], "Bank 1 (BNKBBRSPXXX) signed with a key as governance"),
        (&[10, 11, 12, 23], "Bank 2 (BNKCBRSPXXX) signed with a key as supervisor"),
        (&[10, 11, 22, 24], "Bank 4 (BNKEBRSPXXX) signed and may not act"),
        (&[10, 11, 22, 23, 22], "Bank 2 (BNKCBRSPXXX) signed twice"),
    ] {
        let text = lacks([1; 5], keys).unwrap();
        assert!(text.contains(named), "{keys:?}: {text}");
    }
    let changed = deciders([1; 5]).standing(&[(key(10), false)]);
    assert!(changed.wrong[0].starts_with("the signature of Bank 0 (BNKABRSPXXX) does not hold"), "{changed:?}");
    assert_eq!(changed.missing.len(), 2);
}
