//! Any object as people read it: a line for each field, amounts and times readable, what is absent
//! left out. Knows the forms of JSON, not the kinds of objects, so that a new field needs nothing here.

use corridor_types::{Amount, CurrencyCode, Timestamp};
use serde_json::{Map, Value};

use crate::{clock, money};

/// Fields that hold a moment, in milliseconds since 1970.
const MOMENTS: &[&str] = &[
    "accepted",
    "closes",
    "deadline",
    "effective_from",
    "ends",
    "expiry",
    "since",
    "starts",
    "time",
    "valid_from",
    "valid_until",
];

/// How far the fields of an object inside another are indented.
const STEP: usize = 2;

/// An object's fields, a line each, ended by a line feed.
pub fn object(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(fields) => write_fields(fields, 0, &mut out),
        other => out.push_str(&plain("", other).unwrap_or_default()),
    }
    out
}

fn write_fields(fields: &Map<String, Value>, indent: usize, out: &mut String) {
    for (name, value) in fields {
        write_field(name, value, indent, out);
    }
}

fn write_field(name: &str, value: &Value, indent: usize, out: &mut String) {
    let label = name.replace('_', " ");
    let mut line = |text: &str| {
        let line = format!("{:indent$}{label:<22} {text}", "");
        out.push_str(line.trim_end());
        out.push('\n');
    };
    match (plain(name, value), value) {
        (Some(text), _) => line(&text),
        (None, Value::Null) => {}
        (None, Value::Array(list)) if list.is_empty() => line("none"),
        (None, Value::Array(list)) => match list.iter().map(|value| plain(name, value)).collect::<Option<Vec<_>>>() {
            Some(texts) => line(&texts.join(", ")),
            None => {
                line("");
                list.iter().for_each(|value| write_element(value, indent + STEP, out));
            }
        },
        (None, Value::Object(fields)) => {
            line("");
            write_fields(fields, indent + STEP, out);
        }
        (None, _) => {}
    }
}

/// An object in a list, with a dash before its first field.
fn write_element(value: &Value, indent: usize, out: &mut String) {
    let mut text = String::new();
    match value {
        Value::Object(fields) => write_fields(fields, indent + STEP, &mut text),
        other => text = format!("{:width$}{}\n", "", plain("", other).unwrap_or_default(), width = indent + STEP),
    }
    if let Some(rest) = text.get(indent + STEP..) {
        out.push_str(&format!("{:indent$}- {rest}", ""));
    }
}

/// A value that takes no more than a part of a line; `None` for lists, objects and what is absent.
fn plain(name: &str, value: &Value) -> Option<String> {
    match value {
        Value::Number(number) if MOMENTS.contains(&name) => {
            Some(number.as_u64().map_or_else(|| number.to_string(), |moment| clock::readable(Timestamp(moment))))
        }
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
        Value::String(text) => Some(text.clone()),
        Value::Object(fields) => amount(fields).or_else(|| corridor(fields)),
        Value::Null | Value::Array(_) => None,
    }
}

/// Money with its currency.
fn amount(fields: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    text("decimal")?;
    let (minor, currency) = (text("minor")?.parse::<Amount>().ok()?, text("currency")?.parse::<CurrencyCode>().ok()?);
    Some(money::readable(minor, currency))
}

fn corridor(fields: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    if fields.len() == 2 { Some(format!("{}-{}", text("from")?, text("to")?)) } else { None }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_programme_and_an_open_payment_as_people_read_them() {
        let programme = json!({
            "number": 0, "closed": false,
            "programme": {"name": "Pilot", "starts": 1_790_000_000_000_u64, "members": [2, 3], "corridors": [{"from": "BR", "to": "ZA"}],
                "caps": [{"asset": 0, "payment": "100", "total": "900"}, {"asset": 1, "payment": "5", "total": "6"}]},
            "paid": [{"asset": 0, "paid": "1"}],
        });
        let waiting = json!({
            "waiting_for": "release", "stopped_by": null, "debtor_screening": null, "licences": [], "funded": true,
            "hold": {"reason": "documents", "holder": 1, "deadline": 1_790_000_000_000_u64},
            "amount": {"minor": "12500000", "decimal": "125000.00", "currency": "BRL"},
        });
        insta::assert_snapshot!(format!("{}\n{}", object(&programme), object(&waiting)));
    }
}
