//! The hunt for one bug: seeds on its grounds with the bug on until a checker speaks, then the same
//! seeds without it.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use corridor_crypto::planted::{self, Bug};

use super::ground::{Found, Ground};
use super::table::grounds;

/// What was played without a bug, and what was found: shared by all hunts, each seed once.
#[derive(Debug, Default)]
pub struct Hunt {
    clean: Mutex<BTreeMap<(Ground, u64), Option<Found>>>,
}

/// How the hunt for a bug ended.
#[derive(Debug, Clone)]
pub struct Catch {
    /// The bug that was planted.
    pub bug: Bug,
    /// Where it was found and what spoke; `None` if nothing did.
    pub found: Option<(Ground, Found)>,
    /// The seed with which it was found.
    pub seed: u64,
    /// Runs until then.
    pub runs: u64,
    /// How long they took.
    pub took: Duration,
    /// A checker that spoke without the bug.
    pub false_alarm: Option<(Ground, u64, Found)>,
}

/// Why nothing was hunted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HuntError {
    /// No bug can be turned on in this build.
    #[error(
        "this build has no planted bugs: build with RUSTFLAGS=\"--cfg corridor_planted\" and a target folder of its \
         own, as `make bugs` does"
    )]
    NoSwitch,
}

/// Looks for a bug with at most `max_seeds` seeds on each of its grounds.
///
/// # Errors
/// [`HuntError::NoSwitch`] in a build without planted bugs.
pub fn hunt(shared: &Hunt, bug: Bug, max_seeds: u64) -> Result<Catch, HuntError> {
    if !planted::ENABLED {
        return Err(HuntError::NoSwitch);
    }
    let (start, mut played, mut false_alarm) = (Instant::now(), Vec::new(), None);
    let plan = || (0..max_seeds).flat_map(|seed| grounds(bug).iter().map(move |ground| (*ground, seed)));
    let found = plan().find_map(|(ground, seed)| {
        let found = with(Some(bug), || ground.play(seed));
        let Some(found) = found else {
            played.push((ground, seed));
            return None;
        };
        // A seed that is not clean without the bug says nothing about it.
        let alarm = shared.clean(ground, seed);
        let counts = alarm.is_none();
        false_alarm = false_alarm.take().or(alarm);
        counts.then_some((ground, seed, found))
    });
    let (runs, took) = (played.len() as u64 + u64::from(found.is_some()), start.elapsed());
    let seed = found.as_ref().map_or(0, |(_, seed, _)| *seed);
    let false_alarm = false_alarm.or_else(|| played.into_iter().find_map(|(ground, seed)| shared.clean(ground, seed)));
    let found = found.map(|(ground, _, found)| (ground, found));
    Ok(Catch { bug, found, seed, runs, took, false_alarm })
}

impl Hunt {
    /// What a checker says of a seed without any bug.
    fn clean(&self, ground: Ground, seed: u64) -> Option<(Ground, u64, Found)> {
        let known = self.clean.lock().ok().and_then(|known| known.get(&(ground, seed)).cloned());
        let found = known.unwrap_or_else(|| {
            let found = with(None, || ground.play(seed));
            if let Ok(mut known) = self.clean.lock() {
                known.insert((ground, seed), found.clone());
            }
            found
        });
        found.map(|found| (ground, seed, found))
    }
}

/// Runs with one bug on in this thread, and turns it off again.
fn with<T>(bug: Option<Bug>, run: impl FnOnce() -> T) -> T {
    set(bug);
    let result = run();
    set(None);
    result
}

#[cfg(corridor_planted)]
fn set(bug: Option<Bug>) {
    planted::set(bug);
}

#[cfg(not(corridor_planted))]
const fn set(_: Option<Bug>) {}
