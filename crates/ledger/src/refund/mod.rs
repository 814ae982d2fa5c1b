#![doc = include_str!("../../../../docs/ledger/returns-and-recalls.md")]

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
