//! Packs: which may be published, from when they count, and that the stricter side counts.
#![allow(clippy::unwrap_used, clippy::panic)]

use corridor_types::operations::{HoldReason, LicenceGap, PaymentStep, Proposal, RulebookPack, Rules, TravelRule};
use corridor_types::{Amount, Code, Corridor, Operation, Payment, PaymentStatus, RuleVersions, Timestamp};

use super::rules::{InForce, in_force};
use crate::governance::tests::{HOUR_MS, agree, carry, pack, propose, proposed};
use crate::tests::world::*;

fn publish(world: &mut World, pack: RulebookPack) {
    assert_eq!(agree(world, &Proposal::Rulebook { pack }), Code::Ok);
}

/// The versions that the entry about a payment in a block at this time names.
fn versions_at(world: &World, time: Timestamp) -> (u32, u32) {
    let mut world = world.clone();
    world.time = Timestamp(time.0 - 1_000);
    let payment = world.payment();
    let rules = world.pay(&payment).rules;
    (rules.from, rules.to)
}

#[test]
fn each_rule_of_a_pack_has_its_code() {
    type Spoil = fn(&World, &mut RulebookPack);
    let malformed = Code::RulebookMalformed;
    let cases: &[(Spoil, Code)] = &[
        (|_, _| (), Code::Ok),
        (|_, p| p.version = 0, Code::RulebookVersionWrong),
        (|_, p| p.version = 2, Code::RulebookVersionWrong),
        (|_, p| p.corridor = Some(corridor("DE", "BR")), Code::Ok),
        (|_, p| p.corridor = Some(corridor("BR", "DE")), Code::Ok),
        (|_, p| p.corridor = Some(corridor("BR", "FR")), malformed),
        (|w, p| p.effective_from = w.time.plus_ms(1_000), malformed),
        (|w, p| p.effective_from = w.time.plus_ms(1_001), Code::Ok),
        (|_, p| p.rules.hold_max_ms = genesis().parameters.payment_lifetime_max_ms, Code::Ok),
        (|_, p| p.rules.hold_max_ms = genesis().parameters.payment_lifetime_max_ms + 1, malformed),
        (|_, p| p.country = "FR".parse().unwrap(), Code::Ok),
    ];
    for (n, (spoil, code)) in cases.iter().enumerate() {
        let mut world = World::bare();
        let mut pack = pack(&world, "DE", 1);
        spoil(&world, &mut pack);
        assert_eq!(propose(&mut world, BANK_A, &Proposal::Rulebook { pack }).1[0].code, *code, "case {n}");
    }
}

#[test]
fn versions_count_per_country_and_corridor() {
    let mut world = World::bare();
    let first = pack(&world, "DE", 1);
    publish(&mut world, first);
    for (change, version, code) in [
        ((|_| ()) as fn(&mut RulebookPack), 1, Code::RulebookVersionWrong),
        (|_| (), 3, Code::RulebookVersionWrong),
        (|_| (), 2, Code::Ok),
        (|p| p.corridor = Some(corridor("DE", "BR")), 1, Code::Ok),
        (|p| p.corridor = Some(corridor("DE", "BR")), 2, Code::RulebookVersionWrong),
        (|p| p.country = "BR".parse().unwrap(), 1, Code::Ok),
    ] {
        let mut next = pack(&world, "DE", version);
        change(&mut next);
        assert_eq!(propose(&mut world, BANK_A, &Proposal::Rulebook { pack: next }).1[0].code, code);
    }
}

#[test]
fn the_table_of_rulebooks_has_an_end() {
    let mut world = World::bare();
    let known = pack(&world, "DE", 1);
    let book = |pack| super::Rulebook { current: None, next: pack };
    world.ledger.state.rulebooks.publish(book(known));
    while world.ledger.state.rulebooks.slots.len() < crate::limits::MAX_RULEBOOKS {
        world.ledger.state.rulebooks.slots.append(book(known));
    }
    let new = pack(&world, "BR", 1);
    assert_eq!(propose(&mut world, BANK_A, &Proposal::Rulebook { pack: new }).1[0].code, Code::CapacityExceeded);
    let next = pack(&world, "DE", 2);
    assert_eq!(propose(&mut world, BANK_A, &Proposal::Rulebook { pack: next }).1[0].code, Code::Ok);
}

