//! Each rule of proposing and voting has its code.

use corridor_types::Timestamp;
use corridor_types::operations::Proposal;

use super::*;
use crate::governance::{Ballot, MAX_VOTES, OpenProposal};
use crate::limits::{MAX_PROPOSALS, MAX_PROPOSALS_PER_PARTICIPANT, PROPOSAL_LIFETIME_MAX_MS};

#[test]
fn a_governance_key_signs_and_observers_have_no_say() {
    let mut world = World::bare();
    let proposal = proposed(&mut world, CENTRAL_DE, &parameters(5));
    for (by, role, code) in [
        (BANK_A, KeyRole::Operator, Code::KeyNotAuthorised),
        (BANK_A, KeyRole::Supervisor, Code::KeyNotAuthorised),
        (OBSERVER, KeyRole::Governance, Code::ParticipantNotAuthorised),
        (BANK_A, KeyRole::Governance, Code::Ok),
    ] {
        let step = GovernanceStep::Vote { proposal, approve: true };
        let operation = Operation::Governance { reference: world.reference(), step };
        let item = IdentifiedTransaction::new(transaction(by, operation, &[(role, 0)]));
        assert_eq!(world.run(&[item]).entries[0].code, code);
    }
}

#[test]
fn who_has_no_voice_is_told_so_and_uses_up_no_reference() {
    let mut world = World::bare();
    let (reference, entries) = propose(&mut world, BANK_C, &parameters(5));
    assert_eq!((entries[0].code, world.ledger.lookup(&reference)), (Code::NoVotingPower, None));
    let proposal = proposed(&mut world, BANK_B, &parameters(5));
    let step = GovernanceStep::Vote { proposal, approve: false };
    let (reference, entries) = take(&mut world, BANK_C, step);
    assert_eq!((entries[0].code, world.ledger.lookup(&reference)), (Code::NoVotingPower, None));
    assert_eq!(world.ledger.state.proposals.get(&proposal).unwrap().ballots.len(), 1);
}

#[test]
fn the_vote_closes_after_now_and_within_ninety_days() {
    for (from_now, code) in [
        (0, Code::BadDeadline),
        (1, Code::Ok),
        (PROPOSAL_LIFETIME_MAX_MS, Code::Ok),
        (PROPOSAL_LIFETIME_MAX_MS + 1, Code::BadDeadline),
    ] {
        let mut world = World::bare();
        let closes = world.time.plus_ms(1_000 + from_now);
        let step = GovernanceStep::Propose { proposal: parameters(5), closes };
        assert_eq!(take(&mut world, CENTRAL_DE, step).1[0].code, code, "{from_now}");
    }
}

#[test]
fn votes_count_until_before_the_closing_time_swept_or_not() {
    for limit in [0, 10] {
        for (at, code) in [(-1, Code::Ok), (0, Code::UnknownProposal)] {
            let mut world = World::bare();
            world.ledger.state.bounds.expiries_per_block = limit;
            let proposal = proposed(&mut world, CENTRAL_DE, &parameters(5));
            let closes = world.ledger.state.proposals.get(&proposal).unwrap().closes;
            world.time = Timestamp(closes.0.checked_add_signed(at - 1_000).unwrap());
            let item = signed_step(&mut world, BANK_A, GovernanceStep::Vote { proposal, approve: true });
            assert_eq!(world.run(&[item]).entries[0].code, code);
            let gone = code != Code::Ok && limit > 0;
            assert_eq!(world.ledger.state.proposals.get(&proposal).is_none(), gone, "sweep of {limit}, {at}");
        }
    }
}

#[test]
fn a_participant_votes_once() {
    let mut world = World::bare();
    let proposal = proposed(&mut world, CENTRAL_DE, &parameters(5));
    assert_eq!(voted(&mut world, CENTRAL_DE, proposal, true), Code::AlreadyVoted, "proposing is a vote");
    assert_eq!(voted(&mut world, CENTRAL_DE, proposal, false), Code::AlreadyVoted);
    assert_eq!(voted(&mut world, BANK_A, proposal, false), Code::Ok);
    assert_eq!(voted(&mut world, BANK_A, proposal, true), Code::AlreadyVoted);
    let ballots = &world.ledger.state.proposals.get(&proposal).unwrap().ballots;
    assert_eq!(
        ballots.iter().map(|b| (b.participant, b.approve)).collect::<Vec<_>>(),
        [(CENTRAL_DE, true), (BANK_A, false)]
    );
}

#[test]
fn what_is_decided_or_never_was_takes_no_votes() {
    let mut world = World::bare();
    let never = world.reference();
    assert_eq!(voted(&mut world, BANK_A, never, true), Code::UnknownProposal);
    let passed = proposed(&mut world, CENTRAL_DE, &parameters(5));
    assert_eq!(carry_after_proposer(&mut world, passed), Code::Ok);
    assert_eq!(voted(&mut world, BANK_B, passed, true), Code::UnknownProposal);
    let dropped = proposed(&mut world, BANK_A, &parameters(6));
    assert_eq!(voted(&mut world, CENTRAL_BR, dropped, false), Code::Ok);
    assert_eq!(voted(&mut world, BANK_B, dropped, true), Code::UnknownProposal);
    assert_eq!(world.ledger.roots().parameters.payment_lifetime_max_ms, 300_000);
}

