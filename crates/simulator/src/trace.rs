//! What happened, as a running digest always and as readable lines on demand.

use corridor_crypto::{Digest, Domain};

use crate::roster::NodeId;

/// The record of a run.
#[derive(Debug)]
pub struct Trace {
    digest: Digest,
    lines: Option<Vec<String>>,
}

impl Trace {
    /// Keeps lines only if asked: formatting them costs more than the run.
    pub const fn new(readable: bool) -> Self {
        Self { digest: Digest::ZERO, lines: if readable { Some(Vec::new()) } else { None } }
    }

    /// Takes an event into the digest.
    pub fn hash(&mut self, now_ms: u64, number: u64, kind: u8, node: NodeId, payload: &Digest) {
        let mut place = [0; 19];
        place[..8].copy_from_slice(&now_ms.to_be_bytes());
        place[8..16].copy_from_slice(&number.to_be_bytes());
        place[16] = kind;
        place[17..].copy_from_slice(&node.0.to_be_bytes());
        let parts = [self.digest.as_bytes().as_slice(), &place, payload.as_bytes()];
        self.digest = Digest::of_parts(Domain::State, &parts);
    }

    /// Adds a line: simulated time in milliseconds, node, what.
    pub fn say(&mut self, now_ms: u64, node: NodeId, what: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{now_ms:>8} {node} {}", what()));
        }
    }

    /// The digest with what the nodes hold at the end, and the lines.
    pub fn finish(self, held: Digest) -> (Digest, Vec<String>) {
        let digest = Digest::of_parts(Domain::State, &[self.digest.as_bytes(), held.as_bytes()]);
        (digest, self.lines.unwrap_or_default())
    }
}
