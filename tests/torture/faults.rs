//! The faults, and how each is done and undone.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use crate::disk::SmallDisk;
use crate::links::Links;
use crate::validators::Validators;

/// One fault, with what it hits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// SIGKILL, and again so long after the start.
    Kill { kind: &'static str, victims: Vec<usize>, down_ms: u64, again_ms: Option<u64> },
    /// SIGSTOP, then SIGCONT.
    Pause { victim: usize, hold_ms: u64 },
    /// Directions are cut. `apart` cannot take part; `kill` is killed and started in the middle.
    Cut { kind: &'static str, blocked: Vec<(usize, usize)>, apart: BTreeSet<usize>, hold_ms: u64, kill: Option<usize> },
    /// Everything that one sends is slow.
    Slow { victim: usize, hold_ms: u64 },
    /// A disk is full; the validator stops by itself and is started when there is room again.
    FullDisk { victim: usize },
}

impl Fault {
    /// Under which name it is counted.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Kill { kind, .. } | Self::Cut { kind, .. } => kind,
            Self::Pause { .. } => "pause",
            Self::Slow { .. } => "slow link",
            Self::FullDisk { .. } => "full disk",
        }
    }

    /// Whom the others have to do without while it lasts.
    pub fn apart(&self) -> BTreeSet<usize> {
        match self {
            Self::Kill { victims, .. } => victims.iter().copied().collect(),
            Self::Cut { apart, .. } => apart.clone(),
            Self::Pause { victim, .. } | Self::Slow { victim, .. } | Self::FullDisk { victim } => [*victim].into(),
        }
    }

    /// How long it lasts. A killed validator is down for a moment, in which nothing is measured.
    pub const fn hold(&self) -> Option<Duration> {
        match self {
            Self::Kill { .. } | Self::FullDisk { .. } => None,
            Self::Pause { hold_ms, .. } | Self::Slow { hold_ms, .. } | Self::Cut { hold_ms, .. } => {
                Some(Duration::from_millis(*hold_ms))
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {:?}", self.kind(), self.apart())?;
        match self {
            Self::Kill { down_ms, again_ms: None, .. } => write!(f, " for {down_ms} ms"),
            Self::Kill { again_ms: Some(again_ms), .. } => write!(f, ", {again_ms} ms after it"),
            Self::Pause { hold_ms, .. } | Self::Slow { hold_ms, .. } => write!(f, " for {hold_ms} ms"),
            Self::Cut { hold_ms, kill: None, .. } => write!(f, " for {hold_ms} ms"),
            Self::Cut { hold_ms, kill: Some(kill), .. } => write!(f, " for {hold_ms} ms, {kill} killed meanwhile"),
            Self::FullDisk { .. } => Ok(()),
        }
    }
}

/// What faults are done to.
pub struct Hands {
    pub validators: Validators,
    pub links: Links,
    pub disk: SmallDisk,
    pub delay_ms: Option<u32>,
}

/// A full disk must be noticed with the first payment after it; the rest is for a busy machine.
const STOPS_WITHIN: Duration = Duration::from_secs(30);

/// The exit code of something that broke, which a full disk is.
const BROKEN: i32 = 3;

async fn sleep_ms(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

impl Hands {
    /// Begins a fault.
    pub fn begin(&mut self, fault: &Fault) {
        match fault {
            Fault::Kill { victims, .. } => victims.iter().for_each(|n| self.validators.kill(*n)),
            Fault::Pause { victim, .. } => self.validators.pause(*victim),
            Fault::Cut { blocked, .. } => self.links.cut(blocked),
            Fault::Slow { victim, .. } => self.links.slow(*victim),
            Fault::FullDisk { .. } => self.disk.fill(),
        }
    }

    /// What happens in the middle of it.
    pub fn aggravate(&mut self, fault: &Fault) {
        if let Fault::Cut { kill: Some(victim), .. } = fault {
            self.validators.kill(*victim);
            self.validators.start(*victim);
        }
    }

    /// Ends it.
    ///
    /// # Errors
    /// A validator did not do what it has to when its disk is full.
    pub async fn end(&mut self, fault: &Fault) -> Result<(), String> {
        match fault {
            Fault::Kill { victims, down_ms, again_ms, .. } => {
                sleep_ms(*down_ms).await;
                self.start_all(victims, *again_ms).await;
            }
            Fault::Pause { victim, .. } => self.validators.resume(*victim),
            Fault::Cut { .. } => self.links.cut(&[]),
            Fault::Slow { victim, .. } => self.links.fast(*victim, self.delay_ms),
            Fault::FullDisk { victim } => {
                let stopped = self.stops_by_itself(*victim).await;
                self.disk.free();
                self.validators.kill(*victim);
                self.validators.start(*victim);
                stopped?;
            }
        }
        Ok(())
    }

    async fn start_all(&mut self, victims: &[usize], again_ms: Option<u64>) {
        victims.iter().for_each(|n| self.validators.start(*n));
        if let Some(again_ms) = again_ms {
            sleep_ms(again_ms).await;
            victims.iter().for_each(|n| self.validators.kill(*n));
            victims.iter().for_each(|n| self.validators.start(*n));
        }
    }

    async fn stops_by_itself(&mut self, victim: usize) -> Result<(), String> {
        let end = self.validators.wait_for_end(victim, STOPS_WITHIN).await;
        let tail = self.validators.log_tail(victim);
        let status = end.ok_or_else(|| format!("validator {victim} goes on with a full disk:\n{tail}"))?;
        if status.code() == Some(BROKEN) && tail.contains("No space left on device") {
            return Ok(());
        }
        Err(format!("validator {victim} on a full disk ended with {status} and does not name the disk:\n{tail}"))
    }
}
