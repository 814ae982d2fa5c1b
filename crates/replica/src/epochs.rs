//! What changes when an epoch ends: the set of validators, and with it every machine's view of who
//! counts. It happens in the step that executes the epoch's boundary block, wherever that block came
//! from, so that all paths change at the same height.

use std::sync::Arc;

use corridor_consensus as consensus;
use corridor_crypto::Digest;
use corridor_crypto::planted::{self, Bug};
use corridor_lanes as lanes;
use corridor_sync as sync;
use corridor_types::persist::{Draft, Executed, Write};
use corridor_types::{
    Block, EntryKind, Epoch, Handover, Message, ParticipantId, Seen, Sequence, SettlementCertificate, Status, Tip,
    ValidatorIndex, ValidatorSet,
};

use crate::guard::{Own, Verdict};
use crate::input::{Clock, Peer, VerifiedMessage};
use crate::ready::{Admission, Effect, Membership, Notice, Ready, Recipient};
use crate::replica::Replica;
use crate::start::{position, previous_set, split_own};

/// True if a block may have changed who belongs to the network.
pub(crate) fn changes_membership(executed: &Executed) -> bool {
    let kinds = [EntryKind::ChangeValidators, EntryKind::Enact, EntryKind::RegisterNode, EntryKind::RemoveNode];
    executed.entries.iter().any(|entry| entry.code.is_ok() && kinds.contains(&entry.kind))
}

impl Replica {
    /// The first step: the signer and the network learn who belongs.
    pub(crate) fn begin(&mut self, clock: Clock, ready: &mut Ready) {
        ready.enter.extend(self.sets.iter().rev().take(2).cloned());
        ready.then.push(Effect::Membership(self.membership()));
        self.report_missing_key(ready);
        self.leave_lane(clock, ready);
    }

    /// The boundary was executed, so the ledger stands in the next epoch already.
    pub(crate) fn begin_epoch(&mut self, clock: Clock, boundary: &Block, ready: &mut Ready) {
        self.enter_set(self.ledger.validators().clone(), ready);
        self.start_engine(boundary.clone());
        let (validators, me) = (self.sets.current().clone(), self.me);
        self.drive_lanes(clock, lanes::Input::Epoch { validators: validators.clone(), me }, ready);
        self.leave_lane(clock, ready);
        self.drive_sync(clock, sync::Input::Epoch { validators }, ready);
        // Links to a quorum of the old set need not be links to one of the new.
        self.stand_aside_without_quorum(ready);
        // Who is still in the old epoch learns it at once.
        ready.send(Recipient::Everyone, Message::Status(self.status()));
    }

    /// Takes over a set as the current one.
    pub(crate) fn enter_set(&mut self, validators: ValidatorSet, ready: &mut Ready) {
        if !planted::is(Bug::SignerNotTold) {
            ready.enter.push(validators.clone());
        }
        self.sets.insert(validators);
        // What was signed in another epoch binds nothing in this one.
        self.own.clear();
        if self.position().is_none() && self.guard.is_open() {
            // Who comes back in a later epoch begins as after a start.
            self.guard.close(self.finalized.view);
        }
        self.me = self.position().filter(|_| self.guard.is_open());
        self.settlement.begin_epoch(self.sets.clone());
        ready.then.push(Effect::Membership(self.membership()));
        self.report_missing_key(ready);
    }

    /// A new engine on top of a block that is final whatever its certificate is.
    pub(crate) fn start_engine(&mut self, top: Block) {
        let config = consensus::Config {
            validators: self.sets.current().clone(),
            me: self.me,
            genesis: self.context.genesis(),
            timeouts: self.config.timings.consensus,
        };
        let resume = consensus::Resume { finalized: Some((top, None)), ..Default::default() };
        self.engine = consensus::Engine::new(config, resume);
        self.judging = crate::judging::Judging::default();
        // The new engine has not been told yet that there is work.
        self.had_work = false;
    }

    /// Who belongs to the network now.
    pub fn membership(&self) -> Arc<Membership> {
        Arc::new(Membership {
            sets: self.sets.clone(),
            next: self.ledger.pending_validators().cloned(),
            nodes: self.ledger.nodes().collect(),
        })
    }

    /// The set that a boundary may name now: the decided one, once the last boundary's outcome is
    /// certified. So at most two epochs at a time have outcomes to sign, and nobody of an older set is
    /// needed any more.
    pub(crate) fn next_set(&self) -> Option<Digest> {
        let decided = self.ledger.pending_validators().map(ValidatorSet::digest);
        decided.filter(|_| self.boundaries.is_empty())
    }

    /// True once it is decided that this validator has no lane in the next epoch: what it accepted
    /// now might never be ordered.
    pub(crate) fn is_leaving(&self) -> bool {
        let lane = self.me.and_then(|me| self.sets.current().get(me)).map(|validator| validator.participant);
        let stays = |set: &ValidatorSet| lane.is_some_and(|lane| set.index_of(lane).is_some());
        self.ledger.pending_validators().is_some_and(|next| !stays(next))
    }

