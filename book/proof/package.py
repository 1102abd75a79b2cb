"""The package of an EPUB: properties and types of its files, its dates, and its two tables of contents."""

from __future__ import annotations

import functools
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from urllib.parse import unquote

from lxml import etree

from book.amounts import amount
from book.html_names import EPUB, MATH, SVG, XHTML
from book.model import Book, Work
from book.patterns import regex
from book.problems import BUG, Kind, Problem, Severity
from book.proof import opened, verdicts
from book.proof.document import Document
from book.proof.markup import line_of, local, text_of
from book.proof.opened import Findings
from book.proof.xml import DC, OPF

PROPERTIES = Kind("P252", Severity.ERROR, "a file with a wrong type or properties in the package document")
DATE = Kind("P253", Severity.ERROR, "an impossible date in the package document")
CONTENTS = Kind("P254", Severity.ERROR, "a table of contents that readers cannot use")

NCX = "{http://www.daisy.org/z3986/2005/ncx/}"
TYPES: Mapping[str, str] = {
    ".xhtml": "application/xhtml+xml",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".ncx": "application/x-dtbncx+xml",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
"""Core media types (EPUB 3.3 §3.2) by file name extension."""
# EPUB 3.3 §D.6: content of a document, and the property that declares it.
HOLDING: Mapping[str, str] = {f"{{{SVG}}}svg": "svg", f"{{{MATH}}}math": "mathml", f"{{{XHTML}}}script": "scripted"}
# W3CDTF, as EPUB 3.3 §5.5.3.2.6 recommends.
MOMENT = regex(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?)?)?")


@opened.check("package and contents")
def epub(folder: Path, work: Work, book: Book) -> Findings:
    """Prove what the package states about its files and dates, and prove the navigation document and the NCX."""
    del book
    files = opened.members(folder, work)
    documents = {document.name: document for document in opened.documents(work, files)}
    problems: list[Problem] = []
    items = 0
    holds = {
        name: sorted(verdicts.facts("properties", document, _holding, list[str])[0])
        for name, document in documents.items()
        if name.endswith(".xhtml")
    }
    packages = [document for document in documents.values() if document.name.endswith(".opf")]
    for document in packages:

        def listing(package: Document) -> tuple[tuple[int, list[str]], list[Problem]]:
            """Return the number of files and the names of the navigation documents, and what is wrong with the package document."""
            count, navs, faults = _items(package, documents, holds)
            return (count, navs), [*faults, *_dates(package)]

        listed = (f"{name} {name in documents} {holds.get(name)}" for name in files)
        (count, navs), faults = verdicts.facts("package", document, listing, tuple[int, list[str]], *listed)
        items += count
        problems += faults
        for name in navs:
            problems += verdicts.problems("navigation", documents[name], _nav) if name in documents else ()
    for document in documents.values():
        if document.name.endswith(".ncx"):
            look = functools.partial(_ncx, documents=documents)
            problems += verdicts.problems("ncx", document, look, *(package.digest for package in packages))
    return amount(items, "file"), problems


def _items(
    package: Document, documents: Mapping[str, Document], holds: Mapping[str, Sequence[str]]
) -> tuple[int, list[str], list[Problem]]:
    """Return the number of files in the manifest of *package*, the names of its navigation documents, and what is wrong with it.

    Args:
        package: the package document.
        documents: the documents by name.
        holds: for each XHTML document, the properties that its content asks for.
    """
    home = posixpath.dirname(package.name)
    navs: list[str] = []
    problems: list[Problem] = []
    count = 0
    for item in package.root.iter(f"{OPF}item"):
        count += 1
        name = posixpath.normpath(posixpath.join(home, unquote(item.get("href", ""))))
        stated, kind = set((item.get("properties") or "").split()), item.get("media-type", "")
        place = package.place(line_of(item))
        expected = TYPES.get(posixpath.splitext(name)[1].lower())
        if expected != kind:
            message = f"'{name}' is declared as {kind or 'nothing'}, not {expected}"
            problems.append(PROPERTIES.at(place, message, fix=BUG))
        if name not in documents or kind != TYPES[".xhtml"]:
            continue
        own = holds[name] if name in holds else sorted(_holding(documents[name])[0])
        if sorted(stated & {*HOLDING.values(), "remote-resources", "switch"}) != own:
            message = f"the properties of '{name}' are not those of its content: {', '.join(own) or 'none'}"
            problems.append(PROPERTIES.at(place, message, fix=BUG))
        if "nav" in stated:
            navs.append(name)
    if len(navs) != 1:
        message = f"{len(navs)} documents are declared as the navigation"
        problems.append(CONTENTS.at(package.place(), message, fix=BUG))
    return count, navs, problems


