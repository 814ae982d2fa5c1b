//! Thresholds, orders of votes, and validator sets that change between them.

use std::fmt::Write as _;

use corridor_types::operations::Proposal;
use corridor_types::{Code, EntryKind, ParticipantId, Validator, ValidatorChange, VotingPower};

use super::*;
use crate::governance::concerned::concerned;
use crate::governance::tally::{Tally, tally};
use crate::governance::{Ballot, OpenProposal};
use crate::tests::validators::{change, end_epoch};

fn open(world: &mut World, votes: &[Option<bool>; 4]) -> OpenProposal {
    let cast = VOTERS.into_iter().zip(votes);
    let ballots = cast.filter_map(|(participant, vote)| vote.map(|approve| Ballot { participant, approve })).collect();
    let (reference, closes) = (world.reference(), world.time.plus_ms(1));
    OpenProposal { reference, proposer: CENTRAL_DE, proposal: parameters(5), closes, ballots }
}

#[test]
fn what_becomes_of_a_proposal() {
    let mut world = with_powers([2, 2, 3, 2]);
    let mut table = String::from("powers 2, 2, 3 and 2; the first two are concerned\n");
    for n in 0..81usize {
        let votes = [27, 9, 3, 1].map(|place| [None, Some(true), Some(false)][n / place % 3]);
        let open = open(&mut world, &votes);
        let words = votes.map(|vote| vote.map_or("-", |approve| if approve { "for" } else { "against" }));
        let became = tally(&world.ledger.state, &open);
        let [de, br, a, b] = words;
        writeln!(table, "{de:7} {br:7} {a:7} {b:7} {became:?}").unwrap();
    }
    insta::assert_snapshot!(table);
}

#[test]
fn more_than_two_thirds_of_the_power_are_needed_and_enough() {
    let (yes, none, no) = (Some(true), None, Some(false));
    let half = u64::MAX / 2;
    let cases = [
        // Exactly two thirds, and one more.
        ([2, 2, 2, 3], [yes, yes, yes, none], Tally::Open),
        ([2, 2, 3, 2], [yes, yes, yes, none], Tally::Passed),
        ([1, 1, 1, 1], [yes, yes, none, none], Tally::Open),
        ([1, 1, 1, 1], [yes, yes, yes, none], Tally::Passed),
        // Exactly one third against, and one less.
        ([2, 2, 2, 3], [yes, none, none, no], Tally::Dropped),
        ([2, 2, 3, 2], [yes, none, none, no], Tally::Open),
        // A central bank concerned counts beside its power, on either side.
        ([1, 1, 100, 100], [yes, none, yes, yes], Tally::Open),
        ([1, 1, 100, 100], [yes, yes, yes, yes], Tally::Passed),
        ([1, 1, 100, 100], [yes, no, yes, none], Tally::Dropped),
        // Sums beyond 64 bits.
        ([u64::MAX; 4], [yes, yes, none, none], Tally::Open),
        ([u64::MAX; 4], [yes, yes, yes, none], Tally::Passed),
        ([half, half, half, u64::MAX - half], [yes, yes, yes, none], Tally::Passed),
        ([1, 1, 1, u64::MAX], [yes, yes, yes, none], Tally::Open),
    ];
    for (n, (powers, votes, expected)) in cases.into_iter().enumerate() {
        let mut world = with_powers(powers);
        let open = open(&mut world, &votes);
        assert_eq!(tally(&world.ledger.state, &open), expected, "case {n}");
    }
}

fn orders() -> Vec<Vec<usize>> {
    let mut orders = vec![vec![]];
    for voter in 0..4 {
        let longer = |order: &Vec<usize>| {
            (0..=order.len()).map(|place| [&order[..place], &[voter][..], &order[place..]].concat()).collect::<Vec<_>>()
        };
        orders = orders.iter().flat_map(longer).collect();
    }
    orders
}

/// How it ends when the first of `order` proposes and the others vote.
fn outcome(order: &[usize], votes: &[bool]) -> (bool, bool) {
    let mut world = with_powers([2, 2, 3, 2]);
    let proposal = proposed(&mut world, VOTERS[order[0]], &parameters(5));
    let mut passed = false;
    for voter in &order[1..] {
        let entries = vote(&mut world, VOTERS[*voter], proposal, votes[*voter]);
        passed |= entries.iter().any(|entry| entry.kind == EntryKind::Enact);
    }
    let open = world.ledger.state.proposals.get(&proposal).is_some();
    let changed = world.ledger.roots().parameters.payment_lifetime_max_ms == 300_000;
    assert_eq!(passed, changed);
    (passed, open)
}

#[test]
fn the_order_of_votes_does_not_matter() {
    let orders = orders();
    assert_eq!(orders.len(), 24);
    let mut passing = 0;
    for n in 1..16usize {
        let votes: Vec<_> = (0..4).map(|voter| n >> voter & 1 == 1).collect();
        let starting = orders.iter().filter(|order| votes[order[0]]);
        let outcomes: Vec<_> = starting.map(|order| outcome(order, &votes)).collect();
        assert!(outcomes.windows(2).all(|pair| pair[0] == pair[1]), "{votes:?}: {outcomes:?}");
        assert!(!outcomes[0].1, "all have voted, so it is decided: {votes:?}");
        passing += usize::from(outcomes[0].0);
    }
    assert_eq!(passing, 2, "all for it, or all but one that has two of nine and is no central bank");
}

fn change_set(world: &mut World, changes: &[ValidatorChange]) {
    let item = change(world, changes);
    assert_eq!(world.run(&[item]).entries[0].code, Code::Ok);
    end_epoch(world);
}

