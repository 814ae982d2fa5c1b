//! What a validator thinks of a proposed cut. Whom we trust plays no part: a tip is acceptable or not,
//! whoever offers it.

use corridor_crypto::planted::{self, Bug};
use corridor_types::persist::tip_of;
use corridor_types::{ParticipantId, Sequence, Tip, ValidatorIndex};

use crate::chain::{Path, Place, size_of};
use crate::lane::{Lane, is_current};
use crate::lanes::{Lanes, message_of, place_in};
use crate::wants::Need;
use crate::{Action, CutError, Judgement, Recipient};

/// What is to be said about one tip.
enum Opinion {
    /// All that it adds is held: this many bytes.
    Held(usize),
    /// It is not held, but proven to be available.
    Proven,
    /// This is missing.
    Missing(Place),
    /// It is on another chain than ours, or not held of an author that lied, and not proven. Only a
    /// proof or finality changes that, so nothing is fetched.
    Contested,
}

impl Lanes {
    /// Judges the cut of a block of the current epoch. What it finds missing is fetched, first from
    /// its `proposer`, until it arrives, expires or is finalized. Hand the proposal's proofs in first
    /// ([`crate::Input::Proof`]).
    pub fn judge(
        &mut self,
        now_ms: u64,
        proposer: Option<ValidatorIndex>,
        cut: &[Tip],
        parent_cut: &[Tip],
    ) -> Judgement {
        let opinions = self.check_form(cut, parent_cut).and_then(|()| {
            cut.iter().map(|tip| Ok((tip.lane, self.opinion(tip, parent_cut)?))).collect::<Result<Vec<_>, CutError>>()
        });
        let opinions = match opinions {
            Ok(opinions) => opinions,
            Err(error) => return Judgement::Invalid(error),
        };
        let missing = |(lane, opinion): &(_, Opinion)| match opinion {
            Opinion::Missing(place) => Some((*lane, *place)),
            Opinion::Held(_) | Opinion::Proven | Opinion::Contested => None,
        };
        if opinions.iter().any(|(_, opinion)| matches!(opinion, Opinion::Missing(_) | Opinion::Contested)) {
            let fetches = self.need(now_ms, opinions.iter().filter_map(missing).collect(), Need::Tentative, proposer);
            let contested = opinions.iter().filter(|(_, opinion)| matches!(opinion, Opinion::Contested));
            let shown = contested.filter_map(|(lane, _)| self.show_lie(*lane, proposer?));
            return Judgement::Waiting(shown.chain(fetches).collect());
        }
        let held = |(_, opinion): &(_, Opinion)| if let Opinion::Held(bytes) = opinion { *bytes } else { 0 };
        let limit = self.limits().block_bytes;
        let fits = opinions.iter().map(held).sum::<usize>() <= limit;
        if fits { Judgement::Acceptable } else { Judgement::Invalid(CutError::TooLarge { limit }) }
    }

    fn opinion(&self, tip: &Tip, parent_cut: &[Tip]) -> Result<Opinion, CutError> {
        let (lane, sequence, place) = (tip.lane, tip.sequence, Place::of_tip(tip));
        if place == place_in(parent_cut, lane) {
            return Ok(Opinion::Held(0));
        }
        let Some(state) = self.lanes.get(&lane) else { return Err(CutError::UnknownLane { lane }) };
        match self.path(tip, parent_cut) {
            Path::Forked => Err(CutError::Forked { lane, sequence }),
            Path::Missing(_) if planted::is(Bug::VotesForUnheldCut) => Ok(Opinion::Proven),
            Path::Missing(_) if state.is_proven(&place) => Ok(Opinion::Proven),
            Path::Missing(_) if state.standing.has_lied() => Ok(Opinion::Contested),
            Path::Missing(missing) => Ok(Opinion::Missing(missing)),
            Path::Complete(batches) => {
                self.check_epoch(state, tip)?;
                let bytes = batches.iter().map(size_of).sum();
                let limit = self.limits().lane_block_bytes;
                if bytes > limit {
                    return Err(CutError::LaneTooLarge { lane, bytes, limit });
                }
                let ours = state.chain.is_ours(&place) || state.is_proven(&place);
                Ok(if ours { Opinion::Held(bytes) } else { Opinion::Contested })
            }
        }
    }

    /// Shows a leader that its author lied: it offers one batch of two and may not know the other.
    fn show_lie(&mut self, lane: ParticipantId, proposer: ValidatorIndex) -> Option<Action> {
        let Lane { chain, standing, .. } = self.lanes.get_mut(&lane)?;
        let ours = standing.lie_to_show(proposer).filter(|_| Some(proposer) != self.config.me)?;
        Some(Action::Send { to: Recipient::One(proposer), message: message_of(chain.get(&ours)?) })
    }

    fn check_epoch(&self, state: &Lane, tip: &Tip) -> Result<(), CutError> {
        let (lane, sequence, epoch) = (tip.lane, tip.sequence, self.config.validators.epoch());
        let signed = state.chain.epoch_of(&Place::of_tip(tip)).unwrap_or(epoch);
        if is_current(signed, epoch) { Ok(()) } else { Err(CutError::OldEpoch { lane, sequence, signed, epoch }) }
    }

    /// What can be said about a cut without holding a batch of it.
    fn check_form(&self, cut: &[Tip], parent_cut: &[Tip]) -> Result<(), CutError> {
        if let Some(pair) = cut.windows(2).find(|pair| pair[0].lane >= pair[1].lane) {
            return Err(CutError::NotAscending { lane: pair[1].lane });
        }
        if let Some(left_out) = parent_cut.iter().find(|tip| tip_of(cut, tip.lane).is_none()) {
            let Tip { lane, sequence: parent, .. } = *left_out;
            return Err(CutError::Behind { lane, sequence: Sequence(0), parent });
        }
        cut.iter().try_for_each(|tip| self.check_tip(*tip, place_in(parent_cut, tip.lane)))
    }

    fn check_tip(&self, tip: Tip, parent: Place) -> Result<(), CutError> {
        let (lane, sequence, limit) = (tip.lane, tip.sequence, self.limits().window_batches);
        let Some(batches) = sequence.0.checked_sub(parent.sequence.0) else {
            return Err(CutError::Behind { lane, sequence, parent: parent.sequence });
        };
        if tip.digest == parent.digest && batches == 0 {
            return Ok(());
        }
        if !self.is_author(lane) {
            return Err(CutError::UnknownLane { lane });
        }
        if batches == 0 {
            return Err(CutError::Forked { lane, sequence });
        }
        if batches > limit { Err(CutError::TooFar { lane, batches, limit }) } else { Ok(()) }
    }
}
