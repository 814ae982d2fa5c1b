//! Wherever the machine stops, no two conflicting signatures come out.

use corridor_types::{Height, SignRequest, View};
use proptest::prelude::*;

use super::fixtures::*;
use crate::{MemoryDisk, MemoryFile, RecordError, Signer, Tail};

/// One thing that a node does with its signer.
#[derive(Debug, Clone)]
enum Step {
    Sign(Vec<SignRequest>),
    Prune(u64),
    Crash(Tail),
    /// The disk fails after so many operations; the process ends and starts again.
    Fail(u64),
}

/// Runs steps and keeps every signature that ever came out.
struct Run {
    disk: MemoryDisk,
    signer: Option<Signer<MemoryFile>>,
    out: Vec<SignRequest>,
    fails_after: Option<u64>,
}

impl Run {
    fn new() -> Self {
        let disk = MemoryDisk::new();
        let signer = Some(start(&disk));
        Self { disk, signer, out: vec![], fails_after: None }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Sign(requests) => self.sign(requests),
            Step::Prune(view) => self.prune(view),
            Step::Crash(tail) => self.restart(tail),
            Step::Fail(count) => {
                self.disk.fail_after(count);
                self.fails_after = Some(count);
            }
        }
    }

    fn restart(&mut self, tail: Tail) {
        self.signer = None;
        self.disk.crash(tail);
        self.fails_after = None;
        self.signer = Some(start(&self.disk));
    }

    fn sign(&mut self, requests: Vec<SignRequest>) {
        let answer = self.signer.as_mut().unwrap().sign_all(requests);
        match answer {
            Ok(answers) => self.out.extend(answers.iter().flatten().map(request_of)),
            Err(_) => self.ended(),
        }
    }

    fn prune(&mut self, view: u64) {
        if self.signer.as_mut().unwrap().prune(View(view), Height(view)).is_err() {
            self.ended();
        }
    }

    /// After an error the signer must stay dead; then the machine starts again with half the tail.
    fn ended(&mut self) {
        assert!(self.fails_after.is_some(), "the disk failed unasked");
        let again = self.signer.as_mut().unwrap().sign_all(vec![nullify(1)]);
        assert!(matches!(again, Err(RecordError::Poisoned { .. })));
        self.restart(Tail::Kept(self.disk.unsynced_bytes() / 2));
    }

    fn assert_no_conflict(&self) {
        for (position, a) in self.out.iter().enumerate() {
            for b in &self.out[..position] {
                assert!(!conflict(a, b), "both signed: {a:?} and {b:?}");
            }
        }
    }
}

fn start(disk: &MemoryDisk) -> Signer<MemoryFile> {
    let mut signer = open(disk);
    signer.compact_above(600);
    signer
}

/// A short life with every kind of request, the second half asking for what conflicts with the first.
fn life() -> Vec<Step> {
    let sign = |requests: &[SignRequest]| Step::Sign(requests.to_vec());
    vec![
        sign(&[notarize(1, 1), proposal(1, 1), batch(1, 0), outcome(1, 1)]),
        sign(&[finalize(1, 1), nullify(2)]),
        sign(&[batch(2, 0), outcome(2, 1), notarize(3, 1), proposal(3, 1)]),
        Step::Prune(2),
        sign(&[finalize(3, 1), batch(3, 0)]),
        Step::Prune(3),
        sign(&[outcome(3, 1), notarize(4, 1)]),
    ]
}

fn contrary_life() -> Vec<Step> {
    let sign = |requests: Vec<SignRequest>| Step::Sign(requests);
    let mut steps = vec![];
    for n in 1..=4 {
        steps.push(sign(vec![notarize(n, 2), proposal(n, 2), batch(n, 1), outcome(n, 2)]));
        steps.push(sign(vec![finalize(n, 2), nullify(n)]));
    }
    steps
}

#[test]
fn a_crash_at_every_operation_with_every_tail_gives_no_conflict() {
    let mut runs = 0;
    for failing in 0..24 {
        // Any length of the tail that stays, in steps that are prime to the records' lengths.
        for kept in (0..700).step_by(11) {
            for tail in [Tail::Kept(kept), Tail::Zeroed(kept)] {
                let mut run = Run::new();
                run.disk.fail_after(failing);
                let mut life = life().into_iter();
                let failed = life.any(|step| {
                    let signer = run.signer.as_mut().unwrap();
                    match step {
                        Step::Sign(requests) => match signer.sign_all(requests) {
                            Ok(answers) => run.out.extend(answers.iter().flatten().map(request_of)),
                            Err(_) => return true,
                        },
                        Step::Prune(view) => return signer.prune(View(view), Height(view)).is_err(),
                        _ => unreachable!(),
                    }
                    false
                });
                if !failed {
                    break;
                }
                reopen_or_zeros_within_a_sector(&mut run, tail);
                runs += 1;
            }
        }
    }
    assert!(runs > 1_000, "only {runs} crash points were tried");
}

