//! What a programme must be like.

use corridor_types::limits::{MAX_PROGRAMME_MEMBERS, MAX_SCOPE};
use corridor_types::operations::{AssetCap, Programme};
use corridor_types::{Amount, Code, ParticipantId, ParticipantKind};

use crate::programme::ProgrammeRecord;
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::who::owners::unknown_participant;

const MALFORMED: Code = Code::ProgrammeMalformed;

/// Checks everything that a programme says on its own.
pub(super) fn check_content(state: &State, programme: &Programme) -> Result<(), Refusal> {
    let Programme { starts, ends, members, corridors, caps, .. } = programme;
    ensure(starts < ends, MALFORMED, "step.programme.ends", || format!("{ends} ms is not after starts, {starts} ms"))?;
    check_list(members, 2, MAX_PROGRAMME_MEMBERS, "step.programme.members")?;
    check_list(corridors, 1, MAX_SCOPE, "step.programme.corridors")?;
    let assets: Vec<_> = caps.iter().map(|cap| cap.asset).collect();
    check_list(&assets, 1, MAX_SCOPE, "step.programme.caps")?;
    members.iter().try_for_each(|member| check_member(state, *member))?;
    caps.iter().try_for_each(|cap| check_cap(state, cap))
}

fn check_list<T: Ord>(list: &[T], least: usize, most: usize, field: &'static str) -> Result<(), Refusal> {
    let fits = (least..=most).contains(&list.len());
    ensure(fits && list.windows(2).all(|pair| pair[0] < pair[1]), MALFORMED, field, || {
        format!("{} listed; list {least} to {most}, ascending, none twice", list.len())
    })
}

fn check_member(state: &State, member: ParticipantId) -> Result<(), Refusal> {
    let field = "step.programme.members";
    let entry = state.participant(member).ok_or_else(|| unknown_participant(field, member))?;
    let pays = matches!(entry.kind, ParticipantKind::Bank | ParticipantKind::CentralBank);
    ensure(pays, MALFORMED, field, || format!("participant {member} is a {}, which pays nothing", entry.kind))
}

fn check_cap(state: &State, cap: &AssetCap) -> Result<(), Refusal> {
    let AssetCap { asset, payment, total } = cap;
    let field = "step.programme.caps";
    ensure(state.assets.get(*asset).is_some(), Code::UnknownAsset, field, || format!("there is no asset {asset}"))?;
    ensure(Amount::ZERO < *payment && payment <= total, MALFORMED, field, || {
        format!("asset {asset}: {payment} per payment of {total} in all; write 0 < per payment <= in all")
    })
}

/// The programme after an amendment: what was paid stays with its asset.
pub(super) fn amended(record: &ProgrammeRecord, programme: &Programme) -> Result<ProgrammeRecord, Refusal> {
    let mut after = ProgrammeRecord::new(programme.clone());
    let counted = record.programme.caps.iter().zip(&record.paid).filter(|(_, paid)| **paid > 0);
    for (AssetCap { asset, .. }, paid) in counted {
        ensure(after.position_of(*asset).is_some(), MALFORMED, "step.programme.caps", || {
            format!("asset {asset} must stay: {paid} was paid in it; lower its caps instead")
        })?;
    }
    after.paid = after.programme.caps.iter().map(|cap| record.paid_in(cap.asset)).collect();
    Ok(after)
}
