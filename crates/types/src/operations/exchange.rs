//! Exchange of two currencies, payment versus payment.

use serde::{Deserialize, Serialize};

use super::row::{BANKS, INITIATING, SignerRule, own, rule, steps};
use crate::{AccountId, Amount, ParticipantId, Timestamp, Uetr};

/// An offer to exchange money. It is used once, as a whole, before it lapses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quote {
    /// Who may take it; everybody if absent.
    pub taker: Option<ParticipantId>,
    /// The maker's account that pays.
    pub pays_from: AccountId,
    /// What the maker pays, in minor units of that account's asset.
    pub pays: Amount,
    /// The maker's account that is paid, in another asset.
    pub paid_to: AccountId,
    /// What the maker is paid, in minor units of that account's asset.
    pub paid: Amount,
    /// Blocks at this time or later do not execute it.
    pub valid_until: Timestamp,
}
crate::codec_struct!(Quote { taker, pays_from, pays, paid_to, paid, valid_until });

steps! {
    /// A step of an exchange.
    ExchangeStep {
        /// The maker offers; the operation's reference names the quote.
        0 "quote" Quote {
            /// The offer.
            quote: Quote,
        } => {
            by: BANKS,
            signed: rule(
                SignerRule::Payer { initiating: INITIATING },
                "1 operator or maker key of the owner of both accounts, and checkers by its rule",
            ),
            entries: [Quote]
        }
        /// The maker takes the offer back.
        1 "withdraw" Withdraw {
            /// Which.
            quote: Uetr,
        } => {
            by: BANKS,
            signed: own(1, INITIATING, "the maker"),
            entries: [WithdrawQuote]
        }
        /// The taker accepts: both legs settle in this step, or neither.
        2 "take" Take {
            /// Which.
            quote: Uetr,
            /// The taker's account that pays the maker.
            pays_from: AccountId,
            /// The taker's account that the maker pays.
            paid_to: AccountId,
        } => {
            by: BANKS,
            signed: rule(
                SignerRule::Payer { initiating: INITIATING },
                "1 operator or maker key of the owner of both accounts, and checkers by its rule",
            ),
            entries: [TakeQuote]
        }
    }
}
