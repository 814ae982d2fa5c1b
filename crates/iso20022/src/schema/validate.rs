//! Checks a tree against a schema and records every problem, not only the first.
//!
//! Depth of recursion is the depth of the tree, which the parser bounds.

use super::simple;
use super::{ComplexType, Content, Kind, Rule, Schema, SimpleType};
use crate::error::{Code, Fault, Path, Problems};
use crate::xml::{Element, text};

/// Records everything in which `root` departs from `schema`.
pub(crate) fn validate(schema: &'static Schema, root: &Element, problems: &mut Problems) {
    let path = Path::root(schema.root.name);
    if root.name != schema.root.name {
        let problem = format!("the element is not {}", schema.root.name);
        let remedy = format!("send a {} message", schema.message);
        problems.add(&path, &root.name, Fault::new(Code::Message, problem, remedy));
        return;
    }
    Validator { schema, problems }.element(&schema.root, root, &path);
}

struct Validator<'v> {
    schema: &'static Schema,
    problems: &'v mut Problems,
}

impl Validator<'_> {
    fn element(&mut self, rule: &Rule, element: &Element, path: &Path<'_>) {
        if *element.namespace != *self.schema.namespace {
            let problem = "the element is not in the namespace of the message";
            let remedy = format!("declare xmlns=\"{}\"", self.schema.namespace);
            self.problems.add(path, &element.namespace, Fault::new(Code::Namespace, problem, remedy));
            return;
        }
        match rule.kind {
            Kind::Simple(simple) => {
                self.attributes(element, None, path);
                self.value(simple, element, path);
            }
            Kind::Complex(complex) => self.complex(complex, element, path),
        }
    }

    fn complex(&mut self, complex: &ComplexType, element: &Element, path: &Path<'_>) {
        match complex.content {
            Content::Value { value, attribute, attribute_type } => {
                self.attributes(element, Some((attribute, attribute_type)), path);
                self.value(value, element, path);
            }
            Content::Sequence(rules) => {
                self.container(element, path);
                self.sequence(rules, element, path);
            }
            Content::Choice(rules) => {
                self.container(element, path);
                self.choice(complex.name, rules, element, path);
            }
            Content::Any(namespace) => {
                self.container(element, path);
                self.any(namespace, element, path);
            }
        }
    }

    /// A text and nothing inside it.
    fn value(&mut self, simple: &SimpleType, element: &Element, path: &Path<'_>) {
        for child in &element.children {
            self.unknown(child, path, &[]);
        }
        if let Err(fault) = simple::check(simple, &element.text) {
            self.problems.add(path, &element.text, fault);
        }
    }

    /// Elements and no text between them.
    fn container(&mut self, element: &Element, path: &Path<'_>) {
        self.attributes(element, None, path);
        self.no_text(element, path);
    }

    fn no_text(&mut self, element: &Element, path: &Path<'_>) {
        if !text::is_blank(&element.text) {
            let fault = Fault::new(
                Code::Text,
                "there is text where only elements are allowed",
                "put the text into the element that it belongs to",
            );
            self.problems.add(path, element.text.trim(), fault);
        }
    }

    /// Counts decide what is missing or too many, positions decide the order, so that one
    /// misplaced element does not make its neighbours look wrong.
    fn sequence(&mut self, rules: &[Rule], element: &Element, path: &Path<'_>) {
        let mut counts = vec![0_u32; rules.len()];
        let mut latest = 0;
        for child in &element.children {
            let Some(at) = rules.iter().position(|rule| rule.name == child.name) else {
                self.unknown(child, path, rules);
                continue;
            };
            counts[at] = counts[at].saturating_add(1);
            let child_path = child_path(path, &rules[at], counts[at]);
            if at < latest {
                self.misplaced(child, &rules[latest], &child_path);
            }
            latest = latest.max(at);
            self.within_maximum(&rules[at], counts[at], &child_path);
            self.element(&rules[at], child, &child_path);
        }
        for (rule, count) in rules.iter().zip(counts) {
            if count < rule.min {
                self.missing(&path.child(rule.name));
            }
        }
    }

    fn choice(&mut self, name: &str, rules: &[Rule], element: &Element, path: &Path<'_>) {
        let mut chosen = 0;
        for child in &element.children {
            let Some(rule) = rules.iter().find(|rule| rule.name == child.name) else {
                self.unknown(child, path, rules);
                continue;
            };
            chosen += 1;
            let child_path = path.child(rule.name);
            if chosen > 1 {
                let problem = format!("{name} allows only one of its alternatives");
                let fault = Fault::new(Code::Choice, problem, format!("keep one of {}", names(rules)));
                self.problems.add(&child_path, &child.text, fault);
            }
            self.element(rule, child, &child_path);
        }
        if chosen == 0 {
            let remedy = format!("add one of {}", names(rules));
            self.problems.add(path, "", Fault::new(Code::Missing, "the element is empty", remedy));
        }
    }

    /// Foreign content: one element in the right namespace; what it holds is not checked beyond
    /// being elements or text, never both mixed.
    fn any(&mut self, namespace: Option<&str>, element: &Element, path: &Path<'_>) {
        if element.children.len() != 1 {
            let problem = format!("there are {} elements inside", element.children.len());
            let fault = Fault::new(Code::Missing, problem, "put exactly one element inside");
            self.problems.add(path, "", fault);
        }
        for child in &element.children {
            if namespace.is_some_and(|namespace| *namespace != *child.namespace) {
                self.unknown(child, path, &[]);
            }
            self.foreign(child, &path.child(&child.name));
        }
    }

    fn foreign(&mut self, element: &Element, path: &Path<'_>) {
        if !element.children.is_empty() {
            self.no_text(element, path);
        }
        for child in &element.children {
            self.foreign(child, &path.child(&child.name));
        }
    }

    fn attributes(&mut self, element: &Element, expected: Option<(&str, &SimpleType)>, path: &Path<'_>) {
        for attribute in &element.attributes {
            let place = format!("@{}", attribute.name);
            let place = path.child(&place);
            match expected {
                Some((name, simple)) if attribute.namespace.is_empty() && attribute.name == name => {
                    if let Err(fault) = simple::check(simple, &attribute.value) {
                        self.problems.add(&place, &attribute.value, fault);
                    }
                }
                _ if attribute.is_schema_location() => {}
                _ => {
                    let problem = "the schema has no such attribute here";
                    let fault = Fault::new(Code::UnknownAttribute, problem, "remove the attribute");
                    self.problems.add(&place, &attribute.value, fault);
                }
            }
        }
        if let Some((name, _)) = expected.filter(|(name, _)| element.attribute(name).is_none()) {
            self.missing(&path.child(&format!("@{name}")));
        }
    }

    fn missing(&mut self, path: &Path<'_>) {
        let fault = Fault::new(Code::Missing, "it is mandatory and missing", "add it");
        self.problems.add(path, "", fault);
    }

    fn misplaced(&mut self, child: &Element, later: &Rule, path: &Path<'_>) {
        let problem = format!("it comes after {}", later.name);
        let remedy = format!("move it before {}", later.name);
        self.problems.add(path, &child.text, Fault::new(Code::Order, problem, remedy));
    }

    fn within_maximum(&mut self, rule: &Rule, count: u32, path: &Path<'_>) {
        if rule.max.checked_add(1) == Some(count) {
            let problem = format!("it appears more than {} times", rule.max);
            let remedy = format!("keep at most {}", rule.max);
            self.problems.add(path, "", Fault::new(Code::TooMany, problem, remedy));
        }
    }

    fn unknown(&mut self, child: &Element, path: &Path<'_>, rules: &[Rule]) {
        if self.problems.is_full() {
            return self.problems.count();
        }
        let remedy = match rules {
            [] => "remove it; only a text is allowed here".to_owned(),
            rules => format!("remove it; allowed here are {}", names(rules)),
        };
        let fault = Fault::new(Code::UnknownElement, "the schema has no such element here", remedy);
        self.problems.add(&path.child(&child.name), &child.text, fault);
    }
}

/// Elements that may repeat carry their number; the others carry it only when repeated in error.
fn child_path<'p>(path: &'p Path<'p>, rule: &Rule, count: u32) -> Path<'p> {
    let index = usize::try_from(count).unwrap_or(usize::MAX);
    if rule.max == 1 && count == 1 { path.child(rule.name) } else { path.nth(rule.name, index) }
}

fn names(rules: &[Rule]) -> String {
    rules.iter().map(|rule| rule.name).collect::<Vec<_>>().join(", ")
}
