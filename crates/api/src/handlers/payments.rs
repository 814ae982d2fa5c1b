//! Payments and their receipts.

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use corridor_types::Uetr;
use corridor_types::view::{EventId, PaymentView};
use serde::Deserialize;

use crate::app::App;
use crate::extract::{Identifier, Parameters};
use crate::node::{Node, ReceiptLookup, Unavailable};
use crate::problem::{ApiProblem, Kind, Reply};
use crate::schema;

/// How soon to ask again for a receipt: a settlement takes tens of milliseconds.
const RECEIPT_RETRY_MS: u64 = 100;

/// Which of the entries about a reference.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptQuery {
    entry: Option<EventId>,
}

/// Where a payment is. Takes the reference of any other operation too.
#[utoipa::path(get, path = "/v1/payments/{uetr}", tag = "payments",
    params(("uetr" = schema::Uetr, Path, description = "The payment's UETR or the operation's reference")),
    responses((status = 200, body = schema::PaymentView), schema::Problems))]
pub async fn payment<N: Node>(
    State(app): State<App<N>>,
    Identifier(uetr): Identifier<Uetr>,
) -> Reply<Json<PaymentView>> {
    app.node.payment(uetr).await?.map(Json).ok_or_else(|| ApiProblem::not_found("payment", uetr))
}

/// Proof of the decision that led to a payment's newest status: the canonical text, to be kept byte by byte.
///
/// Of a proposal that passed it proves whether it took effect; of any other operation its decision.
/// `entry` names another of the entries about it, such as the one that held the payment or the one
/// that made the proposal: the `id` of one of `entries` in `/v1/payments/{uetr}`.
#[utoipa::path(get, path = "/v1/payments/{uetr}/receipt", tag = "payments",
    params(
        ("uetr" = schema::Uetr, Path, description = "The payment's UETR or the operation's reference"),
        ("entry" = Option<schema::EventId>, Query, description = "The `id` of an entry about it"),
    ),
    responses(
        (status = 200, body = schema::Receipt),
        (status = 404, content_type = "application/problem+json", body = schema::Problem,
            description = "`not_found`, or `receipt_pending` with `Retry-After`"),
        schema::Problems,
    ))]
pub async fn receipt<N: Node>(
    State(app): State<App<N>>,
    Identifier(uetr): Identifier<Uetr>,
    Parameters(ReceiptQuery { entry }): Parameters<ReceiptQuery>,
) -> Reply<impl IntoResponse> {
    match app.node.receipt(uetr, entry).await? {
        ReceiptLookup::Ready(receipt) => {
            let text = receipt.to_json().map_err(|error| Unavailable(error.to_string()))?;
            Ok(([(CONTENT_TYPE, "application/json")], text))
        }
        ReceiptLookup::Pending => {
            let detail = format!("{uetr} is known; the settlement certificate for it is on its way");
            Err(ApiProblem::new(Kind::ReceiptPending, detail).retry_after(RECEIPT_RETRY_MS))
        }
        ReceiptLookup::Unknown => Err(match entry {
            Some(entry) => ApiProblem::not_found("entry", format!("{entry} about {uetr}")),
            None => ApiProblem::not_found("payment", uetr),
        }),
    }
}
