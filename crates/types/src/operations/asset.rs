//! Money that the issuing central bank creates and destroys.

use super::row::{BANKS, ISSUER, own, steps};
use crate::{AccountId, Amount};

steps! {
    /// A step of an asset's money.
    AssetStep {
        /// The issuing central bank creates money on an account.
        0 "issue" Issue {
            /// Where.
            account: AccountId,
            /// How much, in minor units.
            amount: Amount,
        } => {
            by: BANKS,
            signed: own(2, ISSUER, "the asset's central bank"),
            entries: [Issue]
        }
        /// The issuing central bank destroys money on an account.
        1 "redeem" Redeem {
            /// Where.
            account: AccountId,
            /// How much, in minor units.
            amount: Amount,
        } => {
            by: BANKS,
            signed: own(2, ISSUER, "the asset's central bank"),
            entries: [Redeem]
        }
    }
}
