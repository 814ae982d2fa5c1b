//! The binary `corridor`: command line, configuration, wiring. No business rule lives here.
#![forbid(unsafe_code)]

mod actor;
mod bench;
mod cli;
mod clock;
mod commands;
mod config;
mod decision;
mod demo;
mod draft;
mod entry;
mod failure;
mod files;
mod genesis_file;
mod genesis_spec;
mod keyring;
mod money;
mod output;
mod parent;
mod payment_form;
mod payment_text;
mod profile;
mod registry;
mod runtime;
mod sealing;
mod session;
mod stopping;
mod testnet;

fn main() -> std::process::ExitCode {
    entry::run()
}
