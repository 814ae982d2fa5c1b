#![allow(clippy::unwrap_used)]
use corridor_crypto::{Digest, SecretKey, merkle};
use corridor_types::{
    AccountId, Amount, AssetId, ChargeBearer, ClientHandle, Code, Control, Corridor, Date, Entry, EntryKind, Epoch,
    Height, Outcome, ParticipantId, Payment, PaymentStatus, Priority, RuleVersions, SettlementCertificate, Shortfall,
    Timestamp, Uetr, ValidatorIndex,
};

use super::*;
use crate::failure::Kind;
use crate::fixtures::network;

fn payment() -> Payment {
    Payment {
        uetr: Uetr::from_random([9; 16]),
        debtor_account: AccountId(4),
        creditor_account: AccountId(6),
        asset: AssetId(0),
        amount: Amount(12_500),
        client: ClientHandle([7; 16]),
        value_date: Date(20_000),
        expiry: Timestamp(3),
        control: Control::NotControlled,
        corridor: Corridor { from: "BR".parse().unwrap(), to: "ZA".parse().unwrap() },
        priority: Priority::Normal,
        shortfall: Shortfall::Reject,
        charge_bearer: ChargeBearer::Shared,
        screening: None,
        details: Digest([5; 32]),
    }
}

fn receipt(genesis: &Genesis, keys: &[SecretKey], signers: &[u16]) -> Receipt {
    let payment = payment();
    let entry = Entry {
        height: Height(5),
        position: 0,
        time: Timestamp(2),
        kind: EntryKind::Pay,
        transaction: Digest::ZERO,
        participant: ParticipantId(2),
        reference: payment.uetr,
        content: payment.content(),
        status: Some(PaymentStatus::Settled),
        code: Code::Ok,
        rules: RuleVersions::default(),
    };
    let outcome = Outcome {
        epoch: Epoch(0),
        height: entry.height,
        block: Digest::ZERO,
        receipts: merkle::root(&[entry.leaf()]),
        entries: 1,
        state: Digest::ZERO,
    };
    let message = outcome.signed_message(&genesis.signing_context());
    let sign = |index: &u16| (ValidatorIndex(*index), keys[usize::from(*index)].sign(&message));
    let certificate = SettlementCertificate { outcome, signatures: signers.iter().map(sign).collect() };
    Receipt {
        genesis: genesis.digest(),
        entry,
        payment: Some(payment),
        path: Vec::new(),
        certificate,
        handovers: Vec::new(),
    }
}

#[test]
fn a_receipt_that_holds_says_what_it_proves() {
    let (genesis, keys) = network();
    let text = receipt(&genesis, &keys, &[0, 1, 3]).to_json().unwrap();
    let shown = verify(&text, &genesis).unwrap().to_string();
    for part in
        ["holds", "09090909-0909-4909-8909-090909090909", "125.00 BRL", "settled", "block 5", "3 of 4", "Meridian Bank"]
    {
        assert!(shown.contains(part), "{shown} does not say {part}");
    }
}

/// The promise to whoever holds a receipt: no byte of it can be changed unnoticed.
#[test]
fn every_changed_byte_is_noticed() {
    let (genesis, keys) = network();
    let text = receipt(&genesis, &keys, &[0, 1, 2]).to_json().unwrap();
    for position in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[position] = if bytes[position] == b'1' { b'2' } else { b'1' };
        let changed = String::from_utf8_lossy(&bytes).into_owned();
        let failure = verify(&changed, &genesis).unwrap_err();
        assert_eq!(failure.kind, Kind::Refused, "byte {position}");
    }
    for changed in [format!("{text} "), text.trim_end().to_owned(), format!(" {text}"), String::new()] {
        assert!(verify(&changed, &genesis).is_err());
    }
}

#[test]
fn too_few_signers_and_other_chains_are_refused_with_the_reason() {
    let (genesis, keys) = network();
    let refused = |text: &str, genesis: &Genesis| verify(text, genesis).unwrap_err().message;
    let few = receipt(&genesis, &keys, &[0, 1]).to_json().unwrap();
    assert!(refused(&few, &genesis).contains("more than two thirds"));
    let good = receipt(&genesis, &keys, &[0, 1, 2]).to_json().unwrap();
    let other = Genesis { chain: "another".to_owned(), ..genesis };
    assert!(refused(&good, &other).contains("chain"));
}

#[test]
fn a_file_that_is_no_receipt_gives_exit_code_one_and_a_missing_one_two() {
    let (genesis, _) = network();
    let folder = tempfile::tempdir().unwrap();
    let (file, chain) = (folder.path().join("receipt.json"), folder.path().join("genesis.json"));
    std::fs::write(&chain, genesis_file::to_text(&genesis).unwrap()).unwrap();
    std::fs::write(&file, [0xff, 0xfe]).unwrap();
    assert_eq!(verify_file(&file, &chain).unwrap_err().kind.exit_code(), 1);
    assert_eq!(verify_file(&folder.path().join("absent"), &chain).unwrap_err().kind.exit_code(), 2);
}
