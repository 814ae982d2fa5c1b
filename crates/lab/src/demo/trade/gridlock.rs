//! Gridlock: three banks each owe more than they have, and each would pay if it were paid. The
//! ledger settles all three payments against each other.

use corridor_cli::failure::Failure;
use corridor_types::{Amount, EntryKind, Payment, PaymentStatus};

use super::payments::{RESERVED, attest, submit};
use super::{AURORA, MERIDIAN};
use crate::demo::deal::{Deal, attestation, units};
use crate::demo::play::Play;
use crate::demo::step::{Ask, Expected, Line};

/// More than any of them has, which is about ten million.
const OWED: Amount = units(20_000_000);

/// A little less, so that one of them needs some money of its own.
const OWED_BACK: Amount = units(19_500_000);

/// Nobody attested has money: it waits in the queue.
const QUEUED: Expected = Expected::payment(EntryKind::Attest, PaymentStatus::Queued);

/// Settled by the ledger at the end of a block.
const SETTLED: Expected = Expected::payment(EntryKind::Settle, PaymentStatus::Settled);

/// Three payments in a circle.
pub async fn resolve(play: &mut Play) -> Result<(), Failure> {
    let third = play.stage.joining.bank.clone();
    let name = play.stage.player(&third)?.name.clone();
    let circle = [(AURORA, MERIDIAN, OWED), (MERIDIAN, third.as_str(), OWED), (third.as_str(), AURORA, OWED_BACK)];
    let told = [
        ("circle-first-submitted", "Banco Aurora owes Meridian Bank 20,000,000.00 BRL and has about half.".to_owned()),
        ("circle-second-submitted", format!("Meridian Bank owes {name} 20,000,000.00 BRL and has about half.")),
        ("circle-third-submitted", format!("{name} owes Banco Aurora 19,500,000.00 BRL and has about half.")),
    ];
    let mut payments = Vec::new();
    for ((from, to, amount), (name, did)) in circle.into_iter().zip(told) {
        let deal = Deal::ordinary(from, to, "BRL", amount, "end of the quarter").queues();
        let why = "The bank lets it wait for money; it also waits for its attestation.";
        payments.push(submit(play, deal, Line { name, did, why, expected: RESERVED }).await?);
    }
    let [first, second, last] = <[Payment; 3]>::try_from(payments).map_err(|_| Failure::internal("three payments"))?;
    wait_for_money(play, MERIDIAN, &first, "circle-first-queued").await?;
    wait_for_money(play, &third, &second, "circle-second-queued").await?;
    settle(play, [&first, &second, &last]).await
}

async fn wait_for_money(play: &mut Play, by: &str, payment: &Payment, name: &'static str) -> Result<(), Failure> {
    let did = format!("{} attests the payment to it.", play.stage.player(by)?.name);
    let why = "The money is not there: the payment stands in its bank's queue.";
    attest(play, by, payment, Line { name, did, why, expected: QUEUED }).await
}

/// The last attestation closes the circle; all three settle in its block.
async fn settle(play: &mut Play, [first, second, last]: [&Payment; 3]) -> Result<(), Failure> {
    let closing = vec![attestation(&play.stage, AURORA, last)?];
    let steps = [
        (
            last,
            closing,
            "circle-third-settled",
            "Banco Aurora attests the payment to it, and the third payment settles.",
        ),
        (first, Vec::new(), "circle-first-settled", "In the same block the first payment settles."),
        (second, Vec::new(), "circle-second-settled", "In the same block the second payment settles."),
    ];
    let why = "The ledger settles the three against each other: only the net of each bank must be there.";
    let mut heights = std::collections::BTreeSet::new();
    for (payment, transactions, name, did) in steps {
        let line = Line { name, did: did.to_owned(), why, expected: SETTLED };
        let ask = Ask { through: AURORA, transactions, subject: payment.uetr };
        heights.insert(play.step(line, ask).await?.entry.height);
    }
    if heights.len() == 1 {
        return Ok(());
    }
    Err(Failure::refused("unexpected_outcome", "the three payments of the circle settled in different blocks"))
}
