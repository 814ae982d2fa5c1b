//! A run of a lane: a batch and those that it builds on, from the highest down, as they answer
//! [`crate::Request::Batches`]. The names link them: who knows the highest knows that all belong there.

use corridor_crypto::Digest;

use crate::limits::{MAX_BATCH_BYTES, MAX_BATCHES_PER_RESPONSE};
use crate::{Batch, Sequence};

/// What the first batch of a lane builds on.
const BEFORE_FIRST: Sequence = Sequence(0);

/// Reads a run: the batch at `sequence` with the name `digest`, and those below it down to but
/// without `above`, as far as they are held and fit an answer: at most [`MAX_BATCHES_PER_RESPONSE`],
/// with payloads of at most [`MAX_BATCH_BYTES`] together. Empty if the highest is not held.
///
/// # Errors
/// Those of `read`.
pub fn read_run<E>(
    sequence: Sequence,
    digest: Digest,
    above: Sequence,
    mut read: impl FnMut(Sequence, &Digest) -> Result<Option<Batch>, E>,
) -> Result<Vec<Batch>, E> {
    let (mut run, mut room, mut place) = (Vec::new(), MAX_BATCH_BYTES, (sequence, digest));
    while place.0 > above.max(BEFORE_FIRST) && run.len() < MAX_BATCHES_PER_RESPONSE {
        let Some(batch) = read(place.0, &place.1)? else { break };
        let Some(left) = room.checked_sub(batch.payload.len()) else { break };
        room = left;
        place = (Sequence(place.0.0 - 1), batch.header.previous);
        run.push(batch);
    }
    Ok(run)
}

/// True if these batches can be an answer: one lane, each the one that the one before it builds on,
/// and no more than an answer holds. Costs a hash per batch; looks at no signature.
pub fn is_run(batches: &[Batch]) -> bool {
    let follows = |pair: &[Batch]| {
        let (upper, lower) = (&pair[0].header, &pair[1].header);
        upper.lane == lower.lane
            && upper.sequence.0.checked_sub(1) == Some(lower.sequence.0)
            && upper.previous == lower.digest()
    };
    let bytes: usize = batches.iter().map(|batch| batch.payload.len()).sum();
    batches.len() <= MAX_BATCHES_PER_RESPONSE && bytes <= MAX_BATCH_BYTES && batches.windows(2).all(follows)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use corridor_crypto::Signature;

    use super::*;
    use crate::{BatchHeader, Epoch, ParticipantId};

    /// A lane of `count` batches with payloads of `bytes` each, ascending.
    fn lane(count: u64, bytes: usize) -> Vec<Batch> {
        let mut lane: Vec<Batch> = Vec::new();
        for sequence in 1..=count {
            let previous = lane.last().map_or(Digest::ZERO, |batch| batch.header.digest());
            let header = BatchHeader {
                epoch: Epoch(0),
                lane: ParticipantId(1),
                sequence: Sequence(sequence),
                previous,
                payload: Digest::ZERO,
            };
            lane.push(Batch { header, signature: Signature([0; 64]), payload: vec![0; bytes].into() });
        }
        lane
    }

    fn read(held: &[Batch], sequence: u64, above: u64) -> Vec<u64> {
        let tip = held.iter().find(|batch| batch.header.sequence.0 == sequence).expect("the lane reaches there");
        let digest = tip.header.digest();
        let find = |place: Sequence, name: &Digest| -> Result<Option<Batch>, Infallible> {
            let same = |batch: &&Batch| batch.header.sequence == place && batch.header.digest() == *name;
            Ok(held.iter().find(same).cloned())
        };
        let run = read_run(Sequence(sequence), digest, Sequence(above), find).unwrap();
        assert!(is_run(&run));
        run.iter().map(|batch| batch.header.sequence.0).collect()
    }

    #[test]
    fn a_run_ends_where_the_asker_holds_the_lane() {
        let held = lane(9, 10);
        assert_eq!(read(&held, 7, 4), [7, 6, 5]);
        assert_eq!(read(&held, 3, 0), [3, 2, 1]);
        assert_eq!(read(&held, 3, 3), Vec::<u64>::new());
        assert_eq!(read(&held, 3, u64::MAX), Vec::<u64>::new());
    }

    #[test]
    fn a_run_ends_where_the_answer_is_full_or_something_is_not_held() {
        assert_eq!(read(&lane(100, 1), 100, 0), (37..=100).rev().collect::<Vec<_>>());
        assert_eq!(read(&lane(9, MAX_BATCH_BYTES / 3), 9, 0), [9, 8, 7]);
        assert_eq!(read(&lane(2, MAX_BATCH_BYTES), 2, 0), [2]);
        let mut held = lane(9, 10);
        held[4].header.payload = Digest([1; 32]);
        assert_eq!(read(&held, 8, 0), [8, 7, 6]);
    }

    #[test]
    fn what_is_no_run_is_seen() {
        let mut run = lane(5, 10);
        run.reverse();
        assert!(is_run(&run) && is_run(&run[..1]) && is_run(&[]));
        let (mut gap, mut twice, mut other) = (run.clone(), run.clone(), run.clone());
        gap.remove(2);
        twice.insert(2, run[1].clone());
        other[3].header.lane = ParticipantId(2);
        for wrong in [gap, twice, other, lane(5, 10)] {
            assert!(!is_run(&wrong));
        }
        let mut full = lane(65, 1);
        full.reverse();
        assert!(!is_run(&full) && is_run(&full[1..]));
        let mut heavy = lane(2, MAX_BATCH_BYTES / 2 + 1);
        heavy.reverse();
        assert!(!is_run(&heavy));
        let zero = Batch { header: BatchHeader { sequence: Sequence(0), ..run[0].header }, ..run[0].clone() };
        assert!(!is_run(&[zero, run[1].clone()]));
    }
}
