//! The record: its one encoding, and refusals that name field, value and remedy.
#![allow(clippy::unwrap_used)]

mod common;

use common::{EXAMPLE, details};
use corridor_sealing::limits::{MAX_CLEARTEXT_BYTES, MAX_GOODS, MAX_INVOICES, MAX_JSON_BYTES, MAX_REMITTANCE_LINES};
use corridor_sealing::{Details, DetailsError};

/// The example with the text `from` replaced; it must be there.
fn changed(from: &str, to: &str) -> Result<Details, DetailsError> {
    assert!(EXAMPLE.contains(from), "the example has no {from}");
    Details::from_json(EXAMPLE.replacen(from, to, 1).as_bytes())
}

/// Refused, at `field`, with `value` and `remedy` in the text.
fn refused(from: &str, to: &str, field: &str, says: &[&str]) {
    let error = changed(from, to).expect_err(to);
    assert_eq!(error.field(), Some(field), "{error}");
    for part in says {
        assert!(error.to_string().contains(part), "{error} does not say {part}");
    }
}

#[test]
fn the_canonical_encoding_is_pinned() {
    let bytes = details().to_canonical().unwrap();
    assert_eq!(std::str::from_utf8(&bytes).unwrap(), include_str!("canonical.json").trim_end());
}

#[test]
fn the_canonical_encoding_reads_back_and_no_other_does() {
    let bytes = details().to_canonical().unwrap();
    assert_eq!(Details::from_canonical(&bytes), Ok(details()));
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let others = [
        format!("{text} "),
        text.replacen(':', ": ", 1),
        text.replacen("\"12500000\"", "\"012500000\"", 1),
        text.replacen("\"purpose\":\"GDDS\",", "", 1).replacen('{', "{\"purpose\":\"GDDS\",", 1),
        text.replacen("Ltda", "\\u004ctda", 1),
        text.replacen("\"documents\":[", "\"documents\":[ ", 1),
    ];
    for other in others {
        assert_eq!(Details::from_json(other.as_bytes()), Ok(details()), "{other}");
        assert_eq!(Details::from_canonical(other.as_bytes()), Err(DetailsError::NotCanonical), "{other}");
    }
}

#[test]
fn absent_and_null_fields_have_one_encoding() {
    let without = changed("\"contract\": {", "\"contract\": null, \"contract_was\": {");
    assert!(without.is_err(), "an unknown field was taken");
    let mut record = details();
    record.contract = None;
    record.invoices.clear();
    let bytes = record.to_canonical().unwrap();
    let text = std::str::from_utf8(&bytes).unwrap();
    assert!(!text.contains("contract") && !text.contains("invoices"));
    let null = text.replacen("\"goods\":", "\"contract\":null,\"invoices\":[],\"goods\":", 1);
    assert_eq!(Details::from_json(null.as_bytes()), Ok(record));
    assert_eq!(Details::from_canonical(null.as_bytes()), Err(DetailsError::NotCanonical));
}

#[test]
fn a_refusal_names_field_value_and_remedy() {
    refused("\"GDDS\"", "\"goods\"", "purpose", &["\"goods\"", "write 4 characters of A-Z and 0-9"]);
    refused("Exemplo Importação Ltda", " x", "debtor.name", &["\" x\"", "without outer spaces"]);
    refused("Exemplo Importação Ltda", "", "debtor.name", &["write 1 to 140 characters"]);
    refused("Exemplo Importação Ltda", "Ltda \u{202e}adtL", "debtor.name", &["direction marks"]);
    refused("São Paulo", "S\\nP", "debtor.address.town", &["in one line"]);
    refused("\"9012345678\"", "\"\"", "creditor.identity.national.number", &["1 to 35"]);
    refused("\"TXID\"", "\"tax\"", "creditor.identity.national.scheme", &["\"tax\"", "A-Z"]);
    refused("\"iban\": \"BR", "\"iban\": \"XX", "debtor.account.iban", &["XX", "country code"]);
    refused("10009795493C1", "10009795493C2", "debtor.account.iban", &["check digits do not fit"]);
    refused("90278990", "9027.89", "goods[0].hs_code", &["9027.89", "6 to 14 characters of 0-9"]);
    refused("\"value\": \"2\"", "\"value\": \"2.50\"", "goods[0].quantity.value", &["\"2.50\"", "needless zeros"]);
    refused("\"H87\"", "\"pieces\"", "goods[0].quantity.unit", &["pieces", "2 to 3"]);
    refused("\"CINV\"", "\"INV\"", "documents[0].kind", &["INV", "4 characters"]);
    refused("1961-02-28", "1961-02-29", "travel_rule.originator.birth.date", &["1961-02-29", "YYYY-MM-DD"]);
    refused("order of March", "order\\tof", "remittance[0]", &["in one line"]);
    let zero = "\"amount\": {\n        \"currency\": \"ZAR\",\n        \"amount\": \"0\"";
    refused(&zero.replace("\"0\"", "\"12500000\""), zero, "invoices[0].amount.amount", &["\"0\"", "above zero"]);
}

