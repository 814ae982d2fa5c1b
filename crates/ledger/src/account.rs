//! Accounts: balances, and the only code that moves money between them.
//!
//! Every movement is checked arithmetic that either happens whole or not at all. Whether a
//! movement is allowed is the rules' question; here a movement that does not fit is a [`Halt`].

use std::collections::BTreeMap;

use corridor_crypto::planted::{self, Bug};
use corridor_types::persist::Table;
use corridor_types::{AccountId, Amount, AssetId, ParticipantId};

use crate::Halt;
use crate::limits::MAX_ACCOUNTS;
use crate::slots::{Record, Slots, tables};

/// An account of a participant in one asset. Amounts are in the asset's minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Whose it is; never changes.
    pub owner: ParticipantId,
    /// In which asset; never changes.
    pub asset: AssetId,
    /// What may be paid out.
    pub available: Amount,
    /// What is set aside for payments that wait for their attestation.
    pub reserved: Amount,
    /// Payments to this account up to here are attested in advance; zero: none are.
    pub standing_consent: Amount,
}
corridor_types::codec_struct!(Account { owner, asset, available, reserved, standing_consent });

impl Account {
    /// An account without money.
    pub const fn empty(owner: ParticipantId, asset: AssetId) -> Self {
        Self { owner, asset, available: Amount::ZERO, reserved: Amount::ZERO, standing_consent: Amount::ZERO }
    }

    /// Available and reserved together, in minor units.
    pub fn held(&self) -> u128 {
        u128::from(self.available.0) + u128::from(self.reserved.0)
    }
}

impl Record for Account {
    const TABLE: Table = tables::ACCOUNTS;
    const LIMIT: u32 = MAX_ACCOUNTS;
}

/// All accounts.
#[derive(Debug, Clone)]
pub(crate) struct Accounts {
    pub slots: Slots<Account>,
    by_owner: BTreeMap<(ParticipantId, AssetId), Vec<AccountId>>,
    /// Each account touched since the last seal, as it was before.
    before: Vec<(AccountId, Account)>,
}

/// A change of one account's balances, or the word for what it could not do.
type Movement = fn(&mut Account, Amount) -> Option<()>;

fn add(balance: &mut Amount, amount: Amount) -> Option<()> {
    *balance = balance.checked_add(amount)?;
    Some(())
}

fn take(balance: &mut Amount, amount: Amount) -> Option<()> {
    *balance = balance.checked_sub(amount)?;
    Some(())
}

const CREDIT: (Movement, &str) = (|account, amount| add(&mut account.available, amount), "be credited");
const DEBIT: (Movement, &str) = (|account, amount| take(&mut account.available, amount), "be debited");
const SPEND_RESERVE: (Movement, &str) = (|account, amount| take(&mut account.reserved, amount), "spend its reserve");
const RESERVE: (Movement, &str) =
    (|account, amount| take(&mut account.available, amount).and(add(&mut account.reserved, amount)), "reserve");
const RELEASE: (Movement, &str) =
    (|account, amount| take(&mut account.reserved, amount).and(add(&mut account.available, amount)), "release");

impl Accounts {
    pub fn new(slots: Slots<Account>) -> Self {
        let mut by_owner = BTreeMap::<_, Vec<_>>::new();
        for (slot, account) in slots.iter() {
            by_owner.entry((account.owner, account.asset)).or_default().push(AccountId(slot));
        }
        Self { slots, by_owner, before: Vec::new() }
    }

    pub fn get(&self, id: AccountId) -> Option<&Account> {
        self.slots.get(id.0)
    }

    /// The accounts of a participant, by asset and then by number.
    pub fn of(&self, owner: ParticipantId) -> impl Iterator<Item = AccountId> {
        let range = (owner, AssetId(0))..=(owner, AssetId(u16::MAX));
        self.by_owner.range(range).flat_map(|(_, ids)| ids).copied()
    }

    /// The first account that a participant got in an asset.
    pub fn first_of(&self, owner: ParticipantId, asset: AssetId) -> Option<AccountId> {
        self.by_owner.get(&(owner, asset))?.first().copied()
    }

    pub fn open(&mut self, owner: ParticipantId, asset: AssetId) -> AccountId {
        let account = Account::empty(owner, asset);
        let id = AccountId(self.slots.append(account));
        self.by_owner.entry((owner, asset)).or_default().push(id);
        self.before.push((id, account));
        id
    }

    fn edit(&mut self, id: AccountId) -> Option<&mut Account> {
        if !self.slots.is_touched(id.0) {
            let before = *self.slots.get(id.0)?;
            self.before.push((id, before));
        }
        self.slots.edit(id.0)
    }

    fn change(
        &mut self,
        id: AccountId,
        amount: Amount,
        (movement, action): (Movement, &'static str),
    ) -> Result<(), Halt> {
        let halt = Halt::BalanceImpossible { account: id, action };
        let account = self.edit(id).ok_or_else(|| halt.clone())?;
        let mut changed = *account;
        movement(&mut changed, amount).ok_or(halt)?;
        *account = changed;
        Ok(())
    }

    /// Adds new money.
    pub fn credit(&mut self, id: AccountId, amount: Amount) -> Result<(), Halt> {
        self.change(id, amount, CREDIT)
    }

    /// Takes money away.
    pub fn debit(&mut self, id: AccountId, amount: Amount) -> Result<(), Halt> {
        self.change(id, amount, DEBIT)
    }

    /// Sets money aside for a payment.
    pub fn reserve(&mut self, id: AccountId, amount: Amount) -> Result<(), Halt> {
        self.change(id, amount, RESERVE)
    }

    /// Gives back what was set aside.
    pub fn release(&mut self, id: AccountId, amount: Amount) -> Result<(), Halt> {
        self.change(id, amount, RELEASE)
    }

    /// Settles out of the available balance.
    pub fn transfer(&mut self, debtor: AccountId, creditor: AccountId, amount: Amount) -> Result<(), Halt> {
        self.change(debtor, amount, DEBIT)?;
        self.change(creditor, amount, CREDIT)
    }

    /// Settles out of the reserve.
    pub fn transfer_reserved(&mut self, debtor: AccountId, creditor: AccountId, amount: Amount) -> Result<(), Halt> {
        self.change(debtor, amount, SPEND_RESERVE)?;
        let amount = if planted::is(Bug::CreditLost) { Amount::ZERO } else { amount };
        self.change(creditor, amount, CREDIT)
    }

    /// Sets the standing consent.
    pub fn set_consent(&mut self, id: AccountId, up_to: Amount) -> Result<(), Halt> {
        let halt = Halt::BalanceImpossible { account: id, action: "take a consent" };
        self.edit(id).ok_or(halt)?.standing_consent = up_to;
        Ok(())
    }

    /// Every account touched since the last call, before and after.
    pub fn take_touched(&mut self) -> Vec<(Account, Account)> {
        let before = std::mem::take(&mut self.before);
        before.into_iter().filter_map(|(id, before)| Some((before, *self.slots.get(id.0)?))).collect()
    }
}
