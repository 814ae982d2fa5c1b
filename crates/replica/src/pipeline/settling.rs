//! What follows when outcomes and settlement certificates come: what is kept, told and sent again, and the
//! handover of a boundary.
//!
//! When a certificate forms is decided by [`Settlement`].

use std::collections::BTreeMap;
use std::sync::Arc;

use corridor_crypto::Verified;
use corridor_crypto::planted::{self, Bug};
use corridor_ledger::Ledger;
use corridor_sync as sync;
use corridor_types::persist::Write;
use corridor_types::{
    Block, Evidence, Handover, Height, Message, Outcome, SettlementCertificate, SignRequest, SignedOutcome,
    ValidatorIndex, ValidatorSets,
};

use crate::event::Event;
use crate::membership::{Around, Roster};
use crate::pipeline::settlement::{Settlement, Step};
use crate::ready::{Effect, Halt, Notice, Recipient};

/// Executed blocks on their way to a certificate.
#[derive(Debug)]
pub struct Settling {
    settlement: Settlement,
    /// Outcomes executed before the last restart and not certified: signed again once.
    unsettled: Vec<Outcome>,
    /// Last blocks of epochs whose outcomes are not certified yet.
    boundaries: BTreeMap<Height, Block>,
    /// How often an uncertified outcome is sent again, in milliseconds.
    repeat_ms: u64,
    next_repeat_ms: u64,
}

impl Settling {
    /// Goes on from what the disk held.
    pub fn new(settlement: Settlement, unsettled: Vec<Outcome>, boundaries: Vec<Block>, repeat_ms: u64) -> Self {
        let boundaries = boundaries.into_iter().map(|block| (block.height, block)).collect();
        Self { settlement, unsettled, boundaries, repeat_ms, next_repeat_ms: 0 }
    }

    /// All heights up to this one are certified.
    pub const fn settled(&self) -> Height {
        self.settlement.settled()
    }

    /// True if an executed block waits for its certificate.
    pub fn is_waiting(&self) -> bool {
        self.settlement.is_waiting()
    }

    /// True if the end of an epoch waits for its certificate.
    pub fn has_boundary(&self) -> bool {
        !self.boundaries.is_empty()
    }

    /// Who has sent an outcome for the lowest unsettled height.
    pub fn voters(&self) -> Vec<ValidatorIndex> {
        self.settlement.voters()
    }

    /// The lowest height at which validators computed different outcomes and none has a quorum.
    pub fn differing(&self) -> Option<Height> {
        self.settlement.differing()
    }

    /// When to send again, in milliseconds of the steady clock.
    pub fn next_deadline(&self) -> Option<u64> {
        self.is_waiting().then_some(self.next_repeat_ms)
    }

    /// The last block of an epoch is final.
    pub fn on_boundary(&mut self, block: Block) {
        self.boundaries.insert(block.height, block);
    }

    /// We executed the next height; `ledger` stands after it.
    pub fn on_executed(&mut self, roster: &Roster, ledger: &Ledger, outcome: Outcome) -> Vec<Event> {
        let steps = self.settlement.on_executed(outcome);
        self.follow(roster, ledger, steps)
    }

    /// A validator's outcome.
    pub fn on_outcome(&mut self, roster: &Roster, ledger: &Ledger, outcome: Verified<SignedOutcome>) -> Vec<Event> {
        let steps = self.settlement.on_outcome(outcome);
        self.follow(roster, ledger, steps)
    }

    /// Our own outcome, signed: sent to all, and counted.
    pub fn on_signed(&mut self, roster: &Roster, ledger: &Ledger, outcome: Verified<SignedOutcome>) -> Vec<Event> {
        let mut events = vec![Event::send(Recipient::Validators, Message::Outcome(*outcome.get()))];
        let steps = self.settlement.on_signed(outcome);
        events.extend(self.follow(roster, ledger, steps));
        events
    }

