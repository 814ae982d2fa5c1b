//! The names of all operations and their steps, who signs them, and a complete example of each.

use std::fmt;

use corridor_types::{Operation, Uetr};
use serde::Serialize;
use serde_json::Value;

use super::example;
use crate::clock;
use crate::failure::Failure;
use crate::output::print_document;

/// One operation by name: who signs it, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// The operation's name, or operation and step, and for a proposal what is proposed.
    pub name: &'static str,
    /// Whose keys it needs.
    pub needs: &'static str,
}

const fn template(name: &'static str, needs: &'static str) -> Template {
    Template { name, needs }
}

/// All names, in the order of the operations. `docs/ledger.md` has the rules.
pub const TEMPLATES: &[Template] = &[
    template("issue", "2 issuer keys of the asset's central bank"),
    template("redeem", "2 issuer keys of the asset's central bank"),
    template("open_account", "1 issuer key of the asset's central bank"),
    template("authorise_client", "1 supervisor key of the sponsor's central bank"),
    template("revoke_client", "1 supervisor key of the sponsor's central bank"),
    template("set_standing_consent", "1 operator key of the account's owner"),
    template("pay", "1 operator or maker key of the debtor agent, and checkers as its own rule says"),
    template("pay_bulk", "as pay, for the sum"),
    template("pay_together", "as pay, for the sum"),
    template("attest", "1 operator or compliance key of the creditor agent"),
    template("reject", "1 operator or compliance key of the creditor agent"),
    template("cancel", "1 operator key of the debtor agent"),
    template("declare_candidate", "1 operator key of the participant, and both declared keys (--key)"),
    template(
        "change_validators",
        "1 supervisor key of each issuing central bank, governance keys of others for a quorum",
    ),
    template("register_node", "1 operator key of the participant"),
    template("remove_node", "1 operator key of the participant"),
    template("participant.apply", "1 supervisor key of its central bank, and 1 operator key of the applicant"),
    template("participant.authorise", "1 supervisor key of its central bank"),
    template("participant.suspend", "1 supervisor key of its central bank"),
    template("participant.revoke", "1 supervisor key of its central bank"),
    template(
        "participant.add_key",
        "2 governance keys of the participant (1 if it has 1), or 2 supervisor keys of its central bank",
    ),
    template("participant.remove_key", "as participant.add_key for a governance key, 1 of the same for any other"),
    template("participant.set_approvals", "2 governance keys of the participant (1 if it has 1)"),
    template("participant.set_sealing_key", "1 governance or operator key of the participant"),
    template("programme.open", "1 supervisor key of the central bank of each member"),
    template("programme.amend", "1 supervisor key of the central bank of each member, before and after"),
    template("programme.close", "1 supervisor key of the central bank of each member"),
    template("licence.issue", "1 supervisor key of a licensing authority"),
    template("licence.amend", "1 supervisor key of the authority that issued it"),
    template("licence.revoke", "1 supervisor key of the authority that issued it"),
    template("screening.require", "1 supervisor key of a central bank"),
    template("screening.rescreen", "1 operator or compliance key of an agent of the payment"),
    template(
        "hold.hold",
        "1 operator or compliance key of an agent, or compliance or supervisor key of its central bank",
    ),
    template("hold.release", "2 compliance keys of the holder, or compliance or supervisor keys of its central bank"),
    template("hold.reject", "2 compliance keys of the holder, or compliance or supervisor keys of its central bank"),
    template("order.freeze", "2 compliance or supervisor keys of the asset's issuer or the owner's central bank"),
    template("order.unfreeze", "2 compliance or supervisor keys of the asset's issuer or the owner's central bank"),
    template("order.seize", "2 compliance or supervisor keys of the asset's issuer"),
    template("limit.set", "1 issuer or supervisor key of the asset's central bank"),
    template("limit.remove", "1 issuer or supervisor key of the asset's central bank"),
    template("refund.return", "1 operator or compliance key of the creditor agent, and checkers by its rule"),
    template("refund.recall", "1 operator or compliance key of the debtor agent"),
    template("refund.refuse_recall", "1 operator or compliance key of the creditor agent"),
    template("exchange.quote", "1 operator or maker key of the owner of both accounts, and checkers by its rule"),
    template("exchange.withdraw", "1 operator or maker key of the maker"),
    template("exchange.take", "1 operator or maker key of the owner of both accounts, and checkers by its rule"),
    template("queue.reprioritise", "1 operator, maker or compliance key of the debtor agent"),
    template("queue.move", "1 operator, maker or compliance key of the debtor agent"),
    template("governance.propose.validators", "1 governance key of a participant with a vote"),
    template("governance.propose.rulebook", "1 governance key of a participant with a vote"),
    template("governance.propose.parameters", "1 governance key of a participant with a vote"),
    template("governance.propose.upgrade", "1 governance key of a participant with a vote"),
    template("governance.propose.participant", "1 governance key of a participant with a vote"),
    template("governance.vote", "1 governance key of a participant with a vote"),
    template("set_calendar", "1 issuer key of the asset's central bank"),
    template("record_access", "1 compliance or supervisor key of who opened the details"),
];

