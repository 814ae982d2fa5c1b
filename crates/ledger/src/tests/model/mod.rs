//! A second ledger, as naive as it can be, beside the real one under random traffic: plain maps,
//! every sum counted anew, signed numbers. It is written from what the objects' documentation says,
//! and shares no code with the rules. Entries, balances, statuses and counts must agree to the last
//! after every block; what the pass at the end of a block settles is checked against what it
//! promises. Validators and nodes have a model of their own, in `tests/governance.rs`.

mod answers;
mod block;
mod compare;
mod lifecycle;
mod pass;
mod payments;
mod refunds;
mod regimes;
mod registry;
mod signatures;
mod state;
mod traffic;

use corridor_types::operations::PaymentStep;
use corridor_types::persist::Change;
use corridor_types::{
    AccountEntry, Code, EntryKind, Genesis, IdentifiedTransaction, KeyEntry, KeyRole, Operation, ParticipantId,
    ParticipantKind, PaymentStatus, Timestamp,
};

use super::world::{self, BANK_C, BRL, CENTRAL_DE, EUR, START};
use crate::limits::Limits;
use crate::snapshot::{SnapshotReader, SnapshotWriter, in_order};
use crate::{BlockContext, Ledger, PaymentEvent, transition};
use compare::{Followed, Reached, compare_entries, compare_states};
use state::Model;
use traffic::Traffic;

/// The world of the other tests with a fourth bank and licensing authorities of three countries.
/// Half of the institutions have two governors.
fn genesis() -> Genesis {
    use ParticipantKind::{Bank, LicensingAuthority};
    let mut genesis = world::genesis();
    let more = [
        ("AUDE", "DE", LicensingAuthority, 0),
        ("AUBR", "BR", LicensingAuthority, 1),
        ("BNKD", "BR", Bank, 1),
        ("AUFR", "FR", LicensingAuthority, 0),
    ];
    let rows = (genesis.participants.len()..).zip(more);
    genesis.participants.extend(rows.map(|(number, row)| world::participant(number, row)));
    for (id, entry) in (0u32..).map(ParticipantId).zip(&mut genesis.participants).step_by(2) {
        let key = world::secret(id, KeyRole::Governance, 1).public_key();
        entry.keys.push(KeyEntry { key, role: KeyRole::Governance });
    }
    let bank_d = ParticipantId(8);
    let accounts = [(bank_d, BRL), (bank_d, EUR), (BANK_C, BRL), (CENTRAL_DE, EUR)];
    genesis.accounts.extend(accounts.map(|(owner, asset)| AccountEntry { owner, asset }));
    genesis
}

/// Bounds that the traffic reaches.
const BOUNDS: Limits = Limits {
    participants: 16,
    programmes: 4,
    accounts: 14,
    clients: 60,
    open_payments: 60,
    open_payments_per_agent: 25,
    expiries_per_block: 2,
    licences: 14,
    quotes: 12,
    quotes_per_maker: 5,
    limits: 6,
    refunds: 40,
    ..Limits::PROTOCOL
};

/// Failing seeds after which a run stops.
const MAX_FAILED: usize = 12;

/// Every so many seeds the records go through a snapshot too, which costs more than a run.
const SNAPSHOT_EVERY: u64 = 16;

/// Blocks of one run.
const BLOCKS: usize = 150;

/// One run: traffic, model and ledger.
struct Run {
    seed: u64,
    traffic: Traffic,
    model: Model,
    ledger: Ledger,
    followed: Followed,
}

/// Names the seed and the block of a run that fails, and what it did last.
struct Failing<'a>(u64, usize, &'a [IdentifiedTransaction]);

