//! One simulated node: a disk, a signer that refuses two headers for one position, and lanes that
//! die at any of the three points between keeping, signing and doing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use corridor_crypto::Digest;
use corridor_types::persist::{Draft, Write};
use corridor_types::{BatchHeader, ParticipantId, Sequence, SignRequest, Signed, Tip, ValidatorIndex, VerifiedBatch};

use super::support::{config, context, key};
use crate::chain::{Place, place_before, place_of};
use crate::{Action, Input, Lanes, Resume};

/// Where a process may die while it carries out one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashPoint {
    /// Before anything is kept.
    Keeping,
    /// Before anything is signed.
    Signing,
    /// Before anything is done.
    Doing,
}

/// What survives a crash.
#[derive(Default)]
pub struct Disk {
    pub batches: BTreeMap<(ParticipantId, Place), VerifiedBatch>,
    draft: Option<Draft>,
    signed: BTreeMap<Sequence, BatchHeader>,
    /// The highest place acknowledged of each lane, whatever its process knew.
    acknowledged: BTreeMap<ParticipantId, Place>,
    /// How far each lane was executed.
    executed_cut: BTreeMap<ParticipantId, Sequence>,
    /// How many finalized blocks were executed, and what they contained.
    pub executed: usize,
    pub history: Vec<Digest>,
}

pub struct Node {
    pub me: u16,
    pub disk: Disk,
    /// `None` while the process is dead.
    pub lanes: Option<Lanes>,
    /// Transactions that were reported as accepted.
    pub accepted: BTreeSet<Digest>,
}

impl Node {
    pub fn new(count: u16, me: u16) -> Self {
        let mut node = Self { me, disk: Disk::default(), lanes: None, accepted: BTreeSet::new() };
        node.start(count, &[]);
        node
    }

    /// Starts the process from what the disk holds.
    pub fn start(&mut self, count: u16, executed_cut: &[Tip]) {
        let above = |((lane, place), _): &(&(ParticipantId, Place), &VerifiedBatch)| {
            place.sequence > crate::lanes::place_in(executed_cut, *lane).sequence
        };
        let batches = self.disk.batches.iter().filter(above).map(|(_, batch)| batch.clone()).collect();
        let resume = Resume { finalized_cut: executed_cut.to_vec(), batches, draft: self.disk.draft.clone() };
        self.lanes = Some(Lanes::new(config(count, self.me), resume).unwrap());
    }

    /// Steps and carries out, dying where `dies` says. Returns what is to be done.
    pub fn drive(&mut self, now_ms: u64, input: Input, dies: &mut dyn FnMut() -> Option<CrashPoint>) -> Vec<Action> {
        if let Input::Finalized { cut } = &input {
            self.disk.executed_cut.extend(cut.iter().map(|tip| (tip.lane, tip.sequence)));
        }
        let (mut inputs, mut actions) = (VecDeque::from([input]), Vec::new());
        while let Some(input) = inputs.pop_front() {
            let Some(lanes) = &mut self.lanes else { break };
            let ready = lanes.step(now_ms, input);
            let point = dies();
            if point.is_some() {
                self.lanes = None;
            }
            if point == Some(CrashPoint::Keeping) {
                break;
            }
            ready.persist.into_iter().for_each(|write| self.keep(write));
            if point == Some(CrashPoint::Signing) {
                break;
            }
            inputs.extend(ready.sign.into_iter().map(|request| Input::Signed(self.sign(request))));
            if point == Some(CrashPoint::Doing) {
                break;
            }
            for action in ready.then {
                self.note(&action);
                actions.push(action);
            }
        }
        actions
    }

    fn keep(&mut self, write: Write) {
        match write {
            Write::Batch(batch) => {
                let batch = VerifiedBatch::decode_trusted((*batch).clone()).unwrap();
                self.disk.batches.insert((batch.header().lane, place_of(&batch)), batch);
            }
            Write::Draft(draft) => self.disk.draft = Some(draft),
            other => panic!("lanes do not write {other:?}"),
        }
    }

    fn sign(&mut self, request: SignRequest) -> Signed {
        match &request {
            SignRequest::Batch(header) => {
                let draft = self.disk.draft.as_ref().unwrap();
                assert_eq!(draft.header, *header, "only what is kept as the draft is signed");
                let recorded = self.disk.signed.entry(header.sequence).or_insert(*header);
                assert_eq!(recorded, header, "two headers for one position");
            }
            SignRequest::Acknowledgement(body) => {
                let place = Place { sequence: body.sequence, digest: body.digest };
                self.check_held(body.lane, place);
                self.check_one_line(body.lane, place);
            }
            other => panic!("lanes do not sign {other:?}"),
        }
        request.sign_unchecked(&context(), ValidatorIndex(self.me), &key(self.me))
    }

    /// What is acknowledged is on the disk down to the first batch.
    fn check_held(&self, lane: ParticipantId, mut place: Place) {
        while place != Place::START {
            let held = self.disk.batches.get(&(lane, place));
            place = place_before(held.unwrap_or_else(|| panic!("acknowledged {place:?} of {lane} is not on the disk")));
        }
    }

    /// What is acknowledged lies on one chain with what was acknowledged ever before, unless finality
    /// left that behind.
    fn check_one_line(&mut self, lane: ParticipantId, place: Place) {
        let executed = self.disk.executed_cut.get(&lane).copied().unwrap_or_default();
        let before = self.disk.acknowledged.insert(lane, place).filter(|before| before.sequence > executed);
        let Some(before) = before else { return };
        let (mut high, low) = if place > before { (place, before) } else { (before, place) };
        while high.sequence > low.sequence {
            high = place_before(&self.disk.batches[&(lane, high)]);
        }
        assert_eq!(high, low, "node {} acknowledged two chains of lane {lane}", self.me);
    }

    fn note(&mut self, action: &Action) {
        match action {
            Action::Accepted { ids } => self.accepted.extend(ids),
            Action::Send { message: corridor_types::Message::Batch(batch), .. } => {
                let held = self
                    .disk
                    .batches
                    .keys()
                    .any(|(of, place)| *of == batch.header.lane && place.sequence == batch.header.sequence);
                assert!(held, "a batch was sent before it was durable");
            }
            _ => {}
        }
    }
}
