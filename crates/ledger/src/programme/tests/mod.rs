//! Tests of programmes: their life, what they let in, what they count.

mod caps;
mod life;
mod payments;

use corridor_types::operations::{AssetCap, ClientStep, Programme, ProgrammeStep};
use corridor_types::{
    Amount, ClientAuthorisation, ClientHandle, Code, IdentifiedTransaction, KeyRole, Label, Operation, ParticipantId,
    Payment, ProgrammeId, Timestamp,
};

use crate::Ledger;
use crate::tests::world::*;

type Signer = (ParticipantId, KeyRole, u8);

const FIRST: ProgrammeId = ProgrammeId(0);
/// Clients of bank A under the first programme.
const CLIENTS: [ClientHandle; 2] = [ClientHandle([0x21; 16]), ClientHandle([0x22; 16])];
const PAYMENT_CAP: u64 = 1_000;
const TOTAL_CAP: u64 = 2_500;
const BOTH: &[Signer] = &[(CENTRAL_DE, KeyRole::Supervisor, 0), (CENTRAL_BR, KeyRole::Supervisor, 0)];

const fn cap(asset: corridor_types::AssetId, payment: u64, total: u64) -> AssetCap {
    AssetCap { asset, payment: Amount(payment), total: Amount(total) }
}

/// Banks A and B, from Germany to Brazil, in euro; begins now and runs for ten days.
fn programme(world: &World) -> Programme {
    Programme {
        name: Label::new("Pilot").unwrap(),
        starts: world.time,
        ends: world.time.plus_ms(10 * DAY_MS),
        members: vec![BANK_A, BANK_B],
        corridors: vec![corridor("DE", "BR")],
        caps: vec![cap(EUR, PAYMENT_CAP, TOTAL_CAP)],
    }
}

/// Runs a transaction in a block of its own, after asking ahead: the code and the field.
fn run(world: &mut World, item: &IdentifiedTransaction) -> (Code, String) {
    let advice = world.ledger.check(&item.transaction, world.time.plus_ms(1_000));
    let entries = world.run(std::slice::from_ref(item)).entries;
    let (asked, field) = advice.map_or_else(|refusal| (refusal.code, refusal.field), |()| (Code::Ok, String::new()));
    assert_eq!((entries.len(), entries[0].code), (1, asked), "execution and advice agree");
    (asked, field)
}

fn act(world: &mut World, by: ParticipantId, step: ProgrammeStep, keys: &[Signer]) -> (Code, String) {
    let operation = Operation::Programme { reference: world.reference(), step };
    run(world, &signed_by(by, operation, keys))
}

/// By the book: Germany's central bank submits, both sign.
fn decide(world: &mut World, step: ProgrammeStep) -> Code {
    act(world, CENTRAL_DE, step, BOTH).0
}

fn open(world: &mut World, programme: Programme) -> Code {
    decide(world, ProgrammeStep::Open { programme })
}

fn amend(world: &mut World, programme: Programme) -> Code {
    decide(world, ProgrammeStep::Amend { number: FIRST, programme })
}

fn authorise(world: &mut World, authorisation: ClientAuthorisation) -> (Code, String) {
    let operation = Operation::Client { reference: world.reference(), step: ClientStep::Authorise { authorisation } };
    run(world, &signed_by(CENTRAL_DE, operation, &[(CENTRAL_DE, KeyRole::Supervisor, 0)]))
}

fn authorisation(handle: ClientHandle) -> ClientAuthorisation {
    ClientAuthorisation {
        handle,
        sponsor: BANK_A,
        assets: vec![EUR, BRL],
        corridors: vec![corridor("DE", "BR"), corridor("DE", "DE")],
        payment_cap: CLIENT_CAP,
        window: None,
        programme: Some(FIRST),
        valid_from: START,
        valid_until: START.plus_ms(300 * DAY_MS),
    }
}

/// With the first programme open and its clients authorised.
fn running() -> World {
    let mut world = World::new();
    let pilot = programme(&world);
    assert_eq!(open(&mut world, pilot), Code::Ok);
    for handle in CLIENTS {
        assert_eq!(authorise(&mut world, authorisation(handle)).0, Code::Ok);
    }
    world
}

/// A payment under the programme.
fn payment(world: &mut World, amount: u64) -> Payment {
    Payment { amount: Amount(amount), client: CLIENTS[0], ..world.payment() }
}

fn pay(world: &mut World, payment: &Payment) -> (Code, String) {
    run(world, &by(BANK_A, Operation::Pay { payment: payment.clone() }))
}

fn pay_amount(world: &mut World, amount: u64) -> Code {
    let payment = payment(world, amount);
    pay(world, &payment).0
}

fn paid(world: &World, number: ProgrammeId) -> Vec<u128> {
    world.ledger.state.programmes.get(number).unwrap().paid.clone()
}

/// Lets the next block have this time.
fn at(world: &mut World, time: Timestamp) {
    world.time = Timestamp(time.0 - 1_000);
}

fn assert_restores(world: &World) {
    let restored = Ledger::restore(&genesis(), world.ledger.records()).unwrap();
    assert_eq!(restored.state(), world.ledger.state());
    let (one, two) = (&restored.state.programmes.slots, &world.ledger.state.programmes.slots);
    assert!(one.iter().eq(two.iter()));
    assert_eq!(world.ledger.audit(), Ok(()));
}
