//! What the fields of an operation's step hold, by operation and step.

use corridor_crypto::{Digest, PublicKey};
use corridor_types::operations::{
    AccessStep, AccountStep, ApprovalRule, AssetStep, Calendar, CalendarStep, ClientStep, ExchangeStep, FreezeMode,
    GovernanceStep, HoldReason, HoldStep, Licence, LicenceStep, Limit, LimitScope, LimitStep, NodeStep, OrderStep,
    OrderTarget, ParticipantStep, PaymentStep, Programme, ProgrammeStep, Proposal, QueuePlace, QueueStep, Quote,
    RefundStep, RulebookPack, Rules, Screening, ScreeningStep, TravelRule, ValidatorsStep,
};
use corridor_types::{
    AccountId, Amount, AssetId, Attested, ClientAuthorisation, ClientHandle, Code, Corridor, Epoch, Height, KeyEntry,
    Label, LicenceHandle, ListId, Parameters, ParticipantEntry, ParticipantId, Priority, ProgrammeId, SealingKey,
    Timestamp, Uetr, Validator,
};
use serde_json::Value;

use super::fields::{changes, payment};
use super::{Misfit, check, each, tagged, with_inner};

/// Looks at the step of the operation called `operation`.
pub fn misfit(operation: &str, path: &str, value: &Value) -> Option<Misfit> {
    let step = value["step"].as_str().unwrap_or_default();
    let look = |field: &str, path: &str, value: &Value| field_of(operation, step, field, path, value);
    match operation {
        "payment" => tagged::<PaymentStep>("step", path, value, look),
        "asset" => tagged::<AssetStep>("step", path, value, look),
        "account" => tagged::<AccountStep>("step", path, value, look),
        "client" => tagged::<ClientStep>("step", path, value, look),
        "participant" => tagged::<ParticipantStep>("step", path, value, look),
        "node" => tagged::<NodeStep>("step", path, value, look),
        "validators" => tagged::<ValidatorsStep>("step", path, value, look),
        "governance" => tagged::<GovernanceStep>("step", path, value, look),
        "programme" => tagged::<ProgrammeStep>("step", path, value, look),
        "licence" => tagged::<LicenceStep>("step", path, value, look),
        "screening" => tagged::<ScreeningStep>("step", path, value, look),
        "hold" => tagged::<HoldStep>("step", path, value, look),
        "order" => tagged::<OrderStep>("step", path, value, look),
        "limit" => tagged::<LimitStep>("step", path, value, look),
        "refund" => tagged::<RefundStep>("step", path, value, look),
        "exchange" => tagged::<ExchangeStep>("step", path, value, look),
        "queue" => tagged::<QueueStep>("step", path, value, look),
        "calendar" => tagged::<CalendarStep>("step", path, value, look),
        "access" => tagged::<AccessStep>("step", path, value, look),
        _ => None,
    }
}

/// A name means the same in all operations, but for a few that another step uses for something else.
fn field_of(operation: &str, step: &str, field: &str, path: &str, value: &Value) -> Option<Misfit> {
    match (field, step) {
        ("participant" | "owner", _) => check::<ParticipantId>(path, value),
        ("entry", "add_key") => check::<KeyEntry>(path, value),
        ("entry", _) => check::<ParticipantEntry>(path, value),
        ("key", "set_sealing_key") => check::<SealingKey>(path, value),
        ("key", _) => check::<PublicKey>(path, value),
        ("rule", _) => check::<ApprovalRule>(path, value),
        ("programme", _) => check::<Programme>(path, value),
        ("number", _) => check::<ProgrammeId>(path, value),
        ("licence", _) => check::<Licence>(path, value),
        ("handle", _) if operation == "client" => check::<ClientHandle>(path, value),
        ("handle", _) => check::<LicenceHandle>(path, value),
        ("value" | "amount" | "up_to", _) => check::<Amount>(path, value),
        ("valid_until" | "deadline" | "closes", _) => check::<Timestamp>(path, value),
        ("list", _) => check::<ListId>(path, value),
        ("version", _) => check::<Digest>(path, value),
        ("max_age_ms", _) => check::<u64>(path, value),
        ("payment", _) => check::<Uetr>(path, value),
        ("payments", "attest") => each::<Attested>(path, value, check::<Attested>),
        ("payments", _) => each::<Uetr>(path, value, check::<Uetr>),
        ("screening", "attest") => check::<Option<Screening>>(path, value),
        ("screening", _) => check::<Screening>(path, value),
        ("asset", _) => check::<AssetId>(path, value),
        ("authorisation", _) => check::<ClientAuthorisation>(path, value),
        ("validator", _) => check::<Validator>(path, value),
        ("height", _) => check::<Height>(path, value),
        ("state", _) => check::<Digest>(path, value),
        ("epoch", _) => check::<Epoch>(path, value),
        ("changes", _) => changes(path, value),
        ("network_key", _) => check::<PublicKey>(path, value),
        ("calendar", _) => check::<Option<Calendar>>(path, value),
        ("purpose", _) => check::<Label>(path, value),
        ("reason", "hold") => check::<HoldReason>(path, value),
        ("reason", _) => check::<Code>(path, value),
        ("target", _) => target(path, value),
        ("mode", _) => check::<FreezeMode>(path, value),
        ("order", _) => check::<Label>(path, value),
        ("account" | "to" | "pays_from" | "paid_to", _) => check::<AccountId>(path, value),
        ("limit", _) => with_inner::<Limit>("scope", path, value, scope),
        ("scope", _) => scope(path, value),
        ("original", _) => payment(path, value),
        ("quote", "quote") => check::<Quote>(path, value),
        ("quote", _) => check::<Uetr>(path, value),
        ("priority", _) => check::<Priority>(path, value),
        ("place", _) => check::<QueuePlace>(path, value),
        ("proposal", "vote") => check::<Uetr>(path, value),
        ("proposal", _) => proposal(path, value),
        ("approve", _) => check::<bool>(path, value),
        _ => None,
    }
}

fn target(path: &str, value: &Value) -> Option<Misfit> {
    tagged::<OrderTarget>("target", path, value, |field, path, value| match field {
        "account" => check::<AccountId>(path, value),
        "handle" => check::<ClientHandle>(path, value),
        _ => None,
    })
}

fn scope(path: &str, value: &Value) -> Option<Misfit> {
    tagged::<LimitScope>("scope", path, value, |field, path, value| match field {
        "account" => check::<AccountId>(path, value),
        "participant" => check::<ParticipantId>(path, value),
        "corridor" => check::<Corridor>(path, value),
        "asset" => check::<AssetId>(path, value),
        _ => None,
    })
}

fn proposal(path: &str, value: &Value) -> Option<Misfit> {
    tagged::<Proposal>("proposal", path, value, |field, path, value| match field {
        "epoch" => check::<Epoch>(path, value),
        "changes" => changes(path, value),
        "pack" => with_inner::<RulebookPack>("rules", path, value, rules),
        "parameters" => check::<Parameters>(path, value),
        "version" => check::<u32>(path, value),
        "height" => check::<Height>(path, value),
        "entry" => check::<ParticipantEntry>(path, value),
        _ => None,
    })
}

fn rules(path: &str, value: &Value) -> Option<Misfit> {
    with_inner::<Rules>("travel_rule", path, value, |path, value| {
        tagged::<TravelRule>("required", path, value, |field, path, value| match field {
            "amount" => check::<Amount>(path, value),
            _ => None,
        })
    })
}
