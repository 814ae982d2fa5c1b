//! The order in which a debtor agent's payments wait for liquidity.

use super::row::{BANKS, own, steps};
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::payment::coded_enum;
use crate::{KeyRole, Priority, Uetr};

coded_enum! {
    /// Where in its queue a payment goes, among those of its priority.
    QueuePlace {
        /// Before all others.
        Front = 0, "front";
        /// After all others.
        Back = 1, "back";
    }
}

steps! {
    /// A change of the order, by the debtor agent.
    QueueStep {
        /// Gives a payment another priority; it goes to the back of that.
        0 "reprioritise" Reprioritise {
            /// Which.
            payment: Uetr,
            /// The new one.
            priority: Priority,
        } => {
            by: BANKS,
            signed: own(1, &[KeyRole::Operator, KeyRole::Maker, KeyRole::Compliance], "the debtor agent"),
            entries: [Reprioritise]
        }
        /// Moves a payment within its priority.
        1 "move" Move {
            /// Which.
            payment: Uetr,
            /// Where to.
            place: QueuePlace,
        } => {
            by: BANKS,
            signed: own(1, &[KeyRole::Operator, KeyRole::Maker, KeyRole::Compliance], "the debtor agent"),
            entries: [MoveInQueue]
        }
    }
}
