//! The tables as a whole, and values against their types.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;

use super::*;
use crate::error::Code;
use crate::generated::{head_001_001_02, pacs_002_001_10, pacs_008_001_08};

/// Calls `visit` once for every simple type below `kind`.
fn walk(kind: Kind, seen: &mut BTreeSet<&'static str>, visit: &mut dyn FnMut(&'static SimpleType)) {
    let complex = match kind {
        Kind::Simple(simple) => {
            return if seen.insert(simple.name) {
                visit(simple)
            };
        }
        Kind::Complex(complex) if seen.insert(complex.name) => complex,
        Kind::Complex(_) => return,
    };
    match complex.content {
        Content::Sequence(rules) | Content::Choice(rules) => {
            assert!(rules.iter().all(|rule| rule.min <= rule.max && rule.max > 0));
            let names: BTreeSet<_> = rules.iter().map(|rule| rule.name).collect();
            assert_eq!(names.len(), rules.len(), "{} repeats a name", complex.name);
            rules.iter().for_each(|rule| walk(rule.kind, seen, visit));
        }
        Content::Value { value, attribute_type, .. } => {
            walk(Kind::Simple(value), seen, visit);
            walk(Kind::Simple(attribute_type), seen, visit);
        }
        Content::Any(_) => {}
    }
}

/// The validator relies on names being unique in a group, and on patterns that compile.
#[test]
fn the_tables_are_sound() {
    for schema in [&head_001_001_02::SCHEMA, &pacs_002_001_10::SCHEMA, &pacs_008_001_08::SCHEMA] {
        let (mut seen, mut patterns) = (BTreeSet::new(), 0);
        walk(schema.root.kind, &mut seen, &mut |simple| {
            if let Some(pattern) = simple.pattern {
                patterns += 1;
                assert!(pattern.regex().is_some(), "{} does not compile", pattern.text);
            }
        });
        assert!(patterns >= 5 && seen.len() > 30, "{}: {patterns} patterns, {} types", schema.message, seen.len());
        assert!(schema.namespace.ends_with(schema.message));
    }
}

#[test]
fn patterns_match_whole_values_only() {
    static BIC: Pattern = Pattern::new("[A-Z0-9]{4,4}[A-Z]{2,2}[A-Z0-9]{2,2}([A-Z0-9]{3,3}){0,1}");
    static EITHER: Pattern = Pattern::new("a|b");
    for good in ["AURABRSP", "AURABRSPXXX"] {
        assert!(BIC.matches(good), "{good}");
    }
    for bad in ["", "AURABRSPX", "AURABRSPXXX\n", " AURABRSP", "aurabrsp", "AURABRSPXXXX", "AURABRSÄ"] {
        assert!(!BIC.matches(bad), "{bad:?}");
    }
    assert!(EITHER.matches("a") && EITHER.matches("b") && !EITHER.matches("ab") && !EITHER.matches("xb"));
}

#[test]
fn built_in_types() {
    let check = |base: Base, value: &str, expected: Option<Code>| {
        static TYPES: [SimpleType; 5] = [
            SimpleType::new("Date", Base::Date),
            SimpleType::new("DateTime", Base::DateTime),
            SimpleType::new("Time", Base::Time),
            SimpleType::new("Boolean", Base::Boolean),
            SimpleType::new("Decimal", Base::Decimal).digits(18, 17),
        ];
        let simple = TYPES.iter().find(|simple| simple.base == base).unwrap();
        assert_eq!(simple::check(simple, value).err().map(|fault| fault.code), expected, "{base:?} {value:?}");
    };
    for good in ["2026-01-31", "2024-02-29", " 2026-01-31\n", "2026-01-31Z", "1899-12-31+14:00"] {
        check(Base::Date, good, None);
    }
    for bad in [
        "2026-02-29",
        "2026-1-31",
        "2026-13-01",
        "20260131",
        "0000-01-01",
        "-2026-01-01",
        "2026-01-31+14:01",
        "é026-01-31",
    ] {
        check(Base::Date, bad, Some(Code::Date));
    }
    for good in ["2026-01-31T10:00:00", "2026-01-31T24:00:00", "2026-01-31T10:00:00.123456789-03:00"] {
        check(Base::DateTime, good, None);
    }
    for bad in [
        "2026-01-31",
        "2026-01-31 10:00:00",
        "2026-01-31T24:00:01",
        "2026-01-31T10:60:00",
        "2026-01-31T10:00:00.",
        "2026-01-31T10:00:00+3:00",
    ] {
        check(Base::DateTime, bad, Some(Code::Time));
    }
    check(Base::Time, "10:00:00+00:00", None);
    check(Base::Time, "10:00", Some(Code::Time));
    check(Base::Time, "10:00:00:00", Some(Code::Time));
    check(Base::Boolean, "1", None);
    check(Base::Boolean, "True", Some(Code::Boolean));
    check(Base::Decimal, "-0.12345678901234567", None);
    check(Base::Decimal, "0.123456789012345678", Some(Code::Digits));
    check(Base::Decimal, "NaN", Some(Code::Decimal));
}
