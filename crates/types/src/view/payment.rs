//! Payments, the entries that report on them, and events.

use std::fmt;
use std::str::FromStr;

use corridor_crypto::Digest;
use serde::{Deserialize, Serialize};

use super::Money;
use crate::operations::Screening;
use crate::{
    AccountId, AssetId, ChargeBearer, ClientHandle, Code, Control, Corridor, CurrencyCode, Date, Entry, EntryKind,
    Height, LicenceHandle, ParticipantId, Payment, PaymentStatus, Priority, RuleVersions, Shortfall, Timestamp, Uetr,
};

/// Where an entry stands in the history of the whole chain: `height-position`. Ordered like the
/// entries themselves. `0-0` is before the first entry, because genesis has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// The entry's block.
    pub height: Height,
    /// Its position in the block, from zero.
    pub position: u32,
}

impl EventId {
    /// Before every entry.
    pub const START: Self = Self { height: Height(0), position: 0 };

    /// After every entry of the block at `height`, and before those of the next.
    pub const fn end_of(height: Height) -> Self {
        Self { height, position: u32::MAX }
    }
}

impl From<&Entry> for EventId {
    fn from(entry: &Entry) -> Self {
        Self { height: entry.height, position: entry.position }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.height, self.position)
    }
}

/// Why a text is not an event identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an event identifier; write height and position as digits, such as 120-3")]
pub struct ParseEventIdError {
    /// The text, cut to a readable length.
    pub text: String,
}

impl FromStr for EventId {
    type Err = ParseEventIdError;

    fn from_str(text: &str) -> Result<Self, ParseEventIdError> {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let parsed = text.split_once('-').filter(|(height, position)| digits(height) && digits(position));
        parsed
            .and_then(|(height, position)| {
                Some(Self { height: height.parse().ok()?, position: position.parse().ok()? })
            })
            .ok_or_else(|| ParseEventIdError { text: text.chars().take(60).collect() })
    }
}

crate::serde_as_text!(EventId);

/// One decision on a payment or an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryView {
    /// Where it stands; also the identifier of its event.
    pub id: EventId,
    /// The block.
    pub height: Height,
    /// Position among the block's entries, from zero.
    pub position: u32,
    /// Block time, milliseconds since 1970 UTC.
    pub time: Timestamp,
    /// What it reports on.
    pub kind: EntryKind,
    /// The transaction that caused it; zeros for an expiry.
    pub transaction: Digest,
    /// Who submitted that transaction; the debtor agent for an expiry.
    pub participant: ParticipantId,
    /// The payment's UETR, or the operation's reference.
    pub reference: Uetr,
    /// The content's digest; zeros if it could not be looked up.
    pub content: Digest,
    /// The payment's status after it; absent for other operations and unknown payments.
    pub status: Option<PaymentStatus>,
    /// That status as ISO 20022 writes it.
    pub iso_status: Option<String>,
    /// The decision.
    pub code: Code,
    /// Its stable number.
    pub code_number: u16,
    /// What it means and what to do.
    pub meaning: String,
    /// The nearest ISO 20022 reason code.
    pub iso_reason: String,
    /// The versions of the rulebooks that the decision followed.
    pub rules: RuleVersions,
}

impl From<&Entry> for EntryView {
    fn from(entry: &Entry) -> Self {
        Self {
            id: entry.into(),
            height: entry.height,
            position: entry.position,
            time: entry.time,
            kind: entry.kind,
            transaction: entry.transaction,
            participant: entry.participant,
            reference: entry.reference,
            content: entry.content,
            status: entry.status,
            iso_status: entry.status.map(|status| status.iso_code().to_owned()),
            code: entry.code,
            code_number: entry.code.number(),
            meaning: entry.code.meaning().to_owned(),
            iso_reason: entry.code.iso_reason().to_owned(),
            rules: entry.rules,
        }
    }
}

/// A licence that a payment draws on, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenceUseView {
    /// The licence.
    pub licence: LicenceHandle,
    /// How much of the payment falls under it.
    pub amount: Money,
}

/// The public record of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentTerms {
    /// The payment's name for its whole life.
    pub uetr: Uetr,
    /// Digest of the whole record: what a creditor agent names when it attests.
    pub content: Digest,
    /// Who pays for its client.
    pub debtor_agent: ParticipantId,
    /// The debtor agent's account.
    pub debtor_account: AccountId,
    /// Who is paid for its client.
    pub creditor_agent: ParticipantId,
    /// The creditor agent's account.
    pub creditor_account: AccountId,
    /// The asset of both accounts.
    pub asset: AssetId,
    /// How much.
    pub amount: Money,
    /// The debtor's authorisation to pay.
    pub client: ClientHandle,
    /// The day on which it may settle, at the earliest.
    pub value_date: Date,
    /// When it lapses if it has not settled, milliseconds since 1970 UTC.
    pub expiry: Timestamp,
    /// True if the goods behind it are under export control.
    pub controlled: bool,
    /// The licences that permit them; empty when not controlled.
    pub licences: Vec<LicenceUseView>,
    /// Countries of the two agents.
    pub corridor: Corridor,
    /// Its order among payments that wait for liquidity.
    pub priority: Priority,
    /// What happens if the account is short of money.
    pub shortfall: Shortfall,
    /// Who bears the charges.
    pub charge_bearer: ChargeBearer,
    /// The debtor agent's screening of both parties, if it gave one.
    pub screening: Option<Screening>,
    /// SHA-256 of the sealed details.
    pub details: Digest,
}

