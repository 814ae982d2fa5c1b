//! Gives a new test network money and authorised companies, as its central banks would: with signed
//! transactions under references that were chosen when the folder was made. Doing it twice changes
//! nothing.

use std::collections::BTreeMap;

use corridor_cli::actor::Actor;
use corridor_cli::failure::Failure;
use corridor_cli::files;
use corridor_cli::profile::Profile;
use corridor_cli::session::participant_by_bic;
use corridor_types::operations::{AssetStep, ClientStep};
use corridor_types::{
    AccountId, Amount, AssetId, Bic, ClientAuthorisation, Corridor, Genesis, KeyRole, Operation, ParticipantId,
    ParticipantKind, Timestamp, Uetr,
};

use super::cast::Member;
use super::directory::{Directory, State};
use super::plan::Preparation;

/// What each account of a bank is given, in minor units: 10 million of either currency.
const MONEY: Amount = Amount(1_000_000_000);

/// The most that an authorised company pays at once, in minor units: 5 million.
const CLIENT_CAP: Amount = Amount(500_000_000);

/// How long companies are authorised: ten years of 365 days.
const AUTHORISED_FOR_MS: u64 = 10 * 365 * 86_400_000;

/// What one central bank does, with which keys.
struct Step {
    bank: Bic,
    role: KeyRole,
    operation: Operation,
}

/// Prepares the ledger, unless that was done before.
///
/// # Errors
/// A failure of the network or a refusal by the ledger, which is a defect.
pub async fn prepare(directory: &Directory, members: &[Member], state: &State) -> Result<(), Failure> {
    if directory.prepared_file().exists() {
        return Ok(());
    }
    let genesis = directory.genesis()?;
    let mut steps = issues(&genesis, &state.preparation)?;
    steps.extend(authorisations(&genesis, &state.preparation)?);
    let mut actors = Actors { directory, members, open: BTreeMap::new() };
    for step in &steps {
        actors.get(step.bank, step.role)?;
    }
    let references: Vec<Uetr> = steps.iter().filter_map(|step| step.operation.reference()).collect();
    let work = steps.into_iter().map(|step| actors.carry_out(step));
    futures::future::try_join_all(work).await?;
    let settling = members.iter().filter(|member| member.is_settling());
    let everywhere = settling.map(|member| known_to(directory, members, member.bic, &references));
    futures::future::try_join_all(everywhere).await?;
    files::write_whole(&directory.prepared_file(), "The ledger has money and clients.\n")
}

/// Waits until an institution's own node knows everything: it may be a block behind the others.
async fn known_to(directory: &Directory, members: &[Member], bic: Bic, references: &[Uetr]) -> Result<(), Failure> {
    let actor = actor(directory, members, bic, KeyRole::Operator)?;
    for reference in references {
        actor.session.wait_until(*reference, actor.patience, |view| view.certified).await?;
    }
    Ok(())
}

/// One actor per institution and role.
struct Actors<'a> {
    directory: &'a Directory,
    members: &'a [Member],
    open: BTreeMap<(Bic, KeyRole), Actor>,
}

impl Actors<'_> {
    fn get(&mut self, bank: Bic, role: KeyRole) -> Result<(), Failure> {
        if !self.open.contains_key(&(bank, role)) {
            self.open.insert((bank, role), actor(self.directory, self.members, bank, role)?);
        }
        Ok(())
    }

    async fn carry_out(&self, step: Step) -> Result<(), Failure> {
        let missing = || Failure::internal(format!("{} was not opened", step.bank));
        let actor = self.open.get(&(step.bank, step.role)).ok_or_else(missing)?;
        actor.carry_out(step.operation).await.map(|_| ())
    }
}

/// An institution of the network, with its keys for a role.
///
/// # Errors
/// A usage failure if its files were changed.
pub fn actor(directory: &Directory, members: &[Member], bic: Bic, role: KeyRole) -> Result<Actor, Failure> {
    let member = members.iter().find(|member| member.bic == bic);
    let member = member.ok_or_else(|| Failure::internal(format!("{bic} is not in this network")))?;
    Actor::of_profile(Profile::load(&directory.client(member))?, role)
}

fn bic_of(genesis: &Genesis, participant: ParticipantId) -> Option<Bic> {
    let position = usize::try_from(participant.0).ok()?;
    genesis.participants.get(position).map(|entry| entry.bic)
}

/// Money for every account of a bank, from the issuer of its currency.
fn issues(genesis: &Genesis, preparation: &Preparation) -> Result<Vec<Step>, Failure> {
    let is_bank = |owner: ParticipantId| {
        let entry = usize::try_from(owner.0).ok().and_then(|position| genesis.participants.get(position));
        entry.is_some_and(|entry| entry.kind == ParticipantKind::Bank)
    };
    let accounts = (0u32..).map(AccountId).zip(&genesis.accounts).filter(|(_, account)| is_bank(account.owner));
    let step = |((account, entry), reference): ((AccountId, &corridor_types::AccountEntry), &Uetr)| {
        let issuer = genesis.assets.get(usize::from(entry.asset.0)).and_then(|asset| bic_of(genesis, asset.issuer));
        let bank = issuer.ok_or_else(|| Failure::internal("an asset of the genesis has no issuer"))?;
        let operation = Operation::Asset { reference: *reference, step: AssetStep::Issue { account, amount: MONEY } };
        Ok(Step { bank, role: KeyRole::Issuer, operation })
    };
    accounts.zip(&preparation.issue).map(step).collect()
}

/// One authorised company per bank, for both currencies and both directions.
fn authorisations(genesis: &Genesis, preparation: &Preparation) -> Result<Vec<Step>, Failure> {
    let banks = genesis.participants.iter().filter(|entry| entry.kind == ParticipantKind::Bank);
    let mut steps = Vec::new();
    for (bank, planned) in banks.zip(&preparation.clients) {
        let (sponsor, entry) = participant_by_bic(genesis, bank.bic)?;
        let supervisor = bic_of(genesis, entry.supervisor);
        let authorisation = ClientAuthorisation {
            handle: planned.handle,
            sponsor,
            assets: (0u16..).map(AssetId).take(genesis.assets.len()).collect(),
            corridors: corridors(genesis, bank.country),
            payment_cap: CLIENT_CAP,
            window: None,
            programme: None,
            valid_from: genesis.time,
            valid_until: Timestamp(genesis.time.0.saturating_add(AUTHORISED_FOR_MS)),
        };
        steps.push(Step {
            bank: supervisor.ok_or_else(|| Failure::internal("a bank of the genesis has no central bank"))?,
            role: KeyRole::Supervisor,
            operation: Operation::Client {
                reference: planned.reference,
                step: ClientStep::Authorise { authorisation },
            },
        });
    }
    Ok(steps)
}

/// From a country to every country of the network, ascending.
fn corridors(genesis: &Genesis, from: corridor_types::CountryCode) -> Vec<Corridor> {
    let countries: std::collections::BTreeSet<_> = genesis.participants.iter().map(|entry| entry.country).collect();
    countries.into_iter().map(|to| Corridor { from, to }).collect()
}
