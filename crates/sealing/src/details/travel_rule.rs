//! What the travel rule (FATF Recommendation 16) asks for beyond name, identity, account and address
//! of the parties. Which of it a payment needs is its regulators' rule, not checked here.

use corridor_types::{CountryCode, Date};
use serde::{Deserialize, Serialize};

use super::check::{Path, refused, text};
use super::{DetailsError, confidential};
use crate::limits::MAX_REFERENCE_CHARS;

/// Travel-rule data of both ends.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TravelRule {
    /// The debtor, as its bank knows it.
    pub originator: Customer,
    /// The creditor, as its bank knows it.
    pub beneficiary: Customer,
}

/// A customer as its bank knows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// Its number at the bank, at most [`MAX_REFERENCE_CHARS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Where and when a natural person was born.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth: Option<Birth>,
}

/// Date and place of birth.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Birth {
    /// The day, as `YYYY-MM-DD` from 1850 on. Text, because a ledger's [`Date`] begins in 1970.
    pub date: String,
    /// The town, at most [`MAX_REFERENCE_CHARS`].
    pub town: String,
    /// Country of birth, ISO 3166-1.
    pub country: CountryCode,
}
confidential!(TravelRule, Customer, Birth);

impl TravelRule {
    pub(super) fn check(&self, path: &Path<'_>) -> Result<(), DetailsError> {
        self.originator.check(&Path::Field(path, "originator"))?;
        self.beneficiary.check(&Path::Field(path, "beneficiary"))
    }
}

impl Customer {
    fn check(&self, path: &Path<'_>) -> Result<(), DetailsError> {
        if let Some(number) = &self.number {
            text(&Path::Field(path, "number"), number, MAX_REFERENCE_CHARS)?;
        }
        match &self.birth {
            Some(birth) => birth.check(&Path::Field(path, "birth")),
            None => Ok(()),
        }
    }
}

impl Birth {
    fn check(&self, path: &Path<'_>) -> Result<(), DetailsError> {
        if !is_birth_date(&self.date) {
            return Err(refused(&Path::Field(path, "date"), &self.date, "write a calendar day as YYYY-MM-DD"));
        }
        text(&Path::Field(path, "town"), &self.town, MAX_REFERENCE_CHARS)
    }
}

/// The calendar repeats after 400 years, so a day exists if the same day 400 years later does.
fn is_birth_date(date: &str) -> bool {
    let Some((year, rest)) = date.split_at_checked(4) else { return false };
    let digits = year.bytes().all(|byte| byte.is_ascii_digit());
    let later = year.parse::<u32>().ok().filter(|year| digits && (1850..=9599).contains(year)).map(|year| year + 400);
    later.is_some_and(|year| format!("{year:04}{rest}").parse::<Date>().is_ok())
}
