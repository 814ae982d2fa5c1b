//! Sealed documents: who can open them, what binds them, and that no byte of them can change.
#![allow(clippy::unwrap_used)]

mod common;

use common::{binding, details, recipients, rng, secret, uetr};
use corridor_crypto::Digest;
use corridor_sealing::limits::{MAX_RECIPIENTS, MAX_SEALED_BYTES, SIZE_CLASSES};
use corridor_sealing::{Binding, Details, OpenError, SealError, Sealed, SealingKey, open, seal};
use corridor_types::ParticipantId;
use corridor_types::codec::{Decode as _, Encode as _};

fn sealed() -> Sealed {
    seal(&details(), &binding(), &recipients(3), &mut rng(1)).unwrap()
}

fn open_as(sealed: &Sealed, binding: &Binding, participant: u32, key: u32) -> Result<Details, OpenError> {
    open(sealed, sealed.digest(), binding, ParticipantId(participant), &secret(key))
}

#[test]
fn every_recipient_opens_it_and_nobody_else() {
    let sealed = sealed();
    for participant in 1..=3 {
        assert_eq!(open_as(&sealed, &binding(), participant, participant), Ok(details()));
    }
    assert_eq!(open_as(&sealed, &binding(), 4, 4), Err(OpenError::NotARecipient { participant: ParticipantId(4) }));
    let (sealed_to, held) = (secret(2).public_key(), secret(4).public_key());
    let participant = ParticipantId(2);
    assert_eq!(open_as(&sealed, &binding(), 2, 4), Err(OpenError::OtherKey { participant, sealed_to, held }));
}

#[test]
fn it_opens_for_no_other_payment_and_on_no_other_chain() {
    let sealed = sealed();
    let other_payment = Binding { uetr: uetr("7a562c67-ca16-48ba-b074-65581be6f002"), ..binding() };
    let other_chain = Binding { genesis: Digest([0x9f; 32]), ..binding() };
    for other in [other_payment, other_chain] {
        let refused = OpenError::Wrap { participant: ParticipantId(1), uetr: other.uetr };
        assert_eq!(open_as(&sealed, &other, 1, 1), Err(refused));
    }
}

#[test]
fn it_opens_only_under_the_digest_of_the_payment() {
    let (mine, other) = (sealed(), seal(&details(), &binding(), &recipients(3), &mut rng(2)).unwrap());
    assert_ne!(mine.digest(), other.digest(), "sealing twice gives two documents");
    let refused = OpenError::OtherDigest { expected: mine.digest(), found: other.digest() };
    assert_eq!(open(&other, mine.digest(), &binding(), ParticipantId(1), &secret(1)), Err(refused));
}

/// Flips one bit of each byte. The changed document is refused by the decoder, or has another digest
/// and does not open even for a payment that carries that digest.
#[test]
fn no_byte_can_change() {
    let sealed = sealed();
    let bytes = sealed.to_bytes();
    let (mut undecodable, mut unopened) = (0, 0);
    for position in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[position] ^= 1 << (position % 8);
        let Ok(changed) = Sealed::from_bytes(&changed) else {
            undecodable += 1;
            continue;
        };
        assert_ne!(changed.digest(), sealed.digest(), "byte {position}");
        assert!(open_as(&changed, &binding(), 2, 2).is_err(), "byte {position} changed and it opened");
        unopened += 1;
    }
    // Version, both lengths, and those bits that put the recipients out of order.
    assert!((9..30).contains(&undecodable), "{undecodable}");
    assert_eq!(undecodable + unopened, bytes.len());
}

#[test]
fn truncated_and_extended_documents_are_refused() {
    let bytes = sealed().to_bytes();
    assert_eq!(Sealed::from_bytes(&bytes), Ok(sealed()));
    for length in (0..bytes.len()).step_by(7) {
        assert!(Sealed::from_bytes(&bytes[..length]).is_err(), "{length}");
    }
    assert!(Sealed::from_bytes(&[bytes.as_slice(), &[0]].concat()).is_err());
}

#[test]
fn the_order_of_recipients_does_not_matter_and_they_are_listed() {
    let mut reversed = recipients(3);
    reversed.reverse();
    let sealed = seal(&details(), &binding(), &reversed, &mut rng(1)).unwrap();
    assert_eq!(sealed, self::sealed());
    assert_eq!(sealed.recipients().collect::<Vec<_>>(), recipients(3));
    assert_eq!(sealed.first_missing(&reversed), None);
    assert_eq!(sealed.first_missing(&recipients(5)), Some(ParticipantId(4)));
    let old_key = [(ParticipantId(1), secret(9).public_key())];
    assert_eq!(sealed.first_missing(&old_key), Some(ParticipantId(1)));
}

#[test]
fn recipients_that_make_no_sense_are_refused() {
    let check = |recipients: &[(ParticipantId, SealingKey)], expected: SealError| {
        assert_eq!(seal(&details(), &binding(), recipients, &mut rng(1)), Err(expected));
    };
    check(&[], SealError::NoRecipients);
    let limit = MAX_RECIPIENTS;
    check(&recipients(14), SealError::TooManyRecipients { count: 14, limit });
    let twice = [recipients(2), vec![(ParticipantId(1), secret(9).public_key())]].concat();
    check(&twice, SealError::RepeatedRecipient { participant: ParticipantId(1) });
    let weak = [recipients(1), vec![(ParticipantId(7), SealingKey([0; 32]))]].concat();
    let Err(SealError::Key { participant, problem }) = seal(&details(), &binding(), &weak, &mut rng(1)) else {
        panic!("a weak key was taken");
    };
    assert_eq!(participant, ParticipantId(7));
    assert!(problem.to_string().contains("small order"));
}

#[test]
fn an_invalid_record_is_not_sealed() {
    let mut record = details();
    record.purpose.clear();
    let Err(SealError::Details(error)) = seal(&record, &binding(), &recipients(1), &mut rng(1)) else {
        panic!("it was sealed");
    };
    assert_eq!(error.field(), Some("purpose"));
}

/// The length depends on the size class and the number of recipients, and on nothing else.
#[test]
fn lengths_tell_only_the_class() {
    let length = |record: &Details, count| {
        let sealed = seal(record, &binding(), &recipients(count), &mut rng(1)).unwrap();
        sealed.to_bytes().len()
    };
    let at = |class: usize, count: usize| 33 + 4 + 116 * count + 4 + SIZE_CLASSES[class] + 16;
    let mut record = details();
    assert_eq!(length(&record, 3), at(0, 3));
    record.remittance.clear();
    record.goods.clear();
    assert_eq!(length(&record, 3), at(0, 3));
    record.remittance = vec!["x".repeat(140); 16];
    record.goods = details().goods;
    assert_eq!(length(&record, 5), at(1, 5));
    record.invoices = vec![record.invoices[0].clone(); 100];
    record.goods = vec![record.goods[0].clone(); 50];
    for goods in &mut record.goods {
        goods.description = "x".repeat(450);
    }
    assert_eq!(length(&record, 13), at(4, 13));
    assert_eq!(at(4, 13), MAX_SEALED_BYTES);
}

/// The bytes of version 1, which an independent program (RFC 9180 and RFC 5869 written out in another
/// language) opened once. A change here breaks documents that exist: make a version 2 instead.
#[test]
fn the_document_of_a_fixed_seed_is_pinned() {
    assert_eq!(sealed().digest().to_string(), "f04cac6bd5e14ada5fc31a0610672a02c2385ecf3b595522751a396a8fc76722");
}
