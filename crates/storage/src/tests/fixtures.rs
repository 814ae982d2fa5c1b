//! A small chain whose every part follows from its height, and a directory to keep it in.

use std::path::Path;
use std::sync::Arc;

use corridor_crypto::{Digest, SecretKey, Signature, merkle};
use corridor_types::persist::{Change, Draft, Executed, Restored, Seal, Store as _, Table, Write};
use corridor_types::*;

use crate::{Options, Storage, StoreError};

pub const GENESIS: Digest = Digest([7; 32]);

/// Small buffers, as a test opens many databases.
pub fn options() -> Options {
    Options { cache_bytes: 1 << 20, write_buffer_bytes: 16 << 20, log_bytes: 16 << 20, open_files: 64 }
}

pub fn open(path: &Path) -> Storage {
    Storage::open(path, GENESIS, options()).unwrap()
}

pub fn signature(n: u64) -> Signature {
    Signature([n as u8; 64])
}

pub fn batch(lane: u32, sequence: u64) -> Batch {
    let header = BatchHeader {
        epoch: Epoch(0),
        lane: ParticipantId(lane),
        sequence: Sequence(sequence),
        previous: Digest([sequence as u8 - 1; 32]),
        payload: Digest([lane as u8; 32]),
    };
    // Above and below the size from which values stand in files of their own.
    let payload: Vec<u8> = (0..3_000 * sequence).map(|n| (n % 251) as u8).collect();
    Batch { header, signature: signature(1), payload: payload.into() }
}

pub fn draft(sequence: u64) -> Draft {
    let Batch { header, payload, .. } = batch(9, sequence);
    Draft { header, payload }
}

/// Three lanes; lane `l` has advanced to half the height, plus `l`.
fn cut(height: u64) -> Vec<Tip> {
    let tip = |lane: u32| Tip {
        lane: ParticipantId(lane),
        sequence: Sequence(height / 2 + u64::from(lane)),
        digest: Digest([1; 32]),
    };
    (1..=2).map(tip).collect()
}

/// Heights 102, 105, 108 ... are the last of their epochs; up to 100 there is one epoch only.
pub fn epoch_of(height: u64) -> u64 {
    height.saturating_sub(100) / 3
}

fn set_digest(epoch: u64) -> Digest {
    Digest([3 + epoch as u8; 32])
}

pub fn block_at(height: u64, view: u64) -> Block {
    Block {
        epoch: Epoch(epoch_of(height)),
        view: View(view),
        height: Height(height),
        parent: if height <= 1 { GENESIS } else { block(height - 1).digest() },
        parent_view: View(2 * (height - 1)),
        proposer: ValidatorIndex(0),
        time: Timestamp(1_000 * height),
        cut: cut(height),
        validators: set_digest(epoch_of(height)),
        next_validators: set_digest(epoch_of(height + 1)),
    }
}

/// The finalized block of a height; its view is twice that.
pub fn block(height: u64) -> Block {
    block_at(height, 2 * height)
}

/// A block behind a boundary, in the epoch that is over.
pub fn stub(boundary: u64, number: u64) -> Block {
    let last = block(boundary);
    let parent = if number == 0 { last.digest() } else { stub(boundary, number - 1).digest() };
    let (view, height) = (View(last.view.0 + 1 + number), Height(boundary + 1 + number));
    Block { view, height, parent, ..last }
}

/// The proof of a boundary by `stubs` blocks behind it.
pub fn seal(boundary: u64, stubs: u64) -> Seal {
    let stubs: Vec<_> = (0..stubs).map(|number| stub(boundary, number)).collect();
    let last = stubs.last().cloned().unwrap_or_else(|| block(boundary));
    let vote = Vote { epoch: last.epoch, view: last.view, kind: VoteKind::Finalize { block: last.digest() } };
    Seal { stubs, finalization: Certificate { vote, signatures: vec![(ValidatorIndex(0), signature(1))] } }
}

