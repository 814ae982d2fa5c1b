//! `corridor pay`: a debtor agent initiates payments, from a `pacs.008` message or from arguments.

use std::path::{Path, PathBuf};

use clap::Args;
use corridor_iso20022::{Limits, pacs008};
use corridor_types::limits::MAX_BULK_PAYMENTS;
use corridor_types::view::AccountView;
use corridor_types::{
    AccountId, Bic, ChargeBearer, ClientHandle, Control, CurrencyCode, Date, KeyRole, LicenceHandle, LicenceUse,
    Operation, Payment, Priority, Shortfall, Timestamp, Uetr,
};

use crate::actor::{Act, Actor};
use crate::failure::Failure;
use crate::output::Output;
use crate::payment_form::{Order, Terms, as_new};
use crate::payment_text::{PaymentText, PaymentTexts, require_not_refused};
use crate::{clock, files, money, sealing};

/// Pay: from a pacs.008 message, or from arguments.
#[derive(Debug, Args)]
pub struct PayArgs {
    /// A pacs.008 message
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "to", "amount", "currency", "details", "uetr"])]
    file: Option<PathBuf>,
    /// Give the message a new UETR and today's settlement date, to try a sample again
    #[arg(long, requires = "file")]
    as_new: bool,
    /// Pay from this institution (BIC) or account (number); absent: the acting institution
    #[arg(long, value_name = "BIC|ACCOUNT")]
    from: Option<Place>,
    /// Pay to this institution (BIC) or account (number)
    #[arg(long, value_name = "BIC|ACCOUNT", required_unless_present = "file")]
    to: Option<Place>,
    /// How much, such as 125.00
    #[arg(long, required_unless_present = "file")]
    amount: Option<String>,
    /// In which currency; may be left out if an account number says it
    #[arg(long)]
    currency: Option<CurrencyCode>,
    /// The payment's UETR; absent: a new one
    #[arg(long)]
    uetr: Option<Uetr>,
    /// A JSON file with the confidential details: sealed to the agents, their central banks and the
    /// licensing authorities, and handed to the own node before the payment is submitted
    #[arg(long, value_name = "FILE")]
    details: Option<PathBuf>,
    /// The authorisation under which the client pays; absent: the profile's
    #[arg(long, value_name = "HANDLE")]
    client: Option<ClientHandle>,
    /// Controlled goods: a licence drawn on and for how much, HANDLE=AMOUNT; repeat it for more
    #[arg(long = "licence", value_name = "HANDLE=AMOUNT")]
    licences: Vec<String>,
    /// Seconds until the payment lapses if it has not settled; absent: the end of the day after its
    /// value date, so that the same command submits the same payment
    #[arg(long, value_name = "SECONDS")]
    expires_in_s: Option<u64>,
    /// What happens if the account is short of money: reject, or queue to wait for it
    #[arg(long, value_name = "reject|queue", default_value_t = Shortfall::Reject)]
    if_short: Shortfall,
    /// Wait until the payment is settled or refused
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    act: Act,
}

/// An institution or an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Institution(Bic),
    Account(AccountId),
}

impl std::str::FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(account) = text.parse() {
            return Ok(Self::Account(account));
        }
        Bic::parse(text).map(Self::Institution).map_err(|error| format!("neither an account number nor a BIC: {error}"))
    }
}

/// Runs the command.
///
/// # Errors
/// [`Failure`]; a payment that ended without moving money is a refusal when it was waited for.
pub async fn run(args: PayArgs, output: Output) -> Result<(), Failure> {
    let actor = args.act.open(KeyRole::Operator)?;
    let payments = match &args.file {
        Some(file) => from_message(&args, &actor, file).await?,
        None => vec![from_arguments(&args, &actor).await?],
    };
    let uetrs: Vec<Uetr> = payments.iter().map(|payment| payment.uetr).collect();
    for operation in operations(payments) {
        actor.submit(operation).await?;
    }
    let payments = follow(&actor, &uetrs, args.wait).await?;
    output.show(&payments)?;
    if args.wait { payments.payments.iter().try_for_each(|payment| require_not_refused(&payment.0)) } else { Ok(()) }
}

/// One payment alone; more as bulks under one signature each.
pub fn operations(mut payments: Vec<Payment>) -> Vec<Operation> {
    if payments.len() == 1 {
        return payments.pop().map(|payment| Operation::Pay { payment }).into_iter().collect();
    }
    payments.chunks(MAX_BULK_PAYMENTS).map(|bulk| Operation::PayBulk { payments: bulk.to_vec() }).collect()
}

async fn follow(actor: &Actor, uetrs: &[Uetr], to_the_end: bool) -> Result<PaymentTexts, Failure> {
    let mut payments = Vec::new();
    for uetr in uetrs {
        let view = actor.session.wait_until(*uetr, actor.patience, |view| !to_the_end || view.is_final()).await?;
        payments.push(PaymentText(view));
    }
    Ok(PaymentTexts { payments })
}

async fn from_message(args: &PayArgs, actor: &Actor, file: &Path) -> Result<Vec<Payment>, Failure> {
    let text = files::read_text(file)?;
    let text = if args.as_new { as_new(&text, clock::new_uetr()?, clock::today()) } else { text };
    let transfers =
        pacs008::read(text.as_bytes(), &Limits::default()).map_err(|error| message_failure(file, &error))?;
    let mut payments = Vec::new();
    for transfer in &transfers {
        let debtor = actor.session.account_in(transfer.debtor_agent, transfer.currency).await?;
        let creditor = actor.session.account_in(transfer.creditor_agent, transfer.currency).await?;
        let order = Order::of_transfer(transfer, debtor, creditor);
        payments.push(to_payment(order, args, actor, transfer.currency)?);
    }
    Ok(payments)
}

