//! How tables are cut into chunks. Part of the protocol: peers must cut alike.

use crate::slots::Layout;

/// Events of the log of references in one chunk: at most 96 bytes each, 1.5 MiB. An index of
/// 65,536 digests reaches half a billion payments.
pub(super) const LOG_RUN: usize = 1 << 14;

impl Layout {
    /// How many runs the whole table has at most.
    pub const fn runs(&self) -> usize {
        (self.in_all >> self.run_bits) as usize
    }

    /// How many slots a run has.
    pub const fn slots_in_run(&self) -> usize {
        1 << self.run_bits
    }

    /// The first slot of a run.
    pub const fn first_slot(&self, run: usize) -> usize {
        run << self.run_bits
    }
}
