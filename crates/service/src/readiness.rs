//! Whether this node may be asked for work, and why not. A load balancer in front of a bank's nodes sends
//! clients elsewhere while it may not.

use corridor_replica::Silence;
use corridor_runtime::Progress;

/// Why a node takes no work, in the order in which it is told: the first that holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// The replica stopped for good.
    #[error("{0}")]
    Halted(String),
    /// The core has not driven anything yet.
    #[error("the node is starting")]
    Starting,
    /// What it accepted could not be finalized.
    #[error("connected to validators with power {connected} of {total}; more than two thirds are needed")]
    NoQuorum {
        /// Power of the connected validators and our own.
        connected: u128,
        /// Power of all validators.
        total: u128,
    },
    /// What it says about the ledger would be old.
    #[error("the node is catching up with its peers")]
    CatchingUp,
    /// It is a validator and must not sign.
    #[error("the validator is silent: {}", explain(*.0))]
    Silent(Silence),
}

/// Judges by what the core told last.
///
/// # Errors
/// [`NotReady`], if it is not.
pub fn readiness(halted: Option<String>, progress: Option<Progress>) -> Result<(), NotReady> {
    if let Some(reason) = halted {
        return Err(NotReady::Halted(reason));
    }
    let progress = progress.ok_or(NotReady::Starting)?;
    if !progress.has_quorum {
        let (connected, total) = (progress.connected_power, progress.total_power);
        return Err(NotReady::NoQuorum { connected, total });
    }
    if progress.catching_up {
        return Err(NotReady::CatchingUp);
    }
    match progress.silence {
        Some(silence) => Err(NotReady::Silent(silence)),
        None => Ok(()),
    }
}

/// Why a validator that does not vote takes no work.
const fn explain(silence: Silence) -> &'static str {
    match silence {
        Silence::WaitingForQuorum => "it waits to hear from validators that form a quorum with it, before it votes",
        Silence::Watching => "it watches for a second before it votes, since it voted before its last start",
        Silence::RecordIsOld(_) => "its signing record is older than what peers hold of it; it stays silent for now",
        Silence::KeyMissing => "the validator set names a key that it does not hold; see keys.more_validators",
    }
}

#[cfg(test)]
mod tests {
    use corridor_crypto::Digest;
    use corridor_replica::Heights;
    use corridor_types::{Epoch, Height, Seen, Sequence, View};

    use super::*;

    /// A node of which nothing bad is known.
    fn well() -> Progress {
        let heights = Heights { finalized: Height(3), executed: Height(3), settled: Height(3) };
        let (connected_power, total_power, has_quorum) = (3, 4, true);
        Progress { heights, connected_power, total_power, has_quorum, catching_up: false, silence: None }
    }

    fn told(halted: Option<&str>, progress: Option<Progress>) -> String {
        readiness(halted.map(str::to_owned), progress).map_or_else(|reason| reason.to_string(), |()| "ready".to_owned())
    }

    #[test]
    fn every_reason_is_told_and_the_worst_first() {
        let mut progress = well();
        assert_eq!(told(None, Some(progress)), "ready");
        progress.silence = Some(Silence::KeyMissing);
        assert!(told(None, Some(progress)).starts_with("the validator is silent: the validator set names a key"));
        progress.catching_up = true;
        assert_eq!(told(None, Some(progress)), "the node is catching up with its peers");
        (progress.connected_power, progress.has_quorum) = (1, false);
        let expected = "connected to validators with power 1 of 4; more than two thirds are needed";
        assert_eq!(told(None, Some(progress)), expected);
        assert_eq!(told(None, None), "the node is starting");
        assert_eq!(told(Some("two finalities of height 7"), Some(progress)), "two finalities of height 7");
    }

    #[test]
    fn every_silence_is_explained_in_its_own_words() {
        let record = Silence::RecordIsOld(Seen {
            epoch: Epoch(0),
            view: View(1),
            sequence: Sequence(0),
            digest: Digest::ZERO,
        });
        let silences = [Silence::WaitingForQuorum, Silence::Watching, record, Silence::KeyMissing];
        let texts = silences.map(|silence| told(None, Some(Progress { silence: Some(silence), ..well() })));
        for (text, word) in texts.iter().zip(["quorum", "watches", "record", "more_validators"]) {
            assert!(text.starts_with("the validator is silent: ") && text.contains(word), "{text}");
        }
    }
}
