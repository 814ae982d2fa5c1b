//! Conservation of money, checked at every block: per asset, balances add up to what circulates,
//! and reserves add up to the payments that wait.
//!
//! The sums are carried from block to block by the difference that the touched accounts made, so
//! the check costs as much as the block touched; [`Sums::count`] counts anew from all accounts.

use std::collections::BTreeMap;

use corridor_types::{AssetId, Movement};

use crate::account::Accounts;
use crate::asset::Assets;
use crate::halt::invariant;
use crate::payment::OpenPayments;
use crate::slots::Slots;
use crate::{Account, Halt};

/// Checks the bookings of a block against what they left on the accounts.
///
/// # Errors
/// [`Halt::Invariant`].
pub(crate) fn check_bookings(movements: &[Movement], accounts: &Accounts) -> Result<(), Halt> {
    for movement in movements {
        let account = accounts.get(movement.account);
        let (bookings, held) = account.map_or((0, 0), |account| (account.movements, account.held()));
        invariant(movement.number <= bookings, "an account counts each of its bookings")?;
        let is_right = movement.number < bookings || movement.balance == held;
        invariant(is_right, "the last booking of an account tells what it holds")?;
    }
    Ok(())
}

/// What the accounts of one asset hold together, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sum {
    pub held: u128,
    pub reserved: u128,
}

/// The sums over all accounts by asset.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Sums(BTreeMap<AssetId, Sum>);

impl Sums {
    /// Counts all accounts.
    pub fn count(accounts: &Slots<Account>) -> Self {
        let mut sums = Self::default();
        accounts.iter().for_each(|(_, account)| sums.add(account));
        sums
    }

    /// The sums of one asset.
    pub fn of(&self, asset: AssetId) -> Sum {
        // An asset without accounts: they hold nothing.
        self.0.get(&asset).copied().unwrap_or(Sum { held: 0, reserved: 0 })
    }

    // Wrapping: a block may take before it gives, and 2^22 accounts of 2^65 each stay far below
    // 2^128, so a sum that truly fell below zero shows up as a huge one and fails the check.
    fn add(&mut self, account: &Account) {
        let sum = self.0.entry(account.asset).or_default();
        sum.held = sum.held.wrapping_add(account.held());
        sum.reserved = sum.reserved.wrapping_add(u128::from(account.reserved.0));
    }

    fn subtract(&mut self, account: &Account) {
        let sum = self.0.entry(account.asset).or_default();
        sum.held = sum.held.wrapping_sub(account.held());
        sum.reserved = sum.reserved.wrapping_sub(u128::from(account.reserved.0));
    }

    /// Replaces what the touched accounts held before by what they hold after.
    ///
    /// # Errors
    /// [`Halt::Invariant`]: an account became another one's, or lost a booking.
    pub fn update(&mut self, touched: &[(Account, Account)]) -> Result<(), Halt> {
        for (before, after) in touched {
            let same = (before.owner, before.asset) == (after.owner, after.asset);
            invariant(same, "an account keeps its owner and its asset")?;
            invariant(before.movements <= after.movements, "the bookings of an account only grow")?;
            let is_booked = before.held() == after.held() || before.movements < after.movements;
            invariant(is_booked, "what an account holds changes by bookings alone")?;
            self.subtract(before);
            self.add(after);
        }
        Ok(())
    }

    /// Compares with what circulates and with what is open.
    pub fn check(&self, assets: &Assets, payments: &OpenPayments) -> Result<(), Halt> {
        for (id, asset) in assets.iter() {
            let (Sum { held, reserved }, circulating, open) = (self.of(id), asset.circulating(), payments.reserved(id));
            if held != circulating || asset.redeemed > asset.issued {
                return Err(Halt::MoneyNotConserved { asset: id, held, circulating });
            }
            if reserved != open {
                return Err(Halt::ReservesNotBacked { asset: id, reserved, open });
            }
        }
        Ok(())
    }
}
