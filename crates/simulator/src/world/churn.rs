//! Validators come and go: institutions declare themselves, the central bank decides, at moments drawn
//! by chance, under whatever else goes wrong. Liars and impaired validators stay below a third.

use std::collections::BTreeSet;

use corridor_types::{Epoch, ParticipantId, Transaction, Uetr, Validator, ValidatorChange, ValidatorSet};

use super::{Event, World};
use crate::economy::{validator, voting_key};
use crate::faults::fired;
use crate::links::Cut;
use crate::random::Chance;
use crate::roster::{Address, NodeId};
use crate::schedule::Calamity;

/// How often the central bank looks at what it has begun, in milliseconds.
const LOOK_EVERY_MS: u64 = 120;
/// How often a transaction is submitted before the plan is given up.
const MAX_TRIES: u32 = 40;
/// A set never gets smaller than this.
const LEAST_VALIDATORS: usize = 4;
/// Payments that the clients of a leaving validator submit to it from the decision on, and their
/// distance in milliseconds.
const LAST_PAYMENTS: u64 = 40;
const LAST_PAYMENTS_EVERY_MS: u64 = 12;
/// How long a leaving validator is cut off, in milliseconds: about as long as an epoch takes to end.
const CUT_OFF_MIN_MS: u64 = 200;
const CUT_OFF_MAX_MS: u64 = 900;
/// The largest weight.
const MAX_POWER: u64 = 3;

/// What happens to one institution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Add,
    Remove,
    Rotate,
    Weigh,
}

/// One change under way.
#[derive(Debug)]
struct Plan {
    epoch: Epoch,
    steps: Vec<(Step, ValidatorChange)>,
    /// Must be done before the decision.
    before: Vec<Uetr>,
    decision: Option<Uetr>,
    tries: u32,
}

/// What the central bank does in a run.
#[derive(Debug)]
pub(super) struct Churn {
    /// Plans still to be made.
    left: u64,
    cuts_off_leavers: bool,
    plan: Option<Plan>,
    /// Who must stay below a third of the power: liars, and honest ones that are impaired.
    doubtful: BTreeSet<Address>,
    /// Who has let its node stay connected after it was a validator.
    registered: BTreeSet<Address>,
    ended: Epoch,
}

impl Default for Churn {
    /// No plans, in the first epoch.
    fn default() -> Self {
        let (doubtful, registered) = (BTreeSet::new(), BTreeSet::new());
        Self { left: 0, cuts_off_leavers: false, plan: None, doubtful, registered, ended: Epoch(0) }
    }
}

impl World {
    pub(super) fn plan_churn(
        &mut self,
        decisions: u64,
        cuts_off_leavers: bool,
        impaired: impl Iterator<Item = NodeId>,
    ) {
        let doubtful = self.cast.guilty().into_iter().chain(impaired.map(|node| Address(node.0))).collect();
        self.churn = Churn { left: decisions, cuts_off_leavers, doubtful, ..Churn::default() };
        self.churn.registered = (self.setup.validators..self.roster.institutions()).map(Address).collect();
        if decisions > 0 {
            self.plan(LOOK_EVERY_MS, Event::Churn);
        }
    }

    /// Looks at the plan under way and goes on with it, or makes the next one.
    pub(super) fn churn(&mut self) {
        let epoch = self.checks.sets().current().epoch();
        while self.churn.ended < epoch {
            self.churn.ended = self.churn.ended.next();
            self.faults.count(fired::EPOCH);
        }
        if self.now_ms >= self.heal_ms {
            return;
        }
        self.plan(self.now_ms + LOOK_EVERY_MS, Event::Churn);
        match self.churn.plan.take() {
            Some(plan) if plan.epoch < epoch => self.count_steps(&plan),
            Some(plan) if plan.tries > MAX_TRIES => {}
            Some(plan) => self.advance(plan),
            None if self.churn.left > 0 && self.chance.happens(500) => self.begin_plan(),
            None => {}
        }
    }

    fn count_steps(&mut self, plan: &Plan) {
        let changed = self.checks.sets().current().epoch() == plan.epoch.next();
        let done = plan.decision.is_some_and(|decision| self.checks.is_done(&decision));
        for (step, _) in plan.steps.iter().filter(|_| changed && done) {
            self.faults.count(match step {
                Step::Add => fired::ADDED,
                Step::Remove => fired::REMOVED,
                Step::Rotate => fired::ROTATED,
                Step::Weigh => fired::WEIGHED,
            });
        }
    }

    fn begin_plan(&mut self) {
        let set = self.checks.sets().current().clone();
        let count = self.chance.between(1, 3) as usize;
        let all: Vec<Address> = (0..self.roster.institutions()).map(Address).collect();
        let mut steps = Vec::new();
        for address in self.chance.some(&all, count) {
            steps.extend(self.step_for(address, &set));
        }
        steps.sort_by_key(|(_, change)| change.participant());
        if steps.is_empty() || !self.is_sound(&set, &steps) {
            return;
        }
        self.churn.left -= 1;
        let plan = Plan { epoch: set.epoch(), steps, before: Vec::new(), decision: None, tries: 0 };
        self.say(NodeId(0), || format!("-- the central bank plans {:?}", plan.steps));
        self.prepare(plan);
    }

