//! Accounts, clients, participants, legal orders and limits in the model.

use std::collections::BTreeSet;

use corridor_types::operations::{
    AssetStep, FreezeMode, Limit, LimitScope, LimitStep, OrderStep, OrderTarget, ParticipantStep,
};
use corridor_types::{
    AccountId, Amount, AssetId, ClientAuthorisation, Code, KeyEntry, Operation, ParticipantEntry, ParticipantId,
    ParticipantKind,
};

use super::state::{Check, Client, LimitState, Model, Person, ascending, need, whole};
use crate::ParticipantStatus;

impl Model {
    pub fn issuer_asks(&self, by: ParticipantId, asset: AssetId) -> Check {
        need(self.asset(asset).is_none_or(|asset| asset.issuer == by), Code::NotIssuer)
    }

    pub fn issuer_of_account_asks(&self, by: ParticipantId, account: AccountId) -> Check {
        self.account(account).map_or(Ok(()), |account| self.issuer_asks(by, account.asset))
    }

    pub fn supervisor_asks(&self, by: ParticipantId, of: ParticipantId) -> Check {
        need(self.supervisor(of).is_none_or(|supervisor| supervisor == by), Code::NotSupervisor)
    }

    pub fn central_bank_asks(&self, by: ParticipantId) -> Check {
        need(self.kind_of(by) == Some(ParticipantKind::CentralBank), Code::NotSupervisor)
    }

    pub fn owner_asks(&self, by: ParticipantId, account: AccountId) -> Check {
        need(self.owner(account).is_none_or(|owner| owner == by), Code::NotAccountOwner)
    }

    pub fn issue_rules(&self, id: AccountId, amount: Amount) -> Check {
        let account = self.account(id).ok_or(Code::UnknownAccount)?;
        need(amount.0 > 0, Code::AmountZero)?;
        let asset = self.asset(account.asset).unwrap();
        let after = asset.issued - asset.redeemed + whole(amount);
        need(after <= i128::from(u64::MAX), Code::AmountOverflow)?;
        need(self.may_receive(id), Code::AccountFrozen)?;
        need(self.has_room(id, whole(amount)), Code::BalanceLimitExceeded)
    }

    pub fn redeem_rules(&self, id: AccountId, amount: Amount) -> Check {
        self.account(id).ok_or(Code::UnknownAccount)?;
        need(amount.0 > 0, Code::AmountZero)?;
        need(self.may_pay(id), Code::AccountFrozen)?;
        need(whole(amount) <= self.available(id), Code::InsufficientFunds)
    }

    pub fn account_rules(&self, owner: ParticipantId, asset: AssetId) -> Check {
        self.asset(asset).ok_or(Code::UnknownAsset)?;
        self.person(owner).ok_or(Code::UnknownParticipant)?;
        need(self.accounts.len() < self.bounds.accounts as usize, Code::CapacityExceeded)
    }

    pub fn client_rules(&self, client: &ClientAuthorisation) -> Check {
        self.person(client.sponsor).ok_or(Code::UnknownParticipant)?;
        let filled = ascending(&client.assets, 1, 64) && ascending(&client.corridors, 1, 64);
        let lasts = client.valid_from < client.valid_until;
        let window = client.window.is_none_or(|window| window.length_ms > 0);
        need(filled && lasts && window, Code::AuthorisationMalformed)?;
        if let Some(number) = client.programme {
            let (programme, closed) = self.programmes.get(number.0 as usize).ok_or(Code::UnknownProgramme)?;
            need(!closed, Code::ProgrammeClosed)?;
            need(programme.members.contains(&client.sponsor), Code::NotProgrammeMember)?;
        }
        need(client.assets.iter().all(|asset| self.asset(*asset).is_some()), Code::UnknownAsset)?;
        need(!self.clients.contains_key(&client.handle), Code::ClientExists)?;
        need(self.clients.len() < self.bounds.clients as usize, Code::CapacityExceeded)
    }

    pub fn authorise(&mut self, authorisation: &ClientAuthorisation) {
        let client = Client { authorisation: authorisation.clone(), revoked: false, frozen: false };
        self.clients.insert(authorisation.handle, client);
    }

