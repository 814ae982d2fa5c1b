//! The figures by themselves: returns restore in proportion, and what cannot be halts.

use proptest::prelude::*;

use super::*;
use crate::licence::rules::{audit, draw, release, reserve, restore};
use crate::{Halt, LicenceRecord};

fn settled(amount: u64, used: u64) -> (World, Payment) {
    let mut world = licensed();
    let payment = Payment { amount: Amount(amount), control: uses(&[(LICENCE, used)]), ..world.payment() };
    let state = &mut world.ledger.state;
    state.licences.edit(&LICENCE).unwrap().licence.value = Amount(u64::MAX);
    reserve(state, &payment).unwrap();
    draw(state, &payment).unwrap();
    assert_eq!(figures(&world), (used, 0));
    (world, payment)
}

#[test]
fn parts_are_rounded_down_together_and_a_full_return_restores_all() {
    // 10 of a payment of 3 thirds: 3, 6, 10.
    let (mut world, payment) = settled(30, 10);
    for (before, after, drawn) in [(0, 10, 7), (10, 20, 4), (20, 30, 0)] {
        restore(&mut world.ledger.state, &payment, Amount(before), Amount(after)).unwrap();
        assert_eq!(figures(&world), (drawn, 0));
    }
}

#[test]
fn what_was_returned_may_be_drawn_again() {
    let mut world = licensed();
    let payment = controlled(&mut world, VALUE.0);
    assert_eq!(world.pay(&payment).code, Code::Ok);
    assert_eq!(attest(&mut world, &payment).0, Code::Ok);
    restore(&mut world.ledger.state, &payment, Amount::ZERO, Amount(1)).unwrap();
    let (above, fits) = (controlled(&mut world, 2), controlled(&mut world, 1));
    assert_eq!((world.pay(&above).code, world.pay(&fits).code), (Code::LicenceExhausted, Code::Ok));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn returns_in_any_parts_add_up(amount in 1..u64::MAX, share in 1..=u64::MAX, cuts in prop::collection::vec(0..u64::MAX, 0..6)) {
        let used = 1.max(u64::try_from(u128::from(amount) * u128::from(share) / u128::from(u64::MAX)).unwrap());
        let (mut world, payment) = settled(amount, used);
        let mut steps: Vec<_> = cuts.iter().map(|cut| cut % amount).chain([0, amount]).collect();
        steps.sort_unstable();
        for pair in steps.windows(2) {
            restore(&mut world.ledger.state, &payment, Amount(pair[0]), Amount(pair[1])).unwrap();
            let drawn = u128::from(figures(&world).0);
            let kept = u128::from(amount - pair[1]);
            // Never below what the money that was kept needs, and above it by less than one unit.
            let needed = u128::from(used) * kept;
            prop_assert!(drawn * u128::from(amount) >= needed, "too much restored");
            prop_assert!((drawn * u128::from(amount)) - needed < u128::from(amount), "too little restored");
        }
        prop_assert_eq!(figures(&world), (0, 0));
    }
}

fn halts(change: impl FnOnce(&mut crate::state::State, &Payment) -> Result<(), Halt>, drawn: u64, reserved: u64) {
    let mut world = licensed();
    let payment = controlled(&mut world, 100);
    let record = world.ledger.state.licences.edit(&LICENCE).unwrap();
    (record.drawn, record.reserved) = (Amount(drawn), Amount(reserved));
    let before = record.clone();
    let halt = change(&mut world.ledger.state, &payment).unwrap_err();
    assert!(matches!(halt, Halt::LicenceImpossible { licence: LICENCE, .. }), "{halt}");
    assert_eq!(*world.ledger.state.licences.get(&LICENCE).unwrap(), before);
}

#[test]
fn what_cannot_be_halts_and_writes_nothing() {
    halts(reserve, 901, 0);
    halts(reserve, 450, 451);
    halts(reserve, 0, u64::MAX);
    halts(draw, 0, 99);
    halts(release, 900, 99);
    halts(|state, payment| restore(state, payment, Amount::ZERO, Amount(100)), 99, 900);
    halts(|state, payment| restore(state, payment, Amount::ZERO, Amount(101)), 900, 0);
    halts(|state, payment| restore(state, payment, Amount(2), Amount(1)), 900, 0);
    let mut world = world();
    let payment = controlled(&mut world, 100);
    assert!(reserve(&mut world.ledger.state, &payment).is_err(), "no such licence");
}

#[test]
fn the_audit_finds_figures_that_do_not_add_up() {
    let damaged = |damage: fn(&mut LicenceRecord)| {
        let mut world = licensed();
        let payment = controlled(&mut world, 100);
        assert_eq!(world.pay(&payment).code, Code::Ok);
        damage(world.ledger.state.licences.edit(&LICENCE).unwrap());
        audit(&world.ledger.state)
    };
    assert_eq!(damaged(|_| ()), Ok(()));
    assert_eq!(damaged(|record| record.drawn = Amount(900)), Ok(()));
    let backed = |result| matches!(result, Err(Halt::LicenceNotBacked { licence: LICENCE, open: 100, .. }));
    assert!(backed(damaged(|record| record.drawn = Amount(901))));
    assert!(backed(damaged(|record| record.reserved = Amount(99))));
    assert!(backed(damaged(|record| record.reserved = Amount(101))));
    let missing = |result| matches!(result, Err(Halt::RecordMissing { .. }));
    assert!(missing(damaged(|record| record.licence.handle = OTHER)));
    assert!(missing(damaged(|record| record.revoked = true)), "an index was not kept");
}
