//! A decision about the validators as a file that travels between central banks: the transaction as
//! JSON, with the signatures that it has so far.

use std::fmt;
use std::path::{Path, PathBuf};

use corridor_types::{
    Epoch, Genesis, KeyRole, Operation, ParticipantEntry, ParticipantId, Timestamp, Transaction, Uetr, ValidatorChange,
};
use serde::Serialize;

use crate::failure::Failure;
use crate::{clock, draft};

/// A transaction that changes the validators; any other is refused by the constructors.
#[derive(Debug)]
pub struct Resolution {
    /// With the signatures so far.
    pub transaction: Transaction,
    reference: Uetr,
    epoch: Epoch,
    changes: Vec<ValidatorChange>,
}

impl Resolution {
    /// Takes a transaction that changes the validators.
    ///
    /// # Errors
    /// A usage failure if it does something else: nobody is made to sign what is not shown.
    pub fn new(transaction: Transaction) -> Result<Self, Failure> {
        match &transaction.operation {
            Operation::ChangeValidators { reference, epoch, changes } => {
                Ok(Self { reference: *reference, epoch: *epoch, changes: changes.clone(), transaction })
            }
            _ => Err(Failure::usage("the transaction does not change the validators")),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// A usage failure that names the file.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let wrong = |failure: Failure| Failure::usage(format!("{}: {}", file.display(), failure.message));
        Self::new(draft::read(file)?).map_err(wrong)
    }

    /// Writes the file.
    ///
    /// # Errors
    /// A failure that names it.
    pub fn write(&self, file: &Path) -> Result<(), Failure> {
        draft::write(file, &self.transaction)
    }

    /// Its reference.
    pub const fn reference(&self) -> Uetr {
        self.reference
    }

    /// The epoch that ends with it.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The central banks that issue an asset, with whether each has signed validly.
    fn signers(&self, genesis: &Genesis) -> Vec<(String, bool)> {
        let signatures = draft::signatures(&self.transaction, genesis);
        let signed = |entry: &ParticipantEntry| {
            let supervisor = |key| entry.keys.iter().any(|own| own.key == key && own.role == KeyRole::Supervisor);
            signatures.iter().any(|(key, holds)| *holds && supervisor(*key))
        };
        let issues = |id: ParticipantId| genesis.assets.iter().any(|asset| asset.issuer == id);
        let banks = (0u32..).map(ParticipantId).zip(&genesis.participants).filter(|(id, _)| issues(*id));
        banks.map(|(_, entry)| (format!("{} ({})", entry.name, entry.bic), signed(entry))).collect()
    }

    /// The central banks whose signatures are missing.
    pub fn missing(&self, genesis: &Genesis) -> Vec<String> {
        self.signers(genesis).into_iter().filter(|(_, signed)| !signed).map(|(name, _)| name).collect()
    }

    /// The changes, for people.
    pub fn in_words(&self, genesis: &Genesis) -> String {
        let name = |id: ParticipantId| {
            let entry = usize::try_from(id.0).ok().and_then(|position| genesis.participants.get(position));
            entry.map_or_else(|| format!("participant {id}"), |entry| format!("{} ({})", entry.name, entry.bic))
        };
        let line = |change: &ValidatorChange| match change {
            ValidatorChange::Put { validator } => {
                let (who, power, key) = (name(validator.participant), validator.power.0, validator.key);
                format!("{who} votes with power {power} and key {key}")
            }
            ValidatorChange::Remove { participant } => format!("{} votes no more", name(*participant)),
        };
        self.changes.iter().map(line).collect::<Vec<_>>().join("; ")
    }

    /// What the file holds now.
    pub fn summary(&self, genesis: &Genesis, file: &Path) -> Summary {
        let signers = self.signers(genesis).into_iter();
        let (signed, missing): (Vec<_>, Vec<_>) = signers.partition(|(_, signed)| *signed);
        let names = |list: Vec<(String, bool)>| list.into_iter().map(|(name, _)| name).collect();
        Summary {
            file: file.to_owned(),
            epoch: self.epoch,
            changes: self.in_words(genesis),
            valid_until: self.transaction.valid_until,
            signed: names(signed),
            missing: names(missing),
        }
    }
}

/// What a person checks before signing, and what is left to do.
#[derive(Debug, Serialize)]
pub struct Summary {
    file: PathBuf,
    /// The epoch that ends.
    epoch: Epoch,
    changes: String,
    valid_until: Timestamp,
    signed: Vec<String>,
    missing: Vec<String>,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        writeln!(f, "decision    {}", self.changes)?;
        writeln!(f, "from        the end of epoch {}", self.epoch)?;
        writeln!(f, "submit by   {}", clock::readable(self.valid_until))?;
        let list = |names: &[String]| if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
        writeln!(f, "signed by   {}", list(&self.signed))?;
        writeln!(f, "missing     {}", list(&self.missing))?;
        match self.missing.is_empty() {
            true => write!(f, "Submit it: corridor validator submit {file}"),
            false => write!(f, "Each of them signs it: corridor validator sign {file}"),
        }
    }
}
