//! Assets and clients.

use axum::Json;
use axum::extract::State;
use corridor_types::ClientHandle;
use corridor_types::view::{AssetView, ClientView};

use crate::app::App;
use crate::extract::Identifier;
use crate::node::Node;
use crate::problem::{ApiProblem, Reply};
use crate::schema;

/// All assets, ascending.
#[utoipa::path(get, path = "/v1/assets", tag = "registry",
    responses((status = 200, body = Vec<schema::AssetView>), schema::Problems))]
pub async fn assets<N: Node>(State(app): State<App<N>>) -> Reply<Json<Vec<AssetView>>> {
    Ok(Json(app.node.assets().await?))
}

/// One client's authorisation.
#[utoipa::path(get, path = "/v1/clients/{handle}", tag = "registry",
    params(("handle" = schema::ClientHandle, Path, description = "The client's opaque handle")),
    responses((status = 200, body = schema::ClientView), schema::Problems))]
pub async fn client<N: Node>(
    State(app): State<App<N>>,
    Identifier(handle): Identifier<ClientHandle>,
) -> Reply<Json<ClientView>> {
    app.node.client(handle).await?.map(Json).ok_or_else(|| ApiProblem::not_found("client", handle))
}
