#!/usr/bin/env python3
"""Turns ISO 20022 schemas (XSD) into the static tables under src/generated/.

Usage:   python3 crates/iso20022/tools/generate.py
Input:   tests/data/iso20022/xsd, where each schema has its source.
Output:  one Rust file per message named in MESSAGES. Same input, same bytes.

The tool understands exactly the constructs that these schemas use and stops at
any other, so that a construct can never be dropped silently:
  complexType of one sequence or one choice of elements, or of one xs:any;
  simpleContent with one required attribute;
  simpleType restricting a built-in type by the facets named in FACETS.
Only the Python standard library is used.
"""

import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

XS = "{http://www.w3.org/2001/XMLSchema}"
MESSAGES = ["head.001.001.02", "pacs.002.001.10", "pacs.008.001.08"]
BASES = {
    "xs:string": "Text",
    "xs:decimal": "Decimal",
    "xs:date": "Date",
    "xs:dateTime": "DateTime",
    "xs:time": "Time",
    "xs:boolean": "Boolean",
}
FACETS = {
    "enumeration",
    "pattern",
    "minLength",
    "maxLength",
    "totalDigits",
    "fractionDigits",
    "minInclusive",
}


def stop(reason):
    """Ends the run: the schema holds something that the tables cannot say."""
    sys.exit(f"generate.py: {reason}")


