//! The transfer of one snapshot after the other until one is complete. It holds no chunk and no
//! record; the path of validator sets and the certificate are checked here, chunks by the replica.

mod chunks;
mod path;
mod want;

use corridor_crypto::{PublicKey, SigningContext};
use corridor_types::{Handover, Height, Request, SnapshotChunk, SnapshotManifest, ValidatorSet};

use crate::around::Around;
use crate::check;
use crate::standing::Subject;
use crate::{Action, Limits, Misbehaviour};
use chunks::Chunks;
use path::Path;
use want::{Want, Wish};

/// One attempt. Up to the chunks it lives on one peer's word: whoever offers a snapshot must also
/// show that it exists.
#[derive(Debug)]
struct Session {
    offer: Offer,
    stage: Stage,
}

/// What an attempt began with.
#[derive(Debug, Clone, Copy)]
struct Offer {
    source: PublicKey,
    height: Height,
    /// True if no blocks are asked for meanwhile.
    instead_of_blocks: bool,
}

#[derive(Debug)]
enum Stage {
    /// The source was asked for the manifest.
    Manifest { until_ms: u64 },
    /// The source was asked for handovers up to the manifest's epoch.
    Handovers { manifest: Box<SnapshotManifest>, until_ms: u64 },
    /// The replica is opening the index.
    Opening { manifest: Box<SnapshotManifest> },
    /// Chunks are fetched from all who offer the same height.
    Chunks { manifest: Box<SnapshotManifest>, chunks: Chunks },
}

/// When to fetch a snapshot, and the one that is being fetched.
#[derive(Debug)]
pub(crate) struct Transfer {
    context: SigningContext,
    path: Path,
    want: Want,
    session: Option<Session>,
}

impl Transfer {
    pub fn new(context: SigningContext, first: ValidatorSet, prefer: bool) -> Self {
        Self { context, path: Path::new(first), want: Want::new(prefer), session: None }
    }

    pub const fn is_running(&self) -> bool {
        self.session.is_some()
    }

    /// Begins, goes on or waits; true if no blocks are to be asked for meanwhile.
    pub fn step(&mut self, around: &mut Around<'_>, actions: &mut Vec<Action>) -> bool {
        self.time_out(around, actions);
        if around.chain.is_waiting() {
            return false;
        }
        actions.extend(self.complete(around));
        if self.session.is_none() && !around.chain.is_waiting() {
            match self.want.wish(around) {
                Wish::Blocks => return false,
                Wish::Wait => return true,
                Wish::Snapshot { height, instead_of_blocks } => {
                    actions.extend(self.begin(around, height, instead_of_blocks));
                }
            }
        }
        self.ask_chunks(around, actions);
        self.session.as_ref().is_some_and(|session| session.offer.instead_of_blocks)
    }

    /// The chain moved on. A snapshot at or below its end is of no use, and one that was the only
    /// way is so no longer.
    pub fn on_advanced(&mut self, height: Height) -> Option<Action> {
        self.want.reset();
        let offer = self.session.as_ref()?.offer;
        if offer.height > height && offer.instead_of_blocks {
            return None;
        }
        self.close()
    }

    /// Another epoch began; the path starts there.
    pub fn on_epoch(&mut self, validators: &ValidatorSet) -> Option<Action> {
        self.path = Path::new(validators.clone());
        self.close()
    }

    pub fn on_peer_down(&mut self, peer: &PublicKey) {
        let Some(session) = &mut self.session else { return };
        match &mut session.stage {
            Stage::Chunks { chunks, .. } => chunks.take_back(peer),
            Stage::Manifest { .. } | Stage::Handovers { .. } if session.offer.source == *peer => {
                self.want.failed();
                self.session = None;
            }
            _ => {}
        }
    }

    fn begin(&mut self, around: &Around<'_>, height: Height, instead_of_blocks: bool) -> Option<Action> {
        let to = around.peers.snapshot_source(around.now_ms, height, |_| Some(0))?;
        let stage = Stage::Manifest { until_ms: around.now_ms.saturating_add(around.limits.manifest_timeout_ms) };
        let offer = Offer { source: to, height, instead_of_blocks };
        self.session = Some(Session { offer, stage });
        Some(Action::Ask { to, request: Request::Snapshot { height } })
    }

