//! The chain, its blocks, and what ordering waits for.

use axum::Json;
use axum::extract::State;
use corridor_types::view::{BlockView, ChainView, ConsensusView, EvidenceView, ValidatorsView};
use corridor_types::{Epoch, Genesis, Handover, Height};
use serde::Deserialize;

use crate::app::App;
use crate::extract::{Identifier, Parameters};
use crate::limits::HANDOVERS_PER_PAGE;
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

/// Who votes, who is decided or declared to vote next, and who may connect.
#[utoipa::path(get, path = "/v1/validators", tag = "chain",
    responses((status = 200, body = schema::ValidatorsView), schema::Problems))]
pub async fn validators<N: Node>(State(app): State<App<N>>) -> Reply<Json<ValidatorsView>> {
    Ok(Json(app.node.validators().await?))
}

/// Where to begin.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandoverQuery {
    from: Option<Epoch>,
}

/// Proofs of the changes of the validator set, ascending, 32 at most: whoever has the genesis walks
/// them to the set of any epoch and needs to trust no node.
#[utoipa::path(get, path = "/v1/handovers", tag = "chain",
    params(("from" = Option<u64>, Query, description = "The epoch with whose end to begin; 0 unless told")),
    responses((status = 200, body = Vec<schema::Handover>), schema::Problems))]
pub async fn handovers<N: Node>(
    State(app): State<App<N>>,
    Parameters(query): Parameters<HandoverQuery>,
) -> Reply<Json<Vec<Handover>>> {
    Ok(Json(app.node.handovers(query.from.unwrap_or(Epoch(0)), HANDOVERS_PER_PAGE).await?))
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
