//! The OpenAPI 3.1 document, made from the handlers and [`crate::schema`].

use utoipa::OpenApi;

use crate::{events, handlers, schema};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Corridor node",
        version = "1",
        description = "Submit payments, follow them to finality, fetch receipts that verify offline. \
                       See docs/api/api.md for a tour.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        handlers::submit::submit,
        handlers::payments::payment,
        handlers::payments::receipt,
        handlers::details::details,
        handlers::details::put_details,
        handlers::details::erase_details,
        handlers::accounts::accounts,
        handlers::accounts::account,
        handlers::accounts::statement,
        handlers::registry::assets,
        handlers::registry::client,
        handlers::objects::participants,
        handlers::objects::participant,
        handlers::objects::programmes,
        handlers::objects::programme,
        handlers::objects::licences,
        handlers::objects::licence,
        handlers::objects::screening_lists,
        handlers::objects::screening_list,
        handlers::objects::limits,
        handlers::objects::refunds,
        handlers::objects::refund,
        handlers::objects::quotes,
        handlers::objects::quote,
        handlers::objects::calendars,
        handlers::objects::calendar,
        handlers::objects::rulebooks,
        handlers::objects::proposals,
        handlers::objects::proposal,
        handlers::objects::savings,
        handlers::objects::savings_of,
        handlers::objects::open_payments,
        handlers::objects::open_payment,
        handlers::objects::queue,
        handlers::chain::block,
        handlers::chain::chain,
        handlers::chain::consensus,
        handlers::chain::validators,
        handlers::chain::handovers,
        handlers::chain::evidence,
        handlers::chain::genesis,
        events::events,
        handlers::operations::livez,
        handlers::operations::readyz,
        handlers::operations::metrics,
        handlers::operations::openapi_json,
    ),
    components(schemas(schema::Problem)),
    tags(
        (name = "payments", description = "Submitting and following payments"),
        (name = "events", description = "What was decided, as it happens"),
        (name = "accounts", description = "Accounts, balances, statements"),
        (name = "registry", description = "Assets, clients"),
        (name = "objects", description = "Participants, programmes, licences, limits, rulebooks, proposals; what payments wait for"),
        (name = "chain", description = "Blocks and consensus"),
        (name = "operations", description = "Probes, metrics, this document"),
    ),
)]
struct Document;

/// The document as indented JSON with a final line feed: what `/openapi.json` answers and what
/// `docs/api/openapi.json` holds.
pub fn openapi() -> String {
    // The document is static and made of strings and maps; the test below reads it back.
    let mut text = Document::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}