const fn remove(participant: ParticipantId) -> ValidatorChange {
    ValidatorChange::Remove { participant }
}

#[test]
fn votes_of_those_who_left_the_set_weigh_nothing() {
    let mut world = World::bare();
    let proposal = proposed(&mut world, CENTRAL_DE, &parameters(5));
    assert_eq!(voted(&mut world, BANK_A, proposal, true), Code::Ok);
    change_set(&mut world, &[remove(BANK_A)]);
    // Three of four with bank A, two of three without it.
    assert_eq!(vote(&mut world, CENTRAL_BR, proposal, true).len(), 1);
    assert!(world.ledger.state.proposals.get(&proposal).is_some());
    assert_eq!(vote(&mut world, BANK_B, proposal, true)[1].kind, EntryKind::Enact);
}

#[test]
fn a_vote_weighs_what_its_voter_has_when_the_next_one_comes() {
    let mut world = World::bare();
    let proposal = proposed(&mut world, CENTRAL_DE, &parameters(5));
    assert_eq!(voted(&mut world, BANK_B, proposal, false), Code::Ok);
    assert!(world.ledger.state.proposals.get(&proposal).is_some(), "one of four against it");
    change_set(&mut world, &[remove(BANK_A)]);
    assert!(world.ledger.state.proposals.get(&proposal).is_some(), "counted at votes only");
    assert_eq!(vote(&mut world, CENTRAL_BR, proposal, true).len(), 1);
    assert!(world.ledger.state.proposals.get(&proposal).is_none(), "one of three against it");
}

#[test]
fn a_heavier_validator_carries_more_at_the_next_vote() {
    let mut world = World::bare();
    let proposal = proposed(&mut world, CENTRAL_DE, &parameters(5));
    let own = world.ledger.validators().iter().next().unwrap().1.clone();
    change_set(&mut world, &[ValidatorChange::Put { validator: Validator { power: VotingPower(6), ..own } }]);
    assert_eq!(vote(&mut world, CENTRAL_BR, proposal, true)[1].kind, EntryKind::Enact, "seven of nine");
}

#[test]
fn who_left_votes_no_more_unless_it_is_a_central_bank_concerned() {
    let mut world = World::bare();
    let both = proposed(&mut world, CENTRAL_DE, &parameters(5));
    let pack = Proposal::Rulebook { pack: pack(&world, "DE", 1) };
    let german = proposed(&mut world, CENTRAL_DE, &pack);
    change_set(&mut world, &[remove(CENTRAL_BR), remove(BANK_B)]);
    assert_eq!(voted(&mut world, BANK_B, both, true), Code::NoVotingPower);
    assert_eq!(voted(&mut world, CENTRAL_BR, german, true), Code::NoVotingPower);
    assert_eq!(propose(&mut world, CENTRAL_BR, &pack).1[0].code, Code::NoVotingPower);
    // Both that are left are for it; the one concerned without power is missing.
    assert_eq!(vote(&mut world, BANK_A, both, true).len(), 1);
    assert_eq!(vote(&mut world, CENTRAL_BR, both, true)[1].code, Code::Ok);
    let third = propose(&mut world, CENTRAL_BR, &parameters(6));
    assert_eq!(third.1[0].code, Code::Ok, "who is concerned may propose");
}

#[test]
fn a_central_bank_is_concerned_by_its_own_matters() {
    let mut world = World::bare();
    let of =
        |world: &World, proposal: &Proposal| concerned(&world.ledger.state, proposal).into_iter().collect::<Vec<_>>();
    let validators = |members: &[ParticipantId]| Proposal::Validators {
        epoch: world.ledger.epoch(),
        changes: members.iter().map(|id| remove(*id)).collect(),
    };
    let rulebook = |country| Proposal::Rulebook { pack: pack(&World::bare(), country, 1) };
    let both = [CENTRAL_DE, CENTRAL_BR];
    assert_eq!(of(&world, &validators(&[BANK_A])), [CENTRAL_DE]);
    assert_eq!(of(&world, &validators(&[BANK_B])), [CENTRAL_BR]);
    assert_eq!(of(&world, &validators(&[BANK_A, BANK_B])), both);
    assert_eq!(of(&world, &validators(&[ParticipantId(77)])), both, "nobody else is");
    assert_eq!(of(&world, &rulebook("DE")), [CENTRAL_DE]);
    assert_eq!(of(&world, &rulebook("BR")), [CENTRAL_BR]);
    assert_eq!(of(&world, &rulebook("FR")), both);
    assert_eq!(of(&world, &parameters(5)), both);
    let german = validators(&[BANK_A]);
    world.ledger.state.participants.edit(CENTRAL_DE).unwrap().status = crate::ParticipantStatus::Suspended;
    assert_eq!(of(&world, &german), [CENTRAL_DE], "it comes back");
    world.ledger.state.participants.edit(CENTRAL_DE).unwrap().status = crate::ParticipantStatus::Revoked;
    assert_eq!(of(&world, &german), [CENTRAL_BR]);
    assert_eq!(of(&world, &parameters(5)), [CENTRAL_BR]);
    world.ledger.state.participants.edit(CENTRAL_BR).unwrap().status = crate::ParticipantStatus::Revoked;
    assert_eq!(of(&world, &parameters(5)), []);
    let all = open(&mut world, &[Some(true); 4]);
    assert_eq!(tally(&world.ledger.state, &all), Tally::Open, "with nobody to co-sign nothing passes");
}