    /// A certificate from a peer.
    pub fn on_certificate(
        &mut self,
        roster: &Roster,
        ledger: &Ledger,
        certificate: Verified<SettlementCertificate>,
    ) -> Vec<Event> {
        let steps = self.settlement.on_certificate(certificate);
        self.follow(roster, ledger, steps)
    }

    /// Outcomes that were not certified in time are sent again; what was executed before the last restart is not
    /// signed yet in this run.
    pub fn on_tick(&mut self, around: Around<'_>) -> Vec<Event> {
        let now_ms = around.clock.steady_ms;
        if !self.is_waiting() || now_ms < self.next_repeat_ms {
            return Vec::new();
        }
        self.next_repeat_ms = now_ms.saturating_add(self.repeat_ms);
        let mut events = Vec::new();
        if !planted::is(Bug::OutcomesSentOnce) {
            let again = self.settlement.to_retransmit();
            events.extend(again.map(|outcome| Event::send(Recipient::Validators, Message::Outcome(outcome))));
        }
        if !planted::is(Bug::OutcomesUnsignedAfterRestart) {
            let ours = std::mem::take(&mut self.unsettled).into_iter();
            let ours = ours.filter(|outcome| around.roster.is_named_in(outcome.epoch));
            events.extend(ours.map(|outcome| Event::Sign(SignRequest::Outcome(outcome))));
        }
        events
    }

    /// Another epoch began.
    pub fn on_epoch(&mut self, sets: ValidatorSets) {
        self.settlement.on_epoch(sets);
    }

    /// Everything up to a snapshot's height is certified.
    pub fn move_to(&mut self, sets: ValidatorSets, height: Height) {
        self.settlement = Settlement::new(sets, height, height, &[]);
        self.boundaries.clear();
        self.unsettled.clear();
    }

    fn follow(&mut self, roster: &Roster, ledger: &Ledger, steps: Vec<Step>) -> Vec<Event> {
        steps.into_iter().flat_map(|step| self.follow_one(roster, ledger, step)).collect()
    }

    fn follow_one(&mut self, roster: &Roster, ledger: &Ledger, step: Step) -> Vec<Event> {
        match step {
            Step::Keep(certificate) => vec![Event::Persist(Write::Settlement(certificate))],
            Step::Settled(certificate) => {
                let height = certificate.outcome.height;
                let handover = self.hand_over(roster, ledger, &certificate);
                let mut events: Vec<Event> = handover.map(Event::Persist).into_iter().collect();
                // The end of an epoch may have waited for this.
                events.extend([
                    Event::Available,
                    Event::Do(Effect::Settled(Arc::new(certificate))),
                    Event::FollowSoon,
                    Event::CatchUp(sync::Input::Settled { height }),
                ]);
                events
            }
            Step::Differ(height) => vec![Event::notice(Notice::OutcomesDiffer { height })],
            Step::Contradiction { first, second } => {
                vec![Event::Accuse(Evidence::ConflictingOutcomes { first, second })]
            }
            Step::Diverged { ours, theirs } => {
                let (height, ours, theirs) = (ours.height, Box::new(ours), Box::new(theirs));
                vec![Event::Halt(Halt::Diverged { height, ours, theirs })]
            }
        }
    }

    /// A boundary's outcome was certified: that is the proof of its handover, to be given to who
    /// asks for it.
    fn hand_over(&mut self, roster: &Roster, ledger: &Ledger, certificate: &SettlementCertificate) -> Option<Write> {
        let height = certificate.outcome.height;
        let boundary = self.boundaries.remove(&height)?;
        self.boundaries = self.boundaries.split_off(&height);
        // A boundary whose outcome was certified before we executed it settles before we enter its set.
        let entered = Some(ledger.validators()).filter(|set| set.epoch() == boundary.next_epoch());
        let next = roster.sets().get(boundary.next_epoch()).or(entered).cloned()?;
        Some(Write::Handover(Box::new(Handover { boundary, certificate: certificate.clone(), next })))
    }
}
