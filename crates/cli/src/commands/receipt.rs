//! `corridor receipt`: fetches receipts, and verifies them offline with the genesis document alone.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use corridor_types::view::{EntryView, EventId};
use corridor_types::{Genesis, Receipt, Uetr, ValidatorIndex, ValidatorSet};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Output, print_document};
use crate::session::Connect;
use crate::{clock, files, genesis_file, money};

/// The largest file that is taken for a receipt: 128 signatures and a path of 64 digests are 30 kB, and
/// each change of validators since genesis below 80 kB, of which a set of this size has some dozens.
const MAX_RECEIPT_BYTES: u64 = 16 * 1024 * 1024;

/// Fetch and verify receipts.
#[derive(Debug, Args)]
pub struct ReceiptArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Fetch the receipt of a payment or an operation: of the decision that brought it to where it is
    Get {
        /// The payment's UETR or the operation's reference
        uetr: Uetr,
        /// Another of the entries about it, such as 120-3; `receipt list` shows them
        #[arg(long, value_name = "HEIGHT-POSITION")]
        entry: Option<EventId>,
        /// The file to write; without it the receipt is printed
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        #[command(flatten)]
        connect: Connect,
    },
    /// List the entries about a payment or an operation, each of which has a receipt
    List {
        /// The payment's UETR or the operation's reference
        uetr: Uetr,
        #[command(flatten)]
        connect: Connect,
    },
    /// Verify a receipt offline; exit code 1 and the reason if it does not hold
    Verify {
        /// The file with the receipt
        file: PathBuf,
        /// The chain's genesis document, from a source that you trust
        #[arg(long, value_name = "FILE", env = "CORRIDOR_GENESIS")]
        genesis: PathBuf,
    },
}

/// Runs the command.
///
/// # Errors
/// [`Failure`]; a receipt that does not hold is a refusal.
pub async fn run(args: ReceiptArgs, output: Output) -> Result<(), Failure> {
    match args.action {
        Action::Get { uetr, entry, out, connect } => {
            let receipt = connect.open()?.receipt(uetr, entry).await?;
            keep(&receipt, out, output)
        }
        Action::List { uetr, connect } => list(uetr, &connect, output).await,
        Action::Verify { file, genesis } => output.show(&verify_file(&file, &genesis)?),
    }
}

async fn list(uetr: Uetr, connect: &Connect, output: Output) -> Result<(), Failure> {
    let view = connect.open()?.look_up(uetr).await?;
    let view = view.ok_or_else(|| Failure::refused("not_found", format!("the node does not know {uetr}")))?;
    output.show(&Entries { reference: uetr, entries: view.entries })
}

/// The entries about a reference, oldest first.
#[derive(Debug, Serialize)]
struct Entries {
    reference: Uetr,
    entries: Vec<EntryView>,
}

impl fmt::Display for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.entries.is_empty() {
            return f.write_str("None yet.");
        }
        for EntryView { id, time, kind, code, status, .. } in &self.entries {
            let status = status.map_or_else(String::new, |status| format!(", {status}"));
            let id = id.to_string();
            writeln!(f, "{id:<12} {}  {kind}: {code}{status}", clock::readable(*time))?;
        }
        write!(f, "The receipt of one: corridor receipt get {} --entry HEIGHT-POSITION", self.reference)
    }
}

fn keep(receipt: &Receipt, out: Option<PathBuf>, output: Output) -> Result<(), Failure> {
    let text = receipt.to_json().map_err(Failure::internal)?;
    let Some(out) = out else {
        print_document(&text);
        return Ok(());
    };
    files::write_whole(&out, &text)?;
    output.show(&Saved { file: out })
}

#[derive(Debug, Serialize)]
struct Saved {
    file: PathBuf,
}

impl fmt::Display for Saved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        write!(f, "Written to {file}. Verify it anywhere: corridor receipt verify {file} --genesis genesis.json")
    }
}

