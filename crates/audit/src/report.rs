//! What the regulator's report groups payments by: the programme of the client, and the currency.
//! Counting is the tally's business.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use corridor_ledger::{Client, tables};
use corridor_types::persist::{Change, Executed};
use corridor_types::{ClientHandle, CurrencyCode, Decode, Genesis, Payment, ProgrammeId};
use serde::Serialize;

use super::tally::Key;

impl Key for CurrencyCode {
    fn currency(&self) -> CurrencyCode {
        *self
    }
}

/// A programme, or none, and a currency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Regime {
    /// The programme of the clients who pay; `None` for clients of no programme.
    pub programme: Option<ProgrammeId>,
    /// In what they pay.
    pub currency: CurrencyCode,
}

impl Key for Regime {
    fn currency(&self) -> CurrencyCode {
        self.currency
    }
}

impl fmt::Display for Regime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.programme {
            Some(number) => write!(f, "programme {number}, {}", self.currency),
            None => write!(f, "no programme, {}", self.currency),
        }
    }
}

/// Under which programme each client pays, and the currency of each asset.
pub struct Regimes {
    currencies: Vec<CurrencyCode>,
    programmes: RefCell<BTreeMap<ClientHandle, Option<ProgrammeId>>>,
}

impl Regimes {
    /// With the assets of the genesis, which are all.
    pub fn new(genesis: &Genesis) -> Self {
        let currencies = genesis.assets.iter().map(|asset| asset.currency).collect();
        Self { currencies, programmes: RefCell::default() }
    }

    /// Takes in the clients that a block authorised or changed.
    pub fn learn(&self, executed: &Executed) {
        let client = |change: &Change| {
            let record = change.value.as_deref().filter(|_| change.table == tables::CLIENTS)?;
            Client::from_bytes(record).ok().map(|client| client.authorisation)
        };
        let known = executed.changes.iter().filter_map(client).map(|client| (client.handle, client.programme));
        self.programmes.borrow_mut().extend(known);
    }

    /// A payment's group; `None` if its asset does not exist.
    pub fn of(&self, payment: &Payment) -> Option<Regime> {
        let currency = self.currencies.get(usize::from(payment.asset.0)).copied()?;
        let programme = self.programmes.borrow().get(&payment.client).copied().flatten();
        Some(Regime { programme, currency })
    }
}
