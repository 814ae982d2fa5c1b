//! Pins the bytes of every encoded type, and checks that decoding refuses all other bytes.
#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_possible_truncation)]

mod common;

use std::fmt::Debug;

use common::{batch, block, certificate, genesis, keys, payment, receipt, settlement, transaction, vote};
use corridor_crypto::{PublicKey, SigningContext};
use corridor_types::*;
use proptest::prelude::*;

fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let context = genesis().signing_context();
    let key = &keys()[0];
    let proposal = SignedProposal::sign(block(), &context, key).into_inner();
    let signed_vote = vote().sign(&context, ValidatorIndex(0), key).into_inner();
    let outcome = settlement().outcome.sign(&context, ValidatorIndex(0), key).into_inner();
    let acknowledgement = Acknowledgement {
        epoch: Epoch(0),
        lane: ParticipantId(2),
        sequence: Sequence(7),
        digest: batch().header.digest(),
    };
    let acknowledgement = acknowledgement.sign(&context, ValidatorIndex(0), key).into_inner();
    let status = Status {
        epoch: Epoch(0),
        view: View(9),
        finalized: Height(4),
        finalized_view: View(8),
        settled: Height(3),
        oldest: Height(1),
        snapshot: Height(2),
        asks_seen: true,
    };
    let request = Request::Batches {
        lane: ParticipantId(2),
        sequence: Sequence(7),
        digest: batch().header.digest(),
        above: Sequence(3),
    };
    let seen = Seen { epoch: Epoch(1), view: View(9), sequence: Sequence(7), digest: batch().header.digest() };
    let blocks = Response::Blocks { blocks: vec![block()], finality: Finality::Finalization(certificate()) };
    let messages = [
        ("proposal", Message::Proposal { proposal, proofs: vec![proof()] }),
        ("vote", Message::Vote(signed_vote)),
        ("certificate", Message::Certificate(certificate())),
        ("outcome", Message::Outcome(outcome)),
        ("status", Message::Status(status)),
        ("batch", Message::Batch(batch())),
        ("acknowledgement", Message::Acknowledgement(acknowledgement)),
        ("request", Message::Request(request)),
        ("response", Message::Response(blocks)),
        ("batches", Message::Response(Response::Batches { batches: vec![batch()] })),
        ("seen", Message::Seen(seen)),
        ("handovers", Message::Response(Response::Handovers { handovers: vec![handover()] })),
        ("snapshot", Message::Response(Response::Snapshot { manifest: manifest() })),
        ("details", Message::Details(DetailsMessage::Here { sealed: SealedBytes(vec![1, 2, 3]) })),
        ("snapshot_chunk", Message::Request(Request::SnapshotChunk { height: Height(4), chunk: 2 })),
    ];
    let mut samples = vec![
        ("genesis", genesis().to_bytes()),
        ("payment", payment().to_bytes()),
        ("transaction", transaction().to_bytes()),
        ("entry", receipt().entry.to_bytes()),
        ("settlement", settlement().to_bytes()),
    ];
    samples.extend(messages.iter().map(|(name, message)| (*name, message.to_bytes())));
    samples
}

fn proof() -> AvailabilityProof {
    let header = batch().header;
    let (lane, sequence, digest) = (header.lane, header.sequence, header.digest());
    let acknowledgement = Acknowledgement { epoch: Epoch(0), lane, sequence, digest };
    let message = acknowledgement.signed_message(&genesis().signing_context());
    let signed = keys().into_iter().zip(0..).take(3);
    let signatures = signed.map(|(key, n)| (ValidatorIndex(n), key.sign(&message))).collect();
    AvailabilityProof { acknowledgement, signatures }
}

fn handover() -> Handover {
    Handover { boundary: block(), certificate: settlement(), next: genesis().validator_set().unwrap() }
}

