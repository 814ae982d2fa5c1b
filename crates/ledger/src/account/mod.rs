//! Accounts: balances, and the only code that moves money between them.
//!
//! Every movement is checked arithmetic that either happens whole or not at all. Whether a
//! movement is allowed is the rules' question; here a movement that does not fit is a [`Halt`].

mod rules;

use std::collections::BTreeMap;

use corridor_crypto::Digest;
use corridor_crypto::planted::{self, Bug};
use corridor_types::operations::FreezeMode;
use corridor_types::{AccountId, Amount, AssetId, Movement, MovementKind, ParticipantId, Uetr};

use crate::Halt;
use crate::journal::Journal;
use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};

/// What legal orders stop on an account: at most one order of either central bank that may give
/// one. Each ends its own only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Freezes {
    /// Ordered by the issuer of its asset, which may supervise its owner too.
    pub issuer: Option<FreezeMode>,
    /// Ordered by the supervisor of its owner, if that is another central bank.
    pub supervisor: Option<FreezeMode>,
}
corridor_types::codec_struct!(Freezes { issuer, supervisor });

impl Freezes {
    /// What both orders together stop.
    pub fn together(&self) -> Option<FreezeMode> {
        self.issuer.max(self.supervisor)
    }

    /// The issuer's order alone.
    #[cfg(test)]
    pub const fn by_issuer(issuer: Option<FreezeMode>) -> Self {
        Self { issuer, supervisor: None }
    }
}

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
    /// What legal orders stop, and whose.
    pub freezes: Freezes,
    /// How many bookings there were.
    pub movements: u64,
    /// The chain of their digests; see [`Movement::chain`].
    pub statement: Digest,
}
corridor_types::codec_struct!(Account {
    owner,
    asset,
    available,
    reserved,
    standing_consent,
    freezes,
    movements,
    statement,
});

impl Account {
    /// An account without money.
    pub const fn empty(owner: ParticipantId, asset: AssetId) -> Self {
        let (available, reserved, standing_consent) = (Amount::ZERO, Amount::ZERO, Amount::ZERO);
        let freezes = Freezes { issuer: None, supervisor: None };
        let (movements, statement) = (0, Digest::ZERO);
        Self { owner, asset, available, reserved, standing_consent, freezes, movements, statement }
    }

    /// What legal orders stop; absent if nothing.
    pub fn freeze(&self) -> Option<FreezeMode> {
        self.freezes.together()
    }

    /// True if money may leave.
    pub fn may_pay(&self) -> bool {
        self.freeze().is_none()
    }

    /// True if money may come in.
    pub fn may_receive(&self) -> bool {
        self.freeze() != Some(FreezeMode::All)
    }

    /// Available and reserved together, in minor units.
    pub fn held(&self) -> u128 {
        u128::from(self.available.0) + u128::from(self.reserved.0)
    }
}

/// What is booked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Booking {
    pub kind: MovementKind,
    pub reference: Uetr,
    pub amount: Amount,
}

/// Money from one account to another of the same asset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Transfer {
    pub from: AccountId,
    pub to: AccountId,
    pub amount: Amount,
    /// What it is on either side.
    pub kinds: (MovementKind, MovementKind),
    pub reference: Uetr,
}

/// A payment's two sides.
pub(crate) const PAYMENT: (MovementKind, MovementKind) = (MovementKind::PaymentOut, MovementKind::PaymentIn);

/// All accounts, by number.
#[derive(Debug, Clone)]
pub(crate) struct Accounts {
    pub slots: Slots<Account>,
    by_owner: BTreeMap<(ParticipantId, AssetId), Vec<AccountId>>,
    /// Each account touched since the last seal, as it was before.
    before: Vec<(AccountId, Account)>,
}

/// What is available on accounts in the end.
type Ends = Vec<(AccountId, Amount)>;

/// A change of one account's balances, or the word for what it could not do.
type BalanceChange = fn(&mut Account, Amount) -> Option<()>;

fn add(balance: &mut Amount, amount: Amount) -> Option<()> {
    *balance = balance.checked_add(amount)?;
    Some(())
}

fn take(balance: &mut Amount, amount: Amount) -> Option<()> {
    *balance = balance.checked_sub(amount)?;
    Some(())
}

const CREDIT: (BalanceChange, &str) = (|account, amount| add(&mut account.available, amount), "be credited");
const DEBIT: (BalanceChange, &str) = (|account, amount| take(&mut account.available, amount), "be debited");
const RESERVE: (BalanceChange, &str) =
    (|account, amount| take(&mut account.available, amount).and(add(&mut account.reserved, amount)), "reserve");
const RELEASE: (BalanceChange, &str) =
    (|account, amount| take(&mut account.reserved, amount).and(add(&mut account.available, amount)), "release");

impl Index<Account> for Accounts {
    fn new(slots: Slots<Account>, _: &Meta) -> Result<Self, Misplaced> {
        let mut by_owner = BTreeMap::<_, Vec<_>>::new();
        for (slot, account) in slots.iter() {
            by_owner.entry((account.owner, account.asset)).or_default().push(AccountId(slot));
        }
        Ok(Self { slots, by_owner, before: Vec::new() })
    }
}

