"""Writes each mark with the glyph for its role, and reports doubtful ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from book.problems import Kind, Severity
from book.style.languages import HARD, THIN, marks_of
from book.style.options import Doubt, around
from book.style.rules.quotes.crossed import crossed
from book.style.rules.quotes.marks import Mark, Role
from book.style.runs import Edit

UNMATCHED = Kind("Q101", Severity.WARNING, "a quotation mark without a partner")
CROSSED = Kind("Q102", Severity.WARNING, "single and double quotation marks that cross")
POSSESSIVE = Kind("Q103", Severity.WARNING, "an apostrophe that could be a closing quotation mark")

INNER = HARD + THIN
BLANKS = " \n\f" + INNER


def edits(marks: Sequence[Mark], text: str) -> Iterator[Edit]:
    """Yield the edits that give each mark the glyph for its role."""
    free = after_opener = 0
    spaced: Mark | None = None
    for mark in marks:
        start, end = mark.start, mark.end
        if mark.role is Role.OPEN:
            new, rule = marks_of(mark.tag)[mark.level][0], "quotes"
            if mark.inner or new[-1] in INNER:
                spaced = mark
                while end < len(text) and text[end] in BLANKS:
                    end += 1
                after_opener = end
        elif mark.role is Role.CLOSE:
            new, rule = marks_of(mark.tag)[mark.level][1], "quotes"
            if mark.inner or new[0] in INNER:
                while start > free and text[start - 1] in BLANKS:
                    start -= 1
                if start == after_opener and spaced is not None and spaced is mark.partner:
                    new = new.lstrip(INNER)  # nothing between the two: one space is enough
        elif mark.role is Role.APOSTROPHE:
            new, rule = "’", "apostrophe"
        elif mark.role is Role.PRIME:
            new, rule = "″" if mark.double else "′", "prime"
        else:
            continue
        if text[start:end] != new:
            only_spaces = rule == "quotes" and new.strip(INNER) == mark.glyph
            yield Edit(start, end, new, "french-space" if only_spaces else rule)
        free = end


def doubts(marks: Sequence[Mark], text: str) -> Iterator[Doubt]:
    """Yield a doubt for each mark that is alone, crossed, or may be another."""
    crossing = {id(mark) for mark in crossed(marks)}
    inside = 0
    for mark in marks:
        if id(mark) in crossing:
            yield CROSSED_DOUBT.about(mark, text)
        elif mark.alone:
            yield UNMATCHED_DOUBT.about(mark, text)
        elif not mark.double and mark.partner is not None:
            inside = max(0, inside + (1 if mark.role is Role.OPEN else -1))
        elif inside and mark.weak and mark.role is Role.APOSTROPHE and _could_close(mark):
            yield POSSESSIVE_DOUBT.about(mark, text)


class _Words(Struct, frozen=True):
    """The wording of one kind of doubt."""

    kind: Kind
    message: str
    fix: str

    def about(self, mark: Mark, text: str) -> Doubt:
        message = self.message.format(mark.glyph, around(text, mark.start, mark.end))
        return Doubt(mark.start, mark.end, self.kind, message, self.fix)


UNMATCHED_DOUBT = _Words(
    UNMATCHED,
    "the quotation mark {0} has no partner: {1}",
    "write its partner, or \\ before it if it should stand alone",
)
POSSESSIVE_DOUBT = _Words(
    POSSESSIVE,
    "this apostrophe could be a closing quotation mark: {1}",
    "write ’ if it is an apostrophe, the closing mark itself if it closes",
)
CROSSED_DOUBT = _Words(
    CROSSED,
    "this {0} crosses a pair of double quotation marks and is printed as an apostrophe: {1}",
    "close the inner quotation before the outer one",
)


def _could_close(mark: Mark) -> bool:
    """Return whether an apostrophe is in a place where a closing single would be a different glyph."""
    return mark.straight and any(last.strip(INNER) != "’" for _, last in marks_of(mark.tag)[1:2])
