"""Tables with a fault: the surplus of a row with more cells than the head is kept, and lines that are no table are reported."""

from __future__ import annotations

import re
from collections.abc import Sequence

from book.amounts import amount
from book.dialects.context import Context
from book.dialects.tags import Edit, Passage
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex
from book.problems import Kind, Severity

LEAST_BARS = 4
"""The bars of the smallest table."""
WIDE_ROW = Kind(
    "G147", Severity.WARNING, "a row of a table with more cells than its head; the last cell contains the rest"
)
BROKEN = Kind("G155", Severity.WARNING, "lines that look like a table but are none")

CODE_IS_WHOLE = frozenset({"mkdocs", "kramdown", "liquid", "quarto", "bookdown", "pandoc"})
"""Dialects in which a bar in code does not part two cells."""
_CODE = regex(r"(?<![\\`])(`+)(?!`).+?(?<!`)\1(?!`)")
_MARK = regex(r"[^\s>]")
"""A letter of the mark of a note or an item."""
_RULE = regex(r"[ \t>]*+(?:\|[ \t]*+)?:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*(?:\|[ \t]*+)?$")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the bars of surplus cells escaped; report what only looks like a table."""
    count = manuscript.text.count("|")
    if count >= LEAST_BARS:
        _report_broken(Passage(manuscript), context)
    if not count or not re.search(r"^[ \t>]*+(?:\|[ \t]*+)?:?-++:?[ \t]*+\|", manuscript.text, re.M):
        return manuscript
    page = Passage(manuscript)
    edits: list[Edit] = []
    width = 0
    whole = bool(CODE_IS_WHOLE & context.library.names)
    lines = _bare(page)
    for number, line in enumerate(lines):
        if "|" not in line or page.source.sorts[number] is not Sort.TEXT:
            width = 0
            continue
        if not width:
            above = lines[number - 1] if number else ""
            if _RULE.match(line) and "|" in above and (head := _head(above, line)) is not None:
                width = _cells(line)
                edits += (_escaped(page, number - 1, at) for at in head)
            continue
        bars, in_code = _bars(line), _in_code(line)
        surplus = len(bars) - _outer(line) + 1 - width
        # A bar in code is part of it: as the site says, or because the row has that many cells too many.
        escaped = in_code if whole or len(in_code) <= surplus else []
        bars = [at for at in bars if at not in escaped]
        cells = len(bars) - _outer(line) + 1
        if cells > width:
            inner = bars[1:] if line.lstrip(" \t>").startswith("|") else bars
            rest = (inner[:-1] if line.rstrip().endswith("|") else inner)[width - 1 :]
            message = f"this row has {cells} cells, its head {width}: the rest is in the last cell"
            fix = "write \\| for a bar inside a cell, or give the head another cell"
            context.tell_at(WIDE_ROW, page.rows[number], rest[0], message, fix)
            escaped = [*escaped, *rest]
        edits += (_escaped(page, number, at) for at in escaped)
    return page.with_edits(edits)


def _bare(page: Passage) -> list[str]:
    """Return the lines of *page*; in those with bars spaces stand for the marks of notes and of items before their text."""
    bare = list(page.source.lines)
    for number, line in enumerate(bare):
        lead = page.source.starts[number] - page.starts[number] if "|" in line else 0
        if lead > 0:
            bare[number] = _MARK.sub(" ", line[:lead]) + line[lead:]
    return bare


def _head(head: str, rule: str) -> list[int] | None:
    """Return the bars in code of the *head* of a table that are part of it, if it has as many cells as its *rule*; None if it has not."""
    surplus = _cells(head) - _cells(rule)
    in_code = _in_code(head) if surplus else []
    return in_code if surplus == len(in_code) else None


def _report_broken(page: Passage, context: Context) -> None:
    """Report each run of lines that looks like a table and is none: its line of dashes is missing, or has other cells than its head."""
    rows: list[int] = []
    bare = _bare(page)
    for number, text in enumerate((*bare, "")):
        if "|" in text and page.source.sorts[number] is Sort.TEXT:
            rows.append(number)
            continue
        if len(rows) > 1:
            _judge(page, rows, bare, context)
        rows = []


def _judge(page: Passage, numbers: list[int], bare: Sequence[str], context: Context) -> None:
    """Report the lines with these *numbers*, all with bars, if they look like a table and are none."""
    lines = [bare[number] for number in numbers]
    ruled = next((at for at, line in enumerate(lines) if _RULE.match(line)), None)
    if ruled is None:
        look_alike = all(_is_row(line) for line in lines) and len({len(_bars(line)) for line in lines}) == 1
        if look_alike and _begins(page, numbers[0]):
            message = "these lines look like a table, but no line of dashes is below the first: this is no table"
            fix = f"write {_dashes(lines[0])} below the first line"
            context.tell_at(BROKEN, page.rows[numbers[0]], _margin(lines[0]), message, fix)
        return
    if ruled == 0:
        return
    head, rule = _cells(lines[ruled - 1]), _cells(lines[ruled])
    if head > 1 and _head(lines[ruled - 1], lines[ruled]) is None:
        row = page.rows[numbers[ruled]]
        message = f"the line below the head has {amount(rule, 'cell')}, the head {head}: this is no table"
        context.tell_at(BROKEN, row, _margin(lines[ruled]), message, f"write {_dashes(lines[ruled - 1])}")


def _begins(page: Passage, number: int) -> bool:
    """Return whether a line begins a paragraph."""
    return number == 0 or not page.source.lines[number - 1].strip() or page.source.sorts[number - 1] is not Sort.TEXT


def _is_row(line: str) -> bool:
    """Return whether *line* has bars at both ends and between."""
    return _outer(line) == 2 and len(_bars(line)) > 2


def _cells(line: str) -> int:
    return len(_bars(line)) - _outer(line) + 1


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip(" \t>"))


def _dashes(head: str) -> str:
    """Return the line of dashes for a *head*."""
    return "|" + " --- |" * min(_cells(head), 8)


def _escaped(page: Passage, number: int, at: int) -> Edit:
    """Return the edit that puts a backslash before the bar *at* in a line."""
    place = page.starts[number] + at
    return Edit(start=place, end=place, new=(page.rows[number].made("\\", at),))


def _bars(line: str) -> list[int]:
    """Return the offsets of the bars in *line* that separate cells."""
    return [match.start() for match in re.finditer(r"(?<!\\)\|", line)]


def _in_code(line: str) -> list[int]:
    """Return the offsets of the bars in the code of *line*.

    >>> _in_code("| `a|b` | ``c`|d`` | e`|")
    [4, 14]
    """
    spans = [match.span() for match in _CODE.finditer(line)] if "`" in line else []
    return [at for at in _bars(line) if any(start < at < end for start, end in spans)]


def _outer(line: str) -> int:
    """Return the number of bars at the ends of *line*."""
    bare = line.strip(" \t>")
    return bare.startswith("|") + (bare.endswith("|") and not bare.endswith("\\|"))
