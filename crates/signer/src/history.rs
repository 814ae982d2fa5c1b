//! What was signed, as far back as it matters, and the rules about what may be signed next.

use std::collections::BTreeMap;

use corridor_crypto::planted::{self, Bug};
use corridor_types::{
    BatchHeader, Block, Encode, Epoch, Height, Outcome, Sequence, View, Vote, codec_enum, codec_struct, votes_conflict,
};

use crate::Refusal;

/// Headers of the own lane kept to repeat a signature after a restart. An author has far fewer
/// batches under way; 1,024 headers take 110 kB.
const KEPT_BATCHES: usize = 1_024;

/// Below these nothing is signed, because the record of it is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Floor {
    /// The epoch of the view.
    pub epoch: Epoch,
    /// The lowest view recorded.
    pub view: View,
    /// The lowest height recorded.
    pub height: Height,
}
codec_struct!(Floor { epoch, view, height });

impl Default for Floor {
    /// Below everything: nothing was pruned.
    fn default() -> Self {
        Self { epoch: Epoch(0), view: View(0), height: Height(0) }
    }
}

/// One record of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Record {
    /// First in a file: what was left out of it.
    Floor(Floor),
    /// A block, whole, so that it can be sent again.
    Proposal(Block),
    /// A vote of the ordering protocol.
    Vote(Vote),
    /// A header of the own lane.
    Batch(BatchHeader),
    /// The outcome of an executed block.
    Outcome(Outcome),
}
codec_enum!(Record { 0 => Floor(floor), 1 => Proposal(block), 2 => Vote(vote), 3 => Batch(header), 4 => Outcome(outcome) });

/// Whether a granted request is on record already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It must be recorded before it is signed.
    New,
    /// It was recorded before; the same signature may be given again.
    Known,
}

/// Everything signed from the floor on.
#[derive(Debug, Default)]
pub(crate) struct History {
    floor: Floor,
    proposals: BTreeMap<(Epoch, View), Block>,
    /// At most three votes a view.
    votes: BTreeMap<(Epoch, View), Vec<Vote>>,
    batches: BTreeMap<Sequence, BatchHeader>,
    outcomes: BTreeMap<Height, Outcome>,
}

impl History {
    /// Takes up a record, or says what on record it conflicts with. The order of records matters.
    pub fn admit(&mut self, record: Record) -> Result<Admission, Refusal> {
        match record {
            Record::Floor(floor) => {
                self.raise_floor(floor);
                Ok(Admission::Known)
            }
            Record::Proposal(block) => self.admit_proposal(block),
            Record::Vote(vote) => self.admit_vote(vote),
            Record::Batch(header) => self.admit_batch(header),
            Record::Outcome(outcome) => self.admit_outcome(outcome),
        }
    }

    fn check_view(&self, epoch: Epoch, view: View) -> Result<(), Refusal> {
        let low = (epoch, view) < (self.floor.epoch, self.floor.view);
        if low { Err(Refusal::below_view(view, self.floor.view)) } else { Ok(()) }
    }

    fn admit_proposal(&mut self, block: Block) -> Result<Admission, Refusal> {
        self.check_view(block.epoch, block.view)?;
        match self.proposals.get(&(block.epoch, block.view)) {
            Some(recorded) if *recorded == block => Ok(Admission::Known),
            Some(recorded) => {
                Err(Refusal::SecondProposal { view: block.view, recorded: recorded.digest(), asked: block.digest() })
            }
            None => {
                self.proposals.insert((block.epoch, block.view), block);
                Ok(Admission::New)
            }
        }
    }

    fn admit_vote(&mut self, vote: Vote) -> Result<Admission, Refusal> {
        self.check_view(vote.epoch, vote.view)?;
        let votes = self.votes.entry((vote.epoch, vote.view)).or_default();
        if votes.contains(&vote) {
            return Ok(Admission::Known);
        }
        let conflict = votes.iter().find(|recorded| votes_conflict(&recorded.kind, &vote.kind));
        if let Some(recorded) = conflict.filter(|_| !planted::is(Bug::SignerChecksNothing)) {
            return Err(Refusal::ConflictingVote { view: vote.view, recorded: recorded.kind, asked: vote.kind });
        }
        votes.push(vote);
        Ok(Admission::New)
    }

