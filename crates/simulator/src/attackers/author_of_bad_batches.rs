//! Signs batches of transactions that nobody signed, sends a batch with another payload than its
//! header names, and signs two batches for one position of its lane: the first two must be refused by
//! everybody, of the third at most one may be ordered. Its own replica takes what nobody signed, too.

use corridor_crypto::{Digest, Domain};
use corridor_types::{Batch, BatchHeader, Decode as _, Encode as _, Message, Transaction, VerifiedBatch};

use super::{Attacker, Hands, Outgoing};
use crate::roster::Address;

/// Of a thousand submissions, how many it spoils for its own replica.
const UNSIGNED_PER_MILLE: u64 = 200;

/// Has no variants.
#[derive(Debug)]
pub struct AuthorOfBadBatches;

impl Attacker for AuthorOfBadBatches {
    fn submission(&mut self, hands: &mut Hands<'_>, transactions: &mut Vec<Transaction>) {
        let Some(last) = transactions.last_mut().filter(|_| hands.chance.happens(UNSIGNED_PER_MILLE)) else { return };
        let mut bytes = last.to_bytes();
        spoil_signature(&mut bytes);
        if let Ok(spoilt) = Transaction::from_bytes(&bytes) {
            hands.count("author_of_bad_batches: batched a transaction that nobody signed");
            *last = spoilt;
        }
    }

    fn outgoing(&mut self, hands: &mut Hands<'_>, to: Address, message: &Message) -> Outgoing {
        let Message::Batch(batch) = message else { return Outgoing::AsIs };
        if batch.header.lane.0 != u32::from(hands.me.0) {
            return Outgoing::AsIs;
        }
        if hands.chance.happens(300) {
            hands.count("author_of_bad_batches: sent a transaction that nobody signed");
            let bad = with_bad_signature(hands, batch);
            hands.send(to, Message::Batch(bad));
        }
        if let Some(other) = hands.chance.happens(300).then(|| second_batch(hands, batch)).flatten() {
            hands.count("author_of_bad_batches: sent a batch with another payload");
            hands.send(to, Message::Batch(Batch { payload: other.payload, ..batch.clone() }));
        }
        if !hands.is_in_other_half(to) {
            return Outgoing::AsIs;
        }
        let Some(second) = second_batch(hands, batch) else { return Outgoing::AsIs };
        hands.count("author_of_bad_batches: sent a second batch for one position");
        Outgoing::Instead(Message::Batch(second))
    }
}

fn sign(hands: &Hands<'_>, header: BatchHeader, payload: Vec<u8>) -> Batch {
    let header = BatchHeader { payload: Digest::of(Domain::Batch, &payload), ..header };
    let signature = hands.key.sign(&header.signed_message(hands.context));
    Batch { header, signature, payload: payload.into() }
}

/// The last bytes of a payload are the last transaction's last signature.
fn with_bad_signature(hands: &Hands<'_>, batch: &Batch) -> Batch {
    let mut payload = batch.payload.to_vec();
    spoil_signature(&mut payload);
    sign(hands, batch.header, payload)
}

fn spoil_signature(bytes: &mut [u8]) {
    if let Some(last) = bytes.iter_mut().rev().nth(40) {
        *last ^= 1;
    }
}

/// The same transactions, the first of them twice.
fn second_batch(hands: &Hands<'_>, batch: &Batch) -> Option<Batch> {
    let held = VerifiedBatch::decode_trusted(batch.clone()).ok()?;
    let mut list: Vec<Transaction> = held.transactions().iter().map(|item| item.transaction.clone()).collect();
    list.push(list.first()?.clone());
    let mut payload = Vec::new();
    u32::try_from(list.len()).ok()?.encode(&mut payload);
    list.iter().for_each(|transaction| transaction.encode(&mut payload));
    Some(sign(hands, batch.header, payload))
}
