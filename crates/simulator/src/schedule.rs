//! When what goes wrong: everything is drawn from the seed before the run begins.
//!
//! A liar, a database put back to an earlier state and a calendar that jumps count against the same
//! budget, the `f` validators that the protocol tolerates; crashes, pauses and partitions do not,
//! because after them a validator goes on as if it had only been slow.

use std::collections::BTreeSet;

use crate::failing_disk::WriteFault;
use crate::faults::{FaultKind, Faults, fired};
use crate::links::{Cut, LinkFaults};
use crate::random::Chance;
use crate::roster::NodeId;

/// A blackout, in milliseconds.
const HOUR_MS: u64 = 3_600_000;
/// A shutdown, in milliseconds.
const DAY_MS: u64 = 24 * HOUR_MS;
/// Calendars of working time services differ by less than this, in milliseconds.
const SKEW_MAX_MS: u64 = 80;
/// The largest jump of a calendar, in milliseconds.
const JUMP_MAX_MS: u64 = 2 * HOUR_MS;
/// Seeds of a thousand that draw a kind of fault.
const USUAL_PER_MILLE: u64 = 450;
/// Of the two long outages: an hour of blackout costs as much as some ordinary runs.
const BLACKOUT_PER_MILLE: u64 = 10;
const SHUTDOWN_PER_MILLE: u64 = 50;
/// Of an operator's mistake, only by name: a vote or batch that a single peer saw can still be
/// contradicted by the other copy (docs/limits.md, "Signing and restarts").
const SECOND_COPY_PER_MILLE: u64 = 0;
/// Of clients and losses around a validator that leaves: each adds forty payments to the run.
const LEAVERS_PER_MILLE: u64 = 200;
/// Between two shakes of a copied institution's links, in milliseconds.
const SHAKE_MIN_MS: u64 = 50;
const SHAKE_MAX_MS: u64 = 1_500;

/// How a machine stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Now, between two drives.
    Idle,
    /// At its next write.
    AtWrite(WriteFault),
    /// At its next write that ends an epoch.
    AtBoundary(WriteFault),
    /// After the writes of its next drive that sends something.
    BeforeSending,
    /// When its signing record fails after so many operations.
    Record(u64),
}

/// Something that goes wrong at a moment.
#[derive(Debug, Clone)]
pub(crate) enum Calamity {
    /// A machine stops, and starts again later.
    Crash { node: NodeId, manner: Manner },
    /// A process stands still.
    Pause { node: NodeId, for_ms: u64 },
    /// From now on its writes take up to so long; zero: they are fast again.
    SlowDisk { node: NodeId, up_to_ms: u64 },
    /// Its calendar is set.
    Calendar { node: NodeId, skew_ms: i64 },
    /// Links are cut, all others work.
    Cut { cut: Cut, noticed: bool, name: &'static str },
    /// Its database is copied.
    Copy { node: NodeId },
    /// It stops, and its database is put back to the copy.
    PutBack { node: NodeId },
    /// Its data folder is copied, and the copy runs, too.
    SecondCopy { node: NodeId },
    /// Some links of an institution whose data was copied go down for a moment.
    Shake { node: NodeId },
    /// It is off for long.
    Off { node: NodeId, until_ms: u64 },
    /// Every message is lost.
    Blackout,
    /// All machines are off.
    Shutdown { until_ms: u64 },
    /// All faults are over.
    Heal,
}

/// Everything that goes wrong in a run.
#[derive(Debug)]
pub(crate) struct Schedule {
    /// Links until they heal.
    pub links: LinkFaults,
    /// How far each machine's calendar is ahead at first, in milliseconds.
    pub skews_ms: Vec<i64>,
    /// When each machine starts for the first time, in milliseconds.
    pub late_ms: Vec<u64>,
    /// Who begins with a snapshot.
    pub from_snapshot: Vec<NodeId>,
    /// When who makes a snapshot.
    pub snapshots: Vec<(u64, NodeId)>,
    /// How often the central bank changes its validators.
    pub decisions: u64,
    /// Finalize votes for an epoch's last block are lost.
    pub loses_boundary_votes: bool,
    /// Who leaves the set is cut off meanwhile.
    pub cuts_off_leavers: bool,
    /// Honest validators that count like liars.
    pub impaired: Vec<NodeId>,
    /// What happens, by simulated time in milliseconds.
    pub calamities: Vec<(u64, Calamity)>,
    /// When all faults are over, in milliseconds.
    pub heal_ms: u64,
}

/// What a schedule is drawn for.
#[derive(Debug)]
pub(crate) struct Cast<'a> {
    /// All machines, by number.
    pub nodes: &'a [NodeId],
    /// The honest validators of the beginning.
    pub honest: &'a [NodeId],
    /// Those that are no validators at first.
    pub observers: &'a [NodeId],
    /// How many honest validators may be impaired like a liar.
    pub budget: usize,
    /// Until when ordinary faults happen, in milliseconds.
    pub faulty_ms: u64,
}

