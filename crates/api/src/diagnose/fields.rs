//! What the fields of operations hold, by the operation's name, and the objects that several
//! operations share.

use corridor_crypto::{Digest, PublicKey};
use corridor_types::operations::{Calendar, Screening};
use corridor_types::{
    AccountId, Amount, AssetId, Attested, ClientAuthorisation, ClientHandle, Code, Control, Epoch, Height, Label,
    LicenceUse, ParticipantId, Payment, Uetr, Validator, ValidatorChange,
};
use serde_json::Value;

use super::{Misfit, check, each, steps, tagged, with_inner};

/// Looks at one field of the operation called `operation`.
pub fn misfit(operation: &str, field: &str, path: &str, value: &Value) -> Option<Misfit> {
    match (field, operation) {
        ("reference", _) => check::<Uetr>(path, value),
        ("account", _) => check::<AccountId>(path, value),
        ("owner", _) => check::<ParticipantId>(path, value),
        ("asset", _) => check::<AssetId>(path, value),
        ("amount" | "up_to", _) => check::<Amount>(path, value),
        ("authorisation", _) => check::<ClientAuthorisation>(path, value),
        ("handle", _) => check::<ClientHandle>(path, value),
        ("payment", "pay") => payment(path, value),
        ("payment", _) => check::<Uetr>(path, value),
        ("payments", "pay_bulk" | "pay_together") => each::<Payment>(path, value, payment),
        ("payments", "attest") => each::<Attested>(path, value, check::<Attested>),
        ("payments", _) => each::<Uetr>(path, value, check::<Uetr>),
        ("screening", _) => check::<Option<Screening>>(path, value),
        ("reason", _) => check::<Code>(path, value),
        ("validator", _) => check::<Validator>(path, value),
        ("height", _) => check::<Height>(path, value),
        ("state", _) => check::<Digest>(path, value),
        ("epoch", _) => check::<Epoch>(path, value),
        ("changes", _) => changes(path, value),
        ("network_key", _) => check::<PublicKey>(path, value),
        ("calendar", _) => check::<Option<Calendar>>(path, value),
        ("purpose", _) => check::<Label>(path, value),
        ("step", _) => steps::misfit(operation, path, value),
        _ => None,
    }
}

/// A payment, whose control status is tagged inside.
pub fn payment(path: &str, value: &Value) -> Option<Misfit> {
    with_inner::<Payment>("control", path, value, |path, value| {
        tagged::<Control>("kind", path, value, |field, path, value| match field {
            "licences" => each::<LicenceUse>(path, value, check::<LicenceUse>),
            _ => None,
        })
    })
}

/// Changes of the validators.
pub fn changes(path: &str, value: &Value) -> Option<Misfit> {
    each::<ValidatorChange>(path, value, |path, value| {
        tagged::<ValidatorChange>("change", path, value, |field, path, value| match field {
            "validator" => check::<Validator>(path, value),
            "participant" => check::<ParticipantId>(path, value),
            _ => None,
        })
    })
}
