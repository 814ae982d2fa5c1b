//! What a run is asked to do.

use clap::{Parser, ValueEnum};
use serde::{Deserialize, Serialize};

/// Arguments of the long form.
#[derive(Debug, Parser)]
#[command(name = "torture")]
pub struct CommandLine {
    /// How long faults are made
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// Which faults, in which order; a random one is taken and printed if it is absent
    #[arg(long)]
    seed: Option<u64>,
    /// How many validators; a third less one may fail
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(4..=7))]
    validators: u8,
    /// Payments per second
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=1000))]
    rate: u64,
    /// Packets lost on every link between validators
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=50))]
    loss_percent: u32,
    /// Delay on every validator's link, if the kernel can do that
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=1000))]
    delay_ms: u32,
    /// Seconds from the beginning of one fault to the next, unless the network needs longer
    #[arg(long, default_value_t = 2)]
    fault_every_s: u64,
    /// Seconds from one partition to the next
    #[arg(long, default_value_t = 60)]
    partition_every_s: u64,
    /// The form of the summary
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

/// The form of the summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub enum Output {
    Text,
    Json,
}

/// How the faults are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// One of each important kind, in an order by the seed.
    Short,
    /// Random ones until this many seconds are over.
    Long { seconds: u64 },
}

/// A run, as the outer process describes it to the inner one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Options {
    pub form: Form,
    pub seed: u64,
    pub validators: usize,
    pub rate: u64,
    pub loss_percent: u32,
    pub delay_ms: u32,
    pub fault_every_s: u64,
    pub partition_every_s: u64,
    pub output: Output,
}

impl Options {
    /// The short form; the environment's `TORTURE_SEED` repeats a run.
    pub fn short() -> Self {
        let seed = std::env::var("TORTURE_SEED").ok().and_then(|text| text.parse().ok());
        Self {
            form: Form::Short,
            seed: seed.unwrap_or_else(any_seed),
            validators: 4,
            rate: 20,
            loss_percent: 5,
            delay_ms: 5,
            fault_every_s: 0,
            partition_every_s: 0,
            output: Output::Text,
        }
    }
}

impl CommandLine {
    pub fn into_options(self) -> Options {
        Options {
            form: Form::Long { seconds: self.minutes * 60 },
            seed: self.seed.unwrap_or_else(any_seed),
            validators: usize::from(self.validators),
            rate: self.rate,
            loss_percent: self.loss_percent,
            delay_ms: self.delay_ms,
            fault_every_s: self.fault_every_s,
            partition_every_s: self.partition_every_s,
            output: self.output,
        }
    }
}

/// Short enough to type again.
fn any_seed() -> u64 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).unwrap();
    u64::from(u32::from_le_bytes(bytes))
}
