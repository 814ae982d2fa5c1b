//! Returns and recalls of settled payments: how much of each came back, and what was asked for. A
//! settled payment itself is never undone: what comes back is new money movement with a reference
//! of its own.
//!
//! # Rules in their order
//!
//! The ledger keeps no settled payment, only its content's digest; who asks hands the payment in
//! again as it was submitted. Each step takes one key as Operator or Compliance; a Return whose amount
//! is above the rule of who gives it back takes so many different Checker keys besides
//! (`checker_missing`), as a payment would.
//!
//! | step | authority | rules and codes |
//! |---|---|---|
//! | Return | owner of the original's creditor account (`not_creditor_agent`) | reason is a creditor agent's (`reason_not_allowed`); a payment has the reference (`unknown_payment`), with this content (`original_mismatch`), and settled (`not_settled`); amount above zero (`amount_zero`); all returns together at most the original (`return_above_original`); creditor account may pay, debtor account may receive (`account_frozen`); `available >= amount` (`insufficient_funds`); room on the debtor account (`balance_limit_exceeded`); room for the record (`capacity_exceeded`) |
//! | Recall | owner of the original's debtor account (`not_debtor_agent`) | reason is an officer's (`reason_not_allowed`); as above up to `not_settled`; no recall waits for its answer (`already_recalled`); something is left to return (`return_above_original`); room (`capacity_exceeded`) |
//! | RefuseRecall | the recalled payment's creditor agent (`not_creditor_agent`) | reason is a creditor agent's (`reason_not_allowed`); a recall waits for its answer (`unknown_recall`) |
//!
//! # Legal moves of a recall
//!
//! | from | step | to |
//! |---|---|---|
//! | none, or answered | Recall | waits for its answer |
//! | waits for its answer | Return of any amount, RefuseRecall | answered |
//! | none, or answered | Return | no change |
//!
//! A return also gives back, for its amount: the licences that the payment drew, in proportion, and
//! what limits, the client's cap and the programme's cap counted when it was accepted.

pub(crate) mod rules;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use corridor_types::{Amount, Code, ParticipantId, Uetr};

use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};

/// A settled payment of which money was returned or asked back. Never removed: all returns
/// together stay within the original for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refund {
    /// The settled payment.
    pub payment: Uetr,
    /// The owner of its creditor account, who answers recalls.
    pub creditor_agent: ParticipantId,
    /// What was returned so far, in minor units.
    pub returned: Amount,
    /// Why the debtor agent asks for it; absent if it does not, or was answered.
    pub recall: Option<Code>,
}
corridor_types::codec_struct!(Refund { payment, creditor_agent, returned, recall });

/// All refunds, by the payment that they return.
#[derive(Debug, Clone)]
pub(crate) struct Refunds {
    pub slots: Slots<Refund>,
    /// For lookup only, never iterated.
    by_payment: HashMap<Uetr, u32>,
}

impl Index<Refund> for Refunds {
    fn new(slots: Slots<Refund>, _: &Meta) -> Result<Self, Misplaced> {
        let by_payment = slots.iter().map(|(slot, refund)| (refund.payment, slot)).collect();
        Ok(Self { slots, by_payment })
    }
}

impl Refunds {
    pub fn get(&self, payment: &Uetr) -> Option<&Refund> {
        self.slots.get(*self.by_payment.get(payment)?)
    }

    /// The refund of a payment for writing, if it began.
    pub fn edit(&mut self, payment: &Uetr) -> Option<&mut Refund> {
        self.slots.edit(*self.by_payment.get(payment)?)
    }

    /// The same; begun if there is none.
    pub fn begin(&mut self, payment: Uetr, creditor_agent: ParticipantId) -> Option<&mut Refund> {
        let first = Refund { payment, creditor_agent, returned: Amount::ZERO, recall: None };
        let slot = *self.by_payment.entry(payment).or_insert_with(|| self.slots.append(first));
        self.slots.edit(slot)
    }
}
