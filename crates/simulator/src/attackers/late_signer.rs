//! Signs what it should and sends it seconds late: after the view has ended and the block is
//! settled.

use corridor_types::Message;

use super::{Attacker, Hands, Outgoing};
use crate::random::Chance;
use crate::roster::Address;

/// The least and the largest delay, in milliseconds.
const LATE_MIN_MS: u64 = 300;
const LATE_MAX_MS: u64 = 5_000;

/// Late by this much.
#[derive(Debug)]
pub struct LateSigner {
    late_ms: u64,
}

impl LateSigner {
    /// Chance decides how late.
    pub fn new(chance: &mut Chance) -> Self {
        Self { late_ms: chance.between(LATE_MIN_MS, LATE_MAX_MS) }
    }
}

impl Attacker for LateSigner {
    fn outgoing(&mut self, hands: &mut Hands<'_>, _: Address, message: &Message) -> Outgoing {
        match message {
            Message::Vote(_) | Message::Outcome(_) | Message::Acknowledgement(_) | Message::Proposal { .. } => {
                hands.count("late_signer: sent late");
                Outgoing::Later(self.late_ms)
            }
            _ => Outgoing::AsIs,
        }
    }
}
