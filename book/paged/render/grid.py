"""Keeps the lines of running text on a grid: after a block whose height is no multiple of a line, the text goes on at the next line of the grid.

A listing, a table, a figure or a box has lines of its own heights; the rest of a line is divided between the space above it and that
below it. A style sheet says with ``--hb-grid`` how far the lines of the grid are apart (``.hb-chapter { --hb-grid: 14.5pt }``), or
``none``, for a chapter or for single blocks. The grid begins at the top of the text of each page.

WeasyPrint has no interface for this, so one of its private functions is wrapped while a document is laid out, and nowhere else:
the one that places a block behind the others. ``tests/test_grid.py`` fails if it is renamed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

from weasyprint.css.units import LENGTHS_TO_PIXELS
from weasyprint.layout import block

from book.paged import box_changes
from book.paged.boxes import placing
from book.paged.boxes.placing import Place
from book.paged.boxes.tree import Box

PROPERTY: Final = "--hb-grid"
TOLERANCE: Final = 0.05
"""Pixels: a smaller distance from the grid is none."""
OVERSHOOT: Final = 0.1
"""In lines: a block that is so little too high takes no other line."""


@contextlib.contextmanager
def on_grid() -> Iterator[None]:
    """Keep the text of documents that are laid out in the ``with`` block on the grid."""
    put = block._in_flow_layout  # noqa: SLF001 - not public
    top = 0.0

    def put_on_grid(
        context: Any, box: Any, index: int, child: Any, children: Any, page_is_empty: bool, absolute: Any, fixed: Any,
        margins: Any, bottom: float, position: float, *rest: Any,
    ) -> Any:  # fmt: skip
        nonlocal top
        begins = placing.top(box)
        top = top if begins is None else begins
        before = len(children)
        result = put(
            context, box, index, child, children, page_is_empty, absolute, fixed, margins, bottom, position, *rest
        )
        abort, stop, resume, position, after, page, placed, lines = result
        if abort or not placed or not placing.in_chapter(box):
            return result
        last = placed[-1]
        if len(placed) == before + 1 and (grid := step(child)) and not placing.is_empty(last):
            box_changes.move(last, Place(grid))
            room = missing(position + placing.space_below(last) - top, grid)
            if room and not resume and not context.overflows_page(bottom, position + room):
                position += room
                above = room * placing.share_above(last) if before else 0.0
                box_changes.move(last, Place(grid, above, room - above))
        elif stop and (place := placing.place(last)).above:  # the last on its page ends on the grid, as text would
            box_changes.move(last, Place(place.step, place.above + place.below))
        return abort, stop, resume, position, after, page, placed, lines

    block._in_flow_layout = put_on_grid  # noqa: SLF001
    try:
        yield
    finally:
        block._in_flow_layout = put  # noqa: SLF001


def step(box: Box) -> float:
    """Return the distance of the lines of the grid on which *box* ends, in pixels; 0 without a grid."""
    if placing.is_paragraph(box):
        return 0.0
    return _length([token for token in placing.value(box, PROPERTY) if token.type != "whitespace"])


def _length(tokens: Sequence[Any]) -> float:
    if len(tokens) == 1 and tokens[0].type == "dimension" and tokens[0].value > 0:
        return float(tokens[0].value * LENGTHS_TO_PIXELS.get(tokens[0].lower_unit, 0.0))
    return 0.0


def missing(position: float, step: float) -> float:
    """Return the distance from *position* to the next line of a grid with *step*.

    >>> missing(30.0, 20.0), missing(40.0, 20.0), missing(40.001, 20.0)
    (10.0, 0.0, 0.0)
    """
    rest = -position % step
    return 0.0 if rest < TOLERANCE or step - rest < max(OVERSHOOT * step, TOLERANCE) else rest
