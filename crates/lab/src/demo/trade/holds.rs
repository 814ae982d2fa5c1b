//! A hold: one officer stops a payment, two let it go on.

use corridor_cli::clock;
use corridor_cli::failure::Failure;
use corridor_types::operations::{HoldReason, HoldStep};
use corridor_types::{EntryKind, KeyRole, Operation, PaymentStatus};

use super::payments::{ATTESTED, RESERVED, attest, submit};
use super::{AURORA, MERIDIAN};
use crate::demo::deal::{Deal, units};
use crate::demo::play::Play;
use crate::demo::step::{Ask, Expected, Line};

/// The whole life of a hold.
pub async fn hold_and_release(play: &mut Play) -> Result<(), Failure> {
    let deal = Deal::ordinary(MERIDIAN, AURORA, "ZAR", units(310_000), "invoice 5510, wool");
    let line = Line {
        name: "payment-to-be-held",
        did: "Meridian Bank pays 310,000.00 ZAR to Banco Aurora: wool.".to_owned(),
        why: "The money is there and is set aside.",
        expected: RESERVED,
    };
    let payment = submit(play, deal, line).await?;
    // The ledger asks for an hour at least, or for as long as the payment lives.
    let deadline = payment.expiry;
    let step = HoldStep::Hold { payment: payment.uetr, reason: HoldReason::Documents, deadline };
    let line = Line {
        name: "payment-held",
        did: "A compliance officer of Banco Aurora holds it: the bill of lading is missing.".to_owned(),
        why: "Either agent may stop a payment that has not settled; what was set aside stays set aside.",
        expected: Expected::payment(EntryKind::Hold, PaymentStatus::Held),
    };
    officers(play, 1, step, line).await?;
    let line = Line {
        name: "payment-released",
        did: "Two compliance officers of Banco Aurora release it: the document has come.".to_owned(),
        why: "It takes two different officers of who held it; the attestation is still missing.",
        expected: Expected::payment(EntryKind::Release, PaymentStatus::AwaitingAttestation),
    };
    officers(play, 2, HoldStep::Release { payment: payment.uetr }, line).await?;
    let line = Line {
        name: "released-payment-settled",
        did: "Banco Aurora attests it.".to_owned(),
        why: "Released, attested and funded: the money moves.",
        expected: ATTESTED,
    };
    attest(play, AURORA, &payment, line).await
}

async fn officers(play: &mut Play, count: usize, step: HoldStep, line: Line) -> Result<(), Failure> {
    let subject = match &step {
        HoldStep::Hold { payment, .. } | HoldStep::Release { payment } | HoldStep::Reject { payment, .. } => *payment,
    };
    let operation = Operation::Hold { reference: clock::new_uetr()?, step };
    let transactions = vec![play.stage.player(AURORA)?.act(KeyRole::Compliance, count, operation)?];
    play.step(line, Ask { through: AURORA, transactions, subject }).await.map(|_| ())
}