/// Every problem of a message on its own line.
fn message_failure(file: &Path, error: &corridor_iso20022::ReadError) -> Failure {
    let lines: Vec<String> = error.errors.iter().map(|problem| format!("\n  {problem}")).collect();
    let more = if error.omitted > 0 { format!("\n  and {} more", error.omitted) } else { String::new() };
    Failure::usage(format!("{} is no message that can be paid:{}{more}", file.display(), lines.concat()))
}

async fn from_arguments(args: &PayArgs, actor: &Actor) -> Result<Payment, Failure> {
    let details = args.details.as_deref().map(sealing::read_details).transpose()?;
    let from = args.from.unwrap_or(Place::Institution(actor.bic));
    let to = args.to.ok_or_else(|| Failure::usage("--to: name the institution or account that is paid"))?;
    let currency = currency(args, actor, from, to).await?;
    let (debtor, creditor) = (account(actor, from, currency).await?, account(actor, to, currency).await?);
    let amount = money::parse_positive("--amount", args.amount.as_deref().unwrap_or_default(), currency)?;
    let order = Order {
        uetr: args.uetr.map_or_else(clock::new_uetr, Ok)?,
        debtor,
        creditor,
        amount,
        value_date: clock::today(),
        priority: Priority::Normal,
        charge_bearer: ChargeBearer::Shared,
        details: Vec::new(),
    };
    let agents = (order.debtor.clone(), order.creditor.clone());
    let mut payment = to_payment(order, args, actor, currency)?;
    if let Some(details) = details {
        payment.details = sealing::hand_over(actor, &payment, (&agents.0, &agents.1), &details).await?;
    }
    Ok(payment)
}

fn to_payment(order: Order, args: &PayArgs, actor: &Actor, currency: CurrencyCode) -> Result<Payment, Failure> {
    let (terms, salt) = (terms(args, actor, currency, order.value_date)?, actor.details_salt(order.uetr));
    order.into_payment(terms, &salt)
}

/// The currency named, or the one of an account that was named by its number.
async fn currency(args: &PayArgs, actor: &Actor, from: Place, to: Place) -> Result<CurrencyCode, Failure> {
    match (args.currency, from, to) {
        (Some(currency), _, _) => Ok(currency),
        (None, Place::Account(id), _) | (None, _, Place::Account(id)) => Ok(actor.session.account(id).await?.currency),
        (None, _, _) => Err(Failure::usage("--currency: name the currency, such as BRL")),
    }
}

async fn account(actor: &Actor, place: Place, currency: CurrencyCode) -> Result<AccountView, Failure> {
    match place {
        Place::Institution(bic) => actor.session.account_in(bic, currency).await,
        Place::Account(id) => actor.session.account(id).await,
    }
}

/// Unless told otherwise a payment lapses at the end of the day after its value date: a moment that
/// does not depend on when it is submitted, so that a repetition has the same content.
fn expiry(args: &PayArgs, value_date: Date) -> Timestamp {
    match args.expires_in_s {
        Some(seconds) => clock::now().plus_ms(seconds.saturating_mul(1000)),
        None => Timestamp((u64::from(value_date.0) + 2) * 86_400_000),
    }
}

fn terms(args: &PayArgs, actor: &Actor, currency: CurrencyCode, value_date: Date) -> Result<Terms, Failure> {
    let missing =
        || Failure::usage("under which authorisation does the client pay? use --client, or a profile with one");
    Ok(Terms {
        client: args.client.or(actor.session.profile.client).ok_or_else(missing)?,
        expiry: expiry(args, value_date),
        control: control(&args.licences, currency)?,
        shortfall: args.if_short,
    })
}

fn control(licences: &[String], currency: CurrencyCode) -> Result<Control, Failure> {
    if licences.is_empty() {
        return Ok(Control::NotControlled);
    }
    let licences = licences.iter().map(|text| licence(text, currency)).collect::<Result<_, _>>()?;
    Ok(Control::Controlled { licences })
}

fn licence(text: &str, currency: CurrencyCode) -> Result<LicenceUse, Failure> {
    let wrong = |problem: &dyn std::fmt::Display| Failure::usage(format!("--licence: {problem}"));
    let (handle, amount) = text.split_once('=').ok_or_else(|| wrong(&"write HANDLE=AMOUNT"))?;
    let licence: LicenceHandle = handle.parse().map_err(|error| wrong(&error))?;
    Ok(LicenceUse { licence, amount: money::parse_positive("--licence", amount, currency)? })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_place_is_a_bic_or_an_account() {
        assert_eq!("7".parse(), Ok(Place::Account(AccountId(7))));
        assert_eq!("AURABRSP".parse(), Ok(Place::Institution("AURABRSPXXX".parse().unwrap())));
        assert!("-7".parse::<Place>().is_err() && "AURA".parse::<Place>().is_err());
    }

    #[test]
    fn goods_are_controlled_exactly_when_a_licence_is_named() {
        let currency = "BRL".parse().unwrap();
        assert_eq!(control(&[], currency), Ok(Control::NotControlled));
        let handle = "00112233445566778899aabbccddeeff";
        let Ok(Control::Controlled { licences }) = control(&[format!("{handle}=12.50")], currency) else {
            panic!("not controlled");
        };
        assert_eq!((licences[0].licence.to_string().as_str(), licences[0].amount.0), (handle, 1_250));
        for bad in [handle.to_owned(), format!("{handle}=0"), "xyz=1".to_owned()] {
            assert!(control(std::slice::from_ref(&bad), currency).is_err(), "{bad}");
        }
    }
}
