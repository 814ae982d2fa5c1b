//! Reads a document into a tree within [`Limits`].
//!
//! Refused outright: document type definitions, every entity but the five predefined ones and
//! character references, processing instructions, encodings other than UTF-8, XML other than 1.0.
//! Comments are skipped; CDATA is text. The first fault ends the reading, because what follows a
//! broken piece of XML has no certain meaning.

use std::rc::Rc;

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::attributes::Attribute as RawAttribute;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};
use quick_xml::name::{NamespaceResolver, ResolveResult};
use quick_xml::reader::Reader;

use super::{Attribute, Element, text};
use crate::error::{Code, Fault};
use crate::limits::Limits;

/// A fault with the names of the elements that were open where it was found.
#[derive(Debug)]
pub(crate) struct ParseFault {
    pub open: String,
    pub at: u64,
    pub fault: Fault,
}

/// The root element of the document in `bytes`.
pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<Element, ParseFault> {
    let at_start = |fault| ParseFault { open: "/".to_owned(), at: 0, fault };
    check_size(bytes, limits).map_err(at_start)?;
    let document = text::decode(bytes).map_err(at_start)?;
    let mut reader = Reader::from_str(document);
    reader.config_mut().check_comments = true;
    let mut builder = Builder::new(limits);
    loop {
        let at = reader.buffer_position();
        let event = reader.read_event().map_err(|error| syntax(&error.to_string()));
        match event.and_then(|event| builder.step(event)) {
            Ok(Step::More) => {}
            Ok(Step::Done(root)) => return Ok(root),
            Err(fault) => return Err(ParseFault { open: builder.open_names(), at, fault }),
        }
    }
}

fn check_size(bytes: &[u8], limits: &Limits) -> Result<(), Fault> {
    if bytes.len() <= limits.max_document_bytes {
        return Ok(());
    }
    let problem = format!("the document has {} bytes", bytes.len());
    let remedy = format!("send at most {} bytes; split the batch", limits.max_document_bytes);
    Err(Fault::new(Code::TooLarge, problem, remedy))
}

fn syntax(detail: &str) -> Fault {
    let remedy = "send one well-formed XML 1.0 document";
    Fault::new(Code::Syntax, format!("the document is not well-formed: {detail}"), remedy)
}

enum Step {
    More,
    Done(Element),
}

/// The elements that are open, outermost first, and what was counted so far.
struct Builder<'l> {
    limits: &'l Limits,
    namespaces: NamespaceResolver,
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
    events: usize,
}

impl<'l> Builder<'l> {
    fn new(limits: &'l Limits) -> Self {
        let mut namespaces = NamespaceResolver::default();
        namespaces.set_max_namespace_bindings(limits.max_namespaces);
        Self { limits, namespaces, open: Vec::new(), root: None, elements: 0, events: 0 }
    }

    fn open_names(&self) -> String {
        match self.open.as_slice() {
            [] => "/".to_owned(),
            open => open.iter().map(|element| format!("/{}", element.name)).collect(),
        }
    }

    fn step(&mut self, event: Event<'_>) -> Result<Step, Fault> {
        self.events += 1;
        match event {
            Event::Start(start) => self.start(&start)?,
            Event::Empty(start) => {
                self.start(&start)?;
                self.end();
            }
            Event::End(_) => self.end(),
            Event::Text(raw) if raw.contains("]]>") => return Err(syntax("a stray ]]>")),
            Event::Text(raw) => self.text(&raw.xml10_content())?,
            Event::CData(raw) => self.cdata(&raw.xml10_content())?,
            Event::GeneralRef(reference) => self.reference(&reference)?,
            Event::Comment(_) => {}
            Event::Decl(declaration) => self.declaration(&declaration)?,
            Event::PI(_) => return Err(instruction()),
            Event::DocType(_) => return Err(doctype()),
            Event::Eof => return self.eof().map(Step::Done),
        }
        Ok(Step::More)
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), Fault> {
        self.check_counts()?;
        let attributes = self.raw_attributes(start)?;
        self.namespaces.push(start).map_err(|error| attributes_fault(&error.to_string()))?;
        let (resolved, local) = self.namespaces.resolve_element(start.name());
        let namespace = namespace_name(&resolved)?;
        let name = checked_name(local.into_inner())?;
        let namespace = match self.open.last() {
            Some(parent) if *parent.namespace == *namespace => Rc::clone(&parent.namespace),
            _ => Rc::from(namespace),
        };
        let attributes = self.attributes(attributes)?;
        let element = Element { name, namespace, attributes, ..Element::default() };
        self.open.push(element);
        Ok(())
    }

    /// Counts the element that starts and refuses it when it is one too many.
    fn check_counts(&mut self) -> Result<(), Fault> {
        if self.root.is_some() && self.open.is_empty() {
            return Err(syntax("a second root element"));
        }
        self.elements += 1;
        if self.elements > self.limits.max_elements {
            let problem = format!("the document has more than {} elements", self.limits.max_elements);
            return Err(Fault::new(Code::Elements, problem, "split the batch into smaller messages"));
        }
        if self.open.len() >= self.limits.max_depth {
            let problem = format!("elements are nested deeper than {}", self.limits.max_depth);
            return Err(Fault::new(Code::Depth, problem, "send a message that follows the schema"));
        }
        Ok(())
    }

