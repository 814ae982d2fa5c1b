//! Participants, programmes, licences and decisions of the validators.

use corridor_crypto::{Digest, SecretKey};
use corridor_types::operations::{
    ApprovalRule, AssetCap, GovernanceStep, Licence, LicenceGap, LicenceStep, ParticipantStep, Programme,
    ProgrammeStep, Proposal, RulebookPack, Rules, TravelRule,
};
use corridor_types::{
    Amount, AssetId, Height, KeyEntry, KeyRole, LicenceHandle, Operation, Parameters, ParticipantEntry, ParticipantId,
    ParticipantKind, ProgrammeId, SealingKey,
};

use super::Traffic;
use crate::ParticipantStatus;
use crate::tests::model::state::Model;
use crate::tests::world::{self, CENTRAL_DE, DAY_MS};

impl Traffic {
    fn newcomer(&mut self, model: &Model, kind: ParticipantKind) -> ParticipantEntry {
        // Numbers of the test world's keys end at 255.
        let number = 20 + usize::try_from(self.below(230)).unwrap();
        let letters = [b'A' + u8::try_from(number / 26).unwrap(), b'A' + u8::try_from(number % 26).unwrap()];
        let code = format!("NW{}", String::from_utf8_lossy(&letters));
        let (by, own) = (self.central(), u32::try_from(model.people.len()).unwrap());
        let country = if by.0 == 0 { "DE" } else { "BR" };
        let supervisor = if kind == ParticipantKind::CentralBank { own } else { by.0 };
        let mut entry = world::participant(number, (&code, country, kind, supervisor));
        if self.spoil(40) {
            match self.below(5) {
                0 => entry.name = String::new(),
                1 => entry.country = "FR".parse().unwrap(),
                2 => entry.keys[1] = entry.keys[0],
                3 => entry.keys[2].key = world::secret(ParticipantId(2), KeyRole::Operator, 0).public_key(),
                _ => entry.supervisor = ParticipantId(2),
            }
        }
        entry
    }

    pub(super) fn participant(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let reference = self.reference();
        let of = |status| {
            let all = (0u32..).map(ParticipantId).zip(&model.people);
            all.filter(|(_, person)| person.status == status).map(|(id, _)| id).collect::<Vec<_>>()
        };
        let mut stopped = [of(ParticipantStatus::Applied), of(ParticipantStatus::Suspended)].concat();
        let mut newcomers: Vec<_> = (10..u32::try_from(model.people.len()).unwrap()).map(ParticipantId).collect();
        // Some day a bank of the beginning goes too.
        newcomers.extend(self.chance(10).then_some(ParticipantId(8)));
        let (member, anybody) = (self.bank(model), self.anybody(model));
        stopped.extend(self.spoil(20).then_some(anybody));
        let whose = match self.below(9) {
            0 | 1 => {
                let kinds = [ParticipantKind::Bank, ParticipantKind::LicensingAuthority, ParticipantKind::Observer];
                let kind = if self.spoil(10) { ParticipantKind::CentralBank } else { self.one(&kinds) };
                let entry = self.newcomer(model, kind);
                let by = if self.spoil(20) { member } else { entry.supervisor };
                return (by, Operation::Participant { reference, step: ParticipantStep::Apply { entry } });
            }
            2..4 => (self.pick(&stopped).unwrap_or(member), 0),
            4 => (if self.spoil(30) { anybody } else { member }, 1),
            5 => (self.pick(&newcomers).unwrap_or(anybody), 2),
            _ => {
                let whose = if self.chance(20) { anybody } else { member };
                return self.keys(model, whose);
            }
        };
        let (participant, what) = whose;
        let step = match what {
            0 => ParticipantStep::Authorise { participant },
            1 => ParticipantStep::Suspend { participant },
            _ => ParticipantStep::Revoke { participant },
        };
        (model.supervisor(participant).unwrap_or(CENTRAL_DE), Operation::Participant { reference, step })
    }

