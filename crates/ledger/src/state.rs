//! The state that execution reads and writes: all tables side by side. No rule lives here.

use corridor_crypto::Digest;
use corridor_types::persist::{Change, GENESIS_HEIGHT};
use corridor_types::{Encode, Epoch, Genesis, Height, Parameters, ParticipantEntry, ParticipantId, Timestamp};

use crate::account::Accounts;
use crate::asset::Assets;
use crate::calendar::{AssetCalendar, Calendars};
use crate::client::Clients;
use crate::conservation::Sums;
use crate::exchange::Quotes;
use crate::governance::Proposals;
use crate::licence::Licences;
use crate::limit::LimitTable;
use crate::limits::Limits;
use crate::node::{Nodes, Place};
use crate::participant::Participants;
use crate::payment::OpenPayments;
use crate::programme::Programmes;
use crate::queue::SavingsTable;
use crate::recent::{Recent, RecentState};
use crate::references::References;
use crate::refund::Refunds;
use crate::rulebook::Rulebooks;
use crate::screening::Lists;
use crate::slots::{Record, Slots, tables};
use crate::validators::candidate::{Candidate, Candidates};
use crate::validators::epochs::Epochs;
use crate::{
    Account, Asset, Client, Halt, LicenceRecord, LimitRecord, OpenPayment, OpenProposal, OpenQuote, Participant,
    ProgrammeRecord, Refund, RequiredList, Rulebook, Savings, StateRoots,
};

/// The one record of the table [`tables::META`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Meta {
    pub height: Height,
    pub time: Timestamp,
    /// Of the block after.
    pub epoch: Epoch,
    /// The rules with a number in them; genesis sets the first ones.
    pub parameters: Parameters,
    /// The protocol version of the block after.
    pub protocol: u32,
    /// What was decided to follow it.
    pub upgrade: Option<Upgrade>,
}
corridor_types::codec_struct!(Meta { height, time, epoch, parameters, protocol, upgrade });

/// A protocol version that was decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upgrade {
    /// The version.
    pub version: u32,
    /// The first block that it governs.
    pub height: Height,
}
corridor_types::codec_struct!(Upgrade { version, height });

/// The protocol version that this program knows. It executes no block of another one.
pub const PROTOCOL_VERSION: u32 = 1;

impl Meta {
    /// Before the first block.
    pub const fn genesis(genesis: &Genesis) -> Self {
        let (height, time, epoch, parameters) = (GENESIS_HEIGHT, genesis.time, Epoch(0), genesis.parameters);
        Self { height, time, epoch, parameters, protocol: 1, upgrade: None }
    }

    /// As it is kept.
    pub fn record(&self) -> Change {
        Change { table: tables::META, key: META_KEY.to_vec(), value: Some(self.to_bytes()) }
    }
}

/// The key of that record.
pub(crate) const META_KEY: [u8; 1] = [0];

/// All tables with records in slots, but for the validator sets, before anything is derived from
/// them.
#[derive(Debug)]
pub(crate) struct Tables {
    pub participants: Slots<Participant>,
    pub assets: Slots<Asset>,
    pub accounts: Slots<Account>,
    pub clients: Slots<Client>,
    pub payments: Slots<OpenPayment>,
    pub candidates: Slots<Candidate>,
    pub nodes: Slots<Place>,
    pub recent: Slots<RecentState>,
    pub programmes: Slots<ProgrammeRecord>,
    pub licences: Slots<LicenceRecord>,
    pub lists: Slots<RequiredList>,
    pub limits: Slots<LimitRecord>,
    pub refunds: Slots<Refund>,
    pub quotes: Slots<OpenQuote>,
    pub calendars: Slots<AssetCalendar>,
    pub rulebooks: Slots<Rulebook>,
    pub proposals: Slots<OpenProposal>,
    pub savings: Slots<Savings>,
}

fn table<R: Record>(records: impl Iterator<Item = R>) -> Slots<R> {
    let mut slots = Slots::new();
    records.for_each(|record| {
        slots.append(record);
    });
    slots
}

impl Tables {
    /// The tables as genesis says. The caller has validated it.
    pub fn genesis(genesis: &Genesis) -> Self {
        Self {
            participants: table(genesis.participants.iter().cloned().map(Participant::of_genesis)),
            assets: table(genesis.assets.iter().map(Asset::new)),
            accounts: table(genesis.accounts.iter().map(|entry| Account::empty(entry.owner, entry.asset))),
            clients: Slots::new(),
            payments: Slots::new(),
            candidates: Slots::new(),
            nodes: table(genesis.nodes.iter().map(|node| Place(Some(*node)))),
            recent: Slots::new(),
            programmes: Slots::new(),
            licences: Slots::new(),
            lists: Slots::new(),
            limits: Slots::new(),
            refunds: Slots::new(),
            quotes: Slots::new(),
            calendars: Slots::new(),
            rulebooks: Slots::new(),
            proposals: Slots::new(),
            savings: Slots::new(),
        }
    }
}

/// Everything that can influence a later decision.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub genesis: Digest,
    pub bounds: Limits,
    pub meta: Meta,
    pub participants: Participants,
    pub assets: Assets,
    pub accounts: Accounts,
    pub clients: Clients,
    pub payments: OpenPayments,
    pub references: References,
    pub epochs: Epochs,
    pub candidates: Candidates,
    pub nodes: Nodes,
    pub recent: Recent,
    pub programmes: Programmes,
    pub licences: Licences,
    pub lists: Lists,
    pub limits: LimitTable,
    pub refunds: Refunds,
    pub quotes: Quotes,
    pub calendars: Calendars,
    pub rulebooks: Rulebooks,
    pub proposals: Proposals,
    pub savings: SavingsTable,
    pub sums: Sums,
}

