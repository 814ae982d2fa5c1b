//! What is paid for: contract, invoices, goods with their control and licences, documents. Whether
//! goods may be sold is the licensing authority's question.

use corridor_crypto::Digest;
use corridor_types::{Amount, CurrencyCode, Date, LicenceHandle};
use serde::{Deserialize, Serialize};

use super::check::{DIGITS, Path, UPPER, code, each, refused, text};
use super::{DetailsError, confidential};
use crate::limits::{
    MAX_DESCRIPTION_CHARS, MAX_LICENCES_PER_GOODS, MAX_LINE_CHARS, MAX_NAME_CHARS, MAX_REFERENCE_CHARS,
};

/// An amount of any currency; not only of those that are assets of the ledger.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Currency of the amount, ISO 4217.
    pub currency: CurrencyCode,
    /// Whole minor units of it, above zero; in JSON a string of digits.
    pub amount: Amount,
}

/// The contract behind a payment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Its number, at most [`MAX_REFERENCE_CHARS`].
    pub number: String,
    /// When it was signed.
    pub date: Date,
}

/// An invoice that is paid.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invoice {
    /// Its number, at most [`MAX_REFERENCE_CHARS`].
    pub number: String,
    /// Date of issue, as the invoice states it.
    pub date: Date,
    /// What it asks for, which a payment may settle in part.
    pub amount: Money,
}

/// One sort of goods.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goods {
    /// Harmonized System code: six digits of the WCO and up to eight of a national tariff.
    pub hs_code: String,
    /// What it is, at most [`MAX_DESCRIPTION_CHARS`].
    pub description: String,
    /// How much of it.
    pub quantity: Quantity,
    /// What it is worth.
    pub value: Money,
    /// Its entry on a control list, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<ControlEntry>,
}

/// A quantity of goods.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    /// A decimal number above zero without needless zeros: `12`, `0.5`; up to 12 digits before the
    /// point and 6 after it.
    pub value: String,
    /// Unit: UN/ECE Recommendation 20, such as `KGM` or `H87`; two or three characters.
    pub unit: String,
}

/// An entry of a control list.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlEntry {
    /// The list or regime, such as a regulation's number, at most [`MAX_LINE_CHARS`].
    pub list: String,
    /// The entry, such as `3A001.b.2`, at most [`MAX_REFERENCE_CHARS`].
    pub entry: String,
    /// The licences that permit these goods, at most [`MAX_LICENCES_PER_GOODS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub licences: Vec<LicenceDetails>,
}

/// What stands in a licence whose handle the payment names.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenceDetails {
    /// Its handle on the ledger.
    pub handle: LicenceHandle,
    /// Its number at the authority, at most [`MAX_REFERENCE_CHARS`].
    pub number: String,
    /// The authority's name, at most [`MAX_NAME_CHARS`].
    pub authority: String,
    /// The last day on which it is valid.
    pub valid_until: Date,
    /// How much of the goods' value falls under it.
    pub amount: Money,
}

/// A document, known by its hash.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// What kind of paper: ISO 20022 `DocumentType6Code` and the like, such as `CINV`; four characters.
    pub kind: String,
    /// Its number, at most [`MAX_REFERENCE_CHARS`].
    pub number: String,
    /// Plain SHA-256 of the file, as every tool computes it.
    pub sha256: Digest,
}
confidential!(Money, Contract, Invoice, Goods, Quantity, ControlEntry, LicenceDetails, Document);

impl Money {
    pub(super) fn check(&self, path: &Path<'_>) -> Result<(), DetailsError> {
        if self.amount == Amount::ZERO {
            return Err(refused(&Path::Field(path, "amount"), "0", "write whole minor units above zero"));
        }
        Ok(())
    }
}

impl Contract {
    pub(super) fn check(&self, path: &Path<'_>) -> Result<(), DetailsError> {
        check_date(&Path::Field(path, "date"), self.date)?;
        text(&Path::Field(path, "number"), &self.number, MAX_REFERENCE_CHARS)
    }
}

impl Invoice {
    pub(super) fn check(&self, path: &Path<'_>) -> Result<(), DetailsError> {
        text(&Path::Field(path, "number"), &self.number, MAX_REFERENCE_CHARS)?;
        check_date(&Path::Field(path, "date"), self.date)?;
        self.amount.check(&Path::Field(path, "amount"))
    }
}

impl Goods {
    pub(super) fn check(&self, path: &Path<'_>) -> Result<(), DetailsError> {
        code(&Path::Field(path, "hs_code"), &self.hs_code, 6..=14, DIGITS)?;
        text(&Path::Field(path, "description"), &self.description, MAX_DESCRIPTION_CHARS)?;
        self.quantity.check(&Path::Field(path, "quantity"))?;
        self.value.check(&Path::Field(path, "value"))?;
        match &self.control {
            Some(control) => control.check(&Path::Field(path, "control")),
            None => Ok(()),
        }
    }
}

impl Quantity {
    fn check(&self, path: &Path<'_>) -> Result<(), DetailsError> {
        if !is_quantity(&self.value) {
            let remedy = "write a decimal number above zero without needless zeros, such as 12 or 0.5";
            return Err(refused(&Path::Field(path, "value"), &self.value, remedy));
        }
        code(&Path::Field(path, "unit"), &self.unit, 2..=3, UPPER)
    }
}

/// One spelling per number: no sign, exponent, leading zero, trailing zero or bare point.
fn is_quantity(value: &str) -> bool {
    let (whole, decimals) = match value.split_once('.') {
        Some((whole, decimals)) if !decimals.is_empty() && !decimals.ends_with('0') => (whole, decimals),
        Some(_) => return false,
        None => (value, ""),
    };
    let digits = [whole, decimals].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let led_well = whole == "0" || !whole.starts_with('0');
    digits && led_well && (1..=12).contains(&whole.len()) && decimals.len() <= 6 && value != "0"
}

impl ControlEntry {
    fn check(&self, path: &Path<'_>) -> Result<(), DetailsError> {
        text(&Path::Field(path, "list"), &self.list, MAX_LINE_CHARS)?;
        text(&Path::Field(path, "entry"), &self.entry, MAX_REFERENCE_CHARS)?;
        each(&Path::Field(path, "licences"), &self.licences, MAX_LICENCES_PER_GOODS, LicenceDetails::check)
    }
}

impl LicenceDetails {
    fn check(&self, path: &Path<'_>) -> Result<(), DetailsError> {
        text(&Path::Field(path, "number"), &self.number, MAX_REFERENCE_CHARS)?;
        text(&Path::Field(path, "authority"), &self.authority, MAX_NAME_CHARS)?;
        check_date(&Path::Field(path, "valid_until"), self.valid_until)?;
        self.amount.check(&Path::Field(path, "amount"))
    }
}

impl Document {
    pub(super) fn check(&self, path: &Path<'_>) -> Result<(), DetailsError> {
        code(&Path::Field(path, "kind"), &self.kind, 4..=4, UPPER)?;
        text(&Path::Field(path, "number"), &self.number, MAX_REFERENCE_CHARS)
    }
}

/// Refuses days whose text could not be read back: a date that a program set past the year 9999.
fn check_date(path: &Path<'_>, date: Date) -> Result<(), DetailsError> {
    let (year, _, _) = date.to_civil();
    if year <= 9999 { Ok(()) } else { Err(refused(path, &date.to_string(), "write a day up to 9999-12-31")) }
}
