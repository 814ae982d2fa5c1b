//! Signs operations for an institution, submits them and waits for the ledger's decision.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use corridor_crypto::{Domain, SecretKey, SigningContext};
use corridor_types::view::{FieldError, PaymentView, SubmissionView};
use corridor_types::{Approval, Bic, Genesis, KeyRole, Operation, ParticipantId, ParticipantKind, Transaction, Uetr};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use crate::clock;
use crate::failure::Failure;
use crate::keyring;
use crate::profile::Profile;
use crate::session::{Connect, Session, participant_by_bic};

/// How long a signed operation stays valid. Long enough for a slow network, short enough that a
/// copy of it is soon worthless.
const VALID_FOR_MS: u64 = 120_000;

/// How long a command waits for the ledger's decision unless told otherwise.
const DEFAULT_WAIT_S: u64 = 30;

/// Who acts, with which keys.
#[derive(Debug, Clone, Args)]
pub struct Act {
    /// Which node to ask, and which chain to expect.
    #[command(flatten)]
    pub connect: Connect,
    /// The institution that acts, by its BIC
    #[arg(long, value_name = "BIC", value_parser = Bic::parse, help_heading = "Signing")]
    pub participant: Option<Bic>,
    /// Key file to sign with; repeat it where two keys are needed
    #[arg(long = "key", value_name = "FILE", help_heading = "Signing")]
    pub keys: Vec<PathBuf>,
    /// Seconds to wait for the ledger's decision
    #[arg(long, default_value_t = DEFAULT_WAIT_S, value_name = "SECONDS", help_heading = "Signing")]
    pub timeout_s: u64,
}

/// An institution with a node, a chain and keys.
pub struct Actor {
    /// The node that it speaks to.
    pub session: Session,
    /// The genesis of the chain.
    pub genesis: Genesis,
    /// Its number in the registry.
    pub participant: ParticipantId,
    /// Its business identifier code, ISO 9362.
    pub bic: Bic,
    /// How long it waits for decisions.
    pub patience: Duration,
    kind: ParticipantKind,
    context: SigningContext,
    keys: Vec<SecretKey>,
}

impl Act {
    /// The actor, with the keys named or else the profile's for `role`.
    ///
    /// # Errors
    /// A usage failure that says what is missing.
    pub fn open(&self, role: KeyRole) -> Result<Actor, Failure> {
        let profile = self.profile()?;
        let listed = if self.keys.is_empty() { profile.keys.of(role).clone() } else { self.keys.clone() };
        Actor::open(profile, role, &listed, self.patience())
    }

    /// The actor for a decision about the validators: see [`Actor::to_decide`].
    ///
    /// # Errors
    /// A usage failure that says what is missing.
    pub fn open_to_decide(&self) -> Result<Actor, Failure> {
        let role = self.identify()?.deciding_role();
        self.open(role)
    }

    /// The actor before it is known with which keys it signs.
    ///
    /// # Errors
    /// A usage failure that says what is missing.
    pub fn identify(&self) -> Result<Actor, Failure> {
        Actor::identify(self.profile()?, self.patience())
    }

    fn profile(&self) -> Result<Profile, Failure> {
        let mut profile = self.connect.merged()?;
        profile.participant = self.participant.or(profile.participant);
        Ok(profile)
    }

    const fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout_s)
    }
}

/// The number and kind of an institution: as the genesis says, or for one that came later as the
/// ledger of the node says. A node that lies about the number gets a signature that no ledger takes:
/// the key is not that participant's.
fn registered(session: &Session, genesis: &Genesis, bic: Bic) -> Result<(ParticipantId, ParticipantKind), Failure> {
    if let Ok((id, entry)) = participant_by_bic(genesis, bic) {
        return Ok((id, entry.kind));
    }
    let runtime = Handle::try_current().map_err(Failure::internal)?;
    let view = tokio::task::block_in_place(|| runtime.block_on(session.participant(bic)))?;
    Ok((view.id, view.kind))
}

