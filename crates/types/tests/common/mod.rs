//! One fixed example of everything: a small chain of four validators.
#![allow(dead_code, reason = "each test binary uses some of it")]
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

use corridor_crypto::{Digest, Domain, SecretKey, Verified, merkle};
use corridor_types::*;

pub fn keys() -> Vec<SecretKey> {
    (1..=4).map(|n| SecretKey::from_seed(&[n; 32])).collect()
}

fn operator(n: u8) -> SecretKey {
    SecretKey::from_seed(&[100 + n; 32])
}

/// A well-formed LEI for tests: fixed letters, a digit, and the check digits that ISO 17442 asks for.
fn lei(n: u32) -> Lei {
    let stem = format!("CORRIDORTESTBANK{n:02}");
    (0..=97).find_map(|check| format!("{stem}{check:02}").parse().ok()).unwrap()
}

pub fn genesis() -> Genesis {
    let names = [
        ("Central Bank A", "AUCBBRSPXXX", "BR", ParticipantKind::CentralBank, 0),
        ("Bank A", "AURABRSPXXX", "BR", ParticipantKind::Bank, 0),
        ("Bank B", "MERDZAJJXXX", "ZA", ParticipantKind::Bank, 3),
        ("Central Bank B", "MECBZAJJXXX", "ZA", ParticipantKind::CentralBank, 3),
    ];
    let participant =
        |(n, (name, bic, country, kind, supervisor)): (usize, &(&str, &str, &str, ParticipantKind, u32))| {
            ParticipantEntry {
                name: (*name).to_owned(),
                lei: lei(n as u32),
                bic: bic.parse().unwrap(),
                country: country.parse().unwrap(),
                kind: *kind,
                supervisor: ParticipantId(*supervisor),
                keys: vec![KeyEntry { key: operator(n as u8).public_key(), role: KeyRole::Operator }],
            }
        };
    let validator = |(n, key): (usize, &SecretKey)| ValidatorEntry {
        participant: ParticipantId(n as u32),
        key: key.public_key(),
        network_key: SecretKey::from_seed(&[50 + n as u8; 32]).public_key(),
        power: VotingPower(1),
    };
    Genesis {
        chain: "test".to_owned(),
        time: Timestamp(1_790_000_000_000),
        participants: names.iter().enumerate().map(participant).collect(),
        assets: vec![AssetEntry {
            currency: "BRL".parse().unwrap(),
            issuer: ParticipantId(0),
            payment_cap: Amount(1_000_000_000),
        }],
        accounts: vec![
            AccountEntry { owner: ParticipantId(1), asset: AssetId(0) },
            AccountEntry { owner: ParticipantId(2), asset: AssetId(0) },
        ],
        validators: keys().iter().enumerate().map(validator).collect(),
        nodes: vec![],
        parameters: Parameters::default(),
    }
}

pub fn payment() -> Payment {
    Payment {
        uetr: "7a562c67-ca16-48ba-b074-65581be6f001".parse().unwrap(),
        debtor_account: AccountId(0),
        creditor_account: AccountId(1),
        asset: AssetId(0),
        amount: Amount(12_500_000),
        client: ClientHandle([0xab; 16]),
        value_date: "2026-11-22".parse().unwrap(),
        expiry: Timestamp(1_795_000_000_000),
        control: Control::NotControlled,
        corridor: Corridor { from: "BR".parse().unwrap(), to: "ZA".parse().unwrap() },
        priority: Priority::Normal,
        shortfall: Shortfall::Reject,
        charge_bearer: ChargeBearer::Shared,
        screening: None,
        details: Digest::of(Domain::Details, b"sealed"),
    }
}

pub fn transaction() -> Transaction {
    Transaction::sign(
        &genesis().signing_context(),
        ParticipantId(1),
        Timestamp(1_794_000_000_000),
        Operation::Pay { payment: payment() },
        &[&operator(1)],
    )
}

pub fn batch() -> Batch {
    let item = Verified::assume_checked(IdentifiedTransaction::new(transaction()));
    let (header, payload) =
        VerifiedBatch::assemble(Epoch(0), ParticipantId(2), Sequence(7), Digest([9; 32]), &[item]).unwrap();
    let signature = keys()[2].sign(&header.signed_message(&genesis().signing_context()));
    Batch { header, signature, payload }
}

pub fn block() -> Block {
    let validators = genesis().validator_set().unwrap().digest();
    Block {
        epoch: Epoch(0),
        view: View(9),
        height: Height(4),
        parent: Digest([3; 32]),
        parent_view: View(8),
        proposer: ValidatorIndex(1),
        time: Timestamp(1_790_000_001_000),
        cut: vec![Tip { lane: ParticipantId(2), sequence: Sequence(7), digest: batch().header.digest() }],
        validators,
        next_validators: validators,
    }
}

pub fn vote() -> Vote {
    Vote { epoch: Epoch(0), view: View(9), kind: VoteKind::Finalize { block: block().digest() } }
}

pub fn certificate() -> Certificate {
    let message = vote().signed_message(&genesis().signing_context());
    let signed = keys().into_iter().zip(0..).take(3);
    Certificate { vote: vote(), signatures: signed.map(|(key, n)| (ValidatorIndex(n), key.sign(&message))).collect() }
}

pub fn entry() -> Entry {
    Entry {
        height: Height(4),
        position: 1,
        time: Timestamp(1_790_000_001_000),
        kind: EntryKind::Pay,
        transaction: transaction().id(),
        participant: ParticipantId(1),
        reference: payment().uetr,
        content: payment().content(),
        status: Some(PaymentStatus::Settled),
        code: Code::Ok,
        rules: RuleVersions { from: 2, to: 0 },
    }
}

fn leaves() -> Vec<Digest> {
    vec![Digest([1; 32]), entry().leaf(), Digest([2; 32])]
}

pub fn settlement() -> SettlementCertificate {
    let outcome = Outcome {
        epoch: Epoch(0),
        height: Height(4),
        block: block().digest(),
        receipts: merkle::root(&leaves()),
        entries: 3,
        state: Digest([8; 32]),
    };
    let message = outcome.signed_message(&genesis().signing_context());
    let signed = keys().into_iter().zip(0..).skip(1);
    let signatures = signed.map(|(key, n)| (ValidatorIndex(n), key.sign(&message))).collect();
    SettlementCertificate { outcome, signatures }
}

pub fn receipt() -> Receipt {
    Receipt {
        genesis: genesis().digest(),
        entry: entry(),
        payment: Some(payment()),
        path: merkle::inclusion_proof(&leaves(), 1).unwrap(),
        certificate: settlement(),
        handovers: vec![],
    }
}
