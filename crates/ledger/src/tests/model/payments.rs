//! Initiating a payment in the model: every rule in order, then what becomes of it; alone, in a
//! bulk, and in a bulk of which all are accepted or none.

use std::collections::BTreeSet;

use corridor_types::operations::{HoldReason, LicenceGap, LimitScope, Rules, Screening, TravelRule, Verdict};
use corridor_types::{
    Amount, ClientAuthorisation, Code, Control, EntryKind, ParticipantId, Payment, PaymentStatus, Shortfall, Timestamp,
};

use super::lifecycle::is_business_day;
use super::state::{Answer, Check, First, Life, Model, Said, ascending, need, uses, whole};
use crate::Hold;

const DAY_MS: u64 = 86_400_000;

fn demanded(rules: &Rules, amount: Amount) -> bool {
    match rules.travel_rule {
        TravelRule::Always => true,
        TravelRule::Above { amount: most } => amount > most,
        TravelRule::Never => false,
    }
}

impl Model {
    /// One payment, of a bulk or alone.
    pub fn pay(&mut self, by: ParticipantId, payment: &Payment) {
        if let Err((code, status)) = self.is_new_payment(by, payment) {
            return self.say_pay(by, payment, code, status);
        }
        match self.accept(payment) {
            Err(code) => self.refuse(by, payment, code),
            Ok(life) => {
                let status = life.status;
                self.use_up(payment, Code::Ok);
                self.say_pay(by, payment, Code::Ok, Some(status));
                self.begin(life);
            }
        }
    }

    fn say_pay(&mut self, by: ParticipantId, payment: &Payment, code: Code, status: Option<PaymentStatus>) {
        let (_, rules) = self.rules(payment.corridor);
        self.said.push(Said { kind: EntryKind::Pay, reference: payment.uetr, code, status, by, rules });
    }

    fn use_up(&mut self, payment: &Payment, code: Code) {
        self.used.insert(payment.uetr, First { content: payment.content(), code, is_payment: true });
    }

    fn refuse(&mut self, by: ParticipantId, payment: &Payment, code: Code) {
        self.use_up(payment, code);
        self.ended.insert(payment.uetr, PaymentStatus::Rejected);
        self.say_pay(by, payment, code, Some(PaymentStatus::Rejected));
    }

    fn is_new_payment(&self, by: ParticipantId, payment: &Payment) -> Result<(), (Code, Option<PaymentStatus>)> {
        let owner = self.owner(payment.debtor_account);
        need(owner.is_none_or(|owner| owner == by), Code::NotAccountOwner).map_err(|code| (code, None))?;
        match self.used.get(&payment.uetr) {
            None => Ok(()),
            Some(first) if first.content == payment.content() => Err((first.code, self.status_of(&payment.uetr))),
            Some(_) => Err((Code::DuplicateReference, None)),
        }
    }

    /// Counts an accepted payment; if nothing is missing, it settles.
    fn begin(&mut self, life: Life) {
        self.count(&life);
        if life.status == PaymentStatus::Settled {
            self.finish(life, PaymentStatus::Settled);
        } else {
            self.open.insert(life.payment.uetr, life);
        }
    }

    fn count(&mut self, life: &Life) {
        let scopes = scopes(&life.payment, life.agents[0]);
        for limit in self.limits.iter_mut().filter(|limit| limit.limit.window.is_some()) {
            if scopes.contains(&limit.limit.scope) {
                limit.counted.push((life.payment.uetr, life.accepted, life.amount()));
            }
        }
    }

