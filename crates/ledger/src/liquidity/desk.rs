//! The three steps in their order, on the book: gross, bilateral, multilateral.
//!
//! An account is marked when something about it changed; an account without a mark is not tried
//! again, because its last try would only repeat.

use std::collections::BTreeSet;

use corridor_types::AccountId;

use super::book::{Book, Place};
use super::selection::Selection;
use super::{Funds, MAX_BILATERAL_RUN, MAX_STEPS, Queues, Resolution, Round, Savings, Stage};

/// One call at work.
#[derive(Debug)]
pub(super) struct Desk {
    book: Book,
    rounds: Vec<Round>,
    /// Accounts whose head is to be tried alone.
    gross: BTreeSet<Place>,
    /// Accounts whose head is to be tried against that of its creditor.
    pairs: BTreeSet<Place>,
    steps: u64,
}

impl Desk {
    pub fn open(queues: &Queues, funds: impl Fn(AccountId) -> Funds) -> Self {
        let book = Book::open(queues, funds);
        Self { book, rounds: Vec::new(), gross: BTreeSet::new(), pairs: BTreeSet::new(), steps: 0 }
    }

    /// The three steps once, all accounts anew: freed room leaves no mark. `false` if nothing settled.
    pub fn cycle(&mut self) -> bool {
        let before = self.rounds.len();
        self.gross.extend(self.book.places());
        self.pairs.extend(self.book.places());
        while self.try_marked() {}
        self.offset_all();
        self.rounds.len() > before
    }

    pub fn close(self) -> Resolution {
        debug_assert!(self.steps <= MAX_STEPS, "{} steps", self.steps);
        Resolution { savings: Savings::of(&self.rounds), rounds: self.rounds, steps: self.steps }
    }

    /// Takes one mark, gross before bilateral, lowest account first; `false` if none is left.
    fn try_marked(&mut self) -> bool {
        if let Some(place) = self.gross.pop_first() {
            self.settle_gross(place);
        } else if let Some(place) = self.pairs.pop_first() {
            self.offset_pair(place);
        } else {
            return false;
        }
        self.steps += 1;
        true
    }

    /// Step 1: the head of one account, if it covers it and the creditor has room. Marks it again.
    fn settle_gross(&mut self, place: Place) {
        if self.is_covered(place) {
            let end = self.book.party(place).head + 1;
            self.settle(Stage::Gross, &[(place, end)]);
        }
    }

    fn is_covered(&self, place: Place) -> bool {
        let party = self.book.party(place);
        party.next().is_some_and(|next| {
            let has_room = next.creditor == place || self.book.party(next.creditor).room >= next.amount();
            party.available >= next.amount() && has_room
        })
    }

    /// Step 2: an account against the creditor of its head, if that one's head comes back.
    fn offset_pair(&mut self, place: Place) {
        let Some(partner) = self.creditor_of_head(place) else { return };
        if partner != place && self.creditor_of_head(partner) == Some(place) {
            self.offset(Stage::Bilateral, vec![self.run(place, partner), self.run(partner, place)]);
        }
    }

    fn creditor_of_head(&self, place: Place) -> Option<Place> {
        self.book.party(place).next().map(|next| next.creditor)
    }

    fn run(&self, place: Place, partner: Place) -> (Place, usize) {
        let party = self.book.party(place);
        (place, party.head + party.run_to(partner, MAX_BILATERAL_RUN))
    }

    /// Step 3: everything against everything.
    fn offset_all(&mut self) {
        let all = self.book.places().map(|place| (place, self.book.party(place).queue.len())).collect();
        self.offset(Stage::Multilateral, all);
    }

    fn offset(&mut self, stage: Stage, prefixes: Vec<(Place, usize)>) {
        let (prefixes, steps) = Selection::reduce(&self.book, prefixes);
        self.steps += steps;
        if !prefixes.is_empty() {
            self.settle(stage, &prefixes);
        }
    }

    /// Settles and marks whoever took part: its money, room or head changed.
    fn settle(&mut self, stage: Stage, prefixes: &[(Place, usize)]) {
        let (round, touched) = self.book.settle(stage, prefixes);
        self.rounds.push(round);
        self.steps += touched.len() as u64;
        self.gross.extend(&touched);
        self.pairs.extend(&touched);
    }
}
