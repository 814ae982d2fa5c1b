//! The documents that this node wants from others, and whom to ask when. Bounded, and given up after
//! a while: most payments without a document never had one.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use corridor_crypto::Digest;
use corridor_types::ParticipantId;

/// Documents wanted at the same time. Each is asked for during half a minute, so that a node whose
/// institution makes payments without documents looks for some thirty of them each second; the
/// others it looks for when its client asks for them.
pub const MAX_WANTED: usize = 1_024;

/// Questions sent in one turn.
pub const MAX_QUESTIONS: usize = 64;

/// Between the first question and the second; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// Questions about one document: the pauses between them add up to half a minute.
const MAX_ATTEMPTS: u32 = 8;

/// A document that a payment of this node's institution names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    /// Digest of the wanted document.
    pub digest: Digest,
    /// Who may have it; the debtor agent first.
    pub readers: Vec<ParticipantId>,
    /// True if a client asked for it just now.
    pub urgent: bool,
}

#[derive(Debug)]
struct Search {
    readers: Vec<ParticipantId>,
    attempts: u32,
    due: Instant,
}

/// What is wanted.
#[derive(Debug, Default)]
pub struct Wanted {
    searches: BTreeMap<Digest, Search>,
}

impl Wanted {
    /// How many more fit.
    pub fn room(&self) -> usize {
        MAX_WANTED - self.searches.len().min(MAX_WANTED)
    }

    /// True if somebody was asked for it and has not answered.
    pub fn contains(&self, digest: &Digest) -> bool {
        self.searches.contains_key(digest)
    }

    /// Begins to look for a document. A client's question takes the place of the search that was
    /// tried most often, and one that goes on already begins anew only when it would soon end.
    pub fn insert(&mut self, want: Want, now: Instant) {
        let Want { digest, readers, urgent } = want;
        let goes_on = self.searches.get(&digest).is_some_and(|search| !urgent || search.attempts < MAX_ATTEMPTS / 2);
        if goes_on {
            return;
        }
        if self.room() == 0 {
            let oldest = self.searches.iter().max_by_key(|(_, search)| search.attempts).map(|(digest, _)| *digest);
            let Some(oldest) = oldest.filter(|_| urgent) else { return };
            self.searches.remove(&oldest);
        }
        self.searches.insert(digest, Search { readers, attempts: 0, due: now });
    }

    /// It came, or is not wanted any more.
    pub fn remove(&mut self, digest: &Digest) {
        self.searches.remove(digest);
    }

    /// Whom to ask for what now: the debtor agent twice, then the others in turn.
    pub fn due(&mut self, now: Instant) -> Vec<(Digest, ParticipantId)> {
        self.searches.retain(|_, search| search.attempts < MAX_ATTEMPTS || search.due > now);
        let mut questions = Vec::new();
        for (digest, search) in &mut self.searches {
            if questions.len() == MAX_QUESTIONS {
                break;
            }
            if search.due > now || search.attempts >= MAX_ATTEMPTS {
                continue;
            }
            let turn = usize::try_from(search.attempts.saturating_sub(1)).unwrap_or_default();
            if let Some(reader) = search.readers.get(turn % search.readers.len().max(1)) {
                questions.push((*digest, *reader));
            }
            search.due = now + (FIRST_PAUSE * 2u32.saturating_pow(search.attempts)).min(LONGEST_PAUSE);
            search.attempts += 1;
        }
        questions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn want(number: u16, urgent: bool) -> Want {
        let mut digest = [0; 32];
        digest[..2].copy_from_slice(&number.to_be_bytes());
        Want { digest: Digest(digest), readers: [3, 4, 5].map(ParticipantId).to_vec(), urgent }
    }

    #[test]
    fn the_debtor_agent_is_asked_first_then_the_others_ever_more_slowly() {
        let (mut wanted, start) = (Wanted::default(), Instant::now());
        wanted.insert(want(1, false), start);
        let mut asked = Vec::new();
        for tenth in 0..600 {
            let now = start + Duration::from_millis(100 * tenth);
            asked.extend(wanted.due(now).into_iter().map(|(_, reader)| (tenth, reader.0)));
        }
        let order: Vec<_> = asked.iter().map(|(_, reader)| *reader).collect();
        assert_eq!(order, [3, 3, 4, 5, 3, 4, 5, 3]);
        let pauses: Vec<_> = asked.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        assert!(pauses.is_sorted() && pauses[6] == 80, "{pauses:?}");
        assert_eq!(wanted.room(), MAX_WANTED, "it was given up");
    }

    #[test]
    fn the_list_is_bounded_and_a_client_comes_first() {
        let (mut wanted, now) = (Wanted::default(), Instant::now());
        (0..2_000).for_each(|number| wanted.insert(want(number, false), now));
        assert_eq!(wanted.room(), 0);
        assert_eq!(wanted.due(now).len(), MAX_QUESTIONS);
        wanted.insert(want(5_000, false), now);
        assert!(!wanted.contains(&want(5_000, false).digest));
        wanted.insert(want(5_000, true), now);
        assert!(wanted.contains(&want(5_000, true).digest) && wanted.room() == 0);
        wanted.remove(&want(5_000, true).digest);
        assert_eq!(wanted.room(), 1);
    }
}
