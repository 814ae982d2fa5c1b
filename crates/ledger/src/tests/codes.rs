//! Every code of the ledger's range is reached, by the operation that breaks just that rule, and
//! the check ahead of time says the same.

use corridor_types::operations::{AccountStep, AssetStep, ClientStep, PaymentStep};
use corridor_types::{
    AccountId, Amount, AssetId, ClientAuthorisation, ClientHandle, Code, Control, Date, IdentifiedTransaction, KeyRole,
    LicenceHandle, LicenceUse, Operation, ParticipantId, Payment, Timestamp, Transaction, Uetr,
};

use super::world::*;

type Change = fn(&World, &mut Payment);

/// One field of a good payment changed, the code that follows, and the field that is named.
const PAYMENTS: &[(Change, Code, &str)] = &[
    (|_, _| (), Code::Ok, ""),
    (|_, p| p.debtor_account = AccountId(99), Code::UnknownAccount, "payment.debtor_account"),
    (|_, p| p.creditor_account = AccountId(99), Code::UnknownAccount, "payment.creditor_account"),
    (|_, p| p.debtor_account = B_EUR, Code::NotAccountOwner, "payment.debtor_account"),
    (|_, p| p.asset = AssetId(9), Code::UnknownAsset, "payment.asset"),
    (|_, p| p.asset = BRL, Code::AssetMismatch, "payment.debtor_account"),
    (|_, p| p.creditor_account = B_BRL, Code::AssetMismatch, "payment.creditor_account"),
    (|_, p| p.amount = Amount::ZERO, Code::AmountZero, "payment.amount"),
    (|_, p| p.amount = Amount(ASSET_CAP.0 + 1), Code::AssetCapExceeded, "payment.amount"),
    (|_, p| p.creditor_account = A_EUR, Code::SameAccount, "payment.creditor_account"),
    (|_, p| p.corridor = corridor("DE", "DE"), Code::CorridorMismatch, "payment.corridor"),
    (|_, p| p.corridor = corridor("BR", "BR"), Code::CorridorMismatch, "payment.corridor"),
    (|_, p| p.client = ClientHandle([9; 16]), Code::UnknownClient, "payment.client"),
    (|_, p| p.client = CLIENT_B, Code::ClientOfOtherBank, "payment.client"),
    (|_, p| p.amount = Amount(CLIENT_CAP.0 + 1), Code::ClientCapExceeded, "payment.amount"),
    (|w, p| p.value_date = Date(w.time.date().0 + 1), Code::BadValueDate, "payment.value_date"),
    (|w, p| p.expiry = w.time, Code::BadExpiry, "payment.expiry"),
    (|w, p| p.expiry = w.time.plus_ms(8 * DAY_MS), Code::BadExpiry, "payment.expiry"),
    (
        |_, p| {
            let used = LicenceUse { licence: LicenceHandle([1; 16]), amount: Amount(1) };
            p.control = Control::Controlled { licences: vec![used] };
        },
        Code::UnknownLicence,
        "payment.control",
    ),
    (|_, p| p.control = Control::Controlled { licences: vec![] }, Code::LicenceMissing, "payment.control"),
    (
        |_, p| {
            p.debtor_account = A_EUR_SECOND;
            p.amount = Amount(1);
        },
        Code::InsufficientFunds,
        "payment.amount",
    ),
];

#[test]
fn each_rule_of_a_payment_has_its_code_and_the_check_agrees() {
    for (n, (change, code, field)) in PAYMENTS.iter().enumerate() {
        let mut world = World::new();
        let mut payment = world.payment();
        change(&world, &mut payment);
        let item = by(BANK_A, Operation::Pay { payment: payment.clone() });
        let advice = world.ledger.check(&item.transaction, world.time.plus_ms(1_000));
        let entry = world.run(std::slice::from_ref(&item)).entries.remove(0);
        assert_eq!(entry.code, *code, "case {n}");
        match advice {
            Ok(()) => assert_eq!(Code::Ok, *code, "case {n}"),
            Err(refusal) => assert_eq!((refusal.code, refusal.field.as_str()), (*code, *field), "case {n}"),
        }
        let moved = world.balance(A_EUR) != (FUNDS.0, 0);
        assert_eq!(moved, code.is_ok(), "case {n}: money moves only with ok");
    }
}

fn authorisation() -> ClientAuthorisation {
    ClientAuthorisation {
        handle: ClientHandle([3; 16]),
        sponsor: BANK_A,
        assets: vec![EUR],
        corridors: vec![corridor("DE", "DE")],
        payment_cap: Amount(50),
        window: None,
        programme: None,
        valid_from: Timestamp(5),
        valid_until: Timestamp(6),
    }
}

