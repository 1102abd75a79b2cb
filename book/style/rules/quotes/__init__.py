"""Quotation marks, apostrophes and primes.

Marks are paired over the whole run, whatever emphasis or link they stand in; the kind typed outermost is kept, inside it
the levels of the language alternate. What has no partner stays as typed and is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from book.problems import Kind, Severity
from book.style.languages import HARD, THIN, single_level
from book.style.languages import marks as marks_of
from book.style.options import Doubt, Style, around
from book.style.rules.quotes.marks import ANY, Mark, Role, read
from book.style.rules.quotes.pairs import pair_doubles, pair_singles
from book.style.runs import Edit, Run

UNMATCHED = Kind("Q101", Severity.WARNING, "a quotation mark without a partner")
CROSSED = Kind("Q102", Severity.WARNING, "single and double quotation marks that cross")
POSSESSIVE = Kind("Q103", Severity.WARNING, "an apostrophe that could be a closing quotation mark")

INNER = HARD + THIN
BLANKS = " \n\f" + INNER


def quotes(runs: Sequence[Run], style: Style) -> Iterator[tuple[int, Edit | Doubt]]:
    """Yield the edits of the marks of *runs*, and the doubts about them."""
    found = {index: marks for index, run in enumerate(runs) if ANY.search(run.guarded) and (marks := read(run))}
    following = {run.before: index for index, run in enumerate(runs) if run.before is not None}
    carried: dict[int, Mark] = {}
    for index, marks in found.items():
        text = runs[index].guarded
        begun = carried.get(index)
        closer = _pair(marks, text, begun)
        after = following.get(index)
        lead = _lead(marks, text)
        if lead is not None and not lead.role and after in found and _goes_on(found[after], runs[after].guarded):
            lead.role = Role.OPEN
            carried[after] = lead
        _regions(marks, begun if closer is not None else None, closer)
        pair_singles(marks, text)
        _levels(marks, begun if closer is not None else None, style)
    _single_paragraphs(runs, found, following, style)
    for index, marks in found.items():
        for mark in _written(marks, runs[index].text):
            yield index, mark
        for doubt in _doubts(marks, runs[index].text):
            yield index, doubt


def _pair(marks: list[Mark], text: str, begun: Mark | None) -> Mark | None:
    """Pair the doubles; return the mark that closes a quotation *begun* in a paragraph before."""
    doubles = [mark for mark in marks if mark.double]
    # An opener at the start renews what was begun: then nothing here can close the old one.
    renewed = _lead(marks, text) is not None
    return pair_doubles(doubles, open_before=begun is not None and not renewed) if doubles else None


def _lead(marks: list[Mark], text: str) -> Mark | None:
    """Return the double that opens the very start of a paragraph."""
    first = marks[0]
    return first if first.double and first.opens and not text[: first.start].strip() else None


def _goes_on(marks: list[Mark], text: str) -> bool:
    """Say whether a paragraph goes on with a quotation left open: it opens it again, or closes it once more than it opens."""
    if _lead(marks, text) is not None:
        return True
    doubles = [mark for mark in marks if mark.double]
    closer = pair_doubles(doubles, open_before=True)
    for mark in doubles:
        # Only looked at: the paragraph's own turn comes.
        mark.role = mark.role if mark.role in (Role.PRIME, Role.STAYS) and not mark.doubtful else Role.NONE
        mark.partner = None
    return closer is not None


def _regions(marks: list[Mark], begun: Mark | None, closer: Mark | None) -> None:
    """Tell each mark which quotation of doubles it stands in."""
    stack: list[Mark] = [begun] if begun is not None else []
    for mark in marks:
        if mark.double and mark.role is Role.CLOSE:
            if mark.partner is not None or mark is closer:
                stack.pop()
            mark.region = stack[-1] if stack else None
        else:
            mark.region = stack[-1] if stack else None
            if mark.double and mark.role is Role.OPEN:
                stack.append(mark)


def _levels(marks: list[Mark], begun: Mark | None, style: Style) -> None:
    """Give every opener its level, every closer that of its opener."""
    stack: list[Mark] = [begun] if begun is not None else []
    for mark in marks:
        if mark.role is Role.OPEN:
            mark.level = (stack[-1].level + 1 if stack else _outermost(mark, style)) % len(marks_of(mark.tag))
            stack.append(mark)
        elif mark.role is Role.CLOSE and stack:
            opener = stack.pop()
            mark.level, mark.tag = opener.level, opener.tag


def _outermost(mark: Mark, style: Style) -> int:
    """Return the level of a mark that stands in no other."""
    if style.outer != "as-typed":
        return 0 if style.outer == "double" else 1
    return 0 if mark.double else single_level(mark.tag)


def _single_paragraphs(
    runs: Sequence[Run], found: dict[int, list[Mark]], following: dict[int, int], style: Style
) -> None:
    """Let a single open a paragraph without partner when the next one begins with an opening single: British dialogue."""
    for index in reversed(found):
        after = following.get(index)
        if after not in found:
            continue
        mark, other = found[index][0], found[after][0]
        starts = not runs[index].guarded[: mark.start].strip() and not runs[after].guarded[: other.start].strip()
        lone = (
            mark.opens and not mark.double and not mark.elides and mark.role is Role.APOSTROPHE and mark.partner is None
        )
        if starts and lone and not other.double and other.role is Role.OPEN:
            mark.role, mark.level = Role.OPEN, _outermost(mark, style) % len(marks_of(mark.tag))


def _written(marks: list[Mark], text: str) -> Iterator[Edit]:
    """Yield the edits that write each mark as what it is."""
    free = 0
    spaced: Mark | None = None
    for mark in marks:
        start, end = mark.start, mark.end
        if mark.role is Role.OPEN:
            new, rule = marks_of(mark.tag)[mark.level][0], "quotes"
            if mark.inner or new[-1] in INNER:
                spaced = mark
                while end < len(text) and text[end] in BLANKS:
                    end += 1
        elif mark.role is Role.CLOSE:
            new, rule = marks_of(mark.tag)[mark.level][1], "quotes"
            if mark.inner or new[0] in INNER:
                while start > free and text[start - 1] in BLANKS:
                    start -= 1
                if start == free and spaced is not None and spaced is mark.partner:
                    new = new.lstrip(INNER)  # nothing between the two: one space is enough
        elif mark.role is Role.APOSTROPHE:
            new, rule = "’", "apostrophe"
        elif mark.role is Role.PRIME:
            new, rule = "″" if mark.double else "′", "prime"
        else:
            continue
        if text[start:end] != new:
            same = rule == "quotes" and new.strip(INNER) == mark.glyph
            yield Edit(start, end, new, "french-space" if same else rule)
        free = end


def _doubts(marks: list[Mark], text: str) -> Iterator[Doubt]:
    """Yield a doubt for each mark that is alone, crossed, or could be another."""
    inside = 0
    for mark in marks:
        if mark.role is Role.NONE:
            yield UNMATCHED_DOUBT.about(mark, text)
        elif not mark.double and mark.partner is not None:
            inside += 1 if mark.role is Role.OPEN else -1
        elif inside and mark.weak and mark.role is Role.APOSTROPHE and _could_close(mark):
            yield POSSESSIVE_DOUBT.about(mark, text)
    for mark in _crossed(marks):
        yield CROSSED_DOUBT.about(mark, text)


@dataclass(frozen=True, slots=True)
class _Said:
    """How a kind of doubt is put into words."""

    kind: Kind
    message: str
    fix: str

    def about(self, mark: Mark, text: str) -> Doubt:
        message = self.message.format(mark.glyph, around(text, mark.start, mark.end))
        return Doubt(mark.start, mark.end, self.kind, message, self.fix)


UNMATCHED_DOUBT = _Said(
    UNMATCHED,
    "the quotation mark {0} has no partner: {1}",
    "write its partner, or \\ before it if it shall stand alone",
)
POSSESSIVE_DOUBT = _Said(
    POSSESSIVE,
    "this apostrophe could be a closing quotation mark: {1}",
    "write ’ if it is an apostrophe, the closing mark itself if it closes",
)
CROSSED_DOUBT = _Said(
    CROSSED,
    "this {0} crosses a pair of double quotation marks and is printed as an apostrophe: {1}",
    "close the inner quotation before the outer one",
)


def _could_close(mark: Mark) -> bool:
    """Say whether an apostrophe stands where a closing single would look different."""
    return mark.straight and any(last.strip(INNER) != "’" for _, last in marks_of(mark.tag)[1:2])


def _crossed(marks: list[Mark]) -> Iterator[Mark]:
    """Yield the singles that would be a pair if no border of doubles lay between them."""
    waiting: list[Mark] = []
    for mark in marks:
        if (
            mark.double
            or mark.partner is not None
            or mark.elides
            or mark.glyph == "`"
            or mark.role not in (Role.APOSTROPHE, Role.NONE)
        ):
            continue
        if mark.opens and not mark.closes:
            waiting.append(mark)
        elif mark.closes and not mark.opens and not mark.weak and waiting:
            opener = waiting.pop()
            if opener.region is not mark.region:
                yield opener
                yield mark
