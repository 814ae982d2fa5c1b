//! Tests of participants: their life, their keys, their payments.

mod governors;
mod keys;
mod life;
mod payers;
mod stopping;

use corridor_types::operations::ParticipantStep;
use corridor_types::{
    Bic, Code, IdentifiedTransaction, KeyRole, Operation, ParticipantEntry, ParticipantId, ParticipantKind,
};

use crate::tests::world::*;
use crate::{Ledger, ParticipantStatus};

type Signer = (ParticipantId, KeyRole, u8);

/// The number of the next newcomer.
const NEWCOMER: ParticipantId = ParticipantId(6);

fn newcomer() -> ParticipantEntry {
    participant(NEWCOMER.0 as usize, ("BNKN", "DE", ParticipantKind::Bank, CENTRAL_DE.0))
}

fn step(world: &mut World, step: ParticipantStep) -> Operation {
    Operation::Participant { reference: world.reference(), step }
}

/// Runs a step in a block of its own, after asking ahead: the code of both.
fn run(world: &mut World, item: &IdentifiedTransaction) -> (Code, String) {
    let advice = world.ledger.check(&item.transaction, world.time.plus_ms(1_000));
    let entries = world.run(std::slice::from_ref(item)).entries;
    let (asked, field) = advice.map_or_else(|refusal| (refusal.code, refusal.field), |()| (Code::Ok, String::new()));
    assert_eq!(entries[0].code, asked, "execution and advice agree");
    (asked, field)
}

fn act(world: &mut World, by: ParticipantId, what: ParticipantStep, keys: &[Signer]) -> (Code, String) {
    let operation = step(world, what);
    run(world, &signed_by(by, operation, keys))
}

/// The same by a supervisor key of the submitter; the code alone.
fn supervise(world: &mut World, by: ParticipantId, what: ParticipantStep) -> Code {
    act(world, by, what, &[(by, KeyRole::Supervisor, 0)]).0
}

fn status(world: &World, id: ParticipantId) -> ParticipantStatus {
    world.ledger.state.participants.record(id).unwrap().status
}

/// A ledger restored from the records is the same, and finds the same payments to stop.
fn assert_restores(world: &World) {
    let restored = Ledger::restore(&genesis(), world.ledger.records()).unwrap();
    assert_eq!(restored.state(), world.ledger.state());
    assert!(restored.state.participants.revoked().eq(world.ledger.state.participants.revoked()));
    for (_, record) in world.ledger.state.participants.slots.iter() {
        for entry in &record.entry.keys {
            let owner = world.ledger.state.participants.owner_of(&entry.key);
            assert_eq!(restored.state.participants.owner_of(&entry.key), owner);
        }
    }
}

fn bic(text: &str) -> Bic {
    Bic::parse(text).unwrap()
}
