//! Legal orders and withdrawals have room of their own and go first.

use corridor_crypto::{PublicKey, Signature, Verified};
use corridor_types::operations::{FreezeMode, OrderStep, OrderTarget};
use corridor_types::{
    AccountId, Approval, IdentifiedTransaction, Label, Operation, Sequence, Timestamp, Transaction, Uetr,
};

use super::support::*;
use crate::pending::{Pending, URGENT_BYTES};
use crate::{Action, Input, Lanes, Refusal, Resume};

fn order(number: u64) -> Verified<IdentifiedTransaction> {
    let mut bytes = [7; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    let target = OrderTarget::Account { account: AccountId(1) };
    let step = OrderStep::Freeze { target, mode: FreezeMode::All, order: Label::new("Order 1").unwrap() };
    let operation = Operation::Order { reference: Uetr::from_random(bytes), step };
    let approvals = vec![Approval { key: PublicKey([1; 32]), signature: Signature([2; 64]) }];
    let transaction = Transaction { participant: lane(0), valid_until: Timestamp(1), operation, approvals };
    Verified::assume_checked(IdentifiedTransaction::new(transaction))
}

#[test]
fn what_is_urgent_comes_first_and_has_room_when_the_queue_is_full() {
    let mut pending = Pending::default();
    let full = (0..).find(|number| pending.push(0, transaction(*number), 1_000).is_err()).unwrap();
    assert!(full > 1);
    assert_eq!(pending.push(1, order(1), 1_000), Ok(()));
    assert!(pending.fills(500_000), "it does not wait for others");
    let batch = pending.take_batch(500_000);
    assert_eq!(batch.len() as u64, full + 1);
    assert!(batch[0].transaction.operation.is_urgent(), "{:?}", batch[0]);
    assert_eq!((pending.bytes(), pending.len(), pending.oldest_ms()), (0, 0, None));
}

#[test]
fn its_own_room_is_bounded_too() {
    let mut pending = Pending::default();
    let refused = (0..).find_map(|number| pending.push(0, order(number), 0).err()).unwrap();
    assert!(matches!(refused, Refusal::QueueFull { pending, limit: URGENT_BYTES } if pending > 0), "{refused}");
    assert!(pending.bytes() > URGENT_BYTES * 9 / 10);
}

/// A lane that nobody acknowledges stops one batch before its window is full: an order still gets
/// into a batch at once.
#[test]
fn the_last_batch_of_the_window_is_kept_for_it() {
    let mut limited = config(4, 0);
    limited.limits.window_batches = 3;
    let mut lanes = Lanes::new(limited, Resume::default()).unwrap();
    for number in 1..=4 {
        drive(&mut lanes, 0, 1_000 * number, Input::Submit(vec![transaction(number)]));
        drive(&mut lanes, 0, 1_000 * number + 500, Input::Tick);
    }
    let tip = |lanes: &Lanes| lanes.own_chain().unwrap().tip().sequence;
    assert_eq!(tip(&lanes), Sequence(2), "two of three");
    let actions = drive(&mut lanes, 0, 6_000, Input::Submit(vec![order(9)]));
    assert_eq!(tip(&lanes), Sequence(3), "{actions:?}");
    assert!(actions.iter().any(|action| matches!(action, Action::Accepted { ids } if ids.contains(&order(9).id))));
    let batch = lanes.own_chain().unwrap().at(Sequence(3)).next().unwrap();
    assert!(batch.transactions()[0].transaction.operation.is_urgent());
}
