//! The accounts of one call: what each has, may take and still has to pay, changed round by round.
//!
//! Accounts are numbered densely in ascending order ([`Place`]), so that ordered sets of places walk
//! the accounts in their order. Sums cannot overflow: see the assertion below.

use std::collections::BTreeSet;

use corridor_types::AccountId;

use super::{Funds, MAX_PAYMENTS, Queues, Round, Stage, Waiting};

/// An account's place in the book. Only the book makes them, so they always fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(usize);

/// Room without a limit: more than all payments of a call together.
const UNLIMITED: i128 = 1 << 100;

// An amount has 64 bits; a balance and all payments together stay far below the limit of `i128`,
// and below unlimited room.
const _: () = assert!(64 + MAX_PAYMENTS.ilog2() + 1 < 100);

/// A payment that waits, and where its creditor is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Queued {
    pub waiting: Waiting,
    pub creditor: Place,
}

impl Queued {
    pub fn amount(&self) -> i128 {
        i128::from(self.waiting.amount.0)
    }
}

/// One account. What settled stays in `queue`, before `head`.
#[derive(Debug)]
pub(super) struct Party {
    pub available: i128,
    pub room: i128,
    pub queue: Vec<Queued>,
    pub head: usize,
}

impl Party {
    fn new(funds: Funds) -> Self {
        let room = funds.room.and_then(|room| i128::try_from(room).ok()).unwrap_or(UNLIMITED).min(UNLIMITED);
        Self { available: i128::from(funds.available.0), room, queue: Vec::new(), head: 0 }
    }

    /// The next payment to settle.
    pub fn next(&self) -> Option<&Queued> {
        self.queue.get(self.head)
    }

    /// How many payments at the front go to `partner`, `limit` at most.
    pub fn run_to(&self, partner: Place, limit: usize) -> usize {
        self.queue[self.head..].iter().take(limit).take_while(|queued| queued.creditor == partner).count()
    }
}

/// All accounts that occur in a call.
#[derive(Debug)]
pub(super) struct Book(Vec<Party>);

impl Book {
    pub fn open(queues: &Queues, funds: impl Fn(AccountId) -> Funds) -> Self {
        let ids: BTreeSet<_> = queues.iter().flat_map(|waiting| [waiting.debtor, waiting.creditor]).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        // Every account of a payment is in `ids`, so the search always finds it.
        let place = |id: AccountId| ids.partition_point(|other| *other < id);
        let mut parties: Vec<_> = ids.iter().map(|id| Party::new(funds(*id))).collect();
        for waiting in queues.iter() {
            let queued = Queued { waiting: *waiting, creditor: Place(place(waiting.creditor)) };
            parties[place(waiting.debtor)].queue.push(queued);
        }
        Self(parties)
    }

    pub fn places(&self) -> impl Iterator<Item = Place> + use<> {
        (0..self.0.len()).map(Place)
    }

    pub fn party(&self, place: Place) -> &Party {
        &self.0[place.0]
    }

    /// Settles each given account's queue up to its end, at the same moment, and tells the accounts
    /// that took part. Whether everybody can cover it is for the caller to know.
    pub fn settle(&mut self, stage: Stage, prefixes: &[(Place, usize)]) -> (Round, BTreeSet<Place>) {
        let (mut payments, mut touched) = (Vec::new(), BTreeSet::new());
        for (debtor, end) in prefixes {
            for index in self.party(*debtor).head..*end {
                let queued = self.party(*debtor).queue[index];
                self.transfer(*debtor, queued);
                payments.push(queued.waiting);
                touched.extend([*debtor, queued.creditor]);
            }
            self.0[debtor.0].head = *end;
        }
        (Round { stage, payments }, touched)
    }

    fn transfer(&mut self, debtor: Place, queued: Queued) {
        self.credit(debtor, -queued.amount());
        self.credit(queued.creditor, queued.amount());
    }

    fn credit(&mut self, place: Place, by: i128) {
        let party = &mut self.0[place.0];
        party.available += by;
        party.room -= by;
    }
}