impl State {
    /// Puts the tables together and derives the indexes from them.
    pub fn new(genesis: &Genesis, tables: Tables, references: References, epochs: Epochs, meta: Meta) -> Self {
        let Tables { participants, assets, accounts, clients, payments, candidates, nodes, recent, .. } = tables;
        let participants = Participants::new(participants);
        let licences = Licences::new(tables.licences, &payments, |authority| participants.is_revoked(authority));
        Self {
            genesis: genesis.digest(),
            bounds: Limits::PROTOCOL,
            meta,
            sums: Sums::count(&accounts),
            participants,
            assets: Assets { slots: assets },
            accounts: Accounts::new(accounts),
            clients: Clients::new(clients),
            licences,
            payments: OpenPayments::new(payments),
            references,
            epochs,
            candidates: Candidates { slots: candidates },
            nodes: Nodes { slots: nodes },
            recent: Recent { slots: recent },
            programmes: Programmes { slots: tables.programmes },
            lists: Lists { slots: tables.lists },
            limits: LimitTable::new(tables.limits),
            refunds: Refunds::new(tables.refunds),
            quotes: Quotes::new(tables.quotes),
            calendars: Calendars { slots: tables.calendars },
            rulebooks: Rulebooks::new(tables.rulebooks),
            proposals: Proposals::new(tables.proposals),
            savings: SavingsTable { slots: tables.savings },
        }
    }

    /// The participant, if it is in the registry.
    pub fn participant(&self, id: ParticipantId) -> Option<&ParticipantEntry> {
        self.participants.get(id)
    }

    /// The commitment after a recent block. During execution the ring holds them all. Who asks
    /// between two blocks gets the last one too, which the ring takes up when the next block begins.
    pub fn commitment_at(&self, height: Height) -> Option<Digest> {
        let last = || (height == self.meta.height).then(|| self.roots().digest());
        self.recent.at(height).or_else(last)
    }

    /// Checks that money is conserved, rehashes what was touched, and lists it by table and key.
    ///
    /// # Errors
    /// [`Halt::MoneyNotConserved`], [`Halt::ReservesNotBacked`].
    pub fn seal(&mut self) -> Result<(StateRoots, Vec<Change>), Halt> {
        self.sums.update(&self.accounts.take_touched());
        self.sums.check(&self.assets, &self.payments)?;
        let mut changes = vec![self.meta.record()];
        self.participants.slots.seal(&mut changes);
        self.assets.slots.seal(&mut changes);
        self.accounts.slots.seal(&mut changes);
        self.clients.slots.seal(&mut changes);
        self.payments.slots.seal(&mut changes);
        self.references.seal(&mut changes);
        self.epochs.slots.seal(&mut changes);
        self.candidates.slots.seal(&mut changes);
        self.nodes.slots.seal(&mut changes);
        self.recent.slots.seal(&mut changes);
        self.programmes.slots.seal(&mut changes);
        self.licences.slots.seal(&mut changes);
        self.lists.slots.seal(&mut changes);
        self.limits.slots.seal(&mut changes);
        self.refunds.slots.seal(&mut changes);
        self.quotes.slots.seal(&mut changes);
        self.calendars.slots.seal(&mut changes);
        self.rulebooks.slots.seal(&mut changes);
        self.proposals.slots.seal(&mut changes);
        self.savings.slots.seal(&mut changes);
        Ok((self.roots(), changes))
    }

    /// Every record as it stands, by table and key.
    pub fn records(&self) -> impl Iterator<Item = Change> {
        std::iter::once(self.meta.record())
            .chain(self.participants.slots.records())
            .chain(self.assets.slots.records())
            .chain(self.accounts.slots.records())
            .chain(self.clients.slots.records())
            .chain(self.payments.slots.records())
            .chain(self.references.records())
            .chain(self.epochs.slots.records())
            .chain(self.candidates.slots.records())
            .chain(self.nodes.slots.records())
            .chain(self.recent.slots.records())
            .chain(self.programmes.slots.records())
            .chain(self.licences.slots.records())
            .chain(self.lists.slots.records())
            .chain(self.limits.slots.records())
            .chain(self.refunds.slots.records())
            .chain(self.quotes.slots.records())
            .chain(self.calendars.slots.records())
            .chain(self.rulebooks.slots.records())
            .chain(self.proposals.slots.records())
            .chain(self.savings.slots.records())
    }

    pub fn roots(&self) -> StateRoots {
        StateRoots {
            genesis: self.genesis,
            height: self.meta.height,
            time: self.meta.time,
            epoch: self.meta.epoch,
            parameters: self.meta.parameters,
            protocol: self.meta.protocol,
            upgrade: self.meta.upgrade,
            participants: self.participants.slots.root(),
            assets: self.assets.slots.root(),
            accounts: self.accounts.slots.root(),
            clients: self.clients.slots.root(),
            payments: self.payments.slots.root(),
            references: self.references.log_size(),
            references_root: self.references.log_root(),
            validators: self.epochs.slots.root(),
            candidates: self.candidates.slots.root(),
            nodes: self.nodes.slots.root(),
            recent: self.recent.slots.root(),
            programmes: self.programmes.slots.root(),
            licences: self.licences.slots.root(),
            lists: self.lists.slots.root(),
            limits: self.limits.slots.root(),
            refunds: self.refunds.slots.root(),
            quotes: self.quotes.slots.root(),
            calendars: self.calendars.slots.root(),
            rulebooks: self.rulebooks.slots.root(),
            proposals: self.proposals.slots.root(),
            savings: self.savings.slots.root(),
        }
    }
}