fn verify_file(file: &Path, genesis: &Path) -> Result<Verdict, Failure> {
    let size = std::fs::metadata(file).map_err(|error| Failure::unreadable(file, error))?.len();
    if size > MAX_RECEIPT_BYTES {
        return Err(Failure::refused("receipt_invalid", format!("{size} bytes are too many for a receipt")));
    }
    let bytes = std::fs::read(file).map_err(|error| Failure::unreadable(file, error))?;
    let genesis = genesis_file::read(genesis)?;
    verify(&String::from_utf8_lossy(&bytes), &genesis)
}

/// Checks the text of a receipt in every respect.
///
/// # Errors
/// A refusal with the first reason.
pub fn verify(text: &str, genesis: &Genesis) -> Result<Verdict, Failure> {
    let checked = Receipt::from_json(text).and_then(|receipt| receipt.verify(genesis).map(|()| receipt));
    let receipt = checked.map_err(|error| Failure::refused("receipt_invalid", error))?;
    Ok(Verdict::new(&receipt, genesis))
}

/// What a receipt that holds proves.
#[derive(Debug, Serialize)]
pub struct Verdict {
    valid: bool,
    /// The chain's name.
    chain: String,
    /// The payment's UETR or the operation's reference.
    reference: String,
    /// What was decided on.
    kind: String,
    /// The code of the decision.
    code: String,
    /// The status after it.
    status: Option<String>,
    /// How much, if a payment is shown.
    amount: Option<String>,
    /// When, as the block says.
    time: String,
    /// In which block.
    height: u64,
    /// The validators that certified it.
    pub signers: Vec<String>,
    /// Of how many.
    validators: usize,
    /// The epoch of those validators.
    epoch: u64,
    /// How many changes of validators were verified from genesis to that epoch.
    handovers: usize,
}

impl Verdict {
    /// Of a receipt that was verified, changes of validators included.
    fn new(receipt: &Receipt, genesis: &Genesis) -> Self {
        let entry = &receipt.entry;
        let set = receipt.handovers.last().map(|last| last.next.clone()).or_else(|| genesis.validator_set().ok());
        let amount = receipt.payment.as_ref().and_then(|payment| {
            let asset = genesis.assets.get(usize::from(payment.asset.0))?;
            Some(money::readable(payment.amount, asset.currency))
        });
        Self {
            valid: true,
            chain: genesis.chain.clone(),
            reference: entry.reference.to_string(),
            kind: entry.kind.to_string(),
            code: entry.code.to_string(),
            status: entry.status.map(|status| status.to_string()),
            amount,
            time: clock::readable(entry.time),
            height: entry.height.0,
            signers: set.as_ref().map(|set| signers(receipt, genesis, set)).unwrap_or_default(),
            validators: set.as_ref().map_or(0, ValidatorSet::len),
            epoch: receipt.certificate.outcome.epoch.0,
            handovers: receipt.handovers.len(),
        }
    }
}

/// The names of the institutions whose signatures the certificate carries.
fn signers(receipt: &Receipt, genesis: &Genesis, set: &ValidatorSet) -> Vec<String> {
    let name = |index: ValidatorIndex| {
        let validator = set.get(index)?;
        let participant = genesis.participants.get(usize::try_from(validator.participant.0).ok()?)?;
        Some(participant.name.clone())
    };
    receipt.certificate.signatures.iter().filter_map(|(voter, _)| name(*voter)).collect()
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The receipt holds.")?;
        writeln!(f, "  chain      {}", self.chain)?;
        writeln!(f, "  {:<9}  {}", self.kind, self.reference)?;
        if let Some(amount) = &self.amount {
            writeln!(f, "  amount     {amount}")?;
        }
        let status = self.status.as_ref().map_or_else(String::new, |status| format!(", status {status}"));
        writeln!(f, "  decision   {}{status}", self.code)?;
        writeln!(f, "  when       {} in block {}", self.time, self.height)?;
        let walked = match self.handovers {
            0 => "from genesis".to_owned(),
            1 => "1 change of validators since genesis, verified".to_owned(),
            many => format!("{many} changes of validators since genesis, verified"),
        };
        writeln!(f, "  epoch      {}: {walked}", self.epoch)?;
        write!(f, "  signed by  {} of {} validators: {}", self.signers.len(), self.validators, self.signers.join(", "))
    }
}

#[cfg(test)]
mod tests;
