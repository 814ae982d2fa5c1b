//! What is done on a legal order. Orders execute before anything else in their block.

use serde::{Deserialize, Serialize};

use super::row::{CENTRAL_BANKS, OFFICERS, own, steps};
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::payment::coded_enum;
use crate::{AccountId, Amount, ClientHandle, Label};

coded_enum! {
    /// What a freeze stops.
    FreezeMode {
        /// Nothing leaves; money may come in.
        Debits = 0, "debits";
        /// Nothing leaves and nothing comes in.
        All = 1, "all";
    }
}

/// What an order is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "target", rename_all = "snake_case", deny_unknown_fields)]
pub enum OrderTarget {
    /// An account of a bank.
    Account {
        /// Which.
        account: AccountId,
    },
    /// A client's authorisation.
    Client {
        /// Which.
        handle: ClientHandle,
    },
}
crate::codec_enum!(OrderTarget { 0 => Account { account }, 1 => Client { handle } });

steps! {
    /// A step of an order. `order` is the reference of the legal order, which an auditor looks up.
    OrderStep {
        /// Stops the money of an account or a client.
        0 "freeze" Freeze {
            /// Whose.
            target: OrderTarget,
            /// How far; a client's freeze is always of debits.
            mode: FreezeMode,
            /// The legal order.
            order: Label,
        } => {
            by: CENTRAL_BANKS,
            signed: own(2, OFFICERS, "the asset's issuer or the owner's central bank"),
            entries: [Freeze], urgent
        }
        /// Ends a freeze.
        1 "unfreeze" Unfreeze {
            /// Whose.
            target: OrderTarget,
            /// The legal order.
            order: Label,
        } => {
            by: CENTRAL_BANKS,
            signed: own(2, OFFICERS, "the asset's issuer or the owner's central bank"),
            entries: [Unfreeze], urgent
        }
        /// Moves available money out of a frozen account.
        2 "seize" Seize {
            /// The frozen account.
            account: AccountId,
            /// How much, in minor units.
            amount: Amount,
            /// Where to: an account in the same asset.
            to: AccountId,
            /// The legal order.
            order: Label,
        } => {
            by: CENTRAL_BANKS,
            signed: own(2, OFFICERS, "the asset's issuer"),
            entries: [Seize], urgent
        }
    }
}
