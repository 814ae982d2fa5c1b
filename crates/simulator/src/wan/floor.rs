//! The floor of latency: when a payment can be certified at the earliest if nobody ever waits.

use super::Latency;

/// Milliseconds from submission at `submitter` to the settlement certificate there, if `leader`
/// proposes the moment the batch arrives and every validator acts at once. All weights are equal.
pub(super) fn floor_ms(latency: &Latency, submitter: usize, leader: usize) -> u64 {
    let all: Vec<usize> = (0..latency.validators()).collect();
    let held: Vec<u64> = all.iter().map(|node| latency.one_way_ms(submitter, *node)).collect();
    let proposed = held.get(leader).copied().unwrap_or_default();
    let notarize = |node: &usize| held[*node].max(proposed + latency.one_way_ms(leader, *node));
    let notarize: Vec<u64> = all.iter().map(notarize).collect();
    let finalize = hop(latency, &notarize);
    let executed = hop(latency, &finalize);
    hop(latency, &executed).get(submitter).copied().unwrap_or_default()
}

/// When each node has heard from a quorum, if each speaks at its time in `said`.
fn hop(latency: &Latency, said: &[u64]) -> Vec<u64> {
    let quorum = said.len() * 2 / 3 + 1;
    let heard = |to: usize| {
        let mut times: Vec<u64> = said.iter().enumerate().map(|(from, at)| at + latency.one_way_ms(from, to)).collect();
        times.sort_unstable();
        times.get(quorum - 1).copied().unwrap_or_default()
    };
    (0..said.len()).map(heard).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_links_give_five_delays_and_four_at_the_leader() {
        let text = r#"{"rtt": {"a": {"a": 20.0}}}"#;
        let latency = Latency::from_json(text, 4).unwrap();
        assert_eq!(floor_ms(&latency, 1, 0), 50);
        assert_eq!(floor_ms(&latency, 0, 0), 40);
    }
}
