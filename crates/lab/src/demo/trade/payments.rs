//! An ordinary payment, and the two moves of which most of the story is made: a bank submits, the
//! other attests.

use corridor_cli::failure::Failure;
use corridor_types::{EntryKind, Payment, PaymentStatus};

use super::{AURORA, MERIDIAN};
use crate::demo::deal::{Deal, attestation, submission, units};
use crate::demo::play::Play;
use crate::demo::step::{Ask, Expected, Line};

/// The debtor's bank submits a payment; the step's outcome is where the payment begins.
pub async fn submit(play: &mut Play, deal: Deal<'_>, line: Line) -> Result<Payment, Failure> {
    let from = deal.from.to_owned();
    let payment = deal.into_payment(&play.stage)?;
    let transactions = vec![submission(&play.stage, &from, &payment)?];
    play.step(line, Ask { through: &from, transactions, subject: payment.uetr }).await?;
    Ok(payment)
}

/// The creditor's bank attests a payment; the step's outcome is what becomes of the payment.
pub async fn attest(play: &mut Play, by: &str, payment: &Payment, line: Line) -> Result<(), Failure> {
    let transactions = vec![attestation(&play.stage, by, payment)?];
    play.step(line, Ask { through: by, transactions, subject: payment.uetr }).await.map(|_| ())
}

/// What it takes to settle.
pub const ATTESTED: Expected = Expected::payment(EntryKind::Attest, PaymentStatus::Settled);

/// Where a payment for which there is money begins.
pub const RESERVED: Expected = Expected::payment(EntryKind::Pay, PaymentStatus::AwaitingAttestation);

/// From submission to settlement.
pub async fn settle_one(play: &mut Play) -> Result<(), Failure> {
    let deal = Deal::ordinary(AURORA, MERIDIAN, "BRL", units(125_000), "invoice 2201, coffee");
    let line = Line {
        name: "payment-submitted",
        did: "Banco Aurora pays 125,000.00 BRL to Meridian Bank for its company: coffee.".to_owned(),
        why: "The money is there and is set aside until the other bank has said yes.",
        expected: RESERVED,
    };
    let payment = submit(play, deal, line).await?;
    let line = Line {
        name: "payment-settled",
        did: "Meridian Bank attests it: it knows the payee and has the travel-rule data.".to_owned(),
        why: "Nothing is missing any more: the money moves in the same block, finally.",
        expected: ATTESTED,
    };
    attest(play, MERIDIAN, &payment, line).await
}
