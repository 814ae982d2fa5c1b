//! The entries of the block that is being executed, in order, with their tree.

use corridor_crypto::{Digest, merkle};
use corridor_types::{
    Code, Entry, EntryKind, Height, Movement, ParticipantId, Payment, PaymentStatus, RuleVersions, Timestamp, Uetr,
};

use crate::halt::invariant;
use crate::{BlockContext, Halt};

/// Which transaction, by whom; the ledger's own doing has a zero transaction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    pub transaction: Digest,
    pub participant: ParticipantId,
}

/// What an entry says, apart from where and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub kind: EntryKind,
    pub reference: Uetr,
    pub content: Digest,
    pub status: Option<PaymentStatus>,
    pub code: Code,
    pub rules: RuleVersions,
}

/// Collects entries and the payments that were decided on for the first time.
#[derive(Debug)]
pub(crate) struct Journal {
    pub height: Height,
    pub time: Timestamp,
    pub entries: Vec<Entry>,
    pub payments: Vec<Payment>,
    /// The bookings of the block in order.
    pub movements: Vec<Movement>,
    tree: merkle::Frontier,
    /// The position of the next entry: how many there are, as the number that is hashed.
    next: u32,
}

impl Journal {
    pub fn new(block: &BlockContext) -> Self {
        let (entries, payments, movements, tree) = (Vec::new(), Vec::new(), Vec::new(), merkle::Frontier::default());
        Self { height: block.height, time: block.time, entries, payments, movements, tree, next: 0 }
    }

    /// Adds an entry and tells its position.
    pub fn add(&mut self, origin: Origin, line: Line) -> u32 {
        let position = self.next;
        self.next = self.next.wrapping_add(1);
        let Line { kind, reference, content, status, code, rules } = line;
        let Origin { transaction, participant } = origin;
        let (height, time) = (self.height, self.time);
        let entry =
            Entry { height, position, time, kind, transaction, participant, reference, content, status, code, rules };
        self.tree.push(entry.leaf());
        self.entries.push(entry);
        position
    }

    /// Checks that what was collected is whole.
    ///
    /// # Errors
    /// [`Halt::Invariant`].
    pub fn check(&self) -> Result<(), Halt> {
        let entries = self.entries.len() as u64;
        invariant(entries == u64::from(self.next), "the entries of a block have dense positions")?;
        invariant(entries == self.tree.size(), "the tree of entries has a leaf for each")
    }

    /// The root over the entries (RFC 9162).
    pub fn root(&self) -> Digest {
        self.tree.root()
    }
}
