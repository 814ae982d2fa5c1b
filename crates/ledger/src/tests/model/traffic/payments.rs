//! Payments, and what is said about open ones.

use corridor_crypto::Digest;
use corridor_types::operations::{
    AccessStep, HoldReason, HoldStep, PaymentStep, QueuePlace, QueueStep, Screening, ScreeningStep, Verdict,
};
use corridor_types::{
    Amount, Attested, ChargeBearer, ClientHandle, Code, Control, Corridor, Date, LicenceHandle, LicenceUse, ListId,
    Operation, ParticipantId, ParticipantKind, Payment, PaymentStatus, Priority, Shortfall, Timestamp, Uetr,
};

use super::Traffic;
use crate::tests::model::state::Model;
use crate::tests::world::{CENTRAL_DE, DAY_MS};

impl Traffic {
    pub(super) fn pay(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let (by, payment) = self.payment(model, None);
        (by, Operation::Pay { payment })
    }

    pub(super) fn bulk(&mut self, model: &Model, together: bool) -> (ParticipantId, Operation) {
        let (by, first) = self.payment(model, None);
        let mut payments = vec![first];
        (0..self.below(4)).for_each(|_| payments.push(self.payment(model, Some(by)).1));
        if self.spoil(10) {
            payments = if self.chance(50) { Vec::new() } else { [payments.clone(), payments].concat() };
        }
        (by, if together { Operation::PayTogether { payments } } else { Operation::PayBulk { payments } })
    }

    /// A payment that a client of some bank may make, and the bank.
    fn payment(&mut self, model: &Model, bank: Option<ParticipantId>) -> (ParticipantId, Payment) {
        let usable = |client: &&super::super::state::Client| {
            let a = &client.authorisation;
            let lives = !client.revoked && !client.frozen && a.valid_from <= self.now && self.now < a.valid_until;
            lives && bank.is_none_or(|bank| bank == a.sponsor) && model.is_active(a.sponsor)
        };
        let usable: Vec<_> = model.clients.values().filter(usable).collect();
        let all: Vec<_> = model.clients.values().collect();
        let client = if self.spoil(12) { self.pick(&all) } else { self.pick(&usable) };
        let client = client.or_else(|| self.pick(&all)).map(|client| client.authorisation.clone());
        let sponsor = bank.or_else(|| client.as_ref().map(|client| client.sponsor)).unwrap_or(ParticipantId(2));
        let (debtor_account, creditor_account) = self.accounts(model, sponsor);
        let owner = |id| model.owner(id).unwrap_or(CENTRAL_DE);
        let country = |id| model.country(owner(id)).unwrap_or_else(|| "DE".parse().unwrap());
        let mut most = model.available(debtor_account).max(0) / 4;
        if let Some(client) = &client {
            most = most.min(i128::from(client.payment_cap.0));
        }
        let lifetime = model.parameters.payment_lifetime_max_ms.min(DAY_MS);
        let shortfall = if self.chance(65) { Shortfall::Queue } else { Shortfall::Reject };
        let ample = shortfall == Shortfall::Queue && self.chance(70);
        let most = u64::try_from(if ample { most * 8 + 50_000 } else { most }).unwrap().min(400_000);
        let mut payment = Payment {
            uetr: self.reference(),
            debtor_account,
            creditor_account,
            asset: model.account(debtor_account).map_or(corridor_types::AssetId(0), |account| account.asset),
            amount: self.amount(most),
            client: client.map_or(ClientHandle([99; 16]), |client| client.handle),
            value_date: self.now.date(),
            expiry: self.now.plus_ms(1 + self.below(lifetime)),
            control: Control::NotControlled,
            corridor: Corridor { from: country(debtor_account), to: country(creditor_account) },
            priority: self.one(Priority::ALL),
            shortfall,
            charge_bearer: ChargeBearer::Shared,
            screening: self.screened(model, sponsor),
            details: Digest::ZERO,
        };
        if self.chance(15) {
            payment.control = self.control(model, &payment, sponsor);
        }
        if self.chance(10) {
            payment.value_date = Date(self.now.date().0 - 1 + u32::try_from(self.below(4)).unwrap());
            payment.expiry = self.now.plus_ms(model.parameters.payment_lifetime_max_ms);
        }
        if self.spoil(30) {
            self.spoil_payment(model, &mut payment);
        }
        if self.sent.len() > 400 {
            self.sent.remove(0);
        }
        self.sent.push(payment.clone());
        (sponsor, payment)
    }

