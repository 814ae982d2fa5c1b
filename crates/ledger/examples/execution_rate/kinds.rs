//! What is measured: payments of each kind, from their first transaction to settlement.

use corridor_types::operations::{
    AccountStep, AssetStep, ExchangeStep, HoldReason, HoldStep, PaymentStep, Quote, RefundStep,
};
use corridor_types::{
    AccountId, Amount, Attested, Code, Control, IdentifiedTransaction, KeyRole, LicenceUse, Operation, ParticipantId,
    Payment, Shortfall,
};

use crate::stage::{CLIENT, LICENCE, screening, world};
use crate::world::*;
use crate::{PAYMENTS_PER_BLOCK, execute, report};

type Blocks = Vec<Vec<IdentifiedTransaction>>;

/// How payments are submitted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Each on its own.
    Bulk,
    /// All or none.
    Together,
    /// Each on its own, for controlled goods.
    Controlled,
}

fn list(world: &mut World, count: usize, all_rules: bool, form: Form) -> Vec<Payment> {
    let screened = screening(world);
    let uses = vec![LicenceUse { licence: LICENCE, amount: Amount(100) }];
    let control =
        if form == Form::Controlled { Control::Controlled { licences: uses } } else { Control::NotControlled };
    let payment = |world: &mut World| Payment {
        client: CLIENT,
        screening: all_rules.then_some(screened),
        control: control.clone(),
        ..world.payment()
    };
    (0..count).map(|_| payment(world)).collect()
}

fn submissions(payments: &[Payment], per_transaction: usize, form: Form) -> Blocks {
    let operation = |list: &[Payment]| match (list, form) {
        (list, Form::Together) => Operation::PayTogether { payments: list.to_vec() },
        ([payment], _) => Operation::Pay { payment: payment.clone() },
        (list, _) => Operation::PayBulk { payments: list.to_vec() },
    };
    let block = |block: &[Payment]| block.chunks(per_transaction).map(|list| by(BANK_A, operation(list))).collect();
    payments.chunks(PAYMENTS_PER_BLOCK).map(block).collect()
}

fn attestations(world: &mut World, payments: &[Payment], per_transaction: usize) -> Blocks {
    let screened = screening(world);
    let mut blocks = Vec::new();
    for block in payments.chunks(PAYMENTS_PER_BLOCK) {
        let mut items = Vec::new();
        for list in block.chunks(per_transaction) {
            let attested = |payment: &Payment| Attested { payment: payment.uetr, content: payment.content() };
            let (reference, payments) = (world.reference(), list.iter().map(attested).collect());
            items.push(by(
                BANK_B,
                Operation::Payment { reference, step: PaymentStep::Attest { payments, screening: Some(screened) } },
            ));
        }
        blocks.push(items);
    }
    blocks
}

/// Accepted, then attested and settled.
pub fn payments(what: &str, all_rules: bool, count: usize, per_transaction: usize, form: Form) {
    let mut world = world(all_rules);
    let payments = list(&mut world, count, all_rules, form);
    let (pay, attest) =
        (submissions(&payments, per_transaction, form), attestations(&mut world, &payments, per_transaction));
    let (accepting, _) = execute(&mut world, &pay);
    let (attesting, settled) = execute(&mut world, &attest);
    assert_eq!(settled, count);
    report(what, count, accepting + attesting);
}

fn chunked(items: Vec<IdentifiedTransaction>) -> Blocks {
    items.chunks(PAYMENTS_PER_BLOCK).map(<[_]>::to_vec).collect()
}

