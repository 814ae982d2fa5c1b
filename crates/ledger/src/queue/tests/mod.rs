//! Tests of the queues: a market of three banks whose payments need no attestation and which have
//! no money but what a test gives them.
#![allow(clippy::unwrap_used)]

mod bounds;
mod order;
mod pass;
mod waiting;

use corridor_types::operations::{AccountStep, AssetStep, ClientStep, RulebookPack, Rules, Window};
use corridor_types::{
    AccountId, Amount, ClientAuthorisation, ClientHandle, Code, Corridor, Entry, EntryKind, Operation, ParticipantId,
    Payment, PaymentStatus, Shortfall,
};

use crate::Rulebook;
use crate::tests::world::*;

const CLIENT_C: ClientHandle = ClientHandle([0xc; 16]);

/// A bank of the market: who, its account, its client, its country.
type Bank = (ParticipantId, AccountId, ClientHandle, &'static str);
const A: Bank = (BANK_A, A_EUR, CLIENT_A, "DE");
const B: Bank = (BANK_B, B_EUR, CLIENT_B, "BR");
const C: Bank = (BANK_C, C_EUR, CLIENT_C, "DE");
/// A second account of bank A, which only receives.
const SINK: Bank = (BANK_A, A_EUR_SECOND, CLIENT_A, "DE");

fn market() -> World {
    let mut world = World::new();
    let authorisation = ClientAuthorisation {
        handle: CLIENT_C,
        sponsor: BANK_C,
        assets: vec![EUR],
        corridors: vec![corridor("DE", "BR"), corridor("DE", "DE")],
        payment_cap: CLIENT_CAP,
        window: Some(Window { length_ms: 16 * DAY_MS, cap: Amount(1_000) }),
        programme: None,
        valid_from: START,
        valid_until: START.plus_ms(300 * DAY_MS),
    };
    let reference = world.reference();
    assert_eq!(
        world.code(CENTRAL_DE, Operation::Client { reference, step: ClientStep::Authorise { authorisation } }),
        Code::Ok
    );
    for (bank, account, ..) in [A, B, C, SINK] {
        let consent = Operation::Account {
            reference: world.reference(),
            step: AccountStep::SetStandingConsent { account, up_to: Amount(u64::MAX) },
        };
        assert_eq!(world.code(bank, consent), Code::Ok);
    }
    for account in [A_EUR, B_EUR] {
        let redeem =
            Operation::Asset { reference: world.reference(), step: AssetStep::Redeem { account, amount: FUNDS } };
        assert_eq!(world.code(CENTRAL_DE, redeem), Code::Ok);
    }
    world
}

/// A payment that waits if there is no money, for three days.
fn order(world: &mut World, from: Bank, to: Bank, amount: u64) -> Payment {
    let (debtor_account, creditor_account, client) = (from.1, to.1, from.2);
    let corridor: Corridor = corridor(from.3, to.3);
    let (amount, shortfall, expiry) = (Amount(amount), Shortfall::Queue, world.time.plus_ms(3 * DAY_MS));
    Payment { debtor_account, creditor_account, client, corridor, amount, shortfall, expiry, ..world.payment() }
}

/// Submits a payment and tells where it is after the block.
fn enter(world: &mut World, payment: &Payment) -> PaymentStatus {
    let agent = world.ledger.account(payment.debtor_account).unwrap().owner;
    let entry = world.submit(agent, Operation::Pay { payment: payment.clone() }).remove(0);
    assert_eq!(entry.code, Code::Ok);
    status(world, payment)
}

/// The same with a new payment.
fn queue(world: &mut World, from: Bank, to: Bank, amount: u64) -> Payment {
    let payment = order(world, from, to, amount);
    assert_eq!(enter(world, &payment), PaymentStatus::Queued);
    payment
}

fn status(world: &World, payment: &Payment) -> PaymentStatus {
    world.ledger.status_of(&payment.uetr).unwrap()
}

/// Which of these have settled.
fn settled<const N: usize>(world: &World, payments: [&Payment; N]) -> [bool; N] {
    payments.map(|payment| status(world, payment) == PaymentStatus::Settled)
}

fn issue(world: &mut World, account: AccountId, amount: u64) -> Vec<Entry> {
    let reference = world.reference();
    world.submit(CENTRAL_DE, Operation::Asset { reference, step: AssetStep::Issue { account, amount: Amount(amount) } })
}

fn about<'a>(entries: &'a [Entry], payment: &Payment) -> Vec<&'a Entry> {
    entries.iter().filter(|entry| entry.reference == payment.uetr).collect()
}

/// Lets value dates lie so many days ahead.
fn allow_later_days(world: &mut World, days: u16) {
    let rules = Rules { value_date_days_max: days, ..Rules::default() };
    for country in ["DE", "BR"] {
        let country = country.parse().unwrap();
        let next = RulebookPack { country, corridor: None, version: 1, effective_from: START, rules };
        world.ledger.state.rulebooks.publish(Rulebook { current: None, next });
    }
}

/// What the ledger says when a payment leaves its queue.
fn is_settlement(entry: &Entry, agent: ParticipantId) -> bool {
    let own = entry.transaction == corridor_crypto::Digest::ZERO && entry.participant == agent;
    own && (entry.kind, entry.code, entry.status) == (EntryKind::Settle, Code::Ok, Some(PaymentStatus::Settled))
}
