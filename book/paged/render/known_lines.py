"""Sets a line once for all layouts of a chapter: it is the same wherever it stands, so long as its words, their styles and its measure are.

WeasyPrint breaks the text of a paragraph into lines again whenever its page is laid out. Here its function for the next line of a paragraph
is replaced while a document is laid out: a line that was set before is copied, and moved to its place. What a box is in its document (its element,
its anchors) is taken from that document, and what the layout made of it from the earlier line. A paragraph with anything but
text in it, or beside a float, is left to WeasyPrint. The pages are the same, byte for byte: ``tests/test_shaping.py`` compares them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from weasyprint.layout import inline

from book.paged import box_changes
from book.paged.boxes import line_parts
from book.paged.boxes.line_parts import Piece
from book.paged.boxes.tree import Box
from book.paged.render import shaping, wrapping

MOST: Final = 20_000
"""How many lines are remembered at most, once a document is laid out."""
_next_line, _verticality, _lines = inline.get_next_linebox, inline.line_box_verticality, inline.iter_line_boxes


@dataclass(slots=True)
class Memory:
    """The lines of a chapter."""

    paragraphs: dict[tuple[Any, ...], tuple[int, list[Any]]] = field(default_factory=dict)
    """What is in a paragraph -> its number, and its styles, to keep them: they are known by their identity."""
    lines: dict[tuple[Any, ...], tuple[Piece, Any, float]] = field(default_factory=dict)
    """Number of a paragraph, where the line begins and how much room it has -> the line, where the next one begins, and its top."""

    def clear(self) -> None:
        """Forget everything."""
        self.paragraphs.clear()
        self.lines.clear()


@contextlib.contextmanager
def once(memory: Memory) -> Iterator[None]:
    """Set each line once in documents that are laid out in the ``with`` block."""
    if len(memory.lines) > MOST:
        memory.clear()
    setter = _Setter(memory)
    with (
        wrapping.replaced(_next_line, setter.next_line),
        wrapping.replaced(_verticality, setter.verticality),
        wrapping.replaced(_lines, setter.lines_of),
    ):
        yield


class _Setter:
    """Sets the lines of one document."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.known: dict[int, tuple[int, list[Box]]] = {}
        """The identity of a line that is not broken yet -> the number of its paragraph, 0 if that cannot be remembered; and its boxes, to keep them."""
        self.aligned: list[tuple[float, Mapping[int, float]]] = []
        """For each time that the boxes of the last line were aligned: its top, and where each of them stood."""

    def lines_of(self, context: Any, box: Any, *rest: Any) -> Any:
        """Return the lines of a paragraph, whose text may be another one than when it was read before."""
        self.known.pop(id(box), None)
        return _lines(context, box, *rest)

    def verticality(self, line: Any) -> Any:
        """Align the boxes of a line, and remember where they stand."""
        bottom, top = _verticality(line)
        self.aligned.append((top, line_parts.heights(line)))
        return bottom, top

    def next_line(
        self, context: Any, box: Any, y: float, bottom: float, skip: Any, container: Any, absolute: Any, fixed: Any,
        first_letter: Any, first_line: Any,
    ) -> Any:  # fmt: skip
        """Return the next line of a paragraph, and where the one after it begins."""

        def anew() -> Any:
            return _next_line(context, box, y, bottom, skip, container, absolute, fixed, first_letter, first_line)

        number, boxes = self.known.get(id(box)) or self._read(box)
        if not number or context.excluded_shapes or first_letter or first_line:
            return anew()
        key = number, _path(skip), *line_parts.room(box, container)
        known = self.memory.lines.get(key)
        if known is not None:
            earlier, resume, top = known
            return box_changes.set_again(earlier, boxes, container, y, y - top, shaping.copied), resume
        self.aligned.clear()
        line, resume = anew()
        if line is not None and len(self.aligned) == 1:
            top, heights = self.aligned[0]
            if (piece := line_parts.piece(line, boxes, heights)) is not None:
                self.memory.lines[key] = piece, resume, top
        return line, resume

    def _read(self, line: Box) -> tuple[int, list[Box]]:
        parts = line_parts.parts(line, (box_changes.LINE_COUNT, box_changes.BLOCK_NUMBER))
        number = 0
        if parts.alone:
            paragraphs = self.memory.paragraphs
            number, _ = paragraphs.setdefault(tuple(parts.content), (len(paragraphs) + 1, parts.styles))
            box_changes.number_parts(parts.boxes)
        result = self.known[id(line)] = number, parts.boxes
        return result


def _path(skip: Any) -> tuple[int, ...]:
    """Return WeasyPrint's *skip* as the numbers in it."""
    path = []
    while skip is not None:
        ((index, skip),) = skip.items()
        path.append(index)
    return tuple(path)
