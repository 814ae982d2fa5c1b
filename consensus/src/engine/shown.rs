//! What is held of a validator's signatures, for the validator itself after a start: it must not contradict
//! what it signed. Read-only.

use corridor_types::{Certificate, Message, ValidatorIndex, View};

use crate::chain::Slot;
use crate::engine::Engine;

/// True if the certificate carries a signature of `validator`.
fn is_signed_by(certificate: &Certificate, validator: ValidatorIndex) -> bool {
    certificate.signatures.binary_search_by_key(&validator, |(voter, _)| *voter).is_ok()
}

/// True if anything of the view carries a signature of `validator`.
fn holds_of(slot: &Slot, validator: ValidatorIndex) -> bool {
    slot.proposal().is_some_and(|held| held.signed.block.proposer == validator)
        || slot.tally().of(validator).next().is_some()
        || slot.certificates().any(|held| is_signed_by(held, validator))
}

impl Engine {
    /// The highest view of which a vote, a proposal or a certificate with a signature of `validator`
    /// is held; 0 if there is none.
    pub fn highest_signed_by(&self, validator: ValidatorIndex) -> View {
        let held = self.chain.slots().rev().find(|(_, slot)| holds_of(slot, validator)).map(|(view, _)| *view);
        let finalization = self.chain.highest_finalization().filter(|held| is_signed_by(held, validator));
        held.max(finalization.map(|held| held.vote.view)).unwrap_or(View(0))
    }

    /// What shows [`Self::highest_signed_by`] to whoever doubts it: a vote, else a certificate, else a proposal.
    /// `None` if that view is 0.
    pub fn shows_signed_by(&self, validator: ValidatorIndex) -> Option<Message> {
        let view = self.highest_signed_by(validator);
        let slot = self.chain.slot(view);
        if let Some(vote) = slot.and_then(|slot| slot.tally().of(validator).next()) {
            return Some(Message::Vote(*vote));
        }
        let of_view = slot.and_then(|slot| slot.certificates().find(|held| is_signed_by(held, validator)));
        let highest = self.chain.highest_finalization();
        let highest = highest.filter(|held| held.vote.view == view && is_signed_by(held, validator));
        if let Some(certificate) = of_view.or(highest) {
            return Some(Message::Certificate(certificate.clone()));
        }
        let proposal = slot?.proposal().filter(|held| held.signed.block.proposer == validator)?;
        Some(Message::Proposal { proposal: proposal.signed.clone(), proofs: Vec::new() })
    }
}
