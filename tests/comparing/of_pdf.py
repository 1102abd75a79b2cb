"""The facts about a PDF that need no drawing of its pages."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pikepdf
from lxml import etree
from msgspec import Struct

from tests.comparing.facts import Fact, Facts, Unreadable

BOXES = ("/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/Rotate")


def pdf_facts(path: Path) -> Facts:
    """Return the facts about a PDF: pages, boxes, words, links, outline, tags, metadata.

    Raises:
        Unreadable: if *path* is no PDF.
    """
    try:
        with pikepdf.open(path) as pdf:
            return _pdf_facts(pdf, _words_of_pages(path))
    except pikepdf.PdfError as fault:
        raise Unreadable(str(fault)) from fault


class _Word(Struct, frozen=True):
    """A word on a page and the middle of its box, in points from the upper left corner of the page."""

    text: str
    x: float
    y: float


def _words_of_pages(path: Path) -> list[list[_Word]]:
    """Return the words of each page; empty if poppler is missing."""
    if not shutil.which("pdftotext"):
        return []
    answer = subprocess.run(["pdftotext", "-bbox", str(path), "-"], check=False, capture_output=True)
    if answer.returncode:
        raise Unreadable(answer.stderr.decode(errors="replace").strip())
    # XML 1.0 allows no control characters, but poppler writes those that a font maps to.
    text = re.sub(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", b"", answer.stdout)
    tree = etree.fromstring(text, etree.XMLParser(recover=True, huge_tree=True, resolve_entities=False))
    return [
        [
            _Word(
                word.text or "",
                (float(word.get("xMin", 0)) + float(word.get("xMax", 0))) / 2,
                (float(word.get("yMin", 0)) + float(word.get("yMax", 0))) / 2,
            )
            for word in page.iter("{*}word")
        ]
        for page in tree.iter("{*}page")
    ]


def _pdf_facts(pdf: pikepdf.Pdf, words: list[list[_Word]]) -> Facts:
    targets = _Targets(pdf)
    facts: defaultdict[str, list[Fact]] = defaultdict(list)
    facts["pages"].append(Fact("", f"{len(pdf.pages)} pages"))
    for number, page in enumerate(pdf.pages, 1):
        where = f"page {number}"
        facts["pages"].append(Fact(where, f"label {page.label}"))
        facts["sizes"].append(Fact(where, _boxes(page)))
        on_page = words[number - 1] if number <= len(words) else []
        facts["words"] += (Fact(where, word.text) for word in on_page)
        for note in _links(page):
            facts["links"].append(Fact(where, f"{_under(page, note, on_page)} → {targets.of(note)}"))
    with pdf.open_outline() as outline:
        facts["outline"] += _outline(outline.root, targets, 1)
    numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages, 1)}
    for role, page_number, said in _tags(pdf, numbers):
        where = f"page {page_number}" if page_number else ""
        facts["elements"].append(Fact(where, role))
        if said:
            facts["alt texts"].append(Fact(where, f"{role} {said}"))
    facts["metadata"] += (Fact("", text) for text in _pdf_metadata(pdf))
    return facts


def _boxes(page: pikepdf.Page) -> str:
    named = ((name, page.obj.get(name)) for name in BOXES)
    return " ".join(
        f"{name[1:]} {' '.join(f'{float(edge):g}' for edge in box) if isinstance(box, pikepdf.Array) else box}"
        for name, box in named
        if box is not None
    )


def _links(page: pikepdf.Page) -> Iterator[Any]:
    for note in page.obj.get("/Annots", ()):
        if note.get("/Subtype") == "/Link":
            yield note


def _under(page: pikepdf.Page, note: Any, words: Sequence[_Word]) -> str:
    """Return the words whose middle is in the rectangle of a link."""
    edges = [float(edge) for edge in note["/Rect"]]
    media = [float(edge) for edge in page.mediabox]
    (left, right), (low, high) = sorted(edges[::2]), sorted(edges[1::2])
    x, top = min(media[::2]), max(media[1::2])
    return " ".join(word.text for word in words if left <= word.x + x <= right and low <= top - word.y <= high)


class _Targets:
    """Describes the targets of links and bookmarks in words."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pages = {page.obj.objgen: number for number, page in enumerate(pdf.pages, 1)}
        root: Any = pdf.Root
        names = root.Names.get("/Dests") if "/Names" in root else None
        self._names: dict[str, Any] = dict(pikepdf.NameTree(names)) if names is not None else {}
        self._names |= {name[1:]: target for name, target in dict(root.get("/Dests", {})).items()}

    def of(self, thing: Any) -> str:
        """Return the target of an annotation or a bookmark: an address, or a page and a point on it."""
        action = thing.get("/A", {})
        if "/URI" in action:
            return str(action["/URI"])
        target = thing.get("/Dest", action.get("/D"))
        return self.place(target) if target is not None else f"action {action.get('/S', 'none')}"

    def place(self, target: Any) -> str:
        """Return page and point of a destination, which may be a name."""
        for _ in range(3):
            if isinstance(target, (pikepdf.String, pikepdf.Name, str)):
                name = str(target).removeprefix("/") if isinstance(target, pikepdf.Name) else str(target)
                if name not in self._names:
                    return f"unknown destination {name}"
                target = self._names[name]
            if isinstance(target, pikepdf.Dictionary):
                target = target.get("/D")
        parts: list[Any] = list(target) if isinstance(target, pikepdf.Array) else []
        if not parts:
            return "unreadable destination"
        page = self._pages.get(parts[0].objgen) if isinstance(parts[0], pikepdf.Object) else None
        return " ".join([f"page {page or '?'}", *(_number(part) for part in parts[1:])])


def _number(part: Any) -> str:
    try:
        return f"{float(part):.0f}"
    except (TypeError, ValueError):
        return str(part)


def _outline(items: Iterable[pikepdf.OutlineItem], targets: _Targets, depth: int) -> Iterator[Fact]:
    for item in items:
        action: Any = item.action
        target = item.destination if item.destination is not None else action and action.get("/D")
        yield Fact("", f"{depth} {item.title} → {targets.place(target) if target is not None else 'nowhere'}")
        yield from _outline(item.children, targets, depth + 1)


def _tags(pdf: pikepdf.Pdf, numbers: Mapping[tuple[int, int], int]) -> Iterator[tuple[str, int, str]]:
    """Yield role, page (0 where not known) and alternative text of each tag, in the order of the tags."""
    tree = pdf.Root.get("/StructTreeRoot")
    stack: list[tuple[Any, int]] = [(tree.get("/K"), 0)] if tree is not None else []
    while stack:
        thing, page = stack.pop()
        if isinstance(thing, pikepdf.Array):
            stack += ((kid, page) for kid in reversed(list(thing)))
        elif isinstance(thing, pikepdf.Dictionary):
            page = numbers.get(thing["/Pg"].objgen, 0) if "/Pg" in thing else page
            if "/S" in thing:
                yield str(thing["/S"])[1:], page, str(thing.get("/Alt", thing.get("/ActualText", "")))
            stack.append((thing.get("/K"), page))


def _pdf_metadata(pdf: pikepdf.Pdf) -> Iterator[str]:
    yield from (
        f"{name} {pdf.docinfo[name]}" for name in ("/Title", "/Author", "/Subject", "/Keywords") if name in pdf.docinfo
    )
    yield from (f"{name} {pdf.Root[name]}" for name in ("/Lang", "/PageLayout", "/PageMode") if name in pdf.Root)
    for intent in pdf.Root.get("/OutputIntents", ()):
        yield f"/OutputIntents {intent.get('/OutputConditionIdentifier', '')}"
