"""What links and bookmarks of a PDF lead to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pikepdf
from msgspec import Struct

from book.problems import BUG, Place, Problem
from book.proof import opened
from book.proof.ids import DANGLING, DUPLICATE, FORBIDDEN, forbidden, scheme
from book.proof.pdf_looks import Sheets

Thing = Any
"""A value from pikepdf: an object of the PDF, or the equivalent Python value."""


class Targets(Struct, frozen=True, kw_only=True):
    """Valid targets of links in one file."""

    pages: frozenset[tuple[int, int]]
    """Numbers of the page objects."""
    names: dict[str, Thing]
    """Named destinations."""
    doubles: tuple[str, ...]
    """Names that occur twice in the tree."""


def targets_in(pdf: pikepdf.Pdf, pages: Iterable[tuple[int, int]]) -> Targets:
    """Return the targets in *pdf*, whose *pages* have these numbers."""
    names: dict[str, Thing] = {}
    doubles: list[str] = []
    tree = opened.down(pdf.Root, "/Names", "/Dests")
    for name, destination in _leaves(tree):
        if name in names:
            doubles.append(name)
        names[name] = destination
    old = pdf.Root.get("/Dests")  # PDF 1.1
    names.update({key.lstrip("/"): old[key] for key in sorted(old.keys())} if old is not None else {})
    return Targets(pages=frozenset(pages), names=names, doubles=tuple(doubles))


def pages(pdf: pikepdf.Pdf) -> dict[str, int]:
    """Return for each named destination the index of its page, from 0; destinations without a page are left out."""
    numbers = {page.obj.objgen: index for index, page in enumerate(pdf.pages)}
    targets = targets_in(pdf, numbers)
    return {
        name: numbers[page_of(destination).objgen]
        for name, destination in targets.names.items()
        if not _astray(destination, targets)
    }


def page_of(destination: Thing) -> Thing:
    """Return the page of a *destination* that has one."""
    return (destination["/D"] if isinstance(destination, pikepdf.Dictionary) else destination)[0]


def _leaves(tree: Thing, depth: int = 0) -> Iterator[tuple[str, Thing]]:
    """Yield the entries of a name tree, including duplicates, which pikepdf's own reader would hide."""
    if tree is None or depth > 40:
        return
    pairs = list(tree.get("/Names") or ())
    yield from ((str(name), destination) for name, destination in zip(pairs[::2], pairs[1::2], strict=False))
    for kid in tree.get("/Kids") or ():
        yield from _leaves(kid, depth + 1)


def faults(at: Place, pdf: pikepdf.Pdf, targets: Targets) -> Iterator[Problem]:
    """Yield the problems of the *targets* in *pdf*, and of its bookmarks."""
    for name in targets.doubles:
        yield DUPLICATE.at(at, f"the destination '{name}' is defined twice", fix=BUG)
    for name, destination in targets.names.items():
        if reason := _astray(destination, targets):
            yield DANGLING.at(at, f"the destination '{name}': {reason}", fix=BUG)
    for bookmark, thing in bookmarks(pdf):
        yield from judge(at, bookmark, thing, targets)


def annotated(pdf: Sheets) -> Iterator[tuple[str, Thing]]:
    """Yield what each link is called in a message, and the link."""
    for number, page in enumerate(pdf.pages, start=1):
        for annotation in page.obj.get("/Annots") or ():
            if annotation.get("/Subtype") == "/Link":
                yield f"a link on page {number}", annotation


def bookmarks(pdf: pikepdf.Pdf) -> Iterator[tuple[str, Thing]]:
    """Yield what each bookmark is called in a message, and the bookmark."""
    visited: set[tuple[int, int]] = set()
    waiting = [opened.down(pdf.Root, "/Outlines", "/First")]
    while waiting:
        mark = waiting.pop()
        if mark is None or mark.objgen in visited:  # a cycle of bookmarks would never end
            continue
        visited.add(mark.objgen)
        yield f"the bookmark '{mark.get('/Title', '')}'", mark
        waiting += [mark.get("/Next"), mark.get("/First")]


def judge(at: Place, link: str, thing: Thing, targets: Targets) -> Iterator[Problem]:
    """Yield the problems of one link annotation or bookmark *thing*, which a message calls *link*; both have /Dest or /A (PDF 2.0 §12.5.6.5, §12.3.3)."""
    action = thing.get("/A")
    kind = "" if action is None else str(action.get("/S"))
    if kind == "/URI":
        address = str(action.get("/URI", ""))
        if reason := forbidden(address):
            yield FORBIDDEN.at(at, f"{link} '{address}': {reason}", fix=BUG)
        elif not scheme(address):
            yield DANGLING.at(at, f"{link} '{address}': there is nothing next to the file", fix=BUG)
    elif kind in {"", "/GoTo"}:
        destination = thing.get("/Dest") if action is None else action.get("/D")
        if destination is None:
            yield DANGLING.at(at, f"{link} leads nowhere", fix=BUG)
        elif isinstance(destination, pikepdf.String | pikepdf.Name):
            name = str(destination).lstrip("/")
            if name not in targets.names:
                yield DANGLING.at(at, f"{link}: there is no destination '{name}'", fix=BUG)
        elif reason := _astray(destination, targets):
            yield DANGLING.at(at, f"{link}: {reason}", fix=BUG)
    # book.proof.pdf reports other actions.


def _astray(destination: Thing, targets: Targets) -> str:
    """Return why *destination* leads to no page of the file; empty if it does."""
    if isinstance(destination, pikepdf.Dictionary):
        destination = destination.get("/D")
    if not isinstance(destination, pikepdf.Array) or not len(destination):
        return "it is no destination"
    page = destination[0]
    is_in_file = isinstance(page, pikepdf.Dictionary) and page.objgen in targets.pages
    return "" if is_in_file else "its page is not in the file"
