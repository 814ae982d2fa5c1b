#![allow(clippy::unwrap_used)]
use clap::CommandFactory as _;

use super::*;

/// The commands and options are a promise to scripts: a change here is seen in review.
#[test]
fn the_commands_and_their_options() {
    let mut command = Cli::command().term_width(100);
    command.build();
    let mut out = String::new();
    describe(&command, "", &mut out);
    insta::assert_snapshot!(out);
}

fn describe(command: &clap::Command, above: &str, out: &mut String) {
    let path = format!("{above}{}", command.get_name());
    let own =
        command.get_arguments().filter(|argument| !argument.is_hide_set() && !is_common(argument.get_id().as_str()));
    let arguments: Vec<String> = own.map(shown).collect();
    out.push_str(&format!("{path} {}\n", arguments.join(" ")));
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        describe(below, &format!("{path} "), out);
    }
}

fn is_common(id: &str) -> bool {
    ["help", "version", "output"].contains(&id)
}

fn shown(argument: &clap::Arg) -> String {
    let name =
        argument.get_long().map_or_else(|| argument.get_id().to_string().to_uppercase(), |long| format!("--{long}"));
    if argument.is_required_set() { name } else { format!("[{name}]") }
}

#[test]
fn clap_finds_no_contradiction_in_the_definitions() {
    Cli::command().debug_assert();
}

#[test]
fn the_form_of_output_may_stand_anywhere() {
    let check = |line: &str, expected| {
        let cli = Cli::try_parse_from(line.split(' ')).unwrap();
        assert_eq!(cli.output, expected, "{line}");
    };
    check("corridor --output json genesis digest g.json", Output::Json);
    check("corridor genesis digest g.json --output json", Output::Json);
    check("corridor genesis digest g.json", Output::Text);
}

#[test]
fn wrong_command_lines_are_refused() {
    let uetr = "6f1c2a52-0b7e-4d5a-9c31-2f84d7be1a90";
    for line in [
        "corridor",
        "corridor pay",
        "corridor pay --file x --amount 1",
        "corridor pay --to MERDZAJJ",
        "corridor attest",
        "corridor attest not-a-uetr",
        &format!("corridor reject {uetr}"),
        &format!("corridor reject {uetr} --reason ok"),
        "corridor testnet --dir x --validators 0",
        "corridor testnet --dir x --base-port 80",
        "corridor balance --bic AURA",
        "corridor bench --dir x --bulk 1001",
        "corridor node check-config --exit-with-parent",
    ] {
        assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line} was taken");
    }
}
