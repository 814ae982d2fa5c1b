//! Money, accounts, clients, exchanges, returns, limits, orders and calendars.

use corridor_types::operations::{
    AccountStep, AssetStep, Calendar, CalendarStep, ClientStep, ExchangeStep, FreezeMode, Limit, LimitScope, LimitStep,
    OrderStep, OrderTarget, Quote, RefundStep, Window,
};
use corridor_types::{
    AccountId, Amount, AssetId, ClientAuthorisation, ClientHandle, Code, Date, Operation, ParticipantId,
    ParticipantKind, ProgrammeId,
};

use super::Traffic;
use crate::tests::model::state::Model;
use crate::tests::world::{CENTRAL_DE, CLIENT_CAP, DAY_MS, corridor};

impl Traffic {
    pub(super) fn issue(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let (reference, account) = (self.reference(), self.account(model));
        let amount = if self.spoil(10) { Amount(u64::MAX) } else { self.amount(300_000) };
        (self.issuer(model, account), Operation::Asset { reference, step: AssetStep::Issue { account, amount } })
    }

    pub(super) fn redeem(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let (reference, account) = (self.reference(), self.account(model));
        let most = u64::try_from(model.available(account).max(0)).unwrap_or(u64::MAX);
        (
            self.issuer(model, account),
            Operation::Asset { reference, step: AssetStep::Redeem { account, amount: self.amount(most.min(400_000)) } },
        )
    }

    pub(super) fn open_account(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let (reference, asset) = (self.reference(), self.asset());
        let owner = if self.spoil(40) { self.anybody(model) } else { self.bank(model) };
        let issuer = model.asset(asset).map_or(ParticipantId(0), |asset| asset.issuer);
        (issuer, Operation::Account { reference, step: AccountStep::Open { owner, asset } })
    }

    pub(super) fn consent(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let (reference, account) = (self.reference(), self.account(model));
        let up_to = Amount(self.one(&[0, 0, 20_000, 100_000, u64::MAX]));
        (
            model.owner(account).unwrap_or(CENTRAL_DE),
            Operation::Account { reference, step: AccountStep::SetStandingConsent { account, up_to } },
        )
    }

    fn window(&mut self) -> Option<Window> {
        let length_ms = if self.spoil(10) { 0 } else { self.one(&[1_000, 60_000, 3_600_000, DAY_MS]) };
        self.chance(50).then(|| Window { length_ms, cap: Amount(100_000 + self.below(3_000_000)) })
    }

    pub(super) fn client(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let reference = self.reference();
        let authorisation = self.authorisation(model);
        let by = model.supervisor(authorisation.sponsor).unwrap_or(CENTRAL_DE);
        (by, Operation::Client { reference, step: ClientStep::Authorise { authorisation } })
    }

    fn authorisation(&mut self, model: &Model) -> ClientAuthorisation {
        let sponsor = self.bank(model);
        let from = model.country(sponsor).map_or("DE".to_owned(), |country| country.to_string());
        let handles: Vec<_> = model.clients.keys().copied().collect();
        let fresh = ClientHandle(self.bytes());
        let runs: Vec<_> =
            (0u32..).map(ProgrammeId).take(model.programmes.len() + usize::from(self.spoil(50))).collect();
        let under: Vec<_> = runs
            .iter()
            .copied()
            .filter(|n| self.crooked || model.programmes[n.0 as usize].0.members.contains(&sponsor))
            .collect();
        let mut authorisation = ClientAuthorisation {
            handle: if self.spoil(8) { self.pick(&handles).unwrap_or(fresh) } else { fresh },
            sponsor,
            assets: vec![AssetId(0), AssetId(1)],
            corridors: [corridor(&from, "BR"), corridor(&from, "DE")].to_vec(),
            payment_cap: self.one(&[CLIENT_CAP, CLIENT_CAP, Amount(30_000)]),
            window: self.window(),
            programme: if self.chance(50) { self.pick(&under) } else { None },
            valid_from: self.now,
            valid_until: self.now.plus_ms(1 + self.below(90 * DAY_MS)),
        };
        if self.spoil(35) {
            match self.below(7) {
                0 => authorisation.assets = vec![AssetId(0)],
                1 => authorisation.corridors.truncate(1),
                2 => authorisation.valid_from = self.now.plus_ms(DAY_MS),
                3 => authorisation.assets.reverse(),
                4 => authorisation.sponsor = self.anybody(model),
                5 => authorisation.assets.push(AssetId(2)),
                _ => authorisation.valid_until = authorisation.valid_from,
            }
        }
        authorisation
    }

