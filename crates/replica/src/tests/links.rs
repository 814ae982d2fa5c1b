//! Who is linked: that, and nothing else, gives the right to sign.

use super::kit::*;
use crate::{Input, VerifiedMessage};

#[test]
fn what_a_link_still_brings_after_it_went_down_does_not_bring_it_back() {
    let mut bench = Bench::voting();
    for n in 1..4 {
        bench.step(Input::Disconnected(peer(n)));
        // It was in another queue than the news that the link is gone.
        bench.message(n, VerifiedMessage::Status(status(0)));
        bench.message(n, VerifiedMessage::Seen(seen(0, 0)));
    }
    assert!(bench.replica.peers().is_empty(), "{:?}", bench.replica.peers());
    bench.wait(5_000);
    assert_eq!(bench.replica.me(), None, "a copy of us may have the links now");
}