struct Drawing<'a> {
    cast: &'a Cast<'a>,
    kinds: BTreeSet<FaultKind>,
    chance: &'a mut Chance,
    calamities: Vec<(u64, Calamity)>,
    /// Honest machines that may still be impaired like a liar.
    impairable: Vec<NodeId>,
}

/// Draws a schedule.
pub(crate) fn draw(faults: &Faults, cast: &Cast<'_>, chance: &mut Chance) -> Schedule {
    let kinds = match faults {
        Faults::Only(kinds) => kinds.clone(),
        Faults::Mixed => FaultKind::ALL.iter().copied().filter(|kind| chance.happens(likelihood(*kind))).collect(),
    };
    let impairable = chance.some(cast.honest, cast.budget);
    let impaired = impairable.clone();
    let mut drawing = Drawing { cast, kinds, chance, calamities: Vec::new(), impairable };
    let links = drawing.links();
    let skews_ms = drawing.skews();
    drawing.partitions();
    drawing.machines();
    drawing.calendars();
    drawing.old_copy();
    drawing.second_copy();
    let (late_ms, from_snapshot) = drawing.joiners();
    let snapshots = drawing.snapshots();
    let decisions = drawing.churn();
    let heal_ms = drawing.outages();
    drawing.calamities.push((heal_ms, Calamity::Heal));
    let loses_boundary_votes = drawing.has(FaultKind::BoundaryVotes);
    let cuts_off_leavers = drawing.has(FaultKind::Leavers);
    let calamities = drawing.calamities;
    Schedule {
        links,
        skews_ms,
        late_ms,
        from_snapshot,
        snapshots,
        decisions,
        loses_boundary_votes,
        cuts_off_leavers,
        impaired,
        calamities,
        heal_ms,
    }
}

const fn likelihood(kind: FaultKind) -> u64 {
    match kind {
        FaultKind::Blackout => BLACKOUT_PER_MILLE,
        FaultKind::Shutdown => SHUTDOWN_PER_MILLE,
        FaultKind::SecondCopy => SECOND_COPY_PER_MILLE,
        FaultKind::Leavers => LEAVERS_PER_MILLE,
        _ => USUAL_PER_MILLE,
    }
}

