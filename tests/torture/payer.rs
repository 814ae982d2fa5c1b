//! Makes payments: Banco Aurora pays Meridian Bank, which has agreed to everything in advance.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use corridor_client::{Client, Until};
use corridor_crypto::{Digest, SecretKey, SigningContext};
use corridor_types::operations::AccountStep;
use corridor_types::view::SubmissionView;
use corridor_types::{
    AccountId, Amount, AssetId, Bic, ChargeBearer, ClientHandle, Control, Corridor, Genesis, Operation, ParticipantId,
    Payment, Priority, Shortfall, Timestamp, Transaction, Uetr,
};
use toml::Table;

/// The largest payment, in cents. Different amounts show which payment was doubled or lost.
pub const LARGEST: u64 = 97;

/// Far longer than a run: no payment may expire.
const VALID_MS: u64 = 6 * 3_600_000;

fn now() -> Timestamp {
    Timestamp(u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap())
}

pub fn random_reference() -> Uetr {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).unwrap();
    Uetr::from_random(bytes)
}

/// A payment that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paid {
    pub uetr: Uetr,
    pub cents: u64,
}

struct Institution {
    id: ParticipantId,
    operator: SecretKey,
    client: Option<ClientHandle>,
}

impl Institution {
    fn read(root: &Path, name: &str, genesis: &Genesis) -> Self {
        let folder = root.join("clients").join(name);
        let profile: Table = std::fs::read_to_string(folder.join("profile.toml")).unwrap().parse().unwrap();
        let bic: Bic = profile["participant"].as_str().unwrap().parse().unwrap();
        let position = genesis.participants.iter().position(|participant| participant.bic == bic).unwrap();
        Self {
            id: ParticipantId(u32::try_from(position).unwrap()),
            operator: corridor_signer::keyfile::read(&folder.join("operator.key"), "operator").unwrap(),
            client: profile.get("client").map(|handle| handle.as_str().unwrap().parse().unwrap()),
        }
    }
}

/// Who pays whom.
pub struct Payer {
    context: SigningContext,
    payer: Institution,
    payee: Institution,
    asset: AssetId,
    corridor: Corridor,
    pub debtor_account: AccountId,
    pub creditor_account: AccountId,
}

impl Payer {
    /// Reads keys and accounts of a prepared network.
    pub fn new(root: &Path, genesis: &Genesis) -> Self {
        let (payer, payee) = (Institution::read(root, "aurora", genesis), Institution::read(root, "meridian", genesis));
        let asset = genesis.assets.iter().position(|asset| asset.currency.as_str() == "BRL").unwrap();
        let asset = AssetId(u16::try_from(asset).unwrap());
        let account_of = |owner: ParticipantId| {
            let position = genesis.accounts.iter().position(|account| account.owner == owner && account.asset == asset);
            AccountId(u32::try_from(position.unwrap()).unwrap())
        };
        let country = |id: ParticipantId| genesis.participants[usize::try_from(id.0).unwrap()].country;
        Self {
            context: genesis.signing_context(),
            debtor_account: account_of(payer.id),
            creditor_account: account_of(payee.id),
            asset,
            corridor: Corridor { from: country(payer.id), to: country(payee.id) },
            payer,
            payee,
        }
    }

    /// The payee attests in advance, so that payments settle by themselves.
    pub async fn consent(&self, node: &Client) {
        let (reference, account) = (random_reference(), self.creditor_account);
        let operation =
            Operation::Account { reference, step: AccountStep::SetStandingConsent { account, up_to: Amount(LARGEST) } };
        let answers = node.submit(&[self.sign(&self.payee, operation)]).await.unwrap();
        assert!(matches!(answers[0], SubmissionView::Accepted { .. }), "{answers:?}");
        node.wait_for(reference, Until::Final, Duration::from_secs(30)).await.unwrap();
    }

    fn sign(&self, who: &Institution, operation: Operation) -> Transaction {
        Transaction::sign(&self.context, who.id, now().plus_ms(VALID_MS), operation, &[&who.operator])
    }

    /// A new payment.
    pub fn payment(&self, cents: u64) -> (Paid, Transaction) {
        let uetr = random_reference();
        let payment = Payment {
            uetr,
            debtor_account: self.debtor_account,
            creditor_account: self.creditor_account,
            asset: self.asset,
            amount: Amount(cents),
            client: self.payer.client.unwrap(),
            value_date: now().date(),
            expiry: now().plus_ms(VALID_MS),
            control: Control::NotControlled,
            corridor: self.corridor,
            priority: Priority::Normal,
            shortfall: Shortfall::Reject,
            charge_bearer: ChargeBearer::Shared,
            screening: None,
            details: Digest([1; 32]),
        };
        (Paid { uetr, cents }, self.sign(&self.payer, Operation::Pay { payment }))
    }
}

/// Submits one transaction to one validator, after another, until one acknowledges it.
///
/// # Errors
/// A rule refused it, or nobody acknowledged it in time.
pub async fn submit_somewhere(
    nodes: &[Client],
    first: usize,
    transaction: &Transaction,
    patience: Duration,
) -> Result<(), String> {
    let started = std::time::Instant::now();
    let mut last = String::new();
    for attempt in first.. {
        if started.elapsed() > patience {
            break;
        }
        let answer = tokio::time::timeout(ANSWER_WITHIN, submit(&nodes[attempt % nodes.len()], transaction)).await;
        match answer {
            Ok(Ok(SubmissionView::Accepted { .. } | SubmissionView::Known { .. })) => return Ok(()),
            Ok(Ok(SubmissionView::Refused { errors, .. })) => return Err(format!("a payment was refused: {errors:?}")),
            Ok(Ok(busy @ SubmissionView::Busy { .. })) => last = format!("{busy:?}"),
            Ok(Err(error)) => last = error,
            Err(elapsed) => last = elapsed.to_string(),
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(format!("nobody acknowledged a payment within {patience:?}; the last answer: {last}"))
}

/// After this the next validator is asked; a paused one never answers.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

async fn submit(node: &Client, transaction: &Transaction) -> Result<SubmissionView, String> {
    let answers = node.submit(std::slice::from_ref(transaction)).await;
    Ok(answers.map_err(|error| error.to_string())?.remove(0))
}