fn reference() -> Uetr {
    Uetr::from_random([0xee; 16])
}

/// A reference that no payment has.
fn nobodys() -> Uetr {
    Uetr::from_random([0xdd; 16])
}

fn authorise(change: impl FnOnce(&mut ClientAuthorisation)) -> Operation {
    let mut authorisation = authorisation();
    change(&mut authorisation);
    Operation::Client { reference: reference(), step: ClientStep::Authorise { authorisation } }
}

fn issue(account: AccountId, amount: u64) -> Operation {
    Operation::Asset { reference: reference(), step: AssetStep::Issue { account, amount: Amount(amount) } }
}

fn redeem(account: AccountId, amount: u64) -> Operation {
    Operation::Asset { reference: reference(), step: AssetStep::Redeem { account, amount: Amount(amount) } }
}

fn open(owner: ParticipantId, asset: AssetId) -> Operation {
    Operation::Account { reference: reference(), step: AccountStep::Open { owner, asset } }
}

fn revoke(handle: ClientHandle) -> Operation {
    Operation::Client { reference: reference(), step: ClientStep::Revoke { handle } }
}

fn consent(account: AccountId) -> Operation {
    Operation::Account { reference: reference(), step: AccountStep::SetStandingConsent { account, up_to: Amount(5) } }
}

/// Operations other than payments, by whom, and the code that follows.
fn operations() -> Vec<(ParticipantId, Operation, Code)> {
    let unknown = ParticipantId(77);
    vec![
        (CENTRAL_DE, issue(A_EUR, 5), Code::Ok),
        (CENTRAL_DE, issue(AccountId(99), 5), Code::UnknownAccount),
        (CENTRAL_BR, issue(A_EUR, 5), Code::NotIssuer),
        (CENTRAL_DE, issue(A_EUR, 0), Code::AmountZero),
        (CENTRAL_DE, issue(A_EUR, u64::MAX), Code::AmountOverflow),
        (CENTRAL_DE, redeem(A_EUR, FUNDS.0), Code::Ok),
        (CENTRAL_DE, redeem(A_EUR, FUNDS.0 + 1), Code::InsufficientFunds),
        (CENTRAL_DE, redeem(A_EUR, 0), Code::AmountZero),
        (CENTRAL_DE, redeem(AccountId(99), 1), Code::UnknownAccount),
        (BANK_A, redeem(A_EUR, 1), Code::NotIssuer),
        (CENTRAL_DE, open(BANK_B, EUR), Code::Ok),
        (CENTRAL_DE, open(unknown, EUR), Code::UnknownParticipant),
        (CENTRAL_DE, open(BANK_B, AssetId(9)), Code::UnknownAsset),
        (CENTRAL_DE, open(BANK_B, BRL), Code::NotIssuer),
        (CENTRAL_DE, authorise(|_| ()), Code::Ok),
        (CENTRAL_BR, authorise(|_| ()), Code::NotSupervisor),
        (CENTRAL_DE, authorise(|a| a.sponsor = unknown), Code::UnknownParticipant),
        (CENTRAL_DE, authorise(|a| a.assets.clear()), Code::AuthorisationMalformed),
        (CENTRAL_DE, authorise(|a| a.assets = vec![BRL, EUR]), Code::AuthorisationMalformed),
        (CENTRAL_DE, authorise(|a| a.corridors = vec![corridor("DE", "DE"); 2]), Code::AuthorisationMalformed),
        (CENTRAL_DE, authorise(|a| a.valid_until = a.valid_from), Code::AuthorisationMalformed),
        (CENTRAL_DE, authorise(|a| a.assets = vec![AssetId(9)]), Code::UnknownAsset),
        (CENTRAL_DE, authorise(|a| a.handle = CLIENT_A), Code::ClientExists),
        (CENTRAL_DE, revoke(CLIENT_A), Code::Ok),
        (CENTRAL_BR, revoke(CLIENT_A), Code::NotSupervisor),
        (CENTRAL_DE, revoke(ClientHandle([9; 16])), Code::UnknownClient),
        (BANK_A, consent(A_EUR), Code::Ok),
        (BANK_B, consent(A_EUR), Code::NotAccountOwner),
        (BANK_A, consent(AccountId(99)), Code::UnknownAccount),
        (
            BANK_A,
            Operation::Payment {
                reference: reference(),
                step: PaymentStep::Attest { payments: vec![], screening: None },
            },
            Code::ListMalformed,
        ),
        (
            BANK_A,
            Operation::Payment {
                reference: reference(),
                step: PaymentStep::Attest {
                    payments: vec![
                        corridor_types::Attested {
                            payment: nobodys(),
                            content: corridor_crypto::Digest::ZERO
                        };
                        2
                    ],
                    screening: None,
                },
            },
            Code::ListMalformed,
        ),
        (
            BANK_A,
            Operation::Payment {
                reference: reference(),
                step: PaymentStep::Reject { payments: vec![nobodys()], reason: Code::InsufficientFunds },
            },
            Code::ReasonNotAllowed,
        ),
        (
            BANK_A,
            Operation::Payment { reference: reference(), step: PaymentStep::Cancel { payment: nobodys() } },
            Code::UnknownPayment,
        ),
        (BANK_A, Operation::PayBulk { payments: vec![] }, Code::ListMalformed),
        (OBSERVER, consent(A_EUR), Code::ParticipantNotAuthorised),
        (unknown, consent(A_EUR), Code::UnknownParticipant),
    ]
}

