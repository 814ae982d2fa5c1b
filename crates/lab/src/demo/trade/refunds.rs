//! A return: money of a settled payment comes back as a new movement, and with it a part of the
//! licence.

use corridor_cli::clock;
use corridor_cli::failure::Failure;
use corridor_types::operations::RefundStep;
use corridor_types::{Amount, Code, EntryKind, KeyRole, Operation, Payment};

use super::MERIDIAN;
use crate::demo::play::Play;
use crate::demo::step::{Ask, Expected, Line};

/// Meridian Bank returns half of a payment.
pub async fn return_half(play: &mut Play, original: &Payment) -> Result<(), Failure> {
    let amount = Amount(original.amount.0 / 2);
    let step = RefundStep::Return { original: original.clone(), amount, reason: Code::CreditorAgentRefused };
    let reference = clock::new_uetr()?;
    let operation = Operation::Refund { reference, step };
    let transactions = vec![play.stage.player(MERIDIAN)?.act(KeyRole::Operator, 1, operation)?];
    let line = Line {
        name: "half-returned",
        did: "Meridian Bank returns 120,000.00 BRL of the payment under licence: half of the pumps were not shipped."
            .to_owned(),
        why: "The payment settled and no more comes back than was paid; licence and programme get their part back.",
        expected: Expected::done(EntryKind::Return),
    };
    play.step(line, Ask { through: MERIDIAN, transactions, subject: reference }).await?;
    play.tally.give_back(original, amount);
    Ok(())
}
