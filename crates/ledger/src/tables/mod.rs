//! The list of the ledger's tables. A table is one row here, and stands nowhere else: its number,
//! its name, what its records are and what finds them, how genesis fills it, its bounds, and how
//! snapshots cut it.
//!
//! From a row follow ([`generate`]) the constant with its number, its field in the [`State`], and
//! that it is sealed, hashed into the commitment, listed, stored, cut into snapshots and restored.
//! Nothing depends on a row's position: values of all tables are a [`PerTable`], which is built and
//! asked by name or number. Numbers are never reused and never renumbered; a number that is given
//! twice does not compile.
//!
//! Two tables have no slots and thus no row: [`META`], whose fields the commitment names one by
//! one, and [`REFERENCES`], a log.
//!
//! To add a table: a row; the record with its codec; a type that implements
//! [`Index`] and has a field `slots`; its line in `docs/ledger/state.md`.

mod genesis;
#[macro_use]
mod generate;
#[cfg(test)]
mod tests;

use corridor_types::ValidatorSet;

use crate::account::Accounts;
use crate::asset::Assets;
use crate::calendar::{AssetCalendar, Calendars};
use crate::client::Clients;
use crate::exchange::Quotes;
use crate::governance::Proposals;
use crate::licence::Licences;
use crate::limit::LimitTable;
use crate::limits::{
    MAX_ACCOUNTS, MAX_CLIENTS, MAX_EPOCHS, MAX_LICENCES, MAX_LIMITS, MAX_NODES, MAX_NODES_PER_PARTICIPANT,
    MAX_OPEN_PAYMENTS, MAX_OPEN_PAYMENTS_PER_AGENT, MAX_PARTICIPANTS, MAX_PROGRAMMES, MAX_PROPOSALS,
    MAX_PROPOSALS_PER_PARTICIPANT, MAX_QUOTES, MAX_QUOTES_PER_MAKER, MAX_REFUNDS, MAX_RULEBOOKS, NUMBERED_BY_ASSET,
    RECENT_BLOCKS,
};
use crate::node::{Nodes, Place};
use crate::participant::Participants;
use crate::payment::OpenPayments;
use crate::programme::Programmes;
use crate::queue::SavingsTable;
use crate::recent::{Recent, RecentState};
use crate::refund::Refunds;
use crate::rulebook::Rulebooks;
use crate::screening::Lists;
use crate::validators::candidate::Candidates;
use crate::validators::epochs::Epochs;
use crate::{
    Account, Asset, Candidate, Client, LicenceRecord, LimitRecord, OpenPayment, OpenProposal, OpenQuote, Participant,
    ProgrammeRecord, Refund, RequiredList, Rulebook, Savings,
};

pub use crate::meta::META;
pub use crate::references::REFERENCES;

