//! Finds the field at fault inside an operation that does not fit.
//!
//! Serde reads an enum that is tagged inside its object in two steps and forgets where in the
//! object it was. A bank that sends JSON by hand must still be told which field to correct, so a
//! refused operation is looked at once more, field by field. Nothing is accepted here.

use corridor_crypto::{Digest, PublicKey};
use corridor_types::{
    AccountId, Amount, AssetId, ClientAuthorisation, ClientHandle, Code, Epoch, Height, LicenceUse, ParticipantId,
    Payment, Uetr, Validator,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A field's path within the operation, and what is wrong with it.
pub struct Misfit {
    pub path: String,
    pub message: String,
}

/// The first field of an operation that has the wrong form; `None` if each of them is right by
/// itself, so that one is missing or does not belong.
pub fn misfit_in_operation(operation: &Value) -> Option<Misfit> {
    let pays = matches!(operation["operation"].as_str(), Some("pay" | "pay_bulk"));
    operation.as_object()?.iter().find_map(|(name, value)| match name.as_str() {
        "reference" => check::<Uetr>(name, value),
        "account" => check::<AccountId>(name, value),
        "owner" => check::<ParticipantId>(name, value),
        "asset" => check::<AssetId>(name, value),
        "handle" => check::<ClientHandle>(name, value),
        "validator" => check::<Validator>(name, value),
        "network_key" => check::<PublicKey>(name, value),
        "state" => check::<Digest>(name, value),
        "height" => check::<Height>(name, value),
        "epoch" => check::<Epoch>(name, value),
        "changes" => value.as_array()?.iter().enumerate().find_map(|(position, value)| {
            let name = format!("{name}[{position}].validator");
            value.get("validator").and_then(|value| check::<Validator>(&name, value))
        }),
        "reason" => check::<Code>(name, value),
        "amount" | "up_to" => check::<Amount>(name, value),
        "authorisation" => check::<ClientAuthorisation>(name, value),
        "payment" if pays => check_payment(name, value),
        "payment" => check::<Uetr>(name, value),
        "payments" => value.as_array()?.iter().enumerate().find_map(|(position, value)| {
            let name = format!("{name}[{position}]");
            if pays { check_payment(&name, value) } else { check::<Uetr>(&name, value) }
        }),
        _ => None,
    })
}

/// A payment's control status is tagged inside too.
fn check_payment(name: &str, value: &Value) -> Option<Misfit> {
    let licences = value.pointer("/control/licences").and_then(Value::as_array);
    let misfit = licences
        .into_iter()
        .flatten()
        .enumerate()
        .find_map(|(position, value)| check::<LicenceUse>(&format!("{name}.control.licences[{position}]"), value));
    misfit.or_else(|| check::<Payment>(name, value))
}

fn check<T: DeserializeOwned>(name: &str, value: &Value) -> Option<Misfit> {
    let error = serde_path_to_error::deserialize::<_, T>(value).err()?;
    let inner = error.path().to_string();
    let path = match inner.as_str() {
        "." => name.to_owned(),
        inner if inner.starts_with('[') => format!("{name}{inner}"),
        inner => format!("{name}.{inner}"),
    };
    Some(Misfit { path, message: error.inner().to_string() })
}
