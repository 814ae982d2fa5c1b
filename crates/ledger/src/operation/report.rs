//! What is reported about an operation as a whole, and how a first decision uses up its reference.

use corridor_types::{Code, IdentifiedTransaction, RuleVersions, Uetr};

use crate::journal::{Journal, Line, Origin};
use crate::references::Used;
use crate::state::State;

/// The reference of an operation; an empty bulk has none and gets one made of its identifier.
fn reference(item: &IdentifiedTransaction) -> Uetr {
    item.transaction.operation.reference().unwrap_or_else(|| {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&item.id.as_bytes()[..16]);
        Uetr::from_random(bytes)
    })
}

/// The entry about a transaction as a whole. It has no payment status, not even for a payment:
/// what it refuses was never looked at.
pub(super) fn line_of_whole(item: &IdentifiedTransaction, code: Code) -> Line {
    let operation = &item.transaction.operation;
    let content = operation.content(item.transaction.participant);
    Line {
        kind: operation.entry_kind(),
        reference: reference(item),
        content,
        status: None,
        code,
        rules: RuleVersions::default(),
    }
}

/// Reports a first decision and uses up the reference.
pub(super) fn report_first(state: &mut State, journal: &mut Journal, origin: Origin, line: Line) {
    let position = journal.add(origin, line);
    let Line { reference, content, status, code, .. } = line;
    let (height, time, sequence) = (journal.height, journal.time, state.references.log_size());
    let used = Used { content, height, time, position, code, status, sequence, closing: None };
    state.references.consume(reference, used);
}
