//! The pass at the end of a block. The model does not look for payments to settle together; it takes
//! what the ledger settled and checks what is promised: each was due and lacked nothing but money,
//! no payment of an account overtook another one, nobody paid what was not there, nobody holds more
//! than its limit, and nothing waits that could have settled.

use std::collections::{BTreeMap, BTreeSet};

use corridor_types::{AccountId, AssetId, Code, Entry, EntryKind, Movement, MovementKind, PaymentStatus, Uetr};

use super::lifecycle::Next;
use super::state::{Life, Model};

type Set = BTreeSet<Uetr>;

impl Model {
    /// Checks and applies what the pass did, by its entries and bookings. Tells how many rounds of
    /// several payments it settled.
    pub fn pass(&mut self, entries: &[Entry], movements: &[Movement]) -> usize {
        let (ending, ready) = (self.ending(), self.ready());
        let funded = self.settle_funded(entries);
        let still = self.ending();
        let missed: Vec<_> = ending.intersection(&still).collect();
        assert!(missed.is_empty(), "it lacks nothing, or lost its licence or agent, and stays: {missed:?}");
        let ready = ready.intersection(&self.ready()).copied().collect();
        let largest = self.largest(&ready);
        // Payments that had their money are booked one by one: out, in.
        let booked = 2 * entries[..funded].iter().filter(|entry| entry.kind == EntryKind::Settle).count();
        let (settled, rounds) = self.settle_rounds(&entries[funded..], &movements[booked..], &ready);
        self.check_heads(&ready);
        if let Some(largest) = largest {
            assert_eq!(settled, largest, "what settled is not the most that can");
        }
        rounds
    }

    fn is_due(&self, life: &Life) -> bool {
        let payment = &life.payment;
        let in_time = life.starts <= self.now && self.now < payment.expiry;
        let leaves = self.may_pay(payment.debtor_account) && self.is_open(payment.asset);
        life.status == PaymentStatus::Queued && in_time && leaves
    }

    /// What must end or settle whatever money there is.
    fn ending(&self) -> Set {
        let ends = |life: &&Life| match self.next_but_money(life) {
            Next::Stop(_) => true,
            Next::Settle => life.funded,
            _ => false,
        };
        self.open.values().filter(|life| self.is_due(life)).filter(ends).map(|life| life.payment.uetr).collect()
    }

    /// What lacks money at most.
    fn ready(&self) -> Set {
        let is_ready = |life: &&Life| self.is_due(life) && !life.funded && self.next_but_money(life) == Next::Settle;
        self.open.values().filter(is_ready).map(|life| life.payment.uetr).collect()
    }

    /// The first entries: payments that stopped, or had their money.
    fn settle_funded(&mut self, entries: &[Entry]) -> usize {
        for (n, entry) in entries.iter().enumerate() {
            let life = self.open.get(&entry.reference).unwrap().clone();
            if entry.kind == EntryKind::Settle && !life.funded {
                return n;
            }
            assert!(self.is_due(&life), "{life:?} is not due");
            let (kind, by) = (entry.kind, life.agents[0]);
            match self.next_but_money(&life) {
                Next::Stop(code) => self.end(&entry.reference, EntryKind::Stop, PaymentStatus::Rejected, code, by),
                Next::Settle => self.end(&entry.reference, EntryKind::Settle, PaymentStatus::Settled, Code::Ok, by),
                next => panic!("{kind}: {life:?} waits: {next:?}"),
            }
        }
        entries.len()
    }

