//! A fixed set of simulated runs: every fault, every liar, and both together. Longer campaigns are
//! the command `corridor-sim run`.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;

use corridor_simulator::attackers::AttackerKind;
use corridor_simulator::checks::property;
use corridor_simulator::faults::{FaultKind, Faults, fired};
use corridor_simulator::{Byzantine, Report, Setup, Tally, run};

/// A shorter run than a campaign's.
fn short(seed: u64) -> Setup {
    Setup { payments: 10, faulty_ms: 2_500, ..Setup::new(seed) }
}

fn mixed(seed: u64) -> Setup {
    Setup { faults: Faults::Mixed, byzantine: Byzantine::UpToMost, ..short(seed) }
}

/// Runs a setup in which nothing may be broken.
fn check(setup: &Setup) -> Report {
    let report = run(setup);
    assert_eq!(report.violations, vec![], "{setup:?}");
    assert!(report.counts.settled_blocks > 0, "nothing was settled: {setup:?}");
    report
}

/// Runs some seeds of one kind of fault and returns what fired.
fn faults(kind: FaultKind, seeds: std::ops::Range<u64>) -> Tally {
    let mut fired = Tally::default();
    for seed in seeds {
        fired.add(&check(&Setup { faults: Faults::one(kind), ..short(seed) }).faults);
    }
    fired
}

