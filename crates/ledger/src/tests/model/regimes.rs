//! Programmes, licences, calendars and decisions of the validators in the model.

use std::collections::{BTreeMap, BTreeSet};

use corridor_types::operations::{Calendar, GovernanceStep, Licence, LicenceStep, Programme, ProgrammeStep, Proposal};
use corridor_types::{AssetId, Code, EntryKind, LicenceHandle, ParticipantEntry, ParticipantId, ParticipantKind, Uetr};

use super::state::{Answer, Check, LicenceState, Model, Motion, ascending, need, whole};
use crate::ParticipantStatus;

const DAY_MS: u64 = 86_400_000;

impl Model {
    pub fn programme_authority(&self, by: ParticipantId, step: &ProgrammeStep) -> Check {
        let banks = self.programme_banks(step);
        need(banks.is_empty() || banks.contains(&by), Code::NotSupervisor)
    }

    pub fn programme_rules(&self, step: &ProgrammeStep) -> Check {
        match step {
            ProgrammeStep::Open { programme } => {
                self.programme_is_whole(programme)?;
                need(self.programmes.len() < self.bounds.programmes as usize, Code::CapacityExceeded)
            }
            ProgrammeStep::Amend { number, programme } => {
                let (before, closed) = self.programmes.get(number.0 as usize).ok_or(Code::UnknownProgramme)?;
                need(!closed, Code::ProgrammeClosed)?;
                self.programme_is_whole(programme)?;
                let paid = |asset| self.paid_under(number.0 as usize, asset) > 0;
                let stays = |asset| programme.caps.iter().any(|cap| cap.asset == asset);
                let kept = before.caps.iter().all(|cap| stays(cap.asset) || !paid(cap.asset));
                need(kept, Code::ProgrammeMalformed)
            }
            ProgrammeStep::Close { number } => {
                let (_, closed) = self.programmes.get(number.0 as usize).ok_or(Code::UnknownProgramme)?;
                need(!closed, Code::ProgrammeClosed)
            }
        }
    }

    fn programme_is_whole(&self, programme: &Programme) -> Check {
        let assets: Vec<_> = programme.caps.iter().map(|cap| cap.asset).collect();
        let lists = ascending(&programme.members, 2, 1_024) && ascending(&programme.corridors, 1, 64);
        let whole_lists = lists && ascending(&assets, 1, 64);
        need(programme.starts < programme.ends && whole_lists, Code::ProgrammeMalformed)?;
        for member in &programme.members {
            let kind = self.kind_of(*member).ok_or(Code::UnknownParticipant)?;
            need(matches!(kind, ParticipantKind::Bank | ParticipantKind::CentralBank), Code::ProgrammeMalformed)?;
        }
        for cap in &programme.caps {
            self.asset(cap.asset).ok_or(Code::UnknownAsset)?;
            need(cap.payment.0 > 0 && cap.payment <= cap.total, Code::ProgrammeMalformed)?;
        }
        Ok(())
    }

    pub fn programme(&mut self, step: &ProgrammeStep) {
        match step {
            ProgrammeStep::Open { programme } => self.programmes.push((programme.clone(), false)),
            ProgrammeStep::Amend { number, programme } => self.programmes[number.0 as usize].0 = programme.clone(),
            ProgrammeStep::Close { number } => self.programmes[number.0 as usize].1 = true,
        }
    }

    pub fn licence_authority(&self, by: ParticipantId, step: &LicenceStep) -> Check {
        let (LicenceStep::Amend { handle, .. } | LicenceStep::Revoke { handle }) = step else { return Ok(()) };
        need(self.licences.get(handle).is_none_or(|state| state.authority == by), Code::NotLicensingAuthority)
    }

    pub fn licence_rules(&self, step: &LicenceStep) -> Check {
        match step {
            LicenceStep::Issue { licence } => self.new_licence_rules(licence),
            LicenceStep::Amend { handle, value, valid_until } => {
                let licence = &self.valid_licence(handle)?.licence;
                need(value.0 > 0 && licence.valid_from < *valid_until, Code::LicenceMalformed)?;
                let (reserved, drawn) = self.licence_figures(handle);
                need(reserved + drawn <= whole(*value), Code::LicenceBelowUse)
            }
            LicenceStep::Revoke { handle } => self.valid_licence(handle).map(|_| ()),
        }
    }

    fn valid_licence(&self, handle: &LicenceHandle) -> Answer<&LicenceState> {
        let state = self.licences.get(handle).ok_or(Code::UnknownLicence)?;
        need(!state.revoked, Code::LicenceRevoked)?;
        Ok(state)
    }