/// What holding and releasing costs besides.
pub fn holds(what: &str, count: usize) {
    let mut world = world(true);
    let payments = list(&mut world, count, true, Form::Bulk);
    execute(&mut world, &submissions(&payments, 1_000, Form::Bulk));
    let deadline = world.time.plus_ms(DAY_MS / 2);
    let (mut hold, mut release) = (Vec::new(), Vec::new());
    for payment in payments.iter().map(|payment| payment.uetr) {
        let step = HoldStep::Hold { payment, reason: HoldReason::Documents, deadline };
        hold.push(by(BANK_A, Operation::Hold { reference: world.reference(), step }));
        let operation = Operation::Hold { reference: world.reference(), step: HoldStep::Release { payment } };
        let officers = [(BANK_A, KeyRole::Compliance, 0), (BANK_A, KeyRole::Compliance, 1)];
        release.push(signed_by(BANK_A, operation, &officers));
    }
    let (holding, _) = execute(&mut world, &chunked(hold));
    let (releasing, _) = execute(&mut world, &chunked(release));
    report(what, count, holding + releasing);
}

/// What returning a settled payment costs.
pub fn returns(what: &str, count: usize) {
    let mut world = world(true);
    let payments = list(&mut world, count, true, Form::Controlled);
    execute(&mut world, &submissions(&payments, 1_000, Form::Controlled));
    let attest = attestations(&mut world, &payments, 1_000);
    execute(&mut world, &attest);
    let mut items = Vec::new();
    for original in payments {
        let step = RefundStep::Return { amount: original.amount, original, reason: Code::CreditorAgentRefused };
        items.push(by(BANK_B, Operation::Refund { reference: world.reference(), step }));
    }
    let (returning, _) = execute(&mut world, &chunked(items));
    report(what, count, returning);
}

/// Bank A offers euro for real, bank B takes.
pub fn exchanges(what: &str, count: usize) {
    let mut world = world(true);
    let valid_until = world.time.plus_ms(DAY_MS / 2);
    let mut items = Vec::new();
    for _ in 0..count {
        let (offer, reference) = (world.reference(), world.reference());
        let quote =
            Quote { taker: None, pays_from: A_EUR, pays: Amount(100), paid_to: A_BRL, paid: Amount(600), valid_until };
        items.push(by(BANK_A, Operation::Exchange { reference: offer, step: ExchangeStep::Quote { quote } }));
        let step = ExchangeStep::Take { quote: offer, pays_from: B_BRL, paid_to: B_EUR };
        items.push(by(BANK_B, Operation::Exchange { reference, step }));
    }
    let (exchanging, _) = execute(&mut world, &chunked(items));
    report(what, count, exchanging);
}

/// A pays B, B pays C, C pays A, and nobody has money: settled at the end of the block.
pub fn gridlocks(what: &str, count: usize) {
    let mut world = world(false);
    for (owner, account) in [(BANK_A, A_EUR), (BANK_B, B_EUR), (BANK_C, C_EUR)] {
        let reference = world.reference();
        let operation =
            Operation::Account { reference, step: AccountStep::SetStandingConsent { account, up_to: CLIENT_CAP } };
        execute(&mut world, &[vec![by(owner, operation)]]);
        let amount = Amount(world.balance(account).0);
        let operation = Operation::Asset { reference: world.reference(), step: AssetStep::Redeem { account, amount } };
        execute(&mut world, &[vec![by(CENTRAL_DE, operation)]]);
    }
    let ring: [(ParticipantId, AccountId, AccountId, _, &str, &str); 3] = [
        (BANK_A, A_EUR, B_EUR, CLIENT, "DE", "BR"),
        (BANK_B, B_EUR, C_EUR, CLIENT_B, "BR", "DE"),
        (BANK_C, C_EUR, A_EUR, CLIENT_A, "DE", "DE"),
    ];
    let mut items = Vec::new();
    for n in 0..count {
        let (bank, debtor_account, creditor_account, client, from, to) = ring[n % 3];
        let payment = Payment {
            debtor_account,
            creditor_account,
            client,
            corridor: corridor(from, to),
            shortfall: Shortfall::Queue,
            ..world.payment()
        };
        items.push(by(bank, Operation::Pay { payment }));
    }
    items.truncate(count / 3 * 3);
    let whole = items.len();
    let blocks: Blocks = items.chunks(PAYMENTS_PER_BLOCK / 3 * 3).map(<[_]>::to_vec).collect();
    let (settling, settled) = execute(&mut world, &blocks);
    assert_eq!(settled, whole);
    report(what, whole, settling);
}
