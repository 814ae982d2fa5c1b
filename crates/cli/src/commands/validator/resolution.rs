//! A decision about the validators as a file that travels between those who decide: the transaction as
//! JSON, with the signatures that it has so far.

use std::fmt;
use std::path::{Path, PathBuf};

use corridor_crypto::PublicKey;
use corridor_types::operations::ValidatorsStep;
use corridor_types::{Epoch, Genesis, Operation, ParticipantId, Timestamp, Transaction, Uetr, ValidatorChange};
use serde::Serialize;

use super::deciders::{Deciders, Standing};
use crate::failure::Failure;
use crate::registry::Registry;
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
            Operation::Validators { reference, step: ValidatorsStep::Change { epoch, changes } } => {
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

    /// The reference that the decision is under.
    pub const fn reference(&self) -> Uetr {
        self.reference
    }

    /// The epoch that ends with it.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The keys that have signed, each with whether its signature holds on this chain.
    pub fn signatures(&self, genesis: &Genesis) -> Vec<(PublicKey, bool)> {
        draft::signatures(&self.transaction, genesis)
    }

    /// The changes, for people.
    pub fn in_words(&self, registry: &Registry) -> String {
        let name = |id: ParticipantId| registry.name_of(id);
        let line = |change: &ValidatorChange| match change {
            ValidatorChange::Put { validator } => {
                let (who, power, key) = (name(validator.participant), validator.power.0, validator.key);
                format!("{who} votes with power {power} and key {key}")
            }
            ValidatorChange::Remove { participant } => format!("{} votes no more", name(*participant)),
        };
        self.changes.iter().map(line).collect::<Vec<_>>().join("; ")
    }

    /// What the file holds now. Without an answer of a node it is not known what is left to do.
    pub fn summary(&self, genesis: &Genesis, deciders: Option<&Deciders>, file: &Path) -> Summary {
        let of_genesis = || Registry::of_genesis(genesis);
        let registry = deciders.map_or_else(of_genesis, |deciders| deciders.registry.clone());
        Summary {
            file: file.to_owned(),
            epoch: self.epoch,
            changes: self.in_words(&registry),
            valid_until: self.transaction.valid_until,
            signatures: self.transaction.approvals.len(),
            standing: deciders.map(|deciders| deciders.standing(&self.signatures(genesis))),
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
    /// How many there are in the file.
    signatures: usize,
    /// What they come to as the ledger stands; absent if no node answered.
    #[serde(flatten)]
    standing: Option<Standing>,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        writeln!(f, "decision    {}", self.changes)?;
        writeln!(f, "from        the end of epoch {}", self.epoch)?;
        writeln!(f, "submit by   {}", clock::readable(self.valid_until))?;
        let Some(standing) = &self.standing else {
            writeln!(f, "signatures  {}", self.signatures)?;
            return write!(f, "No node answered, so it is not known who else must sign it.");
        };
        let list = |names: &[String]| if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
        writeln!(f, "signed by   {}", list(&standing.signed))?;
        writeln!(f, "power       {} of {}", standing.power, standing.total_power)?;
        match standing.lacks() {
            None => write!(f, "Submit it: corridor validator submit {file}"),
            Some(lacks) => {
                writeln!(f, "lacks       {lacks}")?;
                write!(f, "Each of them signs it: corridor validator sign {file}")
            }
        }
    }
}