    pub fn participant_authority(&self, by: ParticipantId, step: &ParticipantStep) -> Check {
        match step {
            ParticipantStep::Apply { entry } => {
                need(self.kind_of(by) == Some(ParticipantKind::CentralBank), Code::NotCentralBank)?;
                need(entry.supervisor == by, Code::NotSupervisor)
            }
            ParticipantStep::Authorise { participant }
            | ParticipantStep::Suspend { participant }
            | ParticipantStep::Revoke { participant } => {
                self.central_bank_asks(by)?;
                self.supervisor_asks(by, *participant)
            }
            ParticipantStep::AddKey { participant, .. } | ParticipantStep::RemoveKey { participant, .. } => {
                if *participant == by {
                    Ok(())
                } else {
                    self.supervisor_asks(by, *participant)
                }
            }
            ParticipantStep::SetApprovals { .. } | ParticipantStep::SetSealingKey { .. } => Ok(()),
        }
    }

    pub fn participant_rules(&self, by: ParticipantId, step: &ParticipantStep) -> Check {
        use ParticipantStatus::{Applied, Authorised, Suspended};
        match step {
            ParticipantStep::Apply { entry } => {
                need(entry.kind != ParticipantKind::CentralBank, Code::ParticipantMalformed)?;
                self.newcomer_rules(entry)
            }
            ParticipantStep::Authorise { participant } => self.may_become(by, *participant, &[Applied, Suspended]),
            ParticipantStep::Suspend { participant } => self.may_become(by, *participant, &[Authorised]),
            ParticipantStep::Revoke { participant } => {
                self.may_become(by, *participant, &[Applied, Authorised, Suspended])
            }
            ParticipantStep::AddKey { participant, entry } => {
                let person = self.not_revoked(*participant)?;
                self.key_is_free(entry)?;
                need(person.entry.keys.len() < 32, Code::CapacityExceeded)
            }
            ParticipantStep::RemoveKey { participant, key } => {
                let keys = &self.not_revoked(*participant)?.entry.keys;
                let role = keys.iter().find(|own| own.key == *key).ok_or(Code::UnknownKey)?.role;
                need(keys.iter().filter(|own| own.role == role).count() > 1, Code::LastKey)
            }
            ParticipantStep::SetApprovals { rule } => {
                self.asset(rule.asset).ok_or(Code::ApprovalRuleMalformed)?;
                need(rule.checkers < 32, Code::ApprovalRuleMalformed)
            }
            ParticipantStep::SetSealingKey { .. } => Ok(()),
        }
    }

    /// Names and keys of who is to become a participant.
    pub fn newcomer_rules(&self, entry: &ParticipantEntry) -> Check {
        need((1..=140).contains(&entry.name.len()), Code::ParticipantMalformed)?;
        need(entry.bic.country() == Some(entry.country), Code::ParticipantMalformed)?;
        let taken = |other: &Person| other.entry.lei == entry.lei || other.entry.bic == entry.bic;
        need(!self.people.iter().any(taken), Code::ParticipantExists)?;
        self.newcomer_keys(entry)?;
        need(self.people.len() < self.bounds.participants as usize, Code::CapacityExceeded)
    }

    fn newcomer_keys(&self, entry: &ParticipantEntry) -> Check {
        need(entry.keys.len() <= 32, Code::ParticipantMalformed)?;
        let mut seen = BTreeSet::new();
        for key in &entry.keys {
            need(seen.insert(key.key), Code::ParticipantMalformed)?;
            self.key_is_free(key)?;
        }
        Ok(())
    }

    fn key_is_free(&self, entry: &KeyEntry) -> Check {
        need(entry.key.validate().is_ok(), Code::ParticipantMalformed)?;
        let registered = self.keys().any(|(_, other)| other.key == entry.key);
        need(!registered && !self.node_keys.contains(&entry.key), Code::KeyInUse)
    }

    fn not_revoked(&self, id: ParticipantId) -> Result<&Person, Code> {
        let person = self.person(id).ok_or(Code::UnknownParticipant)?;
        need(person.status != ParticipantStatus::Revoked, Code::WrongParticipantStatus)?;
        Ok(person)
    }

    fn may_become(&self, by: ParticipantId, whose: ParticipantId, from: &[ParticipantStatus]) -> Check {
        let person = self.person(whose).ok_or(Code::UnknownParticipant)?;
        need(by != whose && from.contains(&person.status), Code::WrongParticipantStatus)
    }

