//! Tests of screening, in a world where both countries demand it and both central banks have
//! published a list.
#![allow(clippy::unwrap_used, clippy::panic)]

mod initiation;
mod officers;
mod rescreening;
mod settlement;
mod steps;

use corridor_crypto::{Digest, Domain};
use corridor_types::operations::{PaymentStep, RulebookPack, Rules, Screening, ScreeningStep, Verdict};
use corridor_types::{
    Attested, Code, CountryCode, Entry, IdentifiedTransaction, KeyRole, ListId, Operation, ParticipantId, Payment,
    PaymentStatus, Timestamp,
};

use crate::tests::world::*;
use crate::{OpenPayment, RequiredList, Rulebook};

/// The lists of the two central banks.
const LIST_DE: ListId = ListId(1);
const LIST_BR: ListId = ListId(2);
/// How old a screening may be.
const AGE_MS: u64 = 3_600_000;

fn version(number: u8) -> Digest {
    Digest::of(Domain::Details, &[number])
}

/// Both central banks require version 1 of their list.
fn world() -> World {
    let mut world = demanding(World::new(), &["DE", "BR"]);
    for (central_bank, list) in [(CENTRAL_DE, LIST_DE), (CENTRAL_BR, LIST_BR)] {
        assert_eq!(require(&mut world, central_bank, list, 1), Code::Ok);
    }
    world
}

/// The countries' rulebooks demand screening.
fn demanding(mut world: World, countries: &[&str]) -> World {
    for country in countries {
        let country: CountryCode = country.parse().unwrap();
        let rules = Rules { screening_required: true, ..Rules::default() };
        let next = RulebookPack { country, corridor: None, version: 1, effective_from: START, rules };
        world.ledger.state.rulebooks.publish(Rulebook { current: None, next });
    }
    world
}

fn signed(participant: ParticipantId, operation: Operation, role: KeyRole) -> IdentifiedTransaction {
    IdentifiedTransaction::new(transaction(participant, operation, &[(role, 0)]))
}

fn require_in(world: &mut World, central_bank: ParticipantId, step: ScreeningStep) -> Code {
    let operation = Operation::Screening { reference: world.reference(), step };
    world.run(&[signed(central_bank, operation, KeyRole::Supervisor)]).entries[0].code
}

fn require(world: &mut World, central_bank: ParticipantId, list: ListId, number: u8) -> Code {
    require_in(world, central_bank, ScreeningStep::Require { list, version: version(number), max_age_ms: AGE_MS })
}

/// By the list of Germany in version 1.
fn screening(time: Timestamp, verdict: Verdict) -> Screening {
    Screening { list: LIST_DE, version: version(1), time, verdict }
}

/// By the list of Brazil in version 1.
fn creditors(time: Timestamp, verdict: Verdict) -> Screening {
    Screening { list: LIST_BR, ..screening(time, verdict) }
}

/// Bank A's payment with a screening of now that found nothing.
fn screened(world: &mut World) -> Payment {
    let time = world.time;
    Payment { screening: Some(screening(time, Verdict::Clear)), ..world.payment() }
}

/// One that was accepted.
fn waiting(world: &mut World) -> Payment {
    let payment = screened(world);
    let entry = world.pay(&payment);
    assert_eq!((entry.code, entry.status), (Code::Ok, Some(PaymentStatus::AwaitingAttestation)));
    payment
}

/// The code and status of the payment after bank B attested it.
fn attest(world: &mut World, payment: &Payment, screening: Option<Screening>) -> (Code, Option<PaymentStatus>) {
    let payments = vec![Attested { payment: payment.uetr, content: payment.content() }];
    let operation =
        Operation::Payment { reference: world.reference(), step: PaymentStep::Attest { payments, screening } };
    last(&world.submit(BANK_B, operation))
}

/// The code and status of the last entry of a rescreening.
fn rescreen(
    world: &mut World,
    by_whom: ParticipantId,
    payment: &Payment,
    screening: Screening,
) -> (Code, Option<PaymentStatus>) {
    let step = ScreeningStep::Rescreen { payment: payment.uetr, screening };
    let operation = Operation::Screening { reference: world.reference(), step };
    last(&world.submit(by_whom, operation))
}

fn last(entries: &[Entry]) -> (Code, Option<PaymentStatus>) {
    let entry = entries.last().unwrap();
    (entry.code, entry.status)
}

fn open<'a>(world: &'a World, payment: &Payment) -> &'a OpenPayment {
    world.ledger.open_payment(&payment.uetr).unwrap()
}

const SETTLED: (Code, Option<PaymentStatus>) = (Code::Ok, Some(PaymentStatus::Settled));
const QUEUED: (Code, Option<PaymentStatus>) = (Code::Ok, Some(PaymentStatus::Queued));
const HELD: (Code, Option<PaymentStatus>) = (Code::Ok, Some(PaymentStatus::Held));
const WAITING: (Code, Option<PaymentStatus>) = (Code::Ok, Some(PaymentStatus::AwaitingAttestation));
