//! How long one core takes per payment of each kind, executed in blocks of a thousand: once with
//! no rule in force but the built-in ones, and once with every rule on (`stage.rs`).
//!
//! `cargo run --release -p corridor-ledger --example execution_rate [payments]`
#![allow(clippy::unwrap_used, clippy::panic, clippy::float_arithmetic, clippy::cast_precision_loss)]
#![allow(dead_code, reason = "the fixture serves the tests too")]
#![allow(missing_docs)]

mod kinds;
mod stage;
#[path = "../../src/tests/world.rs"]
mod world;

use std::time::{Duration, Instant};

pub use corridor_ledger::{BlockContext, Ledger};
use corridor_types::{IdentifiedTransaction, PaymentStatus};
use world::World;

/// Payments of one block at 10,000 payments per second and ten blocks per second.
pub const PAYMENTS_PER_BLOCK: usize = 1_000;

/// Processor time of this thread so far where the system tells (Linux), which another program on
/// the same machine does not disturb; else the wall clock.
fn clock(start: Instant) -> Duration {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = schedule.split(' ').next().and_then(|text| text.parse().ok());
    nanoseconds.map_or_else(|| start.elapsed(), Duration::from_nanos)
}

/// Executes blocks, none of which may refuse anything, and counts what settled.
pub fn execute(world: &mut World, blocks: &[Vec<IdentifiedTransaction>]) -> (Duration, usize) {
    let start = Instant::now();
    let (before, mut settled) = (clock(start), 0);
    for block in blocks {
        let executed = world.run(block);
        let refused = executed.entries.iter().find(|entry| !entry.code.is_ok());
        assert!(refused.is_none(), "{refused:?}");
        settled += executed.entries.iter().filter(|entry| entry.status == Some(PaymentStatus::Settled)).count();
    }
    (clock(start).saturating_sub(before), settled)
}

pub fn report(what: &str, count: usize, time: Duration) {
    let seconds = time.as_secs_f64();
    println!("{what:<52} {:>9.0} /s {:>8.2} us each", count as f64 / seconds, 1e6 * seconds / count as f64);
}

fn main() {
    let count = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(50_000);
    for all_rules in [false, true] {
        println!("{}", if all_rules { "every rule on" } else { "built-in rules only" });
        kinds::payments("  one by one: accept, attest and settle", all_rules, count, 1, kinds::Form::Bulk);
        kinds::payments("  bulk of 1,000: accept, attest and settle", all_rules, count, 1_000, kinds::Form::Bulk);
        kinds::payments(
            "  all or none, 1,000: accept, attest and settle",
            all_rules,
            count,
            1_000,
            kinds::Form::Together,
        );
    }
    kinds::payments("  controlled goods, one licence, one by one", true, count, 1, kinds::Form::Controlled);
    kinds::holds("  held and released by two officers", count);
    kinds::returns("  returned", count);
    kinds::exchanges("  exchanged, payment versus payment: quote and take", count);
    kinds::gridlocks("  queued in rings of three without money, and settled", count);
}
