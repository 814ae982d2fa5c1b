//! What the ledger and its gateway need of one credit transfer. Plain values, no behaviour.

use std::fmt;

use corridor_types::{Amount, Bic, ChargeBearer, CountryCode, CurrencyCode, Date, Lei, Priority, Uetr};

use crate::text::Text;

/// One transaction of a `pacs.008`. Its `Debug` form names the payment and no customer, so that a
/// stray log line reveals nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct CreditTransfer {
    /// `PmtId/UETR`; mandatory here, because it is the payment's identity on the ledger.
    pub uetr: Uetr,
    /// `GrpHdr/MsgId` of the message that brought it.
    pub message_id: Text<35>,
    /// `PmtId/InstrId`.
    pub instruction_id: Option<Text<35>>,
    /// `PmtId/EndToEndId`.
    pub end_to_end_id: Text<35>,
    /// `PmtId/TxId`.
    pub transaction_id: Option<Text<35>>,
    /// `IntrBkSttlmAmt` in minor units of `currency`; never zero.
    pub amount: Amount,
    /// `IntrBkSttlmAmt/@Ccy`.
    pub currency: CurrencyCode,
    /// `IntrBkSttlmDt` of the transaction or else of the group.
    pub settlement_date: Date,
    /// `DbtrAgt/FinInstnId/BICFI`, or else the instructing agent of the transaction or the group.
    pub debtor_agent: Bic,
    /// `CdtrAgt/FinInstnId/BICFI`, or else the instructed agent of the transaction or the group.
    pub creditor_agent: Bic,
    /// `ChrgBr`.
    pub charge_bearer: ChargeBearer,
    /// `SttlmPrty`, or else `PmtTpInf/InstrPrty` of the transaction or the group, or else normal.
    pub priority: Priority,
    /// `Dbtr` and `DbtrAcct`.
    pub debtor: Party,
    /// `Cdtr` and `CdtrAcct`.
    pub creditor: Party,
    /// `UltmtDbtr`: on whose behalf the debtor pays.
    pub ultimate_debtor: Option<Party>,
    /// `UltmtCdtr`: for whom the creditor receives.
    pub ultimate_creditor: Option<Party>,
    /// `Purp`.
    pub purpose: Option<Purpose>,
    /// `RmtInf`, as far as the gateway looks into it.
    pub remittance: Remittance,
    /// Everything confidential of the transaction in canonical form, see [`super::details`].
    pub details: Vec<u8>,
}

/// A debtor or creditor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// `Nm`; mandatory here, because parties are screened by it.
    pub name: Text<140>,
    /// `Id/OrgId/LEI`, check digits verified.
    pub lei: Option<Lei>,
    /// `PstlAdr/Ctry`, or else `CtryOfRes`.
    pub country: Option<CountryCode>,
    /// The rest of `PstlAdr`.
    pub address: Address,
    /// `DbtrAcct/Id` or `CdtrAcct/Id`; ultimate parties have none.
    pub account: Option<Account>,
}

/// A structured address without its country.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// `StrtNm`.
    pub street: Option<Text<70>>,
    /// `BldgNb`.
    pub building_number: Option<Text<16>>,
    /// `PstCd`.
    pub post_code: Option<Text<16>>,
    /// `TwnNm`.
    pub town: Option<Text<35>>,
    /// `CtrySubDvsn`.
    pub subdivision: Option<Text<35>>,
    /// `AdrLine`, at most 7: unstructured lines.
    pub lines: Vec<Text<70>>,
}

/// A customer's account at its agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// International bank account number (ISO 13616), check digits verified.
    Iban(Text<34>),
    /// Any other identification.
    Other(Text<34>),
}

/// The reason for the payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// `Cd`: a code of the external purpose list.
    Code(Text<4>),
    /// `Prtry`: agreed between the parties.
    Proprietary(Text<35>),
}

/// What the payment pays for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remittance {
    /// `Ustrd`.
    pub unstructured: Vec<Text<140>>,
    /// `Strd/RfrdDocInf` of type `CINV`.
    pub invoices: Vec<Invoice>,
}

/// A commercial invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// `Nb`.
    pub number: Text<35>,
    /// `RltdDt`.
    pub date: Option<Date>,
}

impl fmt::Debug for CreditTransfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreditTransfer").field("uetr", &self.uetr).finish_non_exhaustive()
    }
}

impl Account {
    /// The identification without its kind.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Iban(id) | Self::Other(id) => id.as_str(),
        }
    }
}
