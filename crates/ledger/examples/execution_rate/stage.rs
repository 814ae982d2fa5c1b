//! A world in which every rule is on: both countries' rulebooks ask for programme, screening and
//! attestation; the client has a programme and a cap over a stretch of time; account, bank, corridor
//! and currency have limits; the currency has a calendar; payments above an amount need checkers;
//! a licence is there for controlled goods.

use corridor_crypto::Digest;
use corridor_types::operations::{
    ApprovalRule, AssetCap, AssetStep, Calendar, CalendarStep, ClientStep, GovernanceStep, Licence, LicenceGap,
    LicenceStep, Limit, LimitScope, LimitStep, ParticipantStep, Programme, ProgrammeStep, Proposal, RulebookPack,
    Rules, Screening, ScreeningStep, TravelRule, Verdict, Window,
};
use corridor_types::{
    Amount, ClientAuthorisation, ClientHandle, Code, IdentifiedTransaction, KeyRole, LicenceHandle, ListId, Operation,
    ParticipantId, ParticipantKind, ProgrammeId,
};

use crate::Ledger;
use crate::world::*;

pub const AUTHORITY: ParticipantId = ParticipantId(6);
pub const CLIENT: ClientHandle = ClientHandle([0xc; 16]);
pub const LICENCE: LicenceHandle = LicenceHandle([0x1; 16]);
pub const PLENTY: Amount = Amount(1 << 60);
const VERSION: Digest = Digest([9; 32]);
const MONTH: Window = Window { length_ms: 30 * DAY_MS, cap: PLENTY };

/// What either agent says when it screened.
pub fn screening(world: &World) -> Screening {
    Screening { list: ListId(1), version: VERSION, time: world.time, verdict: Verdict::Clear }
}

/// The world, with money on the accounts of A, B and C in euro and of A and B in real.
pub fn world(all_rules: bool) -> World {
    let mut genesis = genesis();
    genesis.participants.push(participant(6, ("LICA", "DE", ParticipantKind::LicensingAuthority, 0)));
    let mut world = World { ledger: Ledger::genesis(&genesis).unwrap(), time: START, references: 0 };
    for (issuer, account) in
        [(CENTRAL_DE, A_EUR), (CENTRAL_DE, B_EUR), (CENTRAL_DE, C_EUR), (CENTRAL_BR, A_BRL), (CENTRAL_BR, B_BRL)]
    {
        let reference = world.reference();
        run(
            &mut world,
            by(
                issuer,
                Operation::Asset { reference, step: AssetStep::Issue { account, amount: Amount(PLENTY.0 >> 4) } },
            ),
        );
    }
    if all_rules {
        programme(&mut world);
    }
    client(&mut world, all_rules);
    if all_rules {
        limits(&mut world);
        lists_and_calendars(&mut world);
        licence(&mut world);
        rulebooks(&mut world);
    }
    world
}

fn run(world: &mut World, item: IdentifiedTransaction) {
    let entries = world.run(&[item]).entries;
    assert!(entries.iter().all(|entry| entry.code == Code::Ok), "{entries:?}");
}

fn act(
    world: &mut World,
    who: ParticipantId,
    role: KeyRole,
    operation: impl FnOnce(corridor_types::Uetr) -> Operation,
) {
    let operation = operation(world.reference());
    run(world, signed_by(who, operation, &[(who, role, 0)]));
}

fn programme(world: &mut World) {
    let programme = Programme {
        name: "Pilot".parse().unwrap(),
        starts: START,
        ends: START.plus_ms(300 * DAY_MS),
        members: vec![BANK_A, BANK_B, BANK_C],
        corridors: vec![corridor("BR", "DE"), corridor("DE", "BR"), corridor("DE", "DE")],
        caps: vec![AssetCap { asset: EUR, payment: CLIENT_CAP, total: PLENTY }],
    };
    let operation = Operation::Programme { reference: world.reference(), step: ProgrammeStep::Open { programme } };
    let keys = [(CENTRAL_DE, KeyRole::Supervisor, 0), (CENTRAL_BR, KeyRole::Supervisor, 0)];
    run(world, signed_by(CENTRAL_DE, operation, &keys));
}

