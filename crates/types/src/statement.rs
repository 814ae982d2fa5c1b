//! Statements: every booking on an account, numbered without gaps and chained by digest, so that a
//! line can neither be left out nor changed without the account's record telling.

use corridor_crypto::{Digest, Domain};
use serde::{Deserialize, Serialize};

use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::payment::coded_enum;
use crate::{AccountId, Amount, Height, Timestamp, Uetr};

coded_enum! {
    /// What a booking is.
    MovementKind {
        /// A payment went out.
        PaymentOut = 0, "payment_out";
        /// A payment came in.
        PaymentIn = 1, "payment_in";
        /// Money was issued.
        Issued = 2, "issued";
        /// Money was redeemed.
        Redeemed = 3, "redeemed";
        /// A return went out.
        ReturnOut = 4, "return_out";
        /// A return came in.
        ReturnIn = 5, "return_in";
        /// A leg of an exchange went out.
        ExchangeOut = 6, "exchange_out";
        /// A leg of an exchange came in.
        ExchangeIn = 7, "exchange_in";
        /// Money was seized.
        SeizedOut = 8, "seized_out";
        /// Seized money came in.
        SeizedIn = 9, "seized_in";
    }
}

impl MovementKind {
    /// True if it adds to the balance.
    pub const fn is_credit(self) -> bool {
        matches!(self, Self::PaymentIn | Self::Issued | Self::ReturnIn | Self::ExchangeIn | Self::SeizedIn)
    }
}

/// One booking on an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Movement {
    /// The account that was booked on.
    pub account: AccountId,
    /// The booking's number on the account: 1, 2, 3 and so on.
    pub number: u64,
    /// Height of the block that booked it.
    pub height: Height,
    /// Time of that block, in milliseconds.
    pub time: Timestamp,
    /// What it is.
    pub kind: MovementKind,
    /// The payment or operation that caused it.
    pub reference: Uetr,
    /// How much, in minor units.
    pub amount: Amount,
    /// What the account holds after it, available and reserved, in minor units.
    pub balance: u128,
}
crate::codec_struct!(Movement { account, number, height, time, kind, reference, amount, balance });

impl Movement {
    /// The digest of the account's statement up to this booking, given the one before.
    pub fn chain(&self, previous: &Digest) -> Digest {
        Digest::of_parts(Domain::Statement, &[previous.as_bytes(), &self.to_bytes()])
    }
}
