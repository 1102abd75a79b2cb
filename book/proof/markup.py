"""The references in a markup document or a style sheet: links, loaded files, and ids."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import tinycss2
from lxml import etree
from msgspec import Struct
from msgspec.structs import replace

from book.proof import verdicts

Leaning = Literal["link", "load", "id"]
"""A reader follows a link; a load is fetched without asking; an id must exist in the same document."""


class Reference(Struct, frozen=True, kw_only=True):
    """A value that refers to something."""

    leaning: Leaning
    value: str
    """As written; for ``id``, one id."""
    source: str
    """The element and attribute, for messages: ``<a href>``, ``url()`` …"""
    line: int


# HTML 4.7–4.8, SVG 2 §4: attributes whose address is fetched.
LOADING = frozenset({"src", "poster", "background", "manifest", "action", "formaction", "ping", "codebase", "classid"})
SETS = frozenset({"srcset", "imagesrcset"})
# WAI-ARIA 1.2 §6 and HTML: attributes that contain ids.
LEANING = frozenset(
    {
        *(f"aria-{name}" for name in ("activedescendant controls describedby details errormessage flowto".split())),
        *("aria-labelledby", "aria-owns", "for", "headers", "list", "form", "popovertarget", "commandfor"),
    }
)
# Relations of <link> that fetch nothing; all others do (HTML 4.6.7).
SAYING = frozenset("alternate author bookmark canonical help license next prev search tag me".split())
# Links: the table of contents of the NCX, the guide of the package.
FOLLOWED = frozenset({("a", "href"), ("area", "href"), ("content", "src"), ("reference", "href")})
# Checked elsewhere: xml.py compares the manifest with the archive. The form of a MathML operator is not a <form>.
NOT_OURS = frozenset({("item", "href"), ("mo", "form"), ("blockquote", "cite"), ("q", "cite")})


PAINTED = frozenset({"fill", "stroke", "filter", "mask", "clip-path", "cursor"})
"""SVG 2: attributes whose value may be a ``url()``; so may those whose names begin with ``marker``."""
REFERRING = LOADING | SETS | LEANING | PAINTED | {"href", "data", "srcdoc", "refines", "style"}
"""All attributes that can refer to something, but for the markers."""


def local(name: object) -> str:
    """Return the name of an element or attribute without its namespace; empty for a comment.

    >>> local("{http://www.w3.org/1999/xlink}href")
    'href'
    """
    return _bare(name) if isinstance(name, str) else ""


@functools.lru_cache(maxsize=4096)
def _bare(name: str) -> str:
    return name.rpartition("}")[2]


def line_of(element: etree._Element) -> int:
    """Return the line of the tag of *element*; 1 if the parser does not know it."""
    line: object = element.sourceline
    return line if isinstance(line, int) else 1


def text_of(element: etree._Element) -> str:
    """Return all text below *element*."""
    return "".join(str(piece) for piece in element.itertext())


def ids(root: etree._Element) -> Iterator[tuple[str, int]]:
    """Yield each occurrence of an id in the document, with its line."""
    for element in root.iter(etree.Element):
        for name in ("id", "{http://www.w3.org/XML/1998/namespace}id"):
            if (value := element.get(name)) is not None:
                yield value, line_of(element)


def references(root: etree._Element) -> Iterator[Reference]:
    """Yield every reference of the document, in document order."""
    for element in root.iter(etree.Element):
        tag = local(element.tag)
        for name in element.keys():  # noqa: SIM118 - an element is no mapping
            if plain := _referring(name):
                yield from _attribute(element, tag, plain, str(element.get(name)).strip(), line_of(element))
        if tag == "style":
            yield from stylesheet(text_of(element), line_of(element))
        if tag == "meta" and (element.get("http-equiv") or "").lower() == "refresh":
            value = element.get("content") or ""
            source = "<meta http-equiv=refresh>"
            yield Reference(leaning="load", value=value, source=source, line=line_of(element))


@functools.lru_cache(maxsize=4096)
def _referring(name: str) -> str:
    """Return the bare name of an attribute that can refer to something; empty for any other."""
    plain = _bare(name)
    return plain if plain in REFERRING or plain.startswith("marker") else ""


def _attribute(element: etree._Element, tag: str, name: str, value: str, line: int) -> Iterator[Reference]:
    source = f"<{tag} {name}>"
    if (tag, name) in NOT_OURS:
        return
    if (tag, name) in FOLLOWED:
        yield Reference(leaning="link", value=value, source=source, line=line)
    elif name in SETS:
        for candidate in re.split(r",\s+", value):
            if candidate.strip():
                yield Reference(leaning="load", value=candidate.split()[0], source=source, line=line)
    elif name in LOADING or (tag, name) == ("object", "data") or (name == "href" and _fetched(element, tag)):
        yield Reference(leaning="load", value=value, source=source, line=line)
    elif name == "srcdoc":
        yield Reference(leaning="load", value="srcdoc:", source=source, line=line)
    elif name in LEANING:
        for token in value.split():
            yield Reference(leaning="id", value=token, source=source, line=line)
    elif name == "refines" and value.startswith("#"):
        yield Reference(leaning="id", value=value[1:], source=source, line=line)
    elif name == "style" or "url(" in value.lower():
        yield from (
            Reference(
                leaning=reference.leaning, value=reference.value, source=f"{source} {reference.source}", line=line
            )
            for reference in stylesheet(value, line)
            if name == "style" or name in PAINTED or name.startswith("marker")
        )


def _fetched(element: etree._Element, tag: str) -> bool:
    """Return whether the href of *element*, which is not a link for the reader, is fetched."""
    if tag == "link":
        relations = set((element.get("rel") or "").lower().split())
        return not relations or not relations <= SAYING
    return True  # <base>, and every element of SVG but <a>


def stylesheet(css: str, line: int = 1) -> Iterator[Reference]:
    """Yield what *css*, a style sheet or a style attribute that begins on *line*, fetches.

    >>> [found.value for found in stylesheet('@import "a.css"; p { background: URL(b.png) }')]
    ['a.css', 'b.png']
    """
    for reference in _loads_of_sheet(css) if len(css) > LONG else _loads(css):
        yield replace(reference, line=reference.line + line - 1)


LONG = 1_000
"""Letters; a longer text is a style sheet, which the next build in this process is likely to have too."""


def _loads(css: str) -> tuple[Reference, ...]:
    # An escape may hide the name: u\\72l(…) is url(…).
    if re.search(r"url|import|src|image|\\", css, re.IGNORECASE):
        return tuple(_tokens(tinycss2.parse_component_value_list(css)))
    return ()


def _loads_of_sheet(css: str) -> tuple[Reference, ...]:
    """Return :func:`_loads` of a style sheet, as remembered or new."""

    def rows() -> list[tuple[str, str, int]]:
        return [(reference.value, reference.source, reference.line) for reference in _looked_through(css)]

    data = css.encode("utf-8", "surrogatepass")
    known = verdicts.remember("loads of a style sheet", (data,), rows, list[tuple[str, str, int]])
    return tuple(Reference(leaning="load", value=value, source=source, line=line) for value, source, line in known)


_looked_through = functools.lru_cache(maxsize=8)(_loads)


FETCHING = frozenset({"url", "src", "image-set", "-webkit-image-set", "image", "cross-fade"})


def _tokens(tokens: Iterable[Any], *, fetching: bool = False) -> Iterator[Reference]:
    at_rule = ""
    for token in tokens:
        kind = token.type
        if kind == "at-keyword":
            at_rule = token.lower_value
        elif kind == "{} block" or (kind == "literal" and token.value == ";"):
            at_rule = ""
        if at_rule == "namespace":
            continue  # a name, not an address
        if kind == "url" or (kind == "string" and (fetching or at_rule == "import")):
            source = "@import" if at_rule == "import" else "url()"
            yield Reference(leaning="load", value=token.value, source=source, line=token.source_line)
        elif kind == "function":
            inside = token.lower_name in FETCHING or fetching
            yield from _tokens(token.arguments, fetching=inside or at_rule == "import")
        elif kind.endswith(" block"):
            yield from _tokens(token.content)
