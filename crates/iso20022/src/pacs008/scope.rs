//! An element together with its place, so that what is read from it can be blamed on a path.

use crate::error::{Code, Fault, Path, Problems};
use crate::xml::Element;

/// A part of the message that is being mapped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'m> {
    pub element: &'m Element,
    pub path: &'m Path<'m>,
}

impl<'m> Scope<'m> {
    /// The text along `at`, if the element is there.
    pub(super) fn text(&self, at: &str) -> Option<&'m str> {
        self.element.find_text(at)
    }

    /// Records `fault` against the field along `at`.
    pub(super) fn blame(&self, problems: &mut Problems, at: &str, fault: Fault) {
        let value = self.text(at).unwrap_or_default();
        problems.add(&self.path.child(at), value, fault);
    }

    /// The value of an optional field; `None` also when it is wrong, which is then recorded.
    pub(super) fn optional<T>(
        &self,
        problems: &mut Problems,
        at: &str,
        convert: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        let converted = convert(self.text(at)?);
        converted.map_err(|fault| self.blame(problems, at, fault)).ok()
    }

    /// The value of a field that a payment needs; its absence is recorded too.
    pub(super) fn required<T>(
        &self,
        problems: &mut Problems,
        at: &str,
        convert: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        if self.text(at).is_none() {
            self.blame(problems, at, needed());
        }
        self.optional(problems, at, convert)
    }

    /// The values of all children called `name`.
    pub(super) fn repeated<T>(
        &self,
        problems: &mut Problems,
        name: &str,
        convert: impl Fn(&str) -> Result<T, Fault>,
    ) -> Vec<T> {
        let mut values = Vec::new();
        for (index, child) in self.element.all(name).enumerate() {
            match convert(&child.text) {
                Ok(value) => values.push(value),
                Err(fault) => problems.add(&self.path.nth(name, index + 1), &child.text, fault),
            }
        }
        values
    }
}

/// The schema allows the absence, the ledger does not.
pub(super) fn needed() -> Fault {
    Fault::new(Code::Required, "a payment on the ledger needs this field", "add it")
}