    /// Every rule in order; then the payment as it is if it is accepted.
    pub fn accept(&mut self, payment: &Payment) -> Answer<Life> {
        let debtor = self.account(payment.debtor_account).ok_or(Code::UnknownAccount)?;
        let creditor = self.account(payment.creditor_account).ok_or(Code::UnknownAccount)?;
        let (agents, consent) = ([debtor.owner, creditor.owner], creditor.consent);
        let amount = whole(payment.amount);
        let asset = self.asset(payment.asset).ok_or(Code::UnknownAsset)?;
        need(debtor.asset == payment.asset && creditor.asset == payment.asset, Code::AssetMismatch)?;
        need(amount > 0, Code::AmountZero)?;
        need(amount <= asset.cap, Code::AssetCapExceeded)?;
        need(payment.debtor_account != payment.creditor_account, Code::SameAccount)?;
        let corridor = payment.corridor;
        let countries = agents.map(|agent| self.country(agent).unwrap());
        need([corridor.from, corridor.to] == countries, Code::CorridorMismatch)?;
        need(self.may_pay(payment.debtor_account) && self.may_receive(payment.creditor_account), Code::AccountFrozen)?;
        need(self.is_active(agents[1]), Code::ParticipantNotAuthorised)?;
        self.client_allows(payment, agents[0])?;
        let (rules, _) = self.rules(corridor);
        self.programme_allows(payment, agents, &rules)?;
        self.limits_allow(payment, agents[0])?;
        let starts = self.starts(payment, &rules)?;
        let gap = self.licences_allow(payment, agents[0], &rules)?;
        let found = self.judge(agents[0], payment.screening.as_ref(), rules[0].screening_required)?;
        let hold = gap.or(found).map(|reason| self.ledger_hold(reason, agents[0], payment));
        let asked = rules.iter().any(|rules| demanded(rules, payment.amount));
        let attested = (amount <= consent || !asked) && !rules[1].screening_required;
        let funded = self.is_funded(payment, starts)?;
        let is_missing =
            starts > self.now || !self.is_open(payment.asset) || !self.has_room(payment.creditor_account, amount);
        let status = match (hold, attested, funded && !is_missing) {
            (Some(_), ..) => PaymentStatus::Held,
            (None, false, _) => PaymentStatus::AwaitingAttestation,
            (None, true, true) => PaymentStatus::Settled,
            (None, true, false) => PaymentStatus::Queued,
        };
        if status != PaymentStatus::Settled {
            self.has_place(agents[0])?;
        }
        let (place, slot) = (self.next_turn(), Self::free_slot(self.open.values().map(|life| life.slot)));
        let (payment, screenings) = (payment.clone(), [payment.screening, None]);
        let (accepted, priority) = (self.now, payment.priority);
        Ok(Life {
            payment,
            agents,
            accepted,
            status,
            slot,
            funded,
            attested,
            starts,
            priority,
            place,
            hold,
            screenings,
            doubts: Vec::new(),
            returned: 0,
        })
    }

    /// Whether one more payment of the agent may wait.
    fn has_place(&self, debtor_agent: ParticipantId) -> Check {
        let own = self.open.values().filter(|life| life.agents[0] == debtor_agent).count();
        let (own_most, most) = (self.bounds.open_payments_per_agent as usize, self.bounds.open_payments as usize);
        need(own < own_most && self.open.len() < most, Code::CapacityExceeded)
    }

    pub fn ledger_hold(&self, reason: HoldReason, holder: ParticipantId, payment: &Payment) -> Hold {
        let (rules, _) = self.rules(payment.corridor);
        let last = self.now.plus_ms(rules[0].hold_max_ms.min(rules[1].hold_max_ms));
        Hold { reason, holder, deadline: last.min(payment.expiry) }
    }

    fn client_allows(&self, payment: &Payment, debtor_agent: ParticipantId) -> Check {
        let client = self.clients.get(&payment.client).ok_or(Code::UnknownClient)?;
        let ClientAuthorisation { sponsor, assets, corridors, payment_cap, window, valid_from, valid_until, .. } =
            &client.authorisation;
        need(!client.revoked, Code::ClientRevoked)?;
        need(!client.frozen, Code::ClientFrozen)?;
        need(*sponsor == debtor_agent, Code::ClientOfOtherBank)?;
        need((*valid_from..*valid_until).contains(&self.now), Code::ClientNotValidNow)?;
        need(assets.contains(&payment.asset), Code::ClientAssetNotCovered)?;
        need(corridors.contains(&payment.corridor), Code::ClientCorridorNotCovered)?;
        need(payment.amount <= *payment_cap, Code::ClientCapExceeded)?;
        let Some(window) = window else { return Ok(()) };
        let after = self.paid_by(&payment.client, window) + whole(payment.amount);
        need(after <= whole(window.cap), Code::ClientWindowExceeded)
    }

