//! For operators: probes, metrics, and the description of the interface.

use std::sync::LazyLock;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use corridor_types::view::Ready;

use crate::app::App;
use crate::document::openapi;
use crate::node::{Node, Unavailable};
use crate::problem::{ApiProblem, Kind, Reply};
use crate::schema;

static OPENAPI: LazyLock<String> = LazyLock::new(openapi);

const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers as long as the process does.
#[utoipa::path(get, path = "/livez", tag = "operations", responses((status = 200, body = String)))]
pub async fn livez() -> &'static str {
    "ok\n"
}

/// Whether it makes sense to send work to this node.
#[utoipa::path(get, path = "/readyz", tag = "operations",
    responses(
        (status = 200, body = schema::Ready),
        (status = 503, content_type = "application/problem+json", body = schema::Problem,
            description = "`not_ready`, with the reason"),
    ))]
pub async fn readyz<N: Node>(State(app): State<App<N>>) -> Reply<Json<Ready>> {
    if *app.stopping.borrow() {
        return Err(ApiProblem::new(Kind::NotReady, "the node is stopping"));
    }
    let not_ready = |Unavailable(reason)| ApiProblem::new(Kind::NotReady, reason).retry_after(1_000);
    app.node.ready().map(|()| Json(Ready { ready: true })).map_err(not_ready)
}

/// Metrics of the interface and of the node, in the OpenMetrics text format.
#[utoipa::path(get, path = "/metrics", tag = "operations",
    responses((status = 200, content_type = "application/openmetrics-text", body = String)))]
pub async fn metrics<N: Node>(State(app): State<App<N>>) -> Reply<impl IntoResponse> {
    let mut text = String::new();
    app.node.metrics(&mut text);
    let text = app.metrics.finish(text).map_err(|error| Unavailable(error.to_string()))?;
    Ok(([(CONTENT_TYPE, METRICS_TYPE)], text))
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "operations", responses((status = 200)))]
pub async fn openapi_json() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], OPENAPI.as_str())
}
