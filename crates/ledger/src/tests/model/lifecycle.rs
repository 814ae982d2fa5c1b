//! An open payment in the model: what it waits for, how it goes on, how it ends, and what the sweep
//! at the beginning of a block ends.

use corridor_types::operations::{Calendar, Screening};
use corridor_types::{
    AccountId, AssetId, Code, Date, EntryKind, ParticipantId, PaymentStatus, RuleVersions, Timestamp, Uetr,
};

use super::state::{LicenceState, Life, Model, Said};
use crate::ParticipantStatus;

/// What comes next for an open payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Settle,
    Stop(Code),
    Release,
    Attestation,
    /// Anything else; it queues.
    Wait,
}

pub fn is_business_day(calendar: &Calendar, day: Date) -> bool {
    // 1970-01-01 was a Thursday, the day with number 3.
    let weekday = (3 + day.0) % 7;
    calendar.weekend & (1 << weekday) == 0 && !calendar.holidays.contains(&day)
}

impl Model {
    pub fn is_open(&self, asset: AssetId) -> bool {
        let Some(calendar) = self.calendars.get(&asset) else { return true };
        let minute = self.now.0 / 60_000 % 1_440;
        let within = u64::from(calendar.opens) <= minute && minute < u64::from(calendar.closes);
        within && is_business_day(calendar, self.now.date())
    }

    pub fn say(
        &mut self,
        kind: EntryKind,
        reference: Uetr,
        code: Code,
        status: Option<PaymentStatus>,
        by: ParticipantId,
    ) {
        self.said.push(Said { kind, reference, code, status, by, rules: RuleVersions::default() });
    }

    /// An entry about a payment that names the rulebooks.
    pub fn say_of(&mut self, kind: EntryKind, life: &Life, code: Code, status: PaymentStatus, by: ParticipantId) {
        let (_, rules) = self.rules(life.payment.corridor);
        self.said.push(Said { kind, reference: life.payment.uetr, code, status: Some(status), by, rules });
    }

    /// What comes next, if money is no question.
    pub fn next_but_money(&self, life: &Life) -> Next {
        let payment = &life.payment;
        let revoked = |id: ParticipantId| self.person(id).unwrap().status == ParticipantStatus::Revoked;
        if life.agents.into_iter().any(revoked) {
            return Next::Stop(Code::ParticipantRevoked);
        }
        for used in life.uses() {
            let licence = &self.licences[&used.licence];
            if self.is_withdrawn(licence) {
                return Next::Stop(Code::LicenceRevoked);
            }
            let acts = self.is_active(licence.authority);
            if !acts || self.now < licence.licence.valid_from || self.now >= licence.licence.valid_until {
                return Next::Stop(Code::LicenceNotValidNow);
            }
        }
        if life.hold.is_some() {
            return Next::Release;
        }
        if !life.attested {
            return Next::Attestation;
        }
        let day = life.starts <= self.now && self.is_open(payment.asset);
        let agents = life.agents.into_iter().all(|agent| self.is_active(agent));
        let accounts = self.may_pay(payment.debtor_account) && self.may_receive(payment.creditor_account);
        let thawed = !self.clients[&payment.client].frozen && accounts;
        let ready = day && self.are_fresh(life) && agents && thawed;
        if ready && self.has_room(payment.creditor_account, life.amount()) { Next::Settle } else { Next::Wait }
    }

    fn are_fresh(&self, life: &Life) -> bool {
        let (rules, _) = self.rules(life.payment.corridor);
        (0..2).all(|side| {
            let fresh = |screening: &Screening| self.meets(life.agents[side], screening);
            !rules[side].screening_required || life.screenings[side].as_ref().is_some_and(fresh)
        })
    }

    /// True if a screening is of the list, version and age that the agent's central bank requires.
    pub fn meets(&self, agent: ParticipantId, screening: &Screening) -> bool {
        self.is_by_the_list(agent, screening) && self.is_young(agent, screening)
    }

    pub fn is_by_the_list(&self, agent: ParticipantId, screening: &Screening) -> bool {
        let list = self.lists.get(&self.supervisor(agent).unwrap());
        list.is_none_or(|list| (list.list, list.version) == (screening.list, screening.version))
    }

    pub fn is_young(&self, agent: ParticipantId, screening: &Screening) -> bool {
        let list = self.lists.get(&self.supervisor(agent).unwrap());
        list.is_none_or(|list| self.now.0.saturating_sub(screening.time.0) <= list.max_age_ms)
    }

    /// Nothing that waits for money is overtaken.
    fn is_its_turn(&self, life: &Life) -> bool {
        let key = |life: &Life| (std::cmp::Reverse(life.priority), life.place, life.slot);
        self.queue(life.payment.debtor_account).first().is_none_or(|head| key(life) <= key(head))
    }

    /// Lets a payment go on after something about it changed.
    pub fn advance(&mut self, uetr: &Uetr, kind: EntryKind, by: ParticipantId) {
        let life = self.open[uetr].clone();
        let status = match self.next_but_money(&life) {
            Next::Stop(code) => return self.end(uetr, kind, PaymentStatus::Rejected, code, by),
            Next::Settle => {
                let enough = self.available(life.payment.debtor_account) >= life.amount() && self.is_its_turn(&life);
                if life.funded || enough {
                    return self.end(uetr, kind, PaymentStatus::Settled, Code::Ok, by);
                }
                PaymentStatus::Queued
            }
            Next::Wait => PaymentStatus::Queued,
            Next::Release => PaymentStatus::Held,
            Next::Attestation => PaymentStatus::AwaitingAttestation,
        };
        self.open.get_mut(uetr).unwrap().status = status;
        self.say_of(kind, &life, Code::Ok, status, by);
    }

