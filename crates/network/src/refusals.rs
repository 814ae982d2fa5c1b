//! Decides which refusals are worth a log line, so that a flood of them cannot fill the disk. Pure:
//! the time is given, the writing is done elsewhere.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

use crate::config::NodeId;
use crate::failure::Reason;

/// Subjects remembered at a time. Keys of strangers are free to make, so strangers are remembered
/// by address; an attacker with more addresses than this shares one line per reason and interval.
const MAX_SUBJECTS: usize = 1024;

/// Whom a log line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    Peer(NodeId),
    Stranger(IpAddr),
    Anyone,
}

/// Remembers what was logged lately.
pub(crate) struct RefusalLog {
    interval: Duration,
    entries: BTreeMap<(Reason, Subject), Entry>,
}

struct Entry {
    logged: Instant,
    suppressed: u64,
}

impl RefusalLog {
    pub(crate) const fn new(interval: Duration) -> Self {
        Self { interval, entries: BTreeMap::new() }
    }

    /// `Some(n)`: log now, and say that `n` like it were left out since the last line. `None`: be
    /// silent.
    pub(crate) fn admit(&mut self, reason: Reason, subject: Subject, now: Instant) -> Option<u64> {
        let key = (reason, self.remembered(reason, subject, now));
        let Some(entry) = self.entries.get_mut(&key) else {
            self.entries.insert(key, Entry { logged: now, suppressed: 0 });
            return Some(0);
        };
        if now.duration_since(entry.logged) < self.interval {
            entry.suppressed += 1;
            return None;
        }
        entry.logged = now;
        Some(std::mem::take(&mut entry.suppressed))
    }

    /// The subject itself, or `Anyone` if there is no room to remember one more.
    fn remembered(&mut self, reason: Reason, subject: Subject, now: Instant) -> Subject {
        if self.entries.contains_key(&(reason, subject)) || self.entries.len() < MAX_SUBJECTS {
            return subject;
        }
        let interval = self.interval;
        self.entries.retain(|_, entry| now.duration_since(entry.logged) < interval);
        if self.entries.len() < MAX_SUBJECTS { subject } else { Subject::Anyone }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: Subject = Subject::Peer(NodeId([1; 32]));

    #[test]
    fn one_line_per_reason_subject_and_interval() {
        let mut log = RefusalLog::new(Duration::from_secs(10));
        let start = Instant::now();
        let mut check = |seconds, reason, subject, expected| {
            let now = start + Duration::from_secs(seconds);
            assert_eq!(log.admit(reason, subject, now), expected, "{seconds} {reason:?} {subject:?}");
        };
        check(0, Reason::WrongGenesis, PEER, Some(0));
        check(1, Reason::WrongGenesis, PEER, None);
        check(2, Reason::Oversized, PEER, Some(0));
        check(2, Reason::WrongGenesis, Subject::Anyone, Some(0));
        check(9, Reason::WrongGenesis, PEER, None);
        check(10, Reason::WrongGenesis, PEER, Some(2));
        check(11, Reason::WrongGenesis, PEER, None);
    }

    #[test]
    fn many_strangers_share_a_line_and_the_memory_stays_bounded() {
        let mut log = RefusalLog::new(Duration::from_secs(10));
        let now = Instant::now();
        let stranger = |number: u32| Subject::Stranger(IpAddr::from(number.to_be_bytes()));
        let lines = (0..5_000).filter(|n| log.admit(Reason::UnknownKey, stranger(*n), now).is_some()).count();
        assert_eq!(lines, MAX_SUBJECTS + 1);
        assert_eq!(log.entries.len(), MAX_SUBJECTS + 1);
        let later = now + Duration::from_secs(10);
        assert_eq!(log.admit(Reason::UnknownKey, stranger(9_999), later), Some(0));
        assert_eq!(log.entries.len(), 1);
    }
}
