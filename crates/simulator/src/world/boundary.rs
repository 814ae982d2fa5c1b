//! Loss of finalize votes for an epoch's last block: it is notarized long before it is final, and blocks
//! come after it that are not part of the chain.

use std::collections::BTreeSet;

use corridor_crypto::Digest;
use corridor_types::{Block, Message, VoteKind};

use crate::random::Chance;

/// Of a thousand finalize votes for an epoch's last block, how many are lost.
const LOST_PER_MILLE: u64 = 950;

/// What of such blocks was proposed.
#[derive(Debug, Default)]
pub(super) struct Boundary {
    loses: bool,
    last: BTreeSet<Digest>,
    after: BTreeSet<Digest>,
}

impl Boundary {
    /// Loses such votes, or nothing.
    pub fn new(loses: bool) -> Self {
        Self { loses, ..Self::default() }
    }

    /// Ends the partition.
    pub const fn heal(&mut self) {
        self.loses = false;
    }

    /// True if this message is lost.
    pub fn takes(&mut self, message: Option<&Message>, chance: &mut Chance) -> bool {
        let Some(message) = message.filter(|_| self.loses) else { return false };
        let kind = match message {
            Message::Proposal { proposal, .. } => {
                self.note(&proposal.block);
                return false;
            }
            Message::Vote(signed) => signed.vote.kind,
            Message::Certificate(certificate) => certificate.vote.kind,
            _ => return false,
        };
        let is_last = matches!(kind, VoteKind::Finalize { block } if self.last.contains(&block));
        is_last && chance.happens(LOST_PER_MILLE)
    }

    fn note(&mut self, block: &Block) {
        if block.is_boundary() {
            let is_after = self.last.contains(&block.parent) || self.after.contains(&block.parent);
            let known = if is_after { &mut self.after } else { &mut self.last };
            known.insert(block.digest());
        }
    }
}