    fn accounts(
        &mut self,
        model: &Model,
        owner: ParticipantId,
    ) -> (corridor_types::AccountId, corridor_types::AccountId) {
        let ids: Vec<_> = (0..u32::try_from(model.accounts.len()).unwrap()).map(corridor_types::AccountId).collect();
        let own: Vec<_> =
            ids.iter().copied().filter(|id| model.owner(*id) == Some(owner) && model.may_pay(*id)).collect();
        let debtor = self.pick(&own).unwrap_or(ids[0]);
        let asset = model.account(debtor).unwrap().asset;
        let fits = |id: &corridor_types::AccountId| {
            let account = model.account(*id).unwrap();
            *id != debtor && account.asset == asset && model.may_receive(*id) && model.is_active(account.owner)
        };
        let others: Vec<_> = ids.iter().copied().filter(fits).collect();
        (debtor, self.pick(&others).unwrap_or(debtor))
    }

    fn control(&mut self, model: &Model, payment: &Payment, bank: ParticipantId) -> Control {
        let now = self.now;
        let fits = |handle: &&LicenceHandle| {
            let state = &model.licences[*handle];
            let licence = &state.licence;
            let lives = !state.revoked && licence.valid_from <= now && now < licence.valid_until;
            lives && licence.asset == payment.asset && licence.banks.contains(&bank)
        };
        let fitting: Vec<_> = model.licences.keys().filter(fits).copied().collect();
        let all: Vec<_> = model.licences.keys().copied().collect();
        let mut licences = Vec::new();
        let (count, mut left) = (self.below(3), payment.amount.0);
        for _ in 0..count {
            let from = if self.spoil(30) { &all } else { &fitting };
            let Some(licence) = self.pick(from) else { continue };
            let amount = 1 + self.below(left.max(1));
            if licences.iter().all(|used: &LicenceUse| used.licence != licence) || self.spoil(20) {
                licences.push(LicenceUse { licence, amount: Amount(amount) });
                left = left.saturating_sub(amount);
            }
        }
        if self.spoil(15) {
            let amount = Amount(self.one(&[0, 1, payment.amount.0.saturating_add(1)]));
            licences.push(LicenceUse { licence: LicenceHandle([77; 16]), amount });
        }
        Control::Controlled { licences }
    }

    /// What an agent's screening says, by the list that it must use.
    fn screened(&mut self, model: &Model, agent: ParticipantId) -> Option<Screening> {
        if self.chance(if model.books.is_empty() { 70 } else { 4 }) {
            return None;
        }
        let required = model.supervisor(agent).and_then(|bank| model.lists.get(&bank)).copied();
        let (list, version) = required.map_or((ListId(1), Digest::ZERO), |list| (list.list, list.version));
        let version = if self.spoil(10) { Digest([9; 32]) } else { version };
        let age = required.map_or(1_000, |list| list.max_age_ms);
        let kind = if self.crooked { self.below(10) } else { 9 };
        let time = match kind {
            0 => self.near(self.now.0),
            1 => self.near(self.now.0 - age.min(DAY_MS)),
            _ => Timestamp(self.now.0 - self.below(age.min(1_000))),
        };
        let verdict = match self.below(30) {
            0 => Verdict::Match,
            1..4 => Verdict::PossibleMatch,
            _ => Verdict::Clear,
        };
        Some(Screening { list, version, time, verdict })
    }

    fn spoil_payment(&mut self, model: &Model, payment: &mut Payment) {
        let last = self.now.0 + model.parameters.payment_lifetime_max_ms;
        match self.below(11) {
            0 => payment.debtor_account = self.account(model),
            1 => payment.creditor_account = self.account(model),
            2 => payment.asset = corridor_types::AssetId(u16::try_from(self.below(3)).unwrap()),
            3 => payment.value_date = Date(self.now.date().0 + u32::try_from(self.below(9)).unwrap()),
            4 => payment.expiry = self.near(last),
            5 => payment.expiry = self.near(self.now.0),
            6 => payment.corridor = self.corridor(),
            7 => payment.amount = Amount(self.one(&[0, 500_000, 500_001, 1_000_000, 1_000_001, u64::MAX])),
            8 => payment.client = ClientHandle([99; 16]),
            9 => payment.creditor_account = payment.debtor_account,
            _ => payment.uetr = self.any_payment(),
        }
    }

    pub(super) fn attest(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let reference = self.reference();
        let waits = |life: &super::super::state::Life| life.status == PaymentStatus::AwaitingAttestation;
        let by = self.open(model, waits).map_or(ParticipantId(3), |life| life.agents[1]);
        let mut payments = Vec::new();
        for _ in 0..=self.below(3) {
            let Some(life) = self.open(model, |life| life.agents[1] == by && !life.attested) else { continue };
            let content = if self.spoil(8) { Digest::ZERO } else { life.payment.content() };
            let payment = if self.spoil(8) { self.any_payment() } else { life.payment.uetr };
            if payments.iter().all(|other: &Attested| other.payment != payment) || self.spoil(20) {
                payments.push(Attested { payment, content });
            }
        }
        let screening = self.screened(model, by);
        (by, Operation::Payment { reference, step: PaymentStep::Attest { payments, screening } })
    }

    fn uetr(&mut self, life: Option<&super::super::state::Life>) -> Uetr {
        match life {
            Some(life) if !self.spoil(10) => life.payment.uetr,
            _ => self.any_payment(),
        }
    }

