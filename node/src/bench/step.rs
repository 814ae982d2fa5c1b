//! One step of a measurement: sign, send, watch, count.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use corridor_types::Uetr;
use tokio::time::sleep;

use super::machine::cpu_time_ms;
use super::payers::Payer;
use super::plan::{P99_AT_MOST_MS, Plan};
use super::report::{Latency, StepReport};
use super::sending::{Sent, send};
use super::signing::sign_step;
use super::watching::Seen;
use crate::failure::Failure;

/// How long settlements are waited for after the last payment of a step was offered.
const DRAIN: Duration = Duration::from_secs(6);

/// From signing to the start, so that the first transactions are not late.
const LEAD: Duration = Duration::from_millis(50);

/// Measures one rate.
///
/// # Errors
/// A failure of the generator; a network that fails shows in the numbers.
pub async fn measure(payers: &Arc<Vec<Payer>>, plan: &Plan, rate: u64, seen: &Seen) -> Result<StepReport, Failure> {
    let (signers, seconds, size) = (payers.clone(), plan.step_seconds, plan.payments_per_signature);
    let signing = tokio::task::spawn_blocking(move || sign_step(&signers, rate, seconds, size));
    let shots = signing.await.map_err(Failure::internal)??;
    let dues: BTreeMap<Uetr, Duration> =
        shots.iter().flat_map(|shot| shot.uetrs.iter().map(|uetr| (*uetr, shot.due))).collect();
    seen.expect(dues.keys().copied());
    let cpu_before = cpu_time_ms();
    let start = Instant::now() + LEAD;
    let sent = send(payers, shots, start).await;
    drain(seen, start + plan.step() + DRAIN).await;
    let cpu = cpu_time_ms().zip(cpu_before).map_or(0, |(after, before)| after.saturating_sub(before));
    let step = Step { plan, rate, start, dues: &dues, sent };
    Ok(step.report(&seen.take(), cpu))
}

async fn drain(seen: &Seen, until: Instant) {
    while seen.missing() > 0 && Instant::now() < until {
        sleep(Duration::from_millis(20)).await;
    }
}

struct Step<'a> {
    plan: &'a Plan,
    rate: u64,
    start: Instant,
    dues: &'a BTreeMap<Uetr, Duration>,
    sent: Sent,
}

impl Step<'_> {
    fn report(&self, seen: &HashMap<Uetr, Option<Instant>>, cpu_ms: u64) -> StepReport {
        let end = self.start + self.plan.step() + Duration::from_millis(P99_AT_MOST_MS);
        let moments: Vec<(Duration, Instant)> =
            self.dues.iter().filter_map(|(uetr, due)| Some((*due, (*seen.get(uetr)?)?))).collect();
        let in_time = moments.iter().filter(|(_, moment)| *moment <= end).count() as u64;
        let latency = |(due, moment): &(Duration, Instant)| {
            millis(moment.saturating_duration_since(self.start + *due))
        };
        let offered = self.dues.len() as u64;
        let unsettled = offered.saturating_sub(moments.len() as u64);
        let wall_ms = millis(self.start.elapsed()).max(1);
        StepReport {
            offered_per_s: self.rate,
            offered,
            settled_in_time: in_time,
            settled_per_s: in_time / self.plan.step_seconds.max(1),
            unsettled,
            refused: self.sent.refused,
            generator_lag_max_ms: millis(self.sent.lag),
            generator_cpu_percent: cpu_ms.saturating_mul(100) / wall_ms,
            latency: Latency::of(moments.iter().map(latency).collect(), unsettled),
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
