"""Code that is copied as it was typed: a line that is divided on paper is one line in the text of the PDF, and keeps its indentation.

Programs that copy text begin a new line wherever text stands lower. Poppler and PDFium take a text in place of the glyphs of a
marked-content sequence (/ActualText, PDF 2.0 §14.9.4), but PDFium only if one sequence holds all of them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from book.body import kinds
from book.paged import boxes

CARRY = "carry"
"""The kind of the mark before the rest of a line that is divided."""


@dataclass(slots=True)
class _Line:
    """A line of code in several rows of a page."""

    texts: list[Any]
    """Its text boxes, in the order in which they are painted."""
    empty: list[int] = field(default_factory=list)
    """The numbers of the sequences that its other texts would be."""
    aside: list[bytes] = field(default_factory=list)
    """What is painted between them, and is no text."""

    @property
    def words(self) -> str:
        return "".join(text.text for text in self.texts).rstrip(" ")


@contextlib.contextmanager
def whole_lines(pages: Sequence[Any]) -> Iterator[None]:
    """Write each divided line of code on *pages* as one sequence with the line as its text, in the ``with`` block."""
    lines = {id(text): line for page in boxes.walk(pages) for line in _divided(page) for text in line.texts}
    if not lines:
        yield
        return
    from weasyprint.pdf.stream import Stream, pydyf  # noqa: PLC0415 - slow, and it needs Pango

    marked, artifact = Stream.marked, Stream.artifact
    open_lines: dict[int, _Line] = {}

    @contextlib.contextmanager
    def mark(stream: Any, box: Any, tag: str) -> Iterator[None]:
        line = lines.get(id(box))
        if line is None or stream._tags is None:  # noqa: SLF001 - where WeasyPrint notes the texts that it paints
            with marked(stream, box, tag):
                yield
            return
        number = len(stream._tags)  # noqa: SLF001 - the same
        stream._tags[box] = {"tag": tag, "mcid": number}  # noqa: SLF001 - the same
        if box is line.texts[0]:
            open_lines[id(stream)] = line
            properties = pydyf.Dictionary({"MCID": number, "ActualText": pydyf.String(line.words)})
            pydyf.Stream.begin_marked_content(stream, tag, properties)
        else:
            line.empty.append(number)
        yield
        if box is line.texts[-1]:
            del open_lines[id(stream)]
            pydyf.Stream.end_marked_content(stream)
            stream.stream.extend(line.aside)
            # The tags know these numbers: each needs a sequence.
            for number in line.empty:
                pydyf.Stream.begin_marked_content(stream, tag, pydyf.Dictionary({"MCID": number}))
                pydyf.Stream.end_marked_content(stream)
            line.aside, line.empty = [], []

    @contextlib.contextmanager
    def put_aside(stream: Any) -> Iterator[None]:
        start = len(stream.stream)
        with artifact(stream):
            yield
        if line := open_lines.get(id(stream)):
            line.aside += stream.stream[start:]
            del stream.stream[start:]

    Stream.marked, Stream.artifact = mark, put_aside
    try:
        yield
    finally:
        Stream.marked, Stream.artifact = marked, artifact


def _divided(page: Iterator[Any]) -> Iterator[_Line]:
    """Yield the lines of code on *page* that have several rows there, and those that are indented.

    Poppler leaves out spaces at the beginning of a line that it reads glyph by glyph.
    """
    listings: dict[int, list[list[list[Any]]]] = {}
    for box in page:
        if type(box).__name__ != "LineBox" or box.element_tag != "pre":
            continue
        texts, is_rest = _row(box)
        lines = listings.setdefault(id(box.element), [])
        # The rest of a line that began on the page before stands alone.
        if is_rest and lines:
            lines[-1].append(texts)
        elif texts:
            lines.append([texts])
    for lines in listings.values():
        for rows in lines:
            if len(rows) > 1 or rows[0][0].text.startswith(" "):
                yield _Line(texts=[text for row in rows for text in row])


def _row(line: Any) -> tuple[list[Any], bool]:
    """Return the text boxes of a row, and whether it continues the row above."""
    texts: list[Any] = []
    is_rest = False
    stack = [line]
    while stack:
        box = stack.pop()
        if type(box).__name__ == "TextBox":
            texts.append(box)
        if box.element is not None and CARRY in kinds(box.element):
            is_rest = True
        stack.extend(reversed(getattr(box, "children", ())))
    return texts, is_rest
