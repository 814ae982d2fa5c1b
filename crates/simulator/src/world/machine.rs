//! A machine's life: it starts, takes inputs when it is not busy or paused, drives its replica,
//! performs what follows, and crashes.

use std::collections::BTreeSet;
use std::sync::Arc;

use corridor_replica::{Input, Membership};
use corridor_signer::Tail;
use corridor_types::Height;

use super::{Effect, Event, Waiting, World};
use crate::checks::property;
use crate::disk::MemoryStore;
use crate::faults::fired;
use crate::node::Stopped;
use crate::roster::{Address, NodeId};
use corridor_types::Uetr;

/// The least and the largest time that a machine stays down, in milliseconds.
const DOWN_MIN_MS: u64 = 10;
const DOWN_MAX_MS: u64 = 2_000;

/// A disk's sector, in bytes.
const SECTOR: usize = 512;
/// The length of a record's seal, in bytes.
const LEAST_ZEROS: usize = 16;

/// What the world knows of a machine besides its node.
#[derive(Debug, Default)]
pub(super) struct Machine {
    /// Counts crashes: what was planned in an earlier life is void.
    pub life: u64,
    tick_at_ms: Option<u64>,
    /// Until then inputs wait.
    busy_until_ms: u64,
    waiting: Waiting,
    /// Its writes take up to so long.
    pub slow_up_to_ms: u64,
    /// Crashes at its next drive that sends something.
    pub dies_before_sending: bool,
    /// It does not start before.
    pub off_until_ms: u64,
    /// Its database at the time of the copy.
    pub copy: Option<MemoryStore>,
    /// What it accepted since.
    pub accepted_since_copy: Vec<Uetr>,
    /// When it crashes next, its database is put back to the copy.
    pub puts_back: bool,
    /// Its database was put back to the copy.
    pub was_put_back: bool,
    /// It never starts again.
    pub retired: bool,
    /// Who belongs to the network as its ledger has it.
    pub members: Option<Arc<Membership>>,
    /// Whom it accepts links from.
    pub allowed: BTreeSet<Address>,
    /// The last height at which its validator set was compared with others'.
    compared: Height,
}

impl World {
    /// Starts a machine that is down.
    pub(super) fn start(&mut self, node: NodeId) {
        if self.is_up(node) || self.machine(node).retired {
            return;
        }
        let off_until = self.machine(node).off_until_ms;
        if self.now_ms < off_until {
            return self.plan(off_until, Event::Start { node });
        }
        let membership = match self.node(node).start().map_err(|error| error.to_string()) {
            Ok(membership) => membership,
            Err(problem) => {
                self.say(node, || format!("does not start: {problem}"));
                if self.is_honest(node) {
                    self.checks.broken(property::KEEP_RUNNING, format!("{node} does not start again: {problem}"));
                }
                return;
            }
        };
        self.say(node, || "starts".to_owned());
        self.disturbed(node, self.now_ms);
        if self.now_ms > 0 && self.machine(node).life == 0 && !self.roster.is_copy(node) {
            self.faults.count(fired::JOINED_LATE);
        }
        self.count_missed_epochs(node, &membership);
        self.take_membership(node, membership);
        self.input(node, Input::Tick);
        if let Some(height) = self.node(node).store().newest_snapshot() {
            self.input(node, Input::SnapshotReady(height));
        }
        self.relink();
    }

    fn count_missed_epochs(&mut self, node: NodeId, membership: &Membership) {
        let (own, newest) = (membership.sets.current().epoch(), self.checks.sets().current().epoch());
        if self.machine(node).life > 0 && newest.0 > own.0 + 1 {
            self.faults.count(fired::MISSED_EPOCH);
        }
    }

    /// Gives one input to a machine, now or when it is free.
    pub(super) fn input(&mut self, node: NodeId, input: Input) {
        if !self.is_up(node) {
            return;
        }
        let now = self.now_ms;
        let machine = self.machine(node);
        // What came before it is taken up first, also in the very millisecond in which the pause ends: a
        // link that came up must not go down afterwards.
        if now < machine.busy_until_ms || !machine.waiting.is_empty() {
            return machine.waiting.push(input);
        }
        self.drive(node, vec![input]);
    }

    /// Keeps a machine from taking inputs until a moment.
    pub(super) fn occupy(&mut self, node: NodeId, until_ms: u64) {
        if until_ms > self.machine(node).busy_until_ms {
            self.machine(node).busy_until_ms = until_ms;
            self.plan(until_ms, Event::Resume { node });
            self.disturbed(node, until_ms);
        }
    }

    pub(super) fn resume(&mut self, node: NodeId) {
        let now = self.now_ms;
        let machine = self.machine(node);
        if now < machine.busy_until_ms || !self.is_up(node) {
            return;
        }
        let mut inputs = std::mem::take(&mut self.machine(node).waiting);
        inputs.push(Input::Tick);
        self.drive(node, inputs);
    }

    pub(super) fn tick(&mut self, node: NodeId) {
        let now = self.now_ms;
        let machine = self.machine(node);
        if machine.tick_at_ms == Some(now) {
            machine.tick_at_ms = None;
            // A busy machine ticks when it resumes.
            if now >= machine.busy_until_ms {
                self.drive(node, vec![Input::Tick]);
            }
        }
    }

