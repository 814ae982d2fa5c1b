//! Finds the message inside its wrapping and checks it against its schema.
//!
//! Accepted are a bare `Document`, or any one root element that holds a business application
//! header (`AppHdr`, head.001.001.02) followed by the `Document`.

use crate::error::{Code, Fault, FieldError, Path, Problems, ReadError};
use crate::generated::head_001_001_02;
use crate::limits::Limits;
use crate::schema::{Schema, validate::validate};
use crate::xml::{Element, parse, text};

/// The `Document` of a message of `schema`. Departures from the schema are left in `problems`.
///
/// # Errors
/// [`ReadError`] when there is no document to speak of: broken XML, or another wrapping.
pub(crate) fn open(
    bytes: &[u8],
    limits: &Limits,
    schema: &'static Schema,
    problems: &mut Problems,
) -> Result<Element, ReadError> {
    let root = parse::parse(bytes, limits).map_err(broken)?;
    let (header, document) = unwrap(root)?;
    if let Some(header) = header {
        check_header(&header, schema, problems);
    }
    validate(schema, &document, problems);
    Ok(document)
}

/// Checks `bytes` against `schema` and nothing else.
pub(crate) fn check(bytes: &[u8], limits: &Limits, schema: &'static Schema) -> Result<(), ReadError> {
    let mut problems = Problems::new(limits.max_problems);
    open(bytes, limits, schema, &mut problems)?;
    problems.finish(())
}

fn broken(found: parse::ParseFault) -> ReadError {
    let mut fault = found.fault;
    fault.problem = format!("{} (at byte {})", fault.problem, found.at);
    single(found.open, "", fault)
}

fn single(path: String, value: &str, fault: Fault) -> ReadError {
    let Fault { code, problem, remedy } = fault;
    let error = FieldError { path, value: value.to_owned(), code, problem, remedy };
    ReadError { errors: vec![error], omitted: 0 }
}

/// Header and document, or the reason why the root element is no known wrapping.
fn unwrap(mut root: Element) -> Result<(Option<Element>, Element), ReadError> {
    if root.name == "Document" {
        return Ok((None, root));
    }
    let wraps =
        text::is_blank(&root.text) && root.children.iter().map(|child| child.name.as_str()).eq(["AppHdr", "Document"]);
    let document = root.children.pop();
    match (wraps, root.children.pop(), document) {
        (true, Some(header), Some(document)) => Ok((Some(header), document)),
        _ => {
            let problem = "the root is neither a Document nor a wrapping of AppHdr and Document";
            let remedy = "send the Document alone, or AppHdr and Document inside one element";
            Err(single(format!("/{}", root.name), &root.name, Fault::new(Code::Message, problem, remedy)))
        }
    }
}

fn check_header(header: &Element, schema: &Schema, problems: &mut Problems) {
    validate(&head_001_001_02::SCHEMA, header, problems);
    let named = header.find_text("MsgDefIdr").unwrap_or_default();
    if named != schema.message {
        let problem = "the header announces another message than this document is read as";
        let fault = Fault::new(Code::Header, problem, format!("announce {}", schema.message));
        problems.add(&Path::root("AppHdr").child("MsgDefIdr"), named, fault);
    }
}
