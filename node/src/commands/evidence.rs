//! `corridor evidence`: proofs that a validator signed what no honest one signs. They verify
//! offline.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use corridor_types::view::EvidenceView;
use corridor_types::{Decode as _, Evidence};
use serde::Serialize;

use crate::failure::Failure;
use crate::genesis_file;
use crate::output::Output;
use crate::session::{Connect, failed};

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
        Action::Verify { file, genesis } => output.show(&verify(&file, &genesis)?),
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
            let EvidenceView { kind, epoch, view, name, proof, .. } = found;
            let gap = if position == 0 { "" } else { "\n" };
            write!(f, "{gap}{kind} by {name} in view {view} of epoch {epoch}\n  proof {proof}")?;
        }
        Ok(())
    }
}

/// What a proof that holds says.
#[derive(Debug, Serialize)]
struct Guilty {
    valid: bool,
    validator: u16,
    name: String,
}

impl fmt::Display for Guilty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The proof holds: validator {} ({}) contradicted itself.", self.validator, self.name)
    }
}

fn verify(file: &Path, genesis: &Path) -> Result<Guilty, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::unreadable(file, error))?;
    let genesis = genesis_file::read(genesis)?;
    let invalid = |reason: &dyn fmt::Display| Failure::refused("evidence_invalid", reason);
    let bytes = hex::decode(text.trim()).map_err(|error| invalid(&error))?;
    let evidence = Evidence::from_bytes(&bytes).map_err(|error| invalid(&error))?;
    let validators = genesis.validator_set().map_err(Failure::usage)?;
    let culprit = evidence.culprit();
    let verified = evidence.verify(&genesis.signing_context(), &validators);
    let (Some(culprit), Some(_)) = (culprit, verified) else {
        return Err(invalid(&"it is not two contradicting messages validly signed by one validator of this chain"));
    };
    let validator = genesis.validators.get(usize::from(culprit.0));
    let participant = validator.and_then(|v| genesis.participants.get(usize::try_from(v.participant.0).ok()?));
    let name = participant.map_or_else(String::new, |participant| participant.name.clone());
    Ok(Guilty { valid: true, validator: culprit.0, name })
}
