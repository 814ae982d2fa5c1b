//! Money that comes back after settlement, always as a new movement (`pacs.004`), and requests for
//! it (`camt.056`).

use super::row::{ANSWERING, BANKS, SignerRule, own, rule, steps};
use crate::{Amount, Code, Payment, Uetr};

steps! {
    /// A step of a return.
    RefundStep {
        /// The creditor agent gives back all or a part of a settled payment, from and to the same
        /// accounts. The operation's reference names the return.
        0 "return" Return {
            /// The settled payment, as it was submitted.
            original: Payment,
            /// How much, in minor units; all returns together at most the original.
            amount: Amount,
            /// Why: one of the codes for a creditor agent's refusal.
            reason: Code,
        } => {
            by: BANKS,
            signed: rule(
                SignerRule::Payer { initiating: ANSWERING },
                "1 operator or compliance key of the creditor agent, and checkers by its rule",
            ),
            entries: [Return]
        }
        /// The debtor agent asks for a settled payment back.
        1 "recall" Recall {
            /// The settled payment, as it was submitted.
            original: Payment,
            /// Why: one of the codes for a compliance decision.
            reason: Code,
        } => {
            by: BANKS,
            signed: own(1, ANSWERING, "the debtor agent"),
            entries: [Recall]
        }
        /// The creditor agent refuses a recall.
        2 "refuse_recall" RefuseRecall {
            /// Of which payment.
            payment: Uetr,
            /// Why: one of the codes for a creditor agent's refusal.
            reason: Code,
        } => {
            by: BANKS,
            signed: own(1, ANSWERING, "the creditor agent"),
            entries: [RefuseRecall]
        }
    }
}
