//! What operators see of the engine. Read-only.

use corridor_types::{Certificate, Height, ValidatorIndex, View, VoteKind};

use crate::engine::Engine;

/// Where the engine is and what it waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineStatus {
    /// The current view.
    pub view: View,
    /// Who leads it.
    pub leader: ValidatorIndex,
    /// View of the highest finalized block; 0 is genesis.
    pub finalized_view: View,
    /// Height of the highest finalized block; 0 is genesis.
    pub finalized: Height,
    /// Who voted what in the current view, by validator.
    pub votes: Vec<(ValidatorIndex, VoteKind)>,
    /// True if the leader's proposal is here.
    pub has_proposal: bool,
    /// The certificate by which the view was entered; `None` in the first view or after catch-up.
    pub entry: Option<Certificate>,
    /// The highest finalization held, with or without its block.
    pub finalization: Option<Certificate>,
    /// When the view runs out on the steady clock, in milliseconds; `None` while idle.
    pub view_deadline: Option<u64>,
    /// How long a view may take now, in milliseconds.
    pub timeout_ms: u64,
    /// Leaders that are skipped because nothing was heard from them since their turn failed.
    pub skipped: Vec<ValidatorIndex>,
}

impl Engine {
    /// A picture of the moment.
    pub fn status(&self) -> EngineStatus {
        let slot = self.chain.slot(self.view);
        let votes = slot.into_iter().flat_map(|slot| slot.tally().all());
        let absent = |index: &ValidatorIndex| Some(*index) != self.me && self.presence.is_absent(*index);
        EngineStatus {
            view: self.view,
            leader: self.leaders.of(self.view),
            finalized_view: self.chain.finalized_view(),
            finalized: self.chain.finalized_height(),
            votes: votes.map(|vote| (vote.voter, vote.vote.kind)).collect(),
            has_proposal: slot.is_some_and(|slot| slot.proposal().is_some()),
            entry: self.entry_certificate().cloned(),
            finalization: self.chain.highest_finalization().cloned(),
            view_deadline: self.pacing.view_deadline(),
            timeout_ms: self.pacing.timeout_ms(),
            skipped: self.validators.iter().map(|(index, _)| index).filter(absent).collect(),
        }
    }
}
