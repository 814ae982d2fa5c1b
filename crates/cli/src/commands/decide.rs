//! `corridor attest`, `reject` and `cancel`: what the two agents decide about a payment that has
//! not settled.

use clap::Args;
use corridor_types::operations::PaymentStep;
use corridor_types::view::{EntryView, PaymentView};
use corridor_types::{Attested, Code, EntryKind, KeyRole, Operation, Uetr};

use crate::actor::{Act, Actor, reference};
use crate::failure::Failure;
use crate::output::Output;
use crate::payment_text::{self, PaymentText, PaymentTexts};

/// Attest payments to this bank, so that they settle.
#[derive(Debug, Args)]
pub struct AttestArgs {
    /// The payments' UETRs
    #[arg(required = true, value_name = "UETR")]
    payments: Vec<Uetr>,
    /// Reference (UUID version 4) that makes a repetition harmless; absent: a new one
    #[arg(long)]
    reference: Option<Uetr>,
    #[command(flatten)]
    act: Act,
}

/// Refuse payments to this bank.
#[derive(Debug, Args)]
pub struct RejectArgs {
    /// The payments' UETRs
    #[arg(required = true, value_name = "UETR")]
    payments: Vec<Uetr>,
    /// Why: a code from 200 to 299, such as creditor_account_unknown
    #[arg(long, value_name = "CODE", value_parser = reason)]
    reason: Code,
    /// Reference (UUID version 4) that makes a repetition harmless; absent: a new one
    #[arg(long)]
    reference: Option<Uetr>,
    #[command(flatten)]
    act: Act,
}

/// Withdraw a payment that has not settled.
#[derive(Debug, Args)]
pub struct CancelArgs {
    /// The payment's UETR
    payment: Uetr,
    /// Reference (UUID version 4) that makes a repetition harmless; absent: a new one
    #[arg(long)]
    reference: Option<Uetr>,
    #[command(flatten)]
    act: Act,
}

/// Reads a creditor agent's reason, by text or by number.
fn reason(text: &str) -> Result<Code, String> {
    let by_number = text.parse().ok().and_then(Code::from_number);
    let code = by_number.or_else(|| text.parse().ok()).filter(|code| code.is_creditor_reason());
    code.ok_or_else(|| {
        let known = Code::ALL.iter().filter(|code| code.is_creditor_reason());
        let list: Vec<String> = known.map(|code| format!("{} ({})", code, code.number())).collect();
        format!("write one of {}", list.join(", "))
    })
}

/// Runs `attest`.
///
/// # Errors
/// [`Failure`].
pub async fn attest(args: AttestArgs, output: Output) -> Result<(), Failure> {
    let actor = args.act.open(KeyRole::Operator)?;
    let mut payments = Vec::new();
    for payment in &args.payments {
        payments.push(look_at(&actor, *payment, output).await?);
    }
    let operation = Operation::Payment {
        reference: reference(args.reference)?,
        step: PaymentStep::Attest { payments, screening: None },
    };
    decide(&actor, operation, EntryKind::Attest, &args.payments, output).await
}

/// What is attested is what the bank's own node shows: the whole record, by its digest. It is told
/// before anything is signed.
async fn look_at(actor: &Actor, payment: Uetr, output: Output) -> Result<Attested, Failure> {
    let seen = actor.session.wait_until(payment, actor.patience, |view| !view.entries.is_empty()).await?;
    let unknown = || Failure::refused("not_found", format!("{payment} is no payment that the node knows"));
    let terms = seen.payment.ok_or_else(unknown)?;
    output.note(format!("attesting {}", payment_text::summary(&terms)));
    Ok(Attested { payment, content: terms.content })
}

/// Runs `reject`.
///
/// # Errors
/// [`Failure`].
pub async fn reject(args: RejectArgs, output: Output) -> Result<(), Failure> {
    let actor = args.act.open(KeyRole::Operator)?;
    let (reference, reason) = (reference(args.reference)?, args.reason);
    let operation =
        Operation::Payment { reference, step: PaymentStep::Reject { payments: args.payments.clone(), reason } };
    decide(&actor, operation, EntryKind::Reject, &args.payments, output).await
}

/// Runs `cancel`.
///
/// # Errors
/// [`Failure`].
pub async fn cancel(args: CancelArgs, output: Output) -> Result<(), Failure> {
    let actor = args.act.open(KeyRole::Operator)?;
    let operation = Operation::Payment {
        reference: reference(args.reference)?,
        step: PaymentStep::Cancel { payment: args.payment },
    };
    decide(&actor, operation, EntryKind::Cancel, &[args.payment], output).await
}

/// Carries the operation out and shows where each payment is then.
async fn decide(
    actor: &Actor,
    operation: Operation,
    kind: EntryKind,
    payments: &[Uetr],
    output: Output,
) -> Result<(), Failure> {
    actor.carry_out(operation).await?;
    let mut views = Vec::new();
    for payment in payments {
        views.push(actor.session.wait_until(*payment, actor.patience, |view| view.certified).await?);
    }
    let refusals: Vec<String> = views.iter().filter_map(|view| refusal(view, kind)).collect();
    output.show(&PaymentTexts { payments: views.into_iter().map(PaymentText).collect() })?;
    match refusals.first() {
        Some(_) => Err(Failure::refused("not_done", refusals.join("; "))),
        None => Ok(()),
    }
}

/// A payment about which the ledger did not do what was asked. A refusal of the creditor agent is
/// what a rejection asks for, and a withdrawal what a cancellation asks for.
fn refusal(view: &PaymentView, kind: EntryKind) -> Option<String> {
    let wanted = |code: Code| code.is_ok() || code.is_creditor_reason() || code == Code::CancelledByDebtorAgent;
    let decision: &EntryView = view.entries.iter().rev().find(|entry| entry.kind == kind)?;
    (!wanted(decision.code)).then(|| format!("{}: {} ({})", view.uetr, decision.code, decision.meaning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_creditor_agents_reasons_are_taken() {
        assert_eq!(reason("creditor_account_unknown"), Ok(Code::CreditorAccountUnknown));
        assert_eq!(reason("204"), Ok(Code::CreditorAgentRefused));
        for bad in ["ok", "0", "insufficient_funds", "nonsense"] {
            assert!(reason(bad).is_err_and(|error| error.contains("creditor_account_unknown")), "{bad}");
        }
    }
}
