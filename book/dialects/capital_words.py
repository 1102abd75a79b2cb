"""Boxes of markdown-callouts, an extension of MkDocs: what begins with a word in capitals and a colon, `NOTE: …`, `> TIP: …`, `>? EXAMPLE: …`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.rows import Row, join, rows_of, with_rows
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_SUSPECT = regex(r"[A-Z]{2}:(?:[ \n]|\Z)")
_QUOTED = regex(r"(?P<lead>[ \t]*(?:>[ \t]?)*)>[!?]?[ ]?(?P<kind>[A-Z]{2,}):(?:[ ](?P<words>.*))?$")
_PARAGRAPH = regex(r"(?P<lead>[ \t]*)(?P<kind>[A-Z]{2,}):(?:[ ](?P<words>.*))?$")
_TITLE = regex(r"[ \t]*(?:\*\*(?P<stars>[^*\n]+)\*\*|__(?P<bars>[^_\n]+)__)[ \t]*")
_MARKS = regex(r"[ \t]*(?:>[ \t]?)*")


def before(manuscript: Manuscript, _: Context) -> Manuscript:
    """Return *manuscript* with these boxes as alerts, `> [!note] Title`."""
    if not _SUSPECT.search(manuscript.text):
        return manuscript
    return with_rows(manuscript, list(_rewritten(rows_of(manuscript))))


def _rewritten(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield *rows* with the boxes among them as alerts."""
    sorts = boxes.structure(rows).sorts
    begun: list[int] = []
    """How deep the boxes are, in marks of quotations, in which the line stands."""
    within = ""
    """The lead of the paragraph that is a box; it goes on up to a blank line."""
    for at, row in enumerate(rows):
        is_text = sorts[at] is Sort.TEXT and not row.is_blank
        depth = _depth(row)
        begun = [deep for deep in begun if deep <= depth]
        if within and is_text:
            yield _in_quotation(row, within)
            continue
        within = ""
        quoted = _QUOTED.match(row.text) if is_text else None
        if quoted is not None and (deep := quoted["lead"].count(">") + 1) not in begun:
            begun.append(deep)
            if at and _depth(rows[at - 1]) >= deep:
                yield row.made(quoted["lead"].rstrip())  # the quotation before it ends
            yield from _alert(row, quoted)
            continue
        paragraph = _PARAGRAPH.match(row.text) if is_text and not begun and _begins(rows, at) else None
        if paragraph is not None:
            within = f"{paragraph['lead']}> "
            yield from _alert(row, paragraph)
            continue
        yield row


def _alert(row: Row, match: re.Match[str]) -> Iterator[Row]:
    """Yield the line that opens a box, and what follows its title on the same line."""
    mark = f"{match['lead']}> "
    opening = row.made(f"{mark}[!{match['kind'].lower()}]", match.start("kind"))
    if match["words"] is None or not match["words"].strip():
        yield opening
        return
    start, end = match.span("words")
    title = _TITLE.match(row.text, start)
    if title is not None:
        first, last = title.span("stars" if title["stars"] else "bars")
        last -= (
            row.text[first:last].rstrip().endswith(".") + len(row.text[first:last]) - len(row.text[first:last].rstrip())
        )
        yield join(opening, row.made(" ", first), row.cut(first, last))
        start = title.end()
    else:
        yield opening
    if row.text[start:end].strip():
        yield join(row.made(mark, start), row.cut(start, end))


def _in_quotation(row: Row, mark: str) -> Row:
    """Return a further line of a paragraph that is a box, behind the *mark* of its quotation."""
    return join(row.made(mark), row.cut(len(row.lead)))


def _begins(rows: Sequence[Row], at: int) -> bool:
    """Return whether a paragraph begins in the line *at*: below a blank line or a heading."""
    return at == 0 or rows[at - 1].is_blank or rows[at - 1].text.startswith("#")


def _depth(row: Row) -> int:
    """Return how many marks of quotations *row* begins with."""
    match = _MARKS.match(row.text)
    return match[0].count(">") if match else 0
