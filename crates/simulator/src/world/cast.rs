//! Who lies in a run, and with what.

use std::collections::{BTreeMap, BTreeSet};

use corridor_crypto::SecretKey;

use crate::attackers::{Attacker, AttackerKind};
use crate::economy::voting_key;
use crate::random::Chance;
use crate::roster::{Address, NodeId, Roster};
use crate::schedule::{self, Schedule};
use crate::setup::{Byzantine, Setup};
use crate::tally::Tally;

/// Of a thousand seeds with liars drawn, how many have none: honest nodes fail alone as well.
const HONEST_PER_MILLE: u64 = 250;

/// Of a thousand seeds, how many put the liars at the lowest positions, which careless code asks
/// first.
const LOWEST_PER_MILLE: u64 = 400;

#[derive(Debug)]
pub(super) struct Liar {
    pub kind: AttackerKind,
    pub key: SecretKey,
    pub attacker: Box<dyn Attacker>,
}

/// The liars of a run, by address.
#[derive(Debug)]
pub(super) struct Cast {
    pub liars: BTreeMap<Address, Liar>,
    pub did: Tally,
}

impl Cast {
    /// Draws how many, who and which.
    pub fn draw(setup: &Setup, chance: &mut Chance) -> Self {
        let most = setup.tolerated();
        let count = match setup.byzantine {
            Byzantine::Exactly(count) => count.min(most),
            Byzantine::UpToMost if most == 0 || chance.happens(HONEST_PER_MILLE) => 0,
            Byzantine::UpToMost => chance.between(1, u64::from(most)) as u32,
        };
        let kinds = if setup.attackers.is_empty() { AttackerKind::ALL } else { &setup.attackers };
        let addresses: Vec<Address> = (0..setup.validators).map(Address).collect();
        let mut liars = BTreeMap::new();
        let chosen = match chance.happens(LOWEST_PER_MILLE) {
            true => addresses.into_iter().take(count as usize).collect(),
            false => chance.some(&addresses, count as usize),
        };
        for address in chosen {
            let kind = *chance.pick(kinds).unwrap_or(&AttackerKind::Equivocator);
            let liar = Liar { kind, key: voting_key(u32::from(address.0), 0), attacker: kind.make(chance) };
            liars.insert(address, liar);
        }
        Self { liars, did: Tally::default() }
    }

    pub fn is_guilty(&self, address: Address) -> bool {
        self.liars.contains_key(&address)
    }

    pub fn guilty(&self) -> BTreeSet<Address> {
        self.liars.keys().copied().collect()
    }

    pub fn twins(&self) -> Vec<Address> {
        let twins = self.liars.iter().filter(|(_, liar)| liar.kind == AttackerKind::Twin);
        twins.map(|(address, _)| *address).collect()
    }

    pub fn into_did(self) -> Tally {
        self.did
    }

    /// Draws what goes wrong for these machines.
    pub fn schedule(&self, setup: &Setup, roster: &Roster, chance: &mut Chance) -> Schedule {
        let nodes: Vec<NodeId> = roster.nodes().collect();
        let honest: Vec<NodeId> = (0..setup.validators).filter(|n| !self.is_guilty(Address(*n))).map(NodeId).collect();
        let observers: Vec<NodeId> = (setup.validators..roster.institutions()).map(NodeId).collect();
        let budget = (setup.tolerated() as usize).saturating_sub(self.liars.len());
        let cast = schedule::Cast {
            nodes: &nodes,
            honest: &honest,
            observers: &observers,
            budget,
            faulty_ms: setup.faulty_ms,
        };
        schedule::draw(&setup.faults, &cast, chance)
    }
}
