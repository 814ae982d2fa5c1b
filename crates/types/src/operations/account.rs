//! Accounts of participants, and what their owners consent to in advance.

use super::row::{BANKS, ISSUER, OPERATOR, own, steps};
use crate::{AccountId, Amount, AssetId, ParticipantId};

steps! {
    /// A step of an account.
    AccountStep {
        /// The issuing central bank opens an account in its asset for a participant.
        0 "open" Open {
            /// Whose.
            owner: ParticipantId,
            /// In which asset.
            asset: AssetId,
        } => {
            by: BANKS,
            signed: own(1, ISSUER, "the asset's central bank"),
            entries: [OpenAccount]
        }
        /// A bank attests in advance every payment to its account up to an amount; zero ends that.
        1 "set_standing_consent" SetStandingConsent {
            /// The creditor agent's account.
            account: AccountId,
            /// The largest payment that needs no attestation of its own, in minor units.
            up_to: Amount,
        } => {
            by: BANKS,
            signed: own(1, OPERATOR, "the account's owner"),
            entries: [SetStandingConsent]
        }
    }
}
