"""Parses a drawing by our own rules: no document type, only plain-text entities, nothing loaded."""

from __future__ import annotations

import html.entities
import re

from lxml import etree

from book.images.rasters import BROKEN, TOO_LARGE, Refused
from book.images.svg.findings import UNSAFE_SVG
from book.images.svg.vocabulary import Element, local_name
from book.patterns import regex
from book.problems import printable
from book.settings import Limits

DEEPEST = 128
"""Most levels of nested elements."""
ENTITIES = 64
LONGEST_ENTITY = 200
_XML_OWN = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})
_DECLARED = regex(
    rb"\s+|<!--(?:(?!--).)*-->"
    rb"|<!ENTITY\s+(?P<name>[A-Za-z_][\w.-]*)\s+(?P<value>\"[^\"]*\"|'[^']*')\s*>"
    rb"|<!(?:ATTLIST|ELEMENT)\s(?:[^\"'<>]|\"[^\"]*\"|'[^']*')*>",
    re.S,
)


def parsed(data: bytes, name: str, limits: Limits) -> Element:
    """Return the root of the drawing, with its document type and entities resolved by our own rules."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
        data = re.sub(r"^\ufeff?\s*<\?xml[^>]*\?>", "", text).encode("utf-8", "replace")
    if b"\x00" in data:
        raise Refused(BROKEN, f"{name!r} is not well-formed XML: a NUL", "save the drawing again")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(_undeclared(data, name, limits).lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        why = error.msg if isinstance(error, etree.XMLSyntaxError) else str(error)
        message = f"{name!r} is not well-formed XML: {printable(why)[:200]}"
        raise Refused(BROKEN, message, "save the drawing again") from error
    if local_name(root) != "svg":
        raise Refused(BROKEN, f"{name!r} is not an SVG drawing", "save it as SVG")
    deepest, stack = 0, [(root, 1)]
    while stack:
        element, level = stack.pop()
        deepest = max(deepest, level)
        stack.extend((child, level + 1) for child in element)
    if deepest > DEEPEST:
        raise Refused(UNSAFE_SVG, f"{name!r} nests {deepest} levels; {DEEPEST} are allowed", "simplify the drawing")
    return root


def _undeclared(data: bytes, name: str, limits: Limits) -> bytes:
    """Return *data* without its document type, and with the entities that Illustrator declares in it expanded.

    Only plain-text entities are allowed (XML 1.0 §4.2): few, short, without references, none from a file.
    """
    match = re.search(rb"<!DOCTYPE\s", data, re.I)
    if re.search(rb"<!ENTITY", data[: match.start()] if match else data, re.I):
        raise Refused(UNSAFE_SVG, f"{name!r} has a DTD", "remove the <!DOCTYPE …> line")
    entities: dict[bytes, bytes] = {}
    if match:
        opened = re.compile(rb"<!DOCTYPE\s[^\[\]>]*(?:\[((?:[^\]\"']|\"[^\"]*\"|'[^']*')*)\]\s*)?>", re.I).match(
            data, match.start()
        )
        if opened is None:
            raise Refused(UNSAFE_SVG, f"{name!r} has a DTD", "remove the <!DOCTYPE …> line")
        entities = _declared(opened[1] or b"", name)
        data = data[: opened.start()] + data[opened.end() :]
    size = len(data)

    def put_in(reference: re.Match[bytes]) -> bytes:
        nonlocal size
        entity = reference[1]
        value = entities.get(entity)
        if value is None and entity not in _XML_OWN and (letters := html.entities.html5.get(f"{entity.decode()};")):
            value = "".join(f"&#{ord(letter)};" for letter in letters).encode()
        size += len(value or b"")
        if size > limits.svg_bytes:
            raise Refused(
                TOO_LARGE,
                f"{name!r} unfolds to more than {limits.svg_bytes} bytes",
                "simplify the drawing",
            )
        return reference[0] if value is None else value

    return re.sub(rb"&([A-Za-z][A-Za-z0-9_.-]*);", put_in, data)


def _declared(subset: bytes, name: str) -> dict[bytes, bytes]:
    """Return the entities of an internal *subset* by name.

    Raises:
        Refused: it declares anything but plain-text entities and attributes of elements.
    """
    refusal = Refused(UNSAFE_SVG, f"{name!r} has a DTD that declares more than names", "remove the <!DOCTYPE …> part")
    entities: dict[bytes, bytes] = {}
    at = 0
    while at < len(subset):
        plain = _DECLARED.match(subset, at)
        if plain is None:
            raise refusal
        if plain["name"]:
            value = plain["value"][1:-1]
            if len(value) > LONGEST_ENTITY or re.search(rb"[&%<]", value) or len(entities) >= ENTITIES:
                raise refusal
            entities.setdefault(
                plain["name"], value.replace(b'"', b"&quot;").replace(b"'", b"&apos;").replace(b">", b"&gt;")
            )
        at = plain.end()
    return entities


def is_drawing(data: bytes) -> bool:
    """Return whether *data* looks like an SVG file."""
    head = data[:4].startswith((b"\xff\xfe", b"\xfe\xff"))
    text = data.decode("utf-16", "replace").encode() if head else data
    return text[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"<svg" in text[:100_000].lower().replace(
        b"<svg:svg", b"<svg"
    )
