//! How many payments per second one core executes: accepted and attested, single and in bulk.
//!
//! `cargo run --release -p corridor-ledger --example execution_rate [payments]`
#![allow(clippy::unwrap_used, clippy::panic, clippy::float_arithmetic, clippy::cast_precision_loss)]
#![allow(dead_code, reason = "the fixture serves the tests too")]
#![allow(missing_docs)]

use std::time::{Duration, Instant};

pub use corridor_ledger::{BlockContext, Ledger};
use corridor_types::{Amount, Code, IdentifiedTransaction, Operation};

#[path = "../src/tests/world.rs"]
mod world;
use world::{A_EUR, BANK_A, BANK_B, CENTRAL_DE, World, by};

/// Transactions of one block at 10,000 payments per second and ten blocks per second.
const PAYMENTS_PER_BLOCK: usize = 1_000;

/// Processor time of this thread so far where the system tells (Linux), which another program on
/// the same machine does not disturb; else the wall clock.
fn clock(start: Instant) -> Duration {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = schedule.split(' ').next().and_then(|text| text.parse().ok());
    nanoseconds.map_or_else(|| start.elapsed(), Duration::from_nanos)
}

fn execute(world: &mut World, blocks: &[Vec<IdentifiedTransaction>]) -> Duration {
    let start = Instant::now();
    let before = clock(start);
    for block in blocks {
        let executed = world.run(block);
        assert!(executed.entries.iter().all(|entry| entry.code == Code::Ok));
    }
    clock(start).saturating_sub(before)
}

fn report(what: &str, payments: usize, time: Duration) {
    let seconds = time.as_secs_f64();
    println!(
        "{what:<28} {:>10.0} payments/s {:>8.2} us each",
        payments as f64 / seconds,
        1e6 * seconds / payments as f64
    );
}

fn run(what: &str, count: usize, per_transaction: usize) {
    let mut world = World::new();
    let reference = world.reference();
    world.run(&[by(CENTRAL_DE, Operation::Issue { reference, account: A_EUR, amount: Amount(1_000 * count as u64) })]);
    let payments: Vec<_> = (0..count).map(|_| world.payment()).collect();
    let (mut pay, mut attest) = (Vec::new(), Vec::new());
    for block in payments.chunks(PAYMENTS_PER_BLOCK) {
        let transaction = |list: &[corridor_types::Payment]| match list {
            [payment] => Operation::Pay { payment: payment.clone() },
            list => Operation::PayBulk { payments: list.to_vec() },
        };
        pay.push(block.chunks(per_transaction).map(|list| by(BANK_A, transaction(list))).collect::<Vec<_>>());
        let answer = |list: &[corridor_types::Payment], world: &mut World| {
            let payments = list.iter().map(|payment| payment.uetr).collect();
            by(BANK_B, Operation::Attest { reference: world.reference(), payments })
        };
        attest.push(block.chunks(per_transaction).map(|list| answer(list, &mut world)).collect::<Vec<_>>());
    }
    let accepted = execute(&mut world, &pay);
    report(&format!("{what}: accept"), count, accepted);
    let attested = execute(&mut world, &attest);
    report(&format!("{what}: attest and settle"), count, attested);
    report(&format!("{what}: both"), count, accepted + attested);
}

fn main() {
    let count = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(200_000);
    run("single", count, 1);
    run("bulk of 1,000", count, 1_000);
}
