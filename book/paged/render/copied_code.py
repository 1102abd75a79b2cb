"""Code that is copied as it was typed: a line that is divided on paper is one line in the text of the PDF, and keeps its indentation.

Programs that copy text begin a new line wherever text stands lower. Poppler and PDFium take a text in place of the glyphs of a
marked-content sequence (/ActualText, PDF 2.0 §14.9.4), but PDFium only if one sequence holds all of them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct, field
from weasyprint.pdf.stream import Stream, pydyf

from book.paged.boxes import listings
from book.paged.boxes.listings import CodeLine


class _Painted(Struct):
    """A line that is being painted."""

    line: CodeLine
    empty: list[int] = field(default_factory=list)
    """The numbers of the sequences that its other texts would be."""
    aside: list[bytes] = field(default_factory=list)
    """What is painted between its texts, and is no text."""


@contextlib.contextmanager
def whole_lines(pages: Sequence[Any]) -> Iterator[None]:
    """Write each divided line of code on *pages* as one sequence with the line as its text, in the ``with`` block."""
    lines = {id(text): line for line in listings.divided(pages) for text in line.texts}
    if not lines:
        yield
        return
    marked, artifact = Stream.marked, Stream.artifact
    open_lines: dict[int, _Painted] = {}

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
            open_lines[id(stream)] = _Painted(line)
            properties = pydyf.Dictionary({"MCID": number, "ActualText": pydyf.String(line.words)})
            pydyf.Stream.begin_marked_content(stream, tag, properties)
        else:
            open_lines[id(stream)].empty.append(number)
        yield
        if box is line.texts[-1]:
            painted = open_lines.pop(id(stream))
            pydyf.Stream.end_marked_content(stream)
            stream.stream.extend(painted.aside)
            # The tags know these numbers: each needs a sequence.
            for number in painted.empty:
                pydyf.Stream.begin_marked_content(stream, tag, pydyf.Dictionary({"MCID": number}))
                pydyf.Stream.end_marked_content(stream)

    @contextlib.contextmanager
    def put_aside(stream: Any) -> Iterator[None]:
        start = len(stream.stream)
        with artifact(stream):
            yield
        if painted := open_lines.get(id(stream)):
            painted.aside += stream.stream[start:]
            del stream.stream[start:]

    Stream.marked, Stream.artifact = mark, put_aside
    try:
        yield
    finally:
        Stream.marked, Stream.artifact = marked, artifact