    fn settle_rounds(&mut self, entries: &[Entry], movements: &[Movement], ready: &Set) -> (Set, usize) {
        let order: Vec<Vec<Uetr>> = self.queues(ready).into_values().collect();
        let (mut entries, mut movements, mut settled, mut rounds) = (entries, movements, Set::new(), 0);
        while !entries.is_empty() {
            let credits = movements.iter().take_while(|movement| movement.kind == MovementKind::PaymentIn).count();
            let round: Vec<_> = entries[..credits].iter().map(|entry| entry.reference).collect();
            let booked = |from: usize| movements[from..from + credits].iter().map(|movement| movement.reference);
            assert!(credits > 0 && booked(0).eq(round.iter().copied()) && booked(credits).eq(round.iter().copied()));
            self.settle_round(&round, ready);
            settled.extend(round);
            rounds += usize::from(credits > 1);
            for queue in &order {
                let first = queue.iter().take_while(|uetr| settled.contains(uetr)).count();
                assert!(queue[first..].iter().all(|uetr| !settled.contains(uetr)), "overtaken: {}", queue[first]);
            }
            (entries, movements) = (&entries[credits..], &movements[2 * credits..]);
        }
        assert!(movements.is_empty(), "bookings that no entry reports");
        (settled, rounds)
    }

    /// Settles payments at the same moment: what counts is what each account has afterwards.
    fn settle_round(&mut self, round: &[Uetr], ready: &Set) {
        let before: Vec<_> = self.accounts.iter().map(|account| account.held).collect();
        for uetr in round {
            let life = &self.open[uetr];
            assert!(ready.contains(uetr) || self.next_but_money(life) == Next::Settle, "not ready: {life:?}");
            let (by, amount) = (life.agents[0], life.amount());
            let saved = self.saved.entry(life.payment.asset).or_default();
            *saved = (saved.0 + 1, saved.1 + amount);
            self.end(uetr, EntryKind::Settle, PaymentStatus::Settled, Code::Ok, by);
        }
        for (id, before) in (0u32..).map(AccountId).zip(before) {
            let held = self.accounts[id.0 as usize].held;
            assert!(self.available(id) >= 0, "account {id} paid what was not there");
            let within = self.balance_max(id).is_none_or(|max| held <= max.max(before));
            assert!(within, "account {id} holds more than its limit");
        }
    }

    /// Each account's payments that are ready, in its order.
    fn queues(&self, ready: &Set) -> BTreeMap<AccountId, Vec<Uetr>> {
        let accounts: BTreeSet<_> = ready.iter().map(|uetr| self.open[uetr].payment.debtor_account).collect();
        let queue = |account| {
            let own = self.queue(account).into_iter().map(|life| life.payment.uetr);
            own.filter(|uetr| ready.contains(uetr)).collect()
        };
        accounts.into_iter().map(|account| (account, queue(account))).collect()
    }

    /// Nothing stays that is the first of its account and could settle alone.
    fn check_heads(&self, ready: &Set) {
        let left: Set = ready.iter().filter(|uetr| self.open.contains_key(uetr)).copied().collect();
        for (account, queue) in self.queues(&left) {
            let head = &self.open[&queue[0]];
            let room = self.has_room(head.payment.creditor_account, head.amount());
            assert!(head.amount() > self.available(account) || !room, "account {account} could pay {head:?}");
        }
    }

    /// The most that can settle in the order of the queues, found by leaving out the last payment of
    /// whoever is short. `None` where limits of balances make it a matter of choice.
    fn largest(&self, ready: &Set) -> Option<Set> {
        let ids: Vec<_> = (0u32..).map(AccountId).take(self.accounts.len()).collect();
        if ids.iter().any(|id| self.balance_max(*id).is_some()) {
            return None;
        }
        let mut queues = self.queues(ready);
        loop {
            let mut after: BTreeMap<_, _> = ids.iter().map(|id| (*id, self.available(*id))).collect();
            for life in queues.values().flatten().map(|uetr| &self.open[uetr]) {
                *after.get_mut(&life.payment.debtor_account).unwrap() -= life.amount();
                *after.get_mut(&life.payment.creditor_account).unwrap() += life.amount();
            }
            let Some((account, _)) = after.iter().find(|(_, sum)| **sum < 0) else {
                return Some(queues.into_values().flatten().collect());
            };
            queues.get_mut(account).unwrap().pop().unwrap();
        }
    }

    pub fn assets(&self) -> impl Iterator<Item = AssetId> {
        (0..u16::try_from(self.assets.len()).unwrap()).map(AssetId)
    }
}
