//! Which queued payments a block decides on. Only reads, and never more than the bounds say.

use std::collections::BTreeSet;
use std::collections::btree_set::Iter;

use corridor_types::{AccountId, Height, PaymentStatus, Timestamp};

use crate::payment::QueueKey;
use crate::state::State;
use crate::{Account, calendar};

/// Payments of one queue that are passed in a row before the others have their turn again.
const LOOKS_AT_A_TIME: usize = 16;

/// The slots of queued payments whose time has come: the first of each queue, then the second of
/// each, and so on. Within a queue none is left out but those whose time has not come.
pub(super) fn gather(state: &State, now: Timestamp, height: Height) -> Vec<u32> {
    let mut scan = Scan { state, now, due: Vec::new(), looks: state.bounds.queue_looks };
    let mut queues: Vec<_> = queues_from(state, height)
        .filter(|(account, _)| may_pay(state, now, *account))
        .take(state.bounds.queue_scan)
        .map(|(_, queue)| queue.iter())
        .collect();
    while !queues.is_empty() && !scan.is_full() {
        queues.retain_mut(|queue| scan.take_turn(queue));
    }
    scan.due
}

/// All queues, beginning at another one in every block.
fn queues_from(state: &State, height: Height) -> impl Iterator<Item = (AccountId, &BTreeSet<QueueKey>)> {
    let count = state.payments.queues().count();
    let start = height.0.checked_rem(count as u64).and_then(|start| usize::try_from(start).ok()).unwrap_or(0);
    state.payments.queues().skip(start).chain(state.payments.queues().take(start))
}

/// True if anything at all can leave the account now.
fn may_pay(state: &State, now: Timestamp, id: AccountId) -> bool {
    let account = state.accounts.get(id).filter(|account| Account::may_pay(account));
    account.is_some_and(|account| calendar::rules::is_open(state, now, account.asset))
}

/// One block's scan at work.
struct Scan<'state> {
    state: &'state State,
    now: Timestamp,
    due: Vec<u32>,
    /// How many payments may be looked at yet.
    looks: usize,
}

impl Scan<'_> {
    fn is_full(&self) -> bool {
        self.looks == 0 || self.due.len() >= self.state.bounds.queue_scan
    }

    /// Takes the next payment of a queue whose time has come, unless too many stand before it.
    /// `false` if the queue has no more.
    fn take_turn(&mut self, queue: &mut Iter<'_, QueueKey>) -> bool {
        for _ in 0..LOOKS_AT_A_TIME {
            if self.is_full() {
                return false;
            }
            let Some((.., slot)) = queue.next() else { return false };
            self.looks -= 1;
            if self.is_due(*slot) {
                self.due.push(*slot);
                return true;
            }
        }
        true
    }

    /// What has lapsed is the sweep's, even if it has not come to it.
    fn is_due(&self, slot: u32) -> bool {
        self.state.payments.get(slot).is_some_and(|open| {
            debug_assert_eq!(open.status, PaymentStatus::Queued);
            open.starts <= self.now && self.now < open.payment.expiry
        })
    }
}
