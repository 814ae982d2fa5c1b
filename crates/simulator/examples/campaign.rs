//! Runs a range of seeds under mixed faults and prints what happened, as JSON lines.
//!
//! `cargo run --release -p corridor-simulator --example campaign -- FIRST LAST VALIDATORS`
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use corridor_simulator::{Faults, Setup, run};

fn main() {
    let argument = |n: usize, default: u64| std::env::args().nth(n).map_or(default, |text| text.parse().unwrap());
    let (first, last, validators) = (argument(1, 0), argument(2, 10), argument(3, 4));
    let mut broken = 0;
    for seed in first..=last {
        let validators = u32::try_from(validators).unwrap();
        let report = run(Setup { validators, faults: Faults::MIXED, ..Setup::new(seed) });
        broken += u64::from(!report.violations.is_empty());
        println!("seed {seed} trace {} {:?} {:?}", report.trace.short(), report.counts, report.violations);
    }
    println!("{} seeds, {broken} with violations", last - first + 1);
}
