//! Snapshots: complete, verified chunk by chunk, and refused when a bit is wrong.

use std::collections::BTreeSet;

use corridor_crypto::Digest;
use corridor_types::limits::{MAX_LICENCES_PER_PAYMENT, MAX_SNAPSHOT_CHUNK_BYTES, MAX_SNAPSHOT_INDEX_BYTES};
use corridor_types::operations::{NodeStep, PaymentStep};
use corridor_types::persist::Change;
use corridor_types::{
    Amount, Code, Control, Genesis, LicenceHandle, LicenceUse, ListId, Operation, Payment, PaymentStatus,
};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng as _;

use super::restore::Disk;
use super::traffic::Traffic;
use super::validators::{change, declare, end_epoch, put, validator};
use super::world::*;
use crate::snapshot::{SnapshotError, SnapshotReader, SnapshotWriter, SnapshotWriterError, in_order};
use crate::tables;
use crate::{Hold, Ledger, OpenPayment};

struct Snapshot {
    index: Vec<u8>,
    chunks: Vec<Vec<u8>>,
}

fn write(records: impl IntoIterator<Item = Change>) -> Result<Snapshot, SnapshotWriterError> {
    let mut chunks = Vec::new();
    let mut writer = SnapshotWriter::new(&genesis(), |number, bytes| {
        assert_eq!(number as usize, chunks.len());
        chunks.push(bytes);
    })?;
    records.into_iter().try_for_each(|record| writer.push(record))?;
    let index = writer.finish()?;
    Ok(Snapshot { index, chunks })
}

fn read(snapshot: &Snapshot, state: Digest) -> Result<Vec<Change>, SnapshotError> {
    let reader = SnapshotReader::new(&genesis(), &snapshot.index, state)?;
    assert_eq!(reader.chunks() as usize, snapshot.chunks.len());
    let verify = |(number, bytes): (u32, &Vec<u8>)| reader.verify(number, bytes);
    Ok((0u32..).zip(&snapshot.chunks).map(verify).collect::<Result<Vec<_>, _>>()?.concat())
}

/// Many payments in many states, an empty run of open payments, an epoch behind and one pending.
fn lived() -> World {
    let mut world = World::new();
    let payments: Vec<_> = (0..9_000).map(|_| world.payment()).collect();
    for bulk in payments.chunks(1_000) {
        world.submit(BANK_A, Operation::PayBulk { payments: bulk.to_vec() });
    }
    assert_eq!(world.ledger.open_payments(), 9_000);
    let attest = |world: &mut World, payments: &[Payment]| {
        let payments: Vec<_> = payments.iter().map(|payment| payment.uetr).collect();
        let (reference, payments) = (world.reference(), world.attested(&payments));
        assert_eq!(
            world.code(
                BANK_B,
                Operation::Payment { reference, step: PaymentStep::Attest { payments, screening: None } }
            ),
            Code::Ok
        );
    };
    payments[4_000..8_300].chunks(1_000).for_each(|bulk| attest(&mut world, bulk));
    payments[..3_500].chunks(1_000).for_each(|bulk| attest(&mut world, bulk));
    for generation in 0..2 {
        let candidate = validator(BANK_C, generation, 1);
        let declaration = declare(&mut world, &candidate);
        assert_eq!(world.run(&[declaration]).entries[0].code, Code::Ok);
        let item = change(&mut world, &[put(&candidate)]);
        assert_eq!(world.run(&[item]).entries[0].code, Code::Ok);
        if generation == 0 {
            end_epoch(&mut world);
        }
    }
    let (owner, network_key) = world.ledger.nodes().next().unwrap();
    let remove = Operation::Node { reference: world.reference(), step: NodeStep::Remove { network_key } };
    assert_eq!(world.code(owner, remove), Code::Ok);
    world
}