/// The name of an operation in JSON, as far as it can be told: empty if it is none.
pub fn name_in(operation: &Value) -> String {
    let tags = ["/operation", "/step/step", "/step/proposal/proposal"];
    let parts: Vec<&str> = tags.iter().map_while(|tag| operation.pointer(tag)?.as_str()).collect();
    parts.join(".")
}

/// The name of an operation.
///
/// # Errors
/// An internal failure: an operation without a form in JSON or without a template.
pub fn name_of(operation: &Operation) -> Result<&'static str, Failure> {
    let name = name_in(&serde_json::to_value(operation).map_err(Failure::internal)?);
    let found = TEMPLATES.iter().find(|template| template.name == name);
    found.map(|template| template.name).ok_or_else(|| Failure::internal(format!("{name} has no template")))
}

/// Whose keys an operation needs, in words.
pub fn needs(name: &str) -> &'static str {
    TEMPLATES.iter().find(|template| template.name == name).map_or("", |template| template.needs)
}

/// The example of an operation.
pub fn find(name: &str) -> Option<Operation> {
    let is_wanted = |example: &Operation| serde_json::to_value(example).is_ok_and(|value| name_in(&value) == name);
    example::operations(clock::now()).ok()?.into_iter().find(is_wanted)
}

/// Prints an example.
///
/// # Errors
/// A usage failure if there is no such operation.
pub fn print(name: &str) -> Result<(), Failure> {
    let unknown = || Failure::usage(format!("NAME: there is no operation {name:?}; see `corridor operation list`"));
    let mut operation = find(name).ok_or_else(unknown)?;
    renew(&mut operation, clock::new_uetr()?);
    print_document(&serde_json::to_string_pretty(&operation).map_err(Failure::internal)?);
    Ok(())
}

/// Gives a payment a name of its own; other references may be left out anyway.
fn renew(operation: &mut Operation, uetr: Uetr) {
    if let Operation::Pay { payment } = operation {
        payment.uetr = uetr;
    }
}

/// A line of the list.
#[derive(Debug, Serialize)]
struct Line {
    name: &'static str,
    needs: &'static str,
}

/// All operations that have a template.
#[derive(Debug, Serialize)]
pub struct List {
    operations: Vec<Line>,
}

/// The list that `corridor operation list` prints.
pub fn list() -> List {
    let line = |template: &Template| Line { name: template.name, needs: template.needs };
    List { operations: TEMPLATES.iter().map(line).collect() }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<32} needs", "operation")?;
        self.operations.iter().try_for_each(|line| write!(f, "\n{:<32} {}", line.name, line.needs))
    }
}
