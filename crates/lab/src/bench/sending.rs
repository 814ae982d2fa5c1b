//! The open-loop sender: every transaction leaves at its moment, whether or not earlier ones were
//! answered. What is due together and goes to one node shares a request.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use corridor_types::Transaction;
use corridor_types::view::SubmissionView;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::payers::Payer;
use super::signing::Shot;

/// How often due transactions are collected. Adds at most this to a latency.
const TICK: Duration = Duration::from_millis(2);

/// Requests under way at once, all nodes together. A network that answers within two seconds never
/// meets it; one that does not has failed the step anyway.
const MAX_REQUESTS: usize = 512;

/// Payments in one request: about 250 bytes each, so that a body stays below a quarter of what a
/// node takes.
const MAX_PAYMENTS_PER_REQUEST: usize = 2_000;

/// What became of the sending.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sent {
    /// Payments that were refused, or for which the node had no room or no answer.
    pub refused: u64,
    /// The worst delay of a transaction behind its moment.
    pub lag: Duration,
}

/// Sends all transactions, which are ordered by their moments, counted from `start`.
pub async fn send(payers: &Arc<Vec<Payer>>, shots: Vec<Shot>, start: Instant) -> Sent {
    let room = Arc::new(Semaphore::new(MAX_REQUESTS));
    let mut requests = JoinSet::new();
    let mut sent = Sent::default();
    let mut shots = shots.into_iter().peekable();
    while shots.peek().is_some() {
        let mut due: BTreeMap<usize, Vec<Shot>> = BTreeMap::new();
        while let Some(shot) = shots.next_if(|shot| start + shot.due <= Instant::now()) {
            sent.lag = sent.lag.max(start.elapsed().saturating_sub(shot.due));
            due.entry(shot.payer).or_default().push(shot);
        }
        for (payer, shots) in due {
            for request in split(shots) {
                // The semaphore is never closed.
                let Ok(permit) = room.clone().acquire_owned().await else { continue };
                let payers = payers.clone();
                requests.spawn(async move {
                    let refused = submit(&payers, payer, request).await;
                    drop(permit);
                    refused
                });
            }
        }
        tokio::time::sleep(TICK).await;
    }
    while let Some(refused) = requests.join_next().await {
        sent.refused = sent.refused.saturating_add(refused.unwrap_or_default());
    }
    sent
}

/// Requests that are not too large.
fn split(shots: Vec<Shot>) -> Vec<Vec<Shot>> {
    let mut requests: Vec<Vec<Shot>> = Vec::new();
    let mut payments = usize::MAX;
    for shot in shots {
        payments = payments.saturating_add(shot.uetrs.len());
        if payments > MAX_PAYMENTS_PER_REQUEST {
            requests.push(Vec::new());
            payments = shot.uetrs.len();
        }
        if let Some(request) = requests.last_mut() {
            request.push(shot);
        }
    }
    requests
}

/// Sends one request and counts the payments that were not taken.
async fn submit(payers: &[Payer], payer: usize, shots: Vec<Shot>) -> u64 {
    let sizes: Vec<u64> = shots.iter().map(|shot| shot.uetrs.len() as u64).collect();
    let transactions: Vec<Transaction> = shots.into_iter().map(|shot| shot.transaction).collect();
    let Some(payer) = payers.get(payer) else { return sizes.iter().sum() };
    let Ok(results) = payer.actor.session.submit(&transactions).await else { return sizes.iter().sum() };
    let taken = |view: &SubmissionView| matches!(view, SubmissionView::Accepted { .. } | SubmissionView::Known { .. });
    sizes.iter().zip(&results).filter(|(_, view)| !taken(view)).map(|(size, _)| size).sum()
}
