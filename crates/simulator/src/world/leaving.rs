//! Which payments a validator that left the set could still bring to the others. Forgives nothing else.
//!
//! "Accepted" promises that a payment will be decided. Of a validator that was removed the others take
//! batches for one epoch more, so that a key that was taken out of service says nothing for ever. Hence
//! the promise cannot bind a node that learned of its removal too late to keep it: one that was off, cut
//! off or paused until the epoch after its last one was almost over, too. Nobody else has those payments,
//! no protocol could have ordered them, and their clients go to another bank with the same reference. All
//! other leavers are held to it: those that had [`DELIVERY_MS`] in which nothing but the usual losses and
//! delays of links kept them from it.

use std::collections::{BTreeMap, BTreeSet};

use corridor_types::{Epoch, ParticipantId, Uetr};

use super::World;
use crate::faults::fired;
use crate::links::Cut;
use crate::roster::NodeId;

/// How long a leaver needs at most, in milliseconds: to hear of the boundary (a status every second, one
/// of two lost), to fetch it, to send what it has, and to send it again after 300 ms, with delays of up to
/// 400 ms on each way.
const DELIVERY_MS: u64 = 3_000;

/// What is known of leavers.
#[derive(Debug, Default)]
pub(super) struct Leaving {
    /// When the first honest node entered each epoch.
    entered_ms: BTreeMap<Epoch, u64>,
    /// Until when each machine was last off, cut off or paused.
    disturbed_ms: BTreeMap<NodeId, u64>,
    /// Machines with a link in the cut that is in force.
    cut: BTreeSet<NodeId>,
    accepted: BTreeMap<NodeId, Vec<Uetr>>,
}

impl World {
    /// A machine is off, cut off or paused until a moment.
    pub(super) fn disturbed(&mut self, node: NodeId, until_ms: u64) {
        let known = self.leaving.disturbed_ms.entry(node).or_default();
        *known = until_ms.max(*known);
    }

    /// The cut is replaced: whom the old one touched was disturbed until now.
    pub(super) fn disturbed_by_cut(&mut self, cut: &Cut) {
        let now = self.now_ms;
        let touched: BTreeSet<NodeId> = cut.iter().flat_map(|(one, other)| [*one, *other]).collect();
        for node in std::mem::replace(&mut self.leaving.cut, touched) {
            self.disturbed(node, now);
        }
    }

    /// A node accepted a payment. False if its promise binds nobody: its lane ended two epochs ago, and
    /// it has not heard of that yet.
    pub(super) fn promises(&mut self, node: NodeId, reference: Uetr) -> bool {
        let sets = self.checks.sets();
        let named = sets.iter().rev().take(2).any(|set| set.index_of(ParticipantId(u32::from(node.0))).is_some());
        if named {
            self.leaving.accepted.entry(node).or_default().push(reference);
        } else {
            self.faults.count(fired::LEAVER_TOO_LATE);
        }
        named
    }

    /// Honest nodes may have entered epochs. Who left two epochs ago cannot deliver any more.
    pub(super) fn look_at_leavers(&mut self) {
        let newest = self.checks.sets().current().epoch();
        let known = self.leaving.entered_ms.last_key_value().map_or(Epoch(0), |(epoch, _)| *epoch);
        for epoch in known.0 + 1..=newest.0 {
            self.leaving.entered_ms.insert(Epoch(epoch), self.now_ms);
            if let Some(last) = epoch.checked_sub(2) {
                self.end_of_delivery(Epoch(last));
            }
        }
    }

    /// Those that were validators last in epoch `last` deliver nothing from now on.
    fn end_of_delivery(&mut self, last: Epoch) {
        let sets = self.checks.sets();
        let members = |epoch: Epoch| -> BTreeSet<ParticipantId> {
            sets.get(epoch).into_iter().flat_map(|set| set.iter()).map(|(_, validator)| validator.participant).collect()
        };
        let (next, after) = (last.next(), last.next().next());
        let (stayed, back) = (members(next), members(after));
        let left: Vec<ParticipantId> =
            members(last).into_iter().filter(|it| !stayed.contains(it) && !back.contains(it)).collect();
        let since_ms = self.leaving.entered_ms.get(&next).copied().unwrap_or_default();
        for node in left.into_iter().map(|it| NodeId(it.0 as u16)) {
            let accepted = self.leaving.accepted.remove(&node).unwrap_or_default();
            if !self.had_time(node, since_ms) {
                self.faults.count(fired::LEAVER_TOO_LATE);
                self.checks.forgiven(&accepted);
            }
        }
    }

    fn had_time(&self, node: NodeId, since_ms: u64) -> bool {
        let disturbed_ms = self.leaving.disturbed_ms.get(&node).copied().unwrap_or_default();
        let free_ms = self.now_ms.saturating_sub(since_ms.max(disturbed_ms));
        self.is_up(node) && !self.leaving.cut.contains(&node) && !self.links.is_dark() && free_ms >= DELIVERY_MS
    }
}