pub fn handover(boundary: u64) -> Handover {
    let [key, network_key] = [5, 6].map(|n| SecretKey::from_seed(&[n; 32]).public_key());
    let validator = Validator { participant: ParticipantId(1), key, network_key, power: VotingPower(1) };
    let next = ValidatorSet::new(Epoch(epoch_of(boundary + 1)), vec![validator]).unwrap();
    Handover { boundary: block(boundary), certificate: settlement(boundary), next }
}

/// The snapshot of a height, with records of its own.
pub fn restored(height: u64) -> Restored {
    let record = |table, key, value| Change { table: Table(table), key: vec![key], value: Some(vec![value]) };
    let records = vec![record(1, 1, height as u8), record(2, 2, 3), record(255, 255, height as u8)];
    Restored { block: block(height), certificate: settlement(height), records }
}

pub fn certificate(view: u64, kind: VoteKind) -> Certificate {
    let vote = Vote { epoch: Epoch(epoch_of(view.div_ceil(2))), view: View(view), kind };
    Certificate { vote, signatures: (0..3).map(|n| (ValidatorIndex(n), signature(view))).collect() }
}

pub fn finalization(height: u64) -> Certificate {
    certificate(2 * height, VoteKind::Finalize { block: block(height).digest() })
}

pub fn finalized(height: u64, own: bool) -> Write {
    Write::Finalized { block: block(height), finalization: own.then(|| finalization(height)) }
}

pub fn uetr(height: u64, number: u64) -> Uetr {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&height.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    Uetr::from_random(bytes)
}

pub fn payment(height: u64, number: u64) -> Payment {
    Payment {
        uetr: uetr(height, number),
        debtor_account: AccountId(1),
        creditor_account: AccountId(2),
        asset: AssetId(1),
        amount: Amount(number + 1),
        client: ClientHandle([4; 16]),
        value_date: Date(20_000),
        expiry: Timestamp(5),
        control: Control::NotControlled,
        corridor: Corridor { from: "BR".parse().unwrap(), to: "CN".parse().unwrap() },
        priority: Priority::Normal,
        shortfall: Shortfall::Reject,
        charge_bearer: ChargeBearer::Shared,
        screening: None,
        details: Digest([5; 32]),
    }
}

pub fn entry(height: u64, position: usize, kind: EntryKind, payment: &Payment, status: PaymentStatus) -> Entry {
    Entry {
        height: Height(height),
        position: position as u32,
        time: Timestamp(1_000 * height),
        kind,
        transaction: Digest([height as u8; 32]),
        participant: ParticipantId(1),
        reference: payment.uetr,
        content: payment.content(),
        status: Some(status),
        code: Code::Ok,
        rules: RuleVersions::default(),
    }
}

/// A block that brings `count` payments and settles those of the block before.
pub fn executed_with(height: u64, count: u64, before: u64) -> Executed {
    let payments: Vec<_> = (0..count).map(|number| payment(height, number)).collect();
    let mut entries = Vec::new();
    for number in 0..before {
        let earlier = payment(height - 1, number);
        entries.push(entry(height, entries.len(), EntryKind::Attest, &earlier, PaymentStatus::Settled));
    }
    for payment in &payments {
        entries.push(entry(height, entries.len(), EntryKind::Pay, payment, PaymentStatus::AwaitingAttestation));
    }
    let leaves: Vec<_> = entries.iter().map(Entry::leaf).collect();
    let outcome = Outcome {
        epoch: Epoch(epoch_of(height)),
        height: Height(height),
        block: block(height).digest(),
        receipts: merkle::root(&leaves),
        entries: entries.len() as u64,
        state: Digest([height as u8; 32]),
    };
    let change = |table, key: u8, value: Option<u8>| Change {
        table: Table(table),
        key: vec![key],
        value: value.map(|value| vec![value; 5]),
    };
    let changes = vec![
        change(1, (height % 3) as u8, Some(height as u8)),
        change(2, height as u8, Some(1)),
        change(2, height as u8 + 1, None),
        change(255, 255, Some(height as u8)),
    ];
    Executed { outcome, entries, payments, movements: movements(height), changes }
}