#[test]
fn a_pack_counts_from_its_date_to_the_millisecond_and_entries_name_it() {
    let mut world = World::new();
    let german = pack(&world, "DE", 1);
    publish(&mut world, german);
    let from = german.effective_from;
    assert_eq!(versions_at(&world, Timestamp(from.0 - 1)), (0, 0));
    assert_eq!(versions_at(&world, from), (1, 0));
    let brazilian = pack(&world, "BR", 1);
    publish(&mut world, brazilian);
    assert_eq!(versions_at(&world, Timestamp(brazilian.effective_from.0 - 1)), (1, 0));
    assert_eq!(versions_at(&world, brazilian.effective_from), (1, 1));
}

#[test]
fn later_entries_about_a_payment_name_the_versions_of_their_own_time() {
    let mut world = World::new();
    let german = pack(&world, "DE", 1);
    publish(&mut world, german);
    let payment = world.payment();
    assert_eq!(world.pay(&payment).rules, RuleVersions { from: 0, to: 0 });
    world.time = german.effective_from;
    let payments = world.attested(&[payment.uetr]);
    let attest =
        Operation::Payment { reference: world.reference(), step: PaymentStep::Attest { payments, screening: None } };
    let entries = world.submit(BANK_B, attest);
    let rules: Vec<_> = entries.iter().map(|entry| entry.rules).collect();
    assert_eq!(rules, [RuleVersions::default(), RuleVersions { from: 1, to: 0 }]);
}

#[test]
fn a_version_decided_before_the_last_one_began_replaces_it() {
    let mut world = World::new();
    let first = pack(&world, "DE", 1);
    publish(&mut world, first);
    world.time = first.effective_from;
    let second = RulebookPack { effective_from: world.time.plus_ms(2 * HOUR_MS), ..pack(&world, "DE", 2) };
    publish(&mut world, second);
    let third = RulebookPack { effective_from: world.time.plus_ms(4 * HOUR_MS), ..pack(&world, "DE", 3) };
    publish(&mut world, third);
    assert_eq!(versions_at(&world, Timestamp(second.effective_from.0 - 1)), (1, 0));
    assert_eq!(versions_at(&world, second.effective_from), (1, 0), "the second never begins");
    assert_eq!(versions_at(&world, Timestamp(third.effective_from.0 - 1)), (1, 0));
    assert_eq!(versions_at(&world, third.effective_from), (3, 0));
    // And one that has begun is the one that stays until the next date.
    world.time = third.effective_from;
    let fourth = pack(&world, "DE", 4);
    publish(&mut world, fourth);
    assert_eq!(versions_at(&world, Timestamp(fourth.effective_from.0 - 1)), (3, 0));
    assert_eq!(versions_at(&world, fourth.effective_from), (4, 0));
}

#[test]
fn a_pack_whose_date_passed_during_the_vote_counts_at_once() {
    let mut world = World::new();
    let german = pack(&world, "DE", 1);
    let proposal = proposed(&mut world, CENTRAL_DE, &Proposal::Rulebook { pack: german });
    world.time = german.effective_from.plus_ms(HOUR_MS);
    assert_eq!(versions_at(&world, world.time), (0, 0), "nothing is decided yet");
    assert_eq!(carry(&mut world, proposal), Code::Ok);
    assert_eq!(versions_at(&world, world.time), (1, 0));
}

#[test]
fn a_pack_for_the_corridor_stands_instead_of_the_general_one() {
    let mut world = World::new();
    let general = pack(&world, "DE", 1);
    publish(&mut world, general);
    world.time = general.effective_from;
    for (version, over) in [(1, corridor("BR", "DE")), (1, corridor("DE", "BR")), (2, corridor("DE", "BR"))] {
        let special = RulebookPack { corridor: Some(over), ..pack(&world, "DE", version) };
        publish(&mut world, special);
        world.time = special.effective_from;
    }
    assert_eq!(versions_at(&world, world.time), (2, 0));
    let back = in_force(&world.ledger.state, world.time, corridor("BR", "DE")).versions;
    assert_eq!(back, RuleVersions { from: 0, to: 1 });
    let home = in_force(&world.ledger.state, world.time, corridor("DE", "DE")).versions;
    assert_eq!(home, RuleVersions { from: 1, to: 1 });
}

