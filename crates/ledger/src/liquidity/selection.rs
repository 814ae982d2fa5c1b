//! The reduction: the largest part of some queues that settles at the same moment.
//!
//! A selection is a prefix of each member's queue, and only ever shrinks. It names the payments
//! that would settle; it never changes the book.

use std::collections::{BTreeMap, BTreeSet};

use super::book::{Book, Place, Queued};
use super::incoming::Incoming;

/// One account of a selection.
#[derive(Debug)]
struct Member {
    /// The selected payments are those of its queue from the head up to here.
    end: usize,
    /// What it gains by the selected payments, in minor units.
    net: i128,
}

/// A prefix of the queue of each member. Creditors of selected payments are members too.
#[derive(Debug)]
pub(super) struct Selection<'book> {
    book: &'book Book,
    members: BTreeMap<Place, Member>,
    /// Members that would fall below zero.
    short: BTreeSet<Place>,
    /// Members that would exceed their room.
    over: BTreeSet<Place>,
    /// The selected payments by creditor, made when it is first needed.
    incoming: Option<Incoming>,
    steps: u64,
}

impl<'book> Selection<'book> {
    /// The largest selection within the given prefixes (members and their ends) that everybody can
    /// cover; within limits of room, a large one. May be empty. Also tells the steps it took.
    pub fn reduce(book: &'book Book, prefixes: impl IntoIterator<Item = (Place, usize)>) -> (Vec<(Place, usize)>, u64) {
        let mut selection = Self::of(book, prefixes);
        while selection.drop_one() {}
        let prefixes = if selection.is_feasible() { selection.prefixes() } else { Vec::new() };
        (prefixes, selection.steps)
    }

    fn of(book: &'book Book, prefixes: impl IntoIterator<Item = (Place, usize)>) -> Self {
        let members = prefixes.into_iter().map(|(place, end)| (place, Member { end, net: 0 })).collect();
        let (short, over) = (BTreeSet::new(), BTreeSet::new());
        let mut selection = Self { book, members, short, over, incoming: None, steps: 0 };
        for (debtor, queued) in selection.payments() {
            selection.shift(debtor, -queued.amount());
            selection.shift(queued.creditor, queued.amount());
        }
        selection.steps += selection.members.len() as u64;
        selection
    }

    /// The selected payments, each with its debtor.
    fn payments(&self) -> Vec<(Place, &'book Queued)> {
        let selected = |(place, member): (&Place, &Member)| {
            let (place, party) = (*place, self.book.party(*place));
            party.queue[party.head..member.end].iter().map(move |queued| (place, queued))
        };
        self.members.iter().flat_map(selected).collect()
    }

    /// Moves a member's net and notes whether it is short or over room now.
    fn shift(&mut self, place: Place, by: i128) {
        let Some(member) = self.members.get_mut(&place) else { return };
        member.net += by;
        let party = self.book.party(place);
        note(&mut self.short, place, party.available + member.net < 0);
        note(&mut self.over, place, member.net > party.room);
        self.steps += 1;
    }

    /// Drops a payment that cannot be covered, or some for want of room; `false` if all is well.
    /// Shortages come first: their drops are forced, while a drop for room is a choice.
    fn drop_one(&mut self) -> bool {
        if let Some(place) = self.short.first() {
            self.drop_last(*place)
        } else if let Some(place) = self.over.first() {
            self.make_room(*place)
        } else {
            false
        }
    }

    /// Drops the last payment left of a member's queue. An account that is short has one.
    fn drop_last(&mut self, place: Place) -> bool {
        let party = self.book.party(place);
        let Some(member) = self.members.get_mut(&place).filter(|member| member.end > party.head) else {
            return false;
        };
        member.end -= 1;
        let dropped = &party.queue[member.end];
        self.shift(place, dropped.amount());
        self.shift(dropped.creditor, -dropped.amount());
        true
    }

    /// Drops the payment to `place` that stands furthest behind in its queue, and all behind it, if
    /// still selected. An account that is over its room has one.
    fn make_room(&mut self, place: Place) -> bool {
        let Some((debtor, index)) = self.pop_incoming(place) else { return false };
        while self.end(debtor) > index && self.drop_last(debtor) {}
        true
    }

    fn pop_incoming(&mut self, place: Place) -> Option<(Place, usize)> {
        if self.incoming.is_none() {
            let incoming = Incoming::of(self.book, self.prefixes());
            self.steps += incoming.len();
            self.incoming = Some(incoming);
        }
        self.steps += 1;
        self.incoming.as_mut()?.pop(place)
    }

    fn end(&self, place: Place) -> usize {
        self.members.get(&place).map_or(0, |member| member.end)
    }

    /// Holds when there is nothing left to drop: an account without payments out is not short, one
    /// without payments in is not over its room. Were it broken, nothing would settle.
    fn is_feasible(&self) -> bool {
        let holds = self.short.is_empty() && self.over.is_empty();
        debug_assert!(holds, "nothing left to drop, yet {:?} short, {:?} over room", self.short, self.over);
        holds
    }

    /// The members that settle something, with their ends.
    fn prefixes(&self) -> Vec<(Place, usize)> {
        let ends = self.members.iter().map(|(place, member)| (*place, member.end));
        ends.filter(|(place, end)| *end > self.book.party(*place).head).collect()
    }
}

fn note(set: &mut BTreeSet<Place>, place: Place, holds: bool) {
    if holds {
        set.insert(place);
    } else {
        set.remove(&place);
    }
}
