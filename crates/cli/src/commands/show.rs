//! `corridor show`: what the ledger holds, for people and back offices. Asks the node and prints;
//! opaque handles stay opaque.

mod text;

use std::fmt;
use std::future::Future;

use clap::{Args, ValueEnum};
use corridor_client::{Client, ClientError};
use corridor_types::view::{
    CalendarView, LicenceView, LimitView, Named, Object, Page, ParticipantView, ProgrammeView, ProposalView, QuoteView,
    RefundView, RequiredListView, RulebookView, SavingsView,
};
use corridor_types::{AccountId, Bic, Uetr};
use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;
use crate::output::Output;
use crate::session::{Connect, Session, failed};

/// Show what the ledger holds.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// What to show
    #[arg(value_enum)]
    kind: Kind,
    /// Only this one: its number, handle or reference; of a queue the account
    #[arg(required_if_eq("kind", "queue"))]
    id: Option<String>,
    /// Open payments of this institution; absent: the profile's
    #[arg(long, value_name = "BIC", value_parser = Bic::parse)]
    participant: Option<Bic>,
    #[command(flatten)]
    connect: Connect,
}

/// What there is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Institutions with status, keys, rules about checkers, sealing key
    Participants,
    /// Legal regimes with what was paid under them
    Programmes,
    /// Licences with what is set aside and drawn
    Licences,
    /// Screening lists that central banks require
    ScreeningLists,
    /// Limits with what counts against them now
    Limits,
    /// Returns and recalls, by settled payment
    Refunds,
    /// Quotes that are open
    Quotes,
    /// Business days and hours, by asset
    Calendars,
    /// Rulebooks in force, and the next ones
    Rulebooks,
    /// Open proposals with their votes
    Proposals,
    /// What settling queued payments together saved, by asset
    Savings,
    /// Payments of an institution that are not final, with what each lacks
    OpenPayments,
    /// The queue of an account, in its order
    Queue,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: ShowArgs, output: Output) -> Result<(), Failure> {
    let session = args.connect.open()?;
    let (client, id) = (&session.client, args.id.as_deref());
    let shown = match args.kind {
        Kind::Participants => named::<ParticipantView>(client, id).await,
        Kind::Programmes => named::<ProgrammeView>(client, id).await,
        Kind::Licences => named::<LicenceView>(client, id).await,
        Kind::ScreeningLists => named::<RequiredListView>(client, id).await,
        Kind::Limits => nameless::<LimitView>(client, id).await,
        Kind::Refunds => named::<RefundView>(client, id).await,
        Kind::Quotes => named::<QuoteView>(client, id).await,
        Kind::Calendars => named::<CalendarView>(client, id).await,
        Kind::Rulebooks => nameless::<RulebookView>(client, id).await,
        Kind::Proposals => named::<ProposalView>(client, id).await,
        Kind::Savings => named::<SavingsView>(client, id).await,
        Kind::OpenPayments => open_payments(&session, id, args.participant).await,
        Kind::Queue => queue(client, id).await,
    };
    output.show(&shown?)
}

/// What is printed: one object, or a list.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Shown {
    One(Value),
    All { items: Vec<Value> },
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(value) => f.write_str(text::object(value).trim_end()),
            Self::All { items } if items.is_empty() => f.write_str("None."),
            Self::All { items } => {
                let all: Vec<String> = items.iter().map(text::object).collect();
                f.write_str(all.join("\n").trim_end())
            }
        }
    }
}

fn parse<T: std::str::FromStr<Err: fmt::Display>>(id: &str) -> Result<T, Failure> {
    id.parse().map_err(|error: T::Err| Failure::usage(format!("ID: {error} (it is {id:?})")))
}

fn value(object: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(object).map_err(Failure::internal)
}

fn one<T: Serialize>(found: Option<T>, id: &str) -> Result<Shown, Failure> {
    let unknown = || Failure::refused("not_found", format!("the ledger has none with the name {id}"));
    value(&found.ok_or_else(unknown)?).map(Shown::One)
}

/// All pages of a list.
async fn all<T: Serialize, F>(fetch: impl Fn(u32) -> F) -> Result<Shown, Failure>
where
    F: Future<Output = Result<Page<T>, ClientError>>,
{
    let (mut items, mut next) = (Vec::new(), Some(0));
    while let Some(from) = next {
        let page = fetch(from).await.map_err(failed)?;
        items.extend(page.items.iter().map(value).collect::<Result<Vec<_>, _>>()?);
        // A page that does not advance would never end.
        next = page.next.filter(|next| *next > from);
    }
    Ok(Shown::All { items })
}

async fn nameless<T: Object>(client: &Client, id: Option<&str>) -> Result<Shown, Failure> {
    match id {
        Some(id) => Err(Failure::usage(format!("ID: {} have no names; leave {id:?} out", T::ROUTE))),
        None => all(|from| client.objects::<T>(from)).await,
    }
}

async fn named<T: Named>(client: &Client, id: Option<&str>) -> Result<Shown, Failure> {
    match id {
        Some(id) => one(client.object::<T>(&parse(id)?).await.map_err(failed)?, id),
        None => all(|from| client.objects::<T>(from)).await,
    }
}

async fn open_payments(session: &Session, id: Option<&str>, bic: Option<Bic>) -> Result<Shown, Failure> {
    if let Some(id) = id {
        return one(session.client.open_payment(parse::<Uetr>(id)?).await.map_err(failed)?, id);
    }
    let missing = || Failure::usage("whose payments? use --participant, or a profile that names one");
    let owner = session.participant(bic.or(session.profile.participant).ok_or_else(missing)?).await?.id;
    all(|from| session.client.open_payments(owner, from)).await
}

async fn queue(client: &Client, id: Option<&str>) -> Result<Shown, Failure> {
    let account = parse::<AccountId>(id.ok_or_else(|| Failure::usage("ID: whose queue? name the account"))?)?;
    let fetch = |from| async move {
        let empty = |page: Option<_>| page.ok_or(account);
        client.queue(account, from).await.map(empty)
    };
    if fetch(0).await.map_err(failed)?.is_err() {
        return Err(Failure::refused("unknown_account", format!("there is no account {account}")));
    }
    all(|from| async move {
        let gone = Page { height: Default::default(), time: Default::default(), items: Vec::new(), next: None };
        Ok(fetch(from).await?.unwrap_or(gone))
    })
    .await
}
