//! Both sides of every edge: caps, validity, expiry, capacity, the sweep.

use corridor_types::operations::{AccountStep, AssetStep, ClientStep, Limit, LimitScope, LimitStep, PaymentStep};
use corridor_types::{
    Amount, ClientAuthorisation, ClientHandle, Code, Date, EntryKind, KeyRole, Operation, Payment, PaymentStatus,
    Timestamp,
};

use super::world::*;

/// The code of a payment that was changed, in a fresh world.
fn check(change: impl FnOnce(&mut World, &mut Payment), code: Code) {
    let mut world = World::new();
    let mut payment = world.payment();
    change(&mut world, &mut payment);
    assert_eq!(world.pay(&payment).code, code, "{payment:?}");
}

#[test]
fn the_clients_cap_and_the_assets_cap() {
    check(|_, p| p.amount = CLIENT_CAP, Code::Ok);
    check(|_, p| p.amount = Amount(CLIENT_CAP.0 + 1), Code::ClientCapExceeded);
    check(|_, p| p.amount = ASSET_CAP, Code::ClientCapExceeded);
    check(|_, p| p.amount = Amount(ASSET_CAP.0 + 1), Code::AssetCapExceeded);
    check(|_, p| p.amount = Amount(1), Code::Ok);
}

#[test]
fn a_client_may_pay_from_its_first_moment_until_before_its_last() {
    let handle = ClientHandle([0xc; 16]);
    let at = |from: i64, until: i64, code| {
        check(
            |world, payment| {
                // The authorising block comes one second, the paying block two seconds from now.
                let pay_at = world.time.plus_ms(2_000);
                let moment = |offset| Timestamp(pay_at.0.checked_add_signed(offset).unwrap());
                let authorisation = ClientAuthorisation {
                    handle,
                    sponsor: BANK_A,
                    assets: vec![EUR],
                    corridors: vec![corridor("DE", "BR")],
                    payment_cap: Amount(1_000),
                    window: None,
                    programme: None,
                    valid_from: moment(from),
                    valid_until: moment(until),
                };
                let reference = world.reference();
                assert_eq!(
                    world.code(
                        CENTRAL_DE,
                        Operation::Client { reference, step: ClientStep::Authorise { authorisation } }
                    ),
                    Code::Ok
                );
                payment.client = handle;
            },
            code,
        );
    };
    at(0, 1, Code::Ok);
    at(1, 2, Code::ClientNotValidNow);
    at(-1, 0, Code::ClientNotValidNow);
    at(-1, 1, Code::Ok);
}

#[test]
fn a_clients_scope_and_its_revocation() {
    let with = |change: fn(&mut ClientAuthorisation), code| {
        check(
            |world, payment| {
                let mut authorisation = ClientAuthorisation {
                    handle: ClientHandle([0xc; 16]),
                    sponsor: BANK_A,
                    assets: vec![EUR, BRL],
                    corridors: vec![corridor("DE", "BR"), corridor("DE", "DE")],
                    payment_cap: Amount(100),
                    window: None,
                    programme: None,
                    valid_from: START,
                    valid_until: Timestamp(u64::MAX),
                };
                change(&mut authorisation);
                payment.client = authorisation.handle;
                let reference = world.reference();
                assert_eq!(
                    world.code(
                        CENTRAL_DE,
                        Operation::Client { reference, step: ClientStep::Authorise { authorisation } }
                    ),
                    Code::Ok
                );
            },
            code,
        );
    };
    with(|_| (), Code::Ok);
    with(|a| a.assets = vec![BRL], Code::ClientAssetNotCovered);
    with(|a| a.corridors = vec![corridor("DE", "DE")], Code::ClientCorridorNotCovered);
    with(|a| a.payment_cap = Amount(99), Code::ClientCapExceeded);
    check(
        |world, _| {
            let reference = world.reference();
            assert_eq!(
                world.code(CENTRAL_DE, Operation::Client { reference, step: ClientStep::Revoke { handle: CLIENT_A } }),
                Code::Ok
            );
            let reference = world.reference();
            let again =
                world.code(CENTRAL_DE, Operation::Client { reference, step: ClientStep::Revoke { handle: CLIENT_A } });
            assert_eq!(again, Code::ClientRevoked);
        },
        Code::ClientRevoked,
    );
}

#[test]
fn expiry_lies_after_block_time_and_within_the_lifetime() {
    let lifetime = genesis().parameters.payment_lifetime_max_ms;
    // The paying block comes one second from now.
    check(|w, p| p.expiry = w.time.plus_ms(1_000), Code::BadExpiry);
    check(|w, p| p.expiry = w.time.plus_ms(1_001), Code::Ok);
    check(|w, p| p.expiry = w.time.plus_ms(1_000 + lifetime), Code::Ok);
    check(|w, p| p.expiry = w.time.plus_ms(1_001 + lifetime), Code::BadExpiry);
}