    fn programme_allows(&self, payment: &Payment, agents: [ParticipantId; 2], rules: &[Rules; 2]) -> Check {
        let Some(number) = self.clients[&payment.client].authorisation.programme else {
            return need(!rules.iter().any(|rules| rules.programme_required), Code::ProgrammeRequired);
        };
        let number = number.0 as usize;
        let (programme, closed) = self.programmes.get(number).ok_or(Code::UnknownProgramme)?;
        need(!closed, Code::ProgrammeClosed)?;
        need(programme.starts <= self.now && self.now < programme.ends, Code::ProgrammeNotOpen)?;
        need(agents.iter().all(|agent| programme.members.contains(agent)), Code::NotProgrammeMember)?;
        need(programme.corridors.contains(&payment.corridor), Code::ProgrammeCorridorNotCovered)?;
        let cap = programme.caps.iter().find(|cap| cap.asset == payment.asset).ok_or(Code::ProgrammeAssetNotCovered)?;
        need(payment.amount <= cap.payment, Code::ProgrammePaymentCapExceeded)?;
        let after = self.paid_under(number, payment.asset) + whole(payment.amount);
        need(after <= whole(cap.total), Code::ProgrammeTotalCapExceeded)
    }

    fn limits_allow(&self, payment: &Payment, debtor_agent: ParticipantId) -> Check {
        let amount = whole(payment.amount);
        for scope in scopes(payment, debtor_agent) {
            let Some(state) = self.limits.iter().find(|state| state.limit.scope == scope) else { continue };
            need(state.limit.payment_max.is_none_or(|max| amount <= whole(max)), Code::PaymentLimitExceeded)?;
            let within = |cap| self.used_of_limit(state) + amount <= whole(cap);
            need(state.limit.window.is_none_or(|window| within(window.cap)), Code::WindowLimitExceeded)?;
        }
        let max = self.balance_max(payment.creditor_account);
        need(max.is_none_or(|max| amount <= max), Code::BalanceLimitExceeded)
    }

    fn starts(&self, payment: &Payment, rules: &[Rules; 2]) -> Answer<Timestamp> {
        let (today, ahead) = (self.now.date(), rules[0].value_date_days_max.min(rules[1].value_date_days_max));
        need(payment.value_date.0 <= today.0 + u32::from(ahead), Code::BadValueDate)?;
        let mut starts = u64::from(payment.value_date.0) * DAY_MS;
        if let Some(calendar) = self.calendars.get(&payment.asset) {
            let settles = payment.value_date < today || is_business_day(calendar, payment.value_date);
            need(settles, Code::NotBusinessDay)?;
            starts += u64::from(calendar.opens) * 60_000;
        }
        let last = self.now.0 + self.parameters.payment_lifetime_max_ms;
        let expiry = payment.expiry.0;
        need(starts < expiry && self.now.0 < expiry && expiry <= last, Code::BadExpiry)?;
        Ok(Timestamp(starts))
    }

    fn licences_allow(
        &self,
        payment: &Payment,
        debtor_agent: ParticipantId,
        rules: &[Rules; 2],
    ) -> Answer<Option<HoldReason>> {
        let Control::Controlled { licences } = &payment.control else { return Ok(None) };
        if licences.is_empty() {
            need(rules.iter().all(|rules| rules.licence_gap == LicenceGap::Hold), Code::LicenceMissing)?;
            return Ok(Some(HoldReason::LicenceMissing));
        }
        let different: BTreeSet<_> = licences.iter().map(|used| used.licence).collect();
        let sum: i128 = licences.iter().map(|used| whole(used.amount)).sum();
        let whole_list = licences.len() <= 8 && different.len() == licences.len();
        let amounts = licences.iter().all(|used| used.amount.0 > 0) && sum <= whole(payment.amount);
        need(whole_list && amounts, Code::LicenceUsesMalformed)?;
        for used in uses(payment) {
            let state = self.licences.get(&used.licence).ok_or(Code::UnknownLicence)?;
            let licence = &state.licence;
            need(!self.is_withdrawn(state), Code::LicenceRevoked)?;
            let valid = (licence.valid_from..licence.valid_until).contains(&self.now);
            need(valid && self.is_active(state.authority), Code::LicenceNotValidNow)?;
            need(licence.asset == payment.asset, Code::LicenceOtherAsset)?;
            need(licence.banks.contains(&debtor_agent), Code::LicenceOfOtherBank)?;
            let country = self.country(state.authority).unwrap();
            need([payment.corridor.from, payment.corridor.to].contains(&country), Code::LicenceOtherCorridor)?;
            let (reserved, drawn) = self.licence_figures(&used.licence);
            need(reserved + drawn + whole(used.amount) <= whole(licence.value), Code::LicenceExhausted)?;
        }
        Ok(None)
    }

