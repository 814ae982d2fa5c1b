//! What a schema table says: elements, their order and number, and the facets of their values.
//!
//! Only data lives here; the tables themselves are generated. Checking is in [`simple`] (values)
//! and [`validate`] (structure).

pub(crate) mod lexical;
pub(crate) mod simple;
pub(crate) mod validate;

use std::sync::OnceLock;

use regex::Regex;

/// No upper limit on repetitions or length.
pub(crate) const UNBOUNDED: u32 = u32::MAX;

/// The schema of one message.
#[derive(Debug)]
pub(crate) struct Schema {
    /// Message definition identifier, such as `pacs.008.001.08`.
    pub message: &'static str,
    /// Target namespace, which every element of the message carries.
    pub namespace: &'static str,
    /// The outermost element.
    pub root: Rule,
}

/// One element within a group: its name, type and number of occurrences.
#[derive(Debug)]
pub(crate) struct Rule {
    pub name: &'static str,
    pub kind: Kind,
    pub min: u32,
    pub max: u32,
}

impl Rule {
    pub(crate) const fn new(name: &'static str, kind: Kind, min: u32, max: u32) -> Self {
        Self { name, kind, min, max }
    }
}

/// The type of an element.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Simple(&'static SimpleType),
    Complex(&'static ComplexType),
}

/// A type with child elements, an attribute or foreign content.
#[derive(Debug)]
pub(crate) struct ComplexType {
    pub name: &'static str,
    pub content: Content,
}

/// What a complex type holds.
#[derive(Debug)]
pub(crate) enum Content {
    /// Elements in this order.
    Sequence(&'static [Rule]),
    /// Exactly one of these elements.
    Choice(&'static [Rule]),
    /// Text with one mandatory attribute.
    Value { value: &'static SimpleType, attribute: &'static str, attribute_type: &'static SimpleType },
    /// Exactly one element that this schema does not describe, in the given namespace or any.
    Any(Option<&'static str>),
}

/// A text type: a built-in type narrowed by facets. A facet that is absent does not narrow.
#[derive(Debug)]
pub(crate) struct SimpleType {
    pub name: &'static str,
    pub base: Base,
    /// Characters, not bytes.
    pub min_length: u32,
    pub max_length: u32,
    pub pattern: Option<&'static Pattern>,
    /// Empty when any value is allowed.
    pub values: &'static [&'static str],
    pub total_digits: u32,
    pub fraction_digits: u32,
    pub negative: bool,
}

/// Built-in types of XML Schema (part 2) that the messages use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    Text,
    Decimal,
    Date,
    DateTime,
    Time,
    Boolean,
}

impl SimpleType {
    pub(crate) const fn new(name: &'static str, base: Base) -> Self {
        Self {
            name,
            base,
            min_length: 0,
            max_length: UNBOUNDED,
            pattern: None,
            values: &[],
            total_digits: UNBOUNDED,
            fraction_digits: UNBOUNDED,
            negative: true,
        }
    }

    pub(crate) const fn length(mut self, min: u32, max: u32) -> Self {
        self.min_length = min;
        self.max_length = max;
        self
    }

    pub(crate) const fn pattern(mut self, pattern: &'static Pattern) -> Self {
        self.pattern = Some(pattern);
        self
    }

    pub(crate) const fn one_of(mut self, values: &'static [&'static str]) -> Self {
        self.values = values;
        self
    }

    pub(crate) const fn digits(mut self, total: u32, fraction: u32) -> Self {
        self.total_digits = total;
        self.fraction_digits = fraction;
        self
    }

    pub(crate) const fn non_negative(mut self) -> Self {
        self.negative = false;
        self
    }
}

/// A pattern facet. The patterns of these schemas mean the same to XML Schema and to `regex`.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub text: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { text, compiled: OnceLock::new() }
    }

    /// Whether the whole value matches. A pattern that does not compile matches nothing; a test
    /// compiles them all.
    pub(crate) fn matches(&self, value: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(value))
    }

    pub(crate) fn regex(&self) -> Option<&Regex> {
        let compile = || Regex::new(&format!(r"\A(?:{})\z", self.text)).ok();
        self.compiled.get_or_init(compile).as_ref()
    }
}

#[cfg(test)]
mod tests;