    fn admit_batch(&mut self, header: BatchHeader) -> Result<Admission, Refusal> {
        let asked = header.sequence;
        match self.batches.get(&asked) {
            Some(recorded) if *recorded == header => return Ok(Admission::Known),
            Some(recorded) => {
                let (recorded, asked) = (recorded.digest(), header.digest());
                return Err(Refusal::SecondBatch { sequence: header.sequence, recorded, asked });
            }
            None => {}
        }
        if let Some((lowest, _)) = self.batches.first_key_value()
            && asked < *lowest
        {
            return Err(Refusal::below_sequence(asked, *lowest));
        }
        // Positions only rise, and a fork of the last one is refused. A gap is not: another key of this
        // validator, or a copy that ran meanwhile, wrote what lies between, and it is none of ours any
        // more.
        if let Some((last, recorded)) = self.batches.last_key_value()
            && (asked < *last || (asked == last.next() && header.previous != recorded.digest()))
        {
            return Err(Refusal::BrokenLane { last: *last, asked });
        }
        self.batches.insert(asked, header);
        if self.batches.len() > KEPT_BATCHES {
            self.batches.pop_first();
        }
        Ok(Admission::New)
    }

    fn admit_outcome(&mut self, outcome: Outcome) -> Result<Admission, Refusal> {
        if outcome.height < self.floor.height {
            return Err(Refusal::below_height(outcome.height, self.floor.height));
        }
        match self.outcomes.get(&outcome.height) {
            Some(recorded) if *recorded == outcome => Ok(Admission::Known),
            Some(recorded) => Err(Refusal::SecondOutcome { recorded: Box::new(*recorded), asked: Box::new(outcome) }),
            None => {
                self.outcomes.insert(outcome.height, outcome);
                Ok(Admission::New)
            }
        }
    }

    /// Forgets what lies below; a lower floor than before changes nothing.
    pub fn raise_floor(&mut self, floor: Floor) {
        let view = (self.floor.epoch, self.floor.view).max((floor.epoch, floor.view));
        self.floor = Floor { epoch: view.0, view: view.1, height: self.floor.height.max(floor.height) };
        self.proposals = self.proposals.split_off(&view);
        self.votes = self.votes.split_off(&view);
        // The newest outcome stays for good: the node compares it with its database.
        let last = self.last_outcome().copied();
        self.outcomes = self.outcomes.split_off(&self.floor.height);
        self.outcomes.extend(last.map(|outcome| (outcome.height, outcome)));
    }

    /// The records that a new file needs, in an order in which they are admitted again.
    pub fn records(&self) -> Vec<Record> {
        // An outcome below the floor would be refused behind it; the kept one goes first.
        let (low, high): (Vec<_>, Vec<_>) = self.outcomes.values().partition(|o| o.height < self.floor.height);
        let outcomes = |list: Vec<&Outcome>| list.into_iter().copied().map(Record::Outcome).collect::<Vec<_>>();
        let mut records = outcomes(low);
        records.push(Record::Floor(self.floor));
        records.extend(self.proposals.values().cloned().map(Record::Proposal));
        records.extend(self.votes.values().flatten().copied().map(Record::Vote));
        records.extend(self.batches.values().copied().map(Record::Batch));
        records.extend(outcomes(high));
        records
    }

    /// Bytes that [`History::records`] takes, without framing.
    pub fn live_bytes(&self) -> usize {
        self.records().iter().map(|record| record.to_bytes().len()).sum()
    }

    /// Proposals of `epoch` in views above `view`, ascending.
    pub fn proposals_above(&self, epoch: Epoch, view: View) -> impl Iterator<Item = &Block> {
        self.proposals.range((epoch, view.next())..).map(|(_, block)| block).filter(move |block| block.epoch == epoch)
    }

    /// Votes of `epoch` in views above `view`, ascending by view, in the order in which they were cast.
    pub fn votes_above(&self, epoch: Epoch, view: View) -> impl Iterator<Item = &Vote> {
        self.votes.range((epoch, view.next())..).flat_map(|(_, votes)| votes).filter(move |vote| vote.epoch == epoch)
    }

    /// The newest header of the own lane.
    pub fn last_batch(&self) -> Option<&BatchHeader> {
        self.batches.last_key_value().map(|(_, header)| header)
    }

    /// True if exactly this header is on record.
    pub fn has_batch(&self, header: &BatchHeader) -> bool {
        self.batches.get(&header.sequence) == Some(header)
    }

    /// The outcome of the greatest height.
    pub fn last_outcome(&self) -> Option<&Outcome> {
        self.outcomes.last_key_value().map(|(_, outcome)| outcome)
    }
}
