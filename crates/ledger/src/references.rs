//! The index of used references: which UETRs and operation references were decided on, with what
//! content and which first answer. It only grows.
//!
//! The commitment covers it by an append-only tree (RFC 9162) over the *log* of the index: one leaf
//! when a reference is used, one more when a payment that had to wait becomes final. Each leaf is
//! the whole record as it stood then, so the index is the log read in order, later events over
//! earlier ones; committing to the log commits to the index, and a part of the log proves itself.

use std::collections::HashMap;

use corridor_crypto::merkle::{Frontier, leaf_hash};
use corridor_crypto::{Digest, Domain};
use corridor_types::persist::{Change, Table};
use corridor_types::{Code, Encode, Height, PaymentStatus, Timestamp, Uetr};

use crate::Halt;
use crate::halt::Watch;

/// Used references by reference. Its number is above those of all tables with slots.
pub const REFERENCES: Table = Table(128);

/// When and where a waiting payment became final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    /// Where it ended.
    pub status: PaymentStatus,
    /// Position of the event in the log.
    pub sequence: u64,
    /// Block of the entry that reports it.
    pub height: Height,
    /// Position of that entry.
    pub position: u32,
}
corridor_types::codec_struct!(Closing { status, sequence, height, position });

/// A reference that was decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// What it was used for: [`Payment::content`](corridor_types::Payment::content) or
    /// [`Operation::content`](corridor_types::Operation::content).
    pub content: Digest,
    /// Block of the first decision.
    pub height: Height,
    /// Time of that block, in milliseconds.
    pub time: Timestamp,
    /// Position of its entry.
    pub position: u32,
    /// The first decision, which every repetition gets again.
    pub code: Code,
    /// The status that the first decision gave; `None` if the reference is not a payment's.
    pub status: Option<PaymentStatus>,
    /// Position of the first decision in the log.
    pub sequence: u64,
    /// Set when a payment that had to wait became final.
    pub closing: Option<Closing>,
}
corridor_types::codec_struct!(Used { content, height, time, position, code, status, sequence, closing });

impl Used {
    /// The final status; `None` for what is no payment and for a payment that waits.
    pub fn final_status(&self) -> Option<PaymentStatus> {
        let closed = self.closing.map(|closing| closing.status);
        closed.or_else(|| self.status.filter(|status| status.is_final()))
    }

    /// True for a payment that waits.
    pub(crate) fn waits(&self) -> bool {
        self.status.is_some() && self.final_status().is_none()
    }

    /// The record as it stood after the first decision.
    pub(crate) const fn at_first(&self) -> Self {
        Self { closing: None, ..*self }
    }

    /// The record after each of its events in the log, with the event's position.
    pub(crate) fn events(&self) -> impl Iterator<Item = (u64, Self)> {
        let closing = self.closing.map(|closing| (closing.sequence, *self));
        std::iter::once((self.sequence, self.at_first())).chain(closing)
    }

    /// The leaf of an event after which this is the record.
    pub(crate) fn leaf(&self, reference: &Uetr) -> Digest {
        let tag = Domain::Reference.tag();
        let mut data = Vec::with_capacity(tag.len() + MAX_RECORD_BYTES);
        data.extend_from_slice(tag);
        reference.encode(&mut data);
        self.encode(&mut data);
        leaf_hash(&data)
    }
}

/// A reference and the longest record: one allocation holds a leaf's data.
const MAX_RECORD_BYTES: usize = 112;

/// What the index says about a reference and a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The reference was never used.
    New,
    /// Used with the same content.
    Repeat(Used),
    /// Used with other content.
    Conflict,
}

/// All used references.
#[derive(Debug, Clone, Default)]
pub(crate) struct References {
    /// For lookup only: nothing that is agreed on may follow from its order.
    index: HashMap<Uetr, Used>,
    log: Frontier,
    touched: Vec<Uetr>,
    watch: Watch,
}

impl References {
    pub fn get(&self, reference: &Uetr) -> Option<&Used> {
        self.index.get(reference)
    }

    pub fn find(&self, reference: &Uetr, content: &Digest) -> Seen {
        match self.index.get(reference) {
            None => Seen::New,
            Some(used) if used.content == *content => Seen::Repeat(*used),
            Some(_) => Seen::Conflict,
        }
    }

    /// How many leaves the log has.
    pub const fn log_size(&self) -> u64 {
        self.log.size()
    }

    /// The root of the log.
    pub fn log_root(&self) -> Digest {
        self.log.root()
    }

    /// Uses a reference for good. `used.sequence` is the log's size.
    pub fn consume(&mut self, reference: Uetr, used: Used) {
        self.watch.demand(used.sequence == self.log.size(), "an event stands at the end of the log of references");
        self.watch.demand(used.closing.is_none(), "a reference that is used now was not closed before");
        self.log.push(used.leaf(&reference));
        let before = self.index.insert(reference, used);
        self.watch.demand(before.is_none(), "a reference is used once");
        self.touched.push(reference);
    }

    /// Records that a waiting payment became final. `None` if it is not known.
    pub fn close(&mut self, reference: Uetr, status: PaymentStatus, height: Height, position: u32) -> Option<()> {
        let closing = Closing { status, sequence: self.log.size(), height, position };
        let used = self.index.get_mut(&reference)?;
        self.watch.demand(used.waits(), "a payment becomes final once");
        self.watch.demand(status.is_final(), "a payment is closed with a final status");
        used.closing = Some(closing);
        self.log.push(used.leaf(&reference));
        self.touched.push(reference);
        Some(())
    }

    /// Lists what was touched since the last seal, each once, ascending.
    ///
    /// # Errors
    /// [`Halt::Invariant`]: the first that broke since the last seal.
    pub fn seal(&mut self, changes: &mut Vec<Change>) -> Result<(), Halt> {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        let before = changes.len();
        changes.extend(touched.iter().filter_map(|reference| self.record(reference)));
        self.watch.demand(changes.len() == before + touched.len(), "a touched reference has a record");
        self.watch.verdict()
    }

    fn record(&self, reference: &Uetr) -> Option<Change> {
        let value = Some(self.index.get(reference)?.to_bytes());
        Some(Change { table: REFERENCES, key: reference.as_bytes().to_vec(), value })
    }

    fn sorted(&self) -> Vec<Uetr> {
        let mut references: Vec<_> = self.index.keys().copied().collect();
        references.sort_unstable();
        references
    }

    /// Every record as it stands, ascending.
    pub fn records(&self) -> impl Iterator<Item = Change> {
        self.sorted().into_iter().filter_map(|reference| self.record(&reference))
    }

    /// Takes up a record from disk. [`References::rebuild`] must follow.
    pub fn load(&mut self, reference: Uetr, used: Used) {
        self.index.insert(reference, used);
    }

    /// Builds the log from the records, about a microsecond each.
    ///
    /// # Errors
    /// The reference of the first event that is missing from the log or stands in it twice.
    pub fn rebuild(&mut self) -> Result<(), Uetr> {
        let mut events = Vec::with_capacity(self.index.len() * 2);
        for (reference, used) in &self.index {
            events.extend(used.events().map(|(sequence, then)| (sequence, *reference, then.leaf(reference))));
        }
        // The map's order is gone after this line: sequences are distinct, or the check fails.
        events.sort_unstable();
        self.log = Frontier::default();
        for (sequence, reference, leaf) in events {
            if sequence != self.log.size() {
                return Err(reference);
            }
            self.log.push(leaf);
        }
        Ok(())
    }

    /// How many payments the index believes to wait.
    pub fn waiting(&self) -> usize {
        self.index.values().filter(|used| used.waits()).count()
    }
}
