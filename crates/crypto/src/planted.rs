//! Bugs planted on purpose, to check the checkers: each is one line in the product, off unless the
//! build has `--cfg corridor_planted` and a thread then turns one on. Every other build, the shipped
//! binary first of all, has the constant `false` in its place, and no way to make it anything else.
//!
//! Never alters anything by itself, and is never named by a feature, a variable or an argument.

macro_rules! bugs {
    ($($bug:ident => $name:literal, $what:literal;)*) => {
        /// A planted bug.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Bug { $(#[doc = $what] $bug,)* }

        impl Bug {
            /// Every bug, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$bug,)*];

            /// Its stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$bug => $name,)* }
            }

            /// What is broken, in one line.
            pub const fn what(self) -> &'static str {
                match self { $(Self::$bug => $what,)* }
            }
        }
    };
}

bugs! {
    // Ordering.
    QuorumOffByOne => "quorum-off-by-one", "one vote less than a quorum makes a certificate";
    VotesOfTwoBlocksAdded => "votes-of-two-blocks-added", "votes of one view count together, whatever they are for";
    NotarizesTwice => "notarizes-twice", "a second proposal of a view takes the first one's place and gets a vote too";
    FinalizesAfterNullify => "finalizes-after-nullify", "a view that was given up gets a finalize vote all the same";
    SkippedViewsUnchecked => "skipped-views-unchecked", "a parent is good though views between are not nullified";
    NothingRepeated => "nothing-repeated", "votes and certificates are sent once";
    BackOffWithoutCap => "back-off-without-cap", "the time between two repetitions doubles, without end";
    OwnVotesForgotten => "own-votes-forgotten", "after a restart the engine does not know its own votes";
    AccusesHonestVotes => "accuses-honest-votes", "two different votes of one view are evidence, whatever they are";
    // Signer and durability.
    RecordNotSynced => "record-not-synced", "the signing record is written and not synced before signing";
    RecordNotRead => "record-not-read", "the signing record is not read at the start";
    RecordFailureIgnored => "record-failure-ignored", "the signer signs on after its record's disk failed";
    SignerChecksNothing => "signer-checks-nothing", "engine and signer each leave it to the other to remember votes";
    DraftNotKept => "draft-not-kept", "a transaction is accepted before its batch is on disk";
    LaneFloorIgnored => "lane-floor-ignored", "a node with an old database accepts what it cannot sign";
    GuardNeedsNoQuorum => "guard-needs-no-quorum", "voting begins without word from a quorum";
    GuardDeaf => "guard-deaf", "what peers saw of an old record's votes is not heard";
    // Lanes.
    AcknowledgesUnstored => "acknowledges-unstored", "a batch is acknowledged and not stored";
    BatchAskedOfAuthorOnly => "batch-asked-of-author-only", "a missing batch is asked of its author, always";
    QuietLanesLeftOut => "quiet-lanes-left-out", "a proposed cut leaves out lanes without news";
    VotesForUnheldCut => "votes-for-unheld-cut", "a cut is voted for though nobody is known to hold its batches";
    PayloadUnchecked => "payload-unchecked", "a batch is taken with another payload than its header names";
    TransactionsUnchecked => "transactions-unchecked", "a batch is taken without a look at its transactions' signatures";
    // Execution and settlement.
    LaneSkipped => "lane-skipped", "execution leaves out the last lane of a block that orders several";
    LocalOrder => "local-order", "every node executes its own lane's batches first";
    SlotsFollowMemory => "slots-follow-memory", "free slots are taken again only after a restart";
    DifferingOutcomesAdded => "differing-outcomes-added", "different outcomes of one height make one certificate";
    OutcomesSentOnce => "outcomes-sent-once", "an outcome that was lost is not sent again";
    OutcomesUnsignedAfterRestart => "outcomes-unsigned-after-restart", "what was executed before a restart is never signed";
    // Ledger.
    PaymentSettlesAgain => "payment-settles-again", "a payment that comes twice is decided twice";
    IssueRepeated => "issue-repeated", "an operation that comes twice is carried out twice";
    AttestedPaymentStaysOpen => "attested-payment-stays-open", "an answered payment can be answered again";
    FundsUnchecked => "funds-unchecked", "a payment is taken without a look at the balance";
    ReserveKept => "reserve-kept", "a refused payment's reserve is not given back";
    AnyoneAttests => "anyone-attests", "a bank can attest a payment to another bank";
    ConsentTakenForGiven => "consent-taken-for-given", "a payment settles at once though nobody consented";
    ClientCapIgnored => "client-cap-ignored", "a client pays more than it was authorised for";
    CreditedTwice => "credited-twice", "issued money is credited twice";
    CreditLost => "credit-lost", "a payment out of the reserve never arrives";
    // Catch-up.
    LinksUnchecked => "links-unchecked", "a range of blocks is taken though it does not link";
    FinalityUnchecked => "finality-unchecked", "a range of blocks is taken with another block's certificate";
    WaitsForEver => "waits-for-ever", "a question to a silent peer never times out";
    SettlementsNeverAsked => "settlements-never-asked", "missing settlement certificates are never asked for";
    // Epochs.
    StubsExecuted => "stubs-executed", "blocks after the boundary count as part of the chain";
    RangePastBoundary => "range-past-boundary", "catch-up takes blocks past the boundary of the epoch";
    OldSetAfterCatchUp => "old-set-after-catch-up", "a boundary that catch-up brings does not change the set";
    SetBeforeBoundary => "set-before-boundary", "a new set takes effect when it is decided, before the boundary";
    SignerNotTold => "signer-not-told", "the signer is not told of a new epoch";
    LanesOfLeaversDropped => "lanes-of-leavers-dropped", "the last batches of who left the set are ordered by nobody";
    EpochOfCertificateIgnored => "epoch-of-certificate-ignored", "a certificate of another epoch moves the engine";
}

