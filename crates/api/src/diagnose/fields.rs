//! What the fields of operations hold, by the operation's name, and the objects that several
//! operations share.

use corridor_types::{Control, LicenceUse, ParticipantId, Payment, Uetr, Validator, ValidatorChange};
use serde_json::Value;

use super::{Misfit, check, each, steps, tagged, with_inner};

/// Looks at one field of the operation called `operation`.
pub fn misfit(operation: &str, field: &str, path: &str, value: &Value) -> Option<Misfit> {
    match (field, operation) {
        ("reference", _) => check::<Uetr>(path, value),
        ("payment", _) => payment(path, value),
        ("payments", _) => each::<Payment>(path, value, payment),
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