impl PaymentTerms {
    /// The record of `payment`, which is in `currency` and between the owners of its accounts.
    pub fn new(payment: &Payment, currency: CurrencyCode, debtor: ParticipantId, creditor: ParticipantId) -> Self {
        let licences = match &payment.control {
            Control::NotControlled => &[][..],
            Control::Controlled { licences } => licences,
        };
        let view = |used: &crate::LicenceUse| LicenceUseView {
            licence: used.licence,
            amount: Money::new(used.amount, currency),
        };
        Self {
            uetr: payment.uetr,
            content: payment.content(),
            debtor_agent: debtor,
            debtor_account: payment.debtor_account,
            creditor_agent: creditor,
            creditor_account: payment.creditor_account,
            asset: payment.asset,
            amount: Money::new(payment.amount, currency),
            client: payment.client,
            value_date: payment.value_date,
            expiry: payment.expiry,
            controlled: payment.control != Control::NotControlled,
            licences: licences.iter().map(view).collect(),
            corridor: payment.corridor,
            priority: payment.priority,
            shortfall: payment.shortfall,
            charge_bearer: payment.charge_bearer,
            screening: payment.screening,
            details: payment.details,
        }
    }
}

/// Everything that a node knows about one reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentView {
    /// The payment's UETR, or an operation's reference.
    pub uetr: Uetr,
    /// The newest status; absent while nothing was decided and for operations that are no payment.
    pub status: Option<PaymentStatus>,
    /// That status as ISO 20022 writes it.
    pub iso_status: Option<String>,
    /// True while it was taken from a client and no block with it was executed here.
    pub pending: bool,
    /// True if a settlement certificate covers the newest entry: what it says is final history.
    pub certified: bool,
    /// The payment's record, if the reference names one that the ledger knows.
    pub payment: Option<PaymentTerms>,
    /// Its history, ascending.
    pub entries: Vec<EntryView>,
}

impl PaymentView {
    /// Builds the view from the history of a reference (ascending).
    pub fn new(uetr: Uetr, payment: Option<PaymentTerms>, entries: &[Entry], certified: bool, pending: bool) -> Self {
        let status = entries.iter().rev().find_map(|entry| entry.status);
        Self {
            uetr,
            status,
            iso_status: status.map(|status| status.iso_code().to_owned()),
            pending,
            certified: certified && !entries.is_empty(),
            payment,
            entries: entries.iter().map(EntryView::from).collect(),
        }
    }

    /// True if a settlement certificate covers a state that never changes again. An operation that
    /// is no payment is decided by its first entry.
    pub fn is_final(&self) -> bool {
        let decided = self.status.map_or(!self.entries.is_empty(), PaymentStatus::is_final);
        self.certified && decided
    }
}

/// A certified entry, with the payment that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    /// The decision. Its `id` resumes the stream after it.
    pub entry: EntryView,
    /// The payment, if the entry is about one that the ledger knows.
    pub payment: Option<PaymentTerms>,
}

impl EventView {
    /// Where it stands.
    pub const fn id(&self) -> EventId {
        self.entry.id
    }

    /// True if `participant` caused it or is an agent of the payment.
    pub fn concerns(&self, participant: ParticipantId) -> bool {
        let agent = |terms: &PaymentTerms| [terms.debtor_agent, terms.creditor_agent].contains(&participant);
        self.entry.participant == participant || self.payment.as_ref().is_some_and(agent)
    }

    /// True if the payment is to or from `account`.
    pub fn touches(&self, account: AccountId) -> bool {
        self.payment.as_ref().is_some_and(|terms| [terms.debtor_account, terms.creditor_account].contains(&account))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_identifiers_round_trip_and_keep_the_order_of_entries() {
        let id = EventId { height: Height(12), position: 3 };
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(EventId::START < id && id < EventId::end_of(Height(12)));
        assert!(EventId::end_of(Height(12)) < EventId { height: Height(13), position: 0 });
        for bad in ["", "-", "1", "1-", "-1", "+1-2", "1-2-3", "1-4294967296", "18446744073709551616-0", "a-b", " 1-2"]
        {
            assert!(bad.parse::<EventId>().is_err(), "{bad:?} was taken");
        }
    }
}
