//! Liquidity saving: which waiting payments of one asset settle now, alone or against each other.
//!
//! A payment waits when its debtor's account cannot cover it. Payments that wait for each other
//! (A for B, B for C, C for A) would wait for ever although no money is missing: *gridlock*. This
//! module finds sets of payments that settle together with little money or none. It is pure: it
//! never sees the ledger, holds nothing between calls, and its answer depends on its input alone.
//!
//! [`resolve`] takes [`Queues`] and the [`Funds`] of every account that occurs in them, and answers
//! with [`Round`]s in order. A round's payments settle at the same moment: the caller books only the
//! net of each account ([`Round::nets`]). After every round no account is below zero or above its
//! room, counted from the state that the rounds before it left.
//!
//! # Order within a queue
//!
//! The caller hands over each debtor account's queue in its order: priority first, highest before
//! lower, then position. From there on the order is strict:
//!
//! * A payment settles only if every payment before it in the same queue settles in an earlier
//!   round or in the same one. What settles is always the front part (*prefix*) of each queue.
//! * There is no by-pass: a payment that fits never overtakes one that does not, of the same
//!   account, whether of higher or of equal priority. A bank that wants another order reorders or
//!   cancels. (TARGET2 lets payments of normal priority by-pass each other; with by-passing there
//!   is no largest set but only good ones, see below.)
//! * Queues of different accounts have no order among each other; neither priority nor age in one
//!   queue holds back another.
//!
//! # Steps
//!
//! 1. **Gross.** The head of a queue settles alone if its debtor covers it. Whoever paid or received
//!    is tried again, so chains unlock; among those to be tried the lowest account comes first.
//! 2. **Bilateral.** Two accounts whose heads pay each other: the run of payments to the partner
//!    at the front of either queue, at most [`MAX_BILATERAL_RUN`], is reduced as in step 3 to the
//!    largest part that both can cover, which settles as one round. Then step 1 goes on. The idea
//!    is that of EAF2; that system chose payments out of order, this one keeps prefixes.
//! 3. **Multilateral.** Once neither 1 nor 2 moves anything: take all payments of all queues; while
//!    some account would fall below zero, drop the last payment left of its queue. What is left
//!    settles as one round (Bech and Soramäki; TARGET2's "partial optimisation" is alike).
//!
//! The three are one cycle. Cycles repeat until one settles nothing, [`MAX_CYCLES`] at most.
//!
//! # What is promised, and why
//!
//! Write a choice as a vector `k`, the length of the prefix for each queue. Let `b` be what an
//! account has, `in(k)` and `out(k)` what it receives and pays under `k`. Without limits of room,
//! `k` is *covered* if `b + in(k) - out(k) >= 0` for every account.
//!
//! * **There is one largest covered choice.** Take two, `k` and `l`, and their larger entries `m`.
//!   An account's entry in `m` is that of `k`, say; it pays what it pays under `k` and receives at
//!   least as much, because no entry became smaller. So `m` is covered: covered choices are closed
//!   under taking larger entries, and the largest one, `M`, contains all others.
//! * **Step 3 finds it, whichever account it takes first.** At the start `k >= M`. Suppose
//!   `k >= M` and an account is short under `k`. If its entry were that of `M`, it would pay what it
//!   pays under `M` and receive at least as much, and not be short. So its entry is larger, and
//!   dropping its last payment keeps `k >= M`. When nobody is short `k` is covered, so `k = M`.
//! * **The steps do not compete.** Rounds that follow each other add up to one covered choice, so
//!   all of them together stay within `M`; and what step 3 finds after them, together with them, is
//!   all of `M`: the rest of `M` is itself covered once a part of it has settled. Steps 1 and 2
//!   decide *in which rounds* payments settle (alone if possible), never *which*. Their bounds
//!   therefore cost nothing in what settles. The tests compare with a search of all choices.
//! * **Nobody below zero.** Gross: checked before the payment. Rounds of more: step 3 ends only
//!   when nobody is short. The nets of a round are the very sums that were checked.
//! * **Termination.** Every step of a reduction drops a payment or passes over one that was dropped,
//!   every round settles one, and each cycle but the last settles one; all of it can happen only so
//!   often, and [`MAX_STEPS`] says how often.
//! * **Conservation.** A round's nets add up to zero: each amount is added once, subtracted once.
//!
//! Dropping the *last* payment rather than some other is what strict order asks for. Without it the
//! largest set is an NP-hard question (Güntzer, Jungnickel and Leclerc: the bank clearing problem).
//!
//! # Room
//!
//! An account may have a limit on what it holds; [`Funds::room`] is how much it may still take. With
//! room the largest choice need not exist: A and B each owe C 5, C has room for 5; either settles,
//! both cannot. So the promise is smaller. In steps 2 and 3, when nobody is short but an account
//! would exceed its room, the payment to it that stands furthest behind in its queue (the higher
//! account on a tie) is dropped with all behind it, and shortages are looked at again. No account
//! ends above its room; no shortage drop is ever wrong; but the choice for room may be less than the
//! best one. Between two accounts there is no choice (only the partner pays in), so step 2 is exact.
//! When a cycle has settled nothing, no head can settle alone and no two accounts can offset their
//! runs. A creditor without room holds up the debtor's whole queue: refuse such payments on entry,
//! or let them be cancelled. Where no room is ever short the promise is the full one.
//!
//! # Bounds
//!
//! A call looks at [`MAX_PAYMENTS`]; `M` is the largest choice *within that window*.
//! [`Queues::gather`] takes heads first, then second payments and so on, so no long queue crowds out
//! the others. A step is one payment or account looked at; [`MAX_STEPS`] bounds them and says why.
//! Each costs at most a search in an ordered map. Whoever resolves several assets in one block shares
//! that block's time among them: 4,096 payments take milliseconds, 512 times as many do not.
//!
//! Same input, same answer: a call that settled nothing need not be repeated before a queue, a
//! balance or a limit of its asset changes.
//!
//! # Sources
//!
//! * M. L. Bech, K. Soramäki, *Gridlock resolution in interbank payment systems*, Bank of Finland
//!   Discussion Papers 9/2001: gridlock against deadlock, and step 3.
//! * U. Güntzer, D. Jungnickel, M. Leclerc, *Efficient algorithms for the clearing of interbank
//!   payments*, European Journal of Operational Research 106 (1998): EAF2's problem without order.
//! * CPSS, *Real-time gross settlement systems*, BIS 1997, and *New developments in large-value
//!   payment systems*, BIS 2005: queues, by-passing, bilateral and multilateral offsetting in use.
//! * Guideline ECB/2012/27 (TARGET2), Annex II, Appendix I: offsetting on entry, optimisation of queues.

mod book;
mod bounds;
mod desk;
mod incoming;
mod queues;
mod round;
mod selection;
#[cfg(test)]
mod tests;

use corridor_types::AccountId;

pub(crate) use bounds::{MAX_BILATERAL_RUN, MAX_CYCLES, MAX_PAYMENTS, MAX_STEPS};
pub(crate) use queues::{Funds, Queues, Waiting};
pub(crate) use round::{Resolution, Round, Savings, Stage};

use desk::Desk;

/// Which payments settle now, in rounds. `funds` is asked once for each account that occurs.
pub(crate) fn resolve(queues: &Queues, funds: impl Fn(AccountId) -> Funds) -> Resolution {
    let mut desk = Desk::open(queues, funds);
    for _ in 0..MAX_CYCLES {
        if !desk.cycle() {
            break;
        }
    }
    desk.close()
}
