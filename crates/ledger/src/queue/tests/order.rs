//! The debtor agent changes the order of its queue.

use corridor_types::operations::{HoldReason, PaymentStep, QueuePlace, QueueStep};
use corridor_types::{IdentifiedTransaction, KeyRole, Priority, Timestamp, Uetr};

use super::*;
use crate::Hold;

fn step(world: &mut World, by: ParticipantId, step: QueueStep) -> Vec<Entry> {
    let reference = world.reference();
    world.submit(by, Operation::Queue { reference, step })
}

fn move_to(world: &mut World, payment: &Payment, place: QueuePlace) {
    let entries = step(world, BANK_A, QueueStep::Move { payment: payment.uetr, place });
    let said: Vec<_> = entries.iter().map(|entry| (entry.kind, entry.code, entry.status)).collect();
    let kind = EntryKind::MoveInQueue;
    assert_eq!(said, [(kind, Code::Ok, None), (kind, Code::Ok, Some(PaymentStatus::Queued))]);
    assert_eq!(entries[1].reference, payment.uetr);
}

fn reprioritise(world: &mut World, payment: &Payment, priority: Priority) {
    let entries = step(world, BANK_A, QueueStep::Reprioritise { payment: payment.uetr, priority });
    assert_eq!((entries.len(), entries[1].kind, entries[1].code), (2, EntryKind::Reprioritise, Code::Ok));
}

/// Four payments of 100 and the order in which they settle, one with every 100 that comes in.
fn order_after(change: impl FnOnce(&mut World, &[Payment; 4])) -> Vec<usize> {
    let mut world = market();
    let payments = [0; 4].map(|_| queue(&mut world, A, B, 100));
    change(&mut world, &payments);
    let mut order = Vec::new();
    for _ in 0..4 {
        issue(&mut world, A_EUR, 100);
        let now = settled(&world, payments.each_ref());
        order.extend((0..4).filter(|n| now[*n] && !order.contains(n)).collect::<Vec<_>>());
    }
    order
}

#[test]
fn front_and_back_are_before_and_behind_all_others_of_the_priority() {
    use QueuePlace::{Back, Front};
    assert_eq!(order_after(|_, _| ()), [0, 1, 2, 3]);
    assert_eq!(order_after(|world, p| move_to(world, &p[2], Front)), [2, 0, 1, 3]);
    assert_eq!(order_after(|world, p| move_to(world, &p[0], Back)), [1, 2, 3, 0]);
    let moves = |moves: &[(usize, QueuePlace)]| {
        order_after(|world, payments| moves.iter().for_each(|(n, place)| move_to(world, &payments[*n], *place)))
    };
    assert_eq!(moves(&[(2, Front), (3, Front)]), [3, 2, 0, 1]);
    assert_eq!(moves(&[(1, Back), (0, Back)]), [2, 3, 1, 0]);
    assert_eq!(moves(&[(1, Front), (1, Back)]), [0, 2, 3, 1]);
}

#[test]
fn another_priority_means_its_back_and_the_front_stays_within_it() {
    use Priority::{High, Normal, Urgent};
    assert_eq!(order_after(|world, p| reprioritise(world, &p[2], High)), [2, 0, 1, 3]);
    assert_eq!(order_after(|world, p| reprioritise(world, &p[0], Normal)), [1, 2, 3, 0]);
    let both = |world: &mut World, p: &[Payment; 4]| {
        reprioritise(world, &p[3], High);
        reprioritise(world, &p[1], High);
    };
    assert_eq!(order_after(both), [3, 1, 0, 2]);
    let front_of_normal = |world: &mut World, p: &[Payment; 4]| {
        reprioritise(world, &p[3], Urgent);
        move_to(world, &p[2], QueuePlace::Front);
    };
    assert_eq!(order_after(front_of_normal), [3, 2, 0, 1]);
}

#[test]
fn what_a_change_makes_possible_happens_in_its_block() {
    let mut world = market();
    let (large, small) = (queue(&mut world, A, B, 100), queue(&mut world, A, B, 10));
    issue(&mut world, A_EUR, 10);
    assert_eq!(settled(&world, [&large, &small]), [false; 2]);
    let entries = step(&mut world, BANK_A, QueueStep::Move { payment: small.uetr, place: QueuePlace::Front });
    assert_eq!(about(&entries, &small).last().unwrap().status, Some(PaymentStatus::Settled));
}