def constant(name):
    """`Max35Text` -> `MAX35_TEXT`: the name of a type's table."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


def quoted(text):
    """A Rust string literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Schema:
    """One parsed XSD file and the lines that it becomes."""

    def __init__(self, path):
        self.root = ElementTree.parse(path).getroot()
        if self.root.get("elementFormDefault") != "qualified":
            stop(f"{path}: local elements are not namespace-qualified")
        self.namespace = self.root.get("targetNamespace")
        self.simple = {t.get("name"): t for t in self.root.findall(XS + "simpleType")}
        self.complex = {t.get("name"): t for t in self.root.findall(XS + "complexType")}
        self.patterns = {}
        self.lines = {}

    def kind(self, name):
        """The Rust reference to a type; generates that type on first sight."""
        if name not in self.lines:
            self.lines[name] = ""  # holds the place while the type refers to itself
            if name in self.simple:
                self.lines[name] = self.simple_table(self.simple[name])
            elif name in self.complex:
                self.lines[name] = self.complex_table(self.complex[name])
            else:
                stop(f"unknown type {name}")
        wrapper = "Simple" if name in self.simple else "Complex"
        return f"Kind::{wrapper}(&{constant(name)})"

    # --- simple types -------------------------------------------------------

    def simple_table(self, node):
        name = node.get("name")
        restriction = node.find(XS + "restriction")
        if restriction is None or restriction.get("base") not in BASES:
            stop(f"{name}: not a restriction of a known built-in type")
        facets = {}
        for facet in restriction:
            key = facet.tag.removeprefix(XS)
            if key not in FACETS:
                stop(f"{name}: unknown facet {key}")
            facets.setdefault(key, []).append(facet.get("value"))
        calls = self.facet_calls(name, facets)
        base = BASES[restriction.get("base")]
        return (
            f"static {constant(name)}: SimpleType =\n"
            f"    SimpleType::new({quoted(name)}, Base::{base}){calls};\n"
        )

    def facet_calls(self, name, facets):
        def one(key):
            values = facets.get(key, [None])
            if len(values) != 1:
                stop(f"{name}: facet {key} appears more than once")
            return values[0]

        calls = ""
        if "minLength" in facets or "maxLength" in facets:
            calls += f".length({one('minLength') or 0}, {one('maxLength') or 'UNBOUNDED'})"
        if "pattern" in facets:
            calls += f".pattern(&{self.pattern(one('pattern'))})"
        if "enumeration" in facets:
            calls += f".one_of(&[{', '.join(map(quoted, facets['enumeration']))}])"
        if "totalDigits" in facets or "fractionDigits" in facets:
            calls += f".digits({one('totalDigits')}, {one('fractionDigits')})"
        if "minInclusive" in facets:
            if one("minInclusive") != "0":
                stop(f"{name}: minInclusive is not 0")
            calls += ".non_negative()"
        return calls

    def pattern(self, text):
        """One table per distinct pattern text, numbered by first use."""
        return self.patterns.setdefault(text, f"PATTERN_{len(self.patterns) + 1}")

    # --- complex types ------------------------------------------------------

    def complex_table(self, node):
        name = node.get("name")
        if len(node) != 1:
            stop(f"{name}: more than one content model")
        model = node[0]
        key = model.tag.removeprefix(XS)
        if key == "simpleContent":
            content = self.value(name, model)
        elif key in ("sequence", "choice"):
            content = self.group(name, model, key)
        else:
            stop(f"{name}: unknown content model {key}")
        return (
            f"static {constant(name)}: ComplexType = ComplexType {{\n"
            f"    name: {quoted(name)},\n    content: {content},\n}};\n"
        )

    def value(self, name, model):
        extension = model.find(XS + "extension")
        attributes = list(extension)
        if len(attributes) != 1 or attributes[0].tag != XS + "attribute":
            stop(f"{name}: simpleContent without exactly one attribute")
        attribute = attributes[0]
        if attribute.get("use") != "required":
            stop(f"{name}: attribute is not required")
        self.kind(extension.get("base"))
        self.kind(attribute.get("type"))
        return (
            f"Content::Value {{ value: &{constant(extension.get('base'))}, "
            f"attribute: {quoted(attribute.get('name'))}, "
            f"attribute_type: &{constant(attribute.get('type'))} }}"
        )

    def group(self, name, model, key):
        if model.attrib:
            stop(f"{name}: the group itself repeats")
        if [child.tag for child in model] == [XS + "any"]:
            return self.any(name, model[0])
        rules = []
        for child in model:
            if child.tag != XS + "element" or child.get("ref") or len(child):
                stop(f"{name}: a group holds something other than plain elements")
            rules.append(self.rule(name, key, child))
        lines = "".join(f"        {rule},\n" for rule in rules)
        return f"Content::{key.capitalize()}(&[\n{lines}    ])"

    def any(self, name, node):
        """`xs:any`: one element whose content the schema does not know."""
        if node.get("processContents") != "lax" or node.get("minOccurs") or node.get("maxOccurs"):
            stop(f"{name}: xs:any in an unknown form")
        namespace = node.get("namespace")
        return "Content::Any(%s)" % ("None" if namespace == "##any" else f"Some({quoted(namespace)})")

    def rule(self, name, group, element):
        low = int(element.get("minOccurs", "1"))
        high = element.get("maxOccurs", "1")
        if group == "choice" and (low, high) != (1, "1"):
            stop(f"{name}: an alternative of a choice is optional or repeats")
        high = "UNBOUNDED" if high == "unbounded" else high
        kind = self.kind(element.get("type"))
        return f"Rule::new({quoted(element.get('name'))}, {kind}, {low}, {high})"

    # --- the file -----------------------------------------------------------

    def text(self, message):
        roots = self.root.findall(XS + "element")
        if len(roots) != 1:
            stop(f"{message}: not exactly one root element")
        root = roots[0]
        kind = self.kind(root.get("type"))
        patterns = "".join(
            f"static {name}: Pattern = Pattern::new({quoted(text)});\n"
            for text, name in self.patterns.items()
        )
        tables = "\n".join(self.lines[name] for name in sorted(self.lines))
        unbounded = ", UNBOUNDED" if "UNBOUNDED" in tables else ""
        return (
            f"//! Schema tables of `{message}`: every type reachable from its root element.\n"
            "//!\n"
            f"//! Generated by `tools/generate.py` from the published `{message}.xsd`. Never edit by hand:\n"
            "//! change the tool and run it again.\n\n"
            "use crate::schema::{\n"
            f"    Base, ComplexType, Content, Kind, Pattern, Rule, Schema, SimpleType{unbounded},\n"
            "};\n\n"
            f"/// The schema of `{message}`.\n"
            "pub(crate) static SCHEMA: Schema = Schema {\n"
            f"    message: {quoted(message)},\n"
            f"    namespace: {quoted(self.namespace)},\n"
            f"    root: Rule::new({quoted(root.get('name'))}, {kind}, 1, 1),\n"
            "};\n\n"
            f"{patterns}\n{tables}"
        )


def main():
    crate = pathlib.Path(__file__).resolve().parent.parent
    source = crate.parent.parent / "tests" / "data" / "iso20022" / "xsd"
    target = crate / "src" / "generated"
    for message in MESSAGES:
        text = Schema(source / f"{message}.xsd").text(message)
        (target / (message.replace(".", "_") + ".rs")).write_text(text, encoding="utf-8")


main()
