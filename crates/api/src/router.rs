//! The table of routes.

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::app::App;
use crate::events;
use crate::guard::guard;
use crate::handlers::{accounts, chain, details, objects, operations, payments, registry, submit};
use crate::node::Node;
use crate::problem::{ApiProblem, Kind, shown};

/// All routes over one node. Every one of them is in the OpenAPI document too; a test compares.
pub fn router<N: Node>(app: App<N>) -> Router {
    Router::new()
        .route("/v1/transactions", post(submit::submit::<N>))
        .route("/v1/payments/{uetr}", get(payments::payment::<N>))
        .route("/v1/payments/{uetr}/receipt", get(payments::receipt::<N>))
        .route(
            "/v1/payments/{uetr}/details",
            get(details::details::<N>).put(details::put_details::<N>).delete(details::erase_details::<N>),
        )
        .route("/v1/accounts", get(accounts::accounts::<N>))
        .route("/v1/accounts/{id}", get(accounts::account::<N>))
        .route("/v1/accounts/{id}/statement", get(accounts::statement::<N>))
        .route("/v1/accounts/{id}/queue", get(objects::queue::<N>))
        .route("/v1/participants", get(objects::participants::<N>))
        .route("/v1/participants/{id}", get(objects::participant::<N>))
        .route("/v1/assets", get(registry::assets::<N>))
        .route("/v1/clients/{handle}", get(registry::client::<N>))
        .route("/v1/programmes", get(objects::programmes::<N>))
        .route("/v1/programmes/{id}", get(objects::programme::<N>))
        .route("/v1/licences", get(objects::licences::<N>))
        .route("/v1/licences/{id}", get(objects::licence::<N>))
        .route("/v1/screening-lists", get(objects::screening_lists::<N>))
        .route("/v1/screening-lists/{id}", get(objects::screening_list::<N>))
        .route("/v1/limits", get(objects::limits::<N>))
        .route("/v1/refunds", get(objects::refunds::<N>))
        .route("/v1/refunds/{id}", get(objects::refund::<N>))
        .route("/v1/quotes", get(objects::quotes::<N>))
        .route("/v1/quotes/{id}", get(objects::quote::<N>))
        .route("/v1/calendars", get(objects::calendars::<N>))
        .route("/v1/calendars/{id}", get(objects::calendar::<N>))
        .route("/v1/rulebooks", get(objects::rulebooks::<N>))
        .route("/v1/proposals", get(objects::proposals::<N>))
        .route("/v1/proposals/{id}", get(objects::proposal::<N>))
        .route("/v1/savings", get(objects::savings::<N>))
        .route("/v1/savings/{id}", get(objects::savings_of::<N>))
        .route("/v1/open-payments", get(objects::open_payments::<N>))
        .route("/v1/open-payments/{id}", get(objects::open_payment::<N>))
        .route("/v1/blocks/{height}", get(chain::block::<N>))
        .route("/v1/chain", get(chain::chain::<N>))
        .route("/v1/consensus", get(chain::consensus::<N>))
        .route("/v1/validators", get(chain::validators::<N>))
        .route("/v1/handovers", get(chain::handovers::<N>))
        .route("/v1/evidence", get(chain::evidence::<N>))
        .route("/v1/genesis", get(chain::genesis::<N>))
        .route("/v1/events", get(events::events::<N>))
        .route("/livez", get(operations::livez))
        .route("/readyz", get(operations::readyz::<N>))
        .route("/metrics", get(operations::metrics::<N>))
        .route("/openapi.json", get(operations::openapi_json))
        .fallback(no_route)
        .method_not_allowed_fallback(other_method)
        .layer(from_fn_with_state(app.clone(), guard::<N>))
        .with_state(app)
}

async fn no_route(request: Request) -> ApiProblem {
    ApiProblem::new(Kind::NotFound, format!("there is no route {}; see /openapi.json", shown(request.uri().path())))
}

async fn other_method(request: Request) -> ApiProblem {
    let detail = format!("{} is not for {}; see /openapi.json", shown(request.uri().path()), request.method());
    ApiProblem::new(Kind::MethodNotAllowed, detail)
}