fn carry_after_proposer(world: &mut World, proposal: Uetr) -> Code {
    assert_eq!(vote(world, CENTRAL_BR, proposal, true).len(), 1);
    vote(world, BANK_A, proposal, true)[1].code
}

fn dummy(world: &mut World, proposer: ParticipantId) -> OpenProposal {
    let (reference, closes) = (world.reference(), world.time.plus_ms(DAY_MS));
    OpenProposal { reference, proposer, proposal: parameters(5), closes, ballots: Vec::new() }
}

#[test]
fn proposals_are_limited_per_participant_and_in_all() {
    let mut world = World::bare();
    for n in 0..MAX_PROPOSALS_PER_PARTICIPANT {
        assert_eq!(propose(&mut world, BANK_A, &parameters(5)).1[0].code, Code::Ok, "{n}");
    }
    assert_eq!(propose(&mut world, BANK_A, &parameters(5)).1[0].code, Code::CapacityExceeded);
    while world.ledger.state.proposals.count() < MAX_PROPOSALS - 1 {
        let open = dummy(&mut world, OBSERVER);
        world.ledger.state.proposals.add(open);
    }
    let last = proposed(&mut world, BANK_B, &parameters(5));
    assert_eq!(propose(&mut world, BANK_B, &parameters(5)).1[0].code, Code::CapacityExceeded);
    // A central bank's no makes room.
    assert_eq!(voted(&mut world, CENTRAL_BR, last, false), Code::Ok);
    assert_eq!(propose(&mut world, BANK_B, &parameters(5)).1[0].code, Code::Ok);
}

#[test]
fn ballots_are_limited() {
    for (ballots, code) in [(MAX_VOTES - 1, Code::Ok), (MAX_VOTES, Code::CapacityExceeded)] {
        let mut world = World::bare();
        let proposal = proposed(&mut world, BANK_A, &parameters(5));
        let strangers = (1_000..).map(|n| Ballot { participant: ParticipantId(n), approve: true });
        world.ledger.state.proposals.edit(&proposal).unwrap().ballots = strangers.take(ballots).collect();
        assert_eq!(voted(&mut world, BANK_B, proposal, true), code);
    }
}

#[test]
fn a_repeated_step_gets_its_first_answer_and_does_nothing() {
    let mut world = World::bare();
    let closes = world.time.plus_ms(DAY_MS);
    let item = signed_step(&mut world, BANK_A, GovernanceStep::Propose { proposal: parameters(5), closes });
    let proposal = item.transaction.operation.reference().unwrap();
    let no = signed_step(&mut world, CENTRAL_DE, GovernanceStep::Vote { proposal, approve: false });
    let codes = |entries: Vec<Entry>| entries.iter().map(|entry| entry.code).collect::<Vec<_>>();
    assert_eq!(codes(world.run(&[item.clone(), no.clone()]).entries), [Code::Ok, Code::Ok]);
    assert_eq!(codes(world.run(&[item, no]).entries), [Code::Ok, Code::Ok]);
    assert_eq!(world.ledger.state.proposals.count(), 0, "it stays dropped");
}

#[test]
fn what_cannot_take_effect_cannot_be_proposed() {
    let mut world = World::bare();
    let current = world.ledger.epoch();
    let numbers = |lifetime, drift| Proposal::Parameters {
        parameters: Parameters { payment_lifetime_max_ms: lifetime, clock_drift_max_ms: drift },
    };
    let cases = [
        (numbers(60_000, 10), Code::Ok),
        (numbers(59_999, 10), Code::ProposalMalformed),
        (numbers(366 * DAY_MS, 60_000), Code::Ok),
        (numbers(366 * DAY_MS + 1, 60_000), Code::ProposalMalformed),
        (numbers(60_000, 9), Code::ProposalMalformed),
        (numbers(60_000, 60_001), Code::ProposalMalformed),
        (Proposal::Validators { epoch: current.next(), changes: vec![] }, Code::WrongEpoch),
        (Proposal::Validators { epoch: current, changes: vec![] }, Code::ValidatorSetInvalid),
    ];
    for (n, (proposal, code)) in cases.into_iter().enumerate() {
        let (reference, entries) = propose(&mut world, BANK_A, &proposal);
        assert_eq!(entries[0].code, code, "case {n}");
        assert_eq!(world.ledger.state.proposals.get(&reference).is_some(), code == Code::Ok);
        assert!(world.ledger.lookup(&reference).is_some(), "a refusal by the rules uses the reference up");
    }
}