impl Accounts {
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
        (movement, action): (BalanceChange, &'static str),
    ) -> Result<(), Halt> {
        let halt = Halt::BalanceImpossible { account: id, action };
        let account = self.edit(id).ok_or_else(|| halt.clone())?;
        let mut changed = *account;
        movement(&mut changed, amount).ok_or(halt)?;
        *account = changed;
        Ok(())
    }

    /// Books a movement out of or into what is available, and numbers it in the account's statement.
    pub fn book(&mut self, journal: &mut Journal, id: AccountId, booking: Booking) -> Result<(), Halt> {
        self.change(id, booking.amount, if booking.kind.is_credit() { CREDIT } else { DEBIT })?;
        let available = self.get(id).map_or(0, |account| u128::from(account.available.0));
        self.number(journal, id, booking, available)
    }

    /// Numbers a booking in the account's statement; `available` is what it left there.
    fn number(&mut self, journal: &mut Journal, id: AccountId, booking: Booking, available: u128) -> Result<(), Halt> {
        let Booking { kind, reference, amount } = booking;
        let halt = Halt::BalanceImpossible { account: id, action: "number a booking" };
        let account = self.edit(id).ok_or(halt)?;
        account.movements += 1;
        let (number, balance) = (account.movements, available + u128::from(account.reserved.0));
        let (height, time) = (journal.height, journal.time);
        let movement = Movement { account: id, number, height, time, kind, reference, amount, balance };
        account.statement = movement.chain(&account.statement);
        journal.movements.push(movement);
        Ok(())
    }

    /// Sets money aside for a payment.
    pub fn reserve(&mut self, id: AccountId, amount: Amount) -> Result<(), Halt> {
        self.change(id, amount, RESERVE)
    }

    /// Gives back what was set aside.
    pub fn release(&mut self, id: AccountId, amount: Amount) -> Result<(), Halt> {
        self.change(id, amount, RELEASE)
    }

    /// Books the two sides of a transfer between accounts of one asset.
    pub fn transfer(&mut self, journal: &mut Journal, transfer: Transfer) -> Result<(), Halt> {
        let Transfer { from, to, amount, kinds: (out, into), reference } = transfer;
        self.book(journal, from, Booking { kind: out, reference, amount })?;
        let amount = if planted::is(Bug::CreditLost) { Amount::ZERO } else { amount };
        self.book(journal, to, Booking { kind: into, reference, amount })
    }

    /// Books transfers that settle at the same moment, all credits before all debits: what counts
    /// is each account's net. Nothing is written unless every account can take its own.
    pub fn book_round(&mut self, journal: &mut Journal, transfers: &[Transfer]) -> Result<(), Halt> {
        let side = |id, kind, transfer: &Transfer| {
            (id, Booking { kind, reference: transfer.reference, amount: transfer.amount })
        };
        let credits = transfers.iter().map(|transfer| side(transfer.to, transfer.kinds.1, transfer));
        let debits = transfers.iter().map(|transfer| side(transfer.from, transfer.kinds.0, transfer));
        let bookings: Vec<_> = credits.chain(debits).collect();
        let (after_each, ends) = self.balances_after(&bookings)?;
        for ((id, booking), available) in bookings.into_iter().zip(after_each) {
            self.number(journal, id, booking, available)?;
        }
        for (account, available) in ends {
            let halt = Halt::BalanceImpossible { account, action: "take its net" };
            self.edit(account).ok_or(halt)?.available = available;
        }
        Ok(())
    }

    /// What is available after each booking, and on every account in the end. On the way there may
    /// be more than an account can hold.
    fn balances_after(&self, bookings: &[(AccountId, Booking)]) -> Result<(Vec<u128>, Ends), Halt> {
        let (mut running, mut after_each) = (BTreeMap::<AccountId, u128>::new(), Vec::with_capacity(bookings.len()));
        for (id, Booking { kind, amount, .. }) in bookings {
            let halt = || Halt::BalanceImpossible { account: *id, action: "pay its part of a round" };
            let before = self.get(*id).ok_or_else(halt)?.available;
            let balance = running.entry(*id).or_insert_with(|| u128::from(before.0));
            let amount = u128::from(amount.0);
            let after = if kind.is_credit() { balance.checked_add(amount) } else { balance.checked_sub(amount) };
            *balance = after.ok_or_else(halt)?;
            after_each.push(*balance);
        }
        let end = |(account, balance)| {
            let halt = Halt::BalanceImpossible { account, action: "hold its part of a round" };
            u64::try_from(balance).map(|balance| (account, Amount(balance))).map_err(|_| halt)
        };
        Ok((after_each, running.into_iter().map(end).collect::<Result<_, _>>()?))
    }

    /// Sets or ends freezes.
    pub fn set_freezes(&mut self, id: AccountId, freezes: Freezes) -> Result<(), Halt> {
        let halt = Halt::BalanceImpossible { account: id, action: "be frozen or unfrozen" };
        self.edit(id).ok_or(halt)?.freezes = freezes;
        Ok(())
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
        let count = before.len();
        let touched: Vec<_> =
            before.into_iter().filter_map(|(id, before)| Some((before, *self.slots.get(id.0)?))).collect();
        self.slots.demand(touched.len() == count, "an account is never removed");
        touched
    }
}
