//! Sends random bytes, and honest messages cut short or with one bit flipped: decoding and
//! verification must refuse them, or make of them what an honest message may say, and never panic.

use corridor_types::{Encode as _, Message};

use super::{Attacker, Hands, Outgoing};
use crate::roster::Address;

/// The longest random message.
const MAX_RANDOM_BYTES: u64 = 600;
/// Of a thousand own messages, how many are followed by a damaged copy.
const DAMAGES_PER_MILLE: u64 = 200;

/// Keeps the last message that it heard, to damage it.
#[derive(Debug, Default)]
pub struct GarbageSender {
    heard: Option<Message>,
}

impl Attacker for GarbageSender {
    fn outgoing(&mut self, hands: &mut Hands<'_>, to: Address, message: &Message) -> Outgoing {
        if hands.chance.happens(DAMAGES_PER_MILLE) {
            Self::damage(hands, to, message);
        }
        Outgoing::AsIs
    }

    fn incoming(&mut self, _: &mut Hands<'_>, _: Address, message: &Message) -> bool {
        self.heard = Some(message.clone());
        true
    }

    fn wake(&mut self, hands: &mut Hands<'_>) -> bool {
        let (to, bytes) = (hands.somebody(), hands.chance.some_bytes(MAX_RANDOM_BYTES));
        hands.count("garbage_sender: sent random bytes");
        hands.send_bytes(to, bytes);
        if let Some(message) = self.heard.take() {
            let to = hands.somebody();
            Self::damage(hands, to, &message);
        }
        false
    }
}

impl GarbageSender {
    fn damage(hands: &mut Hands<'_>, to: Address, message: &Message) {
        let mut bytes = message.to_bytes();
        let place = hands.chance.below(bytes.len() as u64) as usize;
        if hands.chance.happens(300) {
            hands.count("garbage_sender: sent a message cut short");
            bytes.truncate(place);
        } else {
            hands.count("garbage_sender: sent a message with a bit flipped");
            bytes[place] ^= 1 << hands.chance.below(8);
        }
        hands.send_bytes(to, bytes);
    }
}