    /// The attributes as written. Repeated names are refused by the iterator.
    fn raw_attributes<'s>(&self, start: &'s BytesStart<'_>) -> Result<Vec<RawAttribute<'s>>, Fault> {
        let mut found = Vec::new();
        for attribute in start.attributes() {
            if found.len() >= self.limits.max_attributes {
                let problem = format!("more than {} attributes on an element", self.limits.max_attributes);
                return Err(attributes_fault(&problem));
            }
            found.push(attribute.map_err(|error| attributes_fault(&error.to_string()))?);
        }
        Ok(found)
    }

    /// Resolves all that are not namespace declarations.
    fn attributes(&self, raw: Vec<RawAttribute<'_>>) -> Result<Vec<Attribute>, Fault> {
        let mut found: Vec<Attribute> = Vec::new();
        for attribute in raw {
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let attribute = self.attribute(&attribute)?;
            let same = |other: &Attribute| other.name == attribute.name && other.namespace == attribute.namespace;
            if found.iter().any(same) {
                return Err(attributes_fault(&format!("attribute {} appears twice", attribute.name)));
            }
            found.push(attribute);
        }
        Ok(found)
    }

    fn attribute(&self, raw: &RawAttribute<'_>) -> Result<Attribute, Fault> {
        let (resolved, local) = self.namespaces.resolve_attribute(raw.key);
        let namespace = namespace_name(&resolved)?.to_owned();
        if raw.value.contains('<') {
            return Err(syntax("a < inside an attribute"));
        }
        let value = raw.normalized_value(XmlVersion::Explicit1_0).map_err(|_| entity(&raw.value))?;
        if let Some(character) = value.chars().find(|c| !text::is_allowed(*c)) {
            return Err(text::forbidden(character, 0));
        }
        let name = checked_name(local.into_inner())?;
        Ok(Attribute { namespace, name, value: value.into_owned() })
    }

    /// Closes the innermost element. The reader has already matched the names of the tags.
    fn end(&mut self) {
        self.namespaces.pop();
        let Some(mut element) = self.open.pop() else { return };
        if !element.children.is_empty() && text::is_blank(&element.text) {
            element.text = String::new();
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn text(&mut self, content: &str) -> Result<(), Fault> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(content),
            None if text::is_blank(content) => {}
            None => return Err(syntax("text outside of the root element")),
        }
        Ok(())
    }

    fn cdata(&mut self, content: &str) -> Result<(), Fault> {
        if self.open.is_empty() {
            return Err(syntax("a CDATA section outside of the root element"));
        }
        self.text(content)
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), Fault> {
        if self.open.is_empty() {
            return Err(syntax("a reference outside of the root element"));
        }
        match reference.resolve_char_ref().map_err(|error| syntax(&error.to_string()))? {
            Some(character) if text::is_allowed(character) => self.text(character.encode_utf8(&mut [0; 4])),
            Some(character) => Err(text::forbidden(character, 0)),
            None => {
                let known = resolve_predefined_entity(reference).ok_or_else(|| entity(reference))?;
                self.text(known)
            }
        }
    }

    fn declaration(&self, declaration: &BytesDecl<'_>) -> Result<(), Fault> {
        if self.events > 1 {
            return Err(syntax("an XML declaration that is not at the start"));
        }
        let version = declaration.version().map_err(|error| syntax(&error.to_string()))?;
        if version != "1.0" {
            return Err(declared("version", &version));
        }
        match declaration.encoding() {
            None => Ok(()),
            Some(Ok(encoding)) if encoding.eq_ignore_ascii_case("UTF-8") => Ok(()),
            Some(Ok(encoding)) => Err(declared("encoding", &encoding)),
            Some(Err(error)) => Err(syntax(&error.to_string())),
        }
    }

    fn eof(&mut self) -> Result<Element, Fault> {
        if let Some(element) = self.open.last() {
            return Err(syntax(&format!("the element {} is never closed", element.name)));
        }
        self.root.take().ok_or_else(|| syntax("there is no element"))
    }
}

fn namespace_name<'n>(resolved: &ResolveResult<'n>) -> Result<&'n str, Fault> {
    match resolved {
        ResolveResult::Bound(namespace) => Ok(namespace.into_inner()),
        ResolveResult::Unbound => Ok(""),
        ResolveResult::Unknown(prefix) => Err(syntax(&format!("the namespace prefix {prefix} is not declared"))),
    }
}

fn checked_name(name: &str) -> Result<String, Fault> {
    if text::is_name(name) {
        return Ok(name.to_owned());
    }
    Err(syntax("a name holds characters other than ASCII letters, digits, '.', '-' and '_'"))
}

fn attributes_fault(detail: &str) -> Fault {
    let remedy = "give each attribute once, and no more than the schema asks for";
    Fault::new(Code::Attributes, format!("the attributes are not acceptable: {detail}"), remedy)
}

fn instruction() -> Fault {
    let problem = "the document holds a processing instruction";
    Fault::new(Code::Instruction, problem, "remove everything of the form <?...?> but the first line")
}

fn doctype() -> Fault {
    let problem = "the document holds a document type definition";
    Fault::new(Code::Doctype, problem, "remove the <!DOCTYPE ...> declaration")
}

fn entity(name: &str) -> Fault {
    let name: String = name.chars().take(40).collect();
    let problem = format!("the reference in {name:?} is not one of amp, lt, gt, quot, apos or a character");
    Fault::new(Code::Entity, problem, "write the characters themselves")
}

fn declared(what: &str, found: &str) -> Fault {
    let problem = format!("the document declares the {what} {found:?}");
    Fault::new(Code::Encoding, problem, "send XML 1.0 in UTF-8")
}
