//! XML as a plain tree: elements with namespace, attributes, text and children, nothing else.
//!
//! [`parse`] builds it within bounds; [`mod@write`] writes documents. Comments leave no trace here.

pub(crate) mod parse;
pub(crate) mod text;
pub(crate) mod write;

use std::rc::Rc;

const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// One element with its attributes, its text and what it contains.
#[derive(Debug, Default)]
pub(crate) struct Element {
    /// Local name, without the prefix of its namespace.
    pub name: String,
    /// Namespace name; empty when in none.
    pub namespace: Rc<str>,
    pub attributes: Vec<Attribute>,
    /// All character data directly inside. White space between child elements is dropped.
    pub text: String,
    pub children: Vec<Element>,
}

/// One attribute that is not a namespace declaration.
#[derive(Debug)]
pub(crate) struct Attribute {
    /// Namespace name; empty when in none.
    pub namespace: String,
    pub name: String,
    pub value: String,
}

impl Attribute {
    /// Whether it only says where a schema may be found. Such attributes are allowed and ignored.
    pub(crate) fn is_schema_location(&self) -> bool {
        self.namespace == SCHEMA_INSTANCE
            && matches!(self.name.as_str(), "schemaLocation" | "noNamespaceSchemaLocation")
    }
}

impl Element {
    /// The first descendant along the names of `path`, such as `PmtId/UETR`.
    pub(crate) fn find(&self, path: &str) -> Option<&Element> {
        path.split('/').try_fold(self, |element, name| element.all(name).next())
    }

    /// The text of the first descendant along `path`.
    pub(crate) fn find_text(&self, path: &str) -> Option<&str> {
        self.find(path).map(|element| element.text.as_str())
    }

    /// The children called `name`, in order.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The value of the attribute `name` that is in no namespace.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let plain = |found: &&Attribute| found.name == name && found.namespace.is_empty();
        self.attributes.iter().find(plain).map(|found| found.value.as_str())
    }
}

#[cfg(test)]
mod tests;
