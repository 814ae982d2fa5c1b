//! The institutions of a test network. All of them are fictional; their identifiers carry valid
//! check digits so that nothing in the network has to look away.

use corridor_types::{Bic, IdError, Lei, ParticipantKind};

/// The most validators of one test network: each is a process on this machine.
pub const MAX_VALIDATORS: usize = 16;

/// The least: with four, one may fail.
pub const DEFAULT_VALIDATORS: usize = 4;

/// One institution of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its folder's name.
    pub folder: String,
    /// Its full name.
    pub name: String,
    /// Its business identifier code, ISO 9362.
    pub bic: Bic,
    /// Its legal entity identifier, ISO 17442.
    pub lei: Lei,
    /// What it is.
    pub kind: ParticipantKind,
    /// Its central bank's BIC.
    pub supervisor: Bic,
    /// The currency that it issues, if it is a central bank.
    pub issues: Option<&'static str>,
}

const CENTRAL_BANKS: [(&str, &str, &str, &str, &str); 2] = [
    ("aurora-central", "Central Bank of Aurora (test)", "AUCBBRSPXXX", "TEST00CENTRALAUROR12", "BRL"),
    ("meridian-central", "Central Bank of Meridian (test)", "MECBZAJJXXX", "TEST00CENTRALMERID40", "ZAR"),
];

const BANKS: [(&str, &str, &str, &str); 2] = [
    ("aurora", "Banco Aurora", "AURABRSPXXX", "TEST00BANCOAURORA082"),
    ("meridian", "Meridian Bank", "MERDZAJJXXX", "TEST00MERIDIANBANK06"),
];

/// Grants licences for controlled goods; runs no node and holds no money.
const LICENSING_AUTHORITY: (&str, &str, &str, &str, &str) =
    ("aurora-licensing", "Export Control Office of Aurora (test)", "AUXCBRSPXXX", "TEST00LICENSEAUROR", "AUCBBRSPXXX");

impl Member {
    /// True if it holds money on the ledger.
    pub fn is_settling(&self) -> bool {
        matches!(self.kind, ParticipantKind::CentralBank | ParticipantKind::Bank)
    }
}

/// The four institutions that every test network has, further banks until there is one for each of
/// `validators`, one more, which runs no node yet: with it joining can be tried, and a licensing
/// authority. In the order of the registry.
///
/// # Errors
/// Only if the tables above hold a malformed identifier, which a test rules out.
pub fn members(validators: usize) -> Result<Vec<Member>, IdError> {
    let mut members = Vec::new();
    for (folder, name, bic, lei, currency) in CENTRAL_BANKS {
        let bic = bic.parse()?;
        let kind = ParticipantKind::CentralBank;
        let (folder, name, lei) = (folder.to_owned(), name.to_owned(), lei.parse()?);
        members.push(Member { folder, name, bic, lei, kind, supervisor: bic, issues: Some(currency) });
    }
    for ((folder, name, bic, lei), (_, _, supervisor, _, _)) in BANKS.into_iter().zip(CENTRAL_BANKS) {
        members.push(bank(folder.to_owned(), name.to_owned(), bic, lei, supervisor)?);
    }
    for (number, letter) in (members.len()..=validators.max(members.len())).zip('E'..='Z') {
        members.push(further_bank(number, letter)?);
    }
    let (folder, name, bic, lei, supervisor) = LICENSING_AUTHORITY;
    let authority = bank(folder.to_owned(), name.to_owned(), bic, &with_check_digits(lei), supervisor)?;
    members.push(Member { kind: ParticipantKind::LicensingAuthority, ..authority });
    Ok(members)
}

fn bank(folder: String, name: String, bic: &str, lei: &str, supervisor: &str) -> Result<Member, IdError> {
    let (bic, lei, supervisor) = (bic.parse()?, lei.parse()?, supervisor.parse()?);
    Ok(Member { folder, name, bic, lei, kind: ParticipantKind::Bank, supervisor, issues: None })
}

/// Further banks belong to the two countries in turn.
fn further_bank(number: usize, letter: char) -> Result<Member, IdError> {
    let (place, supervisor) = if number.is_multiple_of(2) { ("BRSP", "AUCBBRSPXXX") } else { ("ZAJJ", "MECBZAJJXXX") };
    let lei = with_check_digits(&format!("TEST00FURTHERBANK{letter}"));
    let folder = format!("bank-{}", letter.to_ascii_lowercase());
    bank(folder, format!("Bank {letter} (test)"), &format!("TBK{letter}{place}XXX"), &lei, supervisor)
}

/// Appends the two check digits of ISO 17442 (ISO 7064, mod 97-10) to 18 characters.
pub fn with_check_digits(base: &str) -> String {
    let rest = |text: &str| {
        text.chars().fold(0, |rest, character| match character.to_digit(36) {
            Some(value) if value < 10 => (rest * 10 + value) % 97,
            Some(value) => (rest * 100 + value) % 97,
            None => rest,
        })
    };
    format!("{base}{:02}", 98 - rest(&format!("{base}00")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_size_has_distinct_and_valid_members() {
        for validators in 1..=MAX_VALIDATORS {
            let members = members(validators).unwrap();
            assert_eq!(members.len(), validators.max(4) + 2);
            assert_eq!(members.iter().filter(|member| !member.is_settling()).count(), 1);
            let distinct = |key: fn(&Member) -> String| {
                members.iter().map(key).collect::<std::collections::BTreeSet<_>>().len() == members.len()
            };
            assert!(
                distinct(|m| m.folder.clone()) && distinct(|m| m.bic.to_string()) && distinct(|m| m.lei.to_string())
            );
        }
    }
}
