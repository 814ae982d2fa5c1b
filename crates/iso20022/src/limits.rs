//! How much of a message this crate is willing to hold, with the reason for each number.
//!
//! Every growth that a sender can cause has its limit here; none is optional.

/// Bounds on one message. [`Limits::default`] suits a bank's gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole document, envelope included.
    pub max_document_bytes: usize,
    /// Elements nested in one another.
    pub max_depth: usize,
    /// Elements in the whole document.
    pub max_elements: usize,
    /// Attributes on one element, namespace declarations included.
    pub max_attributes: usize,
    /// Namespace declarations in force at one place of the document.
    pub max_namespaces: usize,
    /// Credit transfers in one message.
    pub max_transactions: usize,
    /// Bytes of the confidential details of one credit transfer.
    pub max_details_bytes: usize,
    /// Bytes of the confidential details of all credit transfers of one message.
    pub max_all_details_bytes: usize,
    /// Problems reported in full; further ones are only counted.
    pub max_problems: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // 10,000 lean transfers of 1.6 kB, or 7,000 indented ones with full addresses.
            max_document_bytes: 16 * 1024 * 1024,
            // The schemas nest 14 deep; supplementary data may bring its own tree.
            max_depth: 64,
            // 10,000 transfers of 60 elements; about 150 bytes of memory each.
            max_elements: 600_000,
            // The schemas use one, a root element a few `xmlns` and a schema location.
            max_attributes: 16,
            // Lookups walk the declarations in force, so this bounds the work per element.
            max_namespaces: 32,
            // The product's bound on one batch.
            max_transactions: 10_000,
            // Forty times what a transfer with two addresses and an invoice takes.
            max_details_bytes: 64 * 1024,
            // Parts of the group header count for every transfer, so a message can unfold.
            max_all_details_bytes: 64 * 1024 * 1024,
            // More than a person mends in one go.
            max_problems: 50,
        }
    }
}
