//! What a sealed document is bound to: one payment of one chain. Holds no secret.

use corridor_crypto::Digest;
use corridor_types::Uetr;

/// The payment that details belong to. A document opens only under the binding it was sealed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// The digest of the chain's genesis document.
    pub genesis: Digest,
    /// The payment's reference.
    pub uetr: Uetr,
}

/// Version 1 of the sealed document. Ends in a zero byte like every tag of the project.
const LABEL: &[u8] = b"corridor/sealed-details/1\0";

impl Binding {
    /// Label, genesis digest (32 bytes), UETR (16 bytes): fixed widths, so the parts cannot shift.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        [LABEL, self.genesis.as_bytes().as_slice(), self.uetr.as_bytes().as_slice()].concat()
    }
}
