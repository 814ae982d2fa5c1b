//! The binary `corridor`: command line, configuration, wiring. No business rule lives here.
#![forbid(unsafe_code)]

mod bench;
mod cli;
mod commands;
mod demo;
mod entry;
mod parent;
mod testnet;

fn main() -> std::process::ExitCode {
    entry::run()
}