#[test]
fn the_value_date_is_the_earliest_day() {
    check(|w, p| p.value_date = Date(w.time.date().0 + 1), Code::BadValueDate);
    check(|_, p| p.value_date = Date(0), Code::Ok);
}

#[test]
fn the_last_cent_can_be_paid_and_no_more() {
    let mut world = World::new();
    let rest = |world: &mut World, amount| {
        let mut payment = world.payment();
        payment.amount = Amount(amount);
        world.pay(&payment).code
    };
    for _ in 0..FUNDS.0 / CLIENT_CAP.0 - 1 {
        assert_eq!(rest(&mut world, CLIENT_CAP.0), Code::Ok);
    }
    assert_eq!(rest(&mut world, CLIENT_CAP.0 - 1), Code::Ok);
    assert_eq!(rest(&mut world, 2), Code::InsufficientFunds);
    assert_eq!(rest(&mut world, 1), Code::Ok);
    assert_eq!(world.balance(A_EUR), (0, FUNDS.0));
}

#[test]
fn a_standing_consent_settles_up_to_its_amount_and_zero_ends_it() {
    let mut world = World::new();
    let mut pay_after = |up_to: u64, amount: u64| {
        let reference = world.reference();
        let consent = Operation::Account {
            reference,
            step: AccountStep::SetStandingConsent { account: B_EUR, up_to: Amount(up_to) },
        };
        assert_eq!(world.code(BANK_B, consent), Code::Ok);
        let mut payment = world.payment();
        payment.amount = Amount(amount);
        world.pay(&payment).status
    };
    assert_eq!(pay_after(100, 100), Some(PaymentStatus::Settled));
    assert_eq!(pay_after(100, 101), Some(PaymentStatus::AwaitingAttestation));
    assert_eq!(pay_after(0, 1), Some(PaymentStatus::AwaitingAttestation));
    assert_eq!(world.balance(A_EUR), (FUNDS.0 - 202, 102));
    assert_eq!(world.balance(B_EUR), (FUNDS.0 + 100, 0));
}

#[test]
fn issuing_stops_where_the_circulation_would_not_fit_64_bits() {
    let mut world = World::new();
    let mut issue = |amount| {
        let reference = world.reference();
        world.code(
            CENTRAL_DE,
            Operation::Asset { reference, step: AssetStep::Issue { account: C_EUR, amount: Amount(amount) } },
        )
    };
    let room = u64::MAX - 2 * FUNDS.0;
    assert_eq!(issue(room + 1), Code::AmountOverflow);
    assert_eq!(issue(room), Code::Ok);
    assert_eq!(issue(1), Code::AmountOverflow);
}

#[test]
fn attesting_is_possible_until_before_the_expiry() {
    let run = |at_expiry: u64| {
        let mut world = World::new();
        world.ledger.state.bounds.expiries_per_block = 0;
        let payment = world.payment();
        world.pay(&payment);
        world.time = Timestamp(payment.expiry.0 + at_expiry - 1 - 1_000);
        let operation = Operation::Payment {
            reference: world.reference(),
            step: PaymentStep::Attest { payments: world.attested(&[payment.uetr]), screening: None },
        };
        let entry = world.submit(BANK_B, operation).remove(1);
        (entry.code, entry.status)
    };
    assert_eq!(run(0), (Code::Ok, Some(PaymentStatus::Settled)));
    // The sweep is kept from running: the rule alone refuses.
    assert_eq!(run(1), (Code::PaymentExpired, Some(PaymentStatus::AwaitingAttestation)));
}

#[test]
fn the_sweep_takes_the_oldest_first_and_leaves_the_rest_to_the_next_block() {
    let mut world = World::new();
    world.ledger.state.bounds.expiries_per_block = 2;
    let mut payments: Vec<_> = (0..5).map(|_| world.payment()).collect();
    for (n, payment) in payments.iter_mut().enumerate() {
        payment.expiry = world.time.plus_ms(DAY_MS + [40, 10, 30, 10, 50][n]);
        world.pay(payment);
    }
    world.time = Timestamp(payments[4].expiry.0 - 1_000);
    payments.sort_by_key(|payment| (payment.expiry, payment.uetr));
    for expected in payments.chunks(2) {
        let entries = world.run(&[]).entries;
        let references: Vec<_> = entries.iter().map(|entry| entry.reference).collect();
        assert_eq!(references, expected.iter().map(|payment| payment.uetr).collect::<Vec<_>>());
        let by_the_book = |entry: &corridor_types::Entry| {
            (entry.kind, entry.code) == (EntryKind::Expire, Code::PaymentExpired)
                && entry.participant == BANK_A
                && entry.status == Some(PaymentStatus::Expired)
        };
        assert!(entries.iter().all(by_the_book), "{entries:?}");
    }
    assert_eq!(world.balance(A_EUR), (FUNDS.0, 0));
    assert_eq!(world.run(&[]).entries, []);
}

