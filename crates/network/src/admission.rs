//! How many inbound handshakes may be under way, and how often one address may begin one. Runs
//! before any cryptography; knows addresses only, never keys. Pure: the time is given.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use libp2p::swarm::ConnectionId;
use tokio::time::Instant;

use crate::limits::Limits;

/// Addresses remembered at a time, known peers' aside: far above what `pending_strangers` lets
/// begin within a second from honest places.
const MAX_STRANGE_ADDRESSES: usize = 1024;

const ONE_SECOND: Duration = Duration::from_secs(1);

/// Counts handshakes under way.
pub(crate) struct Admission {
    limits: Limits,
    /// Addresses of listed peers: strangers cannot crowd them out.
    known: BTreeSet<IpAddr>,
    under_way: BTreeMap<ConnectionId, IpAddr>,
    addresses: BTreeMap<IpAddr, Usage>,
    strangers: usize,
    second_began: Instant,
}

#[derive(Default)]
struct Usage {
    under_way: u32,
    begun_this_second: u32,
}

impl Admission {
    pub(crate) fn new(limits: Limits, now: Instant) -> Self {
        Self {
            limits,
            known: BTreeSet::new(),
            under_way: BTreeMap::new(),
            addresses: BTreeMap::new(),
            strangers: 0,
            second_began: now,
        }
    }

    pub(crate) fn set_known(&mut self, known: BTreeSet<IpAddr>) {
        self.known = known;
        self.strangers = self.under_way.values().filter(|ip| !self.known.contains(ip)).count();
    }

    /// Whether a handshake may begin; if so it counts until [`Self::finished`].
    pub(crate) fn begin(&mut self, connection: ConnectionId, ip: IpAddr, now: Instant) -> bool {
        self.renew_second(now);
        let stranger = !self.known.contains(&ip);
        if stranger && self.is_crowded(ip) {
            return false;
        }
        let usage = self.addresses.entry(ip).or_default();
        if usage.under_way >= self.limits.pending_per_ip
            || usage.begun_this_second >= self.limits.handshakes_per_ip_per_second
        {
            return false;
        }
        usage.under_way += 1;
        usage.begun_this_second += 1;
        self.strangers += usize::from(stranger);
        self.under_way.insert(connection, ip);
        true
    }

    /// The handshake succeeded or failed. Unknown connections are ignored.
    pub(crate) fn finished(&mut self, connection: ConnectionId) {
        let Some(ip) = self.under_way.remove(&connection) else { return };
        if !self.known.contains(&ip) {
            self.strangers -= 1;
        }
        if let Some(usage) = self.addresses.get_mut(&ip) {
            usage.under_way -= 1;
        }
    }

    fn is_crowded(&self, ip: IpAddr) -> bool {
        let new = !self.addresses.contains_key(&ip);
        self.strangers >= self.limits.pending_strangers
            || (new && self.addresses.len() >= MAX_STRANGE_ADDRESSES + self.known.len())
    }

    fn renew_second(&mut self, now: Instant) {
        if now.duration_since(self.second_began) < ONE_SECOND {
            return;
        }
        self.second_began = now;
        self.addresses.retain(|_, usage| usage.under_way > 0);
        self.addresses.values_mut().for_each(|usage| usage.begun_this_second = 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn limits(pending_strangers: usize, per_ip: u32, per_second: u32) -> Limits {
        let mut limits = LIMITS;
        limits.pending_strangers = pending_strangers;
        limits.pending_per_ip = per_ip;
        limits.handshakes_per_ip_per_second = per_second;
        limits
    }

    const LIMITS: Limits = crate::limits::DEFAULT;

    fn ip(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    fn connection(number: usize) -> ConnectionId {
        ConnectionId::new_unchecked(number)
    }

    #[test]
    fn strangers_cannot_crowd_out_a_known_address() {
        let now = Instant::now();
        let mut admission = Admission::new(limits(3, 2, 100), now);
        admission.set_known([ip(1)].into());
        let begun: Vec<bool> = [2, 2, 2, 3, 4, 1, 1, 1]
            .into_iter()
            .enumerate()
            .map(|(number, last)| admission.begin(connection(number), ip(last), now))
            .collect();
        assert_eq!(begun, [true, true, false, true, false, true, true, false]);
        admission.finished(connection(0));
        admission.finished(connection(0));
        assert!(admission.begin(connection(20), ip(4), now));
        assert!(!admission.begin(connection(21), ip(5), now));
    }

    #[test]
    fn one_address_may_begin_so_many_a_second() {
        let now = Instant::now();
        let mut admission = Admission::new(limits(10, 10, 3), now);
        let mut begin = |number, seconds| {
            let begun = admission.begin(connection(number), ip(9), now + Duration::from_secs(seconds));
            admission.finished(connection(number));
            begun
        };
        assert_eq!([begin(0, 0), begin(1, 0), begin(2, 0), begin(3, 0)], [true, true, true, false]);
        assert!(begin(4, 1));
    }

    #[test]
    fn a_peer_that_is_listed_meanwhile_keeps_the_count_right() {
        let now = Instant::now();
        let mut admission = Admission::new(limits(1, 9, 9), now);
        assert!(admission.begin(connection(0), ip(7), now));
        admission.set_known([ip(7)].into());
        admission.finished(connection(0));
        assert!(admission.begin(connection(1), ip(8), now));
        assert!(!admission.begin(connection(2), ip(9), now));
    }
}