    pub fn take_step(&mut self, by: ParticipantId, step: &ParticipantStep) {
        match step {
            ParticipantStep::Apply { entry } => self.admit(entry, ParticipantStatus::Applied),
            ParticipantStep::Authorise { participant } => self.at(*participant).status = ParticipantStatus::Authorised,
            ParticipantStep::Suspend { participant } => self.at(*participant).status = ParticipantStatus::Suspended,
            ParticipantStep::Revoke { participant } => self.at(*participant).status = ParticipantStatus::Revoked,
            ParticipantStep::AddKey { participant, entry } => self.at(*participant).entry.keys.push(*entry),
            ParticipantStep::RemoveKey { participant, key } => {
                self.at(*participant).entry.keys.retain(|own| own.key != *key);
            }
            ParticipantStep::SetApprovals { rule } => {
                let rules = &mut self.at(by).checkers;
                if rule.checkers == 0 {
                    rules.remove(&rule.asset);
                } else {
                    rules.insert(rule.asset, *rule);
                }
            }
            ParticipantStep::SetSealingKey { key } => self.at(by).sealing_key = Some(*key),
        }
    }

    fn at(&mut self, id: ParticipantId) -> &mut Person {
        &mut self.people[id.0 as usize]
    }

    pub fn admit(&mut self, entry: &ParticipantEntry, status: ParticipantStatus) {
        let checkers = std::collections::BTreeMap::new();
        self.people.push(Person { entry: entry.clone(), status, checkers, sealing_key: None });
    }

    pub fn order_authority(&self, by: ParticipantId, step: &OrderStep) -> Check {
        match step {
            OrderStep::Freeze { target: OrderTarget::Account { account }, .. }
            | OrderStep::Unfreeze { target: OrderTarget::Account { account }, .. } => {
                let Some(account) = self.account(*account) else { return Ok(()) };
                let issues = self.asset(account.asset).is_some_and(|asset| asset.issuer == by);
                need(issues || self.supervisor(account.owner) == Some(by), Code::NotIssuer)
            }
            OrderStep::Freeze { target: OrderTarget::Client { handle }, .. }
            | OrderStep::Unfreeze { target: OrderTarget::Client { handle }, .. } => {
                let sponsor = self.clients.get(handle).map(|client| client.authorisation.sponsor);
                sponsor.map_or(Ok(()), |sponsor| self.supervisor_asks(by, sponsor))
            }
            OrderStep::Seize { account, .. } => self.issuer_of_account_asks(by, *account),
        }
    }

    pub fn order_rules(&self, by: ParticipantId, step: &OrderStep) -> Check {
        match step {
            OrderStep::Freeze { target: OrderTarget::Account { account }, mode, .. } => {
                let account = self.account(*account).ok_or(Code::UnknownAccount)?;
                need(account.freezes.get(&by) != Some(mode), Code::AlreadyFrozen)
            }
            OrderStep::Unfreeze { target: OrderTarget::Account { account }, .. } => {
                let account = self.account(*account).ok_or(Code::UnknownAccount)?;
                need(account.freezes.contains_key(&by), Code::NotFrozen)
            }
            OrderStep::Freeze { target: OrderTarget::Client { handle }, mode, .. } => {
                let client = self.clients.get(handle).ok_or(Code::UnknownClient)?;
                need(*mode == FreezeMode::Debits, Code::FreezeModeInvalid)?;
                need(!client.frozen, Code::AlreadyFrozen)
            }
            OrderStep::Unfreeze { target: OrderTarget::Client { handle }, .. } => {
                let client = self.clients.get(handle).ok_or(Code::UnknownClient)?;
                need(client.frozen, Code::NotFrozen)
            }
            OrderStep::Seize { account: from, amount, to, .. } => {
                let account = self.account(*from).ok_or(Code::UnknownAccount)?;
                let other = self.account(*to).ok_or(Code::UnknownAccount)?;
                need(from != to, Code::SameAccount)?;
                need(account.asset == other.asset, Code::AssetMismatch)?;
                need(amount.0 > 0, Code::AmountZero)?;
                need(!self.may_pay(*from), Code::NotFrozen)?;
                need(self.may_receive(*to), Code::AccountFrozen)?;
                need(whole(*amount) <= self.available(*from), Code::InsufficientFunds)
            }
        }
    }