    /// What a screening in a payment or an attestation leads to.
    pub fn judge(
        &self,
        agent: ParticipantId,
        screening: Option<&Screening>,
        required: bool,
    ) -> Answer<Option<HoldReason>> {
        let Some(screening) = screening else {
            return need(!required, Code::ScreeningMissing).map(|()| None);
        };
        need(!required || self.is_by_the_list(agent, screening), Code::ScreeningOutdated)?;
        need(screening.time <= self.now, Code::ScreeningInFuture)?;
        need(!required || self.is_young(agent, screening), Code::ScreeningTooOld)?;
        match screening.verdict {
            Verdict::Clear => Ok(None),
            Verdict::PossibleMatch => Ok(Some(HoldReason::Screening)),
            Verdict::Match => Err(Code::ScreeningMatch),
        }
    }

    /// Whether the money is there, and may be taken now.
    fn is_funded(&self, payment: &Payment, starts: Timestamp) -> Answer<bool> {
        if self.now < starts {
            return Ok(false);
        }
        let enough = self.available(payment.debtor_account) >= whole(payment.amount);
        if payment.shortfall == Shortfall::Reject {
            return need(enough, Code::InsufficientFunds).map(|()| true);
        }
        let queue = self.queue(payment.debtor_account);
        Ok(enough && queue.first().is_none_or(|head| payment.priority > head.priority))
    }

    pub fn pay_together(&mut self, by: ParticipantId, payments: &[Payment], whole_line: impl FnOnce(&mut Self, Code)) {
        if let Err(code) = self.may_pay_together(by, payments) {
            return whole_line(self, code);
        }
        if payments.iter().all(|payment| self.used.contains_key(&payment.uetr)) {
            return payments.iter().for_each(|payment| self.pay(by, payment));
        }
        let before = self.clone();
        match self.accept_all(payments) {
            Ok(accepted) => {
                for (payment, status) in payments.iter().zip(accepted) {
                    self.use_up(payment, Code::Ok);
                    self.say_pay(by, payment, Code::Ok, Some(status));
                }
            }
            Err((position, code)) => {
                *self = before;
                for (n, payment) in payments.iter().enumerate() {
                    self.refuse(by, payment, if n == position { code } else { Code::BulkRefused });
                }
            }
        }
    }

    fn may_pay_together(&self, by: ParticipantId, payments: &[Payment]) -> Check {
        let mut uetrs: Vec<_> = payments.iter().map(|payment| payment.uetr).collect();
        uetrs.sort_unstable();
        need(ascending(&uetrs, 1, 1_000), Code::ListMalformed)?;
        let owns = |payment: &Payment| self.owner(payment.debtor_account).is_none_or(|owner| owner == by);
        need(payments.iter().all(owns), Code::NotAccountOwner)?;
        let seen: Vec<_> =
            payments.iter().filter_map(|payment| Some((payment, self.used.get(&payment.uetr)?))).collect();
        let same = seen.iter().all(|(payment, first)| first.content == payment.content());
        need(seen.is_empty() || (seen.len() == payments.len() && same), Code::DuplicateReference)
    }

    /// All are accepted one after the other, with their money; then those settle that can.
    fn accept_all(&mut self, payments: &[Payment]) -> Result<Vec<PaymentStatus>, (usize, Code)> {
        for (n, payment) in payments.iter().enumerate() {
            let life = self.accept(payment).map_err(|code| (n, code))?;
            need(life.funded, Code::InsufficientFunds).map_err(|code| (n, code))?;
            // Room on the creditor account may be gone before it settles.
            self.has_place(life.agents[0]).map_err(|code| (n, code))?;
            self.count(&life);
            // Nothing settles yet, so nothing is there twice; who will settle stands in no queue.
            self.open.insert(payment.uetr, life);
        }
        let settle = |payment: &Payment| {
            let life = self.open[&payment.uetr].clone();
            let mut status = life.status;
            if status == PaymentStatus::Settled && !self.has_room(payment.creditor_account, life.amount()) {
                status = PaymentStatus::Queued;
                self.open.get_mut(&payment.uetr).unwrap().status = status;
            }
            if status == PaymentStatus::Settled {
                self.open.remove(&payment.uetr);
                self.finish(life, status);
            }
            status
        };
        Ok(payments.iter().map(settle).collect())
    }
}

pub fn scopes(payment: &Payment, debtor_agent: ParticipantId) -> [LimitScope; 4] {
    let (asset, corridor) = (payment.asset, payment.corridor);
    [
        LimitScope::Account { account: payment.debtor_account },
        LimitScope::Bank { participant: debtor_agent, asset },
        LimitScope::Corridor { corridor, asset },
        LimitScope::Asset { asset },
    ]
}