    /// Our position in the current set, whether we vote yet or not.
    pub(crate) fn position(&self) -> Option<ValidatorIndex> {
        position(self.sets.current(), &self.config.keys)
    }

    /// Tells a validator that has just started what we hold of it, and shows it first if it may not have
    /// it behind it: what is only named silences nobody for long.
    pub(crate) fn tell_seen(&self, to: Peer, status: Status, ready: &mut Ready) {
        let set = self.sets.current();
        let Some((index, validator)) = self.validator(&to).and_then(|index| Some((index, set.get(index)?))) else {
            return;
        };
        let Tip { sequence, digest, .. } = self.lanes.newest(validator.participant);
        let seen = Seen { epoch: set.epoch(), view: self.engine.highest_signed_by(index), sequence, digest };
        let may_lack = status.epoch == seen.epoch && status.finalized_view < seen.view;
        // The planted bug ignores what peers know of us, in whatever form.
        if may_lack && !planted::is(Bug::GuardDeaf) {
            let shown = self.engine.shows_signed_by(index);
            shown.into_iter().for_each(|message| ready.send(Recipient::One(to), message));
        }
        ready.send(Recipient::One(to), Message::Seen(seen));
    }

    /// A linked validator says what it holds of ours. What it holds of our lane and we lack is fetched
    /// from it: until then we do not know what follows.
    pub(crate) fn hear_seen(&mut self, clock: Clock, from: Peer, seen: Seen, ready: &mut Ready) {
        let Some(index) = self.validator(&from).filter(|_| self.peers.contains_key(&from)) else { return };
        self.guard.saw(from, seen);
        // The planted bugs ignore what peers hold of our lane; fetched, it would come back by itself.
        let is_ignored = planted::is(Bug::GuardDeaf) || planted::is(Bug::LaneFloorIgnored);
        let lane = self.own_lane().filter(|_| !self.guard.is_open() && !is_ignored);
        if let Some(lane) = lane {
            let tip = Tip { lane, sequence: seen.sequence, digest: seen.digest };
            self.drive_lanes(clock, lanes::Input::Named { from: index, tip }, ready);
        }
        self.look_again(clock, ready);
    }

    /// The lane of our position in the current set.
    fn own_lane(&self) -> Option<ParticipantId> {
        self.position().and_then(|me| self.sets.current().get(me)).map(|validator| validator.participant)
    }

    /// While we are silent: does this message carry a signature of ours?
    pub(crate) fn note_own_signature(&mut self, message: &VerifiedMessage) {
        let Some(me) = self.position().filter(|_| !self.guard.is_open()) else { return };
        let (epoch, view, ours) = match message {
            VerifiedMessage::Vote(signed) => (signed.vote.epoch, signed.vote.view, signed.voter == me),
            VerifiedMessage::Proposal { proposal, .. } => {
                (proposal.block.epoch, proposal.block.view, proposal.block.proposer == me)
            }
            VerifiedMessage::Certificate(held) => {
                (held.vote.epoch, held.vote.view, held.signatures.iter().any(|(voter, _)| *voter == me))
            }
            _ => return,
        };
        if ours && epoch == self.sets.current().epoch() {
            self.guard.show(epoch, view);
        }
    }

    /// May we vote yet?
    pub(crate) fn look_again(&mut self, clock: Clock, ready: &mut Ready) {
        let Some(me) = self.position().filter(|_| !self.guard.is_open()) else { return };
        let set = self.sets.current();
        let spoken = self.guard.speakers(set.epoch()).filter_map(|peer| set.index_of_network_key(peer)).chain([me]);
        let quorum = set.is_quorum(spoken.map(|index| set.power(index)).sum());
        let own = Own {
            epoch: set.epoch(),
            view: self.engine.status().view,
            shown: self.engine.highest_signed_by(me),
            // What our record knows, the signer does not contradict, whether we hold it or not.
            lane: self
                .own_lane()
                .map(|lane| self.lanes.newest(lane).sequence)
                .unwrap_or_default()
                .max(self.signed_batch),
        };
        match self.guard.look(clock.steady_ms, quorum, own) {
            Verdict::Wait => {}
            Verdict::Old(Seen { view, sequence, .. }) => {
                ready.then.push(Effect::Notice(Notice::RecordIsOld { view, sequence }));
            }
            Verdict::Open => self.begin_voting(clock, me, ready),
        }
    }

