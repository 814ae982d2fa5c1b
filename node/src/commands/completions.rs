//! `corridor completions`: what a shell needs to complete commands.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use corridor_cli::output::print_document;

use crate::cli::Cli;

/// Print completions for a shell.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell that they are for
    shell: Shell,
}

/// Prints the completions.
pub fn run(args: &CompletionsArgs) {
    print_document(&text(args.shell));
}

fn text(shell: Shell) -> String {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "corridor", &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_learns_the_commands() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Elvish, Shell::PowerShell] {
            let text = text(shell);
            assert!(text.contains("testnet") && text.contains("corridor"), "{shell}");
        }
    }
}
