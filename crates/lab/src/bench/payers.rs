//! The banks that pay in a measurement: each through its own node, to the next one, under its own
//! client's authorisation. Standing consents are set first, so that payments settle without an
//! attestation of their own; every other rule holds.

use corridor_cli::actor::Actor;
use corridor_cli::clock;
use corridor_cli::failure::Failure;
use corridor_types::operations::AccountStep;
use corridor_types::view::AccountView;
use corridor_types::{Amount, ClientHandle, CurrencyCode, KeyRole, Operation, ParticipantKind};

use crate::testnet::cast::Member;
use crate::testnet::directory::Directory;
use crate::testnet::prepare::actor;

/// One paying bank.
pub struct Payer {
    /// It signs and submits.
    pub actor: Actor,
    /// Under which authorisation it pays.
    pub client: ClientHandle,
    /// The account that pays.
    pub debtor: AccountView,
    /// The account that is paid.
    pub creditor: AccountView,
}

/// The banks of a test network in a ring, with standing consents set.
///
/// # Errors
/// A failure of the network.
pub async fn payers(directory: &Directory, members: &[Member]) -> Result<Vec<Payer>, Failure> {
    let genesis = directory.genesis()?;
    let currency = genesis.assets.first().map(|asset| asset.currency);
    let currency = currency.ok_or_else(|| Failure::usage("the network has no currency"))?;
    let banks: Vec<&Member> = members.iter().filter(|member| member.kind == ParticipantKind::Bank).collect();
    // The last one runs no node.
    let banks = banks.split_last().map_or(&banks[..], |(_, others)| others);
    let mut payers = Vec::new();
    for (from, to) in banks.iter().zip(banks.iter().cycle().skip(1)) {
        payers.push(payer(directory, members, from, to, currency).await?);
    }
    Ok(payers)
}

async fn payer(
    directory: &Directory,
    members: &[Member],
    from: &Member,
    to: &Member,
    currency: CurrencyCode,
) -> Result<Payer, Failure> {
    let sender = actor(directory, members, from.bic, KeyRole::Operator)?;
    let receiver = actor(directory, members, to.bic, KeyRole::Operator)?;
    let debtor = sender.session.account_in(from.bic, currency).await?;
    let creditor = sender.session.account_in(to.bic, currency).await?;
    let client = sender.session.profile.client;
    let client = client.ok_or_else(|| Failure::usage(format!("the profile of {} names no client", from.name)))?;
    let up_to = Amount(1);
    if creditor.standing_consent.minor < up_to {
        let operation = Operation::Account {
            reference: clock::new_uetr()?,
            step: AccountStep::SetStandingConsent { account: creditor.id, up_to },
        };
        receiver.carry_out(operation).await?;
    }
    Ok(Payer { actor: sender, client, debtor, creditor })
}
