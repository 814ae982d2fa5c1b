//! From the command line to an exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;
use corridor_cli::failure::Failure;
use corridor_cli::output::Output;

use crate::cli::Cli;

/// Runs the program.
pub fn run() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return not_understood(&error, wants_json(&arguments)),
    };
    let output = cli.output;
    match in_runtime(cli.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.fail(&failure);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

fn in_runtime(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::internal)?;
    runtime.block_on(work)
}

/// Help and version are results; everything else is a wrong command line.
fn not_understood(error: &clap::Error, json: bool) -> ExitCode {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if asked || !json {
        let _ = error.print();
        return ExitCode::from(if asked { 0 } else { 2 });
    }
    let text = error.render().to_string();
    Output::Json.fail(&Failure::usage(text.trim().trim_start_matches("error: ")));
    ExitCode::from(2)
}

/// Whether `--output json` was asked for, on a command line that could not be understood.
fn wants_json(arguments: &[OsString]) -> bool {
    let separate = arguments.windows(2).any(|pair| pair[0] == "--output" && pair[1] == "json");
    separate || arguments.iter().any(|argument| argument == "--output=json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_recognised_on_a_broken_command_line() {
        let check = |line: &str, expected| {
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(wants_json(&arguments), expected, "{line}");
        };
        check("corridor pai --output json", true);
        check("corridor --output=json pai", true);
        check("corridor pai --output text", false);
    }
}
