//! Turns what a bank asks for, as a message or as arguments, into the payment record that it signs.
//! Only the digest of the confidential details enters the record; the details stay here.

use corridor_crypto::{Digest, Domain};
use corridor_iso20022::pacs008::CreditTransfer;
use corridor_types::view::AccountView;
use corridor_types::{
    Amount, Bic, ChargeBearer, ClientHandle, Control, Corridor, CountryCode, Date, Payment, Priority, Shortfall,
    Timestamp, Uetr,
};

use crate::failure::Failure;

/// What a debtor agent decides about a payment apart from the message's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Under which authorisation its client pays.
    pub client: ClientHandle,
    /// When the payment lapses.
    pub expiry: Timestamp,
    /// Whether the goods are under export control.
    pub control: Control,
    /// What happens if the debtor account is short of money. A message has no element for it.
    pub shortfall: Shortfall,
}

/// What is paid, from where to where.
#[derive(Debug, Clone)]
pub struct Order {
    /// The payment's name.
    pub uetr: Uetr,
    /// The debtor agent's account.
    pub debtor: AccountView,
    /// The creditor agent's account.
    pub creditor: AccountView,
    /// How much, in the currency's minor units.
    pub amount: Amount,
    /// The day on which it settles at the earliest.
    pub value_date: Date,
    /// Its order among payments that wait.
    pub priority: Priority,
    /// Who bears the charges.
    pub charge_bearer: ChargeBearer,
    /// The confidential details in canonical form.
    pub details: Vec<u8>,
}

impl Order {
    /// The order of a message, between the agents' accounts in its currency.
    pub fn of_transfer(transfer: &CreditTransfer, debtor: AccountView, creditor: AccountView) -> Self {
        Self {
            uetr: transfer.uetr,
            debtor,
            creditor,
            amount: transfer.amount,
            value_date: transfer.settlement_date,
            priority: transfer.priority,
            charge_bearer: transfer.charge_bearer,
            details: transfer.details.clone(),
        }
    }

    /// The record to sign. `salt` keeps others from confirming a guess about the details by their
    /// digest; whoever knows salt and details can prove them.
    ///
    /// # Errors
    /// A usage failure if the accounts are in different currencies.
    pub fn into_payment(self, terms: Terms, salt: &[u8]) -> Result<Payment, Failure> {
        let (debtor, creditor) = (self.debtor, self.creditor);
        if debtor.asset != creditor.asset {
            return Err(Failure::usage(format!(
                "account {} is in {}, account {} in {}; a payment needs two accounts in one currency",
                debtor.id, debtor.currency, creditor.id, creditor.currency
            )));
        }
        Ok(Payment {
            uetr: self.uetr,
            debtor_account: debtor.id,
            creditor_account: creditor.id,
            asset: debtor.asset,
            amount: self.amount,
            client: terms.client,
            value_date: self.value_date,
            expiry: terms.expiry,
            control: terms.control,
            corridor: Corridor { from: country(debtor.owner_bic)?, to: country(creditor.owner_bic)? },
            priority: self.priority,
            shortfall: terms.shortfall,
            charge_bearer: self.charge_bearer,
            screening: None,
            details: Digest::of_parts(Domain::Details, &[salt, &self.details]),
        })
    }
}

fn country(bic: Bic) -> Result<CountryCode, Failure> {
    bic.country().ok_or_else(|| Failure::internal(format!("{bic} names no country")))
}

/// A message with another UETR and settlement date, for trying a sample again: messages are paid
/// once. Changes the text of these elements and nothing else.
pub fn as_new(message: &str, uetr: Uetr, day: Date) -> String {
    let renamed = replace_element(message, "UETR", &uetr.to_string());
    replace_element(&renamed, "IntrBkSttlmDt", &day.to_string())
}

fn replace_element(text: &str, name: &str, content: &str) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut pieces = text.split(&open);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = piece.split_once(&close).map_or("", |(_, rest)| rest);
        out.extend([&open, content, &close, rest]);
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use corridor_iso20022::{Limits, pacs008};

    use super::*;

    const SAMPLE: &str = include_str!("../../../configs/samples/pacs.008-trade-invoice.xml");

    #[test]
    fn the_sample_can_be_paid_again_under_another_name() {
        let (uetr, day) = (Uetr::from_random([7; 16]), Date(30_000));
        let read = |text: &str| pacs008::read(text.as_bytes(), &Limits::default()).unwrap().remove(0);
        let (old, new) = (read(SAMPLE), read(&as_new(SAMPLE, uetr, day)));
        assert_eq!((new.uetr, new.settlement_date), (uetr, day));
        assert_ne!(old.uetr, uetr);
        assert_eq!((old.amount, old.debtor_agent, old.creditor), (new.amount, new.debtor_agent, new.creditor));
    }

    #[test]
    fn only_the_named_element_is_replaced() {
        assert_eq!(replace_element("<a>1</a><b>2</b><a>3</a>", "a", "x"), "<a>x</a><b>2</b><a>x</a>");
        assert_eq!(replace_element("<b>2</b>", "a", "x"), "<b>2</b>");
    }
}
