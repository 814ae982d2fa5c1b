//! The binary `corridor`: command line, configuration, wiring. No business rule lives here.
#![forbid(unsafe_code)]

mod cli;
mod commands;
mod entry;
mod parent;

fn main() -> std::process::ExitCode {
    entry::run()
}
