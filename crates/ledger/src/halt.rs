//! Why a ledger stops for good. None of these can follow from what a client or a peer sent: each
//! means a defect in this program, damaged memory, or blocks fed in the wrong order.

use corridor_crypto::Digest;
use corridor_types::persist::Table;
use corridor_types::{AccountId, Amount, AssetId, Epoch, Height, LicenceHandle, PaymentStatus, Timestamp, Uetr};

use crate::transition::PaymentEvent;

/// An invariant broke. The node must stop before it signs anything about this block, and the
/// ledger answers every further block with the same halt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Halt {
    /// A block was executed out of order.
    #[error("block {got} was given where block {expected} is next; restore the ledger from its records")]
    OutOfOrder {
        /// The height after the current one.
        expected: Height,
        /// The height given.
        got: Height,
    },
    /// A block's time lies before the previous block's.
    #[error("block time {got} is before the previous block's {previous}")]
    TimeWentBack {
        /// The previous block's time.
        previous: Timestamp,
        /// The time given.
        got: Timestamp,
    },
    /// A block of another epoch than the one that the state has reached.
    #[error("a block of epoch {got} was given where the state is in epoch {expected}")]
    WrongEpoch {
        /// The epoch of the state.
        expected: Epoch,
        /// The block's epoch.
        got: Epoch,
    },
    /// The validators decided on a protocol version that this program does not know.
    #[error("from this block on protocol version {needed} holds, this program knows {known}; install a newer release")]
    UpgradeUnknown {
        /// The version decided on.
        needed: u32,
        /// The newest version that this program knows.
        known: u32,
    },
    /// A block hands over to validators that were not decided on before it.
    #[error("block {height} names the next validators {got}, which are neither the current nor the decided ones")]
    UnknownNextSet {
        /// The block's height.
        height: Height,
        /// The digest in its header.
        got: Digest,
    },
    /// The balances of an asset do not add up to what was issued and not redeemed.
    #[error("asset {asset}: balances add up to {held} where {circulating} circulates")]
    MoneyNotConserved {
        /// Number of the asset.
        asset: AssetId,
        /// Sum of available and reserved over all accounts, in minor units.
        held: u128,
        /// Issued minus redeemed, in minor units.
        circulating: u128,
    },
    /// The reserves of an asset do not add up to the payments that wait.
    #[error("asset {asset}: reserves add up to {reserved} where open payments add up to {open}")]
    ReservesNotBacked {
        /// Number of the asset.
        asset: AssetId,
        /// Sum of the reserves, in minor units.
        reserved: u128,
        /// Sum of the open payments, in minor units.
        open: u128,
    },
    /// An account cannot take a change that the rules had allowed.
    #[error("account {account} cannot {action}")]
    BalanceImpossible {
        /// The account that cannot take the change.
        account: AccountId,
        /// What was to be done to it.
        action: &'static str,
    },
    /// A licence cannot take a change that the rules had allowed.
    #[error("licence {licence} cannot {action}")]
    LicenceImpossible {
        /// Handle of the licence.
        licence: LicenceHandle,
        /// What was to be done to it.
        action: &'static str,
    },
    /// What is reserved of a licence is not what the open payments name, or more than it permits.
    #[error(
        "licence {licence}: {reserved} is reserved where open payments add up to {open}; {drawn} is drawn of {value}"
    )]
    LicenceNotBacked {
        /// Handle of the licence.
        licence: LicenceHandle,
        /// What it permits in all, in minor units.
        value: Amount,
        /// What is drawn, in minor units.
        drawn: Amount,
        /// What is reserved, in minor units.
        reserved: Amount,
        /// Sum over the open payments, in minor units.
        open: u128,
    },
    /// A payment was to move where no transition leads.
    #[error("payment {payment}: there is no way from {from:?} by {event:?}")]
    IllegalTransition {
        /// UETR of the payment.
        payment: Uetr,
        /// Where it stood; `None` if it was new.
        from: Option<PaymentStatus>,
        /// What was to happen to it.
        event: PaymentEvent,
    },
    /// What always holds does not.
    #[error("an invariant is broken: {rule}")]
    Invariant {
        /// What should hold.
        rule: &'static str,
    },
    /// A record that another record names is not there.
    #[error("table {} has no record {key} that another record names", table.0)]
    RecordMissing {
        /// Number of the table.
        table: Table,
        /// The record's slot or reference.
        key: String,
    },
}

/// Halts unless the rule holds. For what the rules before have made sure of, never for what a client
/// or a peer sent.
pub(crate) const fn invariant(holds: bool, rule: &'static str) -> Result<(), Halt> {
    if holds { Ok(()) } else { Err(Halt::Invariant { rule }) }
}

/// Remembers the first broken invariant where no error can be returned. Who owns it asks for the
/// verdict when the block is sealed, before anything about the block is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Watch {
    broken: Option<&'static str>,
}

impl Watch {
    /// Remembers the rule if it does not hold and is the first.
    pub fn demand(&mut self, holds: bool, rule: &'static str) {
        if !holds && self.broken.is_none() {
            self.broken = Some(rule);
        }
    }

    /// # Errors
    /// [`Halt::Invariant`] with the first rule that broke.
    pub fn verdict(self) -> Result<(), Halt> {
        match self.broken {
            None => Ok(()),
            Some(rule) => Err(Halt::Invariant { rule }),
        }
    }
}
