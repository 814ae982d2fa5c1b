//! The faults by name: which kinds a run is given, and the names under which they are counted when
//! they fire.

use std::collections::BTreeSet;

/// Names under which faults are counted.
pub mod fired {
    /// A message was lost by chance.
    pub const LOSS: &str = "loss";
    /// A message was delivered twice.
    pub const DUPLICATION: &str = "duplication";
    /// A message took longer than on a good network.
    pub const DELAY: &str = "delay";
    /// A message overtook an earlier one of its link.
    pub const REORDERING: &str = "reordering";
    /// The machines were split into two groups.
    pub const PARTITION: &str = "symmetric partition";
    /// Some machines could send and not hear, or the reverse.
    pub const PARTITION_ONE_WAY: &str = "one-way partition";
    /// A partition was followed by another one at once.
    pub const PARTITION_CHANGED: &str = "changing partition";
    /// A message was lost at a partition.
    pub const LOST_AT_CUT: &str = "lost at a partition";
    /// A machine stopped between two drives.
    pub const CRASH_IDLE: &str = "crash between drives";
    /// A machine stopped during a write, which was lost whole.
    pub const CRASH_BEFORE_WRITE: &str = "crash before a write";
    /// A machine stopped during a write, which was kept whole.
    pub const CRASH_AFTER_WRITE: &str = "crash after a write";
    /// A machine stopped after all its writes and before the sends that follow them.
    pub const CRASH_BEFORE_SEND: &str = "crash before sending";
    /// The signing record refused an append or a sync.
    pub const RECORD_FAILED: &str = "failing signing record";
    /// A part of the signing record's unsynced bytes stayed.
    pub const RECORD_TORN: &str = "torn write of the signing record";
    /// All of the signing record's unsynced bytes were lost.
    pub const RECORD_LOST: &str = "lost write of the signing record";
    /// The signing record's length reached the disk before its data.
    pub const RECORD_REORDERED: &str = "reordered write of the signing record";
    /// The database refused a write, and the process ended.
    pub const FAILING_DISK: &str = "failing disk";
    /// A drive took effect late.
    pub const SLOW_DISK: &str = "slow disk";
    /// A calendar was wrong by more than validators accept.
    pub const CALENDAR_JUMP: &str = "calendar jump";
    /// Calendars differed by less than that.
    pub const CALENDAR_SKEW: &str = "calendar skew";
    /// A process stood still and went on.
    pub const PAUSE: &str = "pause";
    /// A database was replaced by an earlier state of itself.
    pub const OLD_COPY: &str = "old copy of a database";
    /// Every message was lost for an hour.
    pub const BLACKOUT: &str = "blackout of an hour";
    /// A message was lost in a blackout.
    pub const LOST_IN_BLACKOUT: &str = "lost in a blackout";
    /// All machines were off for a day.
    pub const SHUTDOWN: &str = "shutdown of a day";
    /// A data folder was copied and started as a second live node.
    pub const SECOND_COPY: &str = "second live copy of a data folder";
    /// A link went from one machine of a copied data folder to the other.
    pub const RACE: &str = "link taken by another copy";
    /// A node joined late, with nothing.
    pub const JOINED_LATE: &str = "node that joined late";
    /// A node took a snapshot in place of the blocks.
    pub const JOINED_BY_SNAPSHOT: &str = "node that joined by a snapshot";
    /// An epoch ended.
    pub const EPOCH: &str = "epoch that ended";
    /// A validator was added.
    pub const ADDED: &str = "validator added";
    /// A validator was removed.
    pub const REMOVED: &str = "validator removed";
    /// A validator's voting key was replaced.
    pub const ROTATED: &str = "voting key rotated";
    /// A validator's weight was changed.
    pub const WEIGHED: &str = "weight changed";
    /// A machine stopped during the write that ends an epoch.
    pub const CRASH_AT_BOUNDARY: &str = "crash at the end of an epoch";
    /// A database was put back to a state of an earlier epoch.
    pub const OLD_COPY_OF_EPOCH: &str = "old copy from an earlier epoch";
    /// A node that was down for a whole epoch came back.
    pub const MISSED_EPOCH: &str = "epoch missed by a node";
    /// A validator was removed and could not send its last batches meanwhile.
    pub const LEAVER_CUT_OFF: &str = "leaving validator cut off";
    /// It had no time to deliver what it had accepted, or accepted more after its last epoch but one.
    pub const LEAVER_TOO_LATE: &str = "leaver without time to deliver";
    /// A finalize vote for the last block of an epoch was lost.
    pub const BOUNDARY_VOTE: &str = "finalize vote for an epoch's last block lost";
}

