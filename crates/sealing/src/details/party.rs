//! Parties: name, identity, account, address. Whether a party exists or may pay is asked elsewhere.

use corridor_types::{CountryCode, Lei};
use serde::{Deserialize, Serialize};

use super::check::{Path, UPPER, code, optional_text, refused, text};
use super::{DetailsError, confidential};
use crate::limits::{MAX_ACCOUNT_CHARS, MAX_CODE_CHARS, MAX_LINE_CHARS, MAX_NAME_CHARS, MAX_REFERENCE_CHARS};

/// A company or person concerned by the payment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// The legal name, at most [`MAX_NAME_CHARS`].
    pub name: String,
    /// What identifies it; the name never does.
    pub identity: Identity,
    /// Its account at its bank. Debtor and creditor have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// Where it is.
    pub address: Address,
}

/// An identity: an LEI, or a number that a state has given.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Identity {
    /// Legal Entity Identifier.
    Lei(Lei),
    /// A national number: of a company, a taxpayer or a person.
    National {
        /// Who gave it.
        country: CountryCode,
        /// What kind of number it is: ISO 20022 `ExternalOrganisationIdentification1Code` or
        /// `ExternalPersonIdentification1Code`, such as `TXID`; four characters.
        scheme: String,
        /// The number, at most [`MAX_REFERENCE_CHARS`].
        number: String,
    },
}

/// An account at a bank.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Account {
    /// International bank account number (ISO 13616), without spaces.
    Iban(String),
    /// Any other number, at most [`MAX_ACCOUNT_CHARS`].
    Other(String),
}

/// A structured postal address: the elements of ISO 20022 `PostalAddress24` without its free lines.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Department of a large organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// Part of the department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_department: Option<String>,
    /// Street, `StrtNm`, at most 70 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// Number in the street.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub building_number: Option<String>,
    /// Name of the building.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub building_name: Option<String>,
    /// Floor, `Flr`, at most 70 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<String>,
    /// Post box, `PstBx`, at most 16 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_box: Option<String>,
    /// Room, `Room`, at most 70 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// Post code, `PstCd`, at most 16 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_code: Option<String>,
    /// Town, `TwnNm`, which every address has, at most 35 characters.
    pub town: String,
    /// Part of the town.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub town_location: Option<String>,
    /// District, `DstrctNm`, at most 35 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    /// State, province or region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subdivision: Option<String>,
    /// Country, `Ctry`, which every address has.
    pub country: CountryCode,
}
confidential!(Party, Identity, Account, Address);

impl Party {
    pub(super) fn check(&self, path: &Path<'_>) -> Result<(), DetailsError> {
        text(&Path::Field(path, "name"), &self.name, MAX_NAME_CHARS)?;
        self.identity.check(&Path::Field(path, "identity"))?;
        if let Some(account) = &self.account {
            account.check(&Path::Field(path, "account"))?;
        }
        self.address.check(&Path::Field(path, "address"))
    }

    pub(super) fn check_with_account(&self, path: &Path<'_>) -> Result<(), DetailsError> {
        if self.account.is_none() {
            let remedy = "write the account as {\"iban\": ...} or {\"other\": ...}";
            return Err(DetailsError::Missing { field: Path::Field(path, "account").to_string(), remedy });
        }
        self.check(path)
    }
}

impl Identity {
    fn check(&self, path: &Path<'_>) -> Result<(), DetailsError> {
        let Self::National { scheme, number, .. } = self else {
            return Ok(()); // An `Lei` is checked when it is read.
        };
        let path = &Path::Field(path, "national");
        code(&Path::Field(path, "scheme"), scheme, 4..=4, UPPER)?;
        text(&Path::Field(path, "number"), number, MAX_REFERENCE_CHARS)
    }
}

impl Account {
    fn check(&self, path: &Path<'_>) -> Result<(), DetailsError> {
        match self {
            Self::Iban(iban) => check_iban(&Path::Field(path, "iban"), iban),
            Self::Other(number) => text(&Path::Field(path, "other"), number, MAX_ACCOUNT_CHARS),
        }
    }
}

/// ISO 13616: country, two check digits, up to 30 characters; ISO 7064 mod 97-10 leaves 1.
fn check_iban(path: &Path<'_>, iban: &str) -> Result<(), DetailsError> {
    // Norway's, the shortest, has 15.
    code(path, iban, 15..=MAX_ACCOUNT_CHARS, UPPER)?;
    let (front, rest) = iban.split_at(4);
    let shaped = front[2..].bytes().all(|byte| byte.is_ascii_digit());
    if front[..2].parse::<CountryCode>().is_err() || !shaped {
        return Err(refused(path, iban, "begin with a country code and two check digits"));
    }
    if mod_97(rest.bytes().chain(front.bytes())) == 1 {
        return Ok(());
    }
    Err(refused(path, iban, "the check digits do not fit; a character was mistyped"))
}

fn mod_97(characters: impl Iterator<Item = u8>) -> u32 {
    characters.fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.wrapping_sub(b'A')) + 10) % 97,
    })
}

impl Address {
    fn check(&self, path: &Path<'_>) -> Result<(), DetailsError> {
        // The bounds of `PostalAddress24`.
        let parts = [
            ("department", &self.department, MAX_LINE_CHARS),
            ("sub_department", &self.sub_department, MAX_LINE_CHARS),
            ("street", &self.street, MAX_LINE_CHARS),
            ("building_number", &self.building_number, MAX_CODE_CHARS),
            ("building_name", &self.building_name, MAX_REFERENCE_CHARS),
            ("floor", &self.floor, MAX_LINE_CHARS),
            ("post_box", &self.post_box, MAX_CODE_CHARS),
            ("room", &self.room, MAX_LINE_CHARS),
            ("post_code", &self.post_code, MAX_CODE_CHARS),
            ("town_location", &self.town_location, MAX_REFERENCE_CHARS),
            ("district", &self.district, MAX_REFERENCE_CHARS),
            ("subdivision", &self.subdivision, MAX_REFERENCE_CHARS),
        ];
        for (name, part, limit) in parts {
            optional_text(&Path::Field(path, name), part.as_deref(), limit)?;
        }
        text(&Path::Field(path, "town"), &self.town, MAX_REFERENCE_CHARS)
    }
}
