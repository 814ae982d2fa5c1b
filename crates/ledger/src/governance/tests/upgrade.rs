//! Versions of the protocol: decided on ahead of time, and no step beyond what the program knows.

use corridor_types::operations::Proposal;
use corridor_types::{Code, Height};

use super::*;
use crate::limits::MIN_UPGRADE_NOTICE_BLOCKS;
use crate::tests::restore::Disk;
use crate::{Halt, PROTOCOL_VERSION, Upgrade};

pub const fn to(version: u32, height: u64) -> Proposal {
    Proposal::Upgrade { version, height: Height(height) }
}

#[test]
fn the_version_is_the_next_one_and_its_height_far_enough() {
    // The proposal is in block 1.
    let first = 1 + MIN_UPGRADE_NOTICE_BLOCKS;
    let cases = [
        (to(2, first), Code::Ok),
        (to(2, u64::MAX), Code::Ok),
        (to(2, first - 1), Code::UpgradeMalformed),
        (to(2, 0), Code::UpgradeMalformed),
        (to(1, first), Code::UpgradeMalformed),
        (to(3, first), Code::UpgradeMalformed),
        (to(0, first), Code::UpgradeMalformed),
    ];
    for (n, (proposal, code)) in cases.into_iter().enumerate() {
        assert_eq!(propose(&mut World::bare(), BANK_A, &proposal).1[0].code, code, "case {n}");
    }
}

#[test]
fn the_height_must_be_far_enough_when_it_is_decided_too() {
    for (short, code) in [(0, Code::Ok), (1, Code::UpgradeMalformed)] {
        let mut world = World::bare();
        // Proposed in block 1, refused votes in between, decided in block 4.
        let proposal = to(2, 4 + MIN_UPGRADE_NOTICE_BLOCKS - short);
        assert_eq!(agree(&mut world, &proposal), code);
        assert_eq!(world.ledger.height(), Height(4));
    }
}

#[test]
fn one_upgrade_waits_at_a_time() {
    let mut world = World::bare();
    assert_eq!(agree(&mut world, &to(2, 500)), Code::Ok);
    assert_eq!(world.ledger.roots().upgrade, Some(Upgrade { version: 2, height: Height(500) }));
    for version in [2, 3] {
        assert_eq!(propose(&mut world, BANK_A, &to(version, 600)).1[0].code, Code::UpgradeMalformed);
    }
}

#[test]
fn a_program_executes_the_last_block_of_its_version_and_not_the_next() {
    let (mut world, mut disk) = (World::bare(), Disk::default());
    let first = 4 + MIN_UPGRADE_NOTICE_BLOCKS;
    assert_eq!(agree(&mut world, &to(2, first)), Code::Ok);
    disk.write(&world.ledger.records().collect::<Vec<_>>());
    while world.ledger.height() < Height(first - 1) {
        assert_eq!(world.ledger.roots().protocol, PROTOCOL_VERSION);
        disk.write(&world.run(&[]).changes);
    }
    assert_eq!((world.ledger.roots().protocol, world.ledger.roots().upgrade), (2, None));
    world.time = world.time.plus_ms(1_000);
    let halt = Halt::UpgradeUnknown { needed: 2, known: PROTOCOL_VERSION };
    let mut restored = Ledger::restore(&genesis(), disk.records()).unwrap();
    assert_eq!(restored.roots(), world.ledger.roots());
    let context = world.context();
    assert_eq!(world.ledger.execute(&context, []).unwrap_err(), halt);
    assert_eq!(restored.execute(&context, []).unwrap_err(), halt, "nor after a restart");
    assert_eq!(world.ledger.height(), Height(first - 1));
}
