//! What a snapshot must not make a validator forget: the lines that it stands by, and what it accepted.

use corridor_crypto::Digest;
use corridor_lanes as lanes;
use corridor_ledger::Ledger;
use corridor_types::{Message, ParticipantId, Sequence, SignRequest};

use super::kit::*;
use crate::event::Event;
use crate::{Effect, VerifiedMessage};

impl Bench {
    /// Moves to a snapshot of height 5 whose cut is empty, and takes part again.
    fn take_snapshot(&mut self) {
        let block = block(5, 9, &genesis().validator_set().unwrap());
        let ledger = Box::new(Ledger::genesis(&genesis()).unwrap());
        self.events(vec![Event::MoveTo { ledger, block }]);
        assert_eq!(self.replica.me(), None);
        self.hear_all(seen(0, 0));
        self.wait(1_000);
        self.hear_all(seen(0, 0));
        assert!(self.replica.me().is_some());
    }

    fn submit(&mut self, number: u8) {
        self.events(vec![Event::Carry(lanes::Input::Submit(vec![transaction(number)]))]);
    }

    fn deliver(&mut self, author: u8, number: u8) -> Vec<Effect> {
        self.message(author, VerifiedMessage::Batch(batch(author, number)))
    }

    /// The digests acknowledged so far at the first place of a lane.
    fn acknowledged(&self, lane: u32) -> Vec<Digest> {
        let of = |request: &SignRequest| match request {
            SignRequest::Acknowledgement(body) if body.lane == ParticipantId(lane) => Some(body.digest),
            _ => None,
        };
        self.asked.iter().filter_map(of).collect()
    }

    /// Positions and digests of our own headers that were given to the signer.
    fn own_headers(&self) -> Vec<(Sequence, Digest)> {
        let of = |request: &SignRequest| match request {
            SignRequest::Batch(header) => Some((header.sequence, header.digest())),
            _ => None,
        };
        self.asked.iter().filter_map(of).collect()
    }
}

#[test]
fn a_validator_stands_by_the_same_line_after_a_snapshot() {
    let mut bench = Bench::voting();
    bench.deliver(1, 1);
    assert_eq!(bench.acknowledged(1), [batch(1, 1).digest()]);
    bench.take_snapshot();
    // Its author signed another batch for the same place, and kept it for this moment.
    bench.deliver(1, 2);
    assert!(bench.acknowledged(1).iter().all(|digest| *digest == batch(1, 1).digest()), "one line per lane");
}

#[test]
fn what_was_accepted_and_sent_to_nobody_outlives_a_snapshot() {
    let mut bench = Bench::voting();
    bench.submit(1);
    let [(Sequence(1), first)] = bench.own_headers()[..] else { panic!("{:?}", bench.own_headers()) };
    bench.take_snapshot();
    let sent = (0..20).flat_map(|_| bench.wait(100)).filter(|effect| match effect {
        Effect::Send { message: Message::Batch(batch), .. } => batch.header.digest() == first,
        _ => false,
    });
    assert!(sent.count() > 0, "the first batch is sent until it is acknowledged");
    bench.submit(2);
    bench.wait(100);
    let conflicts = bench.own_headers().iter().any(|(sequence, digest)| *sequence == Sequence(1) && *digest != first);
    assert!(!conflicts, "no second batch for its place is given to the signer");
    assert_eq!(bench.own_headers().last().unwrap().0, Sequence(2));
}

#[test]
fn a_draft_outlives_a_snapshot() {
    let mut bench = Bench::voting();
    bench.signs = false;
    bench.submit(1);
    let [draft] = bench.own_headers()[..] else { panic!("{:?}", bench.own_headers()) };
    bench.signs = true;
    bench.take_snapshot();
    bench.wait(100);
    assert_eq!(bench.own_headers(), [draft, draft], "the same header is given to the signer again");
}
