//! The table of operations, row by row: what the type of a step cannot say. Each family's file has
//! its rows, next to the steps themselves; everything that lists operations is derived from them.
//!
//! A row says who may ask and who signs as far as that depends on nothing but the step. What depends
//! on the ledger's state is the ledger's, never this module's.

use std::fmt;

use crate::{EntryKind, KeyRole, ParticipantKind};

/// One step of a family, or one operation without steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Its number in the encoding, unique in its family.
    pub number: u8,
    /// Its name in JSON, unique in its family.
    pub name: &'static str,
    /// What it does, in sentences, with a space before the first.
    pub doc: &'static str,
    /// The kinds of institution that may submit it.
    pub by: &'static [ParticipantKind],
    /// Who signs it.
    pub signed: SignedBy,
    /// What its own entry reports.
    pub entry: EntryKind,
    /// What other entries it may cause.
    pub also: &'static [EntryKind],
    /// True if it goes first: into the next batch of its lane, which keeps room for it, and in its block.
    pub is_urgent: bool,
}

/// A family of operations on one object of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FamilyRows {
    /// Its number in the encoding.
    pub number: u8,
    /// Its name in JSON.
    pub name: &'static str,
    /// What it is about, with a space before the first word.
    pub doc: &'static str,
    /// Its steps; exactly one, named like the family, for an operation without steps.
    pub steps: &'static [Row],
}

impl FamilyRows {
    /// The full name of a row: family and step, or the one name of an operation without steps.
    pub fn name_of(&self, row: &Row) -> String {
        if row.name == self.name && self.steps.len() == 1 {
            self.name.to_owned()
        } else {
            format!("{}.{}", self.name, row.name)
        }
    }
}

/// A step whose type carries its rows.
pub trait Steps: Sized + 'static {
    /// One row for each variant, in the order of their numbers.
    const ROWS: &'static [Row];

    /// The row of this step.
    fn row(&self) -> &'static Row;
}

/// The signatures that an operation needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedBy {
    /// So many different keys that the submitter registered in one of some roles. The first role is
    /// the usual one.
    Own {
        /// How many.
        count: usize,
        /// In which roles.
        roles: &'static [KeyRole],
        /// Whose they are, in words.
        of: &'static str,
    },
    /// The same with other roles for central banks than for the others.
    ByKind {
        /// How many.
        count: usize,
        /// The roles of others, and whose they are.
        others: (&'static [KeyRole], &'static str),
        /// The roles of central banks, and whose they are.
        central_bank: (&'static [KeyRole], &'static str),
    },
    /// More than the submitter's own keys decides: the family checks the signatures.
    Rule {
        /// By which rule.
        rule: SignerRule,
        /// The rule in words.
        text: &'static str,
    },
}

/// Rules about signatures that need the ledger's state or keys of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignerRule {
    /// For money that leaves: a key in one of some roles, and checkers as the payer's own rules say.
    Payer {
        /// Who may initiate it. The first role is the usual one.
        initiating: &'static [KeyRole],
    },
    /// A supervisor key of the central bank, and an operator key of the applicant.
    Applicant,
    /// Two governance keys of whom the step changes, or two supervisor keys of its central bank; one
    /// where it has no more, or where the step only takes power away.
    Governors,
    /// One supervisor key of the central bank of each member of the programme.
    Members,
    /// One operator key of the participant, and both keys that the operation declares.
    Declared,
    /// One supervisor key of each central bank that issues an asset, and governance keys of
    /// participants whose validators make up a quorum with theirs.
    EveryIssuer,
}

/// "1 operator or maker key", "2 issuer keys".
fn write_keys(f: &mut fmt::Formatter<'_>, roles: &[KeyRole], count: usize) -> fmt::Result {
    for (position, role) in roles.iter().enumerate() {
        let before = match position {
            0 => "",
            _ if position + 1 == roles.len() => " or ",
            _ => ", ",
        };
        write!(f, "{before}{role}")?;
    }
    f.write_str(if count == 1 { " key" } else { " keys" })
}

impl fmt::Display for SignedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own { count, roles, of } => {
                write!(f, "{count} ")?;
                write_keys(f, roles, *count)?;
                write!(f, " of {of}")
            }
            Self::ByKind { count, others: (roles, of), central_bank: (central_roles, central) } => {
                write!(f, "{count} ")?;
                write_keys(f, roles, *count)?;
                write!(f, " of {of}, or ")?;
                write_keys(f, central_roles, *count)?;
                write!(f, " of {central}")
            }
            Self::Rule { text, .. } => f.write_str(text),
        }
    }
}

