//! Payment versus payment: a bank offers one currency for the other, another bank takes the offer,
//! and both legs settle in one step.

use corridor_cli::clock;
use corridor_cli::failure::Failure;
use corridor_types::operations::{ExchangeStep, Quote};
use corridor_types::{AccountId, Amount, EntryKind, KeyRole, Operation};

use super::{AURORA, MERIDIAN};
use crate::demo::deal::units;
use crate::demo::play::Play;
use crate::demo::step::{Ask, Expected, Line};

/// How long the quote is good.
const VALID_MS: u64 = 600_000;

/// What the maker pays.
const ZAR: Amount = units(660_000);

/// What the taker pays.
const BRL: Amount = units(200_000);

/// Quote and take, and a look at all four accounts.
pub async fn quote_and_take(play: &mut Play) -> Result<(), Failure> {
    let [maker_zar, maker_brl, taker_zar, taker_brl] = accounts(play)?;
    let before = balances(play).await?;
    let taker = play.stage.player(AURORA)?.id;
    let quote = Quote {
        taker: Some(taker),
        pays_from: maker_zar,
        pays: ZAR,
        paid_to: maker_brl,
        paid: BRL,
        valid_until: clock::now().plus_ms(VALID_MS),
    };
    let reference = clock::new_uetr()?;
    let operation = Operation::Exchange { reference, step: ExchangeStep::Quote { quote } };
    let transactions = vec![play.stage.player(MERIDIAN)?.act(KeyRole::Operator, 1, operation)?];
    let line = Line {
        name: "quote-made",
        did: "Meridian Bank offers Banco Aurora 660,000.00 ZAR for 200,000.00 BRL.".to_owned(),
        why: "Both accounts are its own. An offer sets nothing aside.",
        expected: Expected::done(EntryKind::Quote),
    };
    play.step(line, Ask { through: MERIDIAN, transactions, subject: reference }).await?;
    let step = ExchangeStep::Take { quote: reference, pays_from: taker_brl, paid_to: taker_zar };
    let reference = clock::new_uetr()?;
    let operation = Operation::Exchange { reference, step };
    let transactions = vec![play.stage.player(AURORA)?.act(KeyRole::Operator, 1, operation)?];
    let line = Line {
        name: "quote-taken",
        did: "Banco Aurora takes the offer.".to_owned(),
        why: "Both have the money: both legs settle in this step, or neither would.",
        expected: Expected::done(EntryKind::TakeQuote),
    };
    play.step(line, Ask { through: AURORA, transactions, subject: reference }).await?;
    check_legs(before, balances(play).await?)
}

/// Of maker and taker, in either currency.
fn accounts(play: &Play) -> Result<[AccountId; 4], Failure> {
    let stage = &play.stage;
    let (brl, zar) = (stage.asset("BRL")?, stage.asset("ZAR")?);
    let (maker, taker) = (stage.player(MERIDIAN)?.id, stage.player(AURORA)?.id);
    Ok([stage.account(maker, zar)?, stage.account(maker, brl)?, stage.account(taker, zar)?, stage.account(taker, brl)?])
}

async fn balances(play: &Play) -> Result<[Amount; 4], Failure> {
    let mut balances = [Amount::ZERO; 4];
    for (balance, account) in balances.iter_mut().zip(accounts(play)?) {
        *balance = play.stage.player(AURORA)?.session.account(account).await?.available.minor;
    }
    Ok(balances)
}

fn check_legs(before: [Amount; 4], after: [Amount; 4]) -> Result<(), Failure> {
    let [maker_zar, maker_brl, taker_zar, taker_brl] = before.map(|amount| u128::from(amount.0));
    let (zar, brl) = (u128::from(ZAR.0), u128::from(BRL.0));
    let moved = [maker_zar.checked_sub(zar), Some(maker_brl + brl), Some(taker_zar + zar), taker_brl.checked_sub(brl)];
    let is_so = moved == after.map(|amount| Some(u128::from(amount.0)));
    if is_so { Ok(()) } else { Err(Failure::refused("unexpected_outcome", "the legs of the exchange do not add up")) }
}
