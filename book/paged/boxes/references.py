"""Page numbers in the text ("see page 57"): the texts that style sheets print behind references."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from book.body import ON_PAPER, TO, kinds
from book.paged.boxes import tree
from book.paged.boxes.tree import Box

REFERENCE = "page-reference"
"""The kind of the elements behind which style sheets print a page number."""


class Placeholder(Struct, frozen=True, kw_only=True):
    """A text with a page number."""

    page: int
    """Its page, from 0."""
    target: str
    """The id of what is on the page with that number."""
    digits: int
    """How many digits there are."""


def placeholders(sheets: Sequence[Any]) -> Mapping[int, Placeholder]:
    """Return the page numbers in the text of *sheets*, by the identity of their boxes."""
    return {
        id(box): Placeholder(
            page=number,
            target=(box.element.get(ON_PAPER[TO]) or "")[1:],
            digits=digits,
        )
        for number, page in enumerate(tree.walk(sheets))
        for box in page
        if (digits := _digits(box))
    }


def _digits(box: Box) -> int:
    """Return the number of digits with which *box* begins, if it is the text behind a reference; else 0."""
    if not tree.is_text(box) or not (box.element_tag or "").endswith("::after") or REFERENCE not in kinds(box.element):
        return 0
    return len(re.match("[0-9]*", box.text)[0])  # type: ignore[index]