/// Two bookings on account 1 and one on account 2, as account numbers and heights follow each other.
pub fn movements(height: u64) -> Vec<Movement> {
    let line = |account: u32, number: u64| Movement {
        account: AccountId(account),
        number,
        height: Height(height),
        time: Timestamp(1_000 * height),
        kind: MovementKind::PaymentIn,
        reference: uetr(height, number),
        amount: Amount(1),
        balance: number.into(),
    };
    vec![line(1, 2 * height - 1), line(2, height), line(1, 2 * height)]
}

pub fn executed(height: u64) -> Executed {
    executed_with(height, 3, if height > 1 { 3 } else { 0 })
}

pub fn settlement_of(executed: &Executed) -> SettlementCertificate {
    let signatures = (0..3).map(|n| (ValidatorIndex(n), signature(n.into()))).collect();
    SettlementCertificate { outcome: executed.outcome, signatures }
}

pub fn settlement(height: u64) -> SettlementCertificate {
    settlement_of(&executed(height))
}

pub fn evidence(n: u64) -> Evidence {
    let vote = |kind| SignedVote {
        vote: Vote { epoch: Epoch(0), view: View(n), kind },
        voter: ValidatorIndex(1),
        signature: signature(n),
    };
    let block = Digest([8; 32]);
    Evidence::ConflictingVotes { first: vote(VoteKind::Nullify), second: vote(VoteKind::Finalize { block }) }
}

/// What a node writes for one height, one list of writes after the other.
pub fn life_of(height: u64) -> Vec<Vec<Write>> {
    let nullification = certificate(2 * height - 1, VoteKind::Nullify);
    let notarization = certificate(2 * height, VoteKind::Notarize { block: block(height).digest() });
    vec![
        vec![Write::Draft(draft(height)), Write::Batch(Arc::new(batch(1, height)))],
        vec![Write::Batch(Arc::new(batch(2, height))), Write::PendingBlock(block(height))],
        vec![Write::PendingCertificate(nullification), Write::PendingCertificate(notarization)],
        vec![finalized(height, !height.is_multiple_of(3)), Write::PrunePending { below: View(2 * height) }],
        vec![Write::Executed(Arc::new(executed(height)))],
        vec![Write::Settlement(settlement(height)), Write::Evidence(evidence(height))],
    ]
}

/// A database with the lives of heights 1 to `heights`.
pub fn fill(storage: &mut Storage, heights: u64) {
    for write in (1..=heights).flat_map(life_of) {
        storage.write(&write).unwrap();
    }
}

/// An answer as text. That something is not held is an answer too.
fn text<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> Result<String, StoreError> {
    match answer {
        Err(StoreError::BeforeSnapshot { snapshot }) => Ok(format!("before {snapshot} ")),
        other => other.map(|value| format!("{value:?} ")),
    }
}

/// Everything that can be read, as text.
pub fn everything(storage: &Storage, heights: u64) -> Result<String, StoreError> {
    let reader = storage.reader();
    let mut all = format!("{:?}\n{:?}\n", storage.recover()?, storage.records()?);
    all += &format!("{:?}\n{:?}\n", reader.heights(), reader.evidence()?);
    for height in 1..=heights {
        let number = Height(height);
        all += &(text(reader.block(number))? + &text(reader.finalization(number))?);
        all += &(text(reader.entries(number))? + &text(reader.payments(number))?);
        all += &(text(reader.settlement(number))? + &text(reader.outcome(number))?);
        all += &text(reader.block_by_digest(&block(height).digest()))?;
        for lane in 1..=2 {
            let held = batch(lane, height);
            all += &text(reader.batch(held.header.lane, held.header.sequence, &held.header.digest()))?;
        }
        for payment in 0..3 {
            let uetr = uetr(height, payment);
            all += &(text(reader.payment(&uetr))? + &text(reader.history(&uetr))?);
        }
    }
    for account in 0..=3 {
        all += &text(reader.statement(AccountId(account), 0, usize::MAX))?;
    }
    Ok(all + &text(reader.handovers(Epoch(0), 9))?)
}

/// A directory for many small files, in memory where the system has one for that.
pub fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// Copies a directory of files, as a crash image of a living database.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}
