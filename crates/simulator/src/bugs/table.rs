//! Where each bug is looked for: the faults and liars that lead to it. A setting is a way to make a
//! simulated network out of a seed.

use std::collections::BTreeSet;

use corridor_crypto::planted::Bug;

use super::ground::Ground;
use crate::attackers::AttackerKind;
use crate::faults::{FaultKind, Faults};
use crate::{Byzantine, Setup};

macro_rules! settings {
    ($($setting:ident => $name:literal, $liars:expr, $faults:expr;)*) => {
        /// A setting by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Setting { $(#[doc = $name] $setting,)* }

        impl Setting {
            /// Its name on the command line.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$setting => $name,)* }
            }

            const fn parts(self) -> (&'static [AttackerKind], &'static [FaultKind]) {
                match self { $(Self::$setting => ($liars, $faults),)* }
            }
        }
    };
}

settings! {
    Quiet => "nothing goes wrong", &[], &[];
    Busy => "many payments", &[], &[FaultKind::Delay];
    Loss => "loss", &[], &[FaultKind::Loss];
    Cuts => "partitions", &[], &[FaultKind::Partitions];
    Crashes => "crashes", &[], &[FaultKind::Crashes, FaultKind::Loss];
    Records => "failing records", &[], &[FaultKind::Crashes, FaultKind::Records, FaultKind::Loss];
    OldCopies => "old copies", &[], &[FaultKind::OldCopies, FaultKind::Delay, FaultKind::Loss, FaultKind::Partitions];
    BusyOldCopies => "old copies amid many payments", &[], &[FaultKind::OldCopies, FaultKind::Delay, FaultKind::Loss, FaultKind::Partitions];
    Refusals => "crashes, and who asks the signer for what it refuses", &[], &[FaultKind::Crashes, FaultKind::Records, FaultKind::Loss];
    Blackout => "blackout", &[], &[FaultKind::Blackout];
    Shutdown => "shutdown", &[], &[FaultKind::Shutdown, FaultKind::Loss];
    Equivocator => "equivocator", &[AttackerKind::Equivocator], &[FaultKind::Delay];
    Silent => "withholder of batches", &[AttackerKind::WithholderOfBatches], &[FaultKind::Loss];
    Authors => "author of bad batches", &[AttackerKind::AuthorOfBadBatches], &[FaultKind::Loss];
    FalseOutcomes => "false outcomes", &[AttackerKind::FalseOutcomeSigner], &[FaultKind::Loss];
    Watchers => "lying sync peer, and nodes that only follow", &[AttackerKind::LyingSyncPeer], &[FaultKind::Loss];
    BusyBlackout => "blackout amid many payments", &[], &[FaultKind::Blackout];
    Stubs => "churn, and finalize votes lost where an epoch ends", &[], &[FaultKind::Churn, FaultKind::BoundaryVotes, FaultKind::Loss];
    LyingPeer => "lying sync peer", &[AttackerKind::LyingSyncPeer], &[FaultKind::Loss, FaultKind::Partitions, FaultKind::Crashes];
    Stale => "stale certificates, finalize votes lost where an epoch ends", &[AttackerKind::StaleCertificateSender], &[FaultKind::Churn, FaultKind::BoundaryVotes];
    Leavers => "churn, and leavers cut off", &[], &[FaultKind::Churn, FaultKind::Leavers];
    Churn => "churn", &[], &[FaultKind::Churn];
    ChurnCrashes => "churn and crashes", &[], &[FaultKind::Churn, FaultKind::Crashes, FaultKind::Loss];
    SecondCopy => "second live copy", &[], &[FaultKind::SecondCopy];
    OldFolders => "second live copy, crashes", &[], &[FaultKind::SecondCopy, FaultKind::Crashes, FaultKind::Loss];
}

impl Setting {
    /// True if an honest node that asks its signer for what that refuses is a finding: the engine of a
    /// validator whose disk is its own knows all that it signed.
    pub const fn counts_refusals(self) -> bool {
        matches!(self, Self::Refusals)
    }

    /// The run of a seed: one liar if the setting has any.
    pub fn setup(self, seed: u64) -> Setup {
        let (liars, faults) = self.parts();
        let byzantine = Byzantine::Exactly(u32::from(!liars.is_empty()));
        let faults = Faults::Only(faults.iter().copied().collect::<BTreeSet<_>>());
        let setup = Setup { byzantine, faults, attackers: liars.to_vec(), ..Setup::new(seed) };
        match self {
            Self::Busy | Self::BusyBlackout | Self::BusyOldCopies => Setup { payments: BUSY_PAYMENTS, ..setup },
            Self::Watchers => Setup { watchers: 2, ..setup },
            _ => setup,
        }
    }
}

/// Payments in five seconds: so many that most blocks order several lanes.
const BUSY_PAYMENTS: u32 = 400;

