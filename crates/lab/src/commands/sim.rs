//! `corridor sim`: hands over to the simulator, a program of its own that is built apart and never runs
//! where money is.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use clap::Args;
use corridor_cli::failure::Failure;

/// The simulator's name beside this program or in the search path.
const PROGRAM: &str = "corridor-sim";

/// Run the simulator with the same arguments.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub struct SimArgs {
    /// Arguments of the simulator
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    arguments: Vec<OsString>,
}

/// Becomes the simulator, where the system can do that, or else runs it.
///
/// # Errors
/// A usage failure that says how to build it; the simulator's own exit code otherwise.
pub fn run(args: &SimArgs) -> Result<(), Failure> {
    let beside = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join(PROGRAM)));
    let program = beside.filter(|path| path.is_file()).unwrap_or_else(|| PathBuf::from(PROGRAM));
    let error = replace(Command::new(&program).args(implied(&args.arguments)).args(&args.arguments));
    match error.kind() {
        std::io::ErrorKind::NotFound => Err(Failure::usage(format!(
            "there is no {PROGRAM} beside this program or in PATH; build it with `cargo build --release -p \
             corridor-simulator` in Corridor's source"
        ))),
        _ => Err(Failure::internal(format!("cannot run {}: {error}", program.display()))),
    }
}

/// `corridor sim --seeds 0..9` means `corridor-sim run --seeds 0..9`.
fn implied(arguments: &[OsString]) -> Option<&'static str> {
    let first = arguments.first()?.to_str()?;
    (first.starts_with("--") && !["--help", "--version"].contains(&first)).then_some("run")
}

#[cfg(unix)]
fn replace(command: &mut Command) -> std::io::Error {
    use std::os::unix::process::CommandExt as _;
    command.exec()
}

#[cfg(not(unix))]
fn replace(command: &mut Command) -> std::io::Error {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_without_a_command_mean_a_run() {
        let implied_by = |texts: &[&str]| implied(&texts.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(implied_by(&["--seeds", "0..9"]), Some("run"));
        assert_eq!(implied_by(&["twins", "--rounds", "3"]), None);
        assert_eq!(implied_by(&["--help"]), None);
        assert_eq!(implied_by(&[]), None);
    }
}