// Of each row: the number, the field and the types of index and record, how genesis fills it, and
// the `Layout`. A run of 2^`run_bits` of the longest records must fit a chunk of 2 MiB, with 8 bytes
// of slot and length each: 1,024 participants of 1.7 kB, 2,048 clients of 760 bytes, 4,096 open
// payments of 500, 128 validator sets of 9.8 kB, 128 programmes of 6 kB, 32 proposals of 30 kB.
tables! {
    /// Participants by number.
    PARTICIPANTS = 1 {
        participants: Participants of Participant,
        genesis: genesis::participants,
        layout: { in_all: MAX_PARTICIPANTS, by_owner: None, run_bits: 10, keeps_all: true },
    }
    /// Assets by number, with what was issued and redeemed.
    ASSETS = 2 {
        assets: Assets of Asset,
        genesis: genesis::assets,
        layout: { in_all: NUMBERED_BY_ASSET, by_owner: None, run_bits: 12, keeps_all: true },
    }
    /// Accounts by number.
    ACCOUNTS = 3 {
        accounts: Accounts of Account,
        genesis: genesis::accounts,
        layout: { in_all: MAX_ACCOUNTS, by_owner: None, run_bits: 12, keeps_all: true },
    }
    /// Client authorisations in the order in which they were granted.
    CLIENTS = 4 {
        clients: Clients of Client,
        genesis: genesis::nothing,
        layout: { in_all: MAX_CLIENTS, by_owner: None, run_bits: 11, keeps_all: true },
    }
    /// Payments that wait, by slot. The owner is the debtor agent.
    PAYMENTS = 5 {
        payments: OpenPayments of OpenPayment,
        genesis: genesis::nothing,
        layout: {
            in_all: MAX_OPEN_PAYMENTS, by_owner: Some(MAX_OPEN_PAYMENTS_PER_AGENT as usize), run_bits: 12, keeps_all: false
        },
    }
    /// Validator sets by epoch, the next one included once it is decided.
    VALIDATORS = 7 {
        epochs: Epochs of ValidatorSet,
        genesis: genesis::validators,
        layout: { in_all: MAX_EPOCHS, by_owner: None, run_bits: 7, keeps_all: true },
    }
    /// The last candidate that each participant declared, by participant number.
    CANDIDATES = 8 {
        candidates: Candidates of Candidate,
        genesis: genesis::nothing,
        layout: { in_all: MAX_PARTICIPANTS, by_owner: Some(1), run_bits: 12, keeps_all: false },
    }
    /// Registered nodes that are no validators.
    NODES = 9 {
        nodes: Nodes of Place,
        genesis: genesis::nodes,
        layout: { in_all: MAX_NODES, by_owner: Some(MAX_NODES_PER_PARTICIPANT), run_bits: 10, keeps_all: true },
    }
    /// The commitments after the last blocks, a ring by height.
    RECENT = 10 {
        recent: Recent of RecentState,
        genesis: genesis::nothing,
        layout: { in_all: RECENT_BLOCKS, by_owner: None, run_bits: 12, keeps_all: false },
    }
    /// Programmes by number.
    PROGRAMMES = 11 {
        programmes: Programmes of ProgrammeRecord,
        genesis: genesis::nothing,
        layout: { in_all: MAX_PROGRAMMES, by_owner: None, run_bits: 7, keeps_all: true },
    }
    /// Licences in the order in which they were issued.
    LICENCES = 12 {
        licences: Licences of LicenceRecord,
        genesis: genesis::nothing,
        layout: { in_all: MAX_LICENCES, by_owner: None, run_bits: 11, keeps_all: true },
    }
    /// Required screening lists by the central bank's number.
    LISTS = 13 {
        lists: Lists of RequiredList,
        genesis: genesis::nothing,
        layout: { in_all: MAX_PARTICIPANTS, by_owner: Some(1), run_bits: 12, keeps_all: false },
    }
    /// Limits, by slot.
    LIMITS = 14 {
        limits: LimitTable of LimitRecord,
        genesis: genesis::nothing,
        layout: { in_all: MAX_LIMITS, by_owner: None, run_bits: 12, keeps_all: false },
    }
    /// Returns and recalls in the order in which they began.
    REFUNDS = 15 {
        refunds: Refunds of Refund,
        genesis: genesis::nothing,
        layout: { in_all: MAX_REFUNDS, by_owner: None, run_bits: 12, keeps_all: true },
    }
    /// Open quotes, by slot. The owner is the maker.
    QUOTES = 16 {
        quotes: Quotes of OpenQuote,
        genesis: genesis::nothing,
        layout: { in_all: MAX_QUOTES, by_owner: Some(MAX_QUOTES_PER_MAKER as usize), run_bits: 12, keeps_all: false },
    }
    /// Calendars by asset number.
    CALENDARS = 17 {
        calendars: Calendars of AssetCalendar,
        genesis: genesis::nothing,
        layout: { in_all: NUMBERED_BY_ASSET, by_owner: None, run_bits: 10, keeps_all: false },
    }
    /// Rulebooks in the order in which their scopes came.
    RULEBOOKS = 18 {
        rulebooks: Rulebooks of Rulebook,
        genesis: genesis::nothing,
        layout: { in_all: MAX_RULEBOOKS, by_owner: None, run_bits: 12, keeps_all: true },
    }
    /// Open proposals, by slot. The owner is the proposer.
    PROPOSALS = 19 {
        proposals: Proposals of OpenProposal,
        genesis: genesis::nothing,
        layout: { in_all: MAX_PROPOSALS, by_owner: Some(MAX_PROPOSALS_PER_PARTICIPANT), run_bits: 5, keeps_all: false },
    }
    /// What liquidity saving saved, by asset number.
    SAVINGS = 20 {
        savings: SavingsTable of Savings,
        genesis: genesis::nothing,
        layout: { in_all: NUMBERED_BY_ASSET, by_owner: None, run_bits: 12, keeps_all: false },
    }
}
