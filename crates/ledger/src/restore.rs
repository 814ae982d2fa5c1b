//! Taking up a ledger again from its records.
//!
//! Genesis determines a part of the records; the blocks' changes are laid over it. Nothing is
//! believed that can be checked: keys, encodings, gaps, the log of references, and conservation.
//! Whether the records are *the right ones* only a commitment tells: compare [`Ledger::state`]
//! with the outcome of the last executed block.

use corridor_types::persist::{Change, Table};
use corridor_types::{Decode, DecodeError, Genesis, GenesisError, PaymentStatus, Uetr, ValidatorSet};

use crate::conservation::Sums;
use crate::references::References;
use crate::slots::{Record, Slots, tables};
use crate::state::{META_KEY, Meta, State, Tables};
use crate::validators::epochs::{Epochs, first_epoch};
use crate::{Candidate, Halt, Ledger, OpenPayment};

/// Why records are no ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// The genesis is unusable.
    #[error("the genesis is unusable: {0}")]
    Genesis(#[from] GenesisError),
    /// A record of a table that this version does not know.
    #[error("table {} is unknown to this version; the record's key is {key}", table.0)]
    UnknownTable {
        /// The table.
        table: Table,
        /// The key in hexadecimal.
        key: String,
    },
    /// A record with an impossible key.
    #[error("table {}: {key} is no key of it; the records are damaged", table.0)]
    BadKey {
        /// The table.
        table: Table,
        /// The key in hexadecimal.
        key: String,
    },
    /// A record that does not decode.
    #[error("table {}, record {key}: {source}; the records are damaged", table.0)]
    BadValue {
        /// The table.
        table: Table,
        /// The key in hexadecimal.
        key: String,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// A record that must be there is not, or does not fit the others.
    #[error("table {}, record {key}: {problem}; the records are damaged", table.0)]
    Inconsistent {
        /// The table.
        table: Table,
        /// The key.
        key: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// The records do not add up.
    #[error("the records do not add up: {0}")]
    DoesNotAddUp(#[from] Halt),
}

fn hexadecimal(key: &[u8]) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn decode<T: Decode>(table: Table, key: &[u8], value: &[u8]) -> Result<T, RestoreError> {
    T::from_bytes(value).map_err(|source| RestoreError::BadValue { table, key: hexadecimal(key), source })
}

fn load_slot<R: Record>(slots: &mut Slots<R>, key: &[u8], value: Option<&[u8]>) -> Result<(), RestoreError> {
    let bad_key = || RestoreError::BadKey { table: R::TABLE, key: hexadecimal(key) };
    let slot = u32::from_bytes(key).ok().filter(|slot| *slot < R::LIMIT).ok_or_else(bad_key)?;
    slots.put(slot, value.map(|value| decode(R::TABLE, key, value)).transpose()?);
    Ok(())
}

/// Records of tables that never lose one have no gaps.
fn check_gaps<R: Record>(slots: &Slots<R>) -> Result<(), RestoreError> {
    match (0..slots.len()).find(|slot| slots.get(*slot).is_none()) {
        None => Ok(()),
        Some(slot) => {
            let problem = "it is missing where later ones are there";
            Err(RestoreError::Inconsistent { table: R::TABLE, key: slot.to_string(), problem })
        }
    }
}

/// Everything loaded so far.
struct Loading {
    meta: Meta,
    tables: Tables,
    validators: Slots<ValidatorSet>,
    references: References,
}

impl Loading {
    fn load(&mut self, change: &Change) -> Result<(), RestoreError> {
        let Change { table, key, value } = change;
        let value = value.as_deref();
        match *table {
            tables::META => self.load_meta(key, value),
            tables::PARTICIPANTS => load_slot(&mut self.tables.participants, key, value),
            tables::ASSETS => load_slot(&mut self.tables.assets, key, value),
            tables::ACCOUNTS => load_slot(&mut self.tables.accounts, key, value),
            tables::CLIENTS => load_slot(&mut self.tables.clients, key, value),
            tables::PAYMENTS => load_slot(&mut self.tables.payments, key, value),
            tables::REFERENCES => self.load_reference(key, value),
            tables::VALIDATORS => load_slot(&mut self.validators, key, value),
            tables::CANDIDATES => load_slot(&mut self.tables.candidates, key, value),
            tables::NODES => load_slot(&mut self.tables.nodes, key, value),
            tables::RECENT => load_slot(&mut self.tables.recent, key, value),
            tables::PROGRAMMES => load_slot(&mut self.tables.programmes, key, value),
            tables::LICENCES => load_slot(&mut self.tables.licences, key, value),
            tables::LISTS => load_slot(&mut self.tables.lists, key, value),
            tables::LIMITS => load_slot(&mut self.tables.limits, key, value),
            tables::REFUNDS => load_slot(&mut self.tables.refunds, key, value),
            tables::QUOTES => load_slot(&mut self.tables.quotes, key, value),
            tables::CALENDARS => load_slot(&mut self.tables.calendars, key, value),
            tables::RULEBOOKS => load_slot(&mut self.tables.rulebooks, key, value),
            tables::PROPOSALS => load_slot(&mut self.tables.proposals, key, value),
            tables::SAVINGS => load_slot(&mut self.tables.savings, key, value),
            table => Err(RestoreError::UnknownTable { table, key: hexadecimal(key) }),
        }
    }

    fn load_meta(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), RestoreError> {
        let bad_key = || RestoreError::BadKey { table: tables::META, key: hexadecimal(key) };
        let value = value.filter(|_| key == META_KEY).ok_or_else(bad_key)?;
        self.meta = decode(tables::META, key, value)?;
        Ok(())
    }

    fn load_reference(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), RestoreError> {
        let bad_key = || RestoreError::BadKey { table: tables::REFERENCES, key: hexadecimal(key) };
        let reference = Uetr::from_bytes(key).map_err(|_| bad_key())?;
        let value = value.ok_or_else(bad_key)?;
        self.references.load(reference, decode(tables::REFERENCES, key, value)?);
        Ok(())
    }

    fn finish(mut self, genesis: &Genesis) -> Result<State, RestoreError> {
        check_gaps(&self.tables.participants)?;
        check_gaps(&self.tables.assets)?;
        check_gaps(&self.tables.accounts)?;
        check_gaps(&self.tables.clients)?;
        check_gaps(&self.tables.nodes)?;
        check_gaps(&self.tables.programmes)?;
        check_gaps(&self.tables.licences)?;
        check_gaps(&self.tables.refunds)?;
        check_gaps(&self.tables.rulebooks)?;
        self.references.rebuild().map_err(|reference| {
            let problem = "an event before it is missing from the log, or stands in it twice";
            RestoreError::Inconsistent { table: tables::REFERENCES, key: reference.to_string(), problem }
        })?;
        let epochs = Epochs::new(self.validators, self.meta.epoch).map_err(|slot| {
            let problem = "it is not the validator set of its epoch, or of none that is known";
            RestoreError::Inconsistent { table: tables::VALIDATORS, key: slot.to_string(), problem }
        })?;
        let state = State::new(genesis, self.tables, self.references, epochs, self.meta);
        check_handles(&state)?;
        check_candidates(&state)?;
        check_recent(&state)?;
        audit(&state)?;
        Ok(state)
    }
}

/// No two authorisations share a handle.
fn check_handles(state: &State) -> Result<(), RestoreError> {
    let shared = state.clients.slots.iter().find(|(slot, client)| {
        let handle = &client.authorisation.handle;
        state.clients.slot_of(handle) != Some(*slot)
    });
    shared.map_or(Ok(()), |(slot, _)| {
        let problem = "another authorisation has the same handle";
        Err(RestoreError::Inconsistent { table: tables::CLIENTS, key: slot.to_string(), problem })
    })
}

/// Each candidate stands in its participant's slot.
fn check_candidates(state: &State) -> Result<(), RestoreError> {
    let other = |(slot, candidate): &(u32, &Candidate)| candidate.validator.participant.0 != *slot;
    state.candidates.slots.iter().find(other).map_or(Ok(()), |(slot, _)| {
        let problem = "it holds another participant's candidate";
        Err(RestoreError::Inconsistent { table: tables::CANDIDATES, key: slot.to_string(), problem })
    })
}

/// The ring holds the commitments of the last blocks, and no others.
fn check_recent(state: &State) -> Result<(), RestoreError> {
    state.recent.find_wrong(state.meta.height).map_or(Ok(()), |slot| {
        let problem = "it does not hold the block that belongs there";
        Err(RestoreError::Inconsistent { table: tables::RECENT, key: slot.to_string(), problem })
    })
}

/// Compares everything that is carried along with what it is derived from.
pub(crate) fn audit(state: &State) -> Result<(), Halt> {
    let counted = Sums::count(&state.accounts.slots);
    counted.check(&state.assets, &state.payments)?;
    for (slot, OpenPayment { payment, .. }) in state.payments.slots.iter() {
        let used = state.references.get(&payment.uetr);
        let waits = used.is_some_and(|used| used.waits() && used.content == payment.content());
        if !waits || state.payments.slot_of(&payment.uetr) != Some(slot) {
            return Err(Halt::RecordMissing { table: tables::REFERENCES, key: payment.uetr.to_string() });
        }
    }
    if state.references.waiting() != state.payments.slots.iter().count() {
        let key = PaymentStatus::AwaitingAttestation.to_string();
        return Err(Halt::RecordMissing { table: tables::PAYMENTS, key });
    }
    crate::licence::rules::audit(state)?;
    audit_epochs(state)
}

/// The validator sets are those of the table, and the current one is that of the current epoch.
fn audit_epochs(state: &State) -> Result<(), Halt> {
    let missing = |slot: u32| Halt::RecordMissing { table: tables::VALIDATORS, key: slot.to_string() };
    let anew = Epochs::new(state.epochs.slots.clone(), state.meta.epoch).map_err(missing)?;
    let same = anew.sets() == state.epochs.sets() && anew.pending() == state.epochs.pending();
    if same { Ok(()) } else { Err(missing(state.epochs.slots.len())) }
}

impl Ledger {
    /// The ledger whose blocks' changes accumulated to `records`, in any order that keeps later
    /// changes of a record after earlier ones. Records that equal genesis may be left out.
    ///
    /// # Errors
    /// [`RestoreError`], which names table and key.
    pub fn restore(genesis: &Genesis, records: impl IntoIterator<Item = Change>) -> Result<Self, RestoreError> {
        genesis.validate()?;
        let (meta, tables, references) = (Meta::genesis(genesis), Tables::genesis(genesis), References::default());
        let mut loading = Loading { meta, tables, references, validators: first_epoch(genesis.validator_set()?) };
        records.into_iter().try_for_each(|change| loading.load(&change))?;
        Ok(Self::sealed(loading.finish(genesis)?))
    }
}