#[test]
fn values_of_the_wrong_type_are_named_by_path() {
    refused("\"currency\": \"ZAR\"", "\"currency\": \"ZAX\"", "invoices[0].amount.currency", &["ZAX", "ISO 4217"]);
    refused("\"country\": \"BR\"", "\"country\": \"XB\"", "debtor.address.country", &["XB", "ISO 3166-1"]);
    refused("\"2026-03-02\"", "\"2026-02-30\"", "contract.date", &["2026-02-30", "YYYY-MM-DD"]);
    refused("\"12500000\"", "12500000", "invoices[0].amount.amount", &["12500000"]);
    refused("\"12500000\"", "\"125000.00\"", "invoices[0].amount.amount", &["more decimals"]);
    refused("CORRIDORTESTDEBTOR", "CORRIDORTESTDEBTER", "debtor.identity.lei", &["check digits"]);
    refused("0123456789abcdef", "0123456789ABCDEF", "goods[0].control.licences[0].handle", &["lower case"]);
    let unknown = changed("\"purpose\"", "\"nickname\": \"x\", \"purpose\"").unwrap_err();
    assert!(unknown.to_string().contains("unknown field `nickname`"), "{unknown}");
    let twice = changed("\"purpose\"", "\"purpose\": \"GDDS\", \"purpose\"").unwrap_err();
    assert!(twice.to_string().contains("duplicate field"), "{twice}");
    let trailing = Details::from_json(format!("{EXAMPLE}x").as_bytes()).unwrap_err();
    assert_eq!(trailing.field(), Some("the end of the record"));
}

#[test]
fn debtor_and_creditor_need_an_account_and_the_others_do_not() {
    let mut record = details();
    record.creditor.account = None;
    let error = record.validate().unwrap_err();
    assert_eq!(error.field(), Some("creditor.account"));
    assert!(error.to_string().contains("write the account"));
    assert!(details().end_user.unwrap().account.is_none());
}

#[test]
fn lists_and_texts_end_at_their_bounds() {
    let mut record = details();
    record.invoices = vec![record.invoices[0].clone(); MAX_INVOICES];
    record.remittance = vec!["é".repeat(140); MAX_REMITTANCE_LINES];
    assert_eq!(record.validate(), Ok(()));
    record.invoices.push(record.invoices[0].clone());
    let field = "invoices".to_owned();
    assert_eq!(record.validate(), Err(DetailsError::TooMany { field, count: 101, limit: MAX_INVOICES }));
    record.invoices.pop();
    record.remittance[3].push('é');
    assert_eq!(record.validate().unwrap_err().field(), Some("remittance[3]"));
}

#[test]
fn a_record_that_fits_no_size_is_refused_as_a_whole() {
    let mut record = details();
    record.goods = vec![record.goods[0].clone(); MAX_GOODS];
    assert!(record.to_canonical().is_ok());
    for goods in &mut record.goods {
        goods.description = "語".repeat(500);
    }
    let Err(DetailsError::TooLarge { bytes, limit }) = record.to_canonical() else { panic!("it fits") };
    assert!(bytes > limit && limit == MAX_CLEARTEXT_BYTES);
    let long = vec![b' '; MAX_JSON_BYTES + 1];
    assert!(matches!(Details::from_json(&long), Err(DetailsError::TooLarge { .. })));
}

#[test]
fn nothing_of_a_record_is_shown_by_debug() {
    assert_eq!(format!("{:?}", details()), "Details(confidential)");
    assert_eq!(format!("{:?}", details().debtor), "Party(confidential)");
    let error = changed("90278990", "9027.89").unwrap_err();
    assert_eq!(format!("{error:?}"), "Value(goods[0].hs_code)");
}

#[test]
fn quantities_and_births_have_one_spelling() {
    for good in ["1", "0.5", "12.345678", "999999999999"] {
        assert!(changed("\"value\": \"2\"", &format!("\"value\": \"{good}\"")).is_ok(), "{good}");
    }
    for bad in ["0", "0.0", "00.5", "01", ".5", "5.", "-1", "1e3", "1.2.3", "1.2345678", "1000000000000", "", "１"] {
        assert!(changed("\"value\": \"2\"", &format!("\"value\": \"{bad}\"")).is_err(), "{bad}");
    }
    for good in ["1904-02-29", "1850-01-01", "2004-12-31"] {
        assert!(changed("1961-02-28", good).is_ok(), "{good}");
    }
    for bad in ["1849-12-31", "1900-02-29", "+961-01-01", "1961-2-28", "19610228", "é61-02-28"] {
        assert!(changed("1961-02-28", bad).is_err(), "{bad}");
    }
}
