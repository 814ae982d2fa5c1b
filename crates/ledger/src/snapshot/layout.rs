//! How tables are cut into chunks. Part of the protocol: peers must cut alike.

use corridor_types::ValidatorSet;
use corridor_types::persist::Table;

use crate::calendar::AssetCalendar;
use crate::node::Place;
use crate::recent::RecentState;
use crate::slots::Record;
use crate::validators::candidate::Candidate;
use crate::{
    Account, Asset, Client, LicenceRecord, LimitRecord, OpenPayment, OpenProposal, OpenQuote, Participant,
    ProgrammeRecord, Refund, RequiredList, Rulebook, Savings,
};

/// How a table is cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub table: Table,
    /// A run has 2^bits slots.
    pub bits: u32,
    /// How many slots the table has at most.
    pub limit: u32,
}

const fn cut<R: Record>(bits: u32) -> Cut {
    Cut { table: R::TABLE, bits, limit: R::LIMIT }
}

/// How many tables have slots.
pub(super) const TABLES: usize = 19;

/// The tables with slots, ascending. A full run of the longest records fits a chunk of 2 MiB, 8
/// bytes of slot and length each: 1,024 participants of 1.7 kB, 2,048 clients of 760 bytes, 4,096
/// open payments of 500, 128 validator sets of 9.8 kB, 128 programmes of 6 kB, 32 proposals of 30 kB.
pub(super) const CUTS: [Cut; TABLES] = [
    cut::<Participant>(10),
    cut::<Asset>(12),
    cut::<Account>(12),
    cut::<Client>(11),
    cut::<OpenPayment>(12),
    cut::<ValidatorSet>(7),
    cut::<Candidate>(12),
    cut::<Place>(10),
    cut::<RecentState>(12),
    cut::<ProgrammeRecord>(7),
    cut::<LicenceRecord>(11),
    cut::<RequiredList>(12),
    cut::<LimitRecord>(12),
    cut::<Refund>(12),
    cut::<OpenQuote>(12),
    cut::<AssetCalendar>(10),
    cut::<Rulebook>(12),
    cut::<OpenProposal>(5),
    cut::<Savings>(12),
];

/// Events of the log of references in one chunk: at most 96 bytes each, 1.5 MiB. An index of
/// 65,536 digests reaches half a billion payments.
pub(super) const LOG_RUN: usize = 1 << 14;

impl Cut {
    /// How many runs the whole table has at most.
    pub const fn runs(&self) -> usize {
        (self.limit >> self.bits) as usize
    }

    /// How many slots a run has.
    pub const fn slots(&self) -> usize {
        1 << self.bits
    }

    /// The first slot of a run.
    pub const fn first_slot(&self, run: usize) -> usize {
        run << self.bits
    }
}
