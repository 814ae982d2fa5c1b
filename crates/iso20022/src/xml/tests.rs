//! Hostile documents, each with the code of its refusal.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::parse::parse;
use super::{Element, text};
use crate::error::Code;
use crate::limits::Limits;

fn tree(document: &str) -> Element {
    parse(document.as_bytes(), &Limits::default()).unwrap()
}

fn refused(document: impl AsRef<[u8]>, expected: Code) {
    let limits = Limits { max_document_bytes: 1 << 20, max_elements: 1000, ..Limits::default() };
    let document = document.as_ref();
    let shown = String::from_utf8_lossy(&document[..document.len().min(120)]).into_owned();
    match parse(document, &limits) {
        Ok(_) => panic!("accepted: {shown}"),
        Err(found) => assert_eq!(found.fault.code, expected, "{shown}: {:?}", found.fault),
    }
}

#[test]
fn document_types_and_entities_are_refused() {
    refused("<!DOCTYPE a><a/>", Code::Doctype);
    refused("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", Code::Doctype);
    refused("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>", Code::Doctype);
    let laughs = "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\"><!ENTITY c \"&b;&b;\">]><l>&c;</l>";
    refused(laughs, Code::Doctype);
    refused("<a>&x;</a>", Code::Entity);
    refused("<a b=\"&x;\"/>", Code::Entity);
    refused("<a/><!DOCTYPE a>", Code::Doctype);
}

#[test]
fn instructions_and_declarations_out_of_place_are_refused() {
    refused("<?xml-stylesheet href=\"x\"?><a/>", Code::Instruction);
    refused("<a><?php x ?></a>", Code::Instruction);
    refused(" <?xml version=\"1.0\"?><a/>", Code::Syntax);
    refused("<a><?xml version=\"1.0\"?></a>", Code::Syntax);
    refused("<?xml version=\"1.1\"?><a/>", Code::Encoding);
    refused("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>", Code::Encoding);
    refused("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>", Code::Encoding);
    tree("<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?><a/>");
}

#[test]
fn other_encodings_and_characters_are_refused() {
    refused(b"<a>\xff</a>", Code::Encoding);
    refused(b"<a>\xc0\x80</a>", Code::Encoding);
    refused(b"\xff\xfe<\0a\0/\0>\0", Code::Encoding);
    refused(b"\xed\xa0\x80", Code::Encoding);
    refused("<a>\u{0}</a>", Code::Character);
    refused("<a>\u{b}</a>", Code::Character);
    refused("<a>\u{ffff}</a>", Code::Character);
    refused("<a>&#11;</a>", Code::Character);
    refused("<a b=\"&#xffff;\"/>", Code::Character);
    for bad in ["<a>&#0;</a>", "<a>&#xd800;</a>", "<a>&#x110000;</a>", "<a>&#;</a>", "<a>&#99999999999;</a>"] {
        refused(bad, Code::Syntax);
    }
    assert_eq!(tree("\u{feff}<a>é&#233;&#xe9;&amp;&lt;&gt;&quot;&apos;</a>").text, "ééé&<>\"'");
}

#[test]
fn growth_is_bounded() {
    refused("<a>".repeat(65), Code::Depth);
    refused(format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000)), Code::Depth);
    refused(format!("<a>{}</a>", "<b/>".repeat(1000)), Code::Elements);
    refused(" ".repeat((1 << 20) + 1), Code::TooLarge);
    let many: String = (0..17).map(|i| format!(" a{i}=\"\"")).collect();
    refused(format!("<a{many}/>"), Code::Attributes);
    let namespaces = |from: usize| (from..from + 12).map(|i| format!(" xmlns:p{i}=\"u\"")).collect::<String>();
    refused(format!("<a{}><b{}><c{}/></b></a>", namespaces(0), namespaces(12), namespaces(24)), Code::Attributes);
    tree(&format!("<a>{}</a>", format!("<b{}/>", namespaces(0)).repeat(50)));
    tree(&format!("{}{}", "<a>".repeat(64), "</a>".repeat(64)));
}

#[test]
fn attributes_appear_once() {
    refused("<a b=\"1\" b=\"2\"/>", Code::Attributes);
    refused("<a xmlns:p=\"u\" xmlns:q=\"u\" p:b=\"1\" q:b=\"2\"/>", Code::Attributes);
    refused("<a b=1/>", Code::Attributes);
    refused("<a b/>", Code::Attributes);
    refused("<a b=\"<\"/>", Code::Syntax);
}

#[test]
fn what_is_not_one_well_formed_document_is_refused() {
    let bad = [
        "",
        " ",
        "text",
        "<a>",
        "<a></b>",
        "</a>",
        "<a/><b/>",
        "<a/>text",
        "text<a/>",
        "<a>]]></a>",
        "<a><!-- -- --></a>",
        "<p:a/>",
        "<a p:b=\"\"/>",
        "<a",
        "<a>&amp",
        "<a>&",
        "<![CDATA[x]]><a/>",
        "&#65;<a/>",
        "<é/>",
        "<1/>",
        "<a:b:c/>",
    ];
    for document in bad {
        let fault = parse(document.as_bytes(), &Limits::default()).map(|_| ()).expect_err(document).fault;
        assert!(matches!(fault.code, Code::Syntax | Code::Attributes), "{document}: {fault:?}");
    }
}

#[test]
fn the_tree_holds_namespaces_text_and_children() {
    let root =
        tree("<p:a xmlns:p=\"u\" xmlns=\"v\" c=\" 1\n2 \">\n <b>x<!-- c --><![CDATA[<y>]]>\r\nz</b>\n <p:b/>\n</p:a>");
    assert_eq!((&*root.namespace, root.name.as_str(), root.text.as_str()), ("u", "a", ""));
    assert_eq!(root.attribute("c"), Some(" 1 2 "));
    assert_eq!((&*root.children[0].namespace, root.find_text("b")), ("v", Some("x<y>\nz")));
    assert_eq!(&*root.children[1].namespace, "u");
    assert_eq!(&*tree("<a xmlns=\"u\"><b xmlns=\"\"/></a>").children[0].namespace, "");
}

#[test]
fn a_fault_names_the_open_elements() {
    let found = parse(b"<a><b>&x;</b></a>", &Limits::default()).unwrap_err();
    assert_eq!((found.open.as_str(), found.at), ("/a/b", 6));
    assert!(!text::is_allowed('\u{1}'));
}
