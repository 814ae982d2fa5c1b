//! The ledger's objects: a list of each kind, and one object where it has a name.

use axum::Json;
use axum::extract::State;
use corridor_types::view::{ObjectView, Page};
use corridor_types::{AccountId, AssetId, LicenceHandle, ParticipantId, ProgrammeId, Uetr};
use serde::Deserialize;

use crate::app::App;
use crate::extract::{Identifier, Parameters};
use crate::limits::MAX_OBJECTS_PER_PAGE;
use crate::node::{Node, ObjectQuery, Range, Select};
use crate::problem::{ApiProblem, Reply};
use crate::schema;

/// Which objects of a list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    #[serde(default)]
    from: u32,
    limit: Option<usize>,
}

impl PageQuery {
    fn range(&self) -> Range {
        range(self.from, self.limit)
    }
}

fn range(from: u32, limit: Option<usize>) -> Range {
    Range { from, limit: limit.unwrap_or(MAX_OBJECTS_PER_PAGE).clamp(1, MAX_OBJECTS_PER_PAGE) }
}

/// Which open payments.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenPaymentsQuery {
    participant: ParticipantId,
    #[serde(default)]
    from: u32,
    limit: Option<usize>,
}

type Objects = Reply<Json<Page<ObjectView>>>;

/// The route of a list.
macro_rules! list {
    ($(#[$doc:meta])* $name:ident, $path:tt, $page:ident, $query:expr) => {
        $(#[$doc])*
        #[utoipa::path(get, path = $path, tag = "objects",
            params(
                ("from" = Option<u32>, Query, description = "`next` of the page before; 0 unless given"),
                ("limit" = Option<u32>, Query, description = "How many at most, 1 to 100; larger values mean 100"),
            ),
            responses((status = 200, body = schema::$page), schema::Problems))]
        pub async fn $name<N: Node>(State(app): State<App<N>>, Parameters(query): Parameters<PageQuery>) -> Objects {
            Ok(Json(app.node.objects(($query)(query.range())).await?))
        }
    };
}

/// The route of one object.
macro_rules! one {
    ($(#[$doc:meta])* $name:ident, $path:tt, $view:ident, $what:literal, $id:ty as $shown:ty, $meaning:literal, $query:expr) => {
        $(#[$doc])*
        #[utoipa::path(get, path = $path, tag = "objects",
            params(("id" = $shown, Path, description = $meaning)),
            responses((status = 200, body = schema::$view), schema::Problems))]
        pub async fn $name<N: Node>(
            State(app): State<App<N>>,
            Identifier(id): Identifier<$id>,
        ) -> Reply<Json<ObjectView>> {
            let mut found = app.node.objects(($query)(id)).await?;
            found.items.pop().map(Json).ok_or_else(|| ApiProblem::not_found($what, id))
        }
    };
}

