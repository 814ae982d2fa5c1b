//! `corridor account statement`: the bookings on an account, and the proof that none is missing or
//! changed: the chain of their digests, from the first one to what the account's record says.

use std::fmt;

use clap::Args;
use corridor_crypto::Digest;
use corridor_types::view::{AccountView, StatementLine, StatementPage};
use corridor_types::{AccountId, Amount, CurrencyCode, Movement};
use serde::Serialize;

use crate::clock;
use crate::failure::Failure;
use crate::money;
use crate::output::Output;
use crate::session::{Connect, Session, failed};

/// Lines that are shown unless told otherwise.
const DEFAULT_LINES: u64 = 50;

/// Lines that are asked for at once: what a node gives at most.
const PAGE: usize = 1_000;

/// Show the bookings on an account.
#[derive(Debug, Args)]
pub struct StatementArgs {
    /// The account's number
    account: AccountId,
    /// The number of the first line; absent: as many lines as wanted before the end
    #[arg(long, value_name = "NUMBER")]
    from: Option<u64>,
    /// How many lines at most
    #[arg(long, default_value_t = DEFAULT_LINES, value_name = "LINES", value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    /// Fetch all lines from the first on and check that they give the digest in the account's record
    #[arg(long, conflicts_with_all = ["from", "limit"])]
    verify: bool,
    #[command(flatten)]
    connect: Connect,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`]; a refusal if the lines do not verify.
pub async fn run(args: StatementArgs, output: Output) -> Result<(), Failure> {
    let session = args.connect.open()?;
    if args.verify {
        return output.show(&verify(&session, args.account).await?);
    }
    let from = match args.from {
        Some(from) => from,
        None => session.account(args.account).await?.movements.saturating_add(1).saturating_sub(args.limit).max(1),
    };
    output.show(&fetch(&session, args.account, from, args.limit).await?)
}

async fn page(session: &Session, account: AccountId, from: u64, limit: usize) -> Result<StatementPage, Failure> {
    let found = session.client.statement(account, from, limit).await.map_err(failed)?;
    found.ok_or_else(|| Failure::refused("unknown_account", format!("there is no account {account}")))
}

/// Lines from `from` on, at most `limit`.
async fn fetch(session: &Session, account: AccountId, from: u64, limit: u64) -> Result<Statement, Failure> {
    let left = |taken: usize| limit.saturating_sub(u64::try_from(taken).unwrap_or(u64::MAX));
    let size = |taken| usize::try_from(left(taken)).unwrap_or(PAGE).min(PAGE);
    let first = page(session, account, from, size(0)).await?;
    let mut statement = Statement { account: first.account, first: first.first, lines: first.lines };
    let mut next = first.next;
    while let Some(from) = next.filter(|_| left(statement.lines.len()) > 0) {
        let page = page(session, account, from, size(statement.lines.len())).await?;
        statement.lines.extend(page.lines);
        // A page that does not advance would never end.
        next = page.next.filter(|next| *next > from);
    }
    Ok(statement)
}

/// Follows the chain from the first line to where the account stood at the beginning.
async fn verify(session: &Session, account: AccountId) -> Result<Verdict, Failure> {
    let mut page_now = page(session, account, 1, PAGE).await?;
    let end = page_now.account.clone();
    if page_now.first > 1 {
        let problem = format!(
            "the node has lines of account {account} from number {} on, as it began with a snapshot; ask one that \
             began with genesis",
            page_now.first
        );
        return Err(Failure::refused("before_snapshot", problem));
    }
    let mut chain = Chain::default();
    loop {
        for line in page_now.lines.iter().filter(|line| line.number <= end.movements) {
            chain.add(&line.movement(account))?;
        }
        match page_now.next.filter(|next| *next <= end.movements && *next == chain.number.saturating_add(1)) {
            Some(next) => page_now = page(session, account, next, PAGE).await?,
            None => return chain.finish(&end),
        }
    }
}

/// What the lines so far give.
#[derive(Debug, Default)]
struct Chain {
    number: u64,
    balance: u128,
    digest: Digest,
}

impl Chain {
    /// Adds the next booking.
    fn add(&mut self, line: &Movement) -> Result<(), Failure> {
        let (number, amount) = (self.number.saturating_add(1), u128::from(line.amount.0));
        let balance = match line.kind.is_credit() {
            true => self.balance.checked_add(amount),
            false => self.balance.checked_sub(amount),
        };
        if line.number != number {
            return Err(broken(format!("after line {} comes line {}", self.number, line.number)));
        }
        if balance != Some(line.balance) {
            return Err(broken(format!("line {number}: the balance does not follow from the line before")));
        }
        *self = Self { number, balance: line.balance, digest: line.chain(&self.digest) };
        Ok(())
    }

    /// Compares with the account's record.
    fn finish(self, account: &AccountView) -> Result<Verdict, Failure> {
        if self.number != account.movements {
            let AccountView { movements, .. } = account;
            return Err(broken(format!("the lines end with number {}; the account has {movements}", self.number)));
        }
        if self.digest != account.statement {
            let digest = account.statement;
            return Err(broken(format!("the lines give {}; the account's record says {digest}", self.digest)));
        }
        if self.balance != u128::from(account.available.minor.0) + u128::from(account.reserved.minor.0) {
            return Err(broken("the last balance is not what the account holds".to_owned()));
        }
        let AccountView { id, currency, .. } = *account;
        Ok(Verdict { account: id, lines: self.number, balance: readable(self.balance, currency), digest: self.digest })
    }
}

fn broken(problem: String) -> Failure {
    Failure::refused("statement_broken", problem)
}

/// A balance with its currency; one that no amount can hold is shown in minor units.
fn readable(balance: u128, currency: CurrencyCode) -> String {
    u64::try_from(balance).map_or_else(|_| balance.to_string(), |minor| money::readable(Amount(minor), currency))
}

/// A statement that holds.
#[derive(Debug, Serialize)]
struct Verdict {
    account: AccountId,
    lines: u64,
    balance: String,
    digest: Digest,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, lines, balance, digest } = self;
        writeln!(f, "The statement of account {account} holds: {lines} lines without a gap, balance {balance}")?;
        write!(f, "digest {digest}, as in the account's record")
    }
}

/// Some lines of a statement.
#[derive(Debug, Serialize)]
struct Statement {
    account: AccountView,
    /// The lowest number of which the node has the line.
    first: u64,
    lines: Vec<StatementLine>,
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AccountView { id, owner_bic, currency, movements, .. } = &self.account;
        write!(f, "Account {id} of {owner_bic}, {movements} bookings")?;
        if self.first > 1 {
            write!(f, "; this node has those from number {} on", self.first)?;
        }
        for line in &self.lines {
            let sign = if line.credit { '+' } else { '-' };
            let amount = format!("{sign}{}", money::readable(line.amount.minor, *currency));
            let (time, balance) = (clock::readable(line.time), readable(line.balance, *currency));
            write!(f, "\n{:>7}  {time}  {:<12}  {amount:>22}  {balance:>22}", line.number, line.kind)?;
            write!(f, "  {}", line.reference)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use corridor_types::view::Money;
    use corridor_types::{AssetId, Height, MovementKind, ParticipantId, Timestamp, Uetr};

    use super::*;

    fn movements() -> Vec<Movement> {
        let kinds = [
            (MovementKind::Issued, 500, 500),
            (MovementKind::PaymentOut, 120, 380),
            (MovementKind::PaymentIn, 20, 400),
        ];
        let movement = |(number, (kind, amount, balance)): (u64, (MovementKind, u64, u128))| Movement {
            account: AccountId(4),
            number,
            height: Height(number),
            time: Timestamp(number),
            kind,
            reference: Uetr::from_random([u8::try_from(number).unwrap(); 16]),
            amount: Amount(amount),
            balance,
        };
        (1..).zip(kinds).map(movement).collect()
    }

    fn account(movements: &[Movement]) -> AccountView {
        let currency = "BRL".parse().unwrap();
        let money = |minor| Money::new(Amount(minor), currency);
        AccountView {
            id: AccountId(4),
            owner: ParticipantId(2),
            owner_bic: "AURABRSPXXX".parse().unwrap(),
            asset: AssetId(0),
            currency,
            available: money(300),
            reserved: money(100),
            standing_consent: money(0),
            freeze: None,
            movements: movements.len() as u64,
            statement: movements.iter().fold(Digest::ZERO, |digest, movement| movement.chain(&digest)),
        }
    }

    fn verdict(lines: &[Movement], account: &AccountView) -> Result<Verdict, String> {
        let mut chain = Chain::default();
        let added = lines.iter().try_for_each(|line| chain.add(line));
        added.and_then(|()| chain.finish(account)).map_err(|failure| failure.message)
    }

    #[test]
    fn a_whole_statement_holds_and_every_change_of_it_is_noticed() {
        let (good, account) = (movements(), account(&movements()));
        assert_eq!(verdict(&good, &account).map(|verdict| verdict.lines), Ok(3));
        let check = |change: &dyn Fn(&mut Vec<Movement>), said: &str| {
            let mut lines = good.clone();
            change(&mut lines);
            let problem = verdict(&lines, &account).unwrap_err();
            assert!(problem.contains(said), "{problem:?} does not say {said:?}");
        };
        check(&|lines| _ = lines.remove(0), "after line 0 comes line 2");
        check(&|lines| _ = lines.remove(1), "after line 1 comes line 3");
        check(&|lines| _ = lines.pop(), "end with number 2");
        check(&|lines| lines[1].amount = Amount(119), "does not follow");
        check(&|lines| lines[1].balance = 381, "does not follow");
        check(&|lines| lines[1].reference = Uetr::from_random([9; 16]), "the account's record says");
        check(&|lines| lines[2].time = Timestamp(9), "the account's record says");
        check(&|lines| lines[2].account = AccountId(5), "the account's record says");
        check(&|lines| lines[0].kind = MovementKind::ReturnIn, "the account's record says");
    }

    #[test]
    fn an_account_must_hold_what_its_statement_ends_with() {
        let mut account = account(&movements());
        account.reserved.minor = Amount(99);
        assert!(verdict(&movements(), &account).unwrap_err().contains("not what the account holds"));
    }

    #[test]
    fn an_account_without_bookings_has_a_statement_that_holds() {
        let mut empty = account(&[]);
        (empty.available.minor, empty.reserved.minor) = (Amount::ZERO, Amount::ZERO);
        assert_eq!(verdict(&[], &empty).map(|verdict| verdict.lines), Ok(0));
    }
}
