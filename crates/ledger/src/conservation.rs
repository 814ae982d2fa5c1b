//! Conservation of money, checked at every block: per asset, balances add up to what circulates,
//! and reserves add up to the payments that wait.
//!
//! The sums are carried from block to block by the difference that the touched accounts made, so
//! the check costs as much as the block touched; [`Sums::count`] counts anew from all accounts.

use std::collections::BTreeMap;

use corridor_types::AssetId;

use crate::asset::Assets;
use crate::payment::OpenPayments;
use crate::slots::Slots;
use crate::{Account, Halt};

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
        self.0.get(&asset).copied().unwrap_or_default()
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
    pub fn update(&mut self, touched: &[(Account, Account)]) {
        for (before, after) in touched {
            self.subtract(before);
            self.add(after);
        }
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
