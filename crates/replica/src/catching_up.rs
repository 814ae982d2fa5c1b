//! Catch-up among the other parts: what its actions mean for them, and whether it may ask for more.
//!
//! Whom it asks and what it believes is decided by `corridor_sync`, not here.

use corridor_sync as sync;
use corridor_sync::{Action, Sync};
use corridor_types::Message;

use crate::event::Event;
use crate::membership::Around;
use crate::ready::{Notice, Recipient};

/// Catch-up of this node.
#[derive(Debug)]
pub struct CatchingUp {
    sync: Sync,
    /// What it was told last: another range fits in.
    had_room: bool,
}

impl CatchingUp {
    /// At the start there is room.
    pub const fn new(sync: Sync) -> Self {
        Self { sync, had_room: true }
    }

    /// True while finalized blocks are fetched from peers.
    pub const fn is_running(&self) -> bool {
        self.sync.is_syncing()
    }

    /// When a tick is wanted, in milliseconds of the steady clock.
    pub fn next_deadline(&self) -> Option<u64> {
        self.sync.next_deadline()
    }

    /// Steps catch-up, and carries its actions on.
    pub fn step(&mut self, around: Around<'_>, input: sync::Input) -> Vec<Event> {
        self.sync.step(around.clock.steady_ms, input).into_iter().map(meaning).collect()
    }

    /// There starts or ceases to be room for another range.
    pub fn on_room(&mut self, room: bool) -> Vec<Event> {
        if std::mem::replace(&mut self.had_room, room) == room {
            return Vec::new();
        }
        vec![Event::CatchUp(sync::Input::Room(room))]
    }
}

/// What an action of catch-up means for the other parts.
fn meaning(action: Action) -> Event {
    match action {
        Action::Ask { to, request } => Event::send(Recipient::One(to), Message::Request(request)),
        Action::Accept { blocks, stubs, finality } => Event::CaughtUp { blocks, stubs, finality },
        Action::Misbehaved { peer, reason } => Event::notice(Notice::Misbehaved { peer, reason: reason.to_string() }),
        Action::OpenSnapshot { manifest } => Event::OpenSnapshot(manifest),
        Action::Chunk { number, bytes, .. } => Event::Chunk { number, bytes },
        Action::CloseSnapshot { .. } => Event::CloseSnapshot,
        Action::SnapshotComplete { manifest, handovers, .. } => Event::SnapshotComplete { manifest, handovers },
    }
}
