//! The central banks without whose vote nothing is decided about their own matters.

use std::collections::BTreeSet;

use corridor_types::operations::Proposal;
use corridor_types::{CountryCode, ParticipantId, ParticipantKind};

use crate::participant::ParticipantStatus;
use crate::state::State;

/// The central banks concerned by a proposal. One whose authorisation was ended is asked no more;
/// if none is left, every central bank that issues an asset is concerned.
pub(crate) fn concerned(state: &State, proposal: &Proposal) -> BTreeSet<ParticipantId> {
    let mut banks: BTreeSet<_> = match proposal {
        Proposal::Validators { changes, .. } => {
            let members = changes.iter().filter_map(|change| state.participant(change.participant()));
            members.map(|member| member.supervisor).collect()
        }
        Proposal::Rulebook { pack } => of_country(state, pack.country),
        Proposal::Participant { entry } if entry.kind != ParticipantKind::CentralBank => {
            BTreeSet::from([entry.supervisor])
        }
        Proposal::Participant { .. } | Proposal::Parameters { .. } | Proposal::Upgrade { .. } => BTreeSet::new(),
    };
    banks.retain(|bank| is_in_office(state, *bank));
    if banks.is_empty() { issuers(state) } else { banks }
}

fn of_country(state: &State, country: CountryCode) -> BTreeSet<ParticipantId> {
    let there = state.participants.slots.iter().filter(|(_, record)| record.entry.country == country);
    let banks = there.filter(|(_, record)| record.entry.kind == ParticipantKind::CentralBank);
    banks.map(|(slot, _)| ParticipantId(slot)).collect()
}

fn issuers(state: &State) -> BTreeSet<ParticipantId> {
    let issuers = state.assets.iter().map(|(_, asset)| asset.issuer);
    issuers.filter(|bank| is_in_office(state, *bank)).collect()
}

fn is_in_office(state: &State, bank: ParticipantId) -> bool {
    state.participants.record(bank).is_some_and(|record| {
        record.entry.kind == ParticipantKind::CentralBank && record.status != ParticipantStatus::Revoked
    })
}
