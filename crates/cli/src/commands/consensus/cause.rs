//! The most likely reason why nothing is finalized, in plain words, with what to do about it. One
//! reason only: the one whose remedy the others wait for.

use corridor_types::view::{ConsensusView, Silence};

/// A network with work that has finalized nothing for so long stands still: several timeouts of a view.
const STALLED_MS: u64 = 5_000;

/// Blocks behind which a node counts as catching up.
const FAR_BEHIND: u64 = 16;

/// One or two sentences.
pub fn likely(view: &ConsensusView) -> String {
    let own = [halted, differing, silent, unlinked, slow_clock, snapshot, behind, lacking_batches];
    let network = [unsettled, stalled, boundary];
    let found = own.into_iter().chain(network).find_map(|cause| cause(view));
    found.unwrap_or_else(|| match view.work {
        true => "Nothing is wrong: blocks are being finalized.".to_owned(),
        false => "Nothing is wrong: there is nothing to order.".to_owned(),
    })
}

fn halted(view: &ConsensusView) -> Option<String> {
    let reason = view.halted.as_ref()?;
    Some(format!("This node has stopped: {reason}. Keep its data for inspection and restore it from its peers."))
}

fn differing(view: &ConsensusView) -> Option<String> {
    let height = view.outcomes_differ?;
    Some(format!(
        "Validators computed different results for block {height}, and no result has a quorum. Compare the releases \
         that they run, and their logs at that height; the odd one is restored from its peers."
    ))
}

fn silent(view: &ConsensusView) -> Option<String> {
    let text = match view.silence? {
        Silence::WaitingForQuorum if view.connected_power >= view.quorum_power => {
            "This validator waits until the others have told what they hold of it. That takes a second; if it lasts, \
             they refuse its links or do not answer: see its log."
        }
        Silence::WaitingForQuorum => return None,
        Silence::Watching => "This validator was just started and votes after a second. Nothing is wrong.",
        Silence::RecordIsOld => {
            "Peers hold votes of this validator that its signing record does not know: the data folder is an old copy, \
             or another node runs with this key. Stop the other one; this one votes again once the others are past \
             what was signed."
        }
        Silence::KeyMissing => {
            "The validator set names a key that this node does not hold. Name its file in keys.validator or \
             keys.more_validators and start the node again."
        }
    };
    Some(text.to_owned())
}

fn unlinked(view: &ConsensusView) -> Option<String> {
    if view.connected_power >= view.quorum_power {
        return None;
    }
    let down: Vec<&str> = view.peers.iter().filter(|peer| !peer.connected).map(|peer| peer.name.as_str()).collect();
    Some(format!(
        "This node is linked to validators with power {} and a quorum takes {}. Look after the links to {}: are they \
         running, do addresses and firewalls let them through, does the log say that they refuse?",
        view.connected_power,
        view.quorum_power,
        down.join(", ")
    ))
}

fn slow_clock(view: &ConsensusView) -> Option<String> {
    let behind = view.clock_behind_ms.filter(|behind| *behind > view.clock_drift_max_ms)?;
    Some(format!(
        "This machine's clock is {behind} ms behind the others, which is more than the {} ms allowed, or theirs is \
         ahead. Repair its time service.",
        view.clock_drift_max_ms
    ))
}

fn snapshot(view: &ConsensusView) -> Option<String> {
    let snapshot = view.snapshot?;
    Some(format!("This node is fetching a snapshot: {} of {} chunks. Wait.", snapshot.held, snapshot.chunks))
}

fn behind(view: &ConsensusView) -> Option<String> {
    let blocks = view.peers_finalized.0.saturating_sub(view.executed.0);
    (blocks > FAR_BEHIND).then(|| format!("This node is {blocks} blocks behind and is catching up. Wait."))
}

/// Only what stands still is worth a word: batches are missing for a moment all the time.
fn stands(view: &ConsensusView) -> bool {
    view.last_finalized_age_ms.is_none_or(|age| age >= STALLED_MS)
}

