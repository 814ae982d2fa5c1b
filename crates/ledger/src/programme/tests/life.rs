//! Opening, amending, closing: who, when, and with what content.

use corridor_types::limits::{MAX_PROGRAMME_MEMBERS, MAX_SCOPE};
use corridor_types::{AssetId, Corridor};

use super::*;

/// Each step in each state, through the ledger.
#[test]
fn the_table_of_states() {
    let mut rows = String::new();
    for state in ["none", "open", "closed"] {
        for step in ["open", "amend", "close"] {
            let mut world = World::new();
            let pilot = programme(&world);
            if state != "none" {
                assert_eq!(open(&mut world, pilot.clone()), Code::Ok);
            }
            if state == "closed" {
                assert_eq!(decide(&mut world, ProgrammeStep::Close { number: FIRST }), Code::Ok);
            }
            // A second one opens beside the first.
            let number = if step == "open" { ProgrammeId(world.ledger.state.programmes.slots.len()) } else { FIRST };
            let code = match step {
                "open" => open(&mut world, pilot),
                "amend" => amend(&mut world, pilot),
                _ => decide(&mut world, ProgrammeStep::Close { number }),
            };
            let after = world.ledger.state.programmes.get(number);
            let after = after.map_or("none", |record| if record.closed { "closed" } else { "open" });
            rows += &format!("{state:<7} {step:<6} {number} {after:<7} {code}\n");
            assert_restores(&world);
        }
    }
    insta::assert_snapshot!(rows);
}

#[test]
fn the_central_banks_of_all_members_sign() {
    const DE: Signer = (CENTRAL_DE, KeyRole::Supervisor, 0);
    const BR: Signer = (CENTRAL_BR, KeyRole::Supervisor, 0);
    let cases: &[(ParticipantId, &[Signer], Code)] = &[
        (CENTRAL_DE, &[], Code::CentralBankApprovalMissing),
        (CENTRAL_DE, &[DE], Code::CentralBankApprovalMissing),
        (CENTRAL_DE, &[BR], Code::CentralBankApprovalMissing),
        (CENTRAL_DE, &[DE, BR, (CENTRAL_DE, KeyRole::Supervisor, 1)], Code::KeyNotAuthorised),
        (CENTRAL_DE, &[DE, (CENTRAL_BR, KeyRole::Operator, 0)], Code::KeyNotAuthorised),
        (CENTRAL_DE, &[DE, BR, (BANK_A, KeyRole::Supervisor, 0)], Code::KeyNotAuthorised),
        (BANK_A, &[DE, BR], Code::ParticipantNotAuthorised),
        (CENTRAL_BR, &[DE, BR], Code::Ok),
    ];
    for (n, (by, keys, code)) in cases.iter().enumerate() {
        let mut world = World::new();
        let pilot = programme(&world);
        assert_eq!(act(&mut world, *by, ProgrammeStep::Open { programme: pilot.clone() }, keys).0, *code, "open {n}");
        let mut world = running();
        let amending = ProgrammeStep::Amend { number: FIRST, programme: pilot };
        assert_eq!(act(&mut world, *by, amending, keys).0, *code, "amend {n}");
        assert_eq!(act(&mut world, *by, ProgrammeStep::Close { number: FIRST }, keys).0, *code, "close {n}");
    }
}

/// The members are of one country: the other country's central bank has no say, even if it
/// submits what others signed, and no say is needed of it.
#[test]
fn who_supervises_no_member_has_no_say() {
    let mut world = World::new();
    let own = Programme { members: vec![BANK_A, BANK_C], ..programme(&world) };
    let only_de = &BOTH[..1];
    let opening = ProgrammeStep::Open { programme: own };
    assert_eq!(act(&mut world, CENTRAL_DE, opening.clone(), BOTH).0, Code::KeyNotAuthorised);
    let refused = act(&mut world, CENTRAL_BR, opening.clone(), only_de);
    assert_eq!(refused, (Code::NotSupervisor, "participant".to_owned()));
    assert_eq!(act(&mut world, CENTRAL_DE, opening, only_de).0, Code::Ok);
}