#[test]
fn money_that_lapses_is_there_for_the_same_block() {
    let mut world = World::new();
    let reference = world.reference();
    let rest = Amount(FUNDS.0 - 100);
    world.code(CENTRAL_DE, Operation::Asset { reference, step: AssetStep::Redeem { account: A_EUR, amount: rest } });
    let first = world.payment();
    world.pay(&first);
    assert_eq!(world.balance(A_EUR), (0, 100));
    world.time = Timestamp(first.expiry.0 - 1_000);
    let second = world.payment();
    let entries = world.submit(BANK_A, Operation::Pay { payment: second });
    assert_eq!(entries.iter().map(|entry| entry.kind).collect::<Vec<_>>(), [EntryKind::Expire, EntryKind::Pay]);
    assert_eq!(entries[1].code, Code::Ok);
}

#[test]
fn open_payments_are_limited_per_agent_and_in_all() {
    let mut world = World::new();
    (world.ledger.state.bounds.open_payments_per_agent, world.ledger.state.bounds.open_payments) = (2, 3);
    let from_a: Vec<_> = (0..3).map(|_| world.payment()).collect();
    let from_b: Vec<_> = (0..2)
        .map(|_| {
            let (debtor_account, creditor_account, client) = (B_EUR, A_EUR, CLIENT_B);
            Payment { debtor_account, creditor_account, client, corridor: corridor("BR", "DE"), ..world.payment() }
        })
        .collect();
    let mut code = |bank, payment: &Payment| world.code(bank, Operation::Pay { payment: payment.clone() });
    assert_eq!(code(BANK_A, &from_a[0]), Code::Ok);
    assert_eq!(code(BANK_A, &from_a[1]), Code::Ok);
    assert_eq!(code(BANK_A, &from_a[2]), Code::CapacityExceeded);
    assert_eq!(code(BANK_B, &from_b[0]), Code::Ok);
    assert_eq!(code(BANK_B, &from_b[1]), Code::CapacityExceeded);
    let cancel =
        Operation::Payment { reference: world.reference(), step: PaymentStep::Cancel { payment: from_a[0].uetr } };
    assert_eq!(world.code(BANK_A, cancel), Code::Ok);
    let next = world.payment();
    assert_eq!(world.pay(&next).code, Code::Ok);
}

/// The second of two payments waits where the first took the room on the creditor account.
#[test]
fn a_bulk_of_which_payments_may_come_to_wait_needs_room_for_them() {
    let mut world = World::new();
    let consent = Operation::Account {
        reference: world.reference(),
        step: AccountStep::SetStandingConsent { account: B_EUR, up_to: Amount(100) },
    };
    assert_eq!(world.code(BANK_B, consent), Code::Ok);
    let (scope, balance_max) = (LimitScope::Account { account: B_EUR }, Some(Amount(FUNDS.0 + 100)));
    let limit = Limit { scope, balance_max, payment_max: None, window: None };
    let operation = Operation::Limit { reference: world.reference(), step: LimitStep::Set { limit } };
    let item = signed_by(CENTRAL_DE, operation, &[(CENTRAL_DE, KeyRole::Issuer, 0)]);
    assert_eq!(world.run(&[item]).entries[0].code, Code::Ok);
    let submit = |bound| {
        let mut world = world.clone();
        world.ledger.state.bounds.open_payments_per_agent = bound;
        let payments = vec![world.payment(), world.payment()];
        let entries = world.submit(BANK_A, Operation::PayTogether { payments });
        world.ledger.audit().unwrap();
        assert!(world.ledger.open_payments() <= bound, "{} open of {bound}", world.ledger.open_payments());
        entries.iter().map(|entry| (entry.code, entry.status)).collect::<Vec<_>>()
    };
    let refused = |code| (code, Some(PaymentStatus::Rejected));
    assert_eq!(submit(0), [refused(Code::CapacityExceeded), refused(Code::BulkRefused)]);
    assert_eq!(submit(1), [refused(Code::BulkRefused), refused(Code::CapacityExceeded)]);
    assert_eq!(submit(2), [(Code::Ok, Some(PaymentStatus::Settled)), (Code::Ok, Some(PaymentStatus::Queued))]);
}