fn manifest() -> SnapshotManifest {
    SnapshotManifest { block: block(), certificate: settlement(), index: vec![1, 2, 3].into() }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes on the wire and on disk are a promise between versions.
#[test]
fn golden_bytes() {
    let row = |(name, bytes): &(&str, Vec<u8>)| format!("{name} {} bytes\n{}\n", bytes.len(), hex(bytes));
    insta::assert_snapshot!(samples().iter().map(row).collect::<String>());
}

#[test]
fn golden_digests() {
    let digests = [
        ("genesis", genesis().digest()),
        ("validators", genesis().validator_set().unwrap().digest()),
        ("block", block().digest()),
        ("batch", batch().header.digest()),
        ("transaction", transaction().id()),
        ("payment", payment().content()),
        ("entry", receipt().entry.leaf()),
    ];
    let row = |(name, digest): &(&str, corridor_crypto::Digest)| format!("{name} {digest}\n");
    insta::assert_snapshot!(digests.iter().map(row).collect::<String>());
}

/// Decoding gives a value whose encoding is the input, or an error.
fn identity_or_error<T: Encode + Decode + Debug>(bytes: &[u8]) -> bool {
    match T::from_bytes(bytes) {
        Ok(value) => {
            assert_eq!(value.to_bytes(), bytes, "{value:?} has two encodings");
            true
        }
        Err(_) => false,
    }
}

fn decode_as_named(name: &str, bytes: &[u8]) -> bool {
    match name {
        "genesis" => identity_or_error::<Genesis>(bytes),
        "payment" => identity_or_error::<Payment>(bytes),
        "transaction" => identity_or_error::<Transaction>(bytes),
        "entry" => identity_or_error::<Entry>(bytes),
        "settlement" => identity_or_error::<SettlementCertificate>(bytes),
        _ => identity_or_error::<Message>(bytes),
    }
}

#[test]
fn every_sample_decodes_to_itself_and_no_prefix_or_extension_does() {
    for (name, bytes) in samples() {
        assert!(decode_as_named(name, &bytes), "{name}");
        for end in 0..bytes.len() {
            assert!(!decode_as_named(name, &bytes[..end]), "{name} cut at {end}");
        }
        assert!(!decode_as_named(name, &[bytes.as_slice(), &[0]].concat()), "{name} extended");
    }
}

proptest! {
    #[test]
    fn changed_bytes_decode_to_themselves_or_not_at_all(which: prop::sample::Index, at: prop::sample::Index, to: u8) {
        let samples = samples();
        let (name, mut bytes) = samples[which.index(samples.len())].clone();
        let position = at.index(bytes.len());
        bytes[position] = to;
        decode_as_named(name, &bytes);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for name in ["genesis", "payment", "transaction", "entry", "settlement", "message"] {
            decode_as_named(name, &bytes);
        }
    }
}

#[test]
fn genesis_json_round_trips_and_names_the_broken_field() {
    let text = serde_json::to_string_pretty(&genesis()).unwrap();
    assert_eq!(serde_json::from_str::<Genesis>(&text).unwrap(), genesis());
    assert_eq!(genesis().validate(), Ok(()));
    let check = |change: fn(&mut Genesis), expected: &str| {
        let mut genesis = genesis();
        change(&mut genesis);
        let error = genesis.validate().unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    };
    check(|g| g.chain.clear(), "chain:");
    check(|g| g.participants[1].lei = g.participants[0].lei, "participants[1].lei:");
    check(|g| g.participants[1].country = "FR".parse().unwrap(), "participants[1].country:");
    check(|g| g.participants[1].supervisor = ParticipantId(1), "participants[1].supervisor:");
    check(|g| g.participants[3].supervisor = ParticipantId(0), "participants[3].supervisor: a central bank");
    check(|g| g.participants[1].keys[0].key = g.participants[0].keys[0].key, "participants[1].keys:");
    check(|g| g.assets[0].issuer = ParticipantId(1), "assets[0].issuer:");
    check(|g| g.accounts[0].asset = AssetId(9), "accounts[0].asset:");
    check(|g| g.validators[0].participant = ParticipantId(9), "validators[0].participant:");
    check(|g| g.validators[0].power = VotingPower(0), "validators:");
    check(|g| g.assets.clear(), "assets: 1 to 32 central banks");
    check(|g| g.validators[0].key = g.participants[1].keys[0].key, "validators: ");
    check(|g| g.participants[1].kind = ParticipantKind::Observer, "validators[1].participant: only a bank");
    fn node(participant: u32, network_key: PublicKey) -> NodeEntry {
        NodeEntry { participant: ParticipantId(participant), network_key }
    }
    check(|g| g.nodes = vec![node(9, g.validators[0].key)], "nodes[0].participant: there is no participant 9");
    check(|g| g.nodes = vec![node(1, g.validators[0].network_key)], "nodes[0].network_key:");
}

#[test]
fn a_transaction_is_valid_on_its_chain_and_for_its_content_only() {
    let context = genesis().signing_context();
    let other = SigningContext::new(corridor_crypto::Digest([7; 32]));
    assert!(transaction().has_valid_signatures(&context));
    assert!(!transaction().has_valid_signatures(&other));
    let mut changed = transaction();
    changed.valid_until = changed.valid_until.plus_ms(1);
    assert!(!changed.has_valid_signatures(&context));
}

#[test]
fn batches_name_their_culprit() {
    let genesis = genesis();
    let (context, validators) = (genesis.signing_context(), ValidatorSets::new(genesis.validator_set().unwrap()));
    assert!(VerifiedBatch::verify(batch(), &context, &validators).is_ok());
    let mut unsigned = batch();
    unsigned.header.sequence = Sequence(8);
    assert!(matches!(
        VerifiedBatch::verify(unsigned, &context, &validators),
        Err(BatchError::BadAuthorSignature { .. })
    ));
    let mut other_payload = batch();
    other_payload.payload = vec![0, 0, 0, 0].into();
    assert_eq!(VerifiedBatch::verify(other_payload, &context, &validators), Err(BatchError::PayloadMismatch));
    let mut stranger = batch();
    stranger.header.lane = ParticipantId(77);
    assert!(matches!(VerifiedBatch::verify(stranger, &context, &validators), Err(BatchError::UnknownAuthor { .. })));
}

#[test]
fn certificates_need_a_quorum_of_distinct_valid_signers() {
    let genesis = genesis();
    let (context, validators) = (genesis.signing_context(), genesis.validator_set().unwrap());
    let check = |change: fn(&mut Certificate), expected: CertificateError| {
        let mut certificate = certificate();
        change(&mut certificate);
        assert_eq!(certificate.verify(&context, &validators), Err(expected));
    };
    assert!(certificate().verify(&context, &validators).is_ok());
    check(|c| c.signatures.truncate(2), CertificateError::NoQuorum { signed: 2, total: 4 });
    check(|c| c.signatures[2] = c.signatures[1], CertificateError::BadOrder { voter: ValidatorIndex(1) });
    check(|c| c.signatures[2].0 = ValidatorIndex(9), CertificateError::UnknownSigner { voter: ValidatorIndex(9) });
    check(|c| c.signatures[1].1.0[5] ^= 1, CertificateError::BadSignature { voter: ValidatorIndex(1) });
    check(|c| c.vote.epoch = Epoch(1), CertificateError::WrongEpoch { got: Epoch(1), expected: Epoch(0) });
}

#[test]
fn equivocation_is_evidence_and_honest_votes_are_not() {
    let genesis = genesis();
    let (context, validators) = (genesis.signing_context(), ValidatorSets::new(genesis.validator_set().unwrap()));
    let sign = |kind| {
        let vote = Vote { epoch: Epoch(0), view: View(5), kind };
        vote.sign(&context, ValidatorIndex(1), &keys()[1]).into_inner()
    };
    let (a, b) = (block().digest(), batch().header.digest());
    let check = |first, second, guilty: bool| {
        let evidence = Evidence::ConflictingVotes { first: sign(first), second: sign(second) };
        assert_eq!(evidence.verify(&context, &validators).is_some(), guilty, "{first:?} {second:?}");
    };
    check(VoteKind::Notarize { block: a }, VoteKind::Notarize { block: b }, true);
    check(VoteKind::Finalize { block: a }, VoteKind::Finalize { block: b }, true);
    check(VoteKind::Nullify, VoteKind::Finalize { block: a }, true);
    check(VoteKind::Notarize { block: a }, VoteKind::Notarize { block: a }, false);
    check(VoteKind::Notarize { block: a }, VoteKind::Nullify, false);
    check(VoteKind::Notarize { block: a }, VoteKind::Finalize { block: b }, false);
}

#[test]
fn a_proof_of_availability_needs_a_quorum() {
    let genesis = genesis();
    let (context, validators) = (genesis.signing_context(), genesis.validator_set().unwrap());
    assert!(proof().verify(&context, &validators).is_ok());
    let mut weak = proof();
    weak.signatures.pop();
    assert_eq!(weak.verify(&context, &validators), Err(CertificateError::NoQuorum { signed: 2, total: 4 }));
    let mut other = proof();
    other.acknowledgement.sequence = Sequence(8);
    assert!(matches!(other.verify(&context, &validators), Err(CertificateError::BadSignature { .. })));
}

#[test]
fn two_batches_for_one_position_and_two_outcomes_of_one_height_are_evidence() {
    let genesis = genesis();
    let (context, sets) = (genesis.signing_context(), ValidatorSets::new(genesis.validator_set().unwrap()));
    let header = |payload: u8, key: usize| {
        let header = BatchHeader { payload: corridor_crypto::Digest([payload; 32]), ..batch().header };
        SignedHeader { header, signature: keys()[key].sign(&header.signed_message(&context)) }
    };
    let batches = |a, b| Evidence::ConflictingBatches { first: a, second: b };
    let verified = batches(header(1, 2), header(2, 2)).verify(&context, &sets).unwrap();
    let (index, culprit) = verified.culprit(sets.current()).unwrap();
    assert_eq!((index, culprit.participant), (ValidatorIndex(2), ParticipantId(2)));
    assert!(batches(header(1, 2), header(1, 2)).verify(&context, &sets).is_none(), "the same batch twice");
    assert!(batches(header(1, 2), header(2, 1)).verify(&context, &sets).is_none(), "signed by somebody else");
    let outcome = |state: u8, height: u64| {
        let outcome =
            Outcome { state: corridor_crypto::Digest([state; 32]), height: Height(height), ..settlement().outcome };
        outcome.sign(&context, ValidatorIndex(1), &keys()[1]).into_inner()
    };
    let outcomes = |first, second| Evidence::ConflictingOutcomes { first, second }.verify(&context, &sets).is_some();
    assert!(outcomes(outcome(1, 4), outcome(2, 4)));
    assert!(!outcomes(outcome(1, 4), outcome(1, 4)) && !outcomes(outcome(1, 4), outcome(2, 5)));
}

#[test]
fn a_receipt_verifies_offline() {
    let text = receipt().to_json().unwrap();
    Receipt::from_json(&text).unwrap().verify(&genesis()).unwrap();
}

#[test]
fn a_receipt_with_any_changed_byte_is_refused() {
    let genesis = genesis();
    let text = receipt().to_json().unwrap();
    for position in 0..text.len() {
        for flip in [0x01, 0x20] {
            let mut bytes = text.clone().into_bytes();
            bytes[position] ^= flip;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let verdict = Receipt::from_json(&changed).and_then(|receipt| receipt.verify(&genesis));
            assert!(verdict.is_err(), "byte {position} changed by {flip:#x} went unnoticed");
        }
    }
}

#[test]
fn a_receipt_without_its_payment_or_with_another_is_refused() {
    let mut bare = receipt();
    bare.payment = None;
    assert!(matches!(bare.verify(&genesis()), Err(ReceiptError::PaymentMissing)));
    let mut other = receipt();
    other.payment.as_mut().unwrap().amount = Amount(1);
    assert!(matches!(other.verify(&genesis()), Err(ReceiptError::PaymentMismatch)));
}

#[test]
fn a_receipt_of_another_chain_or_below_the_quorum_says_so() {
    let mut other = genesis();
    other.chain.push('2');
    assert!(matches!(receipt().verify(&other), Err(ReceiptError::OtherChain { .. })));
    let mut weak = receipt();
    weak.certificate.signatures.pop();
    let refused = weak.verify(&genesis());
    assert!(matches!(refused, Err(ReceiptError::Certificate(CertificateError::NoQuorum { .. }))));
}