pub(super) const fn own(count: usize, roles: &'static [KeyRole], of: &'static str) -> SignedBy {
    SignedBy::Own { count, roles, of }
}

pub(super) const fn rule(rule: SignerRule, text: &'static str) -> SignedBy {
    SignedBy::Rule { rule, text }
}

/// Everybody on the ledger.
pub(super) const EVERYBODY: &[ParticipantKind] = ParticipantKind::ALL;
pub(super) const BUT_OBSERVERS: &[ParticipantKind] =
    &[ParticipantKind::CentralBank, ParticipantKind::Bank, ParticipantKind::LicensingAuthority];
/// Who has accounts. What only a central bank can do among this is then a matter of authority.
pub(super) const BANKS: &[ParticipantKind] = &[ParticipantKind::CentralBank, ParticipantKind::Bank];
pub(super) const CENTRAL_BANKS: &[ParticipantKind] = &[ParticipantKind::CentralBank];
pub(super) const AUTHORITIES: &[ParticipantKind] = &[ParticipantKind::LicensingAuthority];

pub(super) const ISSUER: &[KeyRole] = &[KeyRole::Issuer];
pub(super) const OPERATOR: &[KeyRole] = &[KeyRole::Operator];
pub(super) const SUPERVISOR: &[KeyRole] = &[KeyRole::Supervisor];
pub(super) const GOVERNANCE: &[KeyRole] = &[KeyRole::Governance];
/// Who initiates payments and exchanges: the bank's systems, or a dealer.
pub(super) const INITIATING: &[KeyRole] = &[KeyRole::Operator, KeyRole::Maker];
/// Who answers a payment: the bank's systems, or an officer.
pub(super) const ANSWERING: &[KeyRole] = &[KeyRole::Operator, KeyRole::Compliance];
/// The officers of a central bank.
pub(super) const OFFICERS: &[KeyRole] = &[KeyRole::Compliance, KeyRole::Supervisor];

/// A row of the table, from the tokens that [`steps`] and `operations` read.
macro_rules! row {
    ($number:literal, $name:literal, [$($doc:literal)+], $by:expr, $signed:expr, [$entry:ident $(, $also:ident)*],
     [$($urgent:ident)?]) => {
        $crate::operations::Row {
            number: $number,
            name: $name,
            doc: concat!($($doc),+),
            by: $by,
            signed: $signed,
            entry: $crate::EntryKind::$entry,
            also: &[$($crate::EntryKind::$also),*],
            is_urgent: { const FLAGS: &[&str] = &[$(stringify!($urgent))?]; !FLAGS.is_empty() },
        }
    };
}
pub(super) use row;

/// Writes the enum of a family's steps with its codec, its form in JSON and its rows. A field that is
/// a list carries its limit in brackets. `urgent` marks what goes first.
macro_rules! steps {
    ($(#[$meta:meta])* $type:ident {
        $($(#[doc = $doc:literal])+ $number:literal $name:literal $step:ident {
            $($(#[$field_meta:meta])* $field:ident: $field_type:ty $([$limit:expr])?),* $(,)?
        } => { by: $by:expr, signed: $signed:expr, entries: [$($entry:ident),+] $(, $urgent:ident)? $(,)? })+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "step", deny_unknown_fields)]
        pub enum $type {
            $($(#[doc = $doc])+ #[serde(rename = $name)] $step { $($(#[$field_meta])* $field: $field_type),* }),+
        }
        $crate::codec_enum!($type { $($number => $step { $($field $([$limit])?),* }),+ });

        impl $crate::operations::Steps for $type {
            const ROWS: &'static [$crate::operations::Row] = &[
                $($crate::operations::row::row!($number, $name, [$($doc)+], $by, $signed, [$($entry),+], [$($urgent)?])),+
            ];

            fn row(&self) -> &'static $crate::operations::Row {
                const ROWS: &[$crate::operations::Row] = <$type as $crate::operations::Steps>::ROWS;
                match self {
                    $(Self::$step { .. } => const { $crate::operations::row::find(ROWS, $number) },)+
                }
            }
        }
    };
}
pub(super) use steps;

/// The row with a number. Evaluated when the program is compiled: a row that is not there is an error.
pub(super) const fn find(rows: &'static [Row], number: u8) -> &'static Row {
    let mut position = 0;
    while rows[position].number != number {
        position += 1;
    }
    &rows[position]
}

/// The family with a number, evaluated as [`find`].
pub(super) const fn find_family(families: &'static [FamilyRows], number: u8) -> &'static FamilyRows {
    let mut position = 0;
    while families[position].number != number {
        position += 1;
    }
    &families[position]
}