    fn handle(&mut self, model: &Model) -> ClientHandle {
        let handles: Vec<_> = model.clients.keys().copied().collect();
        let unknown = ClientHandle(self.bytes());
        if self.spoil(10) { unknown } else { self.pick(&handles).unwrap_or(unknown) }
    }

    fn sponsor_of(model: &Model, handle: &ClientHandle) -> ParticipantId {
        let sponsor = model.clients.get(handle).map(|client| client.authorisation.sponsor);
        sponsor.and_then(|sponsor| model.supervisor(sponsor)).unwrap_or(CENTRAL_DE)
    }

    pub(super) fn revoke_client(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let (reference, handle) = (self.reference(), self.handle(model));
        (Self::sponsor_of(model, &handle), Operation::Client { reference, step: ClientStep::Revoke { handle } })
    }

    pub(super) fn refund(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let reference = self.reference();
        let settled: Vec<_> = model.settled.values().rev().take(80).map(|life| life.payment.clone()).collect();
        let recalled: Vec<_> =
            model.refunds.iter().filter(|(_, recall)| recall.reason.is_some()).map(|(uetr, _)| *uetr).collect();
        let other = self.sent.clone();
        let original = if self.spoil(20) { self.pick(&other) } else { self.pick(&settled) };
        let Some(mut original) = original.or_else(|| self.pick(&other)) else { return self.issue(model) };
        if self.chance(30)
            && let Some(recalled) = self.pick(&recalled).and_then(|uetr| model.settled.get(&uetr))
        {
            original = recalled.payment.clone();
        }
        let (creditor, debtor) = (model.owner(original.creditor_account), model.owner(original.debtor_account));
        let uetr = original.uetr;
        let returned = model.settled.get(&uetr).map_or(0, |life| u64::try_from(life.returned).unwrap());
        if self.spoil(8) {
            original.amount = Amount(original.amount.0.saturating_add(1));
        }
        let (kind, bad) = (self.below(6), self.spoil(8));
        let reason = |good| if bad { Code::Ok } else { good };
        let left = original.amount.0.saturating_sub(returned);
        match kind {
            0..3 => {
                let amount = if self.chance(30) { Amount(left) } else { self.amount(left) };
                let step = RefundStep::Return { original, amount, reason: reason(Code::CreditorAgentRefused) };
                (creditor.unwrap_or(CENTRAL_DE), Operation::Refund { reference, step })
            }
            3..5 => {
                let step = RefundStep::Recall { original, reason: reason(Code::OfficerFraud) };
                (debtor.unwrap_or(CENTRAL_DE), Operation::Refund { reference, step })
            }
            _ => {
                let step = RefundStep::RefuseRecall { payment: uetr, reason: reason(Code::CreditorAgentRefused) };
                (creditor.unwrap_or(CENTRAL_DE), Operation::Refund { reference, step })
            }
        }
    }

    fn account_of(&mut self, model: &Model, owner: ParticipantId, asset: AssetId) -> AccountId {
        let fits = |id: &AccountId| {
            let account = model.account(*id).unwrap();
            account.owner == owner && account.asset == asset
        };
        let own: Vec<_> = (0u32..).map(AccountId).take(model.accounts.len()).filter(fits).collect();
        if self.spoil(10) { self.account(model) } else { self.pick(&own).unwrap_or(AccountId(0)) }
    }

