//! `corridor evidence`: proofs that a validator signed what no honest one signs. They verify
//! offline.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use corridor_types::view::EvidenceView;
use corridor_types::{Decode as _, Evidence, Genesis, Handover, Receipt, ValidatorSets, walk_handovers};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::Output;
use crate::session::{Connect, failed};
use crate::{files, genesis_file};

/// Show and verify proofs of misbehaviour of validators.
#[derive(Debug, Args)]
pub struct EvidenceArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the proofs that the node holds
    List {
        #[command(flatten)]
        connect: Connect,
    },
    /// Verify a proof offline; exit code 1 if it does not hold
    Verify {
        /// A file with the proof in hexadecimal, as `list --output json` shows it
        file: PathBuf,
        /// The chain's genesis document, from a source that you trust
        #[arg(long, value_name = "FILE", env = "CORRIDOR_GENESIS")]
        genesis: PathBuf,
        /// For a proof of a later epoch: the changes of validators since genesis, from `corridor validator handovers`,
        /// or any receipt of that epoch or a later one
        #[arg(long, value_name = "FILE")]
        handovers: Option<PathBuf>,
    },
}

/// Runs the command.
///
/// # Errors
/// [`Failure`]; a proof that does not hold is a refusal.
pub async fn run(args: EvidenceArgs, output: Output) -> Result<(), Failure> {
    match args.action {
        Action::List { connect } => {
            let evidence = connect.open()?.client.evidence().await.map_err(failed)?;
            output.show(&List { evidence })
        }
        Action::Verify { file, genesis, handovers } => output.show(&verify(&file, &genesis, handovers.as_deref())?),
    }
}

#[derive(Debug, Serialize)]
struct List {
    evidence: Vec<EvidenceView>,
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.evidence.is_empty() {
            return f.write_str("No proof of misbehaviour is held.");
        }
        for (position, found) in self.evidence.iter().enumerate() {
            let EvidenceView { kind, epoch, name, proof, .. } = found;
            let gap = if position == 0 { "" } else { "\n" };
            write!(f, "{gap}{kind} by {name}{} of epoch {epoch}\n  proof {proof}", place(found))?;
        }
        Ok(())
    }
}

/// Where in the epoch it happened.
fn place(found: &EvidenceView) -> String {
    match (found.view, found.sequence, found.height) {
        (Some(view), _, _) => format!(" in view {view}"),
        (_, Some(sequence), _) => format!(" at batch {sequence} of its lane"),
        (_, _, Some(height)) => format!(" on block {height}"),
        (None, None, None) => String::new(),
    }
}

/// What a proof that holds says.
#[derive(Debug, Serialize)]
struct Guilty {
    valid: bool,
    epoch: u64,
    /// Its position in the epoch's set.
    validator: u16,
    name: String,
}

impl fmt::Display for Guilty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "The proof holds: validator {} of epoch {} ({}) contradicted itself.",
            self.validator, self.epoch, self.name
        )
    }
}

fn verify(file: &Path, genesis: &Path, handovers: Option<&Path>) -> Result<Guilty, Failure> {
    let text = files::read_text(file)?;
    let genesis = genesis_file::read(genesis)?;
    let handovers = handovers.map(read_handovers).transpose()?.unwrap_or_default();
    verify_text(&text, &genesis, &handovers)
}

/// Checks the hexadecimal text of a proof.
///
/// # Errors
/// A refusal with the first reason; a usage failure if the epoch's validators are not known.
fn verify_text(text: &str, genesis: &Genesis, handovers: &[Handover]) -> Result<Guilty, Failure> {
    let invalid = |reason: &dyn fmt::Display| Failure::refused("evidence_invalid", reason);
    let bytes = hex::decode(text.trim()).map_err(|error| invalid(&error))?;
    let evidence = Evidence::from_bytes(&bytes).map_err(|error| invalid(&error))?;
    let sets = sets(genesis, handovers)?;
    let contradiction = "it is not two contradicting messages validly signed by one validator of this chain";
    let epoch = evidence.epoch().ok_or_else(|| invalid(&contradiction))?;
    let Some(validators) = sets.get(epoch) else {
        return Err(Failure::usage(format!(
            "the proof is of epoch {epoch} and the validators are known up to epoch {}; give the changes with \
             --handovers FILE (corridor validator handovers --out FILE)",
            sets.current().epoch()
        )));
    };
    let culprit = evidence.culprit(validators).map(|(index, validator)| (index, validator.participant));
    let verified = evidence.verify(&genesis.signing_context(), &sets);
    let (Some((validator, participant)), Some(_)) = (culprit, verified) else { return Err(invalid(&contradiction)) };
    let participant = usize::try_from(participant.0).ok().and_then(|number| genesis.participants.get(number));
    let name = participant.map_or_else(String::new, |participant| participant.name.clone());
    Ok(Guilty { valid: true, epoch: epoch.0, validator: validator.0, name })
}

/// The validators of every epoch that the changes lead to, each step verified.
fn sets(genesis: &Genesis, handovers: &[Handover]) -> Result<ValidatorSets, Failure> {
    let first = genesis.validator_set().map_err(Failure::usage)?;
    let walked = walk_handovers(&genesis.signing_context(), first, handovers);
    walked.map_err(|error| Failure::refused("handovers_invalid", format!("--handovers: {error}")))
}

/// The changes in a file of their own, or those of a receipt.
fn read_handovers(file: &Path) -> Result<Vec<Handover>, Failure> {
    let text = files::read_text(file)?;
    if let Ok(receipt) = Receipt::from_json(&text) {
        return Ok(receipt.handovers);
    }
    let problem =
        |error| Failure::usage(format!("{}: neither changes of validators nor a receipt: {error}", file.display()));
    serde_json::from_str(&text).map_err(problem)
}

#[cfg(test)]
mod tests;