    fn new_licence_rules(&self, licence: &Licence) -> Check {
        let whole_licence = licence.value.0 > 0 && ascending(&licence.banks, 1, 64);
        need(whole_licence && licence.valid_from < licence.valid_until, Code::LicenceMalformed)?;
        self.asset(licence.asset).ok_or(Code::UnknownAsset)?;
        for bank in &licence.banks {
            let kind = self.kind_of(*bank).ok_or(Code::UnknownParticipant)?;
            need(kind == ParticipantKind::Bank, Code::LicenceMalformed)?;
        }
        need(!self.licences.contains_key(&licence.handle), Code::LicenceExists)?;
        need(self.licences.len() < self.bounds.licences as usize, Code::CapacityExceeded)
    }

    pub fn licence(&mut self, by: ParticipantId, step: &LicenceStep) {
        match step {
            LicenceStep::Issue { licence } => {
                let state = LicenceState { licence: licence.clone(), authority: by, revoked: false };
                self.licences.insert(licence.handle, state);
            }
            LicenceStep::Amend { handle, value, valid_until } => {
                let licence = &mut self.licences.get_mut(handle).unwrap().licence;
                (licence.value, licence.valid_until) = (*value, *valid_until);
            }
            LicenceStep::Revoke { handle } => self.licences.get_mut(handle).unwrap().revoked = true,
        }
    }

    pub fn calendar_rules(&self, asset: AssetId, calendar: Option<&Calendar>) -> Check {
        self.asset(asset).ok_or(Code::UnknownAsset)?;
        let Some(Calendar { weekend, holidays, opens, closes }) = calendar else { return Ok(()) };
        let days = *weekend < 0b111_1111 && ascending(holidays, 0, 260);
        need(days && opens < closes && *closes <= 1_440, Code::CalendarMalformed)
    }

    /// The central banks without which a proposal is not decided.
    fn concerned(&self, proposal: &Proposal) -> BTreeSet<ParticipantId> {
        let in_office = |id: &ParticipantId| {
            let status = self.person(*id).map(|person| person.status);
            self.kind_of(*id) == Some(ParticipantKind::CentralBank) && status != Some(ParticipantStatus::Revoked)
        };
        let all = (0u32..).zip(&self.people).map(|(id, person)| (ParticipantId(id), &person.entry));
        let named: BTreeSet<_> = match proposal {
            Proposal::Validators { changes, .. } => {
                changes.iter().filter_map(|change| self.supervisor(change.participant())).collect()
            }
            Proposal::Rulebook { pack } => {
                all.filter(|(_, entry)| entry.country == pack.country).map(|(id, _)| id).collect()
            }
            Proposal::Participant { entry } if entry.kind != ParticipantKind::CentralBank => [entry.supervisor].into(),
            _ => BTreeSet::new(),
        };
        let named: BTreeSet<_> = named.into_iter().filter(in_office).collect();
        if named.is_empty() { self.assets.iter().map(|asset| asset.issuer).filter(in_office).collect() } else { named }
    }

    fn has_voice(&self, by: ParticipantId, proposal: &Proposal) -> Check {
        need(self.validators.contains_key(&by) || self.concerned(proposal).contains(&by), Code::NoVotingPower)
    }

    pub fn governance_authority(&self, by: ParticipantId, step: &GovernanceStep) -> Check {
        match step {
            GovernanceStep::Propose { proposal, .. } => self.has_voice(by, proposal),
            GovernanceStep::Vote { proposal, .. } => {
                let motion = self.motions.iter().find(|motion| motion.reference == *proposal);
                motion.map_or(Ok(()), |motion| self.has_voice(by, &motion.proposal))
            }
        }
    }

    pub fn governance_rules(&self, by: ParticipantId, step: &GovernanceStep) -> Check {
        match step {
            GovernanceStep::Propose { proposal, closes } => {
                let last = self.now.plus_ms(90 * DAY_MS);
                need(self.now < *closes && *closes <= last, Code::BadDeadline)?;
                if let Proposal::Rulebook { pack } = proposal {
                    need(self.now < pack.effective_from, Code::RulebookMalformed)?;
                }
                self.proposal_rules(proposal)?;
                let own = self.motions.iter().filter(|motion| motion.proposer == by).count();
                need(self.motions.len() < 256 && own < 16, Code::CapacityExceeded)
            }
            GovernanceStep::Vote { proposal, .. } => {
                let alive = |motion: &&Motion| motion.reference == *proposal && self.now < motion.closes;
                let motion = self.motions.iter().find(alive).ok_or(Code::UnknownProposal)?;
                need(!motion.votes.contains_key(&by), Code::AlreadyVoted)
            }
        }
    }

