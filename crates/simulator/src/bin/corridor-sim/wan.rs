//! `corridor-sim wan`: latency and traffic over measured wide-area links.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use corridor_simulator::wan::{Latency, Load, Measured, measure};

/// What to measure.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Numbers of validators, separated by commas, spread over the regions in turn.
    #[arg(long, value_delimiter = ',', default_value = "4,20,50", value_parser = clap::value_parser!(u16).range(4..=100))]
    validators: Vec<u16>,
    /// A JSON table of round-trip times, rtt.FROM.TO in milliseconds, instead of the one that is built in.
    #[arg(long)]
    table: Option<PathBuf>,
    /// Decides where payments are submitted.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How often clients submit.
    #[arg(long, default_value_t = 60)]
    submissions: u32,
    /// Payments in each submission.
    #[arg(long, default_value_t = 1)]
    payments: u32,
    /// Mean milliseconds between submissions.
    #[arg(long, default_value_t = 700, value_parser = clap::value_parser!(u64).range(1..))]
    gap_ms: u64,
    /// Print JSON, one object for each number of validators.
    #[arg(long)]
    json: bool,
}

/// Median round trips between regions of the world; their source is in `tests/data/README.md`.
const WORLD: &str = include_str!("../../../../../tests/data/latency/inter-region-rtt-ms.json");

/// Measures and prints.
///
/// # Errors
/// The table cannot be read, or is malformed.
pub fn run(options: &Options) -> Result<ExitCode, String> {
    let text = match &options.table {
        Some(path) => std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?,
        None => WORLD.to_owned(),
    };
    let Options { seed, submissions, payments, gap_ms, .. } = *options;
    let load = Load { seed, submissions, payments, gap_ms };
    for validators in &options.validators {
        let latency = Latency::from_json(&text, *validators).map_err(|error| error.to_string())?;
        let measured = measure(&latency, &load);
        if options.json { print_json(*validators, &measured) } else { print_text(*validators, &measured) }
    }
    Ok(ExitCode::SUCCESS)
}

fn mean(values: &[u64]) -> u64 {
    values.iter().sum::<u64>() / (values.len() as u64).max(1)
}

fn percentile(sorted: &[u64], per_cent: usize) -> u64 {
    let place = (sorted.len() * per_cent).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or_default()
}

/// A ratio in thousandths.
fn per_mille(part: u64, whole: u64) -> u64 {
    part.saturating_mul(1_000) / whole.max(1)
}

fn print_text(validators: u16, measured: &Measured) {
    let Measured { latencies_ms, floors_ms, waits_ms, unsettled, load_bytes, sent_bytes, batch_bytes } = measured;
    let (latency, floor, wait) = (mean(latencies_ms), mean(floors_ms), mean(waits_ms));
    let [p50, p90, p99] = [50, 90, 99].map(|per_cent| percentile(latencies_ms, per_cent));
    println!("{validators} validators: {} settled, {unsettled} not", latencies_ms.len());
    println!("  submit to certificate  p50 {p50} ms, p90 {p90} ms, p99 {p99} ms, mean {latency} ms");
    println!("  five delays at quorum  mean {floor} ms; wait for the proposal mean {wait} ms");
    println!("  latency / (both)       {} per mille", per_mille(latency, floor + wait));
    println!(
        "  bytes sent per node / load  {} per mille, batches alone {} per mille, most of one node {} per mille",
        per_mille(mean(sent_bytes), *load_bytes),
        per_mille(mean(batch_bytes), *load_bytes),
        per_mille(sent_bytes.iter().max().copied().unwrap_or_default(), *load_bytes)
    );
}

fn print_json(validators: u16, measured: &Measured) {
    let Measured { latencies_ms, floors_ms, waits_ms, unsettled, load_bytes, sent_bytes, batch_bytes } = measured;
    let line = serde_json::json!({
        "validators": validators,
        "settled": latencies_ms.len(),
        "unsettled": unsettled,
        "p50_ms": percentile(latencies_ms, 50),
        "p90_ms": percentile(latencies_ms, 90),
        "p99_ms": percentile(latencies_ms, 99),
        "mean_ms": mean(latencies_ms),
        "floor_mean_ms": mean(floors_ms),
        "proposal_wait_mean_ms": mean(waits_ms),
        "load_bytes": load_bytes,
        "sent_bytes_per_node": mean(sent_bytes),
        "batch_bytes_per_node": mean(batch_bytes),
    });
    println!("{line}");
}