    pub(super) fn reject(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let (reference, life) = (self.reference(), self.open(model, |life| life.status != PaymentStatus::Held));
        let by = life.as_ref().map_or(ParticipantId(3), |life| life.agents[1]);
        let mut payments = vec![self.uetr(life.as_ref())];
        if self.spoil(20) {
            payments = [payments.clone(), payments].concat();
        }
        let reasons: Vec<_> =
            Code::ALL.iter().copied().filter(|code| code.number() >= 200 && code.number() < 300).collect();
        let reason = if self.spoil(10) { Code::Ok } else { self.one(&reasons) };
        (by, Operation::Payment { reference, step: PaymentStep::Reject { payments, reason } })
    }

    pub(super) fn cancel(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let (reference, life) = (self.reference(), self.open(model, |life| life.status != PaymentStatus::Held));
        let by = life.as_ref().map_or(ParticipantId(2), |life| life.agents[0]);
        (by, Operation::Payment { reference, step: PaymentStep::Cancel { payment: self.uetr(life.as_ref()) } })
    }

    pub(super) fn hold(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let reference = self.reference();
        let releases = self.chance(55);
        let life = self.open(model, |life| life.hold.is_some() == releases);
        let payment = self.uetr(life.as_ref());
        let supervisors = |life: &super::super::state::Life| life.agents.map(|agent| model.supervisor(agent).unwrap());
        let mut parties = life.as_ref().map_or_else(Vec::new, |life| [life.agents, supervisors(life)].concat());
        let hold = life.as_ref().and_then(|life| life.hold);
        parties = hold.map_or(parties, |hold| vec![hold.holder]);
        let by = self.pick(&parties).unwrap_or(ParticipantId(2));
        let reasons: Vec<_> = Code::ALL.iter().copied().filter(|code| code.number() >= 300).collect();
        let step = match (releases, self.below(3)) {
            (true, 0) => {
                let reason = if self.spoil(20) { Code::Ok } else { self.one(&reasons) };
                HoldStep::Reject { payment, reason }
            }
            (true, _) => HoldStep::Release { payment },
            (false, _) => {
                let last = life.map_or(self.now.plus_ms(1_000), |life| life.payment.expiry);
                let span = last.0.saturating_sub(self.now.0).clamp(1, DAY_MS);
                let least = if self.chance(8) { 1 } else { span.min(3_600_000) };
                let deadline = self.now.plus_ms(least + self.below(span - least + 1));
                let deadline = if self.spoil(20) { self.near(last.0) } else { deadline };
                let reason = if self.spoil(10) { HoldReason::LicenceMissing } else { HoldReason::Documents };
                HoldStep::Hold { payment, reason, deadline }
            }
        };
        (by, Operation::Hold { reference, step })
    }

    pub(super) fn screening(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let reference = self.reference();
        if self.chance(8) {
            let by = if self.spoil(20) { self.bank(model) } else { self.central() };
            let version = Digest([u8::try_from(self.below(3)).unwrap(); 32]);
            let max_age_ms = if self.spoil(30) { 0 } else { 1 + self.below(6 * 3_600_000) };
            return (
                by,
                Operation::Screening {
                    reference,
                    step: ScreeningStep::Require { list: ListId(1), version, max_age_ms },
                },
            );
        }
        let life = self.open(model, |_| true);
        let by = life.as_ref().map_or(ParticipantId(2), |life| life.agents[usize::from(self.chance(50))]);
        let screening = self.screened(model, by).or_else(|| self.screened(model, by));
        let fallback = Screening { list: ListId(1), version: Digest::ZERO, time: self.now, verdict: Verdict::Clear };
        let (payment, screening) = (self.uetr(life.as_ref()), screening.unwrap_or(fallback));
        (by, Operation::Screening { reference, step: ScreeningStep::Rescreen { payment, screening } })
    }

    pub(super) fn queue(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let (reference, life) = (self.reference(), self.open(model, |life| life.status == PaymentStatus::Queued));
        let by = life.as_ref().map_or(ParticipantId(2), |life| life.agents[0]);
        let payment = self.uetr(life.as_ref());
        let step = match self.below(3) {
            0 => QueueStep::Reprioritise { payment, priority: self.one(Priority::ALL) },
            1 => QueueStep::Move { payment, place: QueuePlace::Front },
            _ => QueueStep::Move { payment, place: QueuePlace::Back },
        };
        (by, Operation::Queue { reference, step })
    }

    pub(super) fn access(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let (reference, purpose) = (self.reference(), self.label());
        let by = match self.below(4) {
            0 => self.anybody(model),
            1 => self.one(&Self::of_kind(model, ParticipantKind::LicensingAuthority)),
            _ => self.central(),
        };
        (by, Operation::Access { reference, step: AccessStep::Record { payment: self.any_payment(), purpose } })
    }
}
