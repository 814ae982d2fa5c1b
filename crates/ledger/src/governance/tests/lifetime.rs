//! A ledger taken up again in the middle of votes is the same ledger.

use corridor_types::operations::{Proposal, RulebookPack};
use corridor_types::{Code, ParticipantId};

use super::*;
use crate::Ledger;
use crate::tests::restore::Disk;

/// What each block does: who proposes what, or votes how on the proposal of which number.
enum Act {
    Propose(ParticipantId, Proposal),
    Vote(ParticipantId, usize, bool),
    Wait(u64),
}

fn acts(world: &World) -> Vec<Act> {
    let book = pack(world, "DE", 1);
    vec![
        Act::Propose(CENTRAL_DE, Proposal::Rulebook { pack: book }),
        Act::Propose(BANK_A, parameters(5)),
        Act::Vote(BANK_B, 0, true),
        Act::Vote(BANK_A, 0, true),
        Act::Propose(BANK_A, Proposal::Rulebook { pack: RulebookPack { version: 2, ..book } }),
        Act::Vote(CENTRAL_BR, 1, false),
        Act::Propose(BANK_B, newcomers::proposal(|_| ())),
        Act::Propose(BANK_B, upgrade::to(2, 400)),
        Act::Vote(CENTRAL_DE, 3, true),
        Act::Vote(CENTRAL_DE, 4, true),
        Act::Vote(CENTRAL_BR, 4, true),
        Act::Wait(DAY_MS),
        Act::Propose(BANK_B, parameters(7)),
    ]
}

#[test]
fn a_ledger_restored_in_the_middle_of_votes_goes_on_alike() {
    let (mut world, mut disk) = (World::bare(), Disk::default());
    let (mut copies, mut references): (Vec<Ledger>, Vec<Uetr>) = (Vec::new(), Vec::new());
    let acts = acts(&world);
    for (n, act) in acts.into_iter().enumerate() {
        let closes = world.time.plus_ms(DAY_MS);
        let items = match act {
            Act::Propose(by, proposal) => {
                let item = signed_step(&mut world, by, GovernanceStep::Propose { proposal, closes });
                references.push(item.transaction.operation.reference().unwrap());
                vec![item]
            }
            Act::Vote(by, which, approve) => {
                vec![signed_step(&mut world, by, GovernanceStep::Vote { proposal: references[which], approve })]
            }
            Act::Wait(millis) => {
                world.time = world.time.plus_ms(millis);
                vec![]
            }
        };
        world.time = world.time.plus_ms(1_000);
        let context = world.context();
        let executed = world.ledger.execute(&context, &items).unwrap();
        assert!(executed.entries.iter().all(|entry| entry.code == Code::Ok), "{n}: {:?}", executed.entries);
        for copy in &mut copies {
            assert_eq!(copy.execute(&context, &items).as_ref(), Ok(&executed), "step {n}");
        }
        disk.write(&executed.changes);
        let restored = Ledger::restore(&genesis(), disk.records()).unwrap();
        assert_eq!(restored.roots(), world.ledger.roots(), "step {n}");
        assert!(restored.records().eq(world.ledger.records()), "step {n}");
        restored.audit().unwrap();
        copies.push(restored);
    }
    let state = &world.ledger.state;
    assert_eq!(
        state.proposals.slots.iter().map(|(slot, open)| (slot, open.reference)).collect::<Vec<_>>(),
        [(0, references[5])]
    );
    assert!(state.meta.upgrade.is_some() && state.rulebooks.slots.len() == 1);
}
