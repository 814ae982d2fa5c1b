//! Every bound on the details and on the sealed document, each with where it comes from.
//!
//! Texts are counted in characters, as ISO 20022 counts them. The lists bound the work of a check;
//! [`MAX_CLEARTEXT_BYTES`] bounds the whole.

use corridor_types::limits::MAX_LICENCES_PER_PAYMENT;

/// What a padded cleartext may measure, in bytes. A plain payment with two parties, an invoice and
/// some goods is about 2 kB, so that nearly all share the smallest class; doubling keeps the
/// number of classes, and so what a length tells, at five.
pub const SIZE_CLASSES: [usize; 5] = [4 * 1024, 8 * 1024, 16 * 1024, 32 * 1024, 64 * 1024];

/// Bytes in front of the cleartext that say how long it is.
pub const LENGTH_BYTES: usize = 4;

/// The largest canonical encoding of a record, in bytes: it fills the largest size class. A hundred
/// invoices and fifty sorts of goods with ordinary texts fit; longer papers are named by hash.
pub const MAX_CLEARTEXT_BYTES: usize = 64 * 1024 - LENGTH_BYTES;

/// The largest JSON text that is read as a record, in bytes: twice the largest record, for indents
/// and other spellings of the same.
pub const MAX_JSON_BYTES: usize = 128 * 1024;

/// Recipients of one document: two agents, two central banks, the issuer of a third currency, and
/// one authority per licence.
pub const MAX_RECIPIENTS: usize = 5 + MAX_LICENCES_PER_PAYMENT;

/// The largest encoded [`crate::Sealed`], in bytes: 33 in front, 4 per list's length, 116 per
/// recipient, the largest class and the tag of its encryption.
pub const MAX_SEALED_BYTES: usize = 33 + 4 + 116 * MAX_RECIPIENTS + 4 + 64 * 1024 + 16;

const _: () = assert!(MAX_SEALED_BYTES <= corridor_types::limits::MAX_SEALED_DETAILS_BYTES, "a document must travel");

/// Invoices that one payment settles: a month of them, some on each day.
pub const MAX_INVOICES: usize = 100;

/// Sorts of goods: more than an ordinary shipment has; longer lists are named by hash.
pub const MAX_GOODS: usize = 50;

/// Hashes of documents: contract, invoices, transport and origin papers, end-user statement.
pub const MAX_DOCUMENTS: usize = 32;

/// Lines of unstructured remittance information.
pub const MAX_REMITTANCE_LINES: usize = 16;

/// A party's name and a line of remittance information: ISO 20022 `Max140Text`.
pub const MAX_NAME_CHARS: usize = 140;

/// A street, a building's floor, a department: ISO 20022 `Max70Text`.
pub const MAX_LINE_CHARS: usize = 70;

/// A reference, a town, a document's number: ISO 20022 `Max35Text`.
pub const MAX_REFERENCE_CHARS: usize = 35;

/// An account that is no IBAN: ISO 20022 `Max34Text`; also the longest IBAN (ISO 13616).
pub const MAX_ACCOUNT_CHARS: usize = 34;

/// A building number, a post code, a post box: ISO 20022 `Max16Text`.
pub const MAX_CODE_CHARS: usize = 16;

/// A description of goods: ISO 20022 `Max500Text`.
pub const MAX_DESCRIPTION_CHARS: usize = 500;

/// Licences named for one sort of goods: as many as the payment may name.
pub const MAX_LICENCES_PER_GOODS: usize = MAX_LICENCES_PER_PAYMENT;
