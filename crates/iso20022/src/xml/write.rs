//! Writes documents: nested elements with escaped text, two blanks per level, a final newline.

use quick_xml::escape::{escape, partial_escape};

/// A document that is being written.
#[derive(Debug)]
pub(crate) struct Writer {
    out: String,
    depth: usize,
}

impl Writer {
    /// Starts with the XML declaration.
    pub(crate) fn new() -> Self {
        Self { out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), depth: 0 }
    }

    /// An element with what `inside` writes into it.
    pub(crate) fn element(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        self.tagged(name, "", inside);
    }

    /// An element that declares `namespace` for itself and everything inside.
    pub(crate) fn element_in(&mut self, name: &str, namespace: &str, inside: impl FnOnce(&mut Self)) {
        self.tagged(name, &format!(" xmlns=\"{}\"", escape(namespace)), inside);
    }

    /// An element with a text.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.indent();
        self.out.push_str(&format!("<{name}>{}</{name}>\n", escaped(text)));
    }

    /// An element with a text, left out when there is none.
    pub(crate) fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// An amount with its currency.
    pub(crate) fn amount(&mut self, name: &str, currency: &str, amount: &str) {
        self.indent();
        let (currency, amount) = (escape(currency), escaped(amount));
        self.out.push_str(&format!("<{name} Ccy=\"{currency}\">{amount}</{name}>\n"));
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }

    fn tagged(&mut self, name: &str, attributes: &str, inside: impl FnOnce(&mut Self)) {
        self.indent();
        self.out.push_str(&format!("<{name}{attributes}>\n"));
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        self.indent();
        self.out.push_str(&format!("</{name}>\n"));
    }

    fn indent(&mut self) {
        self.out.extend(std::iter::repeat_n("  ", self.depth));
    }
}

/// Escapes markup, and carriage returns, which a reader would otherwise turn into line feeds.
fn escaped(text: &str) -> String {
    partial_escape(text).replace('\r', "&#13;")
}
