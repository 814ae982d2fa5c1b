//! The order in which a debtor agent's payments wait for liquidity.

use serde::{Deserialize, Serialize};

use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::payment::coded_enum;
use crate::{Priority, Uetr};

coded_enum! {
    /// Where in its queue a payment goes, among those of its priority.
    QueuePlace {
        /// Before all others.
        Front = 0, "front";
        /// After all others.
        Back = 1, "back";
    }
}

/// A change of the order, by the debtor agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum QueueStep {
    /// Gives a payment another priority; it goes to the back of that.
    Reprioritise {
        /// Which.
        payment: Uetr,
        /// The new one.
        priority: Priority,
    },
    /// Moves a payment within its priority.
    Move {
        /// Which.
        payment: Uetr,
        /// Where to.
        place: QueuePlace,
    },
}
crate::codec_enum!(QueueStep { 0 => Reprioritise { payment, priority }, 1 => Move { payment, place } });
