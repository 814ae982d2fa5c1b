//! What is said about open payments in the model: attestation, refusal, withdrawal, holds,
//! screening, the order of a queue, and openings of details.

use corridor_types::operations::{HoldReason, HoldStep, QueuePlace, QueueStep, Screening, ScreeningStep, Verdict};
use corridor_types::{Attested, Code, EntryKind, ParticipantId, ParticipantKind, PaymentStatus, Uetr};

use super::state::{Answer, Check, Life, Model, ascending, need};
use crate::{Hold, RequiredList};

pub const fn is_creditor_reason(reason: Code) -> bool {
    matches!(reason.number(), 200..=299)
}

pub const fn is_officer_reason(reason: Code) -> bool {
    matches!(reason.number(), 300..=399)
}

impl Model {
    /// An open payment, or why there is none.
    pub fn find(&self, uetr: &Uetr) -> Answer<Life> {
        if let Some(life) = self.open.get(uetr) {
            return Ok(life.clone());
        }
        Err(match self.status_of(uetr) {
            None => Code::UnknownPayment,
            Some(PaymentStatus::Expired) => Code::PaymentExpired,
            Some(_) => Code::WrongPaymentStatus,
        })
    }

    pub fn find_alive(&self, uetr: &Uetr) -> Answer<Life> {
        let life = self.find(uetr)?;
        need(self.now < life.payment.expiry, Code::PaymentExpired)?;
        Ok(life)
    }

    pub fn list_is_whole(uetrs: impl Iterator<Item = Uetr>) -> Check {
        let mut uetrs: Vec<_> = uetrs.collect();
        uetrs.sort_unstable();
        need(ascending(&uetrs, 1, 1_000), Code::ListMalformed)
    }

    pub fn attest(&mut self, by: ParticipantId, payments: &[Attested], screening: Option<&Screening>) {
        for attested in payments {
            let uetr = attested.payment;
            match self.may_attest(by, attested, screening) {
                Err(code) => self.say(EntryKind::Attest, uetr, code, self.status_of(&uetr), by),
                Ok(hold) => {
                    let life = self.open.get_mut(&uetr).unwrap();
                    life.attested = true;
                    life.screenings[1] = screening.copied().or(life.screenings[1]);
                    life.doubted(hold);
                    self.advance(&uetr, EntryKind::Attest, by);
                }
            }
        }
    }

    fn may_attest(
        &self,
        by: ParticipantId,
        attested: &Attested,
        screening: Option<&Screening>,
    ) -> Answer<Option<Hold>> {
        let life = self.find(&attested.payment)?;
        need(life.agents[1] == by, Code::NotCreditorAgent)?;
        need(self.now < life.payment.expiry, Code::PaymentExpired)?;
        need(!life.attested, Code::WrongPaymentStatus)?;
        need(life.payment.content() == attested.content, Code::AttestationMismatch)?;
        let (rules, _) = self.rules(life.payment.corridor);
        let reason = self.judge(by, screening, rules[1].screening_required)?;
        Ok(reason.map(|reason| self.ledger_hold(reason, by, &life.payment)))
    }

    pub fn reject(&mut self, by: ParticipantId, payments: &[Uetr], reason: Code) {
        for uetr in payments {
            let may = self.find(uetr).and_then(|life| {
                need(life.agents[1] == by, Code::NotCreditorAgent)?;
                self.may_end(uetr)
            });
            match may {
                Err(code) => self.say(EntryKind::Reject, *uetr, code, self.status_of(uetr), by),
                Ok(()) => self.end(uetr, EntryKind::Reject, PaymentStatus::Rejected, reason, by),
            }
        }
    }

    /// Whether its agents may end a payment; what is held is the officers'.
    pub fn may_end(&self, uetr: &Uetr) -> Check {
        need(self.find_alive(uetr)?.status != PaymentStatus::Held, Code::WrongPaymentStatus)
    }

    pub fn debtor_agent_asks(&self, by: ParticipantId, payment: &Uetr) -> Check {
        need(self.open.get(payment).is_none_or(|life| life.agents[0] == by), Code::NotDebtorAgent)
    }

    fn supervises_agent(&self, by: ParticipantId, life: &Life) -> bool {
        life.agents.iter().any(|agent| self.supervisor(*agent) == Some(by))
    }

    pub fn hold_authority(&self, by: ParticipantId, step: &HoldStep) -> Check {
        let (HoldStep::Hold { payment, .. } | HoldStep::Release { payment } | HoldStep::Reject { payment, .. }) = step;
        let Some(life) = self.open.get(payment) else { return Ok(()) };
        if let HoldStep::Hold { .. } = step {
            return need(life.agents.contains(&by) || self.supervises_agent(by, life), Code::NotParty);
        }
        let Some(hold) = life.hold else { return Ok(()) };
        let by_central_bank = self.kind_of(hold.holder) == Some(ParticipantKind::CentralBank);
        need(hold.holder == by || (!by_central_bank && self.supervises_agent(by, life)), Code::NotHolder)
    }

