//! What an input, the end of an epoch or a snapshot means as events, in their order. Changes nothing.

use corridor_consensus as consensus;
use corridor_lanes as lanes;
use corridor_ledger::Ledger;
use corridor_sync as sync;
use corridor_types::Block;

use crate::event::Event;
use crate::input::{Peer, VerifiedMessage, VerifiedResponse};
use crate::membership::Roster;
use crate::ready::Recipient;

/// Time passed: everything that waits for it is looked at.
pub fn of_tick() -> Vec<Event> {
    vec![
        Event::Order(consensus::Input::Tick),
        Event::Carry(lanes::Input::Tick),
        Event::CarryOn,
        Event::CatchUp(sync::Input::Tick),
        Event::Look,
        // Also what a restart or a full table of wants left unasked is asked for again.
        Event::JudgeAgain,
        Event::Execute,
        Event::TellDue,
        Event::RepeatOutcomes,
    ]
}

/// A peer's message. Proofs come before the proposal that they are for.
pub fn of_message(roster: &Roster, from: Peer, message: VerifiedMessage) -> Vec<Event> {
    match message {
        VerifiedMessage::Proposal { proposal, proofs } => {
            let proofs = proofs.into_iter().map(|proof| Event::Carry(lanes::Input::Proof(proof)));
            let proposal = Event::Order(consensus::Input::Proposal((*proposal).clone()));
            proofs.chain([proposal]).collect()
        }
        VerifiedMessage::Vote(vote) => vec![Event::Order(consensus::Input::Vote(vote))],
        VerifiedMessage::Certificate(certificate) => {
            vec![Event::Order(consensus::Input::Certificate(certificate))]
        }
        VerifiedMessage::Outcome(outcome) => vec![Event::Outcome(outcome)],
        VerifiedMessage::Status(status) => vec![Event::Status { from, status }],
        VerifiedMessage::Batch(batch) => {
            vec![Event::Carry(lanes::Input::Batch { from: roster.lane_of(&from), batch })]
        }
        VerifiedMessage::Acknowledgement(signed) => vec![Event::Carry(lanes::Input::Acknowledgement(signed))],
        VerifiedMessage::Seen(seen) => vec![Event::Seen { from, seen }],
        VerifiedMessage::Request(request) => vec![Event::Asked { by: from, request }],
        VerifiedMessage::Response(response) => of_response(roster, from, response),
    }
}

fn of_response(roster: &Roster, from: Peer, response: VerifiedResponse) -> Vec<Event> {
    match response {
        VerifiedResponse::Block(block) => vec![Event::Order(consensus::Input::Block(block))],
        VerifiedResponse::Blocks { blocks, finality } => {
            vec![Event::CatchUp(sync::Input::Blocks { from, blocks, finality })]
        }
        VerifiedResponse::Handovers(handovers) => {
            vec![Event::CatchUp(sync::Input::Handovers { from, handovers })]
        }
        VerifiedResponse::Snapshot(manifest) => vec![Event::CatchUp(sync::Input::Manifest { from, manifest })],
        VerifiedResponse::SnapshotChunk { height, chunk, bytes } => {
            vec![Event::CatchUp(sync::Input::Chunk { from, height, number: chunk, bytes })]
        }
        VerifiedResponse::Batches(batches) => {
            let run = lanes::Input::Run { from: roster.lane_of(&from), batches };
            // It may be what a silent validator waits for.
            vec![Event::Carry(run), Event::Look]
        }
        VerifiedResponse::Certificates(certificates) => {
            let inputs = certificates.into_iter().map(consensus::Input::Certificate);
            inputs.map(Event::Order).collect()
        }
        VerifiedResponse::Settlements(certificates) => certificates.into_iter().map(Event::Certified).collect(),
    }
}

/// The boundary of an epoch was executed, so the ledger stands in the next epoch already. It happens in the step
/// that executes the boundary, wherever that block came from, so that all paths change at the same height.
pub fn of_boundary(ledger: &Ledger, boundary: Block) -> Vec<Event> {
    let validators = ledger.validators().clone();
    vec![
        Event::EnterSet(validators.clone()),
        Event::StartEngine(boundary),
        Event::LanesEpoch,
        Event::LeaveLane,
        Event::CatchUp(sync::Input::Epoch { validators }),
        // Links to a quorum of the old set need not be links to one of the new.
        Event::CheckLinks,
        // Who is still in the old epoch learns it at once.
        Event::TellStatus(Recipient::Everyone),
    ]
}

/// Every machine goes on from a snapshot's block, after which the ledger stands.
pub fn of_snapshot(ledger: &Ledger, block: &Block) -> Vec<Event> {
    vec![
        Event::EnterSet(ledger.validators().clone()),
        Event::StartEngine(block.clone()),
        Event::StartLanes(block.cut.clone()),
    ]
}