fn both(from: Rules, to: Rules) -> InForce {
    InForce { from, to, versions: RuleVersions::default() }
}

#[test]
fn the_stricter_side_counts_whichever_it_is() {
    let lax = Rules {
        travel_rule: TravelRule::Never,
        licence_gap: LicenceGap::Hold,
        value_date_days_max: 5,
        ..Rules::default()
    };
    let above = |amount| Rules { travel_rule: TravelRule::Above { amount: Amount(amount) }, ..lax };
    let strict = Rules {
        travel_rule: TravelRule::Always,
        programme_required: true,
        licence_gap: LicenceGap::Reject,
        hold_max_ms: 60_000,
        value_date_days_max: 2,
        ..lax
    };
    assert!(!both(lax, lax).needs_attestation(Amount(u64::MAX)) && !both(lax, lax).needs_programme());
    assert!(both(lax, lax).holds_without_licence());
    assert_eq!((both(lax, lax).value_date_days_max(), both(lax, lax).hold_max_ms()), (5, lax.hold_max_ms));
    for book in [both(lax, strict), both(strict, lax)] {
        assert!(book.needs_attestation(Amount(1)) && book.needs_programme() && !book.holds_without_licence());
        assert_eq!((book.value_date_days_max(), book.hold_max_ms()), (2, 60_000));
    }
    for book in [both(above(100), above(200)), both(above(200), above(100)), both(lax, above(100))] {
        assert!(!book.needs_attestation(Amount(100)) && book.needs_attestation(Amount(101)));
    }
}

#[test]
fn a_hold_by_the_ledger_ends_with_the_payment_at_the_latest() {
    let mut world = World::new();
    let payment = world.payment();
    let rules = Rules { hold_max_ms: 60_000, ..Rules::default() };
    let deadline = |payment: &Payment| {
        both(rules, Rules::default()).ledger_hold(HoldReason::Documents, BANK_A, START, payment).deadline
    };
    assert_eq!(deadline(&payment), START.plus_ms(60_000));
    assert_eq!(deadline(&Payment { expiry: START.plus_ms(59_999), ..payment }), START.plus_ms(59_999));
}

#[test]
fn payments_follow_the_travel_rules_of_both_sides() {
    let run = |german: TravelRule, brazilian: TravelRule, amount| {
        let mut world = World::new();
        for (country, travel_rule) in [("DE", german), ("BR", brazilian)] {
            let book = pack(&world, country, 1);
            publish(&mut world, RulebookPack { rules: Rules { travel_rule, ..Rules::default() }, ..book });
        }
        world.time = world.time.plus_ms(2 * HOUR_MS);
        let payment = Payment { amount: Amount(amount), ..world.payment() };
        world.pay(&payment).status.unwrap()
    };
    let above = TravelRule::Above { amount: Amount(100) };
    let (settled, waits) = (PaymentStatus::Settled, PaymentStatus::AwaitingAttestation);
    assert_eq!(run(TravelRule::Never, TravelRule::Never, 100), settled);
    assert_eq!(run(TravelRule::Never, TravelRule::Always, 100), waits);
    assert_eq!(run(TravelRule::Always, TravelRule::Never, 100), waits);
    assert_eq!(run(above, TravelRule::Never, 100), settled);
    assert_eq!(run(above, TravelRule::Never, 101), waits);
    assert_eq!(run(TravelRule::Never, above, 101), waits);
}

#[test]
fn a_corridor_of_other_countries_follows_no_pack() {
    let mut world = World::new();
    let german = pack(&world, "DE", 1);
    publish(&mut world, german);
    let other = Corridor { from: "FR".parse().unwrap(), to: "BR".parse().unwrap() };
    assert_eq!(in_force(&world.ledger.state, german.effective_from, other).versions, RuleVersions::default());
}