    pub(super) fn exchange(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let (reference, by) = (self.reference(), self.bank(model));
        let (references, unknown): (Vec<_>, _) =
            (model.quotes.iter().map(|quote| quote.reference).collect(), self.any_payment());
        let known = self.pick(&references);
        let quote = if self.spoil(10) { unknown } else { known.unwrap_or(unknown) };
        let open = model.quotes.iter().find(|open| open.reference == quote);
        let step = match self.below(7) {
            0 => {
                let by = open.map_or(by, |open| open.maker);
                return (by, Operation::Exchange { reference, step: ExchangeStep::Withdraw { quote } });
            }
            1..4 if open.is_some() => {
                let open = open.unwrap().clone();
                let others: Vec<_> =
                    [2, 3, 4, 8].map(ParticipantId).into_iter().filter(|id| *id != open.maker).collect();
                let by = if self.spoil(20) { by } else { open.quote.taker.unwrap_or_else(|| self.one(&others)) };
                let asset = |id| model.account(id).unwrap().asset;
                let pays_from = self.account_of(model, by, asset(open.quote.paid_to));
                let paid_to = self.account_of(model, by, asset(open.quote.pays_from));
                let step = ExchangeStep::Take { quote, pays_from, paid_to };
                return (by, Operation::Exchange { reference, step });
            }
            _ => {
                let first = AssetId(u16::try_from(self.below(2)).unwrap());
                let second = if self.spoil(10) { first } else { AssetId(1 - first.0) };
                let (pays_from, paid_to) = (self.account_of(model, by, first), self.account_of(model, by, second));
                let valid_until = self.now.plus_ms(1 + self.below(DAY_MS));
                let valid_until = if self.spoil(20) { self.near(self.now.0 + DAY_MS) } else { valid_until };
                let taker = if self.chance(40) {
                    Some(self.anybody(model)).filter(|taker| *taker != by || self.crooked)
                } else {
                    None
                };
                let (pays, paid) = (self.amount(200_000), self.amount(200_000));
                ExchangeStep::Quote { quote: Quote { taker, pays_from, pays, paid_to, paid, valid_until } }
            }
        };
        (by, Operation::Exchange { reference, step })
    }

    pub(super) fn order(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let (reference, order) = (self.reference(), self.label());
        let frozen: Vec<_> =
            (0u32..).map(AccountId).take(model.accounts.len()).filter(|id| !model.may_pay(*id)).collect();
        let frozen_clients: Vec<_> =
            model.clients.iter().filter(|(_, c)| c.frozen).map(|(handle, _)| *handle).collect();
        let ends = self.chance(70);
        let account = if ends || self.chance(30) { self.pick(&frozen) } else { None };
        let account = account.unwrap_or_else(|| self.account(model));
        let handle = if ends { self.pick(&frozen_clients) } else { None };
        let handle = handle.unwrap_or_else(|| self.handle(model));
        let is_account = self.chance(70);
        let target = if is_account { OrderTarget::Account { account } } else { OrderTarget::Client { handle } };
        let supervises = self.chance(40);
        let supervisor = model.owner(account).and_then(|owner| model.supervisor(owner)).filter(|_| supervises);
        let orders = supervisor.unwrap_or_else(|| self.issuer(model, account));
        let by = if is_account { orders } else { Self::sponsor_of(model, &handle) };
        let mode = if is_account || self.spoil(30) { self.one(FreezeMode::ALL) } else { FreezeMode::Debits };
        let (amount, kind) = (self.amount(50_000), self.below(10));
        let step = match (ends, kind) {
            (_, 0..3) => OrderStep::Seize { account, amount, to: self.account(model), order },
            (true, _) => OrderStep::Unfreeze { target, order },
            (false, _) => OrderStep::Freeze { target, mode, order },
        };
        let by = if kind < 3 { self.issuer(model, account) } else { by };
        (by, Operation::Order { reference, step })
    }

