//! Stops again and again and starts with an empty database and an empty signing record: its own
//! honest software then signs what conflicts with what it signed before.

use super::{Attacker, Hands};

/// Of a thousand wakes, how many end in a loss of memory.
const FORGETS_PER_MILLE: u64 = 250;

/// Has no variants.
#[derive(Debug)]
pub struct Amnesiac;

impl Attacker for Amnesiac {
    fn wake(&mut self, hands: &mut Hands<'_>) -> bool {
        let forgets = hands.chance.happens(FORGETS_PER_MILLE);
        if forgets {
            hands.count("amnesiac: forgot everything");
        }
        forgets
    }
}
