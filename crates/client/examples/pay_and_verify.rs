//! Pays between two banks of a running test network, and verifies the receipt with the genesis alone.
//!
//! ```text
//! make testnet                    # in one shell; stays up
//! cargo run --release --locked -p corridor-client --example pay_and_verify -- testnet/clients/aurora MERDZAJJXXX BRL 12500
//! ```
//!
//! The folder is an institution's profile; then come the payee's BIC, the currency and the amount in
//! minor units. The receipt proves where the payment is: settled, or waiting for what the payee's bank
//! has to attest (`corridor attest`). It is the program of a bank in small: one that pays for customers
//! keeps the UETR before it submits, and submits the same transaction again when it does not know what
//! became of it. Submitting twice is harmless, paying under a new UETR is not.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use corridor_client::{AccountQuery, Client, ReceiptAnswer, Until};
use corridor_crypto::{Digest, Domain, SecretKey, SigningContext};
use corridor_types::{
    AccountId, Amount, AssetId, Bic, ChargeBearer, ClientHandle, Control, Corridor, CurrencyCode, Genesis, Operation,
    ParticipantId, Payment, Priority, Receipt, Shortfall, Timestamp, Transaction, Uetr,
};
use serde::Deserialize;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// An hour: for how long the payment may wait, and how long the signed transaction may be submitted.
const HOUR_MS: u64 = 3_600_000;

/// Longer than any view takes on a network that works.
const PATIENCE: Duration = Duration::from_secs(10);

/// The part of `profile.toml` that is needed here.
#[derive(Deserialize)]
struct Profile {
    url: String,
    genesis: PathBuf,
    participant: Bic,
    client: ClientHandle,
    keys: Keys,
}

#[derive(Deserialize)]
struct Keys {
    operator: Vec<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, payee, currency, amount] = arguments.as_slice() else {
        return Err("give a profile's folder, the payee's BIC, the currency and the amount in minor units".into());
    };
    let folder = Path::new(folder);
    let profile: Profile = toml::from_str(&std::fs::read_to_string(folder.join("profile.toml"))?)?;
    // Taken from whom one trusts, once; never from the node whose receipts it verifies.
    let genesis: Genesis = serde_json::from_str(&std::fs::read_to_string(folder.join(&profile.genesis))?)?;
    genesis.validate()?;

    let client = Client::new(&profile.url)?;
    let payment = payment(&client, &profile, Bic::parse(payee)?, currency.parse()?, Amount(amount.parse()?)).await?;
    let transaction = sign(&genesis, &profile, &read_key(folder, &profile)?, payment.clone())?;
    println!("pays under UETR {}", payment.uetr);
    for result in client.submit(&[transaction]).await? {
        println!("the node says: {result:?}");
    }

    let view = client.wait_for(payment.uetr, Until::Certified, PATIENCE).await?;
    let receipt = receipt(&client, payment.uetr).await?;
    receipt.verify(&genesis)?;
    println!(
        "verified, offline: block {} decided {:?}; status {:?}",
        receipt.entry.height, receipt.entry.code, view.status
    );
    Ok(())
}

/// A payment of now, from the profile's institution to the payee, of goods that need no licence.
async fn payment(
    client: &Client,
    profile: &Profile,
    payee: Bic,
    currency: CurrencyCode,
    amount: Amount,
) -> Result<Payment> {
    let now = now()?;
    let (debtor_account, asset) = account(client, profile.participant, currency).await?;
    let (creditor_account, _) = account(client, payee, currency).await?;
    Ok(Payment {
        uetr: Uetr::from_random(random()?),
        debtor_account,
        creditor_account,
        asset,
        amount,
        client: profile.client,
        value_date: now.date(),
        expiry: now.plus_ms(HOUR_MS),
        control: Control::NotControlled,
        corridor: Corridor {
            from: profile.participant.country().ok_or("the payer's BIC names no country")?,
            to: payee.country().ok_or("the payee's BIC names no country")?,
        },
        priority: Priority::Normal,
        shortfall: Shortfall::Reject,
        charge_bearer: ChargeBearer::Shared,
        screening: None,
        // There are none; the random bytes keep others from confirming that by the digest.
        details: Digest::of_parts(Domain::Details, &[&random::<16>()?]),
    })
}

/// An institution's account in a currency, and the asset that it is in.
async fn account(client: &Client, owner: Bic, currency: CurrencyCode) -> Result<(AccountId, AssetId)> {
    let page = client.accounts(AccountQuery { bic: Some(owner), ..AccountQuery::default() }).await?;
    let found = page.accounts.iter().find(|account| account.currency == currency);
    let account = found.ok_or_else(|| format!("{owner} has no account in {currency}"))?;
    Ok((account.id, account.asset))
}

fn sign(genesis: &Genesis, profile: &Profile, key: &SecretKey, payment: Payment) -> Result<Transaction> {
    let position = genesis.participants.iter().position(|entry| entry.bic == profile.participant);
    let number = position.ok_or("the genesis does not name the payer; ask the node for its number")?;
    let participant = ParticipantId(u32::try_from(number)?);
    let context = SigningContext::new(genesis.digest());
    Ok(Transaction::sign(&context, participant, now()?.plus_ms(HOUR_MS), Operation::Pay { payment }, &[key]))
}

/// The newest decision's receipt, not verified yet.
async fn receipt(client: &Client, uetr: Uetr) -> Result<Receipt> {
    match client.receipt(uetr).await? {
        ReceiptAnswer::Ready(receipt) => Ok(*receipt),
        ReceiptAnswer::Pending => Err("the certificate is on its way; ask again".into()),
        ReceiptAnswer::Unknown => Err("the node does not know the payment".into()),
    }
}

/// The seed in an operator's key file. A bank's program would hold the key in hardware, or in a file
/// that only it may read.
fn read_key(folder: &Path, profile: &Profile) -> Result<SecretKey> {
    let file = folder.join(profile.keys.operator.first().ok_or("the profile lists no operator key")?);
    let text = std::fs::read_to_string(&file)?;
    let seed = text.lines().find_map(|line| line.strip_prefix("seed ")).ok_or("no seed in the key file")?;
    let seed: [u8; 32] = hex::decode(seed)?.try_into().map_err(|_| "a seed has 32 bytes")?;
    Ok(SecretKey::from_seed(&seed))
}

fn now() -> Result<Timestamp> {
    Ok(Timestamp(u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?))
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
