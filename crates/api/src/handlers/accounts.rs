//! Accounts, balances and statements.

use axum::Json;
use axum::extract::State;
use corridor_types::view::{AccountPage, AccountView, StatementPage};
use corridor_types::{AccountId, Bic, ParticipantId};
use serde::Deserialize;

use crate::app::App;
use crate::extract::{Identifier, Parameters};
use crate::limits::{MAX_ACCOUNTS_PER_PAGE, MAX_STATEMENT_LINES_PER_PAGE};
use crate::node::{AccountFilter, Node};
use crate::problem::{ApiProblem, Kind, Reply, field_error, shown};
use crate::schema;

/// Which accounts to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountQuery {
    owner: Option<ParticipantId>,
    bic: Option<String>,
    from: Option<AccountId>,
    limit: Option<usize>,
}

impl AccountQuery {
    fn filter(self) -> Reply<AccountFilter> {
        let bic = self.bic.as_deref().map(parse_bic).transpose()?;
        let limit = self.limit.unwrap_or(MAX_ACCOUNTS_PER_PAGE).clamp(1, MAX_ACCOUNTS_PER_PAGE);
        Ok(AccountFilter { owner: self.owner, bic, from: self.from.unwrap_or(AccountId(0)), limit })
    }
}

fn parse_bic(text: &str) -> Reply<Bic> {
    Bic::parse(text).map_err(|error| {
        let mut field = field_error("bic", "invalid_identifier", error.to_string(), error.problem);
        field.value = Some(shown(text));
        ApiProblem::new(Kind::InvalidParameter, "the query is malformed").with_errors(vec![field])
    })
}

/// Accounts in ascending order, all as of one block.
#[utoipa::path(get, path = "/v1/accounts", tag = "accounts",
    params(
        ("owner" = Option<u32>, Query, description = "Only of this participant"),
        ("bic" = Option<String>, Query, description = "Only of the participant with this code of 8 or 11 characters"),
        ("from" = Option<u32>, Query, description = "The lowest account to list: `next` of the page before"),
        ("limit" = Option<u32>, Query, description = "How many at most, 1 to 1000; larger values mean 1000"),
    ),
    responses((status = 200, body = schema::AccountPage), schema::Problems))]
pub async fn accounts<N: Node>(
    State(app): State<App<N>>,
    Parameters(query): Parameters<AccountQuery>,
) -> Reply<Json<AccountPage>> {
    Ok(Json(app.node.accounts(query.filter()?).await?))
}

/// One account with its balance.
#[utoipa::path(get, path = "/v1/accounts/{id}", tag = "accounts",
    params(("id" = u32, Path, description = "The account")),
    responses((status = 200, body = schema::AccountView), schema::Problems))]
pub async fn account<N: Node>(
    State(app): State<App<N>>,
    Identifier(id): Identifier<AccountId>,
) -> Reply<Json<AccountView>> {
    app.node.account(id).await?.map(Json).ok_or_else(|| ApiProblem::not_found("account", id))
}

/// Which lines of a statement.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementQuery {
    #[serde(default = "first_line")]
    from: u64,
    limit: Option<usize>,
}

const fn first_line() -> u64 {
    1
}

/// The bookings on one account, numbered from 1 without gaps, each with the balance after it.
#[utoipa::path(get, path = "/v1/accounts/{id}/statement", tag = "accounts",
    params(
        ("id" = u32, Path, description = "The account"),
        ("from" = Option<u64>, Query, description = "The number of the first line; 1 unless given. A node that \
            began with a snapshot answers from `first` on"),
        ("limit" = Option<u32>, Query, description = "How many lines at most, 1 to 1000; larger values mean 1000"),
    ),
    responses((status = 200, body = schema::StatementPage), schema::Problems))]
pub async fn statement<N: Node>(
    State(app): State<App<N>>,
    Identifier(id): Identifier<AccountId>,
    Parameters(query): Parameters<StatementQuery>,
) -> Reply<Json<StatementPage>> {
    let limit = query.limit.unwrap_or(MAX_STATEMENT_LINES_PER_PAGE).clamp(1, MAX_STATEMENT_LINES_PER_PAGE);
    let page = app.node.statement(id, query.from, limit).await?;
    page.map(Json).ok_or_else(|| ApiProblem::not_found("account", id))
}
