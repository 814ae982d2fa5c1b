//! `corridor validator change`, `sign` and `submit`: the central banks, with validators of more than two
//! thirds of the power, decide on the next set. They are different institutions, so a decision travels between them as a file; a person who has all
//! profiles of a local network signs for all at once.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use corridor_types::operations::ValidatorsStep;
use corridor_types::view::{ValidatorView, ValidatorsView};
use corridor_types::{Bic, Genesis, KeyRole, Operation, Timestamp, Uetr, Validator, ValidatorChange, VotingPower};

use super::deciders::Deciders;
use super::resolution::Resolution;
use crate::actor::{Act, Actor, decided, deliver, reference};
use crate::decision::Decision;
use crate::failure::Failure;
use crate::output::Output;
use crate::profile::Profile;
use crate::session::{Connect, Session, failed};
use crate::{clock, draft};

/// Decide on the validators of the next epoch (central banks).
#[derive(Debug, Args)]
pub struct ChangeArgs {
    /// An institution whose validator votes from the next epoch on, with the keys that it declared; repeat it for more
    #[arg(long, value_name = "BIC", value_parser = Bic::parse, required_unless_present = "remove")]
    put: Vec<Bic>,
    /// The weight of the one that is put; absent: as declared
    #[arg(long)]
    power: Option<u64>,
    /// An institution that has no validator from the next epoch on; repeat it for more
    #[arg(long, value_name = "BIC", value_parser = Bic::parse)]
    remove: Vec<Bic>,
    /// Write the unsigned decision to a file, for each central bank to sign, instead of submitting it
    #[arg(long, value_name = "FILE", conflicts_with = "with")]
    out: Option<PathBuf>,
    /// Profile of another central bank, or of a bank with a validator, that signs at once; repeat it for more
    #[arg(long, value_name = "PROFILE")]
    with: Vec<PathBuf>,
    /// For how many hours the decision can be submitted
    #[arg(long, default_value_t = 24, value_name = "HOURS")]
    valid_h: u32,
    /// Reference (UUID version 4) that makes a repetition harmless; absent: a new one
    #[arg(long)]
    reference: Option<Uetr>,
    #[command(flatten)]
    act: Act,
}

/// Runs `change`.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: ChangeArgs, output: Output) -> Result<(), Failure> {
    let actor = args.act.open(KeyRole::Supervisor)?;
    let sets = actor.session.client.validators().await.map_err(failed)?;
    let operation = Operation::Validators {
        reference: reference(args.reference)?,
        step: ValidatorsStep::Change { epoch: sets.epoch, changes: changes(&args, &actor, &sets, clock::now())? },
    };
    let mut resolution = Resolution::new(draft::unsigned(actor.participant, operation, args.valid_h))?;
    if let Some(out) = &args.out {
        resolution.write(out)?;
        let deciders = Deciders::ask(&actor.session).await?;
        return output.show(&resolution.summary(&actor.genesis, Some(&deciders), out));
    }
    actor.approve(&mut resolution.transaction);
    for profile in &args.with {
        let other = Actor::to_decide(Profile::load(profile)?)?;
        same_chain(&actor.genesis, &other.genesis, profile)?;
        other.approve(&mut resolution.transaction);
    }
    carry_out(&resolution, &actor.session, &actor.genesis, actor.patience, output).await
}

fn same_chain(ours: &Genesis, theirs: &Genesis, profile: &Path) -> Result<(), Failure> {
    let problem = || Failure::usage(format!("{}: its genesis is of another chain", profile.display()));
    if ours.digest() == theirs.digest() { Ok(()) } else { Err(problem()) }
}

/// Runs `sign`.
///
/// # Errors
/// [`Failure`].
pub async fn sign(file: &Path, act: &Act, output: Output) -> Result<(), Failure> {
    let actor = act.open_to_decide()?;
    let mut resolution = Resolution::read(file)?;
    actor.approve(&mut resolution.transaction);
    resolution.write(file)?;
    // A key may be kept where there is no network; what is signed is in the file.
    let deciders = Deciders::ask(&actor.session).await.ok();
    output.show(&resolution.summary(&actor.genesis, deciders.as_ref(), file))
}

/// Runs `submit`.
///
/// # Errors
/// [`Failure`].
pub async fn submit(file: &Path, timeout_s: u64, connect: &Connect, output: Output) -> Result<(), Failure> {
    let session = connect.open()?;
    let genesis = session.genesis()?;
    let resolution = Resolution::read(file)?;
    carry_out(&resolution, &session, &genesis, Duration::from_secs(timeout_s), output).await
}

async fn carry_out(
    resolution: &Resolution,
    session: &Session,
    genesis: &Genesis,
    patience: Duration,
    output: Output,
) -> Result<(), Failure> {
    let deciders = Deciders::ask(session).await?;
    if let Some(lacks) = deciders.standing(&resolution.signatures(genesis)).lacks() {
        return Err(Failure::usage(format!(
            "the ledger would refuse the decision: {lacks}; write it to a file with --out and let each of them sign it \
             with `corridor validator sign`, or name more profiles with --with"
        )));
    }
    deliver(session, &resolution.transaction, patience).await?;
    let view = decided(session, resolution.reference(), patience).await?;
    let done = format!(
        "Decided the validators of epoch {}: {}",
        resolution.epoch().next(),
        resolution.in_words(&deciders.registry)
    );
    output.show(&Decision::new(done, &view))
}

/// The changes, ascending by participant as the ledger wants them.
fn changes(
    args: &ChangeArgs,
    actor: &Actor,
    sets: &ValidatorsView,
    now: Timestamp,
) -> Result<Vec<ValidatorChange>, Failure> {
    if args.power.is_some() && args.put.len() != 1 {
        return Err(Failure::usage("--power: it is the weight of one validator; decide the others apart"));
    }
    let put = |bic: &Bic| put(*bic, args.power.map(VotingPower), sets, now);
    let remove = |bic: &Bic| Ok(ValidatorChange::Remove { participant: actor.number_of(*bic)? });
    let changes = args.put.iter().map(put).chain(args.remove.iter().map(remove));
    let mut changes = changes.collect::<Result<Vec<_>, _>>()?;
    changes.sort_by_key(ValidatorChange::participant);
    Ok(changes)
}

/// With the keys that were declared, if those are not the current ones already; or else with the
/// current ones and another weight.
fn put(
    bic: Bic,
    power: Option<VotingPower>,
    sets: &ValidatorsView,
    now: Timestamp,
) -> Result<ValidatorChange, Failure> {
    let running = sets.current.iter().find(|validator| validator.bic == bic);
    let declared = sets.candidates.iter().find(|candidate| candidate.validator.bic == bic);
    let differs = |declared: &ValidatorView| {
        running.is_none_or(|running| (running.key, running.network_key) != (declared.key, declared.network_key))
    };
    let fresh = declared.filter(|declared| declared.valid_until >= now).map(|declared| &declared.validator);
    let chosen = fresh.filter(|declared| differs(declared)).or(running.filter(|_| power.is_some()));
    let validator = chosen.ok_or_else(|| {
        let why = if declared.is_some() {
            "its declaration is too old or names the keys that it has"
        } else {
            "it declared no validator"
        };
        Failure::usage(format!(
            "--put {bic}: {why}; it declares one with `corridor validator declare`. To change only its weight, say \
             --power"
        ))
    })?;
    let &ValidatorView { participant, key, network_key, power: proposed, .. } = validator;
    let power = power.unwrap_or(proposed);
    Ok(ValidatorChange::Put { validator: Validator { participant, key, network_key, power } })
}
