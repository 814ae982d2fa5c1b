//! What takes effect, when, and what fails though it passed.

use corridor_types::operations::Proposal;
use corridor_types::{Code, EntryKind, Epoch};

use super::*;
use crate::tests::validators::{declare, end_epoch, put, validator};

#[test]
fn the_deciding_vote_enacts_and_names_the_proposal() {
    let mut world = World::bare();
    let reference = proposed(&mut world, CENTRAL_DE, &parameters(5));
    assert_eq!(vote(&mut world, CENTRAL_BR, reference, true).len(), 1);
    let item = signed_step(&mut world, BANK_A, GovernanceStep::Vote { proposal: reference, approve: true });
    let entries = world.run(std::slice::from_ref(&item)).entries;
    let [cast, enacted] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!((cast.kind, cast.code), (EntryKind::Vote, Code::Ok));
    assert_eq!((enacted.kind, enacted.code, enacted.status), (EntryKind::Enact, Code::Ok, None));
    assert_eq!((enacted.reference, enacted.content), (reference, world.ledger.lookup(&reference).unwrap().content));
    assert_eq!((enacted.transaction, enacted.participant), (item.id, BANK_A));
    assert_eq!(world.ledger.roots().parameters.payment_lifetime_max_ms, 300_000);
    assert_eq!(world.ledger.state.proposals.count(), 0);
}

#[test]
fn who_alone_decides_enacts_by_proposing() {
    let mut document = genesis();
    document.validators.truncate(1);
    document.assets.truncate(1);
    document.accounts.truncate(1);
    let mut world = World::bare();
    world.ledger = Ledger::genesis(&document).unwrap();
    let (reference, entries) = propose(&mut world, CENTRAL_DE, &parameters(5));
    let kinds: Vec<_> = entries.iter().map(|entry| (entry.kind, entry.code, entry.reference)).collect();
    assert_eq!(kinds, [(EntryKind::Propose, Code::Ok, reference), (EntryKind::Enact, Code::Ok, reference)]);
    assert_eq!(world.ledger.roots().parameters.payment_lifetime_max_ms, 300_000);
}

#[test]
fn a_lifetime_that_was_decided_on_holds_for_the_next_payment() {
    for (beyond, code) in [(0, Code::Ok), (1, Code::BadExpiry)] {
        let mut world = World::new();
        assert_eq!(agree(&mut world, &parameters(5)), Code::Ok);
        let mut payment = world.payment();
        payment.expiry = world.time.plus_ms(1_000 + 300_000 + beyond);
        assert_eq!(world.pay(&payment).code, code);
    }
}

#[test]
fn a_validator_set_is_decided_by_vote_and_begins_at_the_boundary() {
    let mut world = World::bare();
    let candidate = validator(BANK_C, 0, 3);
    let item = declare(&mut world, &candidate);
    assert_eq!(world.run(&[item]).entries[0].code, Code::Ok);
    let proposal = Proposal::Validators { epoch: Epoch(0), changes: vec![put(&candidate)] };
    let reference = proposed(&mut world, BANK_A, &proposal);
    assert_eq!(vote(&mut world, BANK_B, reference, true).len(), 1);
    // Bank C's central bank is concerned, the other one is not.
    assert_eq!(vote(&mut world, CENTRAL_DE, reference, true)[1].code, Code::Ok);
    assert_eq!(world.ledger.validators().len(), 4);
    end_epoch(&mut world);
    assert_eq!((world.ledger.epoch(), world.ledger.validators().len()), (Epoch(1), 5));
    world.ledger.audit().unwrap();
}

#[test]
fn what_passed_is_checked_against_the_state_of_that_moment() {
    let set = |world: &mut World| {
        let candidate = validator(BANK_C, 0, 3);
        let item = declare(world, &candidate);
        assert_eq!(world.run(&[item]).entries[0].code, Code::Ok);
        Proposal::Validators { epoch: Epoch(0), changes: vec![put(&candidate)] }
    };
    let book = |world: &mut World| Proposal::Rulebook { pack: pack(world, "DE", 1) };
    let newcomer = |_: &mut World| newcomers::proposal(|_| ());
    let upgrade = |_: &mut World| upgrade::to(2, 500);
    type Make = fn(&mut World) -> Proposal;
    let cases: [(Make, Code); 4] = [
        (set, Code::ValidatorChangePending),
        (book, Code::RulebookVersionWrong),
        (newcomer, Code::ParticipantExists),
        (upgrade, Code::UpgradeMalformed),
    ];
    for (make, code) in cases {
        let mut world = World::bare();
        let proposal = make(&mut world);
        let [first, second] = [CENTRAL_BR, BANK_A].map(|by| proposed(&mut world, by, &proposal));
        assert_eq!(carry(&mut world, first), Code::Ok);
        let before = world.ledger.roots().tables.participants;
        assert_eq!(carry(&mut world, second), code);
        assert_eq!(world.ledger.roots().tables.participants, before, "no effect");
        assert_eq!(world.ledger.state.proposals.count(), 0, "failed for good");
    }
}

#[test]
fn a_candidate_too_old_at_the_deciding_vote_does_not_come_in() {
    for (late, code) in [(0, Code::Ok), (1, Code::UnknownCandidate)] {
        let mut world = World::bare();
        let candidate = validator(BANK_C, 0, 3);
        let item = declare(&mut world, &candidate);
        world.run(&[item]);
        let declared = world.time;
        let proposal = Proposal::Validators { epoch: Epoch(0), changes: vec![put(&candidate)] };
        let closes = world.time.plus_ms(2 * DAY_MS);
        let (reference, _) = take(&mut world, CENTRAL_DE, GovernanceStep::Propose { proposal, closes });
        vote(&mut world, BANK_A, reference, true);
        world.time = declared.plus_ms(DAY_MS + late - 1_000);
        assert_eq!(vote(&mut world, BANK_B, reference, true)[1].code, code);
    }
}
