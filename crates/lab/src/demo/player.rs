//! One institution of a story: its number on the ledger, its node, and the keys of its officers.
//! It signs; it decides nothing.

use std::collections::BTreeMap;

use corridor_cli::clock;
use corridor_cli::failure::Failure;
use corridor_cli::keyring;
use corridor_cli::profile::Profile;
use corridor_cli::session::{Session, participant_by_bic};
use corridor_crypto::{SecretKey, SigningContext};
use corridor_types::{CountryCode, Genesis, KeyRole, Operation, ParticipantId, Transaction};

/// How long a signed operation of a story stays valid.
const VALID_FOR_MS: u64 = 120_000;

/// Keys by role, in the order of the profile.
pub type Keys = BTreeMap<KeyRole, Vec<SecretKey>>;

/// An institution that acts.
pub struct Player {
    /// Its folder's name, by which the story calls it.
    pub folder: String,
    /// Its name as people write it.
    pub name: String,
    /// Its number in the registry.
    pub id: ParticipantId,
    /// Country of its seat, ISO 3166-1.
    pub country: CountryCode,
    /// The node that it speaks to.
    pub session: Session,
    context: SigningContext,
    keys: Keys,
}

impl Player {
    /// An institution of the genesis, with all keys that its profile lists.
    ///
    /// # Errors
    /// A usage failure if its files were changed.
    pub fn of_profile(folder: &str, profile: Profile, genesis: &Genesis) -> Result<Self, Failure> {
        let missing = || Failure::usage(format!("the profile of {folder} names no participant"));
        let (id, entry) = participant_by_bic(genesis, profile.participant.ok_or_else(missing)?)?;
        let keys = all_keys(&profile)?;
        let session = Session::open(profile)?;
        let name = entry.name.trim_end_matches(" (test)").to_owned();
        let context = genesis.signing_context();
        Ok(Self { folder: folder.to_owned(), name, id, country: entry.country, session, context, keys })
    }

    /// An institution that was admitted later: the genesis does not know its number, the ledger does.
    ///
    /// # Errors
    /// A usage failure if the profile names no node.
    pub fn newcomer(folder: &str, name: &str, id: ParticipantId, like: &Self, keys: Keys) -> Result<Self, Failure> {
        let (name, folder) = (name.to_owned(), folder.to_owned());
        let session = Session::open(like.session.profile.clone())?;
        Ok(Self { folder, name, id, country: like.country, session, context: like.context, keys })
    }

    /// The first `count` keys of a role.
    ///
    /// # Errors
    /// An internal failure if it has fewer.
    pub fn keys(&self, role: KeyRole, count: usize) -> Result<Vec<&SecretKey>, Failure> {
        let keys: Vec<_> = self.keys.get(&role).into_iter().flatten().take(count).collect();
        let missing = || Failure::internal(format!("{} has no {count} keys as {role}", self.name));
        if keys.len() == count { Ok(keys) } else { Err(missing()) }
    }

    /// An operation of this institution, signed with these keys.
    pub fn sign(&self, operation: Operation, keys: &[&SecretKey]) -> Transaction {
        let valid_until = clock::now().plus_ms(VALID_FOR_MS);
        Transaction::sign(&self.context, self.id, valid_until, operation, keys)
    }

    /// An operation of this institution, signed with its first `count` keys of a role.
    ///
    /// # Errors
    /// An internal failure if it has fewer.
    pub fn act(&self, role: KeyRole, count: usize, operation: Operation) -> Result<Transaction, Failure> {
        Ok(self.sign(operation, &self.keys(role, count)?))
    }
}

fn all_keys(profile: &Profile) -> Result<Keys, Failure> {
    let of = |role: &KeyRole| {
        let files = profile.keys.of(*role).iter();
        let keys = files.map(|file| keyring::read(file, (*role).into())).collect::<Result<Vec<_>, _>>()?;
        Ok((*role, keys))
    };
    KeyRole::ALL.iter().map(of).collect()
}
