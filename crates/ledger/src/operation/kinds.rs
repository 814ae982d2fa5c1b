//! Which kind of institution may ask for what.

use corridor_types::{Operation, ParticipantEntry, ParticipantKind};

/// True if a participant of this kind may submit such an operation. Observers only read, with
/// nodes of their own; authorities deal with licences; the validator set is the central banks'.
pub(crate) const fn may_submit(participant: &ParticipantEntry, operation: &Operation) -> bool {
    use ParticipantKind::{Bank, CentralBank, LicensingAuthority, Observer};
    match operation {
        Operation::RegisterNode { .. } | Operation::RemoveNode { .. } | Operation::Participant { .. } => true,
        Operation::RecordAccess { .. } => !matches!(participant.kind, Observer),
        Operation::Licence { .. } => matches!(participant.kind, LicensingAuthority),
        Operation::Programme { .. }
        | Operation::ChangeValidators { .. }
        | Operation::Order { .. }
        | Operation::Limit { .. } => matches!(participant.kind, CentralBank),
        Operation::DeclareCandidate { .. } | Operation::Governance { .. } => {
            matches!(participant.kind, CentralBank | Bank)
        }
        _ => matches!(participant.kind, CentralBank | Bank),
    }
}
