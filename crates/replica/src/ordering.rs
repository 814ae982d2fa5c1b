//! The ordering engine among the other parts: what its actions mean for them, and when it is told that
//! there is something to order.
//!
//! The rules of the protocol are the engine's (`corridor_consensus`); none stands here.

use corridor_consensus as consensus;
use corridor_consensus::{Action, Config, Engine, Resume};
use corridor_crypto::planted::{self, Bug};
use corridor_crypto::{Digest, Verified};
use corridor_types::persist::Seal;
use corridor_types::{
    Block, Message, Request, Seen, Signed, SignedProposal, SignedVote, Status, Tip, ValidatorIndex, View,
};

use crate::event::{Event, Question, Remembered, of_machine};
use crate::input::Peer;
use crate::membership::{Around, Roster};
use crate::ready::{Halt, Recipient};

/// The engine of the current epoch.
#[derive(Debug)]
pub struct Ordering {
    engine: Engine,
    genesis: Digest,
    timeouts: consensus::Timeouts,
    /// What the engine was told last: something waits to be ordered.
    had_work: bool,
}

impl Ordering {
    /// Goes on with an engine that was resumed.
    pub const fn new(engine: Engine, genesis: Digest, timeouts: consensus::Timeouts) -> Self {
        Self { engine, genesis, timeouts, had_work: false }
    }

    /// The engine, for inspection.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// True if the engine was told that something waits to be ordered.
    pub const fn had_work(&self) -> bool {
        self.had_work
    }

    /// Steps the engine.
    pub fn step(&mut self, around: Around<'_>, input: consensus::Input) -> Vec<Event> {
        let output = self.engine.step(around.clock.steady_ms, input);
        let actions = output.then.into_iter().map(|action| meaning(around.roster, action));
        of_machine(output.persist, output.sign, actions)
    }

    /// There starts or ceases to be something to order.
    pub fn on_work(&mut self, work: bool) -> Vec<Event> {
        if std::mem::replace(&mut self.had_work, work) == work { Vec::new() } else { vec![told(work)] }
    }

    /// Something new came. Said again though nothing changed: a leader that waited for work asks anew.
    pub fn on_available(&mut self, work: bool) -> Vec<Event> {
        let had_work = std::mem::replace(&mut self.had_work, work);
        if work || had_work { vec![told(work)] } else { Vec::new() }
    }

    /// A new engine for the current epoch, on top of a block that is final whatever its certificate is.
    pub fn start(&mut self, roster: &Roster, me: Option<ValidatorIndex>, top: Block) {
        let config =
            Config { validators: roster.current().clone(), me, genesis: self.genesis, timeouts: self.timeouts };
        let resume = Resume { finalized: Some((top, None)), ..Default::default() };
        self.engine = Engine::new(config, resume);
        // The new engine has not been told yet that there is work.
        self.had_work = false;
    }

    /// Votes from now on, bound by what we signed before.
    pub fn take_part(&mut self, remembered: Remembered) {
        let Remembered { me, own, unknown } = remembered;
        let (votes, proposals) = split_own(own);
        self.engine.never_vote_up_to(unknown);
        self.engine.take_part(me, votes, proposals);
    }

    /// Votes no more.
    pub const fn stand_aside(&mut self) {
        self.engine.stand_aside();
    }

    /// Tells a validator that has just started what we hold of it, and shows it first if it may not have
    /// it behind it: what is only named silences nobody for long. `tip`: the newest that we hold of its lane.
    pub fn on_asks_seen(&self, roster: &Roster, to: Peer, status: Status, tip: Tip) -> Vec<Event> {
        let Some(index) = roster.index_of(&to) else { return Vec::new() };
        let view = self.engine.highest_signed_by(index);
        let seen = Seen { epoch: roster.epoch(), view, sequence: tip.sequence, digest: tip.digest };
        let may_lack = status.epoch == seen.epoch && status.finalized_view < seen.view;
        // The planted bug ignores what peers know of us, in whatever form.
        let is_shown = may_lack && !planted::is(Bug::GuardDeaf);
        let shown = if is_shown { self.engine.shows_signed_by(index) } else { None };
        shown.into_iter().chain([Message::Seen(seen)]).map(|message| Event::send(Recipient::One(to), message)).collect()
    }

    /// The view that the engine is in.
    pub fn view(&self) -> View {
        self.engine.status().view
    }

    /// The highest view of which a signature of `validator` is held.
    pub fn highest_signed_by(&self, validator: ValidatorIndex) -> View {
        self.engine.highest_signed_by(validator)
    }
}

const fn told(work: bool) -> Event {
    Event::Order(consensus::Input::Work(work))
}

/// What an action of the engine means for the other parts.
fn meaning(roster: &Roster, action: Action) -> Vec<Event> {
    match action {
        Action::Send { to, message } => send(roster, to, message),
        Action::Halt { rule } => vec![Event::Halt(Halt::Ordering { rule })],
        Action::Build { view, parent, parent_block } => vec![Event::Build { view, parent, parent_block }],
        Action::Judge { block, parent } => vec![Event::Judge(Question { block, parent })],
        Action::FetchBlock { digest, holders } => {
            vec![Event::AskSome { request: Request::Block { digest }, peers: holders }]
        }
        Action::FetchCertificates { from_view, peers } => {
            vec![Event::AskSome { request: Request::Certificates { from: from_view }, peers }]
        }
        Action::Finalized { blocks, stubs, finalization } => {
            vec![Event::Finalized { blocks, seal: Seal { stubs, finalization } }]
        }
        Action::Behind { finalization, holders } => {
            // The engine holds verified certificates only.
            let finalization = Verified::assume_checked(finalization);
            let holders = holders.into_iter().filter_map(|index| roster.key_of(index)).collect();
            vec![Event::CatchUp(corridor_sync::Input::Behind { finalization, holders })]
        }
        Action::Evidence(evidence) => vec![Event::Accuse(evidence)],
    }
}

/// A proposal gets its proofs on the way; everything else is sent as it is.
fn send(roster: &Roster, to: consensus::Recipient, message: Message) -> Vec<Event> {
    let to = match to {
        consensus::Recipient::All => Some(Recipient::Validators),
        consensus::Recipient::One(index) => roster.key_of(index).map(Recipient::One),
    };
    let Some(to) = to else { return Vec::new() };
    match message {
        Message::Proposal { proposal, .. } => vec![Event::Propose { to, proposal }],
        message => vec![Event::send(to, message)],
    }
}

/// Our own votes and proposals, apart.
fn split_own(own: Vec<Signed>) -> (Vec<Verified<SignedVote>>, Vec<Verified<SignedProposal>>) {
    let (mut votes, mut proposals) = (Vec::new(), Vec::new());
    for signed in own {
        match signed {
            Signed::Vote(vote) => votes.push(vote),
            Signed::Proposal(proposal) => proposals.push((*proposal).clone()),
            _ => {}
        }
    }
    (votes, proposals)
}