    pub(super) fn limit(&mut self, model: &Model) -> (ParticipantId, Operation) {
        let (reference, asset, account) = (self.reference(), self.asset(), self.account(model));
        let scope = match self.below(4) {
            0 => LimitScope::Account { account },
            1 => LimitScope::Bank { participant: self.bank(model), asset },
            2 => LimitScope::Corridor { corridor: self.corridor(), asset },
            _ => LimitScope::Asset { asset },
        };
        let known: Vec<_> = model.limits.iter().map(|state| state.limit.scope).collect();
        let removes = self.chance(50);
        let scope = if removes && !self.spoil(20) { self.pick(&known).unwrap_or(scope) } else { scope };
        let by = match scope {
            LimitScope::Account { account } => self.issuer(model, account),
            LimitScope::Bank { asset, .. } | LimitScope::Corridor { asset, .. } | LimitScope::Asset { asset } => {
                ParticipantId(u32::from(asset.0 % 2))
            }
        };
        if removes {
            return (by, Operation::Limit { reference, step: LimitStep::Remove { scope } });
        }
        let is_account = matches!(scope, LimitScope::Account { .. });
        let held = model.account(account).map_or(0, |account| u64::try_from(account.held).unwrap_or(0));
        let max = Amount(if self.spoil(20) { 20_000 } else { held.saturating_add(self.below(400_000)) });
        let balance_max = ((is_account && self.chance(50)) || self.spoil(10)).then_some(max);
        let payment_max = self.chance(50).then(|| Amount(20_000 + self.below(400_000)));
        let limit = Limit { scope, balance_max, payment_max, window: self.window() };
        (by, Operation::Limit { reference, step: LimitStep::Set { limit } })
    }

    pub(super) fn calendar(&mut self, _model: &Model) -> (ParticipantId, Operation) {
        let (reference, asset) = (self.reference(), self.asset());
        let today = self.now.date().0;
        let mut calendar = Calendar {
            weekend: 0b110_0000,
            holidays: vec![Date(today + 2), Date(today + 9)],
            opens: 120,
            closes: 1_380,
        };
        if self.spoil(60) {
            match self.below(4) {
                0 => calendar.weekend = self.one(&[0x7f, 0x80, 0xff]),
                1 => calendar.holidays.reverse(),
                2 => calendar.closes = self.one(&[120, 1_441]),
                _ => calendar.weekend = 0,
            }
        }
        let calendar = if self.chance(40) { None } else { Some(calendar) };
        (
            ParticipantId(u32::from(asset.0 % 2)),
            Operation::Calendar { reference, step: CalendarStep::Set { asset, calendar } },
        )
    }

    /// What every run begins with: money, and clients of every bank.
    pub fn beginning(&mut self, model: &Model) -> Vec<corridor_types::IdentifiedTransaction> {
        self.crooked = false;
        let mut items = Vec::new();
        for account in (0u32..).map(AccountId).take(model.accounts.len()) {
            let (reference, amount) = (self.reference(), Amount(150_000 + self.below(250_000)));
            let by = self.issuer(model, account);
            items.push(self.signed(
                model,
                by,
                Operation::Asset { reference, step: AssetStep::Issue { account, amount } },
            ));
        }
        for sponsor in
            Self::of_kind(model, ParticipantKind::Bank).into_iter().chain(Self::of_kind(model, ParticipantKind::Bank))
        {
            let reference = self.reference();
            let from = model.country(sponsor).unwrap().to_string();
            let corridors = [corridor(&from, "BR"), corridor(&from, "DE")].to_vec();
            let authorisation =
                ClientAuthorisation { sponsor, corridors, programme: None, ..self.authorisation(model) };
            let by = model.supervisor(sponsor).unwrap();
            items.push(self.signed(
                model,
                by,
                Operation::Client { reference, step: ClientStep::Authorise { authorisation } },
            ));
        }
        items
    }
}
