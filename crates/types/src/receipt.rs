//! Receipts: proof of one decision that anybody verifies offline, with the genesis alone.
//!
//! The text form is canonical: a file that differs in any byte from what [`Receipt::to_json`]
//! writes is refused, so nothing in it is decoration that could be changed unnoticed.

use corridor_crypto::{Digest, SigningContext, merkle};
use serde::{Deserialize, Serialize};

use crate::{
    CertificateError, Entry, Epoch, Genesis, GenesisError, Handover, HandoverError, Payment, SettlementCertificate,
    walk_handovers,
};

/// A decision, its place in the block's receipts, and the certificate over them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The chain: digest of its genesis.
    pub genesis: Digest,
    /// The decision that the receipt proves.
    pub entry: Entry,
    /// The payment decided on, if it is one and known.
    pub payment: Option<Payment>,
    /// From the entry's leaf to the receipts root (RFC 9162).
    pub path: Vec<Digest>,
    /// A quorum's signatures over the block's outcome.
    pub certificate: SettlementCertificate,
    /// Every change of the validator set from genesis to the certificate's epoch.
    pub handovers: Vec<Handover>,
}

/// Why a receipt was refused.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// The text is no receipt.
    #[error("the text is not a receipt: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It decodes, but is not what a node writes.
    #[error("the text is not in the canonical form: it was changed at byte {position} or later")]
    NotCanonical {
        /// The first byte that differs.
        position: usize,
    },
    /// The genesis is unusable.
    #[error("the genesis is unusable: {0}")]
    Genesis(#[from] GenesisError),
    /// A receipt of another chain.
    #[error("the receipt is of chain {got}, the genesis is chain {expected}")]
    OtherChain {
        /// The receipt's chain.
        got: Digest,
        /// The genesis given.
        expected: Digest,
    },
    /// The path of validator sets from genesis does not hold.
    #[error("the path of validator sets from genesis does not hold: {0}")]
    Handover(#[from] HandoverError),
    /// The path of validator sets does not end at the certificate's epoch.
    #[error("the path of validator sets leads to epoch {got}, the certificate is of epoch {expected}")]
    OtherEpoch {
        /// Where the path leads.
        got: Epoch,
        /// The epoch that the certificate names.
        expected: Epoch,
    },
    /// The certificate does not hold.
    #[error("the settlement certificate does not hold: {0}")]
    Certificate(#[from] CertificateError),
    /// The entry's height is not the certificate's.
    #[error("the entry is of height {entry}, the certificate of height {certificate}")]
    HeightMismatch {
        /// The height that the entry names.
        entry: crate::Height,
        /// The height that the certificate names.
        certificate: crate::Height,
    },
    /// The entry is not under the certified root.
    #[error("the entry is not among the certified receipts: {0}")]
    NotIncluded(#[from] merkle::ProofError),
    /// The entry has a payment's status and no payment is shown: it was taken out.
    #[error("the entry decides on a payment and the receipt shows none")]
    PaymentMissing,
    /// The payment is not the one decided on.
    #[error("the payment shown is not the one that the entry is about")]
    PaymentMismatch,
}

impl Receipt {
    /// The canonical text: indented JSON with fields in fixed order and a final line feed.
    ///
    /// # Errors
    /// Only if the serializer fails, which for these types it does not.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(text)
    }

    /// Reads the canonical text.
    ///
    /// # Errors
    /// [`ReceiptError::Malformed`], [`ReceiptError::NotCanonical`].
    pub fn from_json(text: &str) -> Result<Self, ReceiptError> {
        let receipt: Self = serde_json::from_str(text)?;
        let canonical = receipt.to_json()?;
        if canonical == text {
            return Ok(receipt);
        }
        let same = canonical.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
        Err(ReceiptError::NotCanonical { position: same })
    }

    /// Checks everything, with the chain's genesis alone: chain, certificate, inclusion, payment.
    ///
    /// # Errors
    /// [`ReceiptError`] with the first reason.
    pub fn verify(&self, genesis: &Genesis) -> Result<(), ReceiptError> {
        let expected = genesis.digest();
        if self.genesis != expected {
            return Err(ReceiptError::OtherChain { got: self.genesis, expected });
        }
        let context = SigningContext::new(expected);
        let sets = walk_handovers(&context, genesis.validator_set()?, &self.handovers)?;
        let (got, needed) = (sets.current().epoch(), self.certificate.outcome.epoch);
        if got != needed {
            return Err(ReceiptError::OtherEpoch { got, expected: needed });
        }
        self.certificate.clone().verify(&context, sets.current())?;
        let outcome = &self.certificate.outcome;
        if self.entry.height != outcome.height {
            let (entry, certificate) = (self.entry.height, outcome.height);
            return Err(ReceiptError::HeightMismatch { entry, certificate });
        }
        let position = u64::from(self.entry.position);
        merkle::verify_inclusion(&self.entry.leaf(), position, outcome.entries, &self.path, &outcome.receipts)?;
        match &self.payment {
            Some(payment) if payment.content() != self.entry.content || payment.uetr != self.entry.reference => {
                Err(ReceiptError::PaymentMismatch)
            }
            None if self.entry.status.is_some() => Err(ReceiptError::PaymentMissing),
            _ => Ok(()),
        }
    }
}
