//! What must always hold in the engine, whatever peers send. Nothing here ends the process: the first rule that breaks
//! is remembered, and the step asks for nothing but a halt.

/// Remembers the first rule that did not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Watch {
    broken: Option<&'static str>,
}

impl Watch {
    /// Takes note of a rule that does not hold.
    pub(crate) const fn demand(&mut self, holds: bool, rule: &'static str) {
        if !holds && self.broken.is_none() {
            self.broken = Some(rule);
        }
    }

    /// The first rule that broke.
    pub(crate) const fn broken(self) -> Option<&'static str> {
        self.broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_broken_rule_is_remembered() {
        let mut watch = Watch::default();
        watch.demand(true, "holds");
        assert_eq!(watch.broken(), None);
        watch.demand(false, "first");
        watch.demand(false, "second");
        watch.demand(true, "holds");
        assert_eq!(watch.broken(), Some("first"));
    }
}
