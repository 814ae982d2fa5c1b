//! Answers nothing at all, or questions with other blocks, wrong ranges, nothing of what was asked, damaged snapshots,
//! or a branch that it made up, and claims heights that do not exist.

use corridor_types::{Block, Height, Message, Response, SnapshotChunk, SnapshotManifest, Status, Timestamp, View};

use super::{Attacker, Hands, Outgoing};
use crate::random::Chance;
use crate::roster::Address;

/// Lies in this way about where it is.
#[derive(Debug)]
pub struct LyingSyncPeer {
    ahead: u64,
    /// Offers a snapshot that does not exist.
    offers: bool,
    /// Whether it never answers.
    mute: bool,
}

impl LyingSyncPeer {
    /// A little ahead, far ahead, or at the end of all heights.
    pub fn new(chance: &mut Chance) -> Self {
        let ahead = *chance.pick(&[3, 1_000, u64::MAX]).unwrap_or(&3);
        Self { ahead, offers: chance.happens(300), mute: chance.happens(300) }
    }

    fn claim(&self, status: Status) -> Status {
        Status {
            view: View(status.view.0.saturating_add(self.ahead)),
            finalized: Height(status.finalized.0.saturating_add(self.ahead)),
            finalized_view: View(status.finalized_view.0.saturating_add(self.ahead)),
            settled: Height(status.settled.0.saturating_add(self.ahead)),
            snapshot: Height(status.snapshot.0.saturating_add(if self.offers { self.ahead } else { 0 })),
            ..status
        }
    }

    fn lie(hands: &mut Hands<'_>, response: Response) -> Option<Response> {
        let way = hands.chance.below(5);
        Some(match response {
            Response::Block { block } => Response::Block { block: other(block) },
            Response::Blocks { blocks, finality } => {
                let blocks = match way {
                    0 => blocks.into_iter().map(other).collect(),
                    1 => blocks.into_iter().skip(1).collect(),
                    2 => blocks.into_iter().rev().collect(),
                    3 => one_changed(blocks),
                    _ => Vec::new(),
                };
                Response::Blocks { blocks, finality }
            }
            Response::Settlements { certificates } if way < 2 => {
                Response::Settlements { certificates: certificates.into_iter().rev().skip(1).collect() }
            }
            Response::Certificates { certificates } if way < 2 => {
                Response::Certificates { certificates: certificates.into_iter().skip(1).collect() }
            }
            Response::Handovers { handovers } if way < 2 => {
                Response::Handovers { handovers: handovers.into_iter().skip(1).collect() }
            }
            Response::Snapshot { manifest } if way < 2 => {
                Response::Snapshot { manifest: SnapshotManifest { index: damaged(&manifest.index).into(), ..manifest } }
            }
            Response::SnapshotChunk { height, chunk, bytes } if way < 2 => {
                Response::SnapshotChunk { height, chunk, bytes: SnapshotChunk(damaged(&bytes.0).into()) }
            }
            _ => return None,
        })
    }
}

/// The same bytes but for one bit.
fn damaged(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    bytes.iter_mut().skip(middle).take(1).for_each(|byte| *byte ^= 1);
    bytes
}

/// The block before the last one is of another branch; the last one is as it was.
fn one_changed(mut blocks: Vec<Block>) -> Vec<Block> {
    if let Some(block) = blocks.iter_mut().rev().nth(1) {
        *block = other(block.clone());
    }
    blocks
}

/// A block of another branch.
fn other(block: Block) -> Block {
    Block { time: Timestamp(block.time.0.saturating_add(7)), ..block }
}

impl Attacker for LyingSyncPeer {
    fn outgoing(&mut self, hands: &mut Hands<'_>, _: Address, message: &Message) -> Outgoing {
        match message {
            Message::Status(status) => {
                hands.count("lying_sync_peer: claimed to be ahead");
                Outgoing::Instead(Message::Status(self.claim(*status)))
            }
            Message::Response(_) if self.mute => {
                hands.count("lying_sync_peer: left a question unanswered");
                Outgoing::Nothing
            }
            Message::Response(response) => match Self::lie(hands, response.clone()) {
                Some(lie) => {
                    hands.count("lying_sync_peer: gave a wrong answer");
                    Outgoing::Instead(Message::Response(lie))
                }
                None => {
                    hands.count("lying_sync_peer: left a question unanswered");
                    Outgoing::Nothing
                }
            },
            _ => Outgoing::AsIs,
        }
    }
}