    pub fn hold_rules(&self, step: &HoldStep) -> Check {
        match step {
            HoldStep::Hold { payment, reason, deadline } => {
                let life = self.find_alive(payment)?;
                need(life.hold.is_none(), Code::AlreadyHeld)?;
                need(*reason != HoldReason::LicenceMissing, Code::ReasonNotAllowed)?;
                let (rules, _) = self.rules(life.payment.corridor);
                let last = self.now.plus_ms(rules[0].hold_max_ms.min(rules[1].hold_max_ms));
                let within = self.now < *deadline && *deadline <= last && *deadline <= life.payment.expiry;
                let is_last = *deadline == last.min(life.payment.expiry);
                let lasts = is_last || deadline.0 - self.now.0.min(deadline.0) >= 60 * 60 * 1_000;
                need(within && lasts, Code::BadDeadline)
            }
            HoldStep::Release { payment } => {
                let hold = self.find_held(payment)?;
                need(hold.reason != HoldReason::LicenceMissing, Code::LicenceMissing)
            }
            HoldStep::Reject { payment, reason } => {
                need(is_officer_reason(*reason), Code::ReasonNotAllowed)?;
                self.find_held(payment).map(|_| ())
            }
        }
    }

    fn find_held(&self, payment: &Uetr) -> Answer<Hold> {
        let hold = self.find_alive(payment)?.hold.ok_or(Code::NotHeld)?;
        need(self.now < hold.deadline, Code::HoldLapsed)?;
        Ok(hold)
    }

    pub fn hold(&mut self, by: ParticipantId, step: &HoldStep) {
        match step {
            HoldStep::Hold { payment, reason, deadline } => {
                let life = self.open.get_mut(payment).unwrap();
                life.hold = Some(Hold { reason: *reason, holder: by, deadline: *deadline });
                life.status = PaymentStatus::Held;
                let life = life.clone();
                self.say_of(EntryKind::Hold, &life, Code::Ok, PaymentStatus::Held, by);
            }
            HoldStep::Release { payment } => {
                let life = self.open[payment].clone();
                let next = life.doubts.first().map(|who| self.ledger_hold(HoldReason::Screening, *who, &life.payment));
                let life = self.open.get_mut(payment).unwrap();
                (life.hold, life.doubts) = (next, life.doubts.iter().skip(1).copied().collect());
                self.advance(payment, EntryKind::Release, by);
            }
            HoldStep::Reject { payment, reason } => {
                self.end(payment, EntryKind::RejectHeld, PaymentStatus::Rejected, *reason, by);
            }
        }
    }

    pub fn screening_authority(&self, by: ParticipantId, step: &ScreeningStep) -> Check {
        match step {
            ScreeningStep::Require { .. } => {
                need(self.kind_of(by) == Some(ParticipantKind::CentralBank), Code::NotCentralBank)
            }
            ScreeningStep::Rescreen { payment, .. } => {
                need(self.open.get(payment).is_none_or(|life| life.agents.contains(&by)), Code::NotParty)
            }
        }
    }

    pub fn screening_rules(&self, by: ParticipantId, step: &ScreeningStep) -> Check {
        match step {
            ScreeningStep::Require { max_age_ms, .. } => need(*max_age_ms > 0, Code::RequirementMalformed),
            ScreeningStep::Rescreen { payment, screening } => {
                self.find_alive(payment)?;
                need(self.is_by_the_list(by, screening), Code::ScreeningOutdated)?;
                need(screening.time <= self.now, Code::ScreeningInFuture)?;
                need(self.is_young(by, screening), Code::ScreeningTooOld)
            }
        }
    }

    pub fn screen(&mut self, by: ParticipantId, step: &ScreeningStep) {
        match step {
            ScreeningStep::Require { list, version, max_age_ms } => {
                let (list, version, max_age_ms) = (*list, *version, *max_age_ms);
                self.lists.insert(by, RequiredList { list, version, max_age_ms });
            }
            ScreeningStep::Rescreen { payment, screening } => {
                let mut life = self.open[payment].clone();
                if screening.verdict == Verdict::Match {
                    let is_debtors = life.agents[0] == by;
                    let code = if is_debtors { Code::ScreeningMatch } else { Code::CreditorScreeningMatch };
                    return self.end(payment, EntryKind::Rescreen, PaymentStatus::Rejected, code, by);
                }
                for side in 0..2 {
                    if life.agents[side] == by {
                        life.screenings[side] = Some(*screening);
                    }
                }
                let doubts = screening.verdict == Verdict::PossibleMatch;
                life.doubted(doubts.then(|| self.ledger_hold(HoldReason::Screening, by, &life.payment)));
                self.open.insert(*payment, life);
                self.advance(payment, EntryKind::Rescreen, by);
            }
        }
    }

    pub fn reorder(&mut self, by: ParticipantId, step: &QueueStep) {
        let turn = self.next_turn();
        let (payment, kind) = match step {
            QueueStep::Reprioritise { payment, .. } => (payment, EntryKind::Reprioritise),
            QueueStep::Move { payment, .. } => (payment, EntryKind::MoveInQueue),
        };
        let life = self.open.get_mut(payment).unwrap();
        match step {
            QueueStep::Reprioritise { priority, .. } => (life.priority, life.place) = (*priority, turn),
            QueueStep::Move { place: QueuePlace::Front, .. } => life.place = -turn,
            QueueStep::Move { place: QueuePlace::Back, .. } => life.place = turn,
        }
        let life = life.clone();
        self.say_of(kind, &life, Code::Ok, life.status, by);
    }

    /// Who may say that it opened a payment's details.
    pub fn may_open(&self, by: ParticipantId, payment: &Uetr) -> Check {
        if !self.is_payment(payment) {
            return Ok(());
        }
        let Some(life) = self.open.get(payment) else {
            let kind = self.kind_of(by);
            let kinds = [ParticipantKind::CentralBank, ParticipantKind::LicensingAuthority].map(Some);
            return need(kinds.contains(&kind), Code::AccessNotAllowed);
        };
        let licensed = life.uses().iter().any(|used| self.licences[&used.licence].authority == by);
        need(licensed || self.supervises_agent(by, life), Code::AccessNotAllowed)
    }
}