list! {
    /// All institutions in the registry, by number.
    participants, "/v1/participants", ParticipantPage, |range| ObjectQuery::Participants(Select::Page(range))
}
one! {
    /// One institution.
    participant, "/v1/participants/{id}", ParticipantView, "participant", ParticipantId as u32,
    "The participant's number", |id| ObjectQuery::Participants(Select::One(id))
}
list! {
    /// All programmes, by number.
    programmes, "/v1/programmes", ProgrammePage, |range| ObjectQuery::Programmes(Select::Page(range))
}
one! {
    /// One programme.
    programme, "/v1/programmes/{id}", ProgrammeView, "programme", ProgrammeId as u32,
    "The programme's number", |id| ObjectQuery::Programmes(Select::One(id))
}
list! {
    /// All licences, in the order in which they were issued.
    licences, "/v1/licences", LicencePage, |range| ObjectQuery::Licences(Select::Page(range))
}
one! {
    /// One licence.
    licence, "/v1/licences/{id}", LicenceView, "licence", LicenceHandle as schema::LicenceHandle,
    "The licence's opaque handle", |id| ObjectQuery::Licences(Select::One(id))
}
list! {
    /// The screening lists that are required, by central bank.
    screening_lists, "/v1/screening-lists", RequiredListPage,
    |range| ObjectQuery::RequiredLists(Select::Page(range))
}
one! {
    /// The screening list that one central bank requires.
    screening_list, "/v1/screening-lists/{id}", RequiredListView, "screening list of participant",
    ParticipantId as u32, "The central bank's number", |id| ObjectQuery::RequiredLists(Select::One(id))
}
list! {
    /// All limits, with what counts against them now.
    limits, "/v1/limits", LimitPage, ObjectQuery::Limits
}
list! {
    /// All settled payments of which money was returned or asked back, in the order in which that began.
    refunds, "/v1/refunds", RefundPage, |range| ObjectQuery::Refunds(Select::Page(range))
}
one! {
    /// What was returned and asked back of one settled payment.
    refund, "/v1/refunds/{id}", RefundView, "refund of payment", Uetr as schema::Uetr,
    "The settled payment", |id| ObjectQuery::Refunds(Select::One(id))
}
list! {
    /// All quotes that were not used yet.
    quotes, "/v1/quotes", QuotePage, |range| ObjectQuery::Quotes(Select::Page(range))
}
one! {
    /// One quote that was not used yet.
    quote, "/v1/quotes/{id}", QuoteView, "open quote", Uetr as schema::Uetr,
    "The quote's reference", |id| ObjectQuery::Quotes(Select::One(id))
}
list! {
    /// The business days and hours of all assets.
    calendars, "/v1/calendars", CalendarPage, |range| ObjectQuery::Calendars(Select::Page(range))
}
one! {
    /// The business days and hours of one asset.
    calendar, "/v1/calendars/{id}", CalendarView, "asset", AssetId as u16,
    "The asset's number", |id| ObjectQuery::Calendars(Select::One(id))
}
list! {
    /// All rulebooks, with the pack in force and the next one.
    rulebooks, "/v1/rulebooks", RulebookPage, ObjectQuery::Rulebooks
}
list! {
    /// All proposals on which votes are taken.
    proposals, "/v1/proposals", ProposalPage, |range| ObjectQuery::Proposals(Select::Page(range))
}
one! {
    /// One proposal on which votes are taken.
    proposal, "/v1/proposals/{id}", ProposalView, "open proposal", Uetr as schema::Uetr,
    "The proposal's reference", |id| ObjectQuery::Proposals(Select::One(id))
}
list! {
    /// What settling queued payments together saved, by asset.
    savings, "/v1/savings", SavingsPage, |range| ObjectQuery::Savings(Select::Page(range))
}
one! {
    /// What settling queued payments together saved in one asset.
    savings_of, "/v1/savings/{id}", SavingsView, "asset", AssetId as u16,
    "The asset's number", |id| ObjectQuery::Savings(Select::One(id))
}
one! {
    /// One payment that is not final, and what it lacks.
    open_payment, "/v1/open-payments/{id}", OpenPaymentView, "open payment", Uetr as schema::Uetr,
    "The payment", ObjectQuery::OpenPayment
}

/// The payments that are not final and of which a participant is an agent, with what each lacks.
#[utoipa::path(get, path = "/v1/open-payments", tag = "objects",
    params(
        ("participant" = u32, Query, description = "The debtor or creditor agent"),
        ("from" = Option<u32>, Query, description = "`next` of the page before; 0 unless given"),
        ("limit" = Option<u32>, Query, description = "How many at most, 1 to 100; larger values mean 100"),
    ),
    responses((status = 200, body = schema::OpenPaymentPage), schema::Problems))]
pub async fn open_payments<N: Node>(
    State(app): State<App<N>>,
    Parameters(query): Parameters<OpenPaymentsQuery>,
) -> Objects {
    let OpenPaymentsQuery { participant, from, limit } = query;
    Ok(Json(app.node.objects(ObjectQuery::OpenPayments(participant, range(from, limit))).await?))
}

/// The payments that wait in an account's queue, the first one first, with what each lacks.
#[utoipa::path(get, path = "/v1/accounts/{id}/queue", tag = "objects",
    params(
        ("id" = u32, Path, description = "The account"),
        ("from" = Option<u32>, Query, description = "How many to leave out: `next` of the page before; 0 unless given"),
        ("limit" = Option<u32>, Query, description = "How many at most, 1 to 100; larger values mean 100"),
    ),
    responses((status = 200, body = schema::OpenPaymentPage), schema::Problems))]
pub async fn queue<N: Node>(
    State(app): State<App<N>>,
    Identifier(id): Identifier<AccountId>,
    Parameters(query): Parameters<PageQuery>,
) -> Objects {
    app.node.account(id).await?.ok_or_else(|| ApiProblem::not_found("account", id))?;
    Ok(Json(app.node.objects(ObjectQuery::Queue(id, query.range())).await?))
}
