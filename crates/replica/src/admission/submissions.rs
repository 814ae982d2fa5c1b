//! Clients' submissions that wait until their transactions are durable in our lane.
//!
//! A submission is answered when every one of its transactions has an answer, so that a client
//! that was told "accepted" finds the payment after any crash.

use std::collections::BTreeMap;

use corridor_crypto::Digest;

use crate::ready::Admission;

/// Submissions that wait at once: what the HTTP interface lets in, ten times over.
const MAX_OPEN: usize = 1_024;

/// Transactions in them: eight of the largest requests. More are told to come again; without this a
/// client could repeat one transaction without end while our lane stands still.
const MAX_POSITIONS: usize = 65_536;

/// Submissions of legal orders and withdrawals beyond those, and transactions in them.
const URGENT_OPEN: usize = 64;
const URGENT_POSITIONS: usize = 1_024;

/// Submissions by ticket, and the transactions that they wait for.
#[derive(Debug, Default)]
pub struct Submissions {
    open: BTreeMap<u64, Submission>,
    waiting: BTreeMap<Digest, Vec<(u64, usize)>>,
    /// Positions of all open submissions.
    positions: usize,
    complete: Vec<u64>,
}

#[derive(Debug)]
struct Submission {
    admissions: Vec<Option<Admission>>,
    missing: usize,
}

impl Submissions {
    /// True if a submission of `count` transactions may be opened. What is urgent has room of its own.
    pub fn has_room(&self, count: usize, is_urgent: bool) -> bool {
        let (open, positions) = if is_urgent { (URGENT_OPEN, URGENT_POSITIONS) } else { (0, 0) };
        self.open.len() < MAX_OPEN + open && self.positions.saturating_add(count) <= MAX_POSITIONS + positions
    }

    /// Opens a submission of `count` transactions.
    pub fn open(&mut self, ticket: u64, count: usize) {
        self.positions += count;
        if count == 0 {
            self.complete.push(ticket);
        }
        self.open.insert(ticket, Submission { admissions: vec![None; count], missing: count });
    }

    /// Makes position `position` of a submission wait for a transaction. True if it is the first
    /// one to wait for it, which must then be put into the lane.
    pub fn wait(&mut self, id: Digest, ticket: u64, position: usize) -> bool {
        let waiting = self.waiting.entry(id).or_default();
        waiting.push((ticket, position));
        waiting.len() == 1
    }

    /// Answers one position of a submission.
    pub fn answer(&mut self, ticket: u64, position: usize, admission: Admission) {
        let Some(submission) = self.open.get_mut(&ticket) else { return };
        if let Some(slot @ None) = submission.admissions.get_mut(position) {
            *slot = Some(admission);
            submission.missing -= 1;
            if submission.missing == 0 {
                self.complete.push(ticket);
            }
        }
    }

    /// Answers everybody who waits for a transaction.
    pub fn resolve(&mut self, id: &Digest, admission: &Admission) {
        for (ticket, position) in self.waiting.remove(id).unwrap_or_default() {
            self.answer(ticket, position, admission.clone());
        }
    }

    /// Takes out the submission if all of it is answered.
    pub fn take_complete(&mut self) -> Vec<(u64, Vec<Admission>)> {
        let mut taken = Vec::new();
        for ticket in std::mem::take(&mut self.complete) {
            if let Some(submission) = self.open.remove(&ticket) {
                self.positions -= submission.admissions.len();
                taken.push((ticket, submission.admissions.into_iter().flatten().collect()));
            }
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_submission_is_answered_once_all_of_it_is() {
        let mut submissions = Submissions::default();
        let (a, b) = (Digest([1; 32]), Digest([2; 32]));
        submissions.open(7, 3);
        assert!(submissions.wait(a, 7, 0));
        assert!(submissions.wait(b, 7, 2));
        submissions.answer(7, 1, Admission::Known);
        submissions.resolve(&a, &Admission::Accepted);
        assert_eq!(submissions.take_complete(), vec![]);
        submissions.resolve(&b, &Admission::Busy);
        let answers = vec![Admission::Accepted, Admission::Known, Admission::Busy];
        assert_eq!(submissions.take_complete(), vec![(7, answers)]);
        assert_eq!(submissions.take_complete(), vec![]);
    }

    #[test]
    fn there_is_room_for_so_much_and_again_when_it_is_answered() {
        let mut submissions = Submissions::default();
        submissions.open(1, MAX_POSITIONS);
        assert!(!submissions.has_room(1, false));
        (0..MAX_POSITIONS).for_each(|position| submissions.answer(1, position, Admission::Known));
        assert_eq!(submissions.take_complete().len(), 1);
        assert!(submissions.has_room(MAX_POSITIONS, false) && !submissions.has_room(MAX_POSITIONS + 1, false));
    }

    #[test]
    fn two_submissions_of_one_transaction_share_its_answer() {
        let mut submissions = Submissions::default();
        let id = Digest([1; 32]);
        submissions.open(1, 1);
        submissions.open(2, 1);
        assert!(submissions.wait(id, 1, 0));
        assert!(!submissions.wait(id, 2, 0), "it goes into the lane once");
        submissions.resolve(&id, &Admission::Accepted);
        assert_eq!(submissions.take_complete().len(), 2);
    }
}
