//! Who may vote, when a proposal passes or is dropped, and what then takes effect.
#![allow(clippy::unwrap_used, clippy::panic)]

mod counting;
mod effects;
mod lifetime;
mod newcomers;
mod steps;
mod upgrade;

use corridor_types::operations::{GovernanceStep, Proposal, RulebookPack, Rules};
use corridor_types::{
    Code, Entry, EntryKind, IdentifiedTransaction, KeyRole, Operation, Parameters, ParticipantId, Uetr, VotingPower,
};

use crate::Ledger;
use crate::tests::world::*;

/// Who runs the validators of the test world, in order. Both central banks issue an asset.
pub const VOTERS: [ParticipantId; 4] = [CENTRAL_DE, CENTRAL_BR, BANK_A, BANK_B];

pub const HOUR_MS: u64 = 3_600_000;

/// At genesis, with these weights of the validators.
pub fn with_powers(powers: [u64; 4]) -> World {
    let mut document = genesis();
    document.validators.iter_mut().zip(powers).for_each(|(validator, power)| validator.power = VotingPower(power));
    let mut world = World::bare();
    world.ledger = Ledger::genesis(&document).unwrap();
    world
}

pub fn signed_step(world: &mut World, by: ParticipantId, step: GovernanceStep) -> IdentifiedTransaction {
    let operation = Operation::Governance { reference: world.reference(), step };
    IdentifiedTransaction::new(transaction(by, operation, &[(KeyRole::Governance, 0)]))
}

/// Executes a block of one step after asking ahead of time, and returns its entries.
pub fn take(world: &mut World, by: ParticipantId, step: GovernanceStep) -> (Uetr, Vec<Entry>) {
    let item = signed_step(world, by, step);
    let advice = world.ledger.check(&item.transaction, world.time.plus_ms(1_000));
    let entries = world.run(std::slice::from_ref(&item)).entries;
    assert_eq!(advice.map_or_else(|refusal| refusal.code, |()| Code::Ok), entries[0].code);
    (item.transaction.operation.reference().unwrap(), entries)
}

/// Proposes with a day to vote.
pub fn propose(world: &mut World, by: ParticipantId, proposal: &Proposal) -> (Uetr, Vec<Entry>) {
    let closes = world.time.plus_ms(DAY_MS);
    take(world, by, GovernanceStep::Propose { proposal: proposal.clone(), closes })
}

/// Proposes what no rule refuses.
pub fn proposed(world: &mut World, by: ParticipantId, proposal: &Proposal) -> Uetr {
    let (reference, entries) = propose(world, by, proposal);
    assert_eq!(entries[0].code, Code::Ok, "{proposal:?}");
    reference
}

pub fn vote(world: &mut World, by: ParticipantId, proposal: Uetr, approve: bool) -> Vec<Entry> {
    take(world, by, GovernanceStep::Vote { proposal, approve }).1
}

/// The code of a vote.
pub fn voted(world: &mut World, by: ParticipantId, proposal: Uetr, approve: bool) -> Code {
    vote(world, by, proposal, approve)[0].code
}

/// The remaining voters vote for a proposal of the first one until it is decided; the code with
/// which it takes effect.
pub fn carry(world: &mut World, proposal: Uetr) -> Code {
    for by in VOTERS {
        let entries = vote(world, by, proposal, true);
        if let Some(enacted) = entries.iter().find(|entry| entry.kind == EntryKind::Enact) {
            return enacted.code;
        }
    }
    panic!("{proposal} did not pass")
}

/// Proposes, and votes until it passes; the code with which it takes effect.
pub fn agree(world: &mut World, proposal: &Proposal) -> Code {
    let reference = proposed(world, CENTRAL_DE, proposal);
    carry(world, reference)
}

/// A proposal that concerns both central banks; `minutes` tells one from another.
pub fn parameters(minutes: u64) -> Proposal {
    let payment_lifetime_max_ms = minutes * 60_000;
    Proposal::Parameters { parameters: Parameters { payment_lifetime_max_ms, ..Parameters::default() } }
}

/// A pack that takes effect in an hour.
pub fn pack(world: &World, country: &str, version: u32) -> RulebookPack {
    let (country, effective_from) = (country.parse().unwrap(), world.time.plus_ms(HOUR_MS));
    RulebookPack { country, corridor: None, version, effective_from, rules: Rules::default() }
}
