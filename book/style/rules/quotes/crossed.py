"""Singles and doubles that cross: `'foo "bar' baz"`. The singles are printed as apostrophes and reported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from book.style.rules.quotes.marks import Mark, Role


def crossed(marks: Sequence[Mark]) -> Iterator[Mark]:
    """Yield the singles of *marks* that would form a pair if no double stood between them."""
    waiting: list[Mark] = []
    for mark in marks:
        lone = not mark.double and mark.partner is None and mark.role in (Role.NONE, Role.APOSTROPHE)
        if not lone or mark.elides or mark.glyph == "`":
            continue
        if mark.only_opens:
            waiting.append(mark)
        elif mark.only_closes and not mark.weak and waiting:
            opener = waiting.pop()
            if opener.region is not mark.region:
                yield opener
                yield mark
