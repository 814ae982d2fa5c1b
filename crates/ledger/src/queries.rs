//! What the ledger tells about its objects. Reads only: every answer is a reference to a record, or
//! follows from records as they stand after the last block. Lists are ascending by slot and begin at
//! any slot, so that whoever pages through one walks each record once.

use std::collections::BTreeSet;

use corridor_types::operations::{Calendar, Proposal, RulebookPack};
use corridor_types::{AccountId, AssetId, LicenceHandle, ParticipantId, ProgrammeId, Timestamp, Uetr};

use crate::governance::concerned;
use crate::payment::lifecycle::{self, Next};
use crate::validators::epochs;
use crate::{
    Ledger, LicenceRecord, LimitRecord, OpenPayment, OpenProposal, OpenQuote, Participant, ProgrammeRecord, Refund,
    RequiredList, Rulebook, Savings, calendar,
};

impl Ledger {
    /// This ledger with a draft of a rulebook pack in force from a time on, whatever its version and
    /// date say. For trying a draft on history; what it then decides is nobody's decision.
    #[must_use]
    pub fn with_draft(mut self, pack: RulebookPack, from: Timestamp) -> Self {
        let next = RulebookPack { effective_from: from, ..pack };
        let current = self.state.rulebooks.get(pack.country, pack.corridor).and_then(|book| book.at(from)).copied();
        self.state.rulebooks.publish(Rulebook { current, next });
        self
    }

    /// A participant with its status and rules.
    pub fn participant_record(&self, id: ParticipantId) -> Option<&Participant> {
        self.state.participants.record(id)
    }

    /// A programme by its number.
    pub fn programme(&self, number: ProgrammeId) -> Option<&ProgrammeRecord> {
        self.state.programmes.get(number)
    }

    /// All programmes from a number on.
    pub fn programmes(&self, from: u32) -> impl Iterator<Item = (u32, &ProgrammeRecord)> {
        self.state.programmes.slots.iter_from(from)
    }

    /// A licence by its handle.
    pub fn licence(&self, handle: &LicenceHandle) -> Option<&LicenceRecord> {
        self.state.licences.get(handle)
    }

    /// All licences from a slot on.
    pub fn licences(&self, from: u32) -> impl Iterator<Item = (u32, &LicenceRecord)> {
        self.state.licences.slots.iter_from(from)
    }

    /// What a central bank requires its banks to screen against.
    pub fn required_list(&self, central_bank: ParticipantId) -> Option<&RequiredList> {
        self.state.lists.get(central_bank)
    }

    /// All required lists, by central bank, from one on.
    pub fn required_lists(&self, from: u32) -> impl Iterator<Item = (u32, &RequiredList)> {
        self.state.lists.slots.iter_from(from)
    }

    /// All limits from a slot on.
    pub fn limits(&self, from: u32) -> impl Iterator<Item = (u32, &LimitRecord)> {
        self.state.limits.slots.iter_from(from)
    }

    /// What counts against a limit's window at the time of the last block, in minor units; `None`
    /// if it has no window.
    pub fn counted(&self, record: &LimitRecord) -> Option<u128> {
        record.limit.window.map(|window| record.usage.at(&window, self.time()))
    }

    /// What was returned and asked back of a settled payment.
    pub fn refund(&self, payment: &Uetr) -> Option<&Refund> {
        self.state.refunds.get(payment)
    }

    /// All refunds from a slot on.
    pub fn refunds(&self, from: u32) -> impl Iterator<Item = (u32, &Refund)> {
        self.state.refunds.slots.iter_from(from)
    }

    /// A quote that was not used yet.
    pub fn quote(&self, reference: &Uetr) -> Option<&OpenQuote> {
        self.state.quotes.get(reference)
    }

    /// All open quotes from a slot on.
    pub fn quotes(&self, from: u32) -> impl Iterator<Item = (u32, &OpenQuote)> {
        self.state.quotes.slots.iter_from(from)
    }

    /// The calendar of an asset; without one payments settle at any time.
    pub fn calendar(&self, asset: AssetId) -> Option<&Calendar> {
        self.state.calendars.get(asset)
    }

    /// True if payments in an asset settle at the time of the last block.
    pub fn is_open(&self, asset: AssetId) -> bool {
        calendar::rules::is_open(&self.state, self.time(), asset)
    }

    /// All rulebooks from a slot on.
    pub fn rulebooks(&self, from: u32) -> impl Iterator<Item = (u32, &Rulebook)> {
        self.state.rulebooks.slots.iter_from(from)
    }

    /// A proposal on which votes are taken.
    pub fn proposal(&self, reference: &Uetr) -> Option<&OpenProposal> {
        self.state.proposals.get(reference)
    }

    /// All open proposals from a slot on.
    pub fn proposals(&self, from: u32) -> impl Iterator<Item = (u32, &OpenProposal)> {
        self.state.proposals.slots.iter_from(from)
    }

    /// The central banks without which a proposal does not pass.
    pub fn central_banks_concerned(&self, proposal: &Proposal) -> BTreeSet<ParticipantId> {
        concerned::concerned(&self.state, proposal)
    }

    /// The weight of a participant's validator in the current set; zero if it has none.
    pub fn power_of(&self, participant: ParticipantId) -> u128 {
        epochs::power_of(self.validators(), participant)
    }

    /// What settling queued payments together saved in an asset since genesis.
    pub fn savings(&self, asset: AssetId) -> Savings {
        self.state.savings.get(asset)
    }

    /// The payments that wait in the queue of a debtor account, the first one first.
    pub fn queue(&self, account: AccountId) -> impl Iterator<Item = &OpenPayment> {
        self.state.payments.queue_of(account).filter_map(|(_, _, slot)| self.state.payments.get(*slot))
    }

    /// The payments that are not final and of which a participant is an agent, from a slot on.
    pub fn open_payments_of(&self, participant: ParticipantId, from: u32) -> impl Iterator<Item = (u32, &OpenPayment)> {
        let slots = self.state.payments.of_agent_from(participant, from);
        slots.filter_map(|slot| Some((slot, self.state.payments.get(slot)?)))
    }

    /// What comes next for an open payment, as the state stands at the time of the last block.
    /// `None` if the payment is not open.
    pub fn next_for(&self, payment: &Uetr) -> Option<Next> {
        let slot = self.state.payments.slot_of(payment)?;
        Some(lifecycle::next(&self.state, self.time(), slot, self.state.payments.get(slot)?))
    }
}