    /// A manifest came. Another one than was asked for is late, no lie.
    pub fn on_manifest(
        &mut self,
        around: &mut Around<'_>,
        from: PublicKey,
        manifest: SnapshotManifest,
    ) -> Option<Action> {
        let is_asked = |session: &mut Session| {
            let waits = matches!(session.stage, Stage::Manifest { .. });
            waits && session.offer.source == from && session.offer.height == manifest.block.height
        };
        let offer = self.session.take_if(is_asked)?.offer;
        match check::manifest(&manifest, self.path.first()) {
            Ok(()) => Some(self.walk(around, offer, Box::new(manifest))),
            Err(reason) => Some(self.blame(around, from, reason)),
        }
    }

    /// Handovers came. Those that do not start at the end of the path are late.
    pub fn on_handovers(
        &mut self,
        around: &mut Around<'_>,
        from: PublicKey,
        handovers: Vec<Handover>,
    ) -> Option<Action> {
        let start = handovers.first().map(|handover| handover.boundary.epoch);
        let fits = start.is_none_or(|start| start == self.path.last());
        let is_asked =
            |session: &mut Session| session.offer.source == from && matches!(session.stage, Stage::Handovers { .. });
        let session = self.session.take_if(|session| fits && is_asked(session))?;
        let Session { offer, stage: Stage::Handovers { manifest, .. } } = session else { return None };
        match self.path.extend(&self.context, handovers, manifest.block.next_epoch()) {
            Ok(()) => Some(self.walk(around, offer, manifest)),
            Err(reason) => Some(self.blame(around, from, reason)),
        }
    }

    /// Asks for the rest of the path, or at its end checks the certificate and opens the index.
    fn walk(&mut self, around: &mut Around<'_>, offer: Offer, manifest: Box<SnapshotManifest>) -> Action {
        let (source, epoch) = (offer.source, manifest.block.epoch);
        if let Some(Err(reason)) = self.path.get(epoch).map(|set| check::certified(&manifest, set, &self.context)) {
            return self.blame(around, source, reason);
        }
        let (action, stage) = if self.path.last() < manifest.block.next_epoch() {
            let until_ms = around.now_ms.saturating_add(around.limits.manifest_timeout_ms);
            let request = Request::Handovers { from: self.path.last() };
            (Action::Ask { to: source, request }, Stage::Handovers { manifest, until_ms })
        } else {
            (Action::OpenSnapshot { manifest: (*manifest).clone() }, Stage::Opening { manifest })
        };
        self.session = Some(Session { offer, stage });
        action
    }

    /// The replica opened the index.
    pub fn on_opened(&mut self, now_ms: u64, height: Height, total: u32) {
        let session = self.session.take_if(|session| is_opening(session, height));
        if let Some(Session { offer, stage: Stage::Opening { manifest } }) = session {
            let stage = Stage::Chunks { manifest, chunks: Chunks::new(total, now_ms) };
            self.session = Some(Session { offer, stage });
        }
    }

    /// The replica says that the index is another one than was certified; or, of a snapshot that it was
    /// handed whole, that it could not take it in, which is nobody's lie. It goes on as it is, so do we.
    pub fn on_refused(&mut self, around: &mut Around<'_>, height: Height) -> Option<Action> {
        let Some(session) = self.session.take_if(|session| is_opening(session, height)) else {
            if around.chain.take_back(height) {
                self.want.failed();
            }
            return None;
        };
        Some(self.blame(around, session.offer.source, Misbehaviour::WrongIndex { height }))
    }

    /// A chunk came.
    pub fn on_chunk(
        &mut self,
        from: &PublicKey,
        height: Height,
        (number, bytes): (u32, SnapshotChunk),
    ) -> Option<Action> {
        let chunks = self.chunks(height)?;
        chunks.answered(number, from).then_some(Action::Chunk { height, number, bytes })
    }

    /// The replica kept a chunk.
    pub fn on_chunk_accepted(&mut self, around: &mut Around<'_>, height: Height, number: u32) {
        let from = self.chunks(height).and_then(|chunks| chunks.accept(around.now_ms, number));
        if let Some(from) = from {
            around.peers.delivered(&from, Subject::Snapshot);
        }
    }

    /// The replica refused a chunk: its sender lied, and is asked for none of the others either.
    pub fn on_chunk_refused(&mut self, around: &mut Around<'_>, height: Height, number: u32) -> Option<Action> {
        let chunks = self.chunks(height)?;
        let peer = chunks.refuse(number)?;
        chunks.take_back(&peer);
        around.peers.lied(around.now_ms, &peer);
        Some(Action::Misbehaved { peer, reason: Misbehaviour::WrongChunk { height, number } })
    }

