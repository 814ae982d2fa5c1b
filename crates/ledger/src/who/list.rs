//! The form of lists: not empty, not too long, nothing twice.

use corridor_types::limits::MAX_BULK_PAYMENTS;
use corridor_types::{Code, Uetr};

use crate::refusal::{Refusal, ensure};

/// Checks the references that a list names.
pub(crate) fn check_list(references: impl ExactSizeIterator<Item = Uetr>) -> Result<(), Refusal> {
    let count = references.len();
    ensure((1..=MAX_BULK_PAYMENTS).contains(&count), Code::ListMalformed, "payments", || {
        format!("{count} payments; list 1 to {MAX_BULK_PAYMENTS}")
    })?;
    let mut sorted: Vec<_> = references.collect();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Refusal::new(Code::ListMalformed, "payments", format!("{} is listed twice", pair[0]))),
        None => Ok(()),
    }
}