#[test]
fn each_rule_of_the_other_operations_has_its_code_and_the_check_agrees() {
    for (n, (participant, operation, code)) in operations().into_iter().enumerate() {
        let mut world = World::new();
        let item = by(participant, operation);
        let advice = world.ledger.check(&item.transaction, world.time.plus_ms(1_000));
        let entries = world.run(std::slice::from_ref(&item)).entries;
        assert_eq!((entries.len(), entries[0].code), (1, code), "case {n}");
        assert_eq!(advice.map_or_else(|refusal| refusal.code, |()| Code::Ok), code, "case {n}");
    }
}

#[test]
fn keys_and_time_are_checked_before_anything_else() {
    let mut world = World::new();
    let mut check = |keys: &[(KeyRole, u8)], change: fn(&mut Transaction, Timestamp), code| {
        let mut transaction = transaction(CENTRAL_DE, issue(A_EUR, 5), keys);
        let block_time = world.time.plus_ms(1_000);
        change(&mut transaction, block_time);
        let item = IdentifiedTransaction::new(transaction);
        let entries = world.run(&[item]).entries;
        assert_eq!((entries.len(), entries[0].code, entries[0].status), (1, code, None));
        let used = world.ledger.lookup(&reference()).is_some();
        assert_eq!(used, code.is_ok(), "{code} must not use the reference up");
    };
    let two = &[(KeyRole::Issuer, 0), (KeyRole::Issuer, 1)];
    check(two, |t, now| t.valid_until = Timestamp(now.0 - 1), Code::TransactionExpired);
    check(two, |t, _| t.participant = BANK_A, Code::KeyNotAuthorised);
    check(two, |t, _| t.approvals.clear(), Code::KeyNotAuthorised);
    check(&[(KeyRole::Issuer, 0)], |_, _| (), Code::SecondApprovalMissing);
    check(&[(KeyRole::Issuer, 0)], |t, _| t.approvals.push(t.approvals[0]), Code::SecondApprovalMissing);
    check(&[(KeyRole::Issuer, 0), (KeyRole::Operator, 0)], |_, _| (), Code::KeyNotAuthorised);
    check(&[(KeyRole::Issuer, 0), (KeyRole::Issuer, 7)], |_, _| (), Code::KeyNotAuthorised);
    check(two, |t, now| t.valid_until = now, Code::Ok);
}

#[test]
fn a_role_does_not_stand_in_for_another() {
    let mut world = World::new();
    let roles = [KeyRole::Operator, KeyRole::Issuer, KeyRole::Supervisor];
    for operation in [open(BANK_A, EUR), revoke(CLIENT_A), consent(A_EUR)] {
        let (usual, _) = usual_keys(&operation)[0];
        for role in roles.into_iter().filter(|role| *role != usual) {
            let item = IdentifiedTransaction::new(transaction(CENTRAL_DE, operation.clone(), &[(role, 0)]));
            assert_eq!(world.run(&[item]).entries[0].code, Code::KeyNotAuthorised, "{operation:?} by {role}");
        }
    }
}

#[test]
fn a_full_table_refuses() {
    let mut world = World::new();
    world.ledger.state.bounds.accounts = 7;
    world.ledger.state.bounds.clients = 3;
    let mut again = |operation: fn(Uetr) -> Operation| {
        let (first, second) = (operation(world.reference()), operation(world.reference()));
        assert_eq!(world.code(CENTRAL_DE, first), Code::Ok);
        assert_eq!(world.code(CENTRAL_DE, second), Code::CapacityExceeded);
    };
    again(|reference| Operation::Account { reference, step: AccountStep::Open { owner: BANK_A, asset: EUR } });
    again(|reference| {
        let handle = ClientHandle(*reference.as_bytes());
        Operation::Client {
            reference,
            step: ClientStep::Authorise { authorisation: ClientAuthorisation { handle, ..authorisation() } },
        }
    });
}
