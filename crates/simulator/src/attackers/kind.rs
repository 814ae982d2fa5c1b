//! The attackers by name.

use super::{
    Attacker, amnesiac, author_of_bad_batches, equivocator, false_outcome_signer, garbage_sender, late_signer,
    lying_sync_peer, stale_certificate_sender, twin, withholder_of_batches, withholder_of_proposals,
    withholder_of_votes,
};
use crate::random::Chance;

macro_rules! attackers {
    ($($(#[$doc:meta])* $kind:ident => $name:literal, $make:expr;)*) => {
        /// A named attacker.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum AttackerKind { $($(#[$doc])* $kind,)* }

        impl AttackerKind {
            /// Every kind, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// Its name on the command line and in reports.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// A new one. Chance decides between its variants.
            pub fn make(self, chance: &mut Chance) -> Box<dyn Attacker> {
                match self { $(Self::$kind => { let make: fn(&mut Chance) -> Box<dyn Attacker> = $make; make(chance) })* }
            }
        }
    };
}

attackers! {
    /// Says one thing to some and another to the rest.
    Equivocator => "equivocator", |_| Box::<equivocator::Equivocator>::default();
    /// Leads and proposes to nobody, or to few.
    WithholderOfProposals => "withholder_of_proposals", |chance| Box::new(withholder_of_proposals::WithholderOfProposals::new(chance));
    /// Streams its batches to few and answers no question.
    WithholderOfBatches => "withholder_of_batches", |chance| Box::new(withholder_of_batches::WithholderOfBatches::new(chance));
    /// Votes to notarize, never to finalize, and answers no question.
    WithholderOfVotes => "withholder_of_votes", |_| Box::<withholder_of_votes::WithholderOfVotes>::default();
    /// Forgets its signing record and its database.
    Amnesiac => "amnesiac", |_| Box::new(amnesiac::Amnesiac);
    /// One key on two machines that see different halves of the network.
    Twin => "twin", |_| Box::new(twin::Twin);
    /// Sends bytes that mean nothing, or almost something.
    GarbageSender => "garbage_sender", |_| Box::<garbage_sender::GarbageSender>::default();
    /// Sends again what was true long ago.
    StaleCertificateSender => "stale_certificate_sender", |_| Box::<stale_certificate_sender::StaleCertificateSender>::default();
    /// Answers questions wrongly and claims to be far ahead.
    LyingSyncPeer => "lying_sync_peer", |chance| Box::new(lying_sync_peer::LyingSyncPeer::new(chance));
    /// Signs what it should, seconds late.
    LateSigner => "late_signer", |chance| Box::new(late_signer::LateSigner::new(chance));
    /// Signs outcomes that nobody computed.
    FalseOutcomeSigner => "false_outcome_signer", |_| Box::new(false_outcome_signer::FalseOutcomeSigner);
    /// Signs batches of unsigned transactions, and two batches for one position.
    AuthorOfBadBatches => "author_of_bad_batches", |_| Box::new(author_of_bad_batches::AuthorOfBadBatches);
}

/// A name that is no attacker's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("--attackers: {name:?} is nobody; use names from: {known}")]
pub struct UnknownAttacker {
    name: String,
    known: String,
}

impl std::str::FromStr for AttackerKind {
    type Err = UnknownAttacker;

    fn from_str(name: &str) -> Result<Self, UnknownAttacker> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|kind| kind.name()).collect();
            UnknownAttacker { name: name.to_owned(), known: known.join(", ") }
        })
    }
}
