//! One step of a measurement: sign, send, wait, then count what happened from the chain itself.
//!
//! Every payment that the ledger decides on makes one entry in a block, so entries per block and the
//! moments of the blocks give the number that was decided in time; an evenly spread sample, looked up
//! payment by payment, gives the latencies and the share that settled. All of that is asked after the
//! sending, when asking disturbs little. Nobody else may use the network meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

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
use crate::failure::Failure;
use crate::session::{Session, failed};

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
    let last_in_time = settled.highest_by(start + plan.step() + Duration::from_millis(P99_AT_MOST_MS)).unwrap_or(from);
    let decided = |until: Height| blocks.iter().filter(|(height, _)| *height <= until).map(|(_, count)| count).sum();
    let seen = look_up(session, &sample, start, settled).await?;
    let share = |count: u64| count.min(offered).saturating_mul(seen.len() as u64) / (sample.len() as u64).max(1);
    // The sample's share applies only if some of the sample were decided on and did not settle.
    let all_decided: u64 = decided(Height(u64::MAX));
    let in_time: u64 = decided(last_in_time);
    let refused_by_ledger = all_decided >= offered && seen.len() < sample.len();
    let settled_in_time = if refused_by_ledger { share(in_time) } else { in_time.min(offered) };
    let never = (sample.len() as u64).saturating_sub(seen.len() as u64);
    Ok(StepReport {
        offered_per_s: rate,
        offered,
        settled_in_time,
        settled_per_s: settled_in_time / plan.step_seconds.max(1),
        unsettled: offered.saturating_sub(if refused_by_ledger { share(all_decided) } else { all_decided }),
        refused: sent.refused,
        generator_lag_max_ms: millis(sent.lag),
        generator_cpu_percent: cpu_percent,
        latency: Latency::of(seen, never),
    })
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
