//! One step of a measurement: sign, send, wait, then count what happened from the chain itself.
//!
//! Every payment that the ledger decides on makes one entry in a block, so entries per block and the
//! moments of the blocks give the number that was decided in time; an evenly spread sample, looked up
//! payment by payment, gives the latencies and the share that settled. All of that is asked after the
//! sending, when asking disturbs little. Nobody else may use the network meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use corridor_cli::failure::Failure;
use corridor_cli::session::{Session, failed};
use corridor_types::{Height, PaymentStatus, Uetr};
use futures::{StreamExt as _, TryStreamExt as _};
use tokio::time::sleep;

use super::machine::cpu_time_ms;
use super::payers::Payer;
use super::plan::{P99_AT_MOST_MS, Plan};
use super::report::{Latency, StepReport};
use super::sending::send;
use super::signing::{Shot, sign_step};
use super::watching::Settled;

/// How long settlements are waited for after the last payment of a step was offered.
const DRAIN: Duration = Duration::from_secs(10);

/// From signing to the start, so that the first transactions are not late.
const LEAD: Duration = Duration::from_millis(50);

/// Payments whose latency is looked up: enough for a 99th percentile of ten values.
const SAMPLE: usize = 1_000;

/// Questions under way at once after a step.
const QUESTIONS: usize = 8;

/// Measures one rate.
///
/// # Errors
/// A failure of the generator; a network that is too slow shows in the numbers.
pub async fn measure(
    payers: &Arc<Vec<Payer>>,
    plan: &Plan,
    rate: u64,
    settled: &Settled,
) -> Result<StepReport, Failure> {
    let session = &payers.first().ok_or_else(|| Failure::internal("nobody pays"))?.actor.session;
    let (signers, seconds, size) = (payers.clone(), plan.step_seconds, plan.payments_per_signature);
    let signing = tokio::task::spawn_blocking(move || sign_step(&signers, rate, seconds, size));
    let shots = signing.await.map_err(Failure::internal)??;
    let offered: u64 = shots.iter().map(|shot| shot.uetrs.len() as u64).sum();
    let sample = sample(&shots);
    let from = session.client.chain().await.map_err(failed)?.settled;
    let cpu_before = cpu_time_ms();
    let start = Instant::now() + LEAD;
    let sent = send(payers, shots, start).await;
    let cpu = cpu_time_ms().zip(cpu_before).map_or(0, |(after, before)| after.saturating_sub(before));
    let cpu_percent = cpu.saturating_mul(100) / millis(start.elapsed()).max(1);

    let deadline = start + plan.step() + DRAIN;
    let blocks = drain(session, settled, from, offered.saturating_sub(sent.refused), deadline).await?;
    let in_time_at = start + plan.step() + Duration::from_millis(P99_AT_MOST_MS);
    let last_in_time = settled.highest_by(in_time_at).unwrap_or(from);
    let latencies = look_up(session, &sample, start, settled).await?;
    let never = sample.len().saturating_sub(latencies.len()) as u64;
    let counts = Counts::new(&blocks, last_in_time, offered, (latencies.len() as u64, sample.len() as u64));
    Ok(StepReport {
        offered_per_s: offered / plan.step_seconds.max(1),
        offered,
        settled_in_time: counts.in_time,
        settled_per_s: counts.in_time / plan.step_seconds.max(1),
        unsettled: offered.saturating_sub(counts.at_all),
        refused: sent.refused,
        generator_lag_max_ms: millis(sent.lag),
        generator_cpu_percent: cpu_percent,
        latency: Latency::of(latencies, never),
    })
}

/// How many payments of a step settled.
#[derive(Debug, PartialEq, Eq)]
struct Counts {
    in_time: u64,
    at_all: u64,
}