#[test]
fn a_snapshot_gives_the_ledger_again() {
    let world = lived();
    let snapshot = write(world.ledger.records()).unwrap();
    assert!(snapshot.index.len() < MAX_SNAPSHOT_INDEX_BYTES);
    assert!(snapshot.chunks.iter().all(|chunk| chunk.len() <= MAX_SNAPSHOT_CHUNK_BYTES));
    assert_eq!(snapshot.chunks.iter().filter(|chunk| ***chunk == [0; 4]).count(), 1, "the empty run of payments");
    let records = read(&snapshot, world.ledger.state()).unwrap();
    let tables: BTreeSet<_> = records.iter().map(|record| record.table.0).collect();
    let expected = [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 128];
    assert_eq!(tables, expected.into(), "every table that has a record is in it");
    let restored = Ledger::restore(&genesis(), records.clone()).unwrap();
    assert_eq!(restored.roots(), world.ledger.roots());
    assert!(restored.records().eq(world.ledger.records()));
    assert!(in_order(records).into_iter().eq(world.ledger.records()));
    assert_eq!(restored.open_payments(), 9_000 - 4_300 - 3_500);
    assert_eq!(restored.pending_validators(), world.ledger.pending_validators());
}

#[test]
fn the_last_events_of_the_log_have_chunks_of_their_own() {
    let world = lived();
    let events = world.ledger.roots().references;
    assert!(events > 16_384 && events < 2 * 16_384, "{events} events, two chunks");
    let snapshot = write(world.ledger.records()).unwrap();
    let reader = SnapshotReader::new(&genesis(), &snapshot.index, world.ledger.state()).unwrap();
    let of_log = |number: &u32| {
        let records = reader.verify(*number, &snapshot.chunks[*number as usize]).unwrap();
        records.first().is_some_and(|record| record.table == tables::REFERENCES)
    };
    let chunks: Vec<_> = (0..reader.chunks()).filter(of_log).collect();
    assert_eq!(chunks, [reader.chunks() - 2, reader.chunks() - 1]);
}

#[test]
fn a_disk_without_the_records_of_genesis_gives_the_same_snapshot() {
    let (mut traffic, mut world, mut disk) = (Traffic::new(5), World::bare(), Disk::default());
    assert_eq!(
        read(&write([]).unwrap(), world.ledger.state()).map(|records| records.len()),
        Ok(world.ledger.records().count())
    );
    for _ in 0..30 {
        let block = traffic.block(&mut world);
        disk.write(&world.ledger.execute(&world.context(), &block).unwrap().changes);
    }
    let (one, two) = (write(disk.records()).unwrap(), write(world.ledger.records()).unwrap());
    assert_eq!((&one.index, &one.chunks), (&two.index, &two.chunks));
    assert_eq!(
        Ledger::restore(&genesis(), read(&one, world.ledger.state()).unwrap()).unwrap().state(),
        world.ledger.state()
    );
}

#[test]
fn an_index_of_another_state_chain_or_form_is_refused() {
    let mut world = World::new();
    let (index, state) = (write(world.ledger.records()).unwrap().index, world.ledger.state());
    let new =
        |genesis: &Genesis, index: &[u8], state| SnapshotReader::new(genesis, index, state).map(|_| ()).unwrap_err();
    world.run(&[]);
    let other = new(&genesis(), &index, world.ledger.state());
    assert!(matches!(other, SnapshotError::OtherState { got, .. } if got == state), "{other}");
    let mut foreign = genesis();
    foreign.chain.push('!');
    assert!(matches!(new(&foreign, &index, state), SnapshotError::OtherChain { .. }));
    let large = vec![0; MAX_SNAPSHOT_INDEX_BYTES + 1];
    assert!(matches!(new(&genesis(), &large, state), SnapshotError::TooLarge { .. }));
    // One more run of participants, of empty slots, leads to the same state.
    let empty = crate::tree::empty_nodes()[10];
    let at = 32 + 24;
    let padded = [&index[..at], &[0, 0, 0, 2], &index[at + 4..at + 36], &empty.0, &index[at + 36..]].concat();
    assert!(matches!(new(&genesis(), &padded, state), SnapshotError::BadIndex(_)));
}

#[test]
fn a_chunk_in_another_place_is_refused() {
    let world = lived();
    let snapshot = write(world.ledger.records()).unwrap();
    let reader = SnapshotReader::new(&genesis(), &snapshot.index, world.ledger.state()).unwrap();
    for number in 0..reader.chunks() {
        for (other, bytes) in (0u32..).zip(&snapshot.chunks) {
            let same = *bytes == snapshot.chunks[number as usize];
            assert_eq!(reader.verify(number, bytes).is_ok(), same, "chunk {other} as {number}");
        }
    }
    let beyond = reader.verify(reader.chunks(), &snapshot.chunks[0]);
    assert!(matches!(beyond, Err(SnapshotError::UnknownChunk { .. })));
    let large = reader.verify(1, &vec![0; MAX_SNAPSHOT_CHUNK_BYTES + 1]);
    assert!(matches!(large, Err(SnapshotError::TooLarge { .. })));
}