impl Actor {
    /// The institution of a profile, signing a decision about the validators: a central bank as
    /// supervisor, a bank that runs a validator with its governance key.
    ///
    /// # Errors
    /// A usage failure that says what is missing.
    pub fn to_decide(profile: Profile) -> Result<Self, Failure> {
        let role = Self::identify(profile.clone(), Duration::from_secs(DEFAULT_WAIT_S))?.deciding_role();
        Self::of_profile(profile, role)
    }

    fn deciding_role(&self) -> KeyRole {
        if self.is_central_bank() { KeyRole::Supervisor } else { KeyRole::Governance }
    }

    /// The institution of a profile, signing with its keys for `role`.
    ///
    /// # Errors
    /// A usage failure that says what is missing.
    pub fn of_profile(profile: Profile, role: KeyRole) -> Result<Self, Failure> {
        let files = profile.keys.of(role).clone();
        Self::open(profile, role, &files, Duration::from_secs(DEFAULT_WAIT_S))
    }

    fn open(profile: Profile, role: KeyRole, key_files: &[PathBuf], patience: Duration) -> Result<Self, Failure> {
        if key_files.is_empty() {
            return Err(Failure::usage("no key to sign with; use --key, or a profile that lists keys for this role"));
        }
        let keys = key_files.iter().map(|file| keyring::read(file, role.into())).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { keys, ..Self::identify(profile, patience)? })
    }

    fn identify(profile: Profile, patience: Duration) -> Result<Self, Failure> {
        let missing = || Failure::usage("nobody is named to act; use --participant, or a profile that names one");
        let bic = profile.participant.ok_or_else(missing)?;
        let session = Session::open(profile)?;
        let genesis = session.genesis()?;
        let (participant, kind) = registered(&session, &genesis, bic)?;
        let context = genesis.signing_context();
        Ok(Self { session, genesis, participant, bic, kind, patience, context, keys: Vec::new() })
    }

    /// Signs with these keys from now on, whatever their roles.
    ///
    /// # Errors
    /// A usage failure that names the file.
    pub fn use_keys(&mut self, files: &[PathBuf]) -> Result<(), Failure> {
        self.keys = files.iter().map(|file| Ok(keyring::read_any(file)?.1)).collect::<Result<_, Failure>>()?;
        Ok(())
    }

    /// True if it is a central bank.
    pub fn is_central_bank(&self) -> bool {
        self.kind == ParticipantKind::CentralBank
    }

    /// The number of another institution, wherever it is registered.
    ///
    /// # Errors
    /// A usage failure if neither the genesis nor the ledger has it.
    pub fn number_of(&self, bic: Bic) -> Result<ParticipantId, Failure> {
        Ok(registered(&self.session, &self.genesis, bic)?.0)
    }

    /// The salt of a payment's details digest: 64 bytes that only the holder of the first key can
    /// make, and can make again at any time (Ed25519 signatures are deterministic).
    pub fn details_salt(&self, uetr: Uetr) -> Vec<u8> {
        let message = self.context.message(Domain::Details, uetr.as_bytes());
        self.keys.first().map(|key| key.sign(&message).0.to_vec()).unwrap_or_default()
    }

    /// Signs an operation that stays valid for two minutes.
    pub fn sign(&self, operation: Operation) -> Transaction {
        self.sign_with(operation, &[])
    }

    fn sign_with(&self, operation: Operation, more: &[SecretKey]) -> Transaction {
        let keys: Vec<&SecretKey> = self.keys.iter().chain(more).collect();
        let valid_until = clock::now().plus_ms(VALID_FOR_MS);
        Transaction::sign(&self.context, self.participant, valid_until, operation, &keys)
    }

    /// Adds this institution's signature to a transaction that somebody drafted: by its first key,
    /// in place of any other of its own, as each institution signs a joint decision once.
    pub fn approve(&self, transaction: &mut Transaction) {
        let message = transaction.signed_message(&self.context);
        let approvals = &mut transaction.approvals;
        approvals.retain(|approval| self.keys.iter().all(|own| own.public_key() != approval.key));
        approvals
            .extend(self.keys.first().map(|key| Approval { key: key.public_key(), signature: key.sign(&message) }));
        approvals.sort_by_key(|approval| approval.key);
    }

    /// Adds the signatures of all its keys to a transaction that somebody drafted.
    pub fn add_signatures(&self, transaction: &mut Transaction) {
        let message = transaction.signed_message(&self.context);
        let sign = |key: &SecretKey| Approval { key: key.public_key(), signature: key.sign(&message) };
        let own: Vec<Approval> = self.keys.iter().map(sign).collect();
        transaction.approvals.retain(|approval| own.iter().all(|own| own.key != approval.key));
        transaction.approvals.extend(own);
        transaction.approvals.sort_by_key(|approval| approval.key);
        transaction.approvals.dedup_by_key(|approval| approval.key);
    }

    /// Signs and submits; returns once the node has taken it.
    ///
    /// # Errors
    /// The node's refusal, or that it is too busy for too long.
    pub async fn submit(&self, operation: Operation) -> Result<(), Failure> {
        deliver(&self.session, &self.sign(operation), self.patience).await
    }

    /// Signs, submits and waits until a settlement certificate covers the decision.
    ///
    /// # Errors
    /// A refusal by the node or the ledger, with its code.
    pub async fn carry_out(&self, operation: Operation) -> Result<PaymentView, Failure> {
        self.carry_out_with(operation, &[]).await
    }

    /// The same, with the signatures of more keys.
    ///
    /// # Errors
    /// A refusal by the node or the ledger, with its code.
    pub async fn carry_out_with(&self, operation: Operation, more: &[SecretKey]) -> Result<PaymentView, Failure> {
        let reference = operation.reference().ok_or_else(|| Failure::usage("the list of payments is empty"))?;
        deliver(&self.session, &self.sign_with(operation, more), self.patience).await?;
        decided(&self.session, reference, self.patience).await
    }
}

