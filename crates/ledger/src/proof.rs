//! Proofs that an account holds what it holds, verified against a state commitment alone.

use corridor_crypto::Digest;
use corridor_types::codec::Reader;
use corridor_types::{AccountId, Decode, DecodeError, Encode};

use crate::slots::Slots;
use crate::tables;
use crate::tree::{HEIGHT, leaf, root_of_path};
use crate::{Account, StateRoots};

/// An account, its place in the table's tree, and the roots under the commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountProof {
    /// Number of the account.
    pub id: AccountId,
    /// What it holds.
    pub account: Account,
    /// The siblings from its leaf upwards.
    pub path: [Digest; HEIGHT],
    /// What the commitment is the digest of.
    pub roots: StateRoots,
}

/// Why a proof was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountProofError {
    /// The roots are not those under the commitment.
    #[error("the proof is of state {got}, not of {expected}")]
    OtherState {
        /// The digest of the proof's roots.
        got: Digest,
        /// The commitment given.
        expected: Digest,
    },
    /// The account is not at this place.
    #[error("account {account} does not hold what the proof says")]
    NotIncluded {
        /// Number of the account.
        account: AccountId,
    },
}

impl AccountProof {
    pub(crate) fn new(id: AccountId, accounts: &Slots<Account>, roots: StateRoots) -> Option<Self> {
        Some(Self { id, account: *accounts.get(id.0)?, path: accounts.path(id.0), roots })
    }

    /// Checks the proof against a commitment, such as a certified outcome's `state`.
    ///
    /// # Errors
    /// [`AccountProofError`].
    pub fn verify(&self, state: &Digest) -> Result<(), AccountProofError> {
        let got = self.roots.digest();
        if got != *state {
            return Err(AccountProofError::OtherState { got, expected: *state });
        }
        let leaf = leaf(tables::ACCOUNTS, self.id.0, Some(&self.account.to_bytes()));
        if root_of_path(leaf, self.id.0, &self.path) == self.roots.tables.accounts {
            Ok(())
        } else {
            Err(AccountProofError::NotIncluded { account: self.id })
        }
    }
}

impl Encode for AccountProof {
    fn encode(&self, out: &mut Vec<u8>) {
        self.id.encode(out);
        self.account.encode(out);
        self.path.iter().for_each(|sibling| sibling.encode(out));
        self.roots.encode(out);
    }
}

impl Decode for AccountProof {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (id, account) = (Decode::decode(reader)?, Decode::decode(reader)?);
        let mut path = [Digest::ZERO; HEIGHT];
        for sibling in &mut path {
            *sibling = Decode::decode(reader)?;
        }
        Ok(Self { id, account, path, roots: Decode::decode(reader)? })
    }
}
