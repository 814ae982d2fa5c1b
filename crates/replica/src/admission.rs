//! Clients' transactions: what is answered at once, what goes into our lane, and when each submission is
//! answered.
//!
//! A transaction is refused here only by a rule of the ledger, asked ahead of time; whether it settles is decided
//! when it is executed.

mod submissions;

use corridor_crypto::{Digest, Verified};
use corridor_lanes as lanes;
use corridor_ledger::Ledger;
use corridor_types::{IdentifiedTransaction, Timestamp};

use crate::admission::submissions::Submissions;
use crate::event::Event;
use crate::ready::{Admission, Effect};
use crate::voting::LaneState;

/// Submissions that wait for their answers.
#[derive(Debug, Default)]
pub struct Admitting {
    submissions: Submissions,
}

/// What a client's transactions are held against.
#[derive(Debug, Clone, Copy)]
pub struct Grounds<'a> {
    /// Whether our lane takes them.
    pub lane: LaneState,
    /// The state after the last executed block.
    pub ledger: &'a Ledger,
    /// Calendar time, for dates in transactions.
    pub wall: Timestamp,
}

impl Admitting {
    /// Admits clients' transactions: what the ledger knows or refuses is answered at once, the rest
    /// goes into our lane and is answered when it is durable there.
    pub fn on_submit(
        &mut self,
        ticket: u64,
        transactions: Vec<Verified<IdentifiedTransaction>>,
        grounds: Grounds<'_>,
    ) -> Vec<Event> {
        let is_urgent = transactions.iter().all(|item| item.transaction.operation.is_urgent());
        if !self.submissions.has_room(transactions.len(), is_urgent) || grounds.lane == LaneState::NotYet {
            let admissions = vec![Admission::Busy; transactions.len()];
            return vec![Event::Do(Effect::Submitted { ticket, admissions })];
        }
        self.submissions.open(ticket, transactions.len());
        let mut fresh = Vec::new();
        for (position, item) in transactions.into_iter().enumerate() {
            match at_once(&item, grounds) {
                Some(admission) => self.submissions.answer(ticket, position, admission),
                None if self.submissions.wait(item.id, ticket, position) => fresh.push(item),
                None => {}
            }
        }
        if fresh.is_empty() { Vec::new() } else { vec![Event::Carry(lanes::Input::Submit(fresh))] }
    }

    /// Transactions got their answer from the lane.
    pub fn on_answered(&mut self, ids: &[Digest], admission: &Admission) {
        for id in ids {
            self.submissions.resolve(id, admission);
        }
    }

    /// Submissions of which every transaction has its answer.
    pub fn report(&mut self) -> Vec<Event> {
        let complete = self.submissions.take_complete().into_iter();
        complete.map(|(ticket, admissions)| Event::Do(Effect::Submitted { ticket, admissions })).collect()
    }
}

/// The answer that can be given now; `None` if the transaction goes into our lane.
fn at_once(item: &IdentifiedTransaction, grounds: Grounds<'_>) -> Option<Admission> {
    let Grounds { lane, ledger, wall } = grounds;
    match lane {
        LaneState::Open => {}
        LaneState::NotYet => return Some(Admission::Busy),
        LaneState::None => return Some(Admission::NoLane),
    }
    let transaction = &item.transaction;
    let known = transaction.operation.reference().and_then(|reference| ledger.lookup(&reference));
    if known.is_some_and(|used| used.content == transaction.operation.content(transaction.participant)) {
        return Some(Admission::Known);
    }
    let refusal = ledger.check(transaction, wall).err()?;
    Some(Admission::Refused { field: refusal.field, code: refusal.code, detail: refusal.detail })
}

#[cfg(test)]
mod tests;
