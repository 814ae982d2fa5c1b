//! Payments that flow while things break. Each is submitted until a validator acknowledges it,
//! always with the same reference, so that in the end exactly what was acknowledged was made.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use corridor_client::Client;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::payer::{LARGEST, Paid, Payer, submit_somewhere};
use crate::random::Random;

/// How many payments are on their way at once: with a quarter of the validators silent for a second
/// per attempt, enough for the usual rates.
const WORKERS: u64 = 16;

/// A payment may wait this long for its acknowledgement; cuts and pauses are far shorter.
const PATIENCE: Duration = Duration::from_secs(120);

/// Load in the background.
pub struct Load {
    stop: Arc<AtomicBool>,
    workers: Vec<JoinHandle<Result<Vec<Paid>, String>>>,
}

impl Load {
    /// Starts to pay through all validators, `rate` payments a second.
    pub fn start(payer: &Arc<Payer>, nodes: &[Client], rate: u64, seed: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let pause = Duration::from_micros(1_000_000 * WORKERS / rate);
        let worker = |n| {
            let random = Random::new(seed.wrapping_add(n));
            tokio::spawn(pay(payer.clone(), nodes.to_vec(), pause, random, stop.clone()))
        };
        let workers = (1..=WORKERS).map(worker).collect();
        Self { stop, workers }
    }

    /// Stops after the payments under way; returns what was acknowledged.
    ///
    /// # Errors
    /// A payment was refused or never acknowledged.
    pub async fn finish(self) -> Result<Vec<Paid>, String> {
        self.stop.store(true, Ordering::Relaxed);
        let mut paid = Vec::new();
        for worker in self.workers {
            paid.extend(worker.await.map_err(|error| error.to_string())??);
        }
        Ok(paid)
    }
}

async fn pay(
    payer: Arc<Payer>,
    nodes: Vec<Client>,
    pause: Duration,
    mut random: Random,
    stop: Arc<AtomicBool>,
) -> Result<Vec<Paid>, String> {
    let mut paid = Vec::new();
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !stop.load(Ordering::Relaxed) {
        ticks.tick().await;
        let (made, transaction) = payer.payment(random.between(1, LARGEST));
        submit_somewhere(&nodes, random.below(nodes.len()), &transaction, PATIENCE).await?;
        paid.push(made);
    }
    Ok(paid)
}
