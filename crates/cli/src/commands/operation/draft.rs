//! `corridor operation sign` and `send`: an operation that several institutions sign, as a file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use corridor_crypto::PublicKey;
use corridor_types::{Genesis, KeyRole, ParticipantId, Timestamp, Transaction};
use serde::Serialize;
use serde_json::Value;

use super::{signing, template};
use crate::actor::{Act, Actor, decided, deliver};
use crate::decision::Decision;
use crate::failure::Failure;
use crate::output::Output;
use crate::registry::Registry;
use crate::session::Connect;
use crate::{clock, draft};

/// Runs `sign`.
///
/// # Errors
/// [`Failure`].
pub async fn sign(file: &Path, roles: &[KeyRole], act: &Act, output: Output) -> Result<(), Failure> {
    let mut transaction = draft::read(file)?;
    let actor = signing::actor_for(act, roles, &transaction.operation)?;
    actor.add_signatures(&mut transaction);
    draft::write(file, &transaction)?;
    output.show(&Summary::of(file, transaction, &actor).await?)
}

/// Runs `send`.
///
/// # Errors
/// [`Failure`].
pub async fn send(file: &Path, timeout_s: u64, connect: &Connect, output: Output) -> Result<(), Failure> {
    let (session, transaction) = (connect.open()?, draft::read(file)?);
    let genesis = session.genesis()?;
    check_signatures(file, &transaction, &genesis)?;
    let empty = || Failure::usage(format!("{}: the list of payments is empty", file.display()));
    let reference = transaction.operation.reference().ok_or_else(empty)?;
    let patience = Duration::from_secs(timeout_s);
    deliver(&session, &transaction, patience).await?;
    let view = decided(&session, reference, patience).await?;
    output.show(&Decision::new(format!("Decided {}", template::name_of(&transaction.operation)?), &view))
}

fn check_signatures(file: &Path, transaction: &Transaction, genesis: &Genesis) -> Result<(), Failure> {
    let signatures = draft::signatures(transaction, genesis);
    let file = file.display();
    if signatures.is_empty() {
        return Err(Failure::usage(format!("{file}: nobody has signed it; use `corridor operation sign {file}`")));
    }
    match signatures.iter().find(|(_, holds)| !holds) {
        Some((key, _)) => Err(Failure::usage(format!(
            "{file}: approvals: the signature by {key} does not hold on this chain; the file was changed after it was \
             signed, so sign it again"
        ))),
        None => Ok(()),
    }
}

/// A signature that a file holds.
#[derive(Debug, Serialize)]
struct Signed {
    key: PublicKey,
    /// The institution whose key is asked for.
    by: String,
    holds: bool,
}

/// What a person checks before and after signing.
#[derive(Debug, Serialize)]
pub struct Summary {
    file: PathBuf,
    name: String,
    /// Who submits it.
    participant: ParticipantId,
    operation: Value,
    valid_until: Timestamp,
    /// Who must sign, in words.
    needs: String,
    signed: Vec<Signed>,
}

impl Summary {
    /// Of a file, with the owners of keys as the ledger knows them, or else the genesis.
    ///
    /// # Errors
    /// An internal failure: an operation without a form in JSON.
    pub async fn of(file: &Path, transaction: Transaction, actor: &Actor) -> Result<Self, Failure> {
        let registry = Registry::known(&actor.session, &actor.genesis).await;
        let signatures = draft::signatures(&transaction, &actor.genesis).into_iter();
        let name = template::name_of(&transaction.operation)?;
        Ok(Self {
            file: file.to_owned(),
            name,
            participant: transaction.participant,
            operation: serde_json::to_value(&transaction.operation).map_err(Failure::internal)?,
            valid_until: transaction.valid_until,
            needs: template::needs(&transaction.operation),
            signed: signatures.map(|(key, holds)| Signed { key, by: owner(&registry, &key), holds }).collect(),
        })
    }
}

fn owner(registry: &Registry, key: &PublicKey) -> String {
    let found = registry.owner_of(key).map(|(member, role)| format!("{} as {role}", member.bic));
    found.unwrap_or_else(|| "a key that is not registered, as far as is known here".to_owned())
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, operation) =
            (self.file.display(), serde_json::to_string_pretty(&self.operation).unwrap_or_default());
        writeln!(f, "operation   {} of participant {}", self.name, self.participant)?;
        writeln!(f, "{operation}")?;
        writeln!(f, "send by     {}", clock::readable(self.valid_until))?;
        writeln!(f, "needs       {}", self.needs)?;
        for Signed { key, by, holds } in &self.signed {
            let verdict = if *holds { "" } else { " DOES NOT HOLD" };
            writeln!(f, "signed by   {by} ({key}){verdict}")?;
        }
        writeln!(f, "Sign it: corridor operation sign {file}")?;
        write!(f, "Send it: corridor operation send {file}")
    }
}
