//! Each identifier against good and bad examples, in text and in bytes.
#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn lei_check_digits() {
    // Published by the Global LEI Foundation: its own LEI.
    assert!("506700GE1G29325QX363".parse::<Lei>().is_ok());
    for bad in ["506700GE1G29325QX364", "506700GE1G29325QX36", "506700ge1g29325qx363", "", "506700GE1G29325QX3630"] {
        assert!(bad.parse::<Lei>().is_err(), "{bad} was taken");
    }
}

#[test]
fn bic_has_one_spelling_for_one_office() {
    assert_eq!(Bic::parse("AURABRSP").unwrap(), Bic::parse("AURABRSPXXX").unwrap());
    assert_eq!(Bic::parse("AURABRSP").unwrap().country().unwrap().as_str(), "BR");
    for bad in ["AURABR", "AURAB1SP", "AURAQQSPXXX", "aurabrspxxx", "AURABRSPXX", "AURABRSPXXXX", "AURÄBRSP"] {
        assert!(Bic::parse(bad).is_err(), "{bad} was taken");
    }
}

#[test]
fn currencies_know_their_minor_units() {
    let check = |code: &str, digits| assert_eq!(code.parse::<CurrencyCode>().unwrap().minor_units(), digits);
    check("EUR", 2);
    check("JPY", 0);
    check("BHD", 3);
    check("CLF", 4);
    for bad in ["EU", "XXX", "eur", "EURO", "AED AFN"] {
        assert!(bad.parse::<CurrencyCode>().is_err(), "{bad} was taken");
    }
}

#[test]
fn countries_are_the_assigned_ones() {
    assert!("BR".parse::<CountryCode>().is_ok());
    for bad in ["XX", "br", "BRA", "", "R B"] {
        assert!(bad.parse::<CountryCode>().is_err(), "{bad} was taken");
    }
}

#[test]
fn uetr_is_a_random_uuid_in_lower_case() {
    let good = "00000000-0000-4000-b221-3244f5d5c293";
    assert_eq!(good.parse::<Uetr>().unwrap().to_string(), good);
    for bad in [
        "00000000-0000-1000-b221-3244f5d5c293",
        "00000000-0000-4000-7221-3244f5d5c293",
        "00000000-0000-4000-B221-3244f5d5c293",
        "0000000000004000b2213244f5d5c293",
        "{0000000-0000-4000-b221-3244f5d5c29}",
        "",
    ] {
        assert!(bad.parse::<Uetr>().is_err(), "{bad} was taken");
    }
    assert!(Uetr::from_random([0xff; 16]).to_string().parse::<Uetr>().is_ok());
}

#[test]
fn binary_decoding_applies_the_same_checks() {
    assert!(Uetr::from_bytes(&[0; 16]).is_err());
    assert!(CurrencyCode::from_bytes(b"XXX").is_err());
    assert!(Bic::from_bytes(b"AURABRSP\0\0\0").is_err(), "a second spelling of the primary office");
    assert!(Lei::from_bytes(&[0; 20]).is_err());
    assert!(CountryCode::from_bytes(b"B\0").is_err());
    assert_eq!(CurrencyCode::from_bytes(b"EUR"), Ok("EUR".parse().unwrap()));
}

#[test]
fn errors_name_kind_value_and_remedy() {
    let error = "EURO".parse::<CurrencyCode>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"EURO\" is not a valid currency code: write a three-letter ISO 4217 code, such as EUR"
    );
}