fn lacking_batches(view: &ConsensusView) -> Option<String> {
    (view.missing_batches > 0 && stands(view)).then(|| {
        format!(
            "{} batches of payments are named by blocks and not held here; no linked node has given them. Validators \
             that hold them are down or not linked to this node.",
            view.missing_batches
        )
    })
}

fn unsettled(view: &ConsensusView) -> Option<String> {
    (!view.missing_outcomes.is_empty() && stands(view)).then(|| {
        format!(
            "Blocks are ordered and not certified: the results of {} are missing. They are down, or behind.",
            view.missing_outcomes.join(", ")
        )
    })
}

fn stalled(view: &ConsensusView) -> Option<String> {
    (view.work && stands(view)).then(|| match view.missing.is_empty() {
        true => "Everybody votes and nothing is finalized: links are slower than the timeouts of consensus. See \
                 consensus.timeout_ms."
            .to_owned(),
        false => format!(
            "Payments wait, and in this view nothing is heard from {}. Ask whether they run and are linked to each \
             other; a quorum needs power {}.",
            view.missing.join(", "),
            view.quorum_power
        ),
    })
}

fn boundary(view: &ConsensusView) -> Option<String> {
    let epoch = view.pending_epoch?;
    Some(format!("Nothing is wrong: the validators of epoch {epoch} begin after the next block."))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use corridor_types::view::PeerView;
    use corridor_types::{Epoch, Height, ParticipantId};
    use serde_json::json;

    use super::*;

    /// A node at work in a network of four.
    fn healthy() -> ConsensusView {
        let peer = |number: u32| PeerView {
            participant: ParticipantId(number),
            name: format!("Bank {number}"),
            connected: true,
        };
        let mut view: ConsensusView = serde_json::from_value(json!({
            "epoch": 0, "view": 9, "leader": 0, "leader_name": "Bank 0", "votes": [], "missing": [],
            "total_power": 4, "quorum_power": 3, "next_timeout_ms": 300, "peers": [], "finalized": 8,
            "last_finalized_age_ms": 40, "syncing": false, "halted": null, "role": "validator", "silence": null,
            "connected_power": 4, "executed": 8, "settled": 8, "peers_finalized": 8, "work": true,
            "missing_batches": 0, "missing_outcomes": [], "outcomes_differ": null, "snapshot": null,
            "pending_epoch": null, "clock_behind_ms": null, "clock_drift_max_ms": 500, "data_bytes": 1,
        }))
        .unwrap();
        view.peers = (1..4).map(peer).collect();
        view
    }

    #[test]
    fn each_cause_is_named() {
        let check = |change: fn(&mut ConsensusView), expected: &str| {
            let mut view = healthy();
            change(&mut view);
            assert!(likely(&view).contains(expected), "{:?} does not say {expected:?}", likely(&view));
        };
        check(|_| {}, "Nothing is wrong: blocks");
        check(|view| view.work = false, "nothing to order");
        check(|view| view.halted = Some("the disk".to_owned()), "has stopped: the disk");
        check(|view| view.outcomes_differ = Some(Height(7)), "different results for block 7");
        check(|view| view.silence = Some(Silence::KeyMissing), "more_validators");
        check(|view| view.silence = Some(Silence::RecordIsOld), "another node runs with this key");
        let lonely = |view: &mut ConsensusView| {
            view.silence = Some(Silence::WaitingForQuorum);
            view.connected_power = 2;
            view.peers[1].connected = false;
        };
        check(lonely, "links to Bank 2:");
        check(|view| view.clock_behind_ms = Some(501), "clock is 501 ms behind");
        check(|view| view.clock_behind_ms = Some(500), "Nothing is wrong");
        check(|view| view.peers_finalized = Height(30), "22 blocks behind");
        let still = |view: &mut ConsensusView| {
            view.last_finalized_age_ms = Some(9_000);
            view.missing = vec!["Bank 3".to_owned()];
        };
        check(still, "nothing is heard from Bank 3");
        check(|view| view.pending_epoch = Some(Epoch(1)), "epoch 1 begin");
    }
}
