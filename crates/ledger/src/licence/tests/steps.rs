//! Issue, Amend and Revoke: who may, when, and what they change.

use super::*;

#[test]
fn only_an_officer_of_a_licensing_authority_may_issue() {
    let mut world = world();
    for (who, code) in [
        (BANK_A, Code::ParticipantNotAuthorised),
        (CENTRAL_DE, Code::ParticipantNotAuthorised),
        (OBSERVER, Code::ParticipantNotAuthorised),
    ] {
        assert_eq!(issue(&mut world, who, licence()), code);
    }
    for role in [KeyRole::Operator, KeyRole::Compliance, KeyRole::Governance, KeyRole::Issuer] {
        let (reference, step) = (world.reference(), LicenceStep::Issue { licence: licence() });
        let item = signed(AUTHORITY_DE, Operation::Licence { reference, step }, role);
        assert_eq!(world.run(&[item]).entries[0].code, Code::KeyNotAuthorised, "{role}");
    }
    assert_eq!(issue(&mut world, AUTHORITY_DE, licence()), Code::Ok);
    let record = world.ledger.state.licences.get(&LICENCE).unwrap();
    assert_eq!(*record, crate::LicenceRecord::new(licence(), AUTHORITY_DE));
}

#[test]
fn another_authority_changes_nothing_and_uses_up_no_reference() {
    let mut world = licensed();
    let until = licence().valid_until;
    let steps = [
        LicenceStep::Amend { handle: LICENCE, value: VALUE, valid_until: until },
        LicenceStep::Revoke { handle: LICENCE },
    ];
    for step in steps {
        let reference = world.reference();
        let item = signed(AUTHORITY_BR, Operation::Licence { reference, step }, KeyRole::Supervisor);
        assert_eq!(world.run(&[item]).entries[0].code, Code::NotLicensingAuthority);
        assert_eq!(world.ledger.lookup(&reference), None);
    }
    assert!(!world.ledger.state.licences.get(&LICENCE).unwrap().revoked);
}

#[test]
fn a_licence_that_makes_no_sense_is_refused() {
    let full: Vec<_> = (0..65).map(ParticipantId).collect();
    let until = |valid_until| Licence { valid_until, ..licence() };
    let cases = [
        (Licence { value: Amount::ZERO, ..licence() }, Code::LicenceMalformed),
        (Licence { value: Amount(1), ..licence() }, Code::Ok),
        (Licence { banks: vec![], ..licence() }, Code::LicenceMalformed),
        (Licence { banks: vec![BANK_C, BANK_A], ..licence() }, Code::LicenceMalformed),
        (Licence { banks: vec![BANK_A, BANK_A], ..licence() }, Code::LicenceMalformed),
        (Licence { banks: full, ..licence() }, Code::LicenceMalformed),
        (Licence { banks: vec![CENTRAL_DE, BANK_A], ..licence() }, Code::LicenceMalformed),
        (Licence { banks: vec![BANK_A, OBSERVER], ..licence() }, Code::LicenceMalformed),
        (Licence { banks: vec![BANK_A, ParticipantId(9)], ..licence() }, Code::UnknownParticipant),
        (Licence { asset: corridor_types::AssetId(2), ..licence() }, Code::UnknownAsset),
        (until(START), Code::LicenceMalformed),
        (until(START.plus_ms(1)), Code::Ok),
    ];
    for (licence, code) in cases {
        assert_eq!(issue(&mut world(), AUTHORITY_DE, licence.clone()), code, "{licence:?}");
    }
}

#[test]
fn a_handle_is_issued_once_by_whomever() {
    let mut world = licensed();
    assert_eq!(issue(&mut world, AUTHORITY_BR, licence()), Code::LicenceExists);
    assert_eq!(revoke(&mut world), Code::Ok);
    assert_eq!(issue(&mut world, AUTHORITY_DE, licence()), Code::LicenceExists);
}

#[test]
fn there_is_room_for_so_many_licences() {
    let mut world = world();
    world.ledger.state.bounds.licences = 2;
    let numbered = |n| Licence { handle: LicenceHandle([n; 16]), ..licence() };
    let codes = [1, 2, 3].map(|n| issue(&mut world, AUTHORITY_DE, numbered(n)));
    assert_eq!(codes, [Code::Ok, Code::Ok, Code::CapacityExceeded]);
}

#[test]
fn an_amendment_stays_above_what_is_used_and_may_prolong_what_is_over() {
    let mut world = licensed();
    let until = licence().valid_until;
    let (drawn, reserved) = (controlled(&mut world, 300), controlled(&mut world, 200));
    assert_eq!((world.pay(&drawn).code, world.pay(&reserved).code), (Code::Ok, Code::Ok));
    assert_eq!(attest(&mut world, &drawn).0, Code::Ok);
    assert_eq!(figures(&world), (300, 200));
    assert_eq!(amend(&mut world, Amount(499), until), Code::LicenceBelowUse);
    assert_eq!(amend(&mut world, Amount(500), until), Code::Ok);
    let more = controlled(&mut world, 1);
    assert_eq!(world.pay(&more).code, Code::LicenceExhausted);
    assert_eq!(amend(&mut world, Amount(501), START), Code::LicenceMalformed);
    assert_eq!(amend(&mut world, Amount(501), START.plus_ms(1)), Code::Ok);
    let more = controlled(&mut world, 1);
    assert_eq!(world.pay(&more).code, Code::LicenceNotValidNow);
    assert_eq!(amend(&mut world, Amount(501), until), Code::Ok);
    let more = controlled(&mut world, 1);
    assert_eq!(world.pay(&more).code, Code::Ok);
    assert_eq!(amend(&mut world, Amount::ZERO, until), Code::LicenceMalformed);
}

/// What each step gets in each state of a licence: the legal transitions are the rows with `ok`.
#[test]
fn the_table_of_steps() {
    let over = |world: &mut World| world.time = licence().valid_until;
    type State = (&'static str, fn() -> World);
    let states: [State; 5] = [
        ("no licence", world),
        ("valid", licensed),
        ("in use", || {
            let mut world = licensed();
            let payment = controlled(&mut world, VALUE.0);
            assert_eq!(world.pay(&payment).code, Code::Ok);
            world
        }),
        ("over", licensed),
        ("revoked", || {
            let mut world = licensed();
            assert_eq!(revoke(&mut world), Code::Ok);
            world
        }),
    ];
    let (less, more) = (Amount(VALUE.0 - 1), Amount(VALUE.0 + 1));
    let until = licence().valid_until.plus_ms(DAY_MS);
    let steps = [
        ("issue", LicenceStep::Issue { licence: licence() }),
        ("amend to less", LicenceStep::Amend { handle: LICENCE, value: less, valid_until: until }),
        ("amend to more", LicenceStep::Amend { handle: LICENCE, value: more, valid_until: until }),
        ("revoke", LicenceStep::Revoke { handle: LICENCE }),
    ];
    let mut table = String::new();
    for (state, world) in &states {
        for (name, step) in &steps {
            let mut world = world();
            if *state == "over" {
                over(&mut world);
            }
            let code = take(&mut world, AUTHORITY_DE, step.clone());
            table += &format!("{state:<10} {name:<13} {code}\n");
        }
    }
    insta::assert_snapshot!(table);
}