impl Drop for Failing<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self(seed, block, items) = self;
            eprintln!("seed {seed}, block {block}:");
            for item in *items {
                eprintln!("  {} {:?}", item.transaction.participant, item.transaction.operation);
            }
        }
    }
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut ledger = Ledger::genesis(&genesis()).unwrap();
        ledger.state.bounds = BOUNDS;
        let (traffic, model) = (Traffic::new(seed, START), Model::new(&genesis(), BOUNDS));
        Self { seed, traffic, model, ledger, followed: Followed::default() }
    }

    fn block(&mut self, number: usize, reached: &mut Reached) {
        let (time, items) = match number {
            0 => (START, self.traffic.beginning(&self.model)),
            _ => self.traffic.block(&self.model),
        };
        let failing = Failing(self.seed, number, &items);
        let height = self.ledger.height().next();
        let digest = corridor_crypto::Digest::of(corridor_crypto::Domain::Block, &height.0.to_be_bytes());
        let (epoch, next_validators) = (self.ledger.epoch(), self.ledger.validators().digest());
        let advice = self.advice(&items, time);
        let context = BlockContext { epoch, height, time, digest, next_validators };
        let executed = self.ledger.execute(&context, &items).unwrap();
        let bookings = |model: &Model| model.accounts.iter().map(|account| account.bookings).sum::<u64>();
        let before = bookings(&self.model);
        let said = self.model.block(time, &items);
        compare_entries(&executed.entries, &said);
        let booked = usize::try_from(bookings(&self.model) - before).unwrap();
        reached.rounds += self.model.pass(&executed.entries[said.len()..], &executed.movements[booked..]);
        self.model.said.clear();
        compare_states(&self.model, &self.ledger);
        self.followed.follow(&executed, &self.ledger, reached);
        if let Some(advice) = advice.filter(|_| executed.entries.len() == 1) {
            assert_eq!(advice, executed.entries[0].code, "what the check ahead of time said");
        }
        reached.operations += items.len();
        drop(failing);
    }

    /// What the check ahead of time says of a block of one operation.
    fn advice(&self, items: &[IdentifiedTransaction], time: Timestamp) -> Option<Code> {
        let [item] = items else { return None };
        let operation = &item.transaction.operation;
        // Answers are decided one by one; what lapses in this block is still there before it.
        let several = matches!(
            operation,
            Operation::Payment { step: PaymentStep::Attest { .. }, .. }
                | Operation::Payment { step: PaymentStep::Reject { .. }, .. }
                | Operation::PayTogether { .. }
        );
        let lapses = self.model.quotes.iter().any(|quote| quote.quote.valid_until <= time)
            || self.model.motions.iter().any(|motion| motion.closes <= time);
        let repeated = operation.reference().is_some_and(|reference| self.model.used.contains_key(&reference));
        let asked = !several && !lapses && !repeated;
        asked.then(|| self.ledger.check(&item.transaction, time).map_or_else(|refusal| refusal.code, |()| Code::Ok))
    }

    /// The ledger counts everything anew, and one restored from its records is the ledger. What a
    /// snapshot gives are these records.
    fn check_whole(&mut self) {
        let _failing = Failing(self.seed, usize::MAX, &[]);
        self.ledger.audit().unwrap();
        if self.seed.is_multiple_of(SNAPSHOT_EVERY) {
            assert!(through_snapshot(&genesis(), &self.ledger).into_iter().eq(self.ledger.records()));
        }
        let mut restored = Ledger::restore(&genesis(), self.ledger.records()).unwrap();
        assert_eq!(restored.roots(), self.ledger.roots());
        assert!(restored.records().eq(self.ledger.records()));
        restored.state.bounds = BOUNDS;
        self.ledger = restored;
    }
}

/// The records as a peer gets them, chunk by chunk.
pub(crate) fn through_snapshot(genesis: &Genesis, ledger: &Ledger) -> Vec<Change> {
    let mut chunks = Vec::new();
    let mut writer = SnapshotWriter::new(genesis, |_, bytes| chunks.push(bytes)).unwrap();
    ledger.records().for_each(|record| writer.push(record).unwrap());
    let index = writer.finish().unwrap();
    let reader = SnapshotReader::new(genesis, &index, ledger.state()).unwrap();
    let records = (0u32..).zip(&chunks).flat_map(|(number, bytes)| reader.verify(number, bytes).unwrap());
    in_order(records.collect())
}