/// Or a central bank could turn a programme of others into its own.
#[test]
fn those_who_leave_by_an_amendment_sign_it_too() {
    let mut world = running();
    let own = Programme { members: vec![BANK_A, BANK_C], ..programme(&world) };
    let amending = ProgrammeStep::Amend { number: FIRST, programme: own };
    let alone = act(&mut world, CENTRAL_DE, amending.clone(), &BOTH[..1]);
    assert_eq!(alone.0, Code::CentralBankApprovalMissing);
    assert_eq!(act(&mut world, CENTRAL_DE, amending, BOTH).0, Code::Ok);
    // Now Germany's decides alone.
    let closing = ProgrammeStep::Close { number: FIRST };
    assert_eq!(act(&mut world, CENTRAL_DE, closing.clone(), BOTH).0, Code::KeyNotAuthorised);
    assert_eq!(act(&mut world, CENTRAL_DE, closing, &BOTH[..1]).0, Code::Ok);
}

#[test]
fn what_is_not_there_is_said_to_whoever_signs_alone() {
    let mut world = World::new();
    let unknown = (Code::UnknownProgramme, "step.number".to_owned());
    let closing = ProgrammeStep::Close { number: ProgrammeId(7) };
    assert_eq!(act(&mut world, CENTRAL_DE, closing, &BOTH[..1]), unknown);
    for (members, code) in
        [(vec![], Code::ProgrammeMalformed), (vec![BANK_A], Code::ProgrammeMalformed), (vec![BANK_A, BANK_C], Code::Ok)]
    {
        let field = if code.is_ok() { "" } else { "step.programme.members" };
        let few = Programme { members, ..programme(&world) };
        let answer = act(&mut world, CENTRAL_DE, ProgrammeStep::Open { programme: few }, &BOTH[..1]);
        assert_eq!(answer, (code, field.to_owned()));
    }
}

type Change = fn(&mut Programme);

fn corridors(count: usize) -> Vec<Corridor> {
    let countries = ["AR", "AT", "AU", "BE", "BO", "BR", "CA", "CH", "CL"];
    let mut all: Vec<_> = countries.iter().flat_map(|from| countries.iter().map(|to| corridor(from, to))).collect();
    all.sort_unstable();
    all.truncate(count);
    all
}

const CONTENT: &[(Change, Code, &str)] = &[
    (|_| (), Code::Ok, ""),
    (|p| p.ends = p.starts.plus_ms(1), Code::Ok, ""),
    (|p| p.ends = p.starts, Code::ProgrammeMalformed, "step.programme.ends"),
    (|p| p.ends = Timestamp(p.starts.0 - 1), Code::ProgrammeMalformed, "step.programme.ends"),
    (|p| p.members.reverse(), Code::ProgrammeMalformed, "step.programme.members"),
    (|p| p.members.insert(0, BANK_A), Code::ProgrammeMalformed, "step.programme.members"),
    (|p| p.members = (2..1_027).map(ParticipantId).collect(), Code::ProgrammeMalformed, "step.programme.members"),
    (|p| p.members.push(ParticipantId(77)), Code::UnknownParticipant, "step.programme.members"),
    (|p| p.members.push(OBSERVER), Code::ProgrammeMalformed, "step.programme.members"),
    (|p| p.members.insert(0, CENTRAL_DE), Code::Ok, ""),
    (|p| p.corridors.clear(), Code::ProgrammeMalformed, "step.programme.corridors"),
    (|p| p.corridors = vec![corridor("DE", "BR"); 2], Code::ProgrammeMalformed, "step.programme.corridors"),
    (|p| p.corridors = corridors(MAX_SCOPE), Code::Ok, ""),
    (|p| p.corridors = corridors(MAX_SCOPE + 1), Code::ProgrammeMalformed, "step.programme.corridors"),
    (|p| p.caps.clear(), Code::ProgrammeMalformed, "step.programme.caps"),
    (|p| p.caps.push(cap(EUR, 1, 1)), Code::ProgrammeMalformed, "step.programme.caps"),
    (|p| p.caps.insert(0, cap(BRL, 1, 1)), Code::ProgrammeMalformed, "step.programme.caps"),
    (|p| p.caps.push(cap(BRL, 1, 1)), Code::Ok, ""),
    (|p| p.caps.push(cap(AssetId(9), 1, 1)), Code::UnknownAsset, "step.programme.caps"),
    (|p| p.caps = vec![cap(EUR, 0, 5)], Code::ProgrammeMalformed, "step.programme.caps"),
    (|p| p.caps = vec![cap(EUR, 5, 5)], Code::Ok, ""),
    (|p| p.caps = vec![cap(EUR, 6, 5)], Code::ProgrammeMalformed, "step.programme.caps"),
];