#[test]
fn flipped_and_cut_bytes_are_refused() {
    let mut world = World::new();
    let payments = (0..3).map(|_| world.payment()).collect();
    world.submit(BANK_A, Operation::PayBulk { payments });
    let (snapshot, state) = (write(world.ledger.records()).unwrap(), world.ledger.state());
    let reader = SnapshotReader::new(&genesis(), &snapshot.index, state).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let mut damage = |bytes: &[u8]| {
        let (mut bytes, at) = (bytes.to_vec(), random.next_u64() as usize % bytes.len());
        match random.next_u32() % 4 {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, random.next_u32() as u8),
            2 => drop(bytes.remove(at)),
            _ => bytes[at] ^= 1 << (random.next_u32() % 8),
        }
        bytes
    };
    for (number, chunk) in (0u32..).zip(&snapshot.chunks) {
        for _ in 0..40 {
            let damaged = damage(chunk);
            assert!(damaged == *chunk || reader.verify(number, &damaged).is_err(), "chunk {number}");
        }
    }
    for _ in 0..400 {
        let damaged = damage(&snapshot.index);
        assert!(damaged == snapshot.index || SnapshotReader::new(&genesis(), &damaged, state).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), chunk in 0u32..14) {
        let world = World::bare();
        let snapshot = write(world.ledger.records()).unwrap();
        let reader = SnapshotReader::new(&genesis(), &snapshot.index, world.ledger.state()).unwrap();
        prop_assert!(reader.verify(chunk, &bytes).is_err());
        prop_assert!(SnapshotReader::new(&genesis(), &bytes, world.ledger.state()).is_err());
    }
}

#[test]
fn damaged_records_make_no_snapshot() {
    let records: Vec<_> = World::new().ledger.records().collect();
    let refused = |damage: fn(&mut Vec<Change>)| {
        let mut damaged = records.clone();
        damage(&mut damaged);
        write(damaged).map(|_| ()).unwrap_err()
    };
    let error = refused(|records| records.swap(2, 3));
    assert!(matches!(error, SnapshotWriterError::OutOfOrder { .. }), "{error}");
    let error = refused(|records| records[2].key.push(0));
    assert!(matches!(error, SnapshotWriterError::BadRecord { .. }), "{error}");
    let error = refused(|records| {
        let position = records.iter().position(|record| record.table == tables::REFERENCES).unwrap();
        records.remove(position);
    });
    assert!(matches!(error, SnapshotWriterError::BadLog { .. }), "{error}");
}

/// The table that a few banks can fill, and with the longest payments.
#[test]
fn a_run_of_the_longest_open_payments_fits_a_chunk() {
    use corridor_types::operations::{HoldReason, Screening, Verdict};
    let mut world = World::new();
    let time = world.time;
    let screening = Some(Screening { list: ListId(1), version: Digest::ZERO, time, verdict: Verdict::PossibleMatch });
    let used = |n| LicenceUse { licence: LicenceHandle([n; 16]), amount: Amount(1) };
    let control = Control::Controlled { licences: (0..).map(used).take(MAX_LICENCES_PER_PAYMENT).collect() };
    let payment = Payment { control, screening, ..world.payment() };
    world.ledger.state.payments.open(OpenPayment {
        status: PaymentStatus::Held,
        debtor_agent: BANK_A,
        creditor_agent: BANK_B,
        accepted: time,
        funded: false,
        attested: true,
        starts: time,
        priority: payment.priority,
        place: u64::MAX,
        hold: Some(Hold { reason: HoldReason::Screening, holder: CENTRAL_DE, deadline: time }),
        debtor_screening: screening,
        creditor_screening: screening,
        doubts: vec![BANK_A, BANK_B],
        payment,
    });
    let record = world.ledger.records().find(|record| record.table == tables::PAYMENTS).unwrap().value.unwrap();
    // A slot and a length with each of 4,096 records, and their number before them.
    assert!(4 + 4_096 * (8 + record.len()) <= MAX_SNAPSHOT_CHUNK_BYTES, "{} bytes", record.len());
}
