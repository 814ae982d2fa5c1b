//! Two banks draw on one licence in every order: it is never overdrawn, and every order ends as a
//! simple account of it says.

use std::collections::BTreeMap;

use super::*;
use corridor_types::operations::PaymentStep;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Pay(u8, u64),
    Attest(u8),
    Cancel(u8),
}
use Act::{Attest, Cancel, Pay};

/// All orders of two sequences that keep each in its own order.
fn interleavings(one: &[Act], two: &[Act]) -> Vec<Vec<(ParticipantId, Act)>> {
    let mut all = Vec::new();
    for (bank, acts, rest) in [(BANK_A, one, two), (BANK_C, two, one)] {
        let Some((first, others)) = acts.split_first() else { continue };
        let tails = if bank == BANK_A { interleavings(others, rest) } else { interleavings(rest, others) };
        all.extend(tails.into_iter().map(|tail| [vec![(bank, *first)], tail].concat()));
    }
    if one.is_empty() && two.is_empty() { vec![vec![]] } else { all }
}

/// What the licence should say.
#[derive(Debug, Default, PartialEq, Eq)]
struct Model {
    open: BTreeMap<(ParticipantId, u8), u64>,
    drawn: u64,
}

impl Model {
    fn reserved(&self) -> u64 {
        self.open.values().sum()
    }

    fn act(&mut self, bank: ParticipantId, act: Act) -> Code {
        match act {
            Pay(n, amount) if self.drawn + self.reserved() + amount <= VALUE.0 => {
                self.open.insert((bank, n), amount);
                Code::Ok
            }
            Pay(..) => Code::LicenceExhausted,
            Attest(n) => self.open.remove(&(bank, n)).map_or(Code::WrongPaymentStatus, |amount| {
                self.drawn += amount;
                Code::Ok
            }),
            Cancel(n) => {
                self.open.remove(&(bank, n)).map_or(Code::WrongPaymentStatus, |_| Code::CancelledByDebtorAgent)
            }
        }
    }
}

fn payment_of(base: &Payment, bank: ParticipantId, number: u8, amount: u64) -> Payment {
    let uetr =
        corridor_types::Uetr::from_random([bank.0.to_be_bytes()[3], number, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]);
    let (debtor_account, client) = if bank == BANK_A { (A_EUR, CLIENT_A) } else { (C_EUR, CLIENT_C) };
    let control = uses(&[(LICENCE, amount)]);
    Payment { uetr, debtor_account, client, amount: Amount(amount), control, ..base.clone() }
}

fn transaction_of(
    world: &mut World,
    base: &Payment,
    amounts: &BTreeMap<(ParticipantId, u8), u64>,
    (bank, act): (ParticipantId, Act),
) -> IdentifiedTransaction {
    match act {
        Pay(n, amount) => by(bank, Operation::Pay { payment: payment_of(base, bank, n, amount) }),
        Attest(n) => attestation(world, &payment_of(base, bank, n, amounts[&(bank, n)])),
        Cancel(n) => {
            let payment = payment_of(base, bank, n, amounts[&(bank, n)]).uetr;
            by(bank, Operation::Payment { reference: world.reference(), step: PaymentStep::Cancel { payment } })
        }
    }
}

fn amounts_of(order: &[(ParticipantId, Act)]) -> BTreeMap<(ParticipantId, u8), u64> {
    let amount = |(bank, act): &(ParticipantId, Act)| match act {
        Pay(n, amount) => Some(((*bank, *n), *amount)),
        _ => None,
    };
    order.iter().filter_map(amount).collect()
}

/// The code about the payment: that of the last entry.
fn run_one(world: &mut World, item: IdentifiedTransaction) -> Code {
    world.run(&[item]).entries.last().unwrap().code
}

#[test]
fn two_banks_never_overdraw_a_licence_in_any_order() {
    let scripts = [
        (vec![Pay(0, 600), Attest(0), Pay(1, 400), Cancel(1)], vec![Pay(0, 500), Cancel(0), Pay(1, 400), Attest(1)]),
        (vec![Pay(0, 1_000), Cancel(0), Pay(1, 999), Attest(1)], vec![Pay(0, 1), Attest(0), Pay(1, 1_000), Attest(1)]),
        (vec![Pay(0, 300), Pay(1, 300), Attest(0), Cancel(1)], vec![Pay(0, 400), Pay(1, 1), Attest(1), Attest(0)]),
    ];
    let mut start = licensed();
    let base = start.payment();
    let mut refused = 0;
    for (one, two) in &scripts {
        let orders = interleavings(one, two);
        assert_eq!(orders.len(), 70, "eight over four");
        for order in orders {
            let (mut world, mut together) = (start.clone(), start.clone());
            let (mut model, amounts) = (Model::default(), amounts_of(&order));
            for (bank, act) in &order {
                let item = transaction_of(&mut world, &base, &amounts, (*bank, *act));
                let (code, expected) = (run_one(&mut world, item), model.act(*bank, *act));
                assert_eq!(code, expected, "{act:?} of {bank} in {order:?}");
                assert_eq!(figures(&world), (model.drawn, model.reserved()), "{order:?}");
                assert!(model.drawn + model.reserved() <= VALUE.0);
                refused += u32::from(code == Code::LicenceExhausted);
            }
            let block: Vec<_> = order.iter().map(|act| transaction_of(&mut together, &base, &amounts, *act)).collect();
            together.run(&block);
            assert_eq!(figures(&together), figures(&world), "in one block: {order:?}");
        }
    }
    assert!(refused > 50, "the orders must put the licence to the test: {refused}");
}