fn client(world: &mut World, all_rules: bool) {
    for (handle, sponsor, supervisor, from) in
        [(CLIENT, BANK_A, CENTRAL_DE, "DE"), (CLIENT_B, BANK_B, CENTRAL_BR, "BR"), (CLIENT_A, BANK_C, CENTRAL_DE, "DE")]
    {
        let authorisation = ClientAuthorisation {
            handle,
            sponsor,
            assets: vec![EUR],
            corridors: vec![corridor(from, "BR"), corridor(from, "DE")],
            payment_cap: CLIENT_CAP,
            window: all_rules.then_some(MONTH),
            programme: all_rules.then_some(ProgrammeId(0)),
            valid_from: START,
            valid_until: START.plus_ms(300 * DAY_MS),
        };
        act(world, supervisor, KeyRole::Supervisor, |reference| Operation::Client {
            reference,
            step: ClientStep::Authorise { authorisation },
        });
    }
    let rule = ApprovalRule { asset: EUR, above: PLENTY, checkers: 1 };
    act(world, BANK_A, KeyRole::Governance, |reference| Operation::Participant {
        reference,
        step: ParticipantStep::SetApprovals { rule },
    });
}

fn limits(world: &mut World) {
    let scopes = [
        LimitScope::Account { account: A_EUR },
        LimitScope::Bank { participant: BANK_A, asset: EUR },
        LimitScope::Corridor { corridor: corridor("DE", "BR"), asset: EUR },
        LimitScope::Asset { asset: EUR },
    ];
    for scope in scopes {
        let limit = Limit { scope, balance_max: None, payment_max: Some(ASSET_CAP), window: Some(MONTH) };
        act(world, CENTRAL_DE, KeyRole::Issuer, |reference| Operation::Limit {
            reference,
            step: LimitStep::Set { limit },
        });
    }
}

fn lists_and_calendars(world: &mut World) {
    for central in [CENTRAL_DE, CENTRAL_BR] {
        let step = ScreeningStep::Require { list: ListId(1), version: VERSION, max_age_ms: 30 * DAY_MS };
        act(world, central, KeyRole::Supervisor, |reference| Operation::Screening { reference, step });
    }
    let calendar = Some(Calendar { weekend: 0, holidays: vec![], opens: 0, closes: 1_440 });
    act(world, CENTRAL_DE, KeyRole::Issuer, |reference| Operation::Calendar {
        reference,
        step: CalendarStep::Set { asset: EUR, calendar },
    });
}

fn licence(world: &mut World) {
    let licence = Licence {
        handle: LICENCE,
        regime: "EU 2021/821".parse().unwrap(),
        asset: EUR,
        value: PLENTY,
        banks: vec![BANK_A],
        parties: Digest::ZERO,
        valid_from: START,
        valid_until: START.plus_ms(300 * DAY_MS),
    };
    let step = LicenceStep::Issue { licence };
    act(world, AUTHORITY, KeyRole::Supervisor, |reference| Operation::Licence { reference, step });
}

/// Decided by the four validators.
fn rulebooks(world: &mut World) {
    let rules = Rules {
        travel_rule: TravelRule::Above { amount: Amount(1) },
        programme_required: true,
        screening_required: true,
        licence_gap: LicenceGap::Hold,
        hold_max_ms: DAY_MS,
        value_date_days_max: 5,
    };
    for country in ["DE", "BR"] {
        let effective_from = world.time.plus_ms(10_000);
        let pack =
            RulebookPack { country: country.parse().unwrap(), corridor: None, version: 1, effective_from, rules };
        let (proposal, closes) = (world.reference(), world.time.plus_ms(DAY_MS));
        let step = GovernanceStep::Propose { proposal: Proposal::Rulebook { pack }, closes };
        run(
            world,
            signed_by(
                CENTRAL_DE,
                Operation::Governance { reference: proposal, step },
                &[(CENTRAL_DE, KeyRole::Governance, 0)],
            ),
        );
        for voter in [CENTRAL_BR, BANK_A] {
            let step = GovernanceStep::Vote { proposal, approve: true };
            act(world, voter, KeyRole::Governance, |reference| Operation::Governance { reference, step });
        }
    }
    world.time = world.time.plus_ms(20_000);
}