/// Zeros that begin in the middle of a sector are no crash's doing; the file is refused then, which
/// is as safe. Everything else must open and then refuse whatever conflicts.
fn reopen_or_zeros_within_a_sector(run: &mut Run, tail: Tail) {
    run.signer = None;
    run.disk.crash(tail);
    let opened = Signer::open(run.disk.open().unwrap(), context(), key(1)).map(entered);
    match (opened, tail) {
        (Ok(signer), _) => run.signer = Some(signer),
        (Err(_), Tail::Zeroed(_)) => return,
        (Err(error), Tail::Kept(_)) => panic!("a file cut at its end was refused: {error}"),
    }
    contrary_life().into_iter().for_each(|step| run.step(step));
    run.assert_no_conflict();
}

#[test]
fn what_was_granted_before_a_crash_is_granted_after_it() {
    for kept in 0..300 {
        let disk = MemoryDisk::new();
        let mut signer = open(&disk);
        let before = sign(&mut signer, notarize(1, 1)).unwrap();
        disk.fail_after(1);
        assert!(signer.sign_all(vec![notarize(2, 1), proposal(2, 1)]).is_err(), "the sync was to fail");
        disk.crash(Tail::Kept(kept));
        let mut signer = open(&disk);
        assert_eq!(sign(&mut signer, notarize(1, 1)), Ok(before));
        assert!(sign(&mut signer, notarize(1, 2)).is_err());
    }
}

#[test]
fn a_tail_of_zeros_from_a_sector_on_is_dropped() {
    let disk = MemoryDisk::new();
    let mut signer = open(&disk);
    for view in 1..9 {
        sign(&mut signer, nullify(view)).unwrap();
    }
    let synced = disk.bytes().unwrap().len();
    disk.fail_after(1);
    assert!(signer.sign_all((9..40).map(nullify).collect()).is_err());
    let next_sector = synced.next_multiple_of(512) - synced;
    for kept in [0, next_sector, next_sector + 512] {
        let copy = MemoryDisk::with_bytes(disk.bytes().unwrap()[..synced].to_vec());
        let mut tail = disk.bytes().unwrap()[synced..].to_vec();
        tail[kept..].fill(0);
        let mut file = copy.open().unwrap();
        crate::RecordFile::append(&mut file, &tail).unwrap();
        drop(file);
        let signer = open(&copy);
        assert!(signer.dropped_bytes() > 0 && signer.votes_above(View(0)).len() >= 8, "kept {kept}");
    }
}

#[test]
fn an_idle_or_repeating_signer_writes_nothing() {
    let disk = MemoryDisk::new();
    let mut signer = open(&disk);
    sign(&mut signer, notarize(1, 1)).unwrap();
    let bytes = disk.bytes();
    disk.fail_after(0);
    let answers = signer.sign_all(vec![notarize(1, 1), acknowledgement(1), notarize(1, 2)]).unwrap();
    assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false]);
    signer.prune(View(1), Height(1)).unwrap();
    assert_eq!(disk.bytes(), bytes);
}

#[test]
fn compaction_keeps_the_file_small_and_the_record_whole() {
    let disk = MemoryDisk::new();
    let mut signer = start(&disk);
    for view in 1..500 {
        sign(&mut signer, notarize(view, 1)).unwrap();
        signer.prune(View(view), Height(view)).unwrap();
        assert!(sign(&mut signer, notarize(view, 2)).is_err(), "view {view} was forgotten");
    }
    assert!(disk.bytes().unwrap().len() < 800, "{} bytes", disk.bytes().unwrap().len());
}

fn any_request() -> impl Strategy<Value = SignRequest> {
    let (n, choice) = (1..5u64, 0..3u8);
    (0..7, n, choice).prop_map(|(kind, n, choice)| match kind {
        0 => proposal(n, u64::from(choice)),
        1 => notarize(n, choice),
        2 => nullify(n),
        3 => finalize(n, choice),
        4 => batch(n, choice),
        5 => outcome(n, choice),
        _ => acknowledgement(choice),
    })
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(any_request(), 1..5).prop_map(Step::Sign),
        1 => (0..5u64).prop_map(Step::Prune),
        1 => (0..400usize).prop_map(|kept| Step::Crash(Tail::Kept(kept))),
        1 => (0..4u64).prop_map(Step::Fail),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn no_two_conflicting_signatures_ever_come_out(steps in prop::collection::vec(any_step(), 1..40)) {
        let mut run = Run::new();
        steps.into_iter().for_each(|step| run.step(step));
        run.assert_no_conflict();
    }
}
