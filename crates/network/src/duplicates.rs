//! Which of two connections to one peer is kept. Both ends decide by the same table and thus keep
//! the same one. Pure.

use std::time::Duration;

use crate::config::NodeId;

/// The connection that stays; the other one is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    Existing,
    Newcomer,
}

/// Decides between a connection that was dialled by `existing_dialer` and has existed for
/// `existing_age`, and a new one dialled by `new_dialer`. A node dials only a peer to which it has
/// no connection. Hence:
///
/// - the same end dialled both: it lost the older one, which is only here thought alive;
/// - the older one is older than `window` (longer than any handshake): likewise;
/// - otherwise both ends dialled at the same time, and the smaller key's dial is kept.
pub(crate) fn decide(existing_dialer: NodeId, existing_age: Duration, new_dialer: NodeId, window: Duration) -> Keep {
    let crossed = existing_dialer != new_dialer && existing_age <= window;
    if crossed && existing_dialer < new_dialer { Keep::Existing } else { Keep::Newcomer }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table() {
        let (small, large) = (NodeId([1; 32]), NodeId([2; 32]));
        let window = Duration::from_secs(10);
        let check = |existing, age, newcomer, expected| {
            assert_eq!(decide(existing, Duration::from_secs(age), newcomer, window), expected);
        };
        check(small, 0, large, Keep::Existing);
        check(large, 0, small, Keep::Newcomer);
        check(small, 10, large, Keep::Existing);
        check(small, 11, large, Keep::Newcomer);
        check(small, 0, small, Keep::Newcomer);
        check(large, 0, large, Keep::Newcomer);
    }
}
