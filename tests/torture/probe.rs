//! One payment after a fault, and how long it takes until its certificate is seen.

use std::time::{Duration, Instant};

use corridor_client::Client;
use corridor_types::Uetr;
use futures::future::join_all;

use crate::payer::{LARGEST, Paid, Payer, submit_somewhere};

/// After this the network is stuck, not slow.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A validator that does not answer a question is asked again.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// Between two looks at a payment.
const PAUSE: Duration = Duration::from_millis(15);

/// How long a probe took from the moment that was given.
#[derive(Debug, Clone)]
pub struct Taken {
    pub paid: Paid,
    /// Until the first of those that were asked had the certificate.
    pub first: Duration,
    /// Until the last of them had it.
    pub all: Duration,
}

/// Pays through one of `through` and waits for the certificate at each of `at`.
///
/// # Errors
/// It was not acknowledged, or somebody has no certificate within [`PATIENCE`].
pub async fn probe(since: Instant, payer: &Payer, through: &[Client], at: &[Client]) -> Result<Taken, String> {
    let (paid, transaction) = payer.payment(LARGEST);
    submit_somewhere(through, 0, &transaction, PATIENCE).await?;
    let times = join_all(at.iter().map(|node| certified(since, node, paid.uetr))).await;
    let missing = times.iter().filter(|time| time.is_err()).count();
    let times: Result<Vec<Duration>, String> = times.into_iter().collect();
    let times = times.map_err(|problem| format!("{missing} of {} validators have {problem}", at.len()))?;
    let (first, all) = (*times.iter().min().unwrap(), *times.iter().max().unwrap());
    Ok(Taken { paid, first, all })
}

async fn certified(since: Instant, node: &Client, uetr: Uetr) -> Result<Duration, String> {
    let started = Instant::now();
    let mut last = String::new();
    while started.elapsed() < PATIENCE {
        match tokio::time::timeout(ANSWER_WITHIN, node.payment(uetr)).await {
            Ok(Ok(Some(view))) if view.is_final() => return Ok(since.elapsed()),
            Ok(Ok(Some(view))) => last = format!("{:?}, certified: {}", view.status, view.certified),
            Ok(Ok(None)) => "it is not known".clone_into(&mut last),
            Ok(Err(error)) => last = error.to_string(),
            Err(elapsed) => last = elapsed.to_string(),
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(format!("no certificate for {uetr} within {PATIENCE:?}; the last answer: {last}"))
}
