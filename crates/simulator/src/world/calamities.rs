//! What strikes: the schedule's calamities, and the moment when all of them are over.

use super::{Event, LOOK_EVERY_MS, World};
use crate::faults::fired;
use crate::links::Cut;
use crate::roster::NodeId;
use crate::schedule::{Calamity, Manner};

/// Calendars that differ by at least this are counted as jumped: validators accept half a second.
const JUMP_LEAST_MS: u64 = 500;

impl World {
    pub(super) fn count_skews(&mut self, skews_ms: &[i64]) {
        skews_ms.iter().filter(|skew| **skew != 0).for_each(|_| self.faults.count(fired::CALENDAR_SKEW));
    }

    pub(super) fn strike(&mut self, calamity: Calamity) {
        self.say(NodeId(0), || format!("-- {calamity:?}"));
        match calamity {
            Calamity::Crash { node, manner } => self.doom(node, manner),
            Calamity::Pause { node, for_ms } => {
                if self.is_up(node) {
                    self.faults.count(fired::PAUSE);
                    let until = (self.now_ms + for_ms).min(self.heal_ms);
                    self.occupy(node, until);
                }
            }
            Calamity::SlowDisk { node, up_to_ms } => self.machine(node).slow_up_to_ms = up_to_ms,
            Calamity::Calendar { node, skew_ms } => self.set_calendar(node, skew_ms),
            Calamity::Cut { cut, noticed, name } => {
                if !name.is_empty() {
                    self.faults.count(name);
                }
                self.cut(cut, noticed);
            }
            Calamity::Copy { node } => {
                let copy = self.node(node).store().clone();
                self.machine(node).copy = Some(copy);
            }
            Calamity::PutBack { node } => self.put_back_now(node),
            Calamity::SecondCopy { node } => self.start_copy(node),
            Calamity::Shake { node } => self.shake(node),
            Calamity::Off { node, until_ms } => {
                self.machine(node).off_until_ms = until_ms;
                self.crash(node, "is off for long");
            }
            Calamity::Blackout => {
                self.faults.count(fired::BLACKOUT);
                self.links.set_dark(true);
            }
            Calamity::Shutdown { until_ms } => self.shut_down(until_ms),
            Calamity::Heal => self.heal(),
        }
    }

    fn doom(&mut self, node: NodeId, manner: Manner) {
        if !self.is_up(node) {
            return;
        }
        match manner {
            Manner::Idle => {
                self.faults.count(fired::CRASH_IDLE);
                self.crash(node, fired::CRASH_IDLE);
            }
            Manner::AtWrite(fault) => self.node(node).arm(fault),
            Manner::AtBoundary(fault) => self.node(node).arm_boundary(fault),
            Manner::BeforeSending => self.machine(node).dies_before_sending = true,
            Manner::Record(operations) => self.node(node).arm_record(operations),
        }
    }

    fn set_calendar(&mut self, node: NodeId, skew_ms: i64) {
        if skew_ms.unsigned_abs() >= JUMP_LEAST_MS {
            self.faults.count(fired::CALENDAR_JUMP);
        }
        self.node(node).set_skew(skew_ms);
    }

    /// Replaces the cut. Where a cut is noticed, connections end and come back.
    fn cut(&mut self, cut: Cut, noticed: bool) {
        self.disturbed_by_cut(&cut);
        self.links.set_cut(cut, noticed);
        self.relink();
    }

    fn put_back_now(&mut self, node: NodeId) {
        if let Some(copy) = self.machine(node).copy.take() {
            if self.is_up(node) {
                self.machine(node).copy = Some(copy);
                self.machine(node).puts_back = true;
                self.crash(node, "to be put back");
            } else {
                let accepted = std::mem::take(&mut self.machine(node).accepted_since_copy);
                self.put_back(node, copy, &accepted);
            }
        }
    }

    fn shut_down(&mut self, until_ms: u64) {
        self.faults.count(fired::SHUTDOWN);
        for node in self.roster.nodes() {
            self.machine(node).off_until_ms = until_ms;
            self.crash(node, fired::SHUTDOWN);
        }
    }

    /// All faults are over: links and calendars are good, everybody is up; a probe payment follows.
    fn heal(&mut self) {
        self.cut(Cut::new(), false);
        self.links.heal();
        self.boundary.heal();
        self.stop_copies();
        for node in self.roster.nodes() {
            self.machine(node).off_until_ms = 0;
            self.machine(node).slow_up_to_ms = 0;
            self.machine(node).dies_before_sending = false;
            self.node(node).disarm();
            self.node(node).set_skew(0);
            self.plan(self.now_ms, Event::Start { node });
        }
        self.plan(self.now_ms + LOOK_EVERY_MS, Event::Look);
    }
}
