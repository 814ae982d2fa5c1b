//! `corridor validator show`.

use std::fmt;

use corridor_types::Timestamp;
use corridor_types::view::{CandidateView, NodeView, ValidatorView, ValidatorsView};
use serde::Serialize;

use crate::clock;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::{Connect, failed};

/// Asks the node and prints.
///
/// # Errors
/// [`Failure`].
pub async fn run(connect: &Connect, output: Output) -> Result<(), Failure> {
    let view = connect.open()?.client.validators().await.map_err(failed)?;
    output.show(&Screen { view, now: clock::now() })
}

#[derive(Debug, Serialize)]
struct Screen {
    #[serde(flatten)]
    view: ValidatorsView,
    /// By this machine's clock, for the age of declarations.
    #[serde(skip)]
    now: Timestamp,
}

impl fmt::Display for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let view = &self.view;
        writeln!(f, "epoch {} after block {}", view.epoch, view.height)?;
        set(f, &view.current)?;
        match &view.next {
            None => writeln!(f, "\nNo change of validators is decided.")?,
            Some(next) => {
                writeln!(
                    f,
                    "\nepoch {}, decided; it begins after the next block that can end this one",
                    view.epoch.next()
                )?;
                set(f, next)?;
            }
        }
        writeln!(f, "\ndeclared ready{}", if view.candidates.is_empty() { ": nobody" } else { "" })?;
        view.candidates.iter().try_for_each(|declared| candidate(f, declared, self.now))?;
        write!(f, "\nregistered nodes{}", if view.nodes.is_empty() { ": none" } else { "" })?;
        view.nodes.iter().try_for_each(|registered| node(f, registered))
    }
}

const fn link(connected: Option<bool>) -> &'static str {
    match connected {
        Some(true) => "up",
        Some(false) => "DOWN",
        None => "this node",
    }
}

fn set(f: &mut fmt::Formatter<'_>, validators: &[ValidatorView]) -> fmt::Result {
    for ValidatorView { name, bic, power, connected, key, network_key, .. } in validators {
        writeln!(f, "  {:<11}  {name:<32} power {:<5} link {}", bic.to_string(), power.0, link(*connected))?;
        writeln!(f, "               votes with {key}\n               links with {network_key}")?;
    }
    Ok(())
}

fn candidate(f: &mut fmt::Formatter<'_>, declared: &CandidateView, now: Timestamp) -> fmt::Result {
    let ValidatorView { name, bic, power, key, .. } = &declared.validator;
    let minutes = now.since_ms(declared.time) / 60_000;
    let age = match declared.valid_until >= now {
        true => format!("{minutes} minutes ago"),
        false => "EXPIRED: declare it again".to_owned(),
    };
    writeln!(f, "  {:<11}  {name:<32} power {:<5} {age}\n               votes with {key}", bic.to_string(), power.0)
}

fn node(f: &mut fmt::Formatter<'_>, NodeView { name, bic, network_key, connected, .. }: &NodeView) -> fmt::Result {
    write!(f, "\n  {:<11}  {name:<32} link {:<9} {network_key}", bic.to_string(), link(*connected))
}
