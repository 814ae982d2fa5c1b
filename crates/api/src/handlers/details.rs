//! The sealed details of a payment, as bytes. Nobody opens them here: the node has no key for that.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use corridor_types::Uetr;

use crate::app::App;
use crate::extract::{BodyForm, Identifier, body_form, read_body};
use crate::node::{DetailsLookup, DetailsPut, Node};
use crate::problem::{ApiProblem, Kind, Reply, field_error};
use crate::schema;

/// How soon to ask again for details: another node answers within a round trip.
const DETAILS_RETRY_MS: u64 = 250;

/// The sealed details of a payment, if they are for this node. Asking for them makes the node ask
/// the other parties' nodes again.
#[utoipa::path(get, path = "/v1/payments/{uetr}/details", tag = "payments",
    params(("uetr" = schema::Uetr, Path, description = "The payment's UETR")),
    responses(
        (status = 200, body = schema::SealedDetails, content_type = "application/octet-stream"),
        (status = 404, content_type = "application/problem+json", body = schema::Problem,
            description = "`not_found`, `details_erased`, or `details_pending` with `Retry-After`"),
        schema::Problems,
    ))]
pub async fn details<N: Node>(
    State(app): State<App<N>>,
    Identifier(uetr): Identifier<Uetr>,
) -> Reply<impl IntoResponse> {
    match app.node.details(uetr).await? {
        DetailsLookup::Here(document) => Ok(([(CONTENT_TYPE, "application/octet-stream")], document)),
        DetailsLookup::OnTheWay => {
            let detail = format!("the details of {uetr} are for this node, which asks the other parties for them");
            Err(ApiProblem::new(Kind::DetailsPending, detail).retry_after(DETAILS_RETRY_MS))
        }
        DetailsLookup::Erased => {
            Err(ApiProblem::new(Kind::DetailsErased, format!("the details of {uetr} were erased here")))
        }
        DetailsLookup::Unknown => {
            let detail = format!("this node knows no payment {uetr} whose details are for its institution");
            Err(ApiProblem::new(Kind::NotFound, detail))
        }
    }
}

/// Hands the node the sealed details of a payment, before the payment or after it. Repeating it is
/// harmless. It stays there when this is answered.
#[utoipa::path(put, path = "/v1/payments/{uetr}/details", tag = "payments",
    params(("uetr" = schema::Uetr, Path, description = "The payment's UETR")),
    request_body(content = schema::SealedDetails, content_type = "application/octet-stream",
        description = "The sealed document, at most 72 KiB"),
    responses(
        (status = 204, description = "Kept"),
        (status = 413, content_type = "application/problem+json", body = schema::Problem, description = "Too large"),
        (status = 415, content_type = "application/problem+json", body = schema::Problem,
            description = "Another media type, or compressed"),
        (status = 422, content_type = "application/problem+json", body = schema::Problem,
            description = "`details_refused`: another payment's, or not for this node's institution"),
        schema::Problems,
    ))]
pub async fn put_details<N: Node>(
    State(app): State<App<N>>,
    Identifier(uetr): Identifier<Uetr>,
    headers: HeaderMap,
    body: Body,
) -> Reply<StatusCode> {
    if body_form(&headers)? != BodyForm::Binary {
        let detail = "a sealed document is sent as application/octet-stream";
        return Err(ApiProblem::new(Kind::UnsupportedMediaType, detail));
    }
    let document = read_body(body).await?.to_vec();
    match app.node.put_details(uetr, document).await? {
        DetailsPut::Kept => Ok(StatusCode::NO_CONTENT),
        DetailsPut::Malformed { detail } => {
            let error = field_error("", "malformed_encoding", detail, "send the document as it was sealed");
            Err(ApiProblem::new(Kind::Malformed, "the body is no sealed document").with_errors(vec![error]))
        }
        DetailsPut::Refused { detail } => Err(ApiProblem::new(Kind::DetailsRefused, detail)),
        DetailsPut::Busy { retry_after_ms } => {
            let detail = "too many documents wait for their payments; submit those first";
            Err(ApiProblem::new(Kind::Busy, detail).retry_after(retry_after_ms))
        }
    }
}

/// Erases the sealed details of a payment on this node, for good. The payment, its history and its
/// receipts hold only the digest and stay as they are.
#[utoipa::path(delete, path = "/v1/payments/{uetr}/details", tag = "payments",
    params(("uetr" = schema::Uetr, Path, description = "The payment's UETR")),
    responses((status = 204, description = "Erased"), schema::Problems))]
pub async fn erase_details<N: Node>(
    State(app): State<App<N>>,
    Identifier(uetr): Identifier<Uetr>,
) -> Reply<StatusCode> {
    match app.node.erase_details(uetr).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiProblem::new(Kind::NotFound, format!("this node has no details of {uetr}"))),
    }
}