macro_rules! fault_kinds {
    ($($(#[$doc:meta])* $kind:ident => $name:literal,)*) => {
        /// A kind of fault that a run may be given.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FaultKind { $($(#[$doc])* $kind,)* }

        impl FaultKind {
            /// Every kind, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// Its name on the command line.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }
        }
    };
}

fault_kinds! {
    /// Messages are lost.
    Loss => "loss",
    /// Messages are delivered twice.
    Duplication => "duplication",
    /// Messages are delayed and overtake each other.
    Delay => "delay",
    /// The network is split, symmetrically, one way, changing.
    Partitions => "partitions",
    /// Machines stop, anywhere between a write and the sends that follow.
    Crashes => "crashes",
    /// The signing record loses, tears or reorders unsynced writes.
    Records => "records",
    /// Writes take long.
    SlowDisks => "slow-disks",
    /// Writes are refused.
    FailingDisks => "failing-disks",
    /// Calendars are wrong, and jump.
    Calendars => "calendars",
    /// Processes stand still for a while.
    Pauses => "pauses",
    /// A database is put back to an earlier state.
    OldCopies => "old-copies",
    /// A data folder is copied and runs twice.
    SecondCopy => "second-copy",
    /// Validators come, go, rotate keys and change weights; nodes join late.
    Churn => "churn",
    /// Everything is lost for an hour.
    Blackout => "blackout",
    /// Everything is off for a day.
    Shutdown => "shutdown",
    /// Finalize votes for an epoch's last block are lost, so that blocks come after it.
    BoundaryVotes => "boundary-votes",
    /// Who leaves the set cannot send for a moment, while its clients submit their last payments.
    Leavers => "leavers",
}

/// What goes wrong in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Faults {
    /// Each seed draws its kinds: every kind about every other time, long outages seldom.
    Mixed,
    /// Exactly these kinds.
    Only(BTreeSet<FaultKind>),
}

impl Faults {
    /// A good network of machines that work.
    pub const NONE: Self = Self::Only(BTreeSet::new());

    /// Faults of one kind only.
    pub fn one(kind: FaultKind) -> Self {
        Self::Only(BTreeSet::from([kind]))
    }
}

/// A name that is no fault's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("--faults: {name:?} is no kind of fault; use mixed, none or names from: {known}")]
pub struct UnknownFault {
    name: String,
    known: String,
}

impl std::str::FromStr for Faults {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        match text {
            "mixed" => return Ok(Self::Mixed),
            "none" => return Ok(Self::NONE),
            _ => {}
        }
        let kind = |name: &str| {
            let found = FaultKind::ALL.iter().copied().find(|kind| kind.name() == name);
            found.ok_or_else(|| {
                let known: Vec<_> = FaultKind::ALL.iter().map(|kind| kind.name()).collect();
                UnknownFault { name: name.to_owned(), known: known.join(", ") }
            })
        };
        text.split(',').map(kind).collect::<Result<_, _>>().map(Self::Only)
    }
}

impl std::fmt::Display for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Mixed => f.write_str("mixed"),
            Self::Only(kinds) if kinds.is_empty() => f.write_str("none"),
            Self::Only(kinds) => f.write_str(&kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(",")),
        }
    }
}