    fn chunks(&mut self, height: Height) -> Option<&mut Chunks> {
        let session = self.session.as_mut().filter(|session| session.offer.height == height)?;
        if let Stage::Chunks { chunks, .. } = &mut session.stage { Some(chunks) } else { None }
    }

    /// Hands the snapshot over once it is whole.
    fn complete(&mut self, around: &mut Around<'_>) -> Option<Action> {
        let is_complete =
            |session: &mut Session| matches!(&session.stage, Stage::Chunks { chunks, .. } if chunks.is_complete());
        let Stage::Chunks { manifest, .. } = self.session.take_if(is_complete)?.stage else { return None };
        self.want.reset();
        let next_epoch = manifest.block.next_epoch();
        around.chain.hand_over(manifest.block.height, next_epoch);
        let (sets, handovers) = self.path.up_to(next_epoch);
        Some(Action::SnapshotComplete { manifest, sets, handovers })
    }

    /// The attempt ended, which was `peer`'s lie.
    fn blame(&mut self, around: &mut Around<'_>, peer: PublicKey, reason: Misbehaviour) -> Action {
        self.want.failed();
        around.peers.lied(around.now_ms, &peer);
        Action::Misbehaved { peer, reason }
    }

    /// Ends the attempt. The replica hears of it if it has something open.
    fn close(&mut self) -> Option<Action> {
        let session = self.session.take()?;
        let is_open = matches!(session.stage, Stage::Opening { .. } | Stage::Chunks { .. });
        is_open.then_some(Action::CloseSnapshot { height: session.offer.height })
    }

    fn time_out(&mut self, around: &mut Around<'_>, actions: &mut Vec<Action>) {
        let now_ms = around.now_ms;
        let Some(session) = &mut self.session else { return };
        match &mut session.stage {
            Stage::Manifest { until_ms } | Stage::Handovers { until_ms, .. } if *until_ms <= now_ms => {
                around.peers.silent(now_ms, &session.offer.source, Subject::Snapshot);
                self.want.failed();
                self.session = None;
            }
            Stage::Chunks { chunks, .. } => {
                for peer in chunks.late(now_ms) {
                    around.peers.silent(now_ms, &peer, Subject::Snapshot);
                    chunks.take_back(&peer);
                }
                if chunks.moved_ms().saturating_add(around.limits.snapshot_stall_ms) <= now_ms
                    && is_hopeless(around, session.offer.height)
                {
                    self.want.failed();
                    actions.extend(self.close());
                }
            }
            _ => {}
        }
    }

    /// Asks for as many chunks at once as the limits allow.
    fn ask_chunks(&mut self, around: &Around<'_>, actions: &mut Vec<Action>) {
        let (limits, now_ms) = (around.limits, around.now_ms);
        let Some(Session { offer, stage: Stage::Chunks { chunks, .. } }) = &mut self.session else { return };
        let height = offer.height;
        while chunks.in_flight() < limits.chunks_in_flight {
            let load = |peer: &PublicKey| Some(chunks.load(peer)).filter(|load| *load < limits.chunks_per_peer);
            let to = around.peers.snapshot_source(now_ms, height, load);
            let (Some(number), Some(to)) = (chunks.missing(), to) else { return };
            chunks.asked(number, to, now_ms.saturating_add(limits.chunk_timeout_ms));
            actions.push(Action::Ask { to, request: Request::SnapshotChunk { height, chunk: number } });
        }
    }

    pub fn next_deadline(&self, now_ms: u64, limits: &Limits) -> Option<u64> {
        match self.session.as_ref().map(|session| &session.stage) {
            None => self.want.wait_until_ms(now_ms),
            Some(Stage::Manifest { until_ms } | Stage::Handovers { until_ms, .. }) => Some(*until_ms),
            Some(Stage::Opening { .. }) => None,
            Some(Stage::Chunks { chunks, .. }) => {
                let stall_ms = chunks.moved_ms().saturating_add(limits.snapshot_stall_ms);
                [chunks.next_due(), Some(stall_ms).filter(|at| *at > now_ms)].into_iter().flatten().min()
            }
        }
    }
}

fn is_opening(session: &Session, height: Height) -> bool {
    session.offer.height == height && matches!(session.stage, Stage::Opening { .. })
}

/// True if nobody offers the snapshot any more, or if another one can be had.
fn is_hopeless(around: &Around<'_>, height: Height) -> bool {
    let above = around.chain.head().height;
    let other = around.peers.is_other_snapshot_offered(around.now_ms, above, height);
    other || !around.peers.is_snapshot_offered(height)
}
