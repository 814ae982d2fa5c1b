//! Statements: the bookings on an account, line by line.

use serde::{Deserialize, Serialize};

use super::{AccountView, Money};
use crate::{AccountId, CurrencyCode, Height, Movement, MovementKind, Timestamp, Uetr};

/// One booking on an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    /// Its number on the account: 1, 2, 3 and so on.
    pub number: u64,
    /// The block.
    pub height: Height,
    /// Block time, milliseconds since 1970 UTC.
    pub time: Timestamp,
    /// What it is.
    pub kind: MovementKind,
    /// True if it adds to the balance.
    pub credit: bool,
    /// The payment or operation that caused it.
    pub reference: Uetr,
    /// How much.
    pub amount: Money,
    /// What the account holds after it, available and reserved, in minor units as digits: text
    /// because it may exceed what numbers in JSON hold.
    #[serde(with = "digits")]
    pub balance: u128,
}

impl StatementLine {
    /// The line of a booking on an account in `currency`.
    pub fn new(movement: &Movement, currency: CurrencyCode) -> Self {
        Self {
            number: movement.number,
            height: movement.height,
            time: movement.time,
            kind: movement.kind,
            credit: movement.kind.is_credit(),
            reference: movement.reference,
            amount: Money::new(movement.amount, currency),
            balance: movement.balance,
        }
    }

    /// The booking as the ledger chains it.
    pub const fn movement(&self, account: AccountId) -> Movement {
        Movement {
            account,
            number: self.number,
            height: self.height,
            time: self.time,
            kind: self.kind,
            reference: self.reference,
            amount: self.amount.minor,
            balance: self.balance,
        }
    }
}

/// Lines of a statement, ascending and without gaps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementPage {
    /// The block after which the account stands like this.
    pub height: Height,
    /// The account, with the number of its last line and the digest of the chain up to it.
    pub account: AccountView,
    /// The lowest number of which this node has the line: above 1 if it began with a snapshot. One
    /// above the last line if it has none.
    pub first: u64,
    /// The lines.
    pub lines: Vec<StatementLine>,
    /// Where the next page begins (`from`); absent on the last one.
    pub next: Option<u64>,
}

/// A number as text.
pub(super) mod digits {
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(number: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        let text = String::deserialize(deserializer)?;
        let canonical = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| canonical).ok_or_else(|| serde::de::Error::custom("write a number as digits"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Amount;

    #[test]
    fn a_line_gives_its_booking_again_whatever_the_balance() {
        for balance in [0, u128::from(u64::MAX) + 1, u128::MAX] {
            let movement = Movement {
                account: AccountId(5),
                number: 3,
                height: Height(9),
                time: Timestamp(1_790_000_000_000),
                kind: MovementKind::PaymentIn,
                reference: Uetr::from_random([3; 16]),
                amount: Amount(1_050),
                balance,
            };
            let line = StatementLine::new(&movement, "BRL".parse().unwrap());
            let text = serde_json::to_string(&line).unwrap();
            assert!(text.contains(&format!("\"{balance}\"")), "{text}");
            let read: StatementLine = serde_json::from_str(&text).unwrap();
            assert_eq!(read.movement(AccountId(5)), movement);
        }
        let bad = r#"{"number":1,"height":1,"time":1,"kind":"issued","credit":true,"reference":"7a562c67-ca16-48ba-b074-65581be6f001","amount":{"minor":"1","decimal":"0.01","currency":"BRL"},"balance":"+1"}"#;
        assert!(serde_json::from_str::<StatementLine>(bad).is_err());
    }
}
