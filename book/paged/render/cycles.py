"""Lets go of a document when its last page is let go of: what WeasyPrint knows of one refers to itself, and Python would have to look for it.

Looking for such objects takes time, since everything in memory is looked through, and they take room until then. There are four kinds:
what is known while a document is laid out refers to itself, the area of the notes of a page refers to the page, what is defined in
a drawing to the drawing, and the error that a sum of lengths cannot be known yet to all that was being laid out. ``tests/test_cycles.py``
fails if there is a fifth.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Sequence
from typing import Any

from weasyprint import css, svg

from book.paged import box_changes
from book.paged.boxes import tree

_define, _add = svg.LazyDefs.__init__, css._resolve_calc_sum  # noqa: SLF001 - not public


class Use:
    """The use of what WeasyPrint knows of a document: it ends with the last of its pages."""

    def __init__(self, context: Any, sheets: Sequence[Any]) -> None:
        self._context = context
        self._pages = tuple(map(tree.root, sheets))
        for sheet in sheets:
            sheet.use = self

    def __del__(self) -> None:
        """Let go of it."""
        vars(self._context).clear()
        for page in self._pages:
            box_changes.free_notes(page)


def _defined(definitions: Any, name: str, drawing: Any) -> None:
    """Note the kind of *definitions*, by its *name*, and their *drawing*, which asks for them."""
    _define(definitions, name, weakref.proxy(drawing))


@functools.wraps(_add)
def _sum(*parts: Any) -> Any:
    """Return a sum of lengths, as WeasyPrint does."""
    try:
        return _add(*parts)
    except css.RelativeLengthInMath as error:
        error.__traceback__ = None  # a place to which it leads keeps it
    raise css.RelativeLengthInMath


svg.LazyDefs.__init__, css._resolve_calc_sum = _defined, _sum  # noqa: SLF001 - not public
