#![allow(clippy::unwrap_used)]
use corridor_crypto::{Digest, SecretKey};
use corridor_types::{
    Block, Encode as _, Epoch, Height, Outcome, SettlementCertificate, Timestamp, ValidatorIndex, ValidatorSet, View,
};

use super::*;
use crate::failure::Kind;
use crate::fixtures::network;

fn outcome(epoch: Epoch, height: u64, block: Digest) -> Outcome {
    Outcome { epoch, height: Height(height), block, receipts: Digest([1; 32]), entries: 0, state: Digest([2; 32]) }
}

/// From epoch 0 to epoch 1 with the same validators.
fn handover(genesis: &Genesis, keys: &[SecretKey]) -> Handover {
    let first = genesis.validator_set().unwrap();
    let validators = first.iter().map(|(_, validator)| validator.clone()).collect();
    let next = ValidatorSet::new(Epoch(1), validators).unwrap();
    let boundary = Block {
        epoch: Epoch(0),
        view: View(1),
        height: Height(1),
        parent: genesis.digest(),
        parent_view: View(0),
        proposer: ValidatorIndex(0),
        time: Timestamp(2),
        cut: Vec::new(),
        validators: first.digest(),
        next_validators: next.digest(),
    };
    let (outcome, context) = (outcome(Epoch(0), 1, boundary.digest()), genesis.signing_context());
    let sign = |(index, key): (u16, &SecretKey)| {
        let index = ValidatorIndex(index);
        (index, outcome.sign(&context, index, key).signature)
    };
    let certificate = SettlementCertificate { outcome, signatures: (0..).zip(keys).map(sign).collect() };
    Handover { boundary, certificate, next }
}

fn proof(genesis: &Genesis, key: &SecretKey, epoch: Epoch) -> String {
    let sign = |byte| outcome(epoch, 2, Digest([byte; 32])).sign(&genesis.signing_context(), ValidatorIndex(2), key);
    let evidence = Evidence::ConflictingOutcomes { first: *sign(1).get(), second: *sign(2).get() };
    hex::encode(evidence.to_bytes())
}

#[test]
fn a_proof_of_a_later_epoch_needs_the_changes_up_to_it() {
    let (genesis, keys) = network();
    let early = verify_text(&proof(&genesis, &keys[2], Epoch(0)), &genesis, &[]).unwrap();
    assert_eq!((early.epoch, early.validator, early.name.as_str()), (0, 2, "Banco Aurora"));
    let late = proof(&genesis, &keys[2], Epoch(1));
    let failure = verify_text(&late, &genesis, &[]).unwrap_err();
    assert!(failure.kind == Kind::Usage && failure.message.contains("--handovers"), "{failure}");
    let handover = handover(&genesis, &keys);
    assert_eq!(verify_text(&late, &genesis, std::slice::from_ref(&handover)).unwrap().epoch, 1);
    // Signed by another validator than it names, or the path was changed.
    let framed = proof(&genesis, &keys[1], Epoch(1));
    assert_eq!(verify_text(&framed, &genesis, std::slice::from_ref(&handover)).unwrap_err().kind, Kind::Refused);
    let mut forged = handover;
    forged.certificate.signatures.truncate(2);
    let failure = verify_text(&late, &genesis, &[forged]).unwrap_err();
    assert_eq!(failure.code.as_deref(), Some("handovers_invalid"));
}
