//! Two connections with one key: a peer that reconnects before this node noticed that it was gone,
//! or a second process with the same key. The session of the newer connection is a candidate until
//! its hello says which process it is from; a candidate that the peer dialled is not greeted before.
//!
//! - The same process: it lost the older connection. The newer one stays.
//! - Another process, and the older connection gives no sign of life: likewise.
//! - Another process, and the older connection answers: the newer one is refused and told why, and
//!   the node hears of a duplicate.

use libp2p::swarm::ConnectionId;

use super::Service;
use crate::config::NodeId;
use crate::failure::Failure;
use crate::refusal::Refusal;
use crate::refusals::Subject;
use crate::session::Session;

impl Service {
    /// Begins to examine a second connection to a peer.
    pub(super) fn begin_candidate(&mut self, id: NodeId, candidate: Session) {
        self.end_candidate(id, &Failure::Redundant);
        if self.sessions.contains_key(&id) {
            self.candidates.insert(id, candidate);
        } else {
            self.install(id, candidate);
        }
    }

    /// Whether the connection is the one under examination.
    pub(super) fn is_candidate(&self, id: NodeId, connection: ConnectionId) -> bool {
        self.candidates.get(&id).is_some_and(|candidate| candidate.connection() == connection)
    }

    /// The candidate said which process it is from.
    pub(super) fn examine(&mut self, id: NodeId) {
        let (Some(candidate), Some(older)) = (self.candidates.get_mut(&id), self.sessions.get(&id)) else { return };
        let process = |session: &Session| session.introduced().map(|(process, _)| *process);
        if process(candidate) == process(older) {
            self.promote(id);
        } else {
            candidate.watch_older(older);
        }
    }

    /// The older connection answered, or did not, while the candidate waited.
    pub(super) fn judge_candidate(&mut self, id: NodeId, connection: ConnectionId, older_answers: bool) {
        if !self.is_candidate(id, connection) {
            return;
        }
        if !older_answers {
            return self.promote(id);
        }
        let (Some(candidate), Some(older)) = (self.candidates.get_mut(&id), self.sessions.get(&id)) else { return };
        let (existing, newcomer) = (older.remote(), candidate.remote());
        candidate.refuse(Refusal::Duplicate { address: existing });
        self.shared.notices.duplicate(id, [existing, newcomer]);
        self.note(Subject::Peer(id), &Failure::Duplicate { existing, newcomer });
    }

    /// The candidate takes the place of the older connection.
    fn promote(&mut self, id: NodeId) {
        let Some(candidate) = self.candidates.remove(&id) else { return };
        self.end_session(id, &Failure::Redundant);
        self.install(id, candidate);
    }

    /// The older connection is gone by itself: a candidate that was not refused takes its place.
    pub(super) fn promote_after_loss(&mut self, id: NodeId) {
        if let Some(candidate) = self.candidates.remove(&id) {
            if candidate.is_refused() {
                self.candidates.insert(id, candidate);
            } else {
                self.install(id, candidate);
            }
        }
    }

    fn install(&mut self, id: NodeId, mut session: Session) {
        self.swarm.behaviour_mut().promote(id);
        self.dialing.connected(id);
        session.release();
        self.sessions.insert(id, session);
        self.open_if_complete(id);
    }

    /// Ends the candidate, if there is one.
    pub(super) fn end_candidate(&mut self, id: NodeId, failure: &Failure) {
        let Some(candidate) = self.candidates.remove(&id) else { return };
        if !candidate.is_refused() {
            self.note(Subject::Peer(id), failure);
        }
        self.close(candidate.connection());
    }

    /// Closes a connection and makes place for another.
    pub(super) fn close(&mut self, connection: ConnectionId) {
        self.swarm.behaviour_mut().forget(connection);
        self.swarm.close_connection(connection);
    }
}