    fn step_for(&mut self, address: Address, set: &ValidatorSet) -> Option<(Step, ValidatorChange)> {
        let (id, doubtful) = (ParticipantId(u32::from(address.0)), self.churn.doubtful.contains(&address));
        let put = |step, validator: Validator| Some((step, ValidatorChange::Put { validator }));
        let Some(now) = set.index_of(id).and_then(|index| set.get(index)).cloned() else {
            let (which, power) = (self.chance.below(2) as u32, self.chance.between(1, 2));
            return put(Step::Add, validator(id.0, which, power));
        };
        // A set of the least size loses somebody only if it gains somebody, too.
        let removes = if set.len() > LEAST_VALIDATORS { 500 } else { 250 };
        if self.chance.happens(removes) {
            return Some((Step::Remove, ValidatorChange::Remove { participant: id }));
        }
        match self.chance.below(2) {
            // A liar signs with its first key, and gains no weight.
            _ if doubtful => None,
            0 => {
                let which = u32::from(now.key == voting_key(id.0, 0).public_key());
                put(Step::Rotate, validator(id.0, which, now.power.0))
            }
            _ => {
                let power = corridor_types::VotingPower(1 + now.power.0 % MAX_POWER);
                put(Step::Weigh, Validator { power, ..now })
            }
        }
    }

    /// True if the next set has at least four members, and the doubtful less than a third of its power.
    fn is_sound(&self, set: &ValidatorSet, steps: &[(Step, ValidatorChange)]) -> bool {
        let changed: BTreeSet<ParticipantId> = steps.iter().map(|(_, change)| change.participant()).collect();
        let kept = set.iter().map(|(_, validator)| validator).filter(|held| !changed.contains(&held.participant));
        let put = steps.iter().filter_map(|(_, change)| match change {
            ValidatorChange::Put { validator } => Some(validator),
            ValidatorChange::Remove { .. } => None,
        });
        let next: Vec<&Validator> = kept.chain(put).collect();
        let power = |members: &mut dyn Iterator<Item = &&Validator>| members.map(|held| held.power.0).sum::<u64>();
        let is_doubtful = |held: &&&Validator| self.churn.doubtful.contains(&Address(held.participant.0 as u16));
        let (all, doubtful) = (power(&mut next.iter()), power(&mut next.iter().filter(is_doubtful)));
        next.len() >= LEAST_VALIDATORS && 3 * doubtful < all
    }

    /// Everything that must come before the decision.
    fn prepare(&mut self, mut plan: Plan) {
        let mut list = Vec::new();
        for (step, change) in &plan.steps {
            let address = Address(change.participant().0 as u16);
            match (step, change) {
                (Step::Add | Step::Rotate, ValidatorChange::Put { validator }) => {
                    list.extend(self.declaration(address, validator));
                }
                (Step::Remove, _) if self.churn.registered.insert(address) => {
                    list.push(self.clients.economy().register_node(u32::from(address.0), &mut self.chance));
                }
                _ => {}
            }
        }
        plan.before = list.iter().filter_map(|transaction| transaction.operation.reference()).collect();
        self.submit_each(list);
        self.churn.plan = Some(plan);
    }

    /// Clients of who leaves submit to its node as long as it takes anything.
    fn last_payments(&mut self, plan: &Plan) {
        let leaves = |(step, _): &&(Step, ValidatorChange)| *step == Step::Remove;
        for (_, change) in plan.steps.iter().filter(leaves) {
            let node = NodeId(change.participant().0 as u16);
            if self.churn.cuts_off_leavers {
                self.cut_off(node);
            }
            for turn in 0..LAST_PAYMENTS {
                let transaction = Box::new(self.clients.economy().probe(1, &mut self.chance));
                self.plan(self.now_ms + turn * LAST_PAYMENTS_EVERY_MS, Event::SubmitTo { node, transaction });
            }
        }
    }

    /// Nobody hears from a machine for a moment; it hears everybody.
    fn cut_off(&mut self, node: NodeId) {
        self.faults.count(fired::LEAVER_CUT_OFF);
        let others = self.roster.nodes().filter(|other| *other != node);
        let cut: Cut = others.map(|other| (node, other)).collect();
        self.strike(Calamity::Cut { cut, noticed: false, name: "" });
        let until_ms = (self.now_ms + self.chance.between(CUT_OFF_MIN_MS, CUT_OFF_MAX_MS)).min(self.heal_ms);
        self.plan(until_ms, Event::Calamity(Calamity::Cut { cut: Cut::new(), noticed: false, name: "" }));
    }

    /// `None` while the institution's node has executed nothing.
    fn declaration(&mut self, address: Address, declared: &Validator) -> Option<Transaction> {
        let executed = *self.nodes[usize::from(address.0)].store().outcomes().values().next_back()?;
        let which = u32::from(declared.key != voting_key(u32::from(address.0), 0).public_key());
        Some(self.clients.economy().declare(u32::from(address.0), which, &executed, &mut self.chance))
    }

    fn submit_each(&mut self, list: Vec<Transaction>) {
        list.into_iter().for_each(|transaction| self.submit(vec![transaction], true));
    }

    /// Once everything before it is done, the decision is submitted, again and again until it is decided.
    fn advance(&mut self, mut plan: Plan) {
        plan.tries += 1;
        let ready = plan.before.iter().all(|reference| self.checks.is_decided(reference));
        let decided = plan.decision.is_some_and(|decision| self.checks.is_decided(&decision));
        if ready && !decided && (plan.decision.is_none() || plan.tries.is_multiple_of(4)) {
            let changes = plan.steps.iter().map(|(_, change)| change.clone()).collect();
            let decision = decide(self, plan.epoch, changes);
            if plan.decision.is_none() {
                self.last_payments(&plan);
            }
            plan.decision = decision.operation.reference();
            self.submit(vec![decision], true);
        }
        self.churn.plan = Some(plan);
    }
}

fn decide(world: &mut World, epoch: Epoch, changes: Vec<ValidatorChange>) -> Transaction {
    let members: Vec<u32> = world.checks.sets().current().iter().map(|(_, member)| member.participant.0).collect();
    let chance: &mut Chance = &mut world.chance;
    world.clients.economy().decide(epoch, changes, &members, chance)
}