    fn drive(&mut self, node: NodeId, inputs: Waiting) {
        let now = self.now_ms;
        let (effects, refused) = match self.node(node).drive(now, inputs) {
            Ok(driven) => driven,
            Err(Stopped::Planned(fault)) => {
                self.faults.count(fault);
                return self.crash(node, fault);
            }
            Err(Stopped::Unplanned(problem)) => {
                return self.checks.broken(property::KEEP_RUNNING, format!("{node}: {problem}"));
            }
        };
        if self.is_honest(node) {
            self.counts.refused_signatures += refused.len() as u64;
        }
        for reason in refused {
            self.say(node, || format!("its signer refused: {reason}"));
        }
        let sends = effects.iter().any(|effect| matches!(effect, Effect::Send { .. } | Effect::Submitted { .. }));
        if sends && std::mem::take(&mut self.machine(node).dies_before_sending) {
            self.faults.count(fired::CRASH_BEFORE_SEND);
            return self.crash(node, fired::CRASH_BEFORE_SEND);
        }
        if self.is_honest(node) {
            self.compare_sets(node);
        }
        self.perform_soon(node, effects);
        self.plan_tick(node);
    }

    /// The validators in force after the last executed block are the same for all.
    fn compare_sets(&mut self, node: NodeId) {
        let Some(replica) = self.nodes[usize::from(node.0)].replica() else { return };
        let (height, set) = (replica.heights().executed, replica.validators());
        if self.machines[usize::from(node.0)].compared == height {
            return;
        }
        let set = set.digest();
        self.machine(node).compared = height;
        self.checks.stands(self.roster.address_of(node), height, set);
    }

    /// Performs effects at once, or after what a slow disk takes.
    fn perform_soon(&mut self, node: NodeId, effects: Vec<Effect>) {
        let slow = self.machine(node).slow_up_to_ms;
        if slow == 0 || effects.is_empty() {
            return effects.into_iter().for_each(|effect| self.perform(node, effect));
        }
        self.faults.count(fired::SLOW_DISK);
        let until = self.now_ms + self.chance.between(1, slow);
        let life = self.machine(node).life;
        self.plan(until, Event::Perform { node, life, effects });
        self.occupy(node, until);
    }

    pub(super) fn perform_late(&mut self, node: NodeId, life: u64, effects: Vec<Effect>) {
        if self.machine(node).life == life {
            effects.into_iter().for_each(|effect| self.perform(node, effect));
        }
    }

    fn plan_tick(&mut self, node: NodeId) {
        let Some(deadline) = self.node(node).next_deadline() else { return };
        let now = self.now_ms;
        let machine = self.machine(node);
        let deadline = deadline.max(now + 1);
        if machine.tick_at_ms.is_none_or(|planned| planned > deadline || planned <= now) {
            machine.tick_at_ms = Some(deadline);
            self.plan(deadline, Event::Tick { node });
        }
    }

    /// A machine stops; it starts again later.
    pub(super) fn crash(&mut self, node: NodeId, why: &'static str) {
        if !self.is_up(node) {
            return;
        }
        let tail = self.tail(node);
        self.node(node).crash_with(tail);
        self.say(node, || format!("stops: {why}"));
        let (life, off_until_ms) = (self.machine(node).life + 1, self.machine(node).off_until_ms);
        let (copy, puts_back) = (self.machine(node).copy.take(), self.machine(node).puts_back);
        let accepted_since_copy = std::mem::take(&mut self.machine(node).accepted_since_copy);
        let Machine { slow_up_to_ms, retired, was_put_back, .. } = *self.machine(node);
        *self.machine(node) =
            Machine { life, off_until_ms, slow_up_to_ms, retired, was_put_back, ..Machine::default() };
        match copy {
            Some(copy) if puts_back => self.put_back(node, copy, &accepted_since_copy),
            copy => {
                self.machine(node).copy = copy;
                self.machine(node).accepted_since_copy = accepted_since_copy;
            }
        }
        self.relink();
        let back = self.now_ms + self.chance.between(DOWN_MIN_MS, DOWN_MAX_MS);
        let back = if self.now_ms < self.heal_ms { back.min(self.heal_ms) } else { back };
        self.plan(back, Event::Start { node });
    }

    pub(super) fn put_back(&mut self, node: NodeId, copy: MemoryStore, accepted_since: &[Uetr]) {
        self.faults.count(fired::OLD_COPY);
        if copy.epoch() < self.node(node).store().epoch() {
            self.faults.count(fired::OLD_COPY_OF_EPOCH);
        }
        self.say(node, || "its database is put back to an old copy".to_owned());
        self.node(node).put_back(copy);
        self.machine(node).was_put_back = true;
        self.checks.forgiven(accepted_since);
    }

    /// What a crash leaves of the signing record's unsynced bytes.
    fn tail(&mut self, node: NodeId) -> Tail {
        let (total, unsynced) = self.node(node).record_bytes();
        if unsynced == 0 {
            return Tail::Kept(0);
        }
        let kept = self.chance.below(unsynced as u64) as usize;
        let (name, tail) = match self.chance.below(3) {
            0 => (fired::RECORD_LOST, Tail::Kept(0)),
            1 => (fired::RECORD_REORDERED, zeroed(total, unsynced, kept)),
            _ => (fired::RECORD_TORN, Tail::Kept(kept)),
        };
        self.faults.count(name);
        tail
    }
}

/// The length reached the disk and some of the data did not: a disk writes whole sectors. At least
/// [`LEAST_ZEROS`] are missing, below which the record's reader cannot tell a crash from damage and
/// refuses to start.
fn zeroed(total: usize, unsynced: usize, kept: usize) -> Tail {
    let synced = total - unsynced;
    let sector = (synced + kept) / SECTOR * SECTOR;
    let fits = sector > synced && sector + LEAST_ZEROS <= total;
    Tail::Zeroed(if fits { sector - synced } else { 0 })
}