fn check_fired(kind: FaultKind, seeds: std::ops::Range<u64>, expected: &[&'static str]) {
    let fired = faults(kind, seeds);
    for name in expected {
        assert!(fired.of(name) > 0, "{kind:?}: {name} never fired; {fired:?}");
    }
}

#[test]
fn honest_validators_on_a_good_network_settle_everything() {
    for validators in [4, 7, 10] {
        let report = check(&Setup { validators, ..Setup::new(1) });
        assert!(report.counts.accepted > 20, "{:?}", report.counts);
        assert!(report.counts.recovered_ms <= 500, "{:?}", report.counts);
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let setup = mixed(11);
    let (first, second) = (run(&setup), run(&setup));
    assert_eq!(first, second);
    assert_ne!(first.trace, run(&Setup { seed: 12, ..setup.clone() }).trace);
    let readable = run(&Setup { readable: true, ..setup });
    assert_eq!(readable.trace, first.trace, "a readable trace changes nothing");
    assert!(readable.lines.len() > 100);
}

#[test]
fn links_lose_double_delay_and_reorder() {
    check_fired(FaultKind::Loss, 0..2, &[fired::LOSS]);
    check_fired(FaultKind::Duplication, 0..2, &[fired::DUPLICATION]);
    check_fired(FaultKind::Delay, 0..2, &[fired::DELAY, fired::REORDERING]);
}

#[test]
fn partitions_of_every_shape() {
    let shapes = [fired::PARTITION, fired::PARTITION_ONE_WAY, fired::PARTITION_CHANGED, fired::LOST_AT_CUT];
    check_fired(FaultKind::Partitions, 0..8, &shapes);
}

#[test]
fn crashes_at_every_point_of_a_drive() {
    let points = [fired::CRASH_IDLE, fired::CRASH_BEFORE_WRITE, fired::CRASH_AFTER_WRITE, fired::CRASH_BEFORE_SEND];
    check_fired(FaultKind::Crashes, 0..8, &points);
}

#[test]
fn the_signing_record_is_torn_lost_and_reordered() {
    let ways = [fired::RECORD_FAILED, fired::RECORD_TORN, fired::RECORD_LOST, fired::RECORD_REORDERED];
    check_fired(FaultKind::Records, 0..8, &ways);
}

#[test]
fn disks_are_slow_or_fail() {
    check_fired(FaultKind::SlowDisks, 0..3, &[fired::SLOW_DISK]);
    check_fired(FaultKind::FailingDisks, 0..3, &[fired::FAILING_DISK]);
}

#[test]
fn calendars_jump_and_processes_pause() {
    check_fired(FaultKind::Calendars, 0..4, &[fired::CALENDAR_JUMP, fired::CALENDAR_SKEW]);
    check_fired(FaultKind::Pauses, 0..3, &[fired::PAUSE]);
}

#[test]
fn a_database_is_put_back_to_an_old_copy() {
    check_fired(FaultKind::OldCopies, 0..8, &[fired::OLD_COPY]);
}

#[test]
fn after_an_old_copy_nothing_is_accepted_that_could_not_be_signed() {
    // Each of these lost a payment while a lane was taken for whole before it was executed.
    let kinds = [FaultKind::OldCopies, FaultKind::Delay, FaultKind::Loss, FaultKind::Partitions];
    for seed in [0, 17, 76, 87] {
        let report = check(&Setup { faults: Faults::Only(BTreeSet::from(kinds)), ..Setup::new(seed) });
        assert_eq!(report.faults.of(fired::OLD_COPY), 1);
    }
}

#[test]
fn everything_is_lost_for_an_hour_and_off_for_a_day() {
    let setup = |kind, seed| Setup { faults: Faults::one(kind), ..short(seed) };
    let blackout = check(&setup(FaultKind::Blackout, 0));
    assert!(blackout.counts.simulated_ms > 3_600_000 && blackout.faults.of(fired::LOST_IN_BLACKOUT) > 1_000);
    let shutdown = check(&setup(FaultKind::Shutdown, 0));
    assert!(shutdown.counts.simulated_ms > 86_400_000 && shutdown.faults.of(fired::SHUTDOWN) == 1);
}

#[test]
fn every_liar_alone_changes_nothing_and_did_lie() {
    for kind in AttackerKind::ALL.iter().copied() {
        let mut did = Tally::default();
        for seed in 0..2 {
            let setup = Setup { byzantine: Byzantine::Exactly(1), attackers: vec![kind], ..short(seed) };
            did.add(&check(&setup).attacks);
        }
        assert!(did.iter().any(|(what, _)| what.starts_with(kind.name())), "{} did nothing: {did:?}", kind.name());
    }
}

#[test]
fn every_liar_under_loss_partitions_and_crashes() {
    let kinds = [FaultKind::Loss, FaultKind::Delay, FaultKind::Partitions, FaultKind::Crashes];
    let faults = Faults::Only(BTreeSet::from(kinds));
    for (seed, kind) in (100..).zip(AttackerKind::ALL.iter().copied()) {
        let (byzantine, faults) = (Byzantine::Exactly(1), faults.clone());
        check(&Setup { byzantine, faults, attackers: vec![kind], ..short(seed) });
    }
}

#[test]
fn everything_at_once() {
    for seed in 1_000..1_020 {
        check(&mixed(seed));
    }
    for (seed, validators) in [(1_100, 7), (1_101, 7), (1_102, 10)] {
        check(&Setup { validators, ..mixed(seed) });
    }
}

#[test]
fn an_equivocator_leaves_evidence() {
    let attackers = vec![AttackerKind::Equivocator];
    let report = check(&Setup { byzantine: Byzantine::Exactly(1), attackers, ..Setup::new(5) });
    assert!(report.counts.evidence > 0, "{:?}", report.counts);
}

#[test]
fn no_time_to_recover_is_a_violation_of_progress() {
    // The checkers are awake: with no time to recover, the probe cannot be settled.
    let report = run(&Setup { recover_ms: 0, ..Setup::new(5) });
    assert_eq!(report.violations.first().map(|violation| violation.checker), Some(property::PROGRESS));
}

#[test]
fn validators_come_and_go() {
    let expected = [fired::EPOCH, fired::ADDED, fired::REMOVED, fired::ROTATED, fired::WEIGHED];
    check_fired(FaultKind::Churn, 0..12, &expected);
}

#[test]
fn nodes_join_late_by_blocks_and_by_snapshots() {
    let mut fired = Tally::default();
    for seed in 0..12 {
        let kinds = [FaultKind::Churn, FaultKind::Delay];
        let faults = Faults::Only(BTreeSet::from(kinds));
        fired.add(&check(&Setup { faults, ..Setup::new(seed) }).faults);
    }
    assert!(fired.of(fired::JOINED_LATE) > fired.of(fired::JOINED_BY_SNAPSHOT), "{fired:?}");
    assert!(fired.of(fired::JOINED_BY_SNAPSHOT) > 0, "{fired:?}");
}

#[test]
fn epochs_end_under_crashes_old_copies_and_liars() {
    let kinds = [FaultKind::Churn, FaultKind::Crashes, FaultKind::OldCopies, FaultKind::Loss, FaultKind::Partitions];
    let mut fired = Tally::default();
    for seed in 0..16 {
        let (faults, byzantine) = (Faults::Only(BTreeSet::from(kinds)), Byzantine::UpToMost);
        fired.add(&check(&Setup { faults, byzantine, ..Setup::new(seed) }).faults);
    }
    assert!(fired.of(fired::EPOCH) > 0 && fired.of(fired::OLD_COPY) > 0, "{fired:?}");
}

#[test]
fn two_live_copies_of_a_data_folder_never_contradict_each_other() {
    let (mut races, mut votes) = (0, 0);
    for seed in 0..12 {
        let faults = Faults::one(FaultKind::SecondCopy);
        let report = check(&Setup { faults, faulty_ms: 12_000, payments: 8, ..Setup::new(seed) });
        (races, votes) = (races + report.counts.races, votes + report.counts.votes_of_copies);
    }
    assert!(races > 50 && votes > 0, "{races} races, {votes} votes");
}

/// A batch was signed before a crash and never sent, and a copy signed another at its place.
#[test]
fn nobody_accuses_itself_of_what_never_left_its_disk() {
    let faults = Faults::Only(BTreeSet::from([FaultKind::SecondCopy, FaultKind::Crashes, FaultKind::Loss]));
    check(&Setup { faults, byzantine: Byzantine::Exactly(0), ..Setup::new(4) });
}

#[test]
fn a_restarted_validator_whose_view_ran_out_while_it_watched_gives_up_on_it() {
    // Each of these stood still for ever: the patience of a restarted engine had run out in silence.
    for seed in [1, 11, 33] {
        check(&Setup { faults: Faults::one(FaultKind::Crashes), payments: 10, ..Setup::new(seed) });
    }
}

/// Campaign runs that once fell short, as `corridor-sim run --seeds N` plays them.
#[test]
fn seeds_that_once_fell_short() {
    let cases = [
        // A validator that left got no acknowledgement, so it sent but one burst of its last batches per
        // block, and the epoch in which they could be ordered ended before the last of them was sent.
        (30_039, 10),
        // A joiner waited for the snapshot of a liar that never gave it, though there were blocks.
        (31_180, 4),
        // A draft of an epoch long past was neither signed nor dropped, and its lane stayed closed.
        (31_295, 10),
        // The author's disk and one peer lost a batch that the two others stood by: no place was proven.
        (770, 4),
        // A validator that was silent after a restart when it left had no author to deliver its lane.
        (1_155, 7),
        // A liar named a view of a restarted validator's, which kept silent until there would be work.
        (3_007, 10),
        // The simulator told a machine that a link came up, and then that it had gone down before.
        (4_678, 4),
    ];
    for (seed, validators) in cases {
        let faults = Faults::Mixed;
        check(&Setup { validators, faults, byzantine: Byzantine::UpToMost, ..Setup::new(seed) });
    }
}

#[test]
fn blocks_that_come_after_an_epochs_end_change_nothing() {
    let mut fired = Tally::default();
    for seed in 0..4 {
        let faults = Faults::Only(BTreeSet::from([FaultKind::Churn, FaultKind::BoundaryVotes]));
        fired.add(&check(&Setup { faults, ..Setup::new(seed) }).faults);
    }
    assert!(fired.of(fired::BOUNDARY_VOTE) > 0 && fired.of(fired::EPOCH) > 0, "{fired:?}");
}
