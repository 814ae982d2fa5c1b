//! The last batches of a lane whose author moved to another machine, with new keys, at the end of an epoch.

use corridor_types::{Epoch, Message, Validator, ValidatorSet};

use super::kit::*;
use crate::event::Event;
use crate::{Effect, Recipient, VerifiedMessage};

/// The next set, in which validator 1 has the keys of its new machine.
fn moved() -> ValidatorSet {
    let mut list: Vec<Validator> = next_set().iter().map(|(_, validator)| validator.clone()).collect();
    (list[1].key, list[1].network_key) = (key(41).public_key(), peer(41));
    ValidatorSet::new(Epoch(1), list).unwrap()
}

#[test]
fn who_moved_to_another_machine_is_told_what_is_held_of_its_last_batches() {
    let mut bench = Bench::voting();
    bench.enter(moved());
    bench.events(vec![Event::LanesEpoch]);
    let effects = bench.message(1, VerifiedMessage::Batch(batch(1, 1)));
    let told = |to: u8| {
        let is_told = |effect: &Effect| matches!(effect, Effect::Send { to: Recipient::One(one), message: Message::Acknowledgement(_) } if *one == peer(to));
        effects.iter().any(is_told)
    };
    assert!(told(1), "the old machine sends the next of its last batches when these are acknowledged");
    assert!(told(41), "and the new one has the lane");
}