const TWINS: Ground = Ground::Twins { validators: 4, twins: 1, rounds: 4 };

const fn network(setting: Setting) -> Ground {
    Ground::Network(setting)
}

const QUIET: Ground = network(Setting::Quiet);
const BUSY: Ground = network(Setting::Busy);
const LOSS: Ground = network(Setting::Loss);
const CUTS: Ground = network(Setting::Cuts);
const CRASHES: Ground = network(Setting::Crashes);
const RECORDS: Ground = network(Setting::Records);
const OLD_COPIES: Ground = network(Setting::OldCopies);
const BUSY_OLD_COPIES: Ground = network(Setting::BusyOldCopies);
const REFUSALS: Ground = network(Setting::Refusals);
const BLACKOUT: Ground = network(Setting::Blackout);
const SHUTDOWN: Ground = network(Setting::Shutdown);
const EQUIVOCATOR: Ground = network(Setting::Equivocator);
const SILENT: Ground = network(Setting::Silent);
const AUTHORS: Ground = network(Setting::Authors);
const FALSE_OUTCOMES: Ground = network(Setting::FalseOutcomes);
const WATCHERS: Ground = network(Setting::Watchers);
const BUSY_BLACKOUT: Ground = network(Setting::BusyBlackout);
const LEAVERS: Ground = network(Setting::Leavers);
const STUBS: Ground = network(Setting::Stubs);
const LYING_PEER: Ground = network(Setting::LyingPeer);
const STALE: Ground = network(Setting::Stale);
const CHURN: Ground = network(Setting::Churn);
const CHURN_CRASHES: Ground = network(Setting::ChurnCrashes);
const SECOND_COPY: Ground = network(Setting::SecondCopy);
const OLD_FOLDERS: Ground = network(Setting::OldFolders);

/// Where a bug must show.
pub const fn grounds(bug: Bug) -> &'static [Ground] {
    match bug {
        Bug::QuorumOffByOne => &[TWINS, CUTS],
        Bug::VotesOfTwoBlocksAdded => &[TWINS, EQUIVOCATOR],
        Bug::NotarizesTwice
        | Bug::FinalizesAfterNullify
        | Bug::SkippedViewsUnchecked
        | Bug::NothingRepeated
        | Bug::AccusesHonestVotes => &[TWINS],
        Bug::BackOffWithoutCap => &[BLACKOUT],
        Bug::OwnVotesForgotten => &[REFUSALS],
        Bug::SignerChecksNothing => &[CRASHES, RECORDS],
        Bug::LinksUnchecked | Bug::FinalityUnchecked => &[LYING_PEER, WATCHERS],
        Bug::WaitsForEver => &[WATCHERS],
        Bug::RecordNotSynced | Bug::RecordNotRead | Bug::RecordFailureIgnored => &[RECORDS, CRASHES],
        Bug::DraftNotKept => &[CRASHES, RECORDS],
        Bug::LaneFloorIgnored => &[OLD_COPIES, BUSY_OLD_COPIES],
        Bug::GuardNeedsNoQuorum | Bug::GuardDeaf => &[SECOND_COPY, OLD_FOLDERS],
        Bug::AcknowledgesUnstored => &[QUIET],
        Bug::QuietLanesLeftOut => &[QUIET, LOSS],
        Bug::LaneSkipped | Bug::LocalOrder => &[BUSY],
        Bug::BatchAskedOfAuthorOnly | Bug::VotesForUnheldCut => &[SILENT],
        Bug::PayloadUnchecked | Bug::TransactionsUnchecked => &[AUTHORS],
        Bug::DifferingOutcomesAdded => &[FALSE_OUTCOMES],
        Bug::OutcomesSentOnce => &[BUSY_BLACKOUT, CUTS],
        Bug::SettlementsNeverAsked => &[LOSS, CRASHES],
        Bug::OutcomesUnsignedAfterRestart => &[SHUTDOWN, CRASHES],
        Bug::PaymentSettlesAgain
        | Bug::IssueRepeated
        | Bug::AttestedPaymentStaysOpen
        | Bug::FundsUnchecked
        | Bug::ReserveKept
        | Bug::AnyoneAttests
        | Bug::ConsentTakenForGiven
        | Bug::ClientCapIgnored
        | Bug::CreditedTwice
        | Bug::CreditLost
        | Bug::SlotsFollowMemory => &[Ground::Books],
        Bug::StubsExecuted | Bug::RangePastBoundary => &[STUBS],
        Bug::OldSetAfterCatchUp | Bug::SetBeforeBoundary | Bug::SignerNotTold => &[CHURN, CHURN_CRASHES],
        Bug::LanesOfLeaversDropped => &[LEAVERS],
        Bug::EpochOfCertificateIgnored => &[STALE],
    }
}