impl Counts {
    /// Counts entries of blocks. If all payments were decided on and some of the sample did not
    /// settle, the ledger refused them, and the sample's share of settled ones applies to all.
    fn new(blocks: &[(Height, u64)], last_in_time: Height, offered: u64, settled_of_sample: (u64, u64)) -> Self {
        let sum =
            |until: Height| blocks.iter().filter(|(height, _)| *height <= until).map(|(_, count)| *count).sum::<u64>();
        let (in_time, at_all) = (sum(last_in_time).min(offered), sum(Height(u64::MAX)).min(offered));
        let (settled, looked_up) = settled_of_sample;
        if at_all < offered || settled >= looked_up {
            return Self { in_time, at_all };
        }
        let share = |count: u64| count.saturating_mul(settled) / looked_up.max(1);
        Self { in_time: share(in_time), at_all: share(at_all) }
    }
}

/// Waits until as many entries as `expected` settled above `from`, and returns the blocks with their
/// numbers of entries.
async fn drain(
    session: &Session,
    settled: &Settled,
    from: Height,
    expected: u64,
    deadline: Instant,
) -> Result<Vec<(Height, u64)>, Failure> {
    let (mut blocks, mut next, mut found) = (Vec::new(), from.next(), 0u64);
    while found < expected && Instant::now() < deadline {
        let Some(highest) = settled.highest().filter(|highest| *highest >= next) else {
            sleep(Duration::from_millis(20)).await;
            continue;
        };
        let new = futures::stream::iter(next.0..=highest.0).map(|height| entries_of(session, Height(height)));
        let new: Vec<(Height, u64)> = new.buffered(QUESTIONS).try_collect().await?;
        found = new.iter().fold(found, |sum, (_, count)| sum.saturating_add(*count));
        blocks.extend(new);
        next = highest.next();
    }
    Ok(blocks)
}

async fn entries_of(session: &Session, height: Height) -> Result<(Height, u64), Failure> {
    let block = session.client.block(height).await.map_err(failed)?;
    let outcome = block.and_then(|block| block.outcome);
    let outcome = outcome.ok_or_else(|| Failure::internal(format!("block {height} settled and is not there")))?;
    Ok((height, outcome.entries))
}

/// The latencies, in milliseconds, of those payments of the sample that settled.
async fn look_up(
    session: &Session,
    sample: &[(Uetr, Duration)],
    start: Instant,
    settled: &Settled,
) -> Result<Vec<u64>, Failure> {
    let one = |(uetr, due): (Uetr, Duration)| async move {
        let Some(view) = session.look_up(uetr).await? else { return Ok(None) };
        let entry = view.entries.iter().find(|entry| entry.status == Some(PaymentStatus::Settled));
        let moment = entry.filter(|_| view.certified).and_then(|entry| settled.moment_of(entry.height));
        Ok::<_, Failure>(moment.map(|moment| millis(moment.saturating_duration_since(start + due))))
    };
    let asked = futures::stream::iter(sample.to_vec()).map(one).buffer_unordered(QUESTIONS);
    let found: Vec<Option<u64>> = asked.try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// Some payments with their moments, evenly spread.
fn sample(shots: &[Shot]) -> Vec<(Uetr, Duration)> {
    let all = shots.iter().map(|shot| shot.uetrs.len()).sum::<usize>();
    let payments = shots.iter().flat_map(|shot| shot.uetrs.iter().map(|uetr| (*uetr, shot.due)));
    payments.step_by(all.div_ceil(SAMPLE).max(1)).collect()
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_count_and_refusals_do_not() {
        let blocks = [(Height(5), 40), (Height(6), 0), (Height(7), 60)];
        let check = |last, offered, sample, in_time, at_all| {
            assert_eq!(Counts::new(&blocks, Height(last), offered, sample), Counts { in_time, at_all });
        };
        check(7, 100, (10, 10), 100, 100);
        check(6, 100, (10, 10), 40, 100);
        check(4, 100, (10, 10), 0, 100);
        // Half of what was decided was refused.
        check(7, 100, (5, 10), 50, 50);
        // Not everything was decided: what is missing from the sample is late, not refused.
        check(7, 200, (5, 10), 100, 100);
        // Somebody else's entries never make more than was offered.
        check(7, 30, (10, 10), 30, 30);
    }
}