/// Submits a signed transaction; returns once the node has taken it.
///
/// # Errors
/// The node's refusal, or that it is too busy for too long.
pub async fn deliver(session: &Session, transaction: &Transaction, patience: Duration) -> Result<(), Failure> {
    let deadline = Instant::now() + patience;
    loop {
        let results = session.submit(std::slice::from_ref(transaction)).await?;
        match results.into_iter().next() {
            Some(SubmissionView::Accepted { .. } | SubmissionView::Known { .. }) => return Ok(()),
            Some(SubmissionView::Refused { errors, .. }) => return Err(refusal(&errors)),
            None => return Err(Failure::internal("the node gave no result")),
            Some(SubmissionView::Busy { .. }) if Instant::now() >= deadline => {
                return Err(Failure::connection("the node is too busy; try again later"));
            }
            Some(SubmissionView::Busy { retry_after_ms }) => sleep(Duration::from_millis(retry_after_ms.max(10))).await,
        }
    }
}

/// Waits until a settlement certificate covers the decision on a reference.
///
/// # Errors
/// A refusal by the ledger, with its code; or that it took too long.
pub async fn decided(session: &Session, reference: Uetr, patience: Duration) -> Result<PaymentView, Failure> {
    let decided = |view: &PaymentView| view.certified && !view.entries.is_empty();
    let view = session.wait_until(reference, patience, decided).await?;
    match view.entries.last() {
        Some(entry) if !entry.code.is_ok() => Err(Failure::refused(entry.code, &entry.meaning)),
        _ => Ok(view),
    }
}

/// A reference for an operation: the one given, or a new one.
///
/// # Errors
/// A failure of the random source.
pub fn reference(given: Option<Uetr>) -> Result<Uetr, Failure> {
    given.map_or_else(clock::new_uetr, Ok)
}

fn refusal(errors: &[FieldError]) -> Failure {
    let line = |error: &FieldError| match error.field.is_empty() {
        true => format!("{} ({})", error.message, error.remedy),
        false => format!("{}: {} ({})", error.field, error.message, error.remedy),
    };
    let code = errors.first().map_or("refused", |error| error.code.as_str());
    Failure::refused(code, errors.iter().map(line).collect::<Vec<_>>().join("; "))
}
