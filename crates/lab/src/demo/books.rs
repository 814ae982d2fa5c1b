//! The books at the end of a story, as a stopped validator keeps them on its disk: read, taken up
//! again as a ledger, counted anew, and compared with the commitment that the validators signed.

use std::path::Path;

use corridor_cli::failure::Failure;
use corridor_ledger::{Ledger, LicenceRecord, ProgrammeRecord, Savings, Totals, tables};
use corridor_storage::{Options, Storage};
use corridor_types::persist::{Change, Store as _, Table};
use corridor_types::{AssetId, CurrencyCode, Decode, Genesis, Height};

/// What the records say.
pub struct Books {
    /// After which block.
    pub height: Height,
    /// Totals of each asset, by its number.
    pub totals: Vec<(AssetId, CurrencyCode, Totals)>,
    /// All of them, in the order of their issue.
    pub licences: Vec<LicenceRecord>,
    /// All of them, in the order of their numbers.
    pub programmes: Vec<ProgrammeRecord>,
    /// By asset, where queues saved anything.
    pub savings: Vec<(CurrencyCode, Savings)>,
}

impl Books {
    /// Reads the books of a node that is stopped.
    ///
    /// # Errors
    /// An internal failure if they do not add up, or are not what the validators certified.
    pub fn read(database: &Path, genesis: &Genesis) -> Result<Self, Failure> {
        let damaged = |error: &dyn std::fmt::Display| Failure::internal(format!("{}: {error}", database.display()));
        let storage = Storage::open(database, genesis.digest(), Options::default()).map_err(|error| damaged(&error))?;
        let recovered = storage.recover().map_err(|error| damaged(&error))?;
        let records = storage.records().map_err(|error| damaged(&error))?;
        let ledger = Ledger::restore(genesis, records.iter().cloned()).map_err(|error| damaged(&error))?;
        // Counts every account and every open payment anew.
        ledger.audit().map_err(|error| damaged(&error))?;
        let certified = recovered.settled.map(|certificate| certificate.outcome);
        let is_certified = certified.is_some_and(|outcome| outcome.height == ledger.height());
        if !is_certified || certified.map(|outcome| outcome.state) != Some(ledger.state()) {
            return Err(damaged(&"what is on the disk is not what the validators certified last"));
        }
        let totals = ledger.assets().filter_map(|(id, asset)| Some((id, asset.currency, ledger.totals(id)?)));
        let savings = read(&records, tables::SAVINGS)?;
        let currency = |slot: u32| ledger.asset(AssetId(u16::try_from(slot).ok()?)).map(|asset| asset.currency);
        Ok(Self {
            height: ledger.height(),
            totals: totals.collect(),
            licences: read(&records, tables::LICENCES)?.into_iter().map(|(_, licence)| licence).collect(),
            programmes: read(&records, tables::PROGRAMMES)?.into_iter().map(|(_, programme)| programme).collect(),
            savings: savings.into_iter().filter_map(|(slot, saved)| Some((currency(slot)?, saved))).collect(),
        })
    }
}

/// The records of a table with their slots.
fn read<T: Decode>(records: &[Change], table: Table) -> Result<Vec<(u32, T)>, Failure> {
    let of_table = records.iter().filter(|change| change.table == table);
    let decoded = of_table.filter_map(|change| Some((&change.key, change.value.as_ref()?)));
    decoded
        .map(|(key, value)| Ok((u32::from_bytes(key)?, T::from_bytes(value)?)))
        .collect::<Result<_, _>>()
        .map_err(|error: corridor_types::DecodeError| Failure::internal(format!("table {}: {error}", table.0)))
}
