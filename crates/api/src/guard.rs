//! What every request passes: the limit on requests in work, the timeout, and the counters.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::node::Node;
use crate::problem::{ApiProblem, Kind};

/// Wraps every route.
pub async fn guard<N: Node>(State(app): State<App<N>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let mut response = bounded(&app, &route, request, next).await;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    app.metrics.answered(&method, &route, response.status().as_u16(), started.elapsed());
    response
}

/// Probes and metrics stay reachable when the interface is full; they take no body.
async fn bounded<N: Node>(app: &App<N>, route: &str, request: Request, next: Next) -> Response {
    let permit = app.requests.try_acquire();
    if permit.is_err() && route.starts_with("/v1/") {
        let detail = format!("{} requests are in work; try again", app.limits.requests);
        return ApiProblem::new(Kind::Busy, detail).retry_after(1_000).into_response();
    }
    let limit = app.limits.request_timeout;
    tokio::time::timeout(limit, next.run(request)).await.unwrap_or_else(|_| {
        let detail = format!("no answer within {} ms", limit.as_millis());
        ApiProblem::new(Kind::Timeout, detail).retry_after(1_000).into_response()
    })
}