fn run_seed(seed: u64, reached: &mut Reached) {
    let mut run = Run::new(seed);
    for block in 0..BLOCKS {
        run.block(block, reached);
        if block % 50 == 49 {
            run.check_whole();
        }
    }
}

/// A ledger after one run, with the genesis of its chain.
pub(crate) fn lived(seed: u64) -> (Genesis, Ledger) {
    let (mut run, mut reached) = (Run::new(seed), Reached::default());
    (0..BLOCKS).for_each(|block| run.block(block, &mut reached));
    (genesis(), run.ledger)
}

/// Runs seeds from `first` on until so many operations were compared. Goes on after a seed that
/// fails, to name them all.
fn run(first: u64, operations: usize) -> Reached {
    let (mut reached, mut failed) = (Reached::default(), Vec::new());
    for seed in first.. {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run_seed(seed, &mut reached)));
        failed.extend(outcome.is_err().then_some(seed));
        if reached.operations >= operations || failed.len() >= MAX_FAILED {
            break;
        }
    }
    assert!(failed.is_empty(), "{} operations; seeds that fail: {failed:?}", reached.operations);
    reached
}

/// Codes that no traffic reaches here, and why.
fn is_out_of_reach(code: Code) -> bool {
    match code {
        // Validators, candidates and nodes: `tests/governance.rs`.
        Code::CandidateNotSynced
        | Code::UnknownCandidate
        | Code::ValidatorChangePending
        | Code::WrongEpoch
        | Code::ValidatorSetInvalid
        | Code::UnknownValidator
        | Code::UnknownNode
        | Code::QuorumMissing => true,
        _ => false,
    }
}

fn check_reached(reached: &Reached) {
    let missing: Vec<_> =
        Code::ALL.iter().filter(|code| !is_out_of_reach(**code) && !reached.codes.contains(code)).collect();
    let from = std::iter::once(None).chain(PaymentStatus::ALL.iter().copied().map(Some));
    let moves = from.flat_map(|from| PaymentEvent::ALL.map(|event| (from, event)));
    let legal = moves.filter(|(from, event)| transition(*from, *event).is_some());
    let unseen: Vec<_> = legal.filter(|made| !reached.moves.contains(made)).collect();
    // Kinds 11 to 14 are the validators' and nodes'.
    let ours = EntryKind::ALL.iter().filter(|kind| !(11..=14).contains(&(**kind as u8)));
    let undone: Vec<_> = ours.filter(|kind| reached.kinds.get(kind).is_none_or(|count| *count == 0)).collect();
    let Reached { codes, moves, operations, rounds, .. } = reached;
    println!("{operations} operations, {} codes, {} moves, {rounds} rounds of several", codes.len(), moves.len());
    assert!(undone.is_empty() && *rounds > 0, "never done: {undone:?}, {rounds} rounds of several payments");
    assert!(missing.is_empty() && unseen.is_empty(), "never reached: {missing:?}, {unseen:?}");
}

#[test]
fn random_traffic_gives_what_the_model_says_and_reaches_every_code_and_move() {
    check_reached(&run(1, 90_000));
}

/// `CORRIDOR_MODEL_OPERATIONS` and `CORRIDOR_MODEL_SEED` say how much, and where to begin.
#[test]
#[ignore = "minutes: a million operations"]
fn model_campaign() {
    let number = |name, otherwise| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let first = number("CORRIDOR_MODEL_SEED", 1_000);
    let operations = number("CORRIDOR_MODEL_OPERATIONS", 1_000_000);
    check_reached(&run(first, usize::try_from(operations).unwrap()));
}
