//! Returns and recalls of settled payments, and exchanges, in the model.

use corridor_types::operations::{ExchangeStep, Quote, RefundStep};
use corridor_types::{AccountId, Code, ParticipantId, Payment, PaymentStatus, Uetr};

use super::answers::{is_creditor_reason, is_officer_reason};
use super::state::{Check, Model, QuoteState, Recall, need, whole};

impl Model {
    pub fn refund_authority(&self, by: ParticipantId, step: &RefundStep) -> Check {
        match step {
            RefundStep::Return { original, .. } => {
                let owner = self.owner(original.creditor_account);
                need(owner.is_none_or(|owner| owner == by), Code::NotCreditorAgent)
            }
            RefundStep::Recall { original, .. } => {
                let owner = self.owner(original.debtor_account);
                need(owner.is_none_or(|owner| owner == by), Code::NotDebtorAgent)
            }
            RefundStep::RefuseRecall { payment, .. } => {
                let recall = self.refunds.get(payment);
                need(recall.is_none_or(|recall| recall.creditor_agent == by), Code::NotCreditorAgent)
            }
        }
    }

    pub fn refund_rules(&self, step: &RefundStep) -> Check {
        match step {
            RefundStep::Return { original, amount, reason } => {
                need(is_creditor_reason(*reason), Code::ReasonNotAllowed)?;
                self.has_settled(original)?;
                need(amount.0 > 0, Code::AmountZero)?;
                let amount = whole(*amount);
                let after = self.settled[&original.uetr].returned + amount;
                need(after <= whole(original.amount), Code::ReturnAboveOriginal)?;
                let (from, to) = (original.creditor_account, original.debtor_account);
                need(self.may_pay(from) && self.may_receive(to), Code::AccountFrozen)?;
                need(amount <= self.available(from), Code::InsufficientFunds)?;
                need(self.has_room(to, amount), Code::BalanceLimitExceeded)?;
                self.refund_fits(&original.uetr)
            }
            RefundStep::Recall { original, reason } => {
                need(is_officer_reason(*reason), Code::ReasonNotAllowed)?;
                self.has_settled(original)?;
                let waits = self.refunds.get(&original.uetr).is_some_and(|recall| recall.reason.is_some());
                need(!waits, Code::AlreadyRecalled)?;
                let left = self.settled[&original.uetr].returned < whole(original.amount);
                need(left, Code::ReturnAboveOriginal)?;
                self.refund_fits(&original.uetr)
            }
            RefundStep::RefuseRecall { payment, reason } => {
                need(is_creditor_reason(*reason), Code::ReasonNotAllowed)?;
                let waits = self.refunds.get(payment).is_some_and(|recall| recall.reason.is_some());
                need(waits, Code::UnknownRecall)
            }
        }
    }

    fn has_settled(&self, original: &Payment) -> Check {
        let uetr = &original.uetr;
        need(self.is_payment(uetr), Code::UnknownPayment)?;
        need(self.used[uetr].content == original.content(), Code::OriginalMismatch)?;
        need(self.status_of(uetr) == Some(PaymentStatus::Settled), Code::NotSettled)
    }

    fn refund_fits(&self, uetr: &Uetr) -> Check {
        let room = self.refunds.len() < self.bounds.refunds as usize;
        need(room || self.refunds.contains_key(uetr), Code::CapacityExceeded)
    }

    pub fn refund(&mut self, step: &RefundStep) {
        match step {
            RefundStep::Return { original, amount, .. } => {
                self.transfer(original.creditor_account, original.debtor_account, whole(*amount));
                let life = self.settled.get_mut(&original.uetr).unwrap();
                life.returned += whole(*amount);
                let (accepted, creditor_agent) = (life.accepted, life.agents[1]);
                self.uncount(&original.uetr, accepted, whole(*amount));
                self.refunds.insert(original.uetr, Recall { creditor_agent, reason: None });
            }
            RefundStep::Recall { original, reason } => {
                let creditor_agent = self.settled[&original.uetr].agents[1];
                self.refunds.insert(original.uetr, Recall { creditor_agent, reason: Some(*reason) });
            }
            RefundStep::RefuseRecall { payment, .. } => self.refunds.get_mut(payment).unwrap().reason = None,
        }
    }

