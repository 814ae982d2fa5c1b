//! Sees blocks become final: a block counts from the moment when a node first shows that a
//! settlement certificate covers it. Asks for one small answer at a steady rate, so that watching
//! costs the network next to nothing, whatever the load.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use corridor_cli::failure::Failure;
use corridor_cli::session::{Session, failed};
use corridor_types::Height;

/// Between two looks. Adds at most this, and one request, to a latency.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// When which height was first seen to be settled: ascending in both. One entry per block of the
/// run, of which there are some hundred per second at most.
#[derive(Debug, Clone, Default)]
pub struct Settled(Arc<Mutex<Vec<(Height, Instant)>>>);

impl Settled {
    fn lock(&self) -> MutexGuard<'_, Vec<(Height, Instant)>> {
        // A panic elsewhere leaves the list usable: each change is one push.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn note(&self, height: Height, moment: Instant) {
        let mut list = self.lock();
        if list.last().is_none_or(|(last, _)| height > *last) {
            list.push((height, moment));
        }
    }

    /// The highest settled height.
    pub fn highest(&self) -> Option<Height> {
        self.lock().last().map(|(height, _)| *height)
    }

    /// The highest height that was settled by `moment`.
    pub fn highest_by(&self, moment: Instant) -> Option<Height> {
        let list = self.lock();
        let count = list.partition_point(|(_, seen)| *seen <= moment);
        list.get(count.checked_sub(1)?).map(|(height, _)| *height)
    }

    /// When `height` was first seen to be settled.
    pub fn moment_of(&self, height: Height) -> Option<Instant> {
        let list = self.lock();
        let position = list.partition_point(|(seen, _)| *seen < height);
        list.get(position).map(|(_, moment)| *moment)
    }
}

/// Watches a node until it fails.
pub async fn watch(session: &Session, settled: Settled) -> Failure {
    loop {
        match session.client.chain().await {
            Ok(chain) => settled.note(chain.settled, Instant::now()),
            Err(error) => return failed(error),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_height_that_was_skipped_counts_from_the_next_one_seen() {
        let (settled, start) = (Settled::default(), Instant::now());
        let at = |millis| start + Duration::from_millis(millis);
        for (height, millis) in [(3, 10), (3, 15), (5, 20), (9, 30)] {
            settled.note(Height(height), at(millis));
        }
        assert_eq!([1, 3, 4, 5, 9].map(|h| settled.moment_of(Height(h))), [10, 10, 20, 20, 30].map(|ms| Some(at(ms))));
        assert_eq!(settled.moment_of(Height(10)), None);
        assert_eq!([5, 10, 19, 20, 99].map(|ms| settled.highest_by(at(ms)).map_or(0, |h| h.0)), [0, 3, 3, 5, 9]);
    }
}