    /// Links to a quorum are what gives us the right to sign: without them a copy of us may have it.
    pub(crate) fn stand_aside_without_quorum(&mut self, ready: &mut Ready) {
        let Some(me) = self.me else { return };
        let set = self.sets.current();
        let linked = self.peers.keys().filter_map(|peer| set.index_of_network_key(peer)).chain([me]);
        if set.is_quorum(linked.map(|index| set.power(index)).sum()) {
            return;
        }
        self.me = None;
        self.guard.close(self.engine.highest_signed_by(me));
        self.engine.stand_aside();
        let (draft, waiting) = self.lanes.stand_aside();
        self.draft = draft;
        waiting.iter().for_each(|id| self.submissions.resolve(id, &Admission::Busy));
        ready.then.push(Effect::Notice(Notice::StoodDown));
        ready.send(Recipient::Everyone, Message::Status(self.status()));
    }

    fn begin_voting(&mut self, clock: Clock, me: ValidatorIndex, ready: &mut Ready) {
        self.me = Some(me);
        self.raise_lane_floor();
        let (votes, proposals) = split_own(std::mem::take(&mut self.own));
        self.engine.never_vote_up_to(self.guard.unknown());
        self.engine.take_part(me, votes, proposals);
        let epoch = self.sets.current().epoch();
        // What peers hold at its place was signed instead, by a copy of us: it must not be signed again.
        let floor = self.lane_floor.unwrap_or_default();
        let draft = self.draft.take().filter(|draft| draft.header.sequence > floor);
        let draft = draft.map(|draft| self.renew(draft, epoch, ready));
        self.drive_lanes(clock, lanes::Input::TakePart { me, draft }, ready);
        self.drive_engine(clock, consensus::Input::Tick, ready);
        ready.then.push(Effect::Notice(Notice::Voting { epoch }));
    }

    /// Who left the set with the last epoch completes and delivers what it had accepted, also if it was
    /// silent at that moment: after a restart, or without links to a quorum, it had no author who could.
    /// Silence is for votes: what the signer has on record of a lane's place is all that ever counts there.
    pub(crate) fn leave_lane(&mut self, clock: Clock, ready: &mut Ready) {
        let Some(before) = previous_set(&self.sets).filter(|_| self.position().is_none()) else { return };
        let member = position(&before, &self.config.keys).and_then(|me| before.get(me));
        let Some(lane) = member.map(|validator| validator.participant) else { return };
        // As when voting begins: what is at its place already must not be signed again.
        let floor = self.lane_floor.unwrap_or_default();
        let draft = self.draft.take().filter(|draft| draft.header.sequence > floor);
        let draft = draft.map(|draft| self.renew(draft, before.epoch(), ready));
        self.drive_lanes(clock, lanes::Input::Leave { lane, draft }, ready);
    }

    /// A draft that was never signed is made one of `epoch`, our last or current one: one of an epoch
    /// long past would be neither signed nor ordered.
    fn renew(&self, mut draft: Draft, epoch: Epoch, ready: &mut Ready) -> Draft {
        if draft.header.epoch < epoch && draft.header.sequence > self.signed_batch {
            draft.header.epoch = epoch;
            ready.persist.push(Write::Draft(draft.clone()));
        }
        draft
    }

    /// What validators with more than a third of the power hold of our lane, we signed: nothing new
    /// goes into the lane until it is final up to there.
    fn raise_lane_floor(&mut self) {
        let set = self.sets.current();
        let named: Vec<_> = self.guard.sequences().collect();
        let power_at = |sequence: Sequence| {
            let indices =
                named.iter().filter(|(_, at)| *at >= sequence).filter_map(|(peer, _)| set.index_of_network_key(peer));
            indices.map(|index| set.power(index)).sum()
        };
        let believable = named.iter().map(|(_, sequence)| *sequence).filter(|at| set.has_honest(power_at(*at))).max();
        let held = self.own_lane().map(|lane| self.lanes.newest(lane).sequence).unwrap_or_default();
        self.lane_floor = self.lane_floor.max(believable.filter(|at| *at > held));
    }

    /// The set names our participant with a key that our signer does not hold: this node is silent
    /// until it gets the key.
    fn report_missing_key(&self, ready: &mut Ready) {
        let Some(participant) = self.config.participant.filter(|_| self.position().is_none()) else { return };
        let set = self.sets.current();
        if let Some(validator) = set.index_of(participant).and_then(|index| set.get(index)) {
            ready.then.push(Effect::Notice(Notice::KeyMissing { key: validator.key }));
        }
    }

    /// A boundary's outcome was certified: that is the proof of its handover, to be given to who
    /// asks for it.
    pub(crate) fn keep_handover(&mut self, certificate: &SettlementCertificate, ready: &mut Ready) {
        let height = certificate.outcome.height;
        let Some(boundary) = self.boundaries.remove(&height) else { return };
        // A boundary whose outcome was certified before we executed it settles before we enter its set.
        let entered = Some(self.ledger.validators()).filter(|set| set.epoch() == boundary.next_epoch());
        if let Some(next) = self.sets.get(boundary.next_epoch()).or(entered).cloned() {
            let handover = Handover { boundary, certificate: certificate.clone(), next };
            ready.persist.push(Write::Handover(Box::new(handover)));
        }
        self.boundaries = self.boundaries.split_off(&height);
    }
}
