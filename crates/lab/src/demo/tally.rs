//! What the receipts of a story add up to. Counted from receipts alone, so that it can be compared
//! with what the ledger's own records say.

use std::collections::{BTreeMap, BTreeSet};

use corridor_types::{Amount, AssetId, Control, LicenceHandle, Payment, PaymentStatus, Receipt, Uetr};

/// Sums over the payments that settled, less what was returned, in minor units.
#[derive(Debug, Default)]
pub struct Tally {
    seen: BTreeSet<Uetr>,
    /// Minor units that were paid, by asset.
    pub paid: BTreeMap<AssetId, u128>,
    /// Minor units that were drawn, by licence.
    pub drawn: BTreeMap<LicenceHandle, u128>,
}

impl Tally {
    /// Counts the payment of a receipt if it settled, once.
    pub fn count(&mut self, receipt: &Receipt) {
        let Some(payment) = receipt.payment.as_ref() else { return };
        if receipt.entry.status != Some(PaymentStatus::Settled) || !self.seen.insert(payment.uetr) {
            return;
        }
        *self.paid.entry(payment.asset).or_default() += u128::from(payment.amount.0);
        if let Control::Controlled { licences } = &payment.control {
            for used in licences {
                *self.drawn.entry(used.licence).or_default() += u128::from(used.amount.0);
            }
        }
    }

    /// Takes a return back: the amount, and of each licence in proportion.
    pub fn give_back(&mut self, original: &Payment, amount: Amount) {
        take(self.paid.entry(original.asset).or_default(), u128::from(amount.0));
        if let Control::Controlled { licences } = &original.control {
            for used in licences {
                let part = u128::from(used.amount.0) * u128::from(amount.0);
                let part = part.checked_div(u128::from(original.amount.0)).unwrap_or_default();
                take(self.drawn.entry(used.licence).or_default(), part);
            }
        }
    }
}

fn take(sum: &mut u128, part: u128) {
    *sum = sum.saturating_sub(part);
}