impl std::str::FromStr for Bug {
    type Err = UnknownBug;

    fn from_str(name: &str) -> Result<Self, UnknownBug> {
        let found = Self::ALL.iter().copied().find(|bug| bug.name() == name);
        found.ok_or_else(|| UnknownBug { name: name.to_owned() })
    }
}

/// A name that is no bug's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is no planted bug; the command lists them all when none is named")]
pub struct UnknownBug {
    name: String,
}

/// True if this build can turn bugs on.
pub const ENABLED: bool = cfg!(corridor_planted);

/// True if `bug` is on in this thread.
#[cfg(not(corridor_planted))]
#[inline(always)]
pub const fn is(bug: Bug) -> bool {
    _ = bug;
    false
}

#[cfg(corridor_planted)]
pub use switch::{is, set};

#[cfg(corridor_planted)]
mod switch {
    use super::Bug;
    use std::cell::Cell;

    thread_local! {
        static ON: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// True if `bug` is on in this thread.
    #[inline]
    pub fn is(bug: Bug) -> bool {
        ON.get() == Some(bug)
    }

    /// Turns one bug on in this thread, or all off.
    pub fn set(bug: Option<Bug>) {
        ON.set(bug);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_distinct_and_lead_back() {
        let names: BTreeSet<&str> = Bug::ALL.iter().map(|bug| bug.name()).collect();
        assert_eq!(names.len(), Bug::ALL.len());
        for bug in Bug::ALL {
            assert_eq!(bug.name().parse(), Ok(*bug));
            assert!(!bug.what().is_empty());
        }
    }

    #[cfg(not(corridor_planted))]
    #[test]
    fn a_build_without_the_switch_has_a_constant_in_place_of_every_bug() {
        const ON: [bool; 2] = [is(Bug::QuorumOffByOne), is(Bug::CreditedTwice)];
        assert_eq!((ON, ENABLED), ([false; 2], false));
        assert!(Bug::ALL.iter().all(|bug| !is(*bug)));
    }
}