#[test]
fn each_rule_about_the_content_has_its_code() {
    assert_eq!(MAX_PROGRAMME_MEMBERS, 1_024, "the case with 1,025 members is the first refused one");
    for (n, (change, code, field)) in CONTENT.iter().enumerate() {
        let mut world = World::new();
        let mut pilot = programme(&world);
        change(&mut pilot);
        let opening = ProgrammeStep::Open { programme: pilot.clone() };
        assert_eq!(act(&mut world, CENTRAL_DE, opening, BOTH), (*code, (*field).to_owned()), "open, case {n}");
        let mut world = running();
        let amending = ProgrammeStep::Amend { number: FIRST, programme: pilot };
        assert_eq!(act(&mut world, CENTRAL_DE, amending, BOTH), (*code, (*field).to_owned()), "amend, case {n}");
        assert_restores(&world);
    }
}

#[test]
fn a_full_table_refuses() {
    let mut world = World::new();
    world.ledger.state.bounds.programmes = 2;
    let pilot = programme(&world);
    assert_eq!(open(&mut world, pilot.clone()), Code::Ok);
    assert_eq!(open(&mut world, pilot.clone()), Code::Ok);
    assert_eq!(open(&mut world, pilot), Code::CapacityExceeded);
}

#[test]
fn a_client_belongs_to_a_programme_of_its_sponsor() {
    let window = |length_ms| Some(corridor_types::operations::Window { length_ms, cap: Amount(5) });
    let cases: &[(ClientAuthorisation, Code, &str)] = &[
        (authorisation(ClientHandle([1; 16])), Code::Ok, ""),
        (
            ClientAuthorisation { programme: Some(ProgrammeId(1)), ..authorisation(ClientHandle([2; 16])) },
            Code::UnknownProgramme,
            "authorisation.programme",
        ),
        (
            ClientAuthorisation { sponsor: BANK_C, ..authorisation(ClientHandle([3; 16])) },
            Code::NotProgrammeMember,
            "authorisation.sponsor",
        ),
        (
            ClientAuthorisation { window: window(0), ..authorisation(ClientHandle([4; 16])) },
            Code::AuthorisationMalformed,
            "authorisation.window.length_ms",
        ),
        (ClientAuthorisation { window: window(1), ..authorisation(ClientHandle([5; 16])) }, Code::Ok, ""),
    ];
    let mut world = running();
    for (n, (authorisation, code, field)) in cases.iter().enumerate() {
        assert_eq!(authorise(&mut world, authorisation.clone()), (*code, (*field).to_owned()), "case {n}");
    }
    assert_eq!(decide(&mut world, ProgrammeStep::Close { number: FIRST }), Code::Ok);
    let late = authorise(&mut world, authorisation(ClientHandle([6; 16])));
    assert_eq!(late, (Code::ProgrammeClosed, "authorisation.programme".to_owned()));
}
