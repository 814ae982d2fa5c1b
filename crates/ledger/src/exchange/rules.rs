//! The rules of quotes: making one and taking it back here, taking it in `take`.

use corridor_types::operations::{ExchangeStep, Quote, SignerRule};
use corridor_types::{Amount, Code, ParticipantId, Timestamp, Uetr};

use super::OpenQuote;
use super::take::{account, apply_take, plan_take};
use crate::Halt;
use crate::account::Transfer;
use crate::family::{Asked, Doing, Family, Signed};
use crate::limits::QUOTE_LIFETIME_MAX_MS;
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::who::given::{Given, check_payers};
use crate::who::owners::{check_owner, unknown_participant};
use crate::who::signers::no_rule;

/// A permitted step.
#[derive(Debug)]
pub(crate) enum Planned<'a> {
    Quote { maker: ParticipantId, quote: &'a Quote },
    Withdraw { quote: Uetr },
    Take { quote: Uetr, legs: [Transfer; 2] },
}

impl Family for ExchangeStep {
    type Planned<'a> = Planned<'a>;

    fn check_signers(&self, rule: SignerRule, signed: &Signed<'_>) -> Result<(), Refusal> {
        let state = signed.state;
        let (account, amount) = match self {
            Self::Quote { quote } => (quote.pays_from, Some(quote.pays)),
            Self::Take { quote, pays_from, .. } => (*pays_from, state.quotes.get(quote).map(|open| open.quote.paid)),
            Self::Withdraw { .. } => return Err(no_rule(rule)),
        };
        // Where the account or the quote is unknown nothing is given: the rules refuse it.
        let asset = state.accounts.get(account).map(|account| account.asset);
        check_payers(signed, rule, &Given::sum(asset.zip(amount)))
    }

    fn check_authority(&self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<(), Refusal> {
        match self {
            ExchangeStep::Quote { quote } => {
                check_owner(state, participant, quote.pays_from, "quote.pays_from")?;
                check_owner(state, participant, quote.paid_to, "quote.paid_to")
            }
            ExchangeStep::Withdraw { quote } => {
                let Some(open) = state.quotes.get(quote) else { return Ok(()) };
                ensure(open.maker == participant, Code::QuoteForOther, "quote", || {
                    format!("{quote} was made by participant {}, who alone may withdraw it", open.maker)
                })
            }
            ExchangeStep::Take { pays_from, paid_to, .. } => {
                check_owner(state, participant, *pays_from, "pays_from")?;
                check_owner(state, participant, *paid_to, "paid_to")
            }
        }
    }

    fn plan<'a>(&'a self, &Asked { state, now, participant, reference }: &Asked<'_>) -> Result<Planned<'a>, Refusal> {
        Ok(match self {
            ExchangeStep::Quote { quote } => {
                check_quote(state, now, participant, quote)?;
                Planned::Quote { maker: participant, quote }
            }
            ExchangeStep::Withdraw { quote } => {
                find(state, quote)?;
                Planned::Withdraw { quote: *quote }
            }
            ExchangeStep::Take { quote, pays_from, paid_to } => {
                let legs = plan_take(state, now, participant, find(state, quote)?, [*pays_from, *paid_to], reference)?;
                Planned::Take { quote: *quote, legs }
            }
        })
    }

    fn apply(Doing { state, journal, reference, .. }: Doing<'_>, planned: Planned<'_>) -> Result<(), Halt> {
        match planned {
            Planned::Quote { maker, quote } => {
                state.quotes.add(OpenQuote { reference, maker, quote: quote.clone() });
                Ok(())
            }
            Planned::Withdraw { quote } => {
                state.quotes.remove(&quote);
                Ok(())
            }
            Planned::Take { quote, legs } => apply_take(state, journal, &quote, legs),
        }
    }
}

fn find<'a>(state: &'a State, quote: &Uetr) -> Result<&'a OpenQuote, Refusal> {
    let detail = || format!("there is no open quote {quote}; it was taken, withdrawn or lapsed, or never made");
    state.quotes.get(quote).ok_or_else(|| Refusal::new(Code::UnknownQuote, "quote", detail()))
}

fn check_quote(state: &State, now: Timestamp, maker: ParticipantId, quote: &Quote) -> Result<(), Refusal> {
    let Quote { taker, pays_from, pays, paid_to, paid, valid_until } = quote;
    let pays_in = account(state, *pays_from, "quote.pays_from")?.asset;
    let paid_in = account(state, *paid_to, "quote.paid_to")?.asset;
    ensure(pays_in != paid_in, Code::QuoteMalformed, "quote.paid_to", || {
        format!("both accounts are in asset {paid_in}; an exchange is between two")
    })?;
    for (amount, field) in [(pays, "quote.pays"), (paid, "quote.paid")] {
        ensure(*amount > Amount::ZERO, Code::AmountZero, field, || "0; it must be above zero".to_owned())?;
    }
    let last = now.plus_ms(QUOTE_LIFETIME_MAX_MS);
    ensure(now < *valid_until && *valid_until <= last, Code::QuoteMalformed, "quote.valid_until", || {
        format!("{valid_until} ms is not after {now} ms and at most {last} ms")
    })?;
    taker.map_or(Ok(()), |taker| check_taker(state, maker, taker))?;
    check_room(state, maker)
}

fn check_taker(state: &State, maker: ParticipantId, taker: ParticipantId) -> Result<(), Refusal> {
    state.participant(taker).ok_or_else(|| unknown_participant("quote.taker", taker))?;
    ensure(taker != maker, Code::QuoteForOther, "quote.taker", || {
        format!("{taker} is the maker; name another participant, or nobody for all")
    })
}

fn check_room(state: &State, maker: ParticipantId) -> Result<(), Refusal> {
    let (all, own) = (state.quotes.count(), state.quotes.count_of(maker));
    let room = all < state.bounds.quotes && own < state.bounds.quotes_per_maker;
    ensure(room, Code::CapacityExceeded, "quote", || {
        format!("{own} quotes of participant {maker} and {all} of all are open already; withdraw some")
    })
}
