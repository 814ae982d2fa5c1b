//! The command line: every command with its help, and nothing else.

use clap::{Parser, Subcommand};
use corridor_cli::commands::{
    account, balance, client, consensus, consent, decide, details, events, evidence, genesis, issue, keys, operation,
    pay, payment, receipt, show, validator,
};
use corridor_cli::failure::Failure;
use corridor_cli::output::Output;
use corridor_lab::commands::{bench, demo, sim, testnet};

use crate::commands::{audit, completions, node, openapi};

const AFTER_HELP: &str = "\
Start here: corridor testnet --dir my-testnet

Exit codes: 0 done; 1 refused by the ledger or verification failed; 2 wrong command line, file or field; \
3 no connection or an internal failure.";

/// Corridor: settlement of cross-border trade payments among central banks and banks.
#[derive(Debug, Parser)]
#[command(name = "corridor", version, about, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Cli {
    /// Form of results and errors
    #[arg(long, global = true, value_enum, default_value_t)]
    pub output: Output,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a whole network on this machine and make a first payment
    Testnet(testnet::TestnetArgs),
    /// Play a story on a fresh network, with a receipt for each step
    Demo(demo::DemoArgs),
    /// Pay: from a pacs.008 message, or from arguments
    Pay(Box<pay::PayArgs>),
    /// Attest payments to this bank, so that they settle
    Attest(decide::AttestArgs),
    /// Refuse payments to this bank
    Reject(decide::RejectArgs),
    /// Withdraw a payment that has not settled
    Cancel(decide::CancelArgs),
    /// Show where a payment is
    Payment(payment::PaymentArgs),
    /// Show accounts with their balances
    Balance(balance::BalanceArgs),
    /// Fetch receipts, and verify them offline
    Receipt(receipt::ReceiptArgs),
    /// Read the confidential details of payments, and set the key they are sealed to
    Details(details::DetailsArgs),
    /// Show what happens on the ledger
    Events(events::EventsArgs),
    /// Issue money (central bank, two keys)
    Issue(issue::IssueArgs),
    /// Redeem money (central bank, two keys)
    Redeem(issue::RedeemArgs),
    /// Authorise companies to pay, and withdraw that (central bank)
    Client(client::ClientArgs),
    /// Open accounts (central bank), and show the bookings on them
    Account(account::AccountArgs),
    /// Attest in advance all payments to an account up to an amount
    Consent(consent::ConsentArgs),
    /// Show what the ledger holds: programmes, licences, limits, rulebooks, queues and so on
    Show(show::ShowArgs),
    /// Take any step of any object, from a file of JSON
    Operation(operation::OperationArgs),
    /// Show the validators, and change who they are
    Validator(validator::ValidatorArgs),
    /// Run a node, join a network, or check a configuration
    Node(Box<node::NodeArgs>),
    /// Make and show key files
    Keys(keys::KeysArgs),
    /// Make, check and show genesis documents
    Genesis(genesis::GenesisArgs),
    /// Show what consensus waits for
    Consensus(consensus::ConsensusArgs),
    /// Show and verify proofs of misbehaviour of validators
    Evidence(evidence::EvidenceArgs),
    /// Check the history that a stopped node holds by executing it again, and report on it
    Audit(audit::AuditArgs),
    /// Measure a test network under load
    Bench(bench::BenchArgs),
    /// Run the simulator, if it was built
    Sim(sim::SimArgs),
    /// Print the description of the HTTP interface (OpenAPI)
    Openapi,
    /// Print completions for a shell
    Completions(completions::CompletionsArgs),
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// [`Failure`], which fixes the exit code.
    pub async fn run(self) -> Result<(), Failure> {
        let output = self.output;
        match self.command {
            Command::Testnet(args) => testnet::run(args, output).await,
            Command::Demo(args) => demo::run(args, output).await,
            Command::Pay(args) => pay::run(*args, output).await,
            Command::Attest(args) => decide::attest(args, output).await,
            Command::Reject(args) => decide::reject(args, output).await,
            Command::Cancel(args) => decide::cancel(args, output).await,
            Command::Payment(args) => payment::run(args, output).await,
            Command::Balance(args) => balance::run(args, output).await,
            Command::Receipt(args) => receipt::run(args, output).await,
            Command::Details(args) => details::run(args, output).await,
            Command::Events(args) => events::run(args, output).await,
            Command::Issue(args) => issue::issue(args, output).await,
            Command::Redeem(args) => issue::redeem(args, output).await,
            Command::Client(args) => client::run(args, output).await,
            Command::Account(args) => account::run(args, output).await,
            Command::Consent(args) => consent::run(args, output).await,
            Command::Show(args) => show::run(args, output).await,
            Command::Operation(args) => operation::run(args, output).await,
            Command::Validator(args) => validator::run(args, output).await,
            Command::Node(args) => node::run(*args, output).await,
            Command::Keys(args) => keys::run(args, output),
            Command::Genesis(args) => genesis::run(args, output),
            Command::Consensus(args) => consensus::run(args, output).await,
            Command::Evidence(args) => evidence::run(args, output).await,
            Command::Audit(args) => audit::run(args, output),
            Command::Bench(args) => bench::run(args, output).await,
            Command::Sim(args) => sim::run(&args),
            Command::Openapi => {
                openapi::run();
                Ok(())
            }
            Command::Completions(args) => {
                completions::run(&args);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests;
