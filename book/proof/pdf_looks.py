"""What must be true of each page of a PDF by itself: its boxes, and that it does nothing but lead somewhere; and the fonts of pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import pikepdf

from book.model import Book, Work
from book.patterns import regex
from book.proof import opened

# PDF 2.0 §12.6.4: the only actions that a book needs.
ALLOWED_ACTIONS = frozenset({"/URI", "/GoTo"})
# Annotations that a reader may click; no attached files, sounds or form fields.
ALLOWED_ANNOTATIONS = frozenset({"/Link"})
IN_FONT = regex(rb"(/[^\s/<>()\[\]{}%]+)\s+[-+.\d]+\s+Tf\b")
"""The choice of a font for text (PDF 2.0 §9.3.1)."""
SLACK = 0.01
"""How far a box may stand outside the one around it, in points: their sides are rounded."""


class Sheets(Protocol):
    """A file, or some of its pages."""

    @property
    def pages(self) -> Iterable[pikepdf.Page]:
        """The pages."""


def fonts(pdf: Sheets) -> Iterator[pikepdf.Object]:
    """Yield each font once: those of pages, of forms on pages, and of forms in forms."""
    visited: set[tuple[int, int]] = set()

    def walk(resources: Any) -> Iterator[pikepdf.Object]:
        if resources is None or _is_visited(resources):
            return
        for font in _values(resources.get("/Font")):
            if not _is_visited(font):
                yield font
        for form in _values(resources.get("/XObject")):
            if form.get("/Subtype") == "/Form" and not _is_visited(form):
                yield from walk(form.get("/Resources"))

    def _is_visited(thing: pikepdf.Object) -> bool:
        if not thing.is_indirect:
            return False
        known = thing.objgen in visited
        visited.add(thing.objgen)
        return known

    for page in pdf.pages:
        yield from walk(page.obj.get("/Resources") or page.resources)


def _values(dictionary: Any) -> list[Any]:
    return [dictionary[key] for key in sorted(dictionary.keys())] if dictionary is not None else []


def fontless(pdf: Sheets, work: Work, book: Book) -> Iterator[str]:
    """Yield the pages with a form that shows text in a font which it does not name itself.

    Poppler and Ghostscript then look among the fonts of the page; PDFium and MuPDF, which follow PDF 2.0 §8.10.1, show other letters.
    """
    del work, book
    visited: set[tuple[int, int]] = set()
    for number, page in enumerate(pdf.pages, start=1):
        waiting: list[Any] = [page.obj.get("/Resources") or page.resources]
        while waiting:
            for form in _values(waiting.pop().get("/XObject")):
                if form.get("/Subtype") != "/Form" or form.objgen in visited:
                    continue
                visited.add(form.objgen)
                resources: Any = form.get("/Resources") or pikepdf.Dictionary()
                waiting.append(resources)
                shown = {name.decode("latin-1") for name in IN_FONT.findall(form.read_bytes())}
                for name in sorted(shown - set(resources.get("/Font", pikepdf.Dictionary()).keys())):
                    yield f"page {number} has a drawing with text in the font {name}, which is not among its resources"


def acting_file(pdf: pikepdf.Pdf, work: Work, book: Book) -> Iterator[str]:
    """Yield what the file does by itself, and the files and forms that it carries."""
    del work, book
    root = pdf.Root
    names = {"/JavaScript": "a script", "/EmbeddedFiles": "an attached file"}
    yield from (
        f"it holds {thing} ({key})" for key, thing in names.items() if opened.down(root, "/Names", key) is not None
    )
    yield from (f"the catalog has {key}" for key in ("/AA", "/AF", "/AcroForm") if key in root)
    opening = root.get("/OpenAction")
    if isinstance(opening, pikepdf.Dictionary):
        yield from _action(opening, "on opening")


def acting_pages(pdf: Sheets, work: Work, book: Book) -> Iterator[str]:
    """Yield what pages and their links do by themselves."""
    del work, book
    for number, page in enumerate(pdf.pages, start=1):
        if "/AA" in page.obj:
            yield f"page {number} has actions of its own (/AA)"
        for annotation in page.obj.get("/Annots") or ():
            subtype = str(annotation.get("/Subtype"))
            if subtype not in ALLOWED_ANNOTATIONS:
                yield f"page {number} has an annotation {subtype}"
            if "/AA" in annotation:
                yield f"page {number} has a link with actions of its own (/AA)"
            if "/A" in annotation:
                yield from _action(annotation["/A"], f"page {number}")


def _action(action: pikepdf.Object, where: str) -> Iterator[str]:
    if str(action.get("/S")) not in ALLOWED_ACTIONS:
        yield f"{where}: the action {action.get('/S')} is not allowed"
    if "/Next" in action:
        yield f"{where}: an action is followed by another"


def badly_boxed(pdf: Sheets, work: Work, book: Book) -> Iterator[str]:
    """Yield the pages whose boxes are missing, or are not one inside the other."""
    del work, book
    for number, page in enumerate(pdf.pages, start=1):
        if "/MediaBox" not in page:
            yield f"page {number} has no /MediaBox"
            continue
        media, bleed, trim = ([float(side) for side in box] for box in (page.mediabox, page.bleedbox, page.trimbox))
        if not (_within(trim, bleed) and _within(bleed, media)):
            yield f"page {number}: trim {trim}, bleed {bleed} and sheet {media} are not nested one inside the other"


def _within(inner: list[float], outer: list[float]) -> bool:
    """Return whether the box *inner* has an area and lies inside *outer*; in points.

    >>> _within([0, 0, 10, 10], [0, 0, 10, 12]), _within([0, 0, 0, 10], [0, 0, 10, 10])
    (True, False)
    """
    (left, bottom, right, top), (x0, y0, x1, y1) = inner, outer
    area = right > left and top > bottom
    return area and left >= x0 - SLACK and bottom >= y0 - SLACK and right <= x1 + SLACK and top <= y1 + SLACK