def _holding(document: Document) -> tuple[list[str], tuple[Problem, ...]]:
    """Return the properties that the content of *document* asks for."""
    return [word for tag, word in HOLDING.items() if next(document.root.iter(tag), None) is not None], ()


def _dates(package: Document) -> Iterator[Problem]:
    for element in package.root.iter(f"{DC}date"):
        text = text_of(element).strip()
        if not _is_date(text):
            yield DATE.at(
                package.place(line_of(element)),
                f"dc:date '{text}' is not a date",
                fix="write a date that exists",
            )


def _is_date(text: str) -> bool:
    """Return whether *text* is a date, or a date and time, that exists.

    >>> _is_date("2026"), _is_date("2026-02-28"), _is_date("2026-02-31"), _is_date("soon")
    (True, True, False, False)
    """
    match = MOMENT.fullmatch(text)
    if match is None:
        return False
    try:
        date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return False
    return True


def _nav(nav: Document) -> Iterator[Problem]:
    """Yield what EPUB 3.3 §7.3 does not allow in a navigation document."""
    boxes: dict[str, list[etree._Element]] = {}
    for box in nav.root.iter(f"{{{XHTML}}}nav"):
        boxes.setdefault(box.get(f"{{{EPUB}}}type") or "", []).append(box)
    for kind, least in (("toc", 1), ("page-list", 0), ("landmarks", 0)):
        if not least <= len(boxes.get(kind, ())) <= 1:
            yield CONTENTS.at(nav.place(), f"the navigation has {len(boxes.get(kind, ()))} of {kind}", fix=BUG)
    for kind, navs in boxes.items():
        for line in (line for box in navs for line in box.iter(f"{{{XHTML}}}li")):
            first = line[0] if len(line) else None
            tags = [local(child.tag) for child in line]
            if tags not in (["a"], ["a", "ol"], ["span", "ol"]) or (line.text or "").strip():
                yield CONTENTS.at(
                    nav.place(line_of(line)), "an entry of the navigation is not a single link or heading", fix=BUG
                )
            elif first is not None and not _is_labelled(first):
                yield CONTENTS.at(nav.place(line_of(line)), "an entry of the navigation has no text", fix=BUG)
            elif kind == "landmarks" and first is not None and not first.get(f"{{{EPUB}}}type"):
                yield CONTENTS.at(nav.place(line_of(line)), "a landmark does not say what it is", fix=BUG)
        for rows in (rows for box in navs for rows in box.iter(f"{{{XHTML}}}ol")):
            if not len(rows):
                yield CONTENTS.at(nav.place(line_of(rows)), "a list of the navigation is empty", fix=BUG)


def _is_labelled(element: etree._Element) -> bool:
    alternative = any(
        (inner.get("alt") or inner.get("alttext") or inner.get("aria-label") or "").strip()
        for inner in element.iter(etree.Element)
    )
    return bool(text_of(element).strip()) or alternative


def _ncx(ncx: Document, documents: Mapping[str, Document]) -> Iterator[Problem]:
    """Yield where the NCX does not match the book, or numbers its entries wrongly."""
    identifiers = {
        text_of(element).strip()
        for document in documents.values()
        if document.name.endswith(".opf")
        for element in document.root.iter(f"{DC}identifier")
        if element.get("id") == document.root.get("unique-identifier")
    }
    uids = {meta.get("content", "").strip() for meta in ncx.root.iter(f"{NCX}meta") if meta.get("name") == "dtb:uid"}
    if uids != identifiers:
        yield CONTENTS.at(ncx.place(), "the NCX names another book than the package", fix=BUG)
    orders: dict[str, str] = {}
    for point in (*ncx.root.iter(f"{NCX}navPoint"), *ncx.root.iter(f"{NCX}pageTarget")):
        target = point.find(f"{NCX}content")
        label = point.find(f"{NCX}navLabel")
        if target is None or label is None or not text_of(label).strip():
            yield CONTENTS.at(ncx.place(line_of(point)), "an entry of the NCX has no text or no target", fix=BUG)
            continue
        order = point.get("playOrder", "")
        if order and orders.setdefault(order, target.get("src", "")) != target.get("src", ""):
            yield CONTENTS.at(ncx.place(line_of(point)), f"two entries have the play order {order}", fix=BUG)
