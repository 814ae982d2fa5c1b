//! Exchange of two currencies, payment versus payment.

use serde::{Deserialize, Serialize};

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

/// A step of an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum ExchangeStep {
    /// The maker offers; the operation's reference names the quote.
    Quote {
        /// The offer.
        quote: Quote,
    },
    /// The maker takes the offer back.
    Withdraw {
        /// Which.
        quote: Uetr,
    },
    /// The taker accepts: both legs settle in this step, or neither.
    Take {
        /// Which.
        quote: Uetr,
        /// The taker's account that pays the maker.
        pays_from: AccountId,
        /// The taker's account that the maker pays.
        paid_to: AccountId,
    },
}
crate::codec_enum!(ExchangeStep {
    0 => Quote { quote },
    1 => Withdraw { quote },
    2 => Take { quote, pays_from, paid_to },
});