    fn keys(&mut self, model: &Model, participant: ParticipantId) -> (ParticipantId, Operation) {
        let reference = self.reference();
        let own = model.person(participant).map(|person| person.entry.keys.clone()).unwrap_or_default();
        let by_supervisor = self.chance(30);
        let by = if by_supervisor { model.supervisor(participant).unwrap_or(CENTRAL_DE) } else { participant };
        let (key, used) = (
            SecretKey::from_seed(&Digest::of(corridor_crypto::Domain::Payment, &self.bytes()).0).public_key(),
            self.pick(&own),
        );
        let (role, key) = (self.one(KeyRole::ALL), used.filter(|_| self.spoil(20)).map_or(key, |used| used.key));
        // Who governs matters most.
        let governors = Self::keys_of(model, participant, &[KeyRole::Governance]);
        let role = if governors.len() < 2 && self.chance(50) { KeyRole::Governance } else { role };
        let step = match self.below(5) {
            0 | 1 => ParticipantStep::AddKey { participant, entry: KeyEntry { key, role } },
            2 => {
                let key = used.filter(|_| !self.spoil(20)).map_or(key, |used| used.key);
                let governor = self.pick(&governors).filter(|_| self.chance(40));
                ParticipantStep::RemoveKey { participant, key: governor.unwrap_or(key) }
            }
            3 => {
                let checkers = self.one(if self.crooked { &[0, 1, 2, 31, 32][..] } else { &[0, 1, 2][..] });
                let rule = ApprovalRule { asset: self.asset(), above: Amount(self.below(100_000)), checkers };
                return (
                    participant,
                    Operation::Participant { reference, step: ParticipantStep::SetApprovals { rule } },
                );
            }
            _ => {
                let step = ParticipantStep::SetSealingKey { key: SealingKey([7; 32]) };
                return (participant, Operation::Participant { reference, step });
            }
        };
        (by, Operation::Participant { reference, step })
    }

    pub(super) fn programme(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let reference = self.reference();
        let count = u64::try_from(model.programmes.len()).unwrap();
        let number = ProgrammeId(u32::try_from(self.below(count + 1)).unwrap());
        let programme = self.content(model);
        let step = match self.below(10) {
            _ if count == 0 => ProgrammeStep::Open { programme },
            0..4 => ProgrammeStep::Open { programme },
            4..9 => ProgrammeStep::Amend { number, programme },
            _ => ProgrammeStep::Close { number },
        };
        let banks: Vec<_> = model.programme_banks(&step).into_iter().collect();
        let central = self.central();
        (self.pick(&banks).unwrap_or(central), Operation::Programme { reference, step })
    }

    fn content(&mut self, model: &Model) -> Programme {
        let cap =
            |asset, payment, total| AssetCap { asset: AssetId(asset), payment: Amount(payment), total: Amount(total) };
        let (payment, total) = (20_000 + self.below(300_000), 400_000 + self.below(4_000_000));
        let mut programme = Programme {
            name: self.label(),
            starts: self.now,
            ends: self.now.plus_ms(1 + self.below(30 * DAY_MS)),
            members: [2, 3, 4, 8].map(ParticipantId).to_vec(),
            corridors: [("BR", "BR"), ("BR", "DE"), ("DE", "BR"), ("DE", "DE")]
                .map(|(from, to)| world::corridor(from, to))
                .to_vec(),
            caps: vec![cap(0, payment, total), cap(1, payment, total)],
        };
        if self.chance(30) {
            match self.below(4) {
                0 => drop(programme.members.pop()),
                1 => drop(programme.corridors.remove(2)),
                2 => drop(programme.caps.pop()),
                _ => programme.starts = self.now.plus_ms(DAY_MS / 2),
            }
        }
        if self.spoil(50) {
            match self.below(7) {
                0 => programme.members.reverse(),
                1 => programme.members.push(self.anybody(model)),
                2 => programme.caps.push(cap(2, 1, 1)),
                3 => programme.caps[0].payment = Amount(0),
                4 => programme.ends = programme.starts,
                5 => programme.members = vec![ParticipantId(250), ParticipantId(251)],
                _ => programme.corridors.clear(),
            }
        }
        programme
    }

    pub(super) fn licence(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let reference = self.reference();
        let authorities = Self::of_kind(model, ParticipantKind::LicensingAuthority);
        let handles: Vec<_> = model.licences.keys().copied().collect();
        let fresh = LicenceHandle(self.bytes());
        let known = self.pick(&handles).filter(|_| !self.spoil(10)).unwrap_or(fresh);
        let by = model.licences.get(&known).map(|state| state.authority);
        let other = self.one(&authorities);
        let by = by.filter(|_| !self.spoil(10)).unwrap_or(other);
        let step = match self.below(10) {
            0..4 => {
                let handle = if self.spoil(10) { known } else { fresh };
                let licence = self.new_licence(model, handle);
                return (
                    self.one(&authorities),
                    Operation::Licence { reference, step: LicenceStep::Issue { licence } },
                );
            }
            4..8 => {
                let (reserved, drawn) = model.licence_figures(&known);
                let used = u64::try_from(reserved + drawn).unwrap();
                let value = if self.spoil(50) { self.near(used.max(1)).0 } else { used + 1 + self.below(500_000) };
                let valid_until = self.now.plus_ms(self.below(20 * DAY_MS));
                LicenceStep::Amend { handle: known, value: Amount(value), valid_until }
            }
            _ => LicenceStep::Revoke { handle: known },
        };
        (by, Operation::Licence { reference, step })
    }

