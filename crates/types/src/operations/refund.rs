//! Money that comes back after settlement, always as a new movement (`pacs.004`), and requests for
//! it (`camt.056`).

use serde::{Deserialize, Serialize};

use crate::{Amount, Code, Payment, Uetr};

/// A step of a return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum RefundStep {
    /// The creditor agent gives back all or a part of a settled payment, from and to the same
    /// accounts. The operation's reference names the return.
    Return {
        /// The settled payment, as it was submitted.
        original: Payment,
        /// How much, in minor units; all returns together at most the original.
        amount: Amount,
        /// Why: one of the codes for a creditor agent's refusal.
        reason: Code,
    },
    /// The debtor agent asks for a settled payment back.
    Recall {
        /// The settled payment, as it was submitted.
        original: Payment,
        /// Why: one of the codes for a compliance decision.
        reason: Code,
    },
    /// The creditor agent refuses a recall.
    RefuseRecall {
        /// Of which payment.
        payment: Uetr,
        /// Why: one of the codes for a creditor agent's refusal.
        reason: Code,
    },
}
crate::codec_enum!(RefundStep {
    0 => Return { original, amount, reason },
    1 => Recall { original, reason },
    2 => RefuseRecall { payment, reason },
});
