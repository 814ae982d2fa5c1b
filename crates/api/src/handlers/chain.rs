//! The chain, its blocks, and what ordering waits for.

use axum::Json;
use axum::extract::State;
use corridor_types::view::{BlockView, ChainView, ConsensusView, EvidenceView};
use corridor_types::{Genesis, Height};

use crate::app::App;
use crate::extract::Identifier;
use crate::node::Node;
use crate::problem::{ApiProblem, Reply};
use crate::schema;

/// One finalized block.
#[utoipa::path(get, path = "/v1/blocks/{height}", tag = "chain",
    params(("height" = u64, Path, description = "From 1")),
    responses((status = 200, body = schema::BlockView), schema::Problems))]
pub async fn block<N: Node>(
    State(app): State<App<N>>,
    Identifier(height): Identifier<Height>,
) -> Reply<Json<BlockView>> {
    app.node.block(height).await?.map(Json).ok_or_else(|| ApiProblem::not_found("block", height))
}

/// Which chain this is and how far this node is.
#[utoipa::path(get, path = "/v1/chain", tag = "chain",
    responses((status = 200, body = schema::ChainView), schema::Problems))]
pub async fn chain<N: Node>(State(app): State<App<N>>) -> Reply<Json<ChainView>> {
    Ok(Json(app.node.chain().await?))
}

/// What ordering waits for, and for whom.
#[utoipa::path(get, path = "/v1/consensus", tag = "chain",
    responses((status = 200, body = schema::ConsensusView), schema::Problems))]
pub async fn consensus<N: Node>(State(app): State<App<N>>) -> Reply<Json<ConsensusView>> {
    Ok(Json(app.node.consensus().await?))
}

/// Proofs of misbehaviour that this node holds.
#[utoipa::path(get, path = "/v1/evidence", tag = "chain",
    responses((status = 200, body = Vec<schema::EvidenceView>), schema::Problems))]
pub async fn evidence<N: Node>(State(app): State<App<N>>) -> Reply<Json<Vec<EvidenceView>>> {
    Ok(Json(app.node.evidence().await?))
}

/// The genesis document. Trust one only after comparing its digest with one from elsewhere.
#[utoipa::path(get, path = "/v1/genesis", tag = "chain",
    responses((status = 200, body = schema::Genesis), schema::Problems))]
pub async fn genesis<N: Node>(State(app): State<App<N>>) -> Json<Genesis> {
    Json(app.node.genesis().clone())
}