    pub fn end(&mut self, uetr: &Uetr, kind: EntryKind, status: PaymentStatus, code: Code, by: ParticipantId) {
        let life = self.open.remove(uetr).unwrap();
        self.say_of(kind, &life, code, status, by);
        self.finish(life, status);
    }

    /// Moves the money of a payment that settles, and forgets what counted of one that does not.
    pub fn finish(&mut self, mut life: Life, status: PaymentStatus) {
        let uetr = life.payment.uetr;
        life.status = status;
        if status == PaymentStatus::Settled {
            self.book(life.payment.debtor_account, -life.amount());
            self.book(life.payment.creditor_account, life.amount());
            self.settled.insert(uetr, life);
        } else {
            self.uncount(&uetr, life.accepted, life.amount());
            self.ended.insert(uetr, status);
        }
    }

    /// Takes back what limits counted of a payment; what was accepted in the block in which a limit
    /// began stays counted.
    pub fn uncount(&mut self, uetr: &Uetr, accepted: Timestamp, amount: i128) {
        for limit in self.limits.iter_mut().filter(|limit| limit.since < accepted) {
            limit.counted.iter_mut().filter(|(counted, ..)| counted == uetr).for_each(|(.., left)| *left -= amount);
        }
    }

    /// Ends what came to its end before the block.
    pub fn sweep(&mut self) {
        let (now, most) = (self.now, self.bounds.expiries_per_block);
        let mut lapsed: Vec<_> = self.open.values().filter(|life| life.payment.expiry <= now).collect();
        lapsed.sort_by_key(|life| (life.payment.expiry, life.payment.uetr));
        self.end_each(uetrs(&lapsed, most), EntryKind::Expire, PaymentStatus::Expired, Code::PaymentExpired);
        let due = |life: &&Life| life.hold.is_some_and(|hold| hold.deadline <= now);
        let mut held: Vec<_> = self.open.values().filter(due).collect();
        held.sort_by_key(|life| (life.hold.map(|hold| hold.deadline), life.slot));
        self.end_each(uetrs(&held, most), EntryKind::Stop, PaymentStatus::Rejected, Code::HoldLapsed);
        let (of_licences, of_agents) = (self.of_revoked_licences(most), self.of_revoked_agents(most));
        self.end_each(of_licences, EntryKind::Stop, PaymentStatus::Rejected, Code::LicenceRevoked);
        self.end_each(of_agents, EntryKind::Stop, PaymentStatus::Rejected, Code::ParticipantRevoked);
        let mut quotes: Vec<_> = self.quotes.iter().filter(|quote| quote.quote.valid_until <= now).collect();
        quotes.sort_by_key(|quote| (quote.quote.valid_until, quote.slot));
        let gone: Vec<_> = quotes.iter().take(most).map(|quote| quote.reference).collect();
        self.quotes.retain(|quote| !gone.contains(&quote.reference));
        let mut motions: Vec<_> = self.motions.iter().filter(|motion| motion.closes <= now).collect();
        motions.sort_by_key(|motion| (motion.closes, motion.slot));
        let gone: Vec<_> = motions.iter().take(most).map(|motion| motion.reference).collect();
        self.motions.retain(|motion| !gone.contains(&motion.reference));
    }

    fn by_slot(&self) -> Vec<&Life> {
        let mut all: Vec<_> = self.open.values().collect();
        all.sort_by_key(|life| life.slot);
        all
    }

    /// By its authority, or together with it.
    pub fn is_withdrawn(&self, licence: &LicenceState) -> bool {
        licence.revoked || self.person(licence.authority).unwrap().status == ParticipantStatus::Revoked
    }

    fn of_revoked_licences(&self, most: usize) -> Vec<Uetr> {
        let revoked = self.licences.iter().filter(|(_, licence)| self.is_withdrawn(licence)).map(|(handle, _)| *handle);
        let names = |life: &Life, handle| life.uses().iter().any(|used| used.licence == handle);
        let all = revoked.flat_map(|handle| self.by_slot().into_iter().filter(move |life| names(life, handle)));
        all.take(most).map(|life| life.payment.uetr).collect()
    }

    fn of_revoked_agents(&self, most: usize) -> Vec<Uetr> {
        let people = (0u32..).zip(&self.people).filter(|(_, person)| person.status == ParticipantStatus::Revoked);
        let of = |id| self.by_slot().into_iter().filter(move |life| life.agents.contains(&ParticipantId(id)));
        people.flat_map(|(id, _)| of(id)).take(most).map(|life| life.payment.uetr).collect()
    }

    /// One that was listed twice, or stopped for another reason, is gone.
    fn end_each(&mut self, uetrs: Vec<Uetr>, kind: EntryKind, status: PaymentStatus, code: Code) {
        for uetr in uetrs {
            if let Some(life) = self.open.get(&uetr) {
                let by = life.agents[0];
                self.end(&uetr, kind, status, code, by);
            }
        }
    }

    pub fn transfer(&mut self, from: AccountId, to: AccountId, amount: i128) {
        self.book(from, -amount);
        self.book(to, amount);
    }
}

fn uetrs(lives: &[&Life], most: usize) -> Vec<Uetr> {
    lives.iter().take(most).map(|life| life.payment.uetr).collect()
}
