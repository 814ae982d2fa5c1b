//! Taking transactions in.
//!
//! One transaction is answered by the HTTP status alone: 202, 200, or a problem. A longer list is
//! answered per transaction, because one bank's mistake in one line must not hide what became of
//! the others; its status says more only if all share one fate.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use corridor_types::codec::{Reader, decode_list};
use corridor_types::view::{FieldError, SubmissionReport, SubmissionView};
use corridor_types::{Decode as _, DecodeError, Encode as _, Transaction, Uetr};

use crate::app::App;
use crate::extract::{BodyForm, body_form, parse_json, read_body};
use crate::limits::MAX_SUBMIT_TRANSACTIONS;
use crate::node::{Node, SubmitResult, Unavailable};
use crate::problem::{ApiProblem, Kind, Reply, field_error, rule_error};
use crate::schema;

/// What a client of an observer is told.
const NOT_VALIDATOR: &str = "the node is an observer, or leaves the validators with this epoch; submit to a validator";

/// Submits transactions. Repeating a request is harmless: the reference decides.
///
/// `application/json`: one transaction or an array. `application/octet-stream`: the canonical
/// encoding of a list. A list of several transactions that do not share one fate is answered 200
/// with one result per transaction.
#[utoipa::path(post, path = "/v1/transactions", tag = "payments",
    request_body(description = "At most 2 MiB and 8192 transactions", content(
        (schema::Transactions = "application/json"),
        (schema::EncodedTransactions = "application/octet-stream"),
    )),
    responses(
        (status = 202, body = schema::SubmissionReport, description = "All were taken; some may have been known"),
        (status = 200, body = schema::SubmissionReport,
            description = "All were known; or, for a list, see each result"),
        (status = 413, content_type = "application/problem+json", body = schema::Problem, description = "Too large"),
        (status = 415, content_type = "application/problem+json", body = schema::Problem,
            description = "Another media type, or compressed"),
        (status = 422, content_type = "application/problem+json", body = schema::Problem,
            description = "The one transaction was refused; `errors` says by which rule"),
        (status = 421, content_type = "application/problem+json", body = schema::Problem,
            description = "`not_a_validator`: this node is an observer, or leaves the validators; ask a validator"),
        schema::Problems,
    ))]
pub async fn submit<N: Node>(State(app): State<App<N>>, headers: HeaderMap, body: Body) -> Reply<Response> {
    let form = body_form(&headers)?;
    let body = read_body(body).await?;
    let transactions = match form {
        BodyForm::Json => from_json(&body)?,
        BodyForm::Binary => from_binary(&body)?,
    };
    let references: Vec<_> = transactions.iter().map(|transaction| transaction.operation.reference()).collect();
    let faults = match form {
        BodyForm::Json => transactions.iter().map(beyond_the_codec).collect(),
        BodyForm::Binary => vec![None; transactions.len()],
    };
    let results = hand_over(&*app.node, transactions, faults).await?;
    reply(references.into_iter().zip(results).collect())
}

/// Why a transaction has no canonical encoding. JSON does not bound lists, and what no peer can decode
/// must not enter a lane; what came in the canonical encoding was bounded when it was read.
fn beyond_the_codec(transaction: &Transaction) -> Option<DecodeError> {
    Transaction::from_bytes(&transaction.to_bytes()).err()
}

/// Gives the node what has no fault, and puts all results into the order of the request.
async fn hand_over(
    node: &impl Node,
    transactions: Vec<Transaction>,
    faults: Vec<Option<DecodeError>>,
) -> Reply<Vec<SubmitResult>> {
    let sound = |(transaction, fault): (Transaction, &Option<DecodeError>)| fault.is_none().then_some(transaction);
    let sound: Vec<Transaction> = transactions.into_iter().zip(&faults).filter_map(sound).collect();
    let count = sound.len();
    let results = if sound.is_empty() { Vec::new() } else { node.submit(sound).await };
    if results.len() != count {
        return Err(Unavailable(format!("{count} transactions got {} results", results.len())).into());
    }
    let mut results = results.into_iter();
    let result = |fault: Option<DecodeError>| match fault {
        Some(error) => Some(SubmitResult::Malformed { field: "operation".to_owned(), detail: error.to_string() }),
        None => results.next(),
    };
    Ok(faults.into_iter().filter_map(result).collect())
}

fn from_json(body: &[u8]) -> Reply<Vec<Transaction>> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let transactions = if first == Some(&b'[') { parse_json(body)? } else { vec![parse_json(body)?] };
    checked_count(transactions)
}

