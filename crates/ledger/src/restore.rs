//! Taking up a ledger again from its records.
//!
//! Genesis determines a part of the records; the blocks' changes are laid over it. Nothing is
//! believed that can be checked: keys, encodings, gaps, the log of references, and conservation.
//! Whether the records are *the right ones* only a commitment tells: compare [`Ledger::state`]
//! with the outcome of the last executed block.

use corridor_types::persist::{Change, Table};
use corridor_types::{Decode, DecodeError, Genesis, GenesisError, Uetr};

use crate::audit::audit;
use crate::meta::{META_KEY, Meta};
use crate::references::References;
use crate::slots::{LoadError, Misplaced};
use crate::state::State;
use crate::tables::{META, REFERENCES, Tables};
use crate::{Halt, Ledger};

/// Why records are no ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// The genesis is unusable.
    #[error("the genesis is unusable: {0}")]
    Genesis(#[from] GenesisError),
    /// A record of a table that this version does not know.
    #[error("table {} is unknown to this version; the record's key is {key}", table.0)]
    UnknownTable {
        /// Number of the table.
        table: Table,
        /// The key in hexadecimal.
        key: String,
    },
    /// A record with an impossible key.
    #[error("table {}: {key} is no key of it; the records are damaged", table.0)]
    BadKey {
        /// Number of the table.
        table: Table,
        /// The key in hexadecimal.
        key: String,
    },
    /// A record that does not decode.
    #[error("table {}, record {key}: {source}; the records are damaged", table.0)]
    BadValue {
        /// Number of the table.
        table: Table,
        /// The key in hexadecimal.
        key: String,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// A record that must be there is not, or does not fit the others.
    #[error("table {}, record {key}: {problem}; the records are damaged", table.0)]
    Inconsistent {
        /// Number of the table.
        table: Table,
        /// The key of the record, as text.
        key: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// The records do not add up.
    #[error("the records do not add up: {0}")]
    DoesNotAddUp(#[from] Halt),
}

impl From<Misplaced> for RestoreError {
    fn from(Misplaced { table, slot, problem }: Misplaced) -> Self {
        Self::Inconsistent { table, key: slot.to_string(), problem }
    }
}

fn hexadecimal(key: &[u8]) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Names the record that was not taken up.
fn refusal(table: Table, key: &[u8], error: LoadError) -> RestoreError {
    let key = hexadecimal(key);
    match error {
        LoadError::BadKey => RestoreError::BadKey { table, key },
        LoadError::BadValue(source) => RestoreError::BadValue { table, key, source },
    }
}

/// Everything loaded so far.
struct Loading {
    meta: Meta,
    tables: Tables,
    references: References,
}

impl Loading {
    fn load(&mut self, change: &Change) -> Result<(), RestoreError> {
        let Change { table, key, value } = change;
        let (table, value) = (*table, value.as_deref());
        let loaded = match table {
            META => self.load_meta(key, value),
            REFERENCES => self.load_reference(key, value),
            table => match self.tables.slots_mut().get_mut(table) {
                Some(slots) => slots.load(key, value),
                None => return Err(RestoreError::UnknownTable { table, key: hexadecimal(key) }),
            },
        };
        loaded.map_err(|error| refusal(table, key, error))
    }

    fn load_meta(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), LoadError> {
        let value = value.filter(|_| key == META_KEY).ok_or(LoadError::BadKey)?;
        self.meta = Decode::from_bytes(value).map_err(LoadError::BadValue)?;
        Ok(())
    }

    fn load_reference(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), LoadError> {
        let reference = Uetr::from_bytes(key).map_err(|_| LoadError::BadKey)?;
        let value = value.ok_or(LoadError::BadKey)?;
        self.references.load(reference, Decode::from_bytes(value).map_err(LoadError::BadValue)?);
        Ok(())
    }

    fn finish(mut self, genesis: &Genesis) -> Result<State, RestoreError> {
        let gap = self.tables.slots_mut().into_iter().find_map(|(_, slots)| slots.find_gap());
        if let Some(gap) = gap {
            return Err(gap.into());
        }
        self.references.rebuild().map_err(|reference| {
            let problem = "an event before it is missing from the log, or stands in it twice";
            RestoreError::Inconsistent { table: REFERENCES, key: reference.to_string(), problem }
        })?;
        let state = State::new(genesis, self.meta, self.references, self.tables)?;
        audit(&state)?;
        Ok(state)
    }
}

impl Ledger {
    /// The ledger whose blocks' changes accumulated to `records`, in any order that keeps later
    /// changes of a record after earlier ones. Records that equal genesis may be left out.
    ///
    /// # Errors
    /// [`RestoreError`], which names table and key.
    pub fn restore(genesis: &Genesis, records: impl IntoIterator<Item = Change>) -> Result<Self, RestoreError> {
        genesis.validate()?;
        let (meta, tables, references) = (Meta::genesis(genesis), Tables::genesis(genesis)?, References::default());
        let mut loading = Loading { meta, tables, references };
        records.into_iter().try_for_each(|change| loading.load(&change))?;
        Ok(Self::sealed(loading.finish(genesis)?))
    }
}
