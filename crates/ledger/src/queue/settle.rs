//! The end of a block: settles what queued payments can settle, together where that takes less
//! money. Which ones, `scan` and `liquidity` say; here it is written.

use std::collections::BTreeMap;

use corridor_types::{AccountId, Amount, AssetId, Code, EntryKind};

use super::Savings;
use super::scan::gather;
use crate::account::{PAYMENT, Transfer};
use crate::halt::invariant;
use crate::journal::Journal;
use crate::limits::MAX_QUEUE_SCAN;
use crate::liquidity::{Funds, MAX_PAYMENTS, Queues, Resolution, Round, Waiting, resolve};
use crate::payment::lifecycle::{Ending, Next, close, end, moved, next_but_money, own_doing};
use crate::state::State;
use crate::tables;
use crate::transition::PaymentEvent;
use crate::{Halt, OpenPayment, licence, limit};

// All payments of one block's scan fit one call, so that none is left out of its queue's order.
const _: () = assert!(MAX_QUEUE_SCAN <= MAX_PAYMENTS);

const SETTLE: Ending = Ending { kind: EntryKind::Settle, event: PaymentEvent::Settle, code: Code::Ok };

/// Settles queued payments: what is funded at once, the rest by asset.
pub(crate) fn settle_queues(state: &mut State, journal: &mut Journal) -> Result<(), Halt> {
    let mut by_asset = BTreeMap::<AssetId, BTreeMap<AccountId, Vec<Waiting>>>::new();
    for slot in gather(state, journal.time, journal.height) {
        if let Some((asset, waiting)) = decide(state, journal, slot)? {
            by_asset.entry(asset).or_default().entry(waiting.debtor).or_default().push(waiting);
        }
    }
    by_asset.into_iter().try_for_each(|(asset, by_debtor)| {
        let queues = Queues::gather(by_debtor.into_values());
        settle_asset(state, journal, asset, &queues)
    })
}

/// Ends, settles or leaves out a payment; gives it back if all that it may lack is money.
fn decide(state: &mut State, journal: &mut Journal, slot: u32) -> Result<Option<(AssetId, Waiting)>, Halt> {
    let open = state.payments.get(slot).ok_or_else(|| missing(slot))?;
    let (origin, payment) = (own_doing(open), &open.payment);
    match next_but_money(state, journal.time, open) {
        Next::Wait(_) => Ok(None),
        Next::Stop(code) => end(state, journal, origin, slot, Ending::stop(code)).map(|()| None),
        Next::Settle if open.funded => end(state, journal, origin, slot, SETTLE).map(|()| None),
        Next::Settle => {
            let (debtor, creditor) = (payment.debtor_account, payment.creditor_account);
            Ok(Some((payment.asset, Waiting { slot, debtor, creditor, amount: payment.amount })))
        }
    }
}

fn settle_asset(state: &mut State, journal: &mut Journal, asset: AssetId, queues: &Queues) -> Result<(), Halt> {
    let Resolution { rounds, savings, .. } = resolve(queues, |account| funds(state, account));
    if rounds.is_empty() {
        return Ok(());
    }
    rounds.iter().try_for_each(|round| settle_round(state, journal, round))?;
    let (payments, gross, liquidity) = (savings.payments, savings.gross, savings.liquidity);
    state.savings.add(asset, Savings { payments, gross, liquidity });
    Ok(())
}

/// What an account has, and may take: up to its balance limit, and to the end of 64 bits.
fn funds(state: &State, id: AccountId) -> Funds {
    let Some(account) = state.accounts.get(id) else { return Funds { available: Amount::ZERO, room: Some(0) } };
    // Saturating: an account that holds 2^64 - 1 or more takes nothing.
    let countable = u128::from(u64::MAX).saturating_sub(account.held());
    let room = limit::rules::room(state, id).map_or(countable, |room| room.min(countable));
    Funds { available: account.available, room: Some(room) }
}

/// Books a round as a whole, then closes its payments one by one.
fn settle_round(state: &mut State, journal: &mut Journal, round: &Round) -> Result<(), Halt> {
    invariant(!round.payments.is_empty(), "a round settles something")?;
    let remove = |waiting: &Waiting| state.payments.remove(waiting.slot).ok_or_else(|| missing(waiting.slot));
    let settled = round.payments.iter().map(remove).collect::<Result<Vec<_>, _>>()?;
    let transfers: Vec<_> = settled.iter().map(transfer).collect();
    state.accounts.book_round(journal, &transfers)?;
    settled.iter().try_for_each(|open| finish(state, journal, open))
}

fn transfer(OpenPayment { payment, .. }: &OpenPayment) -> Transfer {
    let (from, to, amount) = (payment.debtor_account, payment.creditor_account, payment.amount);
    Transfer { from, to, amount, kinds: PAYMENT, reference: payment.uetr }
}

fn finish(state: &mut State, journal: &mut Journal, open: &OpenPayment) -> Result<(), Halt> {
    let status = moved(open.payment.uetr, Some(open.status), SETTLE.event)?;
    invariant(!open.funded, "what settles in a round had no money set aside")?;
    licence::rules::draw(state, &open.payment)?;
    close(state, journal, own_doing(open), &open.payment, status, SETTLE)
}

fn missing(slot: u32) -> Halt {
    Halt::RecordMissing { table: tables::PAYMENTS, key: slot.to_string() }
}
