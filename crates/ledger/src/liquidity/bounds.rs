//! How much one call looks at and does.

/// Payments that one call looks at. Gridlock is a matter of the heads of queues: with 128 banks
/// this is the first 32 payments of each. Measured: 1 to 16 ms a call.
pub(crate) const MAX_PAYMENTS: usize = 4_096;

/// Payments of either side that the bilateral step looks at, so that a pair that fails again and
/// again costs little. Longer runs lose nothing: the multilateral step sees them whole.
pub(crate) const MAX_BILATERAL_RUN: usize = 32;

/// Cycles of one call. Without limits of room the first settles all there is and the second finds
/// nothing; with them later cycles use room that became free. The rest follows at the next call.
pub(crate) const MAX_CYCLES: usize = 8;

/// Most steps of one call; see [`Resolution::steps`](super::Resolution::steps). With `P` payments there are at most `2P`
/// accounts. A reduction takes 6 steps for each payment (to add, to drop, to list and to find by
/// creditor), one for each account and one to end.
///
/// * A cycle marks every account twice (`4P`); it tries each pair from both sides, and a queue stands
///   in one pair only (`2P` payments and `P` times two accounts and the end: `15P`); it reduces
///   everything (`8P`, and the end): below `28P`.
/// * A payment settles once in a call. It then marks two accounts twice (4, and 2 to settle), and
///   each of the two marks for a pair may reduce two runs.
pub(crate) const MAX_STEPS: u64 = (MAX_PAYMENTS * (28 * MAX_CYCLES + 6 + 2 * (2 * MAX_BILATERAL_RUN * 6 + 3))) as u64;