impl Drawing<'_> {
    fn has(&self, kind: FaultKind) -> bool {
        self.kinds.contains(&kind)
    }

    fn moment(&mut self) -> u64 {
        self.chance.between(100, self.cast.faulty_ms - 1)
    }

    fn push(&mut self, at_ms: u64, calamity: Calamity) {
        self.calamities.push((at_ms, calamity));
    }

    fn somebody(&mut self) -> NodeId {
        self.chance.pick(self.cast.nodes).copied().unwrap_or(NodeId(0))
    }

    fn links(&mut self) -> LinkFaults {
        let mut links = LinkFaults::GOOD;
        if self.has(FaultKind::Loss) {
            links.loss_per_mille = self.chance.between(10, 150);
        }
        if self.has(FaultKind::Duplication) {
            links.duplicate_per_mille = self.chance.between(10, 100);
        }
        if self.has(FaultKind::Delay) {
            links.delay_max_ms = self.chance.between(10, 400);
        }
        links
    }

    fn skews(&mut self) -> Vec<i64> {
        let most = if self.has(FaultKind::Calendars) { SKEW_MAX_MS } else { 0 };
        let signed = |value: u64| i64::try_from(value).unwrap_or_default();
        self.cast.nodes.iter().map(|_| signed(self.chance.below(2 * most + 1)) - signed(most)).collect()
    }

    fn partitions(&mut self) {
        if !self.has(FaultKind::Partitions) {
            return;
        }
        let mut at = self.moment();
        let mut before = false;
        while at < self.cast.faulty_ms {
            let one_way = self.chance.happens(400);
            let name = match (before, one_way) {
                (true, _) => fired::PARTITION_CHANGED,
                (false, true) => fired::PARTITION_ONE_WAY,
                (false, false) => fired::PARTITION,
            };
            let (cut, noticed) = (self.cut(one_way), self.chance.happens(300));
            self.push(at, Calamity::Cut { cut, noticed, name });
            at += self.chance.between(100, 2_500);
            before = self.chance.happens(500);
            if !before {
                self.push(at, Calamity::Cut { cut: Cut::new(), noticed, name: "" });
                at += self.chance.between(100, 2_000);
            }
        }
    }

    /// Splits the machines into two groups by chance.
    fn cut(&mut self, one_way: bool) -> Cut {
        let count = self.chance.between(1, (self.cast.nodes.len() as u64).div_ceil(2)) as usize;
        let apart: BTreeSet<_> = self.chance.some(self.cast.nodes, count).into_iter().collect();
        let others = self.cast.nodes.iter().filter(|node| !apart.contains(node));
        let pairs = others.flat_map(|other| apart.iter().map(|inside| (*inside, *other)));
        let outwards = self.chance.happens(500);
        let directed = |(inside, other)| match (one_way, outwards) {
            (false, _) => vec![(inside, other), (other, inside)],
            (true, true) => vec![(inside, other)],
            (true, false) => vec![(other, inside)],
        };
        pairs.flat_map(directed).collect()
    }

    fn machines(&mut self) {
        let times = |drawing: &mut Self, kind| if drawing.has(kind) { drawing.chance.between(1, 5) } else { 0 };
        for _ in 0..times(self, FaultKind::Crashes) {
            let manners = [
                Manner::Idle,
                Manner::AtWrite(WriteFault::StopBefore),
                Manner::AtWrite(WriteFault::StopAfter),
                Manner::BeforeSending,
            ];
            let manner = *self.chance.pick(&manners).unwrap_or(&Manner::Idle);
            self.crash(manner);
        }
        for _ in 0..times(self, FaultKind::Records) {
            let manner = Manner::Record(self.chance.below(2));
            self.crash(manner);
        }
        for _ in 0..times(self, FaultKind::FailingDisks).min(2) {
            self.crash(Manner::AtWrite(WriteFault::Refuse));
        }
        for _ in 0..times(self, FaultKind::Pauses).min(3) {
            let (at, node, for_ms) = (self.moment(), self.somebody(), self.chance.between(100, 4_000));
            self.push(at, Calamity::Pause { node, for_ms });
        }
        for _ in 0..times(self, FaultKind::SlowDisks).min(2) {
            let (at, node, up_to_ms) = (self.moment(), self.somebody(), self.chance.between(5, 400));
            self.push(at, Calamity::SlowDisk { node, up_to_ms });
        }
    }

    fn crash(&mut self, manner: Manner) {
        let (at, node) = (self.moment(), self.somebody());
        self.push(at, Calamity::Crash { node, manner });
    }

    fn calendars(&mut self) {
        if !self.has(FaultKind::Calendars) {
            return;
        }
        let Some(node) = self.impairable.last().copied() else { return };
        for _ in 0..self.chance.between(1, 3) {
            let at = self.moment();
            let size = i64::try_from(self.chance.between(1_000, JUMP_MAX_MS)).unwrap_or_default();
            let skew_ms = if self.chance.happens(500) { size } else { -size };
            self.push(at, Calamity::Calendar { node, skew_ms });
        }
    }

    fn old_copy(&mut self) {
        if !self.has(FaultKind::OldCopies) {
            return;
        }
        let Some(node) = self.impairable.pop() else { return };
        let (one, other) = (self.moment(), self.moment());
        self.push(one.min(other), Calamity::Copy { node });
        self.push(one.max(other), Calamity::PutBack { node });
    }

    fn second_copy(&mut self) {
        if !self.has(FaultKind::SecondCopy) {
            return;
        }
        let Some(node) = self.impairable.pop() else { return };
        let mut at = self.chance.between(100, self.cast.faulty_ms / 3);
        self.push(at, Calamity::SecondCopy { node });
        while at < self.cast.faulty_ms {
            at += self.chance.between(SHAKE_MIN_MS, SHAKE_MAX_MS);
            self.push(at.min(self.cast.faulty_ms - 1), Calamity::Shake { node });
        }
    }

    /// When machines start, and who of them wants a snapshot: some observers join late.
    fn joiners(&mut self) -> (Vec<u64>, Vec<NodeId>) {
        let (mut late_ms, mut from_snapshot) = (vec![0; self.cast.nodes.len()], Vec::new());
        for node in self.cast.observers {
            if self.chance.happens(700) {
                late_ms[usize::from(node.0)] = self.chance.between(500, self.cast.faulty_ms * 4 / 5);
                if self.chance.happens(600) {
                    from_snapshot.push(*node);
                }
            }
        }
        (late_ms, from_snapshot)
    }

    fn snapshots(&mut self) -> Vec<(u64, NodeId)> {
        let makers = if self.cast.observers.is_empty() { &[] } else { self.cast.honest };
        let mut made = Vec::new();
        for node in makers {
            // No more than a node keeps: none is withdrawn from who is fetching it.
            let times = self.chance.between(0, 2);
            made.extend((0..times).map(|_| (self.moment(), *node)));
        }
        made
    }

    /// How often the central bank thinks about its validators; and what strikes meanwhile.
    fn churn(&mut self) -> u64 {
        if !self.has(FaultKind::Churn) {
            return 0;
        }
        for _ in 0..self.chance.between(0, 3) {
            let faults = [WriteFault::StopBefore, WriteFault::StopAfter];
            let fault = *self.chance.pick(&faults).unwrap_or(&WriteFault::StopBefore);
            self.crash(Manner::AtBoundary(fault));
        }
        if self.chance.happens(500) {
            let (at, node) = (self.moment(), self.somebody());
            let until_ms = at + self.chance.between(1_000, self.cast.faulty_ms);
            self.push(at, Calamity::Off { node, until_ms });
        }
        self.chance.between(2, 6)
    }

    /// The long outages come last. Returns when everything is over.
    fn outages(&mut self) -> u64 {
        let mut now = self.cast.faulty_ms;
        if self.has(FaultKind::Blackout) {
            self.push(now, Calamity::Blackout);
            now += HOUR_MS;
        }
        if self.has(FaultKind::Shutdown) {
            self.push(now, Calamity::Shutdown { until_ms: now + DAY_MS });
            now += DAY_MS;
        }
        now
    }
}
