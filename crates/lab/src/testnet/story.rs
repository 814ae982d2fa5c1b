//! What a person reads after the first payment, and what to try next. The commands are complete:
//! they can be copied as they stand.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use super::cast::Member;
use super::demonstration::Demonstration;
use super::directory::{Directory, State};

/// The whole story.
#[derive(Debug, Serialize)]
pub struct Story {
    /// The folder of the network.
    pub directory: String,
    /// Who runs which node where.
    pub nodes: Vec<Node>,
    /// The payment that was made.
    pub payment: Demonstration,
    /// True if the nodes are stopped after this.
    pub stopped: bool,
    /// Commands to try.
    pub next: Vec<Hint>,
}

/// One node of the network.
#[derive(Debug, Serialize)]
pub struct Node {
    /// Who runs it.
    pub name: String,
    /// Its HTTP interface.
    pub url: String,
}

/// A command and what it shows.
#[derive(Debug, Serialize)]
pub struct Hint {
    /// What it shows.
    pub about: &'static str,
    /// The command as one types it.
    pub command: String,
}

impl Story {
    /// Puts the story together.
    pub fn new(
        directory: &Directory,
        members: &[Member],
        state: &State,
        payment: Demonstration,
        stopped: bool,
    ) -> Self {
        let node = |(member, port): (&Member, &u16)| Node {
            name: member.name.clone(),
            url: format!("http://127.0.0.1:{port}"),
        };
        let nodes: Vec<Node> = members.iter().zip(&state.ports.api).map(node).collect();
        let next = hints(directory, &nodes, &payment);
        Self { directory: directory.root().display().to_string(), nodes, payment, stopped, next }
    }
}

fn hints(directory: &Directory, nodes: &[Node], payment: &Demonstration) -> Vec<Hint> {
    let program = program();
    let client = |name: &str| shown(&directory.root().join("clients").join(name));
    let (aurora, meridian) = (client("aurora"), client("meridian"));
    let sample = shown(&directory.sample_file());
    let genesis = shown(&directory.genesis_file());
    let hint = |about, command: String| Hint { about, command };
    let run = |about, rest: String| hint(about, format!("{program} {rest}"));
    let mut hints = vec![
        run("see the balances", format!("balance --profile {aurora}")),
        run("pay again, from the same message", format!("pay --file {sample} --as-new --profile {aurora}")),
        run("attest it as the payee's bank", format!("attest UETR --profile {meridian}")),
        run("pay from arguments", format!("pay --to MERDZAJJ --amount 125.00 --currency BRL --profile {aurora}")),
        run(
            "attest small payments in advance",
            format!("consent set --account {} --up-to 1000.00 --profile {meridian}", payment.creditor_account),
        ),
        run(
            "see what was booked on an account, and that nothing is missing",
            format!("account statement {} --verify --profile {meridian}", payment.creditor_account),
        ),
        run("see where a payment is", format!("payment status {} --profile {aurora}", payment.uetr)),
        run(
            "verify the receipt offline",
            format!("receipt verify {} --genesis {genesis}", shown(Path::new(&payment.receipt))),
        ),
        run("see what consensus waits for", format!("consensus status --profile {aurora}")),
        run("see who votes, and who may", format!("validator show --profile {aurora}")),
        run("follow the ledger", format!("events --follow --profile {meridian}")),
        run("measure it", format!("bench --dir {}", shown(directory.root()))),
    ];
    if let Some(node) = nodes.first() {
        hints.push(hint(
            "use the HTTP interface",
            format!("curl {}/v1/chain; curl {}/openapi.json", node.url, node.url),
        ));
    }
    hints
}

/// The program as it was called, so that the commands work from the same place.
fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "corridor".to_owned())
}

fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    if text.contains(' ') { format!("'{text}'") } else { text }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payment = &self.payment;
        writeln!(f, "\nA payment settled.")?;
        writeln!(f, "  from       {}", payment.debtor_agent)?;
        writeln!(f, "  to         {}", payment.creditor_agent)?;
        writeln!(f, "  amount     {}", payment.amount)?;
        writeln!(f, "  UETR       {}", payment.uetr)?;
        writeln!(f, "  reserved   {} ms after it was submitted", payment.reserved_after_ms)?;
        writeln!(
            f,
            "  settled    {} ms after it was attested, finally, in block {}",
            payment.settled_after_ms, payment.height
        )?;
        writeln!(f, "  in all     {} ms from submission to settlement certificate", payment.total_ms)?;
        writeln!(f, "  receipt    {}", payment.receipt)?;
        writeln!(f, "             verified offline; signed by {}", payment.signers.join(", "))?;
        writeln!(f, "\nThe network in {}", self.directory)?;
        for node in &self.nodes {
            writeln!(f, "  {:<24} {}", node.url, node.name)?;
        }
        match self.stopped {
            true => write!(
                f,
                "\nWhat to try next, while it runs: {} testnet --dir {}",
                program(),
                shown(Path::new(&self.directory))
            )?,
            false => write!(f, "\nWhat to try next")?,
        }
        self.next.iter().try_for_each(|hint| write!(f, "\n  # {}\n  {}", hint.about, hint.command))
    }
}
