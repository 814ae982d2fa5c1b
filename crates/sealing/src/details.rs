//! The confidential record of a payment in the clear: its fields, its JSON, its one encoding.
//!
//! The canonical encoding is the compact JSON that these types write: fields in the order in which
//! they are declared, nothing for what is absent, no space. It names its fields, so that a record
//! which a regulator opens years later needs no program of ours to be read. Reading refuses every
//! other spelling.
//!
//! Checked here: shape, bounds, codes and check digits. Not checked: whether sums agree with the
//! payment, whether a party is who it says, whether goods are controlled. Values are never printed
//! by `Debug`, and an error that quotes one is for who sent or opened it, not for a log.

mod check;
mod party;
mod trade;
mod travel_rule;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub use check::DetailsError;
pub use party::{Account, Address, Identity, Party};
pub use trade::{Contract, ControlEntry, Document, Goods, Invoice, LicenceDetails, Money, Quantity};
pub use travel_rule::{Birth, Customer, TravelRule};

use crate::limits::{
    MAX_CLEARTEXT_BYTES, MAX_DOCUMENTS, MAX_GOODS, MAX_INVOICES, MAX_JSON_BYTES, MAX_NAME_CHARS, MAX_REMITTANCE_LINES,
};
use check::{Path, code, each, text};

/// Gives confidential types a `Debug` that shows nothing of them.
macro_rules! confidential {
    ($($name:ident),* $(,)?) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(confidential)"))
            }
        }
    )*};
}
pub(crate) use confidential;

/// The confidential details of one payment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Details {
    /// Who pays; with account.
    pub debtor: Party,
    /// Who is paid; with account.
    pub creditor: Party,
    /// On whose behalf the debtor pays, if it is somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ultimate_debtor: Option<Party>,
    /// For whom the creditor receives, if it is somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ultimate_creditor: Option<Party>,
    /// Who will use the goods, if that is not the debtor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_user: Option<Party>,
    /// Purpose of the payment: ISO 20022 `ExternalPurpose1Code`, four characters, such as `GDDS`.
    pub purpose: String,
    /// The contract behind the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<Contract>,
    /// The invoices that it pays, at most [`MAX_INVOICES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invoices: Vec<Invoice>,
    /// The goods behind it, at most [`MAX_GOODS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goods: Vec<Goods>,
    /// What the travel rule asks for beyond the parties themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub travel_rule: Option<TravelRule>,
    /// Unstructured remittance information, at most [`MAX_REMITTANCE_LINES`] lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remittance: Vec<String>,
    /// Documents by hash, at most [`MAX_DOCUMENTS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Document>,
}
confidential!(Details);

impl Details {
    /// Reads a record from JSON in any spelling and checks it.
    ///
    /// # Errors
    /// [`DetailsError`], which names the field, the value and the remedy.
    pub fn from_json(json: &[u8]) -> Result<Self, DetailsError> {
        if json.len() > MAX_JSON_BYTES {
            return Err(DetailsError::TooLarge { bytes: json.len(), limit: MAX_JSON_BYTES });
        }
        let details = check::parse(json)?;
        Self::validate(&details)?;
        Ok(details)
    }

    /// The canonical encoding of a valid record. Wiped on drop.
    ///
    /// # Errors
    /// [`DetailsError`] if the record is not valid or too large.
    pub fn to_canonical(&self) -> Result<Zeroizing<Vec<u8>>, DetailsError> {
        self.validate()?;
        let bytes = check::write(self)?;
        if bytes.len() > MAX_CLEARTEXT_BYTES {
            return Err(DetailsError::TooLarge { bytes: bytes.len(), limit: MAX_CLEARTEXT_BYTES });
        }
        Ok(bytes)
    }

    /// The valid record of which `bytes` is the canonical encoding.
    ///
    /// # Errors
    /// [`DetailsError`], also for another spelling of a valid record.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, DetailsError> {
        let details = Self::from_json(bytes)?;
        if details.to_canonical()?.as_slice() == bytes { Ok(details) } else { Err(DetailsError::NotCanonical) }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`DetailsError`] for the first field that is refused.
    pub fn validate(&self) -> Result<(), DetailsError> {
        let root = &Path::Root;
        self.check_parties(root)?;
        code(&Path::Field(root, "purpose"), &self.purpose, 4..=4, check::UPPER)?;
        if let Some(contract) = &self.contract {
            contract.check(&Path::Field(root, "contract"))?;
        }
        each(&Path::Field(root, "invoices"), &self.invoices, MAX_INVOICES, Invoice::check)?;
        each(&Path::Field(root, "goods"), &self.goods, MAX_GOODS, Goods::check)?;
        if let Some(travel_rule) = &self.travel_rule {
            travel_rule.check(&Path::Field(root, "travel_rule"))?;
        }
        let line = |line: &String, path: &Path<'_>| text(path, line, MAX_NAME_CHARS);
        each(&Path::Field(root, "remittance"), &self.remittance, MAX_REMITTANCE_LINES, line)?;
        each(&Path::Field(root, "documents"), &self.documents, MAX_DOCUMENTS, Document::check)
    }

    fn check_parties(&self, root: &Path<'_>) -> Result<(), DetailsError> {
        self.debtor.check_with_account(&Path::Field(root, "debtor"))?;
        self.creditor.check_with_account(&Path::Field(root, "creditor"))?;
        let others = [
            ("ultimate_debtor", &self.ultimate_debtor),
            ("ultimate_creditor", &self.ultimate_creditor),
            ("end_user", &self.end_user),
        ];
        for (name, party) in others {
            if let Some(party) = party {
                party.check(&Path::Field(root, name))?;
            }
        }
        Ok(())
    }
}