fn from_binary(body: &[u8]) -> Reply<Vec<Transaction>> {
    let decode = || -> Result<_, DecodeError> {
        let mut reader = Reader::new(body);
        let transactions = decode_list(&mut reader, "transactions", MAX_SUBMIT_TRANSACTIONS)?;
        reader.finish()?;
        Ok(transactions)
    };
    checked_count(decode().map_err(|error| {
        let remedy = "send the canonical encoding of a list of transactions";
        malformed(field_error("", "malformed_encoding", error.to_string(), remedy))
    })?)
}

fn checked_count(transactions: Vec<Transaction>) -> Reply<Vec<Transaction>> {
    let count = transactions.len();
    if (1..=MAX_SUBMIT_TRANSACTIONS).contains(&count) {
        return Ok(transactions);
    }
    let message = format!("the list has {count} transactions");
    let remedy = format!("send 1 to {MAX_SUBMIT_TRANSACTIONS}");
    Err(malformed(field_error("", "bad_count", message, &remedy)))
}

fn malformed(error: FieldError) -> ApiProblem {
    ApiProblem::new(Kind::Malformed, "the body is not a list of transactions").with_errors(vec![error])
}

/// Chooses the status: see the module's description.
fn reply(results: Vec<(Option<Uetr>, SubmitResult)>) -> Reply<Response> {
    let busy = |(_, result): &(_, SubmitResult)| match result {
        SubmitResult::Busy { retry_after_ms } => Some(*retry_after_ms),
        _ => None,
    };
    if let Some(waits) = results.iter().map(busy).collect::<Option<Vec<_>>>() {
        let wait = waits.into_iter().max().unwrap_or_default();
        return Err(ApiProblem::new(Kind::Busy, "the node has no room for more transactions").retry_after(wait));
    }
    if results.iter().all(|(_, result)| *result == SubmitResult::NotValidator) {
        return Err(ApiProblem::new(Kind::NotValidator, NOT_VALIDATOR));
    }
    if let [(_, only)] = results.as_slice()
        && let Some(problem) = single_problem(only)
    {
        return Err(problem);
    }
    let status = shared_status(&results);
    let results = results.into_iter().map(|(reference, result)| view(reference, result)).collect();
    Ok((status, Json(SubmissionReport { results })).into_response())
}

/// What is wrong with the only transaction of a request.
fn single_problem(result: &SubmitResult) -> Option<ApiProblem> {
    let (kind, detail, error) = match result {
        SubmitResult::Refused { code, field, detail } => (Kind::Refused, detail, rule_error(field, *code, detail)),
        SubmitResult::Malformed { field, detail } => (Kind::Malformed, detail, malformed_field(field, detail.clone())),
        _ => return None,
    };
    Some(ApiProblem::new(kind, detail).with_errors(vec![error]))
}

fn shared_status(results: &[(Option<Uetr>, SubmitResult)]) -> StatusCode {
    let accepted = |result: &SubmitResult| matches!(result, SubmitResult::Accepted { .. });
    let taken = |result: &SubmitResult| accepted(result) || matches!(result, SubmitResult::Known { .. });
    let all_taken = results.iter().all(|(_, result)| taken(result));
    let any_accepted = results.iter().any(|(_, result)| accepted(result));
    if all_taken && any_accepted { StatusCode::ACCEPTED } else { StatusCode::OK }
}

fn malformed_field(field: &str, detail: String) -> FieldError {
    field_error(field, "malformed", detail, "correct the field and sign the transaction again")
}

fn view(reference: Option<Uetr>, result: SubmitResult) -> SubmissionView {
    match result {
        SubmitResult::Accepted { id, reference } => SubmissionView::Accepted { transaction: id, reference },
        SubmitResult::Known { reference, status } => SubmissionView::Known { reference, payment: status },
        SubmitResult::Refused { code, field, detail } => {
            SubmissionView::Refused { reference, errors: vec![rule_error(&field, code, detail)] }
        }
        SubmitResult::Malformed { field, detail } => {
            SubmissionView::Refused { reference, errors: vec![malformed_field(&field, detail)] }
        }
        SubmitResult::NotValidator => {
            let error = field_error("", Kind::NotValidator.code(), NOT_VALIDATOR, "see /v1/validators for who votes");
            SubmissionView::Refused { reference, errors: vec![error] }
        }
        SubmitResult::Busy { retry_after_ms } => SubmissionView::Busy { retry_after_ms },
    }
}
