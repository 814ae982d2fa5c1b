//! Senders that follow the format and break its promises: built from the inside, refused by `open`.
#![allow(clippy::unwrap_used)]

use std::convert::Infallible;

use corridor_types::Uetr;

use super::*;

const BANK: ParticipantId = ParticipantId(1);
const REGULATOR: ParticipantId = ParticipantId(2);

/// Counts; good enough where nothing depends on chance.
struct Counter(u8);

impl rand_core::TryRng for Counter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("sealing asks for bytes")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("sealing asks for bytes")
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0 += 1;
        bytes.fill(self.0);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Counter {}

fn binding() -> Binding {
    Binding { genesis: Digest([1; 32]), uetr: Uetr::from_random([7; 16]) }
}

fn secret_of(participant: ParticipantId) -> SealingSecret {
    SealingSecret::from_seed(&[u8::try_from(participant.0).unwrap(); 32])
}

/// A document over `padded` whose wraps hold the secrets given, one for each reader.
fn forge(padded: Vec<u8>, for_bank: [u8; 32], for_regulator: [u8; 32]) -> Sealed {
    let binding = binding();
    let keys = ContentKeys::derive(&for_bank, &binding).unwrap();
    let wrap = |participant, secret| {
        Wrap::seal(secret, &binding, participant, secret_of(participant).public_key(), &mut Counter(0)).unwrap()
    };
    let wraps = vec![wrap(BANK, &for_bank), wrap(REGULATOR, &for_regulator)];
    let head = Head { commitment: keys.commitment, wraps };
    let body = keys.encrypt(&associated(&binding, &head), Zeroizing::new(padded)).unwrap();
    Sealed { head, body }
}

fn read(sealed: &Sealed, participant: ParticipantId) -> Result<Details, OpenError> {
    open(sealed, sealed.digest(), &binding(), participant, &secret_of(participant))
}

#[test]
fn one_document_cannot_hold_two_secrets() {
    let padded = padding::pad(b"{}", 0).unwrap().to_vec();
    let sealed = forge(padded, [5; 32], [6; 32]);
    assert!(matches!(read(&sealed, BANK), Err(OpenError::Details(_))), "the bank's secret is the committed one");
    assert_eq!(read(&sealed, REGULATOR), Err(OpenError::OtherSecret { participant: REGULATOR }));
}

#[test]
fn padding_that_hides_bytes_is_refused() {
    let mut padded = padding::pad(b"{}", 0).unwrap().to_vec();
    padded[4000] = 1;
    assert_eq!(read(&forge(padded, [5; 32], [5; 32]), REGULATOR), Err(OpenError::Padding));
}

#[test]
fn a_cleartext_that_is_no_record_is_refused() {
    let padded = padding::pad(b"{\"debtor\":1}", 0).unwrap().to_vec();
    let Err(OpenError::Details(error)) = read(&forge(padded, [5; 32], [5; 32]), BANK) else {
        panic!("it was opened");
    };
    assert_eq!(error.field(), Some("debtor"));
}

#[test]
fn a_wrap_moved_to_another_participant_does_not_open() {
    let mut sealed = forge(padding::pad(b"{}", 0).unwrap().to_vec(), [5; 32], [5; 32]);
    let mut moved = sealed.head.wraps[0].clone();
    moved.participant = REGULATOR;
    sealed.head.wraps[1] = moved;
    let opened = open(&sealed, sealed.digest(), &binding(), REGULATOR, &secret_of(BANK));
    assert_eq!(opened, Err(OpenError::Wrap { participant: REGULATOR, uetr: binding().uetr }));
}
