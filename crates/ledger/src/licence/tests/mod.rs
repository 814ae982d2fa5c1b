//! Tests of licences, and a world with licensing authorities that other objects' tests use too.
#![allow(clippy::unwrap_used, clippy::panic)]

mod draw;
mod figures;
mod interleavings;
mod standing;
mod steps;

use corridor_crypto::Digest;
use corridor_types::operations::{AssetStep, ClientStep, Licence, LicenceStep, PaymentStep};
use corridor_types::{
    Amount, ClientAuthorisation, ClientHandle, Code, Control, IdentifiedTransaction, KeyRole, LicenceHandle,
    LicenceUse, Operation, ParticipantId, ParticipantKind, Payment, Timestamp,
};

use crate::Participant;
use crate::tests::world::*;

pub const AUTHORITY_DE: ParticipantId = ParticipantId(6);
pub const AUTHORITY_BR: ParticipantId = ParticipantId(7);
/// Of a country at no end of any corridor here.
pub const AUTHORITY_FR: ParticipantId = ParticipantId(8);
pub const CLIENT_C: ClientHandle = ClientHandle([0xc; 16]);
pub const LICENCE: LicenceHandle = LicenceHandle([1; 16]);
pub const OTHER: LicenceHandle = LicenceHandle([2; 16]);
pub const VALUE: Amount = Amount(1_000);

/// The usual world, three authorities, and bank C with money and a client.
pub fn world() -> World {
    let mut world = World::new();
    let kind = ParticipantKind::LicensingAuthority;
    for (number, code, country) in [(6, "AUDE", "DE"), (7, "AUBR", "BR"), (8, "AUFR", "FR")] {
        let entry = participant(number, (code, country, kind, 0));
        world.ledger.state.participants.add(Participant::of_genesis(entry));
    }
    let client_a = &world.ledger.client(&CLIENT_A).unwrap().authorisation;
    let authorisation = ClientAuthorisation { handle: CLIENT_C, sponsor: BANK_C, ..client_a.clone() };
    let (issued, authorised) = (world.reference(), world.reference());
    let entries = world.run(&[
        by(
            CENTRAL_DE,
            Operation::Asset { reference: issued, step: AssetStep::Issue { account: C_EUR, amount: FUNDS } },
        ),
        by(CENTRAL_DE, Operation::Client { reference: authorised, step: ClientStep::Authorise { authorisation } }),
    ]);
    assert!(entries.entries.iter().all(|entry| entry.code == Code::Ok));
    world
}

/// One with a licence of [`AUTHORITY_DE`].
pub fn licensed() -> World {
    let mut world = world();
    assert_eq!(issue(&mut world, AUTHORITY_DE, licence()), Code::Ok);
    world
}

/// Worth 1,000 euro cents, for banks A and C, for a hundred days.
pub fn licence() -> Licence {
    Licence {
        handle: LICENCE,
        regime: "EU 2021/821".parse().unwrap(),
        asset: EUR,
        value: VALUE,
        banks: vec![BANK_A, BANK_C],
        parties: Digest::ZERO,
        valid_from: START,
        valid_until: START.plus_ms(100 * DAY_MS),
    }
}

pub fn signed(participant: ParticipantId, operation: Operation, role: KeyRole) -> IdentifiedTransaction {
    IdentifiedTransaction::new(transaction(participant, operation, &[(role, 0)]))
}

/// A step by a supervisor key.
pub fn step(world: &mut World, participant: ParticipantId, step: LicenceStep) -> IdentifiedTransaction {
    signed(participant, Operation::Licence { reference: world.reference(), step }, KeyRole::Supervisor)
}

pub fn take(world: &mut World, participant: ParticipantId, taken: LicenceStep) -> Code {
    let item = step(world, participant, taken);
    world.run(&[item]).entries[0].code
}

pub fn issue(world: &mut World, authority: ParticipantId, licence: Licence) -> Code {
    take(world, authority, LicenceStep::Issue { licence })
}

pub fn revoke(world: &mut World) -> Code {
    take(world, AUTHORITY_DE, LicenceStep::Revoke { handle: LICENCE })
}

pub fn amend(world: &mut World, value: Amount, valid_until: Timestamp) -> Code {
    take(world, AUTHORITY_DE, LicenceStep::Amend { handle: LICENCE, value, valid_until })
}

pub fn uses(uses: &[(LicenceHandle, u64)]) -> Control {
    let used = |(licence, amount): &(LicenceHandle, u64)| LicenceUse { licence: *licence, amount: Amount(*amount) };
    Control::Controlled { licences: uses.iter().map(used).collect() }
}

/// A payment of bank A that draws its whole amount.
pub fn controlled(world: &mut World, amount: u64) -> Payment {
    Payment { amount: Amount(amount), control: uses(&[(LICENCE, amount)]), ..world.payment() }
}

/// What is drawn and reserved.
pub fn figures(world: &World) -> (u64, u64) {
    world.ledger.audit().unwrap();
    let record = world.ledger.state.licences.get(&LICENCE).unwrap();
    (record.drawn.0, record.reserved.0)
}

/// Bank B's attestation.
pub fn attestation(world: &mut World, payment: &Payment) -> IdentifiedTransaction {
    let payments = vec![corridor_types::Attested { payment: payment.uetr, content: payment.content() }];
    by(
        BANK_B,
        Operation::Payment { reference: world.reference(), step: PaymentStep::Attest { payments, screening: None } },
    )
}

/// The code and status of the payment after bank B attested it.
pub fn attest(world: &mut World, payment: &Payment) -> (Code, Option<corridor_types::PaymentStatus>) {
    let item = attestation(world, payment);
    let entry = world.run(&[item]).entries[1].clone();
    assert_eq!(entry.reference, payment.uetr);
    (entry.code, entry.status)
}
