//! What the core lets others see without asking it: heights, connections, and why it stopped.

use std::sync::Mutex;

use corridor_replica::{Clock, Heights, Replica, Silence};
use corridor_types::{Height, Timestamp};
use tokio::sync::watch;

/// The core's progress after its last drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How far it is.
    pub heights: Heights,
    /// Leaves of the ledger's log of used references: at least one for each payment and operation.
    pub references: u64,
    /// Power of the connected validators and our own.
    pub connected_power: u128,
    /// Power of all validators.
    pub total_power: u128,
    /// True if connected validators and we can form a quorum.
    pub has_quorum: bool,
    /// True while finalized blocks are fetched.
    pub catching_up: bool,
    /// Why a validator does not vote.
    pub silence: Option<Silence>,
}

impl Progress {
    /// Reads it off a replica.
    pub fn of(replica: &Replica, _clock: &Clock) -> Self {
        let validators = replica.validators();
        let connected = replica.peers().keys().filter_map(|peer| validators.index_of_network_key(peer));
        let connected_power = connected.chain(replica.me()).map(|index| validators.power(index)).sum();
        Self {
            heights: replica.heights(),
            references: replica.ledger().roots().references,
            connected_power,
            total_power: validators.total_power(),
            has_quorum: validators.is_quorum(connected_power),
            catching_up: is_far_behind(replica),
            silence: replica.silence(),
        }
    }
}

/// Blocks behind which a node still counts as up to date: they take a second.
const NEARLY_THERE: u64 = 16;

/// True if validators with more than a third of the power say that they are far ahead: at least one
/// of them is honest. A single liar takes no node out of service.
fn is_far_behind(replica: &Replica) -> bool {
    let ours = replica.heights().executed.0.saturating_add(NEARLY_THERE);
    let validators = replica.validators();
    let ahead = replica.peers().iter().filter(|(_, status)| status.is_some_and(|status| status.finalized.0 > ours));
    let ahead = ahead.filter_map(|(peer, _)| validators.index_of_network_key(peer));
    validators.has_honest(ahead.map(|index| validators.power(index)).sum())
}

/// Shared between the core and the rest of the node.
#[derive(Debug)]
pub struct Shared {
    progress: watch::Sender<Option<Progress>>,
    settled: watch::Sender<Height>,
    finalized_at: Mutex<Option<(Height, Timestamp)>>,
    halted: Mutex<Option<String>>,
}

impl Shared {
    /// Before the first drive; `settled` is what the disk held.
    pub fn new(settled: Height) -> Self {
        Self {
            progress: watch::Sender::new(None),
            settled: watch::Sender::new(settled),
            finalized_at: Mutex::new(None),
            halted: Mutex::new(None),
        }
    }

    /// Publishes progress, if it changed.
    pub fn publish(&self, progress: Progress) {
        if let Ok(mut at) = self.finalized_at.lock() {
            let height = progress.heights.finalized;
            if at.is_none_or(|(known, _)| known != height) {
                *at = Some((height, crate::clock::wall()));
            }
        }
        self.progress.send_if_modified(|current| {
            let changed = *current != Some(progress);
            *current = Some(progress);
            changed
        });
    }

    /// A block was settled.
    pub fn settled(&self, height: Height) {
        self.settled.send_replace(height);
    }

    /// The replica stopped for good.
    pub fn halted(&self, reason: String) {
        if let Ok(mut halted) = self.halted.lock() {
            *halted = Some(reason);
        }
    }

    /// Why the replica stopped, if it did.
    pub fn halt_reason(&self) -> Option<String> {
        self.halted.lock().ok()?.clone()
    }

    /// Milliseconds since this node last finalized a block; `None` before the first.
    pub fn finalized_age_ms(&self) -> Option<u64> {
        let at = (*self.finalized_at.lock().ok()?)?;
        (at.0 > Height(0)).then(|| crate::clock::wall().since_ms(at.1))
    }

    /// The latest progress; `None` before the first drive.
    pub fn progress(&self) -> Option<Progress> {
        *self.progress.borrow()
    }

    /// Sleeps on settled heights.
    pub fn watch_settled(&self) -> watch::Receiver<Height> {
        self.settled.subscribe()
    }
}
