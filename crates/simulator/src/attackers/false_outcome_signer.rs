//! Signs outcomes that nobody computed, another one for each half of the validators: no honest node
//! may halt, and none may certify them.

use corridor_crypto::Digest;
use corridor_types::{Message, Outcome};

use super::{Attacker, Hands, Outgoing};
use crate::roster::Address;

/// Has no variants.
#[derive(Debug)]
pub struct FalseOutcomeSigner;

impl Attacker for FalseOutcomeSigner {
    fn outgoing(&mut self, hands: &mut Hands<'_>, to: Address, message: &Message) -> Outgoing {
        let Message::Outcome(signed) = message else { return Outgoing::AsIs };
        let state = if hands.is_in_other_half(to) { Digest([0xbb; 32]) } else { signed.outcome.state };
        let height = if hands.chance.happens(100) { signed.outcome.height.next() } else { signed.outcome.height };
        let outcome = Outcome { state, height, entries: signed.outcome.entries + 1, ..signed.outcome };
        hands.count("false_outcome_signer: signed a false outcome");
        Outgoing::Instead(Message::Outcome(outcome.sign(hands.context, signed.voter, hands.key).into_inner()))
    }
}