    fn new_licence(&mut self, model: &Model, handle: LicenceHandle) -> Licence {
        let mut licence = Licence {
            handle,
            regime: self.label(),
            asset: self.asset(),
            value: self.amount(600_000),
            banks: [2, 3, 4, 8].map(ParticipantId).to_vec(),
            parties: Digest::ZERO,
            valid_from: self.now,
            valid_until: self.now.plus_ms(1 + self.below(10 * DAY_MS)),
        };
        if self.chance(20) {
            licence.banks.truncate(2);
        }
        if self.spoil(40) {
            match self.below(5) {
                0 => licence.banks.push(self.anybody(model)),
                1 => licence.valid_from = self.now.plus_ms(DAY_MS),
                2 => licence.valid_until = licence.valid_from,
                3 => licence.banks.clear(),
                _ => licence.banks = vec![ParticipantId(250)],
            }
        }
        licence
    }

    pub(super) fn governance(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let reference = self.reference();
        let voters: Vec<_> = (0..4).map(ParticipantId).collect();
        let by = if self.spoil(20) { self.anybody(model) } else { self.one(&voters) };
        let open: Vec<_> = model.motions.iter().map(|motion| (motion.reference, motion.votes.clone())).collect();
        if self.chance(80)
            && let Some((proposal, votes)) = self.pick(&open)
        {
            let left: Vec<_> = voters.into_iter().filter(|voter| !votes.contains_key(voter)).collect();
            let by = if self.spoil(30) { by } else { self.pick(&left).unwrap_or(by) };
            let proposal = if self.spoil(10) { self.any_payment() } else { proposal };
            return (
                by,
                Operation::Governance { reference, step: GovernanceStep::Vote { proposal, approve: self.chance(94) } },
            );
        }
        let closes = self.now.plus_ms(1 + self.below(5 * DAY_MS));
        let closes = if self.spoil(15) { self.near(self.now.0 + 90 * DAY_MS) } else { closes };
        let proposal = self.proposal(model);
        (by, Operation::Governance { reference, step: GovernanceStep::Propose { proposal, closes } })
    }

    fn proposal(&mut self, model: &Model) -> Proposal {
        match self.below(10) {
            0..7 => Proposal::Rulebook { pack: self.pack(model) },
            7 => {
                let payment_lifetime_max_ms =
                    self.one(if self.crooked { &[59_999, 60_000, DAY_MS][..] } else { &[DAY_MS, 7 * DAY_MS][..] });
                let clock_drift_max_ms = if self.spoil(20) { 9 } else { 500 };
                Proposal::Parameters { parameters: Parameters { payment_lifetime_max_ms, clock_drift_max_ms } }
            }
            8 => {
                let version = if self.spoil(20) { 3 } else { 2 };
                let height = if self.spoil(30) { model.height + 100 } else { model.height + 1_000_000 };
                Proposal::Upgrade { version, height: Height(height) }
            }
            _ => {
                let kind = self.one(ParticipantKind::ALL);
                Proposal::Participant { entry: self.newcomer(model, kind) }
            }
        }
    }

    fn pack(&mut self, model: &Model) -> RulebookPack {
        let country = self.country();
        let corridor = if self.chance(40) { Some(self.corridor()) } else { None };
        let corridor = corridor.filter(|corridor| self.crooked || [corridor.from, corridor.to].contains(&country));
        let same = model.books.iter().filter(|book| book.country == country && book.corridor == corridor);
        let last = same.map(|book| book.version).max().unwrap_or(0);
        let version = if self.spoil(20) { last } else { last + 1 };
        let effective_from = if self.spoil(15) { self.now } else { self.now.plus_ms(1 + self.below(DAY_MS)) };
        let above = TravelRule::Above { amount: Amount(self.below(60_000)) };
        let hold_max_ms = if self.spoil(10) { 8 * DAY_MS } else { 60_000 + self.below(DAY_MS - 60_000) };
        let rules = Rules {
            travel_rule: self.one(&[TravelRule::Always, TravelRule::Never, above, above]),
            programme_required: self.chance(10),
            screening_required: self.chance(30),
            licence_gap: if self.chance(80) { LicenceGap::Hold } else { LicenceGap::Reject },
            hold_max_ms,
            value_date_days_max: u16::try_from(self.below(6)).unwrap(),
        };
        RulebookPack { country, corridor, version, effective_from, rules }
    }
}
