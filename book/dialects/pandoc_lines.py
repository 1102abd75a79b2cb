"""Lines that only pandoc reads: a title block, `% Title`, numbers that count themselves, `#. First`, and `## Words ## {#id}`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from book.dialects.context import Context
from book.dialects.rows import Row, join
from book.dialects.tags import Edit, Passage
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_TITLE_LINE = regex(r"%(?:[ \t]+(?P<text>\S(?:.*\S)?))?[ \t]*")
_CONTINUED = regex(r"[ \t]+(?P<text>\S(?:.*\S)?)[ \t]*")
_COUNTED = regex(r"[ \t>]*(?:[-*+][ \t]+)*(?P<mark>#)\.[ \t]+\S")
_CLOSED = regex(r"[ ]{0,3}#{1,6}[ \t]+\S.*?(?<![ \t])(?P<marks>[ \t]+#+)[ \t]*\{[^{}]*\}[ \t]*")
MARKS = ("#. ", "#.\t", "# {", "#{", "#\t{")
MOST = 3
"""The parts of a title block: title, authors, date."""


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with its title block as a heading and a line below it, and the other lines as other tools read them."""
    text = manuscript.text
    # In MyST, a percent sign begins a comment.
    is_titled = text.startswith("%") and manuscript.first_line == 1 and "myst" not in context.library.names
    if not is_titled and not any(marks in text for marks in MARKS):
        return manuscript
    page = Passage(manuscript)
    edits = [*_lines(page)]
    if is_titled and (edit := _title(page)):
        edits.append(edit)
    return page.with_edits(edits)


def _title(page: Passage) -> Edit | None:
    """Return the edit for the title block at the head of the page; None if it is something else, such as a comment of TeX."""
    parts: list[list[Row]] = []
    end = 0
    for row in page.rows:
        line = _TITLE_LINE.fullmatch(row.text) or (_CONTINUED.fullmatch(row.text) if parts else None)
        if line is None:
            break
        words = [row.cut(*line.span("text"))] if line["text"] else []
        if row.text.startswith("%"):
            parts.append(words)
        else:
            parts[-1] += words
        end += 1
    is_apart = end < len(page.rows) and page.rows[end].is_blank
    if not is_apart or not parts[0] or len(parts) > MOST:
        return None
    first = page.rows[0]
    head, *others = [_joined(part) for part in parts]
    lines: list[list[Row]] = [[first.made("# "), *head]]
    below = [piece for part in others if part for piece in (first.made(" · "), *part)][1:]
    lines += [below] if below else []
    new = [row for line in lines for row in (join(*line), first.made(""))]
    last = page.starts[end - 1] + len(page.rows[end - 1].text)
    return Edit(start=0, end=last, new=tuple(new), block=True)


def _joined(words: list[Row]) -> list[Row]:
    return [*itertools.chain.from_iterable((row.made(" "), row) for row in words)][1:]


def _lines(page: Passage) -> Iterator[Edit]:
    for number, row in enumerate(page.rows):
        if "#" not in row.text or page.source.sorts[number] is not Sort.TEXT:
            continue
        at = page.starts[number]
        if counted := _COUNTED.match(row.text):
            start, end = counted.span("mark")
            yield Edit(start=at + start, end=at + end, new=(row.made("1", start),))
        elif closed := _CLOSED.fullmatch(row.text):
            start, end = closed.span("marks")
            yield Edit(start=at + start, end=at + end, new=(row.made("", start),))