#[test]
fn only_the_debtor_agent_and_its_operators_makers_and_officers() {
    let mut world = market();
    let payment = queue(&mut world, A, B, 100);
    let what = || QueueStep::Reprioritise { payment: payment.uetr, priority: Priority::High };
    for bank in [BANK_B, BANK_C, CENTRAL_DE] {
        let reference = world.reference();
        assert_eq!(world.code(bank, Operation::Queue { reference, step: what() }), Code::NotDebtorAgent);
        assert_eq!(world.ledger.lookup(&reference), None, "who may not, uses up no reference");
    }
    let open = |world: &World| world.ledger.open_payment(&payment.uetr).unwrap().priority;
    assert_eq!(open(&world), Priority::Normal);
    for (role, expected) in [
        (KeyRole::Operator, Code::Ok),
        (KeyRole::Maker, Code::Ok),
        (KeyRole::Compliance, Code::Ok),
        (KeyRole::Checker, Code::KeyNotAuthorised),
        (KeyRole::Issuer, Code::KeyNotAuthorised),
        (KeyRole::Supervisor, Code::KeyNotAuthorised),
    ] {
        let operation = Operation::Queue { reference: world.reference(), step: what() };
        let item = IdentifiedTransaction::new(transaction(BANK_A, operation, &[(role, 0)]));
        assert_eq!(world.run(&[item]).entries[0].code, expected, "{role}");
    }
    assert_eq!(open(&world), Priority::High);
}

/// A payment of bank A at each stage of its life.
fn at_stage(stage: &str) -> (World, Uetr) {
    let mut world = market();
    let payment = queue(&mut world, A, B, 100);
    let slot = world.ledger.state.payments.slot_of(&payment.uetr).unwrap();
    let put = |world: &mut World, status, hold| {
        let change = |open: &mut crate::OpenPayment| (open.status, open.hold) = (status, hold);
        world.ledger.state.payments.update(slot, change).unwrap();
    };
    match stage {
        "unknown" => return (world.clone(), world.reference()),
        "held" => {
            let hold = Hold { reason: HoldReason::Documents, holder: BANK_A, deadline: payment.expiry };
            put(&mut world, PaymentStatus::Held, Some(hold));
        }
        "awaiting_attestation" => put(&mut world, PaymentStatus::AwaitingAttestation, None),
        "settled" => drop(issue(&mut world, A_EUR, 100)),
        "cancelled" => {
            let cancel = Operation::Payment {
                reference: world.reference(),
                step: PaymentStep::Cancel { payment: payment.uetr },
            };
            assert_eq!(world.code(BANK_A, cancel), Code::Ok);
        }
        "last moment" => world.time = Timestamp(payment.expiry.0 - 1 - 1_000),
        "lapsed, not swept" => {
            world.ledger.state.bounds.expiries_per_block = 0;
            world.time = Timestamp(payment.expiry.0 - 1_000);
        }
        "expired" => world.time = payment.expiry,
        _ => {}
    }
    (world, payment.uetr)
}

/// The table of what the steps do at each stage.
#[test]
fn the_table_of_steps() {
    let mut table = String::new();
    for stage in [
        "unknown",
        "held",
        "awaiting_attestation",
        "queued",
        "last moment",
        "lapsed, not swept",
        "settled",
        "cancelled",
        "expired",
    ] {
        let (world, payment) = at_stage(stage);
        let priority = Priority::High;
        for what in [
            QueueStep::Reprioritise { payment, priority },
            QueueStep::Move { payment, place: QueuePlace::Front },
            QueueStep::Move { payment, place: QueuePlace::Back },
        ] {
            let name = match &what {
                QueueStep::Reprioritise { .. } => "reprioritise".to_owned(),
                QueueStep::Move { place, .. } => format!("move to {place}"),
            };
            let mut world = world.clone();
            let entries = step(&mut world, BANK_A, what);
            let mine = entries.iter().position(|entry| entry.transaction != corridor_crypto::Digest::ZERO).unwrap();
            let status = entries.get(mine + 1).and_then(|entry| entry.status).map_or("-", PaymentStatus::as_str);
            table.push_str(&format!("{stage:<21} {name:<14} {:<21} {status}\n", entries[mine].code.as_str()));
        }
    }
    insta::assert_snapshot!(table);
}
