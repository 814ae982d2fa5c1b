//! A restored ledger is the ledger: same commitment, same behaviour; damage is named.

use std::collections::BTreeMap;

use corridor_types::operations::PaymentStep;
use corridor_types::persist::{Change, Table};
use corridor_types::{Code, Operation};
use proptest::prelude::*;

use super::traffic::Traffic;
use super::world::*;
use crate::tables;
use crate::{Ledger, RestoreError};

/// What a disk holds after some blocks.
#[derive(Default)]
pub struct Disk(BTreeMap<(Table, Vec<u8>), Vec<u8>>);

impl Disk {
    pub fn write(&mut self, changes: &[Change]) {
        for Change { table, key, value } in changes {
            match value {
                Some(value) => self.0.insert((*table, key.clone()), value.clone()),
                None => self.0.remove(&(*table, key.clone())),
            };
        }
    }

    pub fn records(&self) -> impl Iterator<Item = Change> {
        self.0.iter().map(|((table, key), value)| Change {
            table: *table,
            key: key.clone(),
            value: Some(value.clone()),
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn restored_and_continued_alike(seed: u64, before in 1usize..40, after in 1usize..40) {
        let mut traffic = Traffic::new(seed);
        let (mut disk, mut world) = (Disk::default(), World::bare());
        traffic.limit(&mut world.ledger);
        for _ in 0..before {
            let block = traffic.block(&mut world);
            let executed = world.ledger.execute(&world.context(), &block).unwrap();
            let keys: Vec<_> = executed.changes.iter().map(|change| (change.table, &change.key)).collect();
            prop_assert!(keys.windows(2).all(|pair| pair[0] < pair[1]), "each record once, ascending");
            disk.write(&executed.changes);
        }
        let mut restored = Ledger::restore(&genesis(), disk.records()).unwrap();
        traffic.limit(&mut restored);
        prop_assert_eq!(restored.roots(), world.ledger.roots());
        prop_assert_eq!(restored.audit(), Ok(()));
        prop_assert!(restored.records().eq(world.ledger.records()));
        for _ in 0..after {
            let block = traffic.block(&mut world);
            let context = world.context();
            let (one, two) = (world.ledger.execute(&context, &block), restored.execute(&context, &block));
            prop_assert_eq!(one, two);
        }
        prop_assert_eq!(restored.state(), world.ledger.state());
    }
}

#[test]
fn the_records_of_genesis_may_be_there_or_not() {
    let bare = World::bare().ledger;
    let from_nothing = Ledger::restore(&genesis(), []).unwrap();
    let from_records = Ledger::restore(&genesis(), bare.records()).unwrap();
    assert_eq!(from_nothing.state(), bare.state());
    assert_eq!(from_records.state(), bare.state());
}

fn lived() -> World {
    let mut world = World::new();
    let payments: Vec<_> = (0..3).map(|_| world.payment()).collect();
    world.submit(BANK_A, Operation::PayBulk { payments: payments.clone() });
    let attest = Operation::Payment {
        reference: world.reference(),
        step: PaymentStep::Attest { payments: world.attested(&[payments[1].uetr]), screening: None },
    };
    assert_eq!(world.code(BANK_B, attest), Code::Ok);
    world
}

fn refused(damage: impl FnOnce(&mut Vec<Change>)) -> RestoreError {
    let mut records: Vec<_> = lived().ledger.records().collect();
    damage(&mut records);
    Ledger::restore(&genesis(), records).unwrap_err()
}

fn of(records: &mut [Change], table: Table) -> &mut Change {
    records.iter_mut().find(|change| change.table == table).unwrap()
}

#[test]
fn damage_is_named() {
    let all = [
        tables::META,
        tables::PARTICIPANTS,
        tables::ASSETS,
        tables::ACCOUNTS,
        tables::CLIENTS,
        tables::PAYMENTS,
        tables::REFERENCES,
        tables::VALIDATORS,
        tables::NODES,
        tables::RECENT,
    ];
    for table in all {
        let error = refused(|records| {
            of(records, table).value.as_mut().unwrap().pop();
        });
        assert!(matches!(&error, RestoreError::BadValue { table: named, .. } if *named == table), "{error}");
        let error = refused(|records| of(records, table).key = vec![0xff; 4]);
        assert!(matches!(&error, RestoreError::BadKey { table: named, .. } if *named == table), "{error}");
    }
    let error = refused(|records| of(records, tables::META).table = Table(200));
    assert!(matches!(error, RestoreError::UnknownTable { table: Table(200), .. }), "{error}");
}

#[test]
fn missing_records_are_noticed() {
    let without = |table| {
        refused(|records| {
            let position = records.iter().position(|change| change.table == table).unwrap();
            records.remove(position);
        })
    };
    let named =
        |error: &RestoreError, wanted| matches!(error, RestoreError::Inconsistent { table, .. } if *table == wanted);
    let error = without(tables::REFERENCES);
    assert!(named(&error, tables::REFERENCES), "{error}");
    let error = without(tables::CLIENTS);
    assert!(named(&error, tables::CLIENTS), "{error}");
    let error = without(tables::RECENT);
    assert!(named(&error, tables::RECENT), "{error}");
    // Genesis fills in for these two, with no money: then nothing adds up.
    for table in [tables::ACCOUNTS, tables::ASSETS, tables::PAYMENTS] {
        let error = without(table);
        assert!(matches!(error, RestoreError::DoesNotAddUp(_)), "{error}");
    }
}

#[test]
fn a_handle_used_twice_is_noticed() {
    let error = refused(|records| {
        let first = of(records, tables::CLIENTS).value.clone();
        let clients = records.iter_mut().filter(|change| change.table == tables::CLIENTS);
        clients.last().unwrap().value = first;
    });
    assert!(matches!(error, RestoreError::Inconsistent { table: tables::CLIENTS, .. }), "{error}");
}
