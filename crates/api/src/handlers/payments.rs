//! Payments and their receipts.

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use corridor_types::Uetr;
use corridor_types::view::PaymentView;

use crate::app::App;
use crate::extract::Identifier;
use crate::node::{Node, ReceiptLookup, Unavailable};
use crate::problem::{ApiProblem, Kind, Reply};
use crate::schema;

/// How soon to ask again for a receipt: a settlement takes tens of milliseconds.
const RECEIPT_RETRY_MS: u64 = 100;

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

/// Proof of the newest decision on a payment: the canonical text, to be kept byte by byte.
#[utoipa::path(get, path = "/v1/payments/{uetr}/receipt", tag = "payments",
    params(("uetr" = schema::Uetr, Path, description = "The payment's UETR or the operation's reference")),
    responses(
        (status = 200, body = schema::Receipt),
        (status = 404, content_type = "application/problem+json", body = schema::Problem,
            description = "`not_found`, or `receipt_pending` with `Retry-After`"),
        schema::Problems,
    ))]
pub async fn receipt<N: Node>(
    State(app): State<App<N>>,
    Identifier(uetr): Identifier<Uetr>,
) -> Reply<impl IntoResponse> {
    match app.node.receipt(uetr).await? {
        ReceiptLookup::Ready(receipt) => {
            let text = receipt.to_json().map_err(|error| Unavailable(error.to_string()))?;
            Ok(([(CONTENT_TYPE, "application/json")], text))
        }
        ReceiptLookup::Pending => {
            let detail = format!("{uetr} is known; the settlement certificate for it is on its way");
            Err(ApiProblem::new(Kind::ReceiptPending, detail).retry_after(RECEIPT_RETRY_MS))
        }
        ReceiptLookup::Unknown => Err(ApiProblem::not_found("payment", uetr)),
    }
}
