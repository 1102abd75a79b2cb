"""The content model of HTML, in the XHTML of EPUB 3.3: which elements may contain which, and which values attributes may have.

Two rooms use it: :mod:`book.markdown.repair` makes an author's tags conform to it, and :mod:`book.proof.content` checks every
document of an EPUB against it. Its tables are :mod:`book.markdown.html_table`, :mod:`book.markdown.math_table` and
:mod:`book.markdown.svg_table`; :mod:`book.markdown.value_forms` has the forms of attribute values.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence

from lxml import etree
from msgspec import Struct

from book.html_names import EPUB, HEADINGS, MATH, SVG, XHTML
from book.markdown.html_table import (
    ARIA,
    ATTRIBUTES,
    CONTENT,
    EXCLUDED,
    FLOW,
    GLOBAL,
    NEEDED,
    OF_LINKS,
    PHRASING,
    TEXT,
    TRANSPARENT,
    XML,
)
from book.markdown.math_table import EXPRESSIONS, MATH_ALL, MATH_ATTRIBUTES, MATH_CONTENT
from book.markdown.value_forms import LONGEST, VALUES

KINDS: Mapping[str, frozenset[str]] = {
    "PHRASING": PHRASING | {TEXT},
    "FLOW": FLOW | {TEXT},
    "HEADING": HEADINGS,
    "MATH": EXPRESSIONS,
    "SCRIPT": EXPRESSIONS | {"none"},
}
"""The names that stand for several elements in a content row."""


def content(row: str) -> re.Pattern[str]:
    """Return *row*, in the notation of :data:`CONTENT`, as a pattern that matches element names, each followed by a semicolon.

    >>> bool(content("(dt+ dd+)*").fullmatch("dt;dd;dd;")), bool(content("(dt+ dd+)*").fullmatch("dt;"))
    (True, False)
    """

    def name(match: re.Match[str]) -> str:
        names = KINDS.get(match[0], (match[0],))
        return f"(?:(?:{'|'.join(map(re.escape, sorted(names)))});)"

    return re.compile(
        re.sub(r"[A-Za-z][A-Za-z0-9]*|#", name, row).replace(" ", "").replace("(?:", "(").replace("(", "(?:")
    )


_Names = frozenset[str]
_Row = re.Pattern[str] | _Names


@functools.cache
def _row_of(row: str) -> _Row:
    """Return *row* as a pattern; as a set of names where they may occur in any order and number."""
    return KINDS[row[:-1]] if row[:-1] in KINDS else content(row)


def _content_of(tag: str, rows: Mapping[str, str] = CONTENT) -> _Row | None:
    """Return what *tag* may contain; None if it is not in *rows*."""
    row = rows.get(tag)
    return None if row is None else _row_of(row)


_FLOW, _PHRASING = KINDS["FLOW"], KINDS["PHRASING"]
_GROUP = content("dt+ dd+")
_EXCLUDING = frozenset().union(*EXCLUDED.values())


def _holds(allowed: _Row, names: Sequence[str]) -> bool:
    if isinstance(allowed, frozenset):
        return allowed.issuperset(names)
    return allowed.fullmatch("".join(f"{name};" for name in names)) is not None


def holds(tag: str, names: list[str]) -> bool:
    """Return whether the HTML element *tag* may contain the elements *names* in this order; ``#`` stands for text.

    >>> holds("tr", ["td", "th"]), holds("ul", ["p"])
    (True, False)
    """
    return _holds(_row_of(CONTENT[tag]), names)


@functools.lru_cache(maxsize=4096)
def fits(name: str, value: str, form: str) -> bool:
    """Return whether *value* of the attribute *name* has *form*, a name of :data:`VALUES` or a regular expression.

    >>> fits("start", "-3", "integer"), fits("open", "yes", "yes"), fits("datetime", "yesterday", "time")
    (True, False, False)
    """
    pattern = VALUES.get(form)
    if len(value) > LONGEST and form not in ("any", "filled", "token", "tokens", "address"):
        return False  # no number is that long, and some forms would take long to match
    return re.fullmatch(form if pattern is None else pattern.replace("{name}", name), value) is not None


def form_of(tag: str, name: str, *, math: bool = False) -> str | None:
    """Return the form of the attribute *name* of *tag*; None when the element has no such attribute."""
    if math:
        return MATH_ATTRIBUTES.get(tag, {}).get(name) or MATH_ALL.get(name)
    return ATTRIBUTES.get(tag, {}).get(name) or GLOBAL.get(name)


class Fault(Struct, frozen=True, kw_only=True):
    """One violation of the content model."""

    element: etree._Element
    message: str


def faults(root: etree._Element) -> Iterator[Fault]:
    """Yield the violations of the content model in *root*, a document or a part of one, in document order.

    Elements of XHTML may be in their namespace or in none.
    """
    stack: list[tuple[etree._Element, _Names, _Names]] = [(root, _FLOW, frozenset())]
    while stack:
        element, around, above = stack.pop()
        space, tag = _name(element)
        if space == SVG:
            if tag == "title":
                continue  # it may contain any HTML
            stack.extend((child, around, above) for child in reversed(element) if isinstance(child.tag, str))
            continue
        if space == MATH:
            yield from _math_faults(element, tag)
            inside = _PHRASING
        else:
            yield from _html_faults(element, tag, around, above)
            # The elements a, ins and del may contain what their nearest other ancestor may contain.
            inside = around if tag in TRANSPARENT else _PHRASING if "PHRASING" in CONTENT.get(tag, "") else _FLOW
            above = above | {tag} if tag in _EXCLUDING else above
        stack.extend((child, inside, above) for child in reversed(element) if isinstance(child.tag, str))


def _name(element: etree._Element) -> tuple[str, str]:
    return _split(str(element.tag))


@functools.lru_cache(maxsize=1024)
def _split(name: str) -> tuple[str, str]:
    space, brace, tag = name.rpartition("}")
    return (space[1:] if brace else XHTML), tag


def _row(element: etree._Element) -> list[str]:
    """Return the children of *element* as the names that :func:`content` reads."""
    names = [TEXT] if (element.text or "").strip() else []
    for child in element:
        if isinstance(child.tag, str):
            names.append(_name(child)[1])
        if (child.tail or "").strip():
            names.append(TEXT)
    return names


def _html_faults(element: etree._Element, tag: str, around: _Names, above: _Names) -> Iterator[Fault]:
    row = _row(element)
    parent = element.getparent()
    inside = _name(parent)[1] if parent is not None else ""
    messages = _structure_faults(tag, tuple(row), inside, around, above)
    yield from (Fault(element=element, message=message) for message in messages)
    if tag not in TRANSPARENT and tag not in CONTENT:
        return
    if tag == "time" and element.get("datetime") is None and any(name != TEXT for name in row):
        yield Fault(element=element, message="<time> without datetime contains more than text")
    if (
        tag == "a"
        and element.get("href") is None
        and (loose := sorted({str(name) for name in element.attrib} & OF_LINKS))
    ):
        yield Fault(element=element, message=f"<a> has no href, and {loose[0]}")
    needed = NEEDED.get(tag)
    if needed and element.get(needed) is None:
        yield Fault(element=element, message=f"<{tag}> has no {needed}")
    if tag == "li":
        value = element.get("value")
        if value is not None and (inside != "ol" or not fits("value", value, "integer")):
            yield Fault(element=element, message="<li value> is no number, or not in <ol>")
    yield from _attribute_faults(element, tag)


@functools.lru_cache(maxsize=4096)
def _structure_faults(tag: str, row: tuple[str, ...], inside: str, around: _Names, above: _Names) -> tuple[str, ...]:
    """Return what is wrong with an element *tag* in an element *inside* that contains *row*: a book has few kinds of these."""
    allowed = around if tag in TRANSPARENT else _content_of(tag)
    if allowed is None:
        return (f"<{tag}> is not an element that a book may contain",)
    if (tag, inside) == ("div", "dl"):
        allowed = _GROUP
    order = () if _holds(allowed, row) else (f"<{tag}> may not contain this, or not in this order: {_listed(row)}",)
    outside = (f"<{tag}> is not allowed inside <{outer}>" for outer in EXCLUDED.get(tag, frozenset()) & above)
    return (*order, *outside)


def _attribute_faults(element: etree._Element, tag: str) -> Iterator[Fault]:
    for key, value in element.attrib.items():
        name, text = str(key), str(value)
        if (
            name.startswith("data-")
            or name in ARIA
            or name in ("role", f"{{{EPUB}}}type")
            or (tag, name) == ("li", "value")
        ):
            continue
        form = form_of(tag, name)
        if form is None:
            yield Fault(element=element, message=f"<{tag}> has no attribute {name}")
        elif not fits(name, text, form):
            yield Fault(element=element, message=f"{name}={text!r} is no value for <{tag}>")
    lang, xml_lang = element.get("lang"), element.get(f"{{{XML}}}lang")
    if lang is not None and xml_lang is not None and lang.casefold() != xml_lang.casefold():
        yield Fault(element=element, message="lang and xml:lang differ")


def _math_faults(element: etree._Element, tag: str) -> Iterator[Fault]:
    allowed = _content_of(tag, MATH_CONTENT)
    if allowed is None:
        yield Fault(element=element, message=f"<{tag}> is no element of MathML that a book may have")
        return
    row = _row(element)
    if not _holds(allowed, row):
        yield Fault(element=element, message=f"<{tag}> may not contain this, or not in this order: {_listed(row)}")
    for key, value in element.attrib.items():
        name, text = str(key), str(value)
        if name.startswith(("data-", "{")) or name in ARIA:
            continue
        form = form_of(tag, name, math=True)
        if form is None:
            yield Fault(element=element, message=f"<{tag}> has no attribute {name}")
        elif not fits(name, text, form):
            yield Fault(element=element, message=f"{name}={text!r} is no value for <{tag}>")


def _listed(row: Sequence[str], most: int = 8) -> str:
    names = ["text" if name == TEXT else f"<{name}>" for name in row]
    return " ".join(names[:most]) + (" …" if len(names) > most else "") or "nothing"
