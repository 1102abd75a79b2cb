"""Rows of tables with more cells than the head: the surplus is kept, in the last cell."""

from __future__ import annotations

import re

from book.dialects.context import Context
from book.dialects.tags import Edit, Passage
from book.markdown.lines import Sort
from book.model import Manuscript
from book.problems import Kind, Severity

WIDE_ROW = Kind(
    "G147", Severity.WARNING, "a row of a table with more cells than its head; the last cell contains the rest"
)

_RULE = re.compile(r"[ \t>]*+(?:\|[ \t]*+)?:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*(?:\|[ \t]*+)?$")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the bars of surplus cells escaped."""
    if not re.search(r"^[ \t>]*+(?:\|[ \t]*+)?:?-++:?[ \t]*+\|", manuscript.text, re.M):
        return manuscript
    page = Passage(manuscript)
    edits: list[Edit] = []
    width = 0
    for number, row in enumerate(page.rows):
        if page.source.sorts[number] is not Sort.TEXT or "|" not in row.text:
            width = 0
            continue
        if not width:
            above = page.rows[number - 1].text if number else ""
            if _RULE.match(row.text) and "|" in above and len(_bars(above)) == len(_bars(row.text)):
                width = len(_bars(row.text)) - _outer(row.text) + 1
            continue
        bars = _bars(row.text)
        cells = len(bars) - _outer(row.text) + 1
        if cells <= width:
            continue
        inner = bars[1:] if row.text.lstrip(" \t>").startswith("|") else bars
        closed = row.text.rstrip().endswith("|")
        between = inner[:-1] if closed else inner
        in_code = [at for at in between if row.text[:at].count("`") % 2]
        surplus = in_code if len(in_code) == cells - width else between[width - 1 :]
        message = f"this row has {cells} cells, its head {width}: the rest is in the last cell"
        context.tell_at(
            WIDE_ROW, row, surplus[0], message, "write \\| for a bar inside a cell, or give the head another cell"
        )
        edits += [
            Edit(start=page.starts[number] + at, end=page.starts[number] + at, new=(row.made("\\", at),))
            for at in surplus
        ]
    return page.with_edits(edits)


def _bars(line: str) -> list[int]:
    """Return the offsets of the bars in *line* that separate cells."""
    return [match.start() for match in re.finditer(r"(?<!\\)\|", line)]


def _outer(line: str) -> int:
    """Return the number of bars at the ends of *line*."""
    bare = line.strip(" \t>")
    return bare.startswith("|") + (bare.endswith("|") and not bare.endswith("\\|"))