    pub fn order(&mut self, by: ParticipantId, step: &OrderStep) {
        match step {
            OrderStep::Freeze { target: OrderTarget::Account { account }, mode, .. } => {
                self.accounts[account.0 as usize].freezes.insert(by, *mode);
            }
            OrderStep::Unfreeze { target: OrderTarget::Account { account }, .. } => {
                self.accounts[account.0 as usize].freezes.remove(&by);
            }
            OrderStep::Freeze { target: OrderTarget::Client { handle }, .. } => {
                self.clients.get_mut(handle).unwrap().frozen = true;
            }
            OrderStep::Unfreeze { target: OrderTarget::Client { handle }, .. } => {
                self.clients.get_mut(handle).unwrap().frozen = false;
            }
            OrderStep::Seize { account, amount, to, .. } => self.transfer(*account, *to, whole(*amount)),
        }
    }

    pub fn limit_authority(&self, by: ParticipantId, step: &LimitStep) -> Check {
        let (LimitStep::Set { limit: Limit { scope, .. } } | LimitStep::Remove { scope }) = step;
        match scope {
            LimitScope::Account { account } => self.issuer_of_account_asks(by, *account),
            LimitScope::Bank { asset, .. } | LimitScope::Corridor { asset, .. } | LimitScope::Asset { asset } => {
                self.issuer_asks(by, *asset)
            }
        }
    }

    pub fn limit_rules(&self, step: &LimitStep) -> Check {
        let known = |scope: &LimitScope| self.limits.iter().any(|state| state.limit.scope == *scope);
        let limit = match step {
            LimitStep::Remove { scope } => return need(known(scope), Code::UnknownLimit),
            LimitStep::Set { limit } => limit,
        };
        match limit.scope {
            LimitScope::Account { account } => need(self.account(account).is_some(), Code::UnknownAccount)?,
            LimitScope::Bank { participant, asset } => {
                need(self.person(participant).is_some(), Code::UnknownParticipant)?;
                need(self.asset(asset).is_some(), Code::UnknownAsset)?;
            }
            LimitScope::Corridor { asset, .. } | LimitScope::Asset { asset } => {
                need(self.asset(asset).is_some(), Code::UnknownAsset)?;
            }
        }
        let something = limit.balance_max.is_some() || limit.payment_max.is_some() || limit.window.is_some();
        let lasts = limit.window.is_none_or(|window| window.length_ms > 0);
        let of_account = matches!(limit.scope, LimitScope::Account { .. }) || limit.balance_max.is_none();
        need(something && lasts && of_account, Code::LimitMalformed)?;
        need(known(&limit.scope) || self.limits.len() < self.bounds.limits as usize, Code::CapacityExceeded)
    }

    pub fn limit(&mut self, step: &LimitStep) {
        let (LimitStep::Set { limit: Limit { scope, .. } } | LimitStep::Remove { scope }) = step;
        let before = self.limits.iter().position(|state| state.limit.scope == *scope).map(|n| self.limits.remove(n));
        let LimitStep::Set { limit } = step else { return };
        let length = |limit: &Limit| limit.window.map(|window| window.length_ms);
        let goes_on = before.filter(|before| limit.window.is_some() && length(&before.limit) == length(limit));
        let fresh = LimitState { limit: *limit, since: self.now, counted: Vec::new() };
        self.limits.push(goes_on.map_or(fresh, |before| LimitState { limit: *limit, ..before }));
    }

    pub fn money(&mut self, operation: &Operation) {
        match operation {
            Operation::Asset { step: AssetStep::Issue { account, amount }, .. } => {
                let asset = usize::from(self.accounts[account.0 as usize].asset.0);
                self.assets[asset].issued += whole(*amount);
                self.book(*account, whole(*amount));
            }
            Operation::Asset { step: AssetStep::Redeem { account, amount }, .. } => {
                let asset = usize::from(self.accounts[account.0 as usize].asset.0);
                self.assets[asset].redeemed += whole(*amount);
                self.book(*account, -whole(*amount));
            }
            _ => (),
        }
    }
}
