//! Sees payments settle, on one node's event stream: an event there is certified by a quorum.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use corridor_types::view::{EventId, EventView};
use corridor_types::{PaymentStatus, Uetr};
use futures::StreamExt as _;

use crate::failure::Failure;
use crate::session::{Session, failed};

/// The payments of one step, and when each was seen to be settled. Bounded by the step's size:
/// other payments are not noted.
#[derive(Debug, Clone, Default)]
pub struct Seen(Arc<Mutex<HashMap<Uetr, Option<Instant>>>>);

impl Seen {
    fn lock(&self) -> MutexGuard<'_, HashMap<Uetr, Option<Instant>>> {
        // A panic elsewhere leaves the map usable: each change is one insertion.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Forgets everything and waits for these.
    pub fn expect(&self, uetrs: impl Iterator<Item = Uetr>) {
        let mut map = self.lock();
        map.clear();
        map.extend(uetrs.map(|uetr| (uetr, None)));
    }

    /// How many are still waited for.
    pub fn missing(&self) -> usize {
        self.lock().values().filter(|moment| moment.is_none()).count()
    }

    /// What was seen.
    pub fn take(&self) -> HashMap<Uetr, Option<Instant>> {
        std::mem::take(&mut self.lock())
    }

    fn note(&self, event: &EventView) {
        if event.entry.status != Some(PaymentStatus::Settled) {
            return;
        }
        if let Some(moment) = self.lock().get_mut(&event.entry.reference) {
            moment.get_or_insert_with(Instant::now);
        }
    }
}

/// Watches a node's events until the stream ends.
///
/// # Errors
/// A failure of the connection.
pub async fn watch(session: &Session, seen: Seen) -> Result<(), Failure> {
    // From a named place on: nothing that settles while the stream opens is missed.
    let settled = session.client.chain().await.map_err(failed)?.settled;
    let mut events = session.events(Some(EventId::end_of(settled)), None);
    while let Some(event) = events.next().await {
        seen.note(&event.map_err(failed)?);
    }
    Err(Failure::connection("the node closed the event stream"))
}