    /// Whether what is proposed could take effect now.
    fn proposal_rules(&self, proposal: &Proposal) -> Check {
        match proposal {
            Proposal::Rulebook { pack } => {
                let touches = |corridor: corridor_types::Corridor| [corridor.from, corridor.to].contains(&pack.country);
                need(pack.corridor.is_none_or(touches), Code::RulebookMalformed)?;
                need(pack.rules.hold_max_ms <= self.parameters.payment_lifetime_max_ms, Code::RulebookMalformed)?;
                let same = self.books.iter().filter(|b| b.country == pack.country && b.corridor == pack.corridor);
                let last = same.map(|book| book.version).max().unwrap_or(0);
                need(pack.version == last + 1, Code::RulebookVersionWrong)
            }
            Proposal::Parameters { parameters } => {
                let lifetime = (60_000..=366 * DAY_MS).contains(&parameters.payment_lifetime_max_ms);
                let drift = (10..=60_000).contains(&parameters.clock_drift_max_ms);
                need(lifetime && drift, Code::ProposalMalformed)
            }
            Proposal::Upgrade { version, height } => {
                need(!self.upgrade && *version == 2 && height.0 >= self.height + 100, Code::UpgradeMalformed)
            }
            Proposal::Participant { entry } => self.proposed_participant(entry),
            Proposal::Validators { .. } => unreachable!("validators have a model of their own"),
        }
    }

    fn proposed_participant(&self, entry: &ParticipantEntry) -> Check {
        self.newcomer_rules(entry)?;
        let (own, supervisor) = (ParticipantId(u32::try_from(self.people.len()).unwrap()), entry.supervisor);
        if entry.kind == ParticipantKind::CentralBank {
            need(supervisor == own, Code::ParticipantMalformed)?;
        } else {
            let is_central = self.kind_of(supervisor) == Some(ParticipantKind::CentralBank);
            need(is_central, Code::ParticipantMalformed)?;
            need(self.is_active(supervisor), Code::ParticipantNotAuthorised)?;
        }
        Ok(())
    }

    pub fn govern(&mut self, by: ParticipantId, reference: Uetr, step: &GovernanceStep) {
        let motion = match step {
            GovernanceStep::Propose { proposal, closes } => {
                let slot = Self::free_slot(self.motions.iter().map(|motion| motion.slot));
                let (proposal, closes, votes) = (proposal.clone(), *closes, BTreeMap::from([(by, true)]));
                self.motions.push(Motion { reference, slot, proposer: by, proposal, closes, votes });
                reference
            }
            GovernanceStep::Vote { proposal, approve } => {
                let motion = self.motions.iter_mut().find(|motion| motion.reference == *proposal).unwrap();
                motion.votes.insert(by, *approve);
                *proposal
            }
        };
        self.count_votes(by, motion);
    }

    fn count_votes(&mut self, by: ParticipantId, reference: Uetr) {
        let motion = self.motions.iter().find(|motion| motion.reference == reference).unwrap().clone();
        let power = |approve| -> i128 {
            let voters = motion.votes.iter().filter(|(_, vote)| **vote == approve);
            voters.filter_map(|(id, _)| self.validators.get(id)).sum()
        };
        let all: i128 = self.validators.values().sum();
        let banks: Vec<_> =
            self.concerned(&motion.proposal).iter().map(|bank| motion.votes.get(bank).copied()).collect();
        if 3 * (all - power(false)) <= 2 * all || banks.contains(&Some(false)) {
            return self.motions.retain(|other| other.reference != reference);
        }
        let agreed = !banks.is_empty() && banks.iter().all(|vote| *vote == Some(true));
        if !agreed || 3 * power(true) <= 2 * all {
            return;
        }
        self.motions.retain(|other| other.reference != reference);
        let code = match self.proposal_rules(&motion.proposal) {
            Ok(()) => {
                self.enact(motion.proposal);
                Code::Ok
            }
            Err(code) => code,
        };
        self.say(EntryKind::Enact, reference, code, None, by);
    }

    fn enact(&mut self, proposal: Proposal) {
        match proposal {
            Proposal::Rulebook { pack } => {
                // One that has not begun never will.
                let now = self.now;
                let is_same = |b: &corridor_types::operations::RulebookPack| {
                    (b.country, b.corridor) == (pack.country, pack.corridor)
                };
                self.books.retain(|book| !is_same(book) || book.effective_from <= now);
                self.books.push(pack);
            }
            Proposal::Parameters { parameters } => self.parameters = parameters,
            Proposal::Upgrade { .. } => self.upgrade = true,
            Proposal::Participant { entry } => self.admit(&entry, ParticipantStatus::Authorised),
            Proposal::Validators { .. } => (),
        }
    }
}