    fn quote(&self, reference: &Uetr) -> Option<&QuoteState> {
        self.quotes.iter().find(|quote| quote.reference == *reference)
    }

    pub fn exchange_authority(&self, by: ParticipantId, step: &ExchangeStep) -> Check {
        match step {
            ExchangeStep::Quote { quote: Quote { pays_from, paid_to, .. } }
            | ExchangeStep::Take { pays_from, paid_to, .. } => {
                self.owner_asks(by, *pays_from)?;
                self.owner_asks(by, *paid_to)
            }
            ExchangeStep::Withdraw { quote } => {
                need(self.quote(quote).is_none_or(|quote| quote.maker == by), Code::QuoteForOther)
            }
        }
    }

    pub fn exchange_rules(&self, by: ParticipantId, step: &ExchangeStep) -> Check {
        match step {
            ExchangeStep::Quote { quote } => self.new_quote_rules(by, quote),
            ExchangeStep::Withdraw { quote } => need(self.quote(quote).is_some(), Code::UnknownQuote),
            ExchangeStep::Take { quote, pays_from, paid_to } => {
                let QuoteState { maker, quote, .. } = self.quote(quote).ok_or(Code::UnknownQuote)?;
                need(self.now < quote.valid_until, Code::QuoteLapsed)?;
                need(quote.taker.is_none_or(|taker| taker == by) && *maker != by, Code::QuoteForOther)?;
                let legs =
                    [(quote.pays_from, *paid_to, whole(quote.pays)), (*pays_from, quote.paid_to, whole(quote.paid))];
                let asset = |id| self.account(id).map(|account| account.asset);
                let known = |(from, to, _): &(AccountId, AccountId, _)| asset(*from).is_some() && asset(*to).is_some();
                need(legs.iter().all(known), Code::UnknownAccount)?;
                need(legs.iter().all(|(from, to, _)| asset(*from) == asset(*to)), Code::AssetMismatch)?;
                need(self.is_active(*maker), Code::ParticipantNotAuthorised)?;
                let thawed = legs.iter().all(|(from, to, _)| self.may_pay(*from) && self.may_receive(*to));
                need(thawed, Code::AccountFrozen)?;
                let funded = legs.iter().all(|(from, _, amount)| *amount <= self.available(*from));
                need(funded, Code::InsufficientFunds)?;
                let room = legs.iter().all(|(_, to, amount)| self.has_room(*to, *amount));
                need(room, Code::BalanceLimitExceeded)
            }
        }
    }

    fn new_quote_rules(&self, maker: ParticipantId, quote: &Quote) -> Check {
        let from = self.account(quote.pays_from).ok_or(Code::UnknownAccount)?;
        let to = self.account(quote.paid_to).ok_or(Code::UnknownAccount)?;
        need(from.asset != to.asset, Code::QuoteMalformed)?;
        need(quote.pays.0 > 0 && quote.paid.0 > 0, Code::AmountZero)?;
        let last = self.now.plus_ms(86_400_000);
        need(self.now < quote.valid_until && quote.valid_until <= last, Code::QuoteMalformed)?;
        if let Some(taker) = quote.taker {
            self.person(taker).ok_or(Code::UnknownParticipant)?;
            need(taker != maker, Code::QuoteForOther)?;
        }
        let own = self.quotes.iter().filter(|quote| quote.maker == maker).count();
        let fits = self.quotes.len() < self.bounds.quotes as usize && own < self.bounds.quotes_per_maker as usize;
        need(fits, Code::CapacityExceeded)
    }

    pub fn exchange(&mut self, maker: ParticipantId, reference: Uetr, step: &ExchangeStep) {
        match step {
            ExchangeStep::Quote { quote } => {
                let slot = Self::free_slot(self.quotes.iter().map(|quote| quote.slot));
                self.quotes.push(QuoteState { reference, slot, maker, quote: quote.clone() });
            }
            ExchangeStep::Withdraw { quote } => self.quotes.retain(|open| open.reference != *quote),
            ExchangeStep::Take { quote: taken, pays_from, paid_to } => {
                let quote = self.quote(taken).unwrap().quote.clone();
                self.quotes.retain(|open| open.reference != *taken);
                self.transfer(quote.pays_from, *paid_to, whole(quote.pays));
                self.transfer(*pays_from, quote.paid_to, whole(quote.paid));
            }
        }
    }
}
