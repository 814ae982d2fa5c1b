//! A legal order: an account is frozen, a new payment is refused, a waiting one waits, and goes on
//! when the freeze ends.

use corridor_cli::clock;
use corridor_cli::failure::Failure;
use corridor_types::operations::{FreezeMode, OrderStep, OrderTarget};
use corridor_types::{AccountId, Code, EntryKind, KeyRole, Label, Operation, PaymentStatus, Transaction, Uetr};

use super::payments::{RESERVED, attest, submit};
use super::{AURORA, AURORA_CENTRAL, MERIDIAN};
use crate::demo::deal::{Deal, submission, units};
use crate::demo::play::Play;
use crate::demo::step::{Ask, Expected, Line};

/// The legal order, which an auditor looks up.
const ORDER: &str = "Court of Aurora, 2026/118";

/// The whole life of a freeze.
pub async fn freeze_and_unfreeze(play: &mut Play) -> Result<(), Failure> {
    let account = play.stage.account(play.stage.player(AURORA)?.id, play.stage.asset("BRL")?)?;
    let deal = Deal::ordinary(AURORA, MERIDIAN, "BRL", units(60_000), "invoice 2202, soy");
    let line = Line {
        name: "payment-before-the-freeze",
        did: "Banco Aurora pays 60,000.00 BRL to Meridian Bank.".to_owned(),
        why: "The money is there and is set aside.",
        expected: RESERVED,
    };
    let waiting = submit(play, deal, line).await?;
    freeze(play, account).await?;
    let line = Line {
        name: "payment-waits-for-the-freeze",
        did: "Meridian Bank attests the payment that was made before.".to_owned(),
        why: "A freeze keeps open payments where they are: this one waits in the queue.",
        expected: Expected::payment(EntryKind::Attest, PaymentStatus::Queued),
    };
    attest(play, MERIDIAN, &waiting, line).await?;
    let (reference, operation) = order(account, false)?;
    let line = Line {
        name: "account-unfrozen",
        did: "Two officers of the Central Bank of Aurora end the freeze.".to_owned(),
        why: "Two different officers signed, with the reference of the legal order.",
        expected: Expected::done(EntryKind::Unfreeze),
    };
    let transactions = vec![officers(play, operation)?];
    play.step(line, Ask { through: AURORA_CENTRAL, transactions, subject: reference }).await?;
    let line = Line {
        name: "payment-settles-after-the-freeze",
        did: "The payment that waited settles by itself.".to_owned(),
        why: "Nothing is missing any more: the ledger settles its queues at the end of the block.",
        expected: Expected::payment(EntryKind::Settle, PaymentStatus::Settled),
    };
    let ask = Ask { through: MERIDIAN, transactions: Vec::new(), subject: waiting.uetr };
    play.step(line, ask).await.map(|_| ())
}

/// Order and payment reach the ledger in the same moment, through the same node.
async fn freeze(play: &mut Play, account: AccountId) -> Result<(), Failure> {
    let late = Deal::ordinary(AURORA, MERIDIAN, "BRL", units(45_000), "invoice 2203, soy").into_payment(&play.stage)?;
    let (reference, operation) = order(account, true)?;
    let transactions = vec![officers(play, operation)?, submission(&play.stage, AURORA, &late)?];
    let line = Line {
        name: "account-frozen",
        did: "Two officers of the Central Bank of Aurora freeze Banco Aurora's BRL account on a court's order; in the \
              same moment the bank pays 45,000.00 BRL."
            .to_owned(),
        why: "The central bank issues the currency, and legal orders execute before all other transactions.",
        expected: Expected::done(EntryKind::Freeze),
    };
    play.step(line, Ask { through: AURORA_CENTRAL, transactions, subject: reference }).await?;
    let line = Line {
        name: "payment-refused-by-the-freeze",
        did: "That payment of 45,000.00 BRL is refused.".to_owned(),
        why: "Nothing leaves a frozen account, not even what was submitted together with the order.",
        expected: Expected::rejected(EntryKind::Pay, Code::AccountFrozen),
    };
    let ask = Ask { through: AURORA_CENTRAL, transactions: Vec::new(), subject: late.uetr };
    play.step(line, ask).await.map(|_| ())
}

fn order(account: AccountId, freezes: bool) -> Result<(Uetr, Operation), Failure> {
    let (target, order) = (OrderTarget::Account { account }, Label::new(ORDER).map_err(Failure::internal)?);
    let step = match freezes {
        true => OrderStep::Freeze { target, mode: FreezeMode::Debits, order },
        false => OrderStep::Unfreeze { target, order },
    };
    let reference = clock::new_uetr()?;
    Ok((reference, Operation::Order { reference, step }))
}

fn officers(play: &Play, operation: Operation) -> Result<Transaction, Failure> {
    play.stage.player(AURORA_CENTRAL)?.act(KeyRole::Compliance, 2, operation)
}
