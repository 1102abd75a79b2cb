"""Tables that are drawn with lines, as pandoc and reStructuredText write them: grids of `+---+`, and columns below lines of dashes."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence

from book.dialects import joined_grids
from book.dialects.context import Context
from book.dialects.directive_tables import captioned, made_of
from book.dialects.rows import Row, join
from book.dialects.tags import Edit, Passage
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_BORDER = regex(r"(?P<indent> {0,12})\+(?:[-=:]{2,}\+)+[ \t]*")
_COLUMNS = regex(r"(?P<indent> {0,12})-{2,}(?: +-{2,})+[ \t]*")
"""A line of dashes for each column."""
_RULE = regex(r" {0,12}-{3,}[ \t]*")
_DASHES = regex(r"-+")
_SUSPECT = regex(r"^[ \t]*(?:\+[-=:]{2,}\+|-{2,} +-{2,})", re.MULTILINE)
_NO_HEAD = regex(r"[ \t]*(?:[-*+>|#]|\d+[.)])(?:\s|$)|[ \t]*[`~:<]{3,}")
_CAPTION = regex(r"[ ]{0,3}(?:[Tt]able)?:[ \t]+(?P<words>\S(?:.*\S)?)[ \t]*")
_NAME = regex(r"(?:^|[ \t]+)\{[^{}\n]*?#(?P<id>[\w:.-]+)[^{}\n]*\}[ \t]*$")
MOST_LINES = 2_000
"""The most lines of one table."""
MOST_HEAD = 8
"""The most lines of a head."""

Cells = list[list[list[Row]]]
Drawn = tuple[int, int, Cells, list[str]]
"""The height of a table in lines, the number of its head rows, its cells, and the alignment of each column as below a head with bars."""


def before(manuscript: Manuscript, _: Context) -> Manuscript:
    """Return *manuscript* with these tables as tables with bars, or as HTML if a cell contains blocks."""
    if ("--" not in manuscript.text and "+=" not in manuscript.text) or not _SUSPECT.search(manuscript.text):
        return manuscript
    page = Passage(manuscript)
    return page.with_edits(_tables(page))


def _tables(page: Passage) -> Iterator[Edit]:
    fenced = {line for fence in page.source.fences for line in range(fence.line, fence.end)}
    rows = page.rows
    number = 0
    while number < len(rows):
        row = rows[number]
        is_grid = _BORDER.fullmatch(row.text) is not None
        is_read = number not in fenced and page.source.sorts[number] in (Sort.TEXT, Sort.CODE)
        if not is_read or not (is_grid or _may_begin(rows, number)):
            number += 1
            continue
        most = min(len(rows), number + MOST_LINES)
        inside = rows[number : next((at for at in range(number, most) if at in fenced), most)]
        made = _grid(inside) if is_grid else _drawn(inside)
        indent = row.text[: len(row.text) - len(row.text.lstrip(" "))]
        # In a list, its text has the same indent; elsewhere, one of four would make code of the table.
        inset = indent if page.source.sorts[number] is Sort.TEXT and _in_list(rows, number, len(indent)) else ""
        height = _height(inside) if is_grid else 1
        lines: list[Row] = []
        if made is not None:
            height, heads, cells, rules = made
            lines = made_of(cells, heads, row, inset, rules=rules)
        elif is_grid:
            drawn = [line.dedented(len(indent)) for line in inside[:height]]
            grid = joined_grids.grid_of([line.text for line in drawn])
            lines = list(joined_grids.in_html(grid, drawn, inset)) if grid else []
        if lines:  # of a grid that cannot be read, no part is made a table
            caption = _caption(rows, number + height) if any(line.text.strip() == "<table>" for line in lines) else None
            if caption is not None:  # in a table with bars, it is read later
                below, title = caption
                lines, height = captioned(lines, title, row, inset), below - number
            end = page.starts[number + height - 1] + len(rows[number + height - 1].text)
            yield Edit(start=page.starts[number], end=end, new=(row.made(""), *lines, row.made("")), block=True)
        number += height


def _caption(rows: Sequence[Row], at: int) -> tuple[int, Row] | None:
    """Return the line after the caption in the paragraph at or below the line *at*, and its words; None if there is none."""
    first = at + 1 if at < len(rows) and rows[at].is_blank else at
    match = _CAPTION.fullmatch(rows[first].text) if first < len(rows) else None
    if match is None:
        return None
    end = next((below for below in range(first, len(rows)) if rows[below].is_blank), len(rows))
    pieces = [rows[first].cut(match.start("words"))]
    for row in rows[first + 1 : end]:
        pieces += [row.made(" "), row.cut(len(row.lead))]
    title = join(*pieces)
    if name := _NAME.search(title.text):
        title = join(title.made(f'<span id="{name["id"]}"></span>'), title.cut(0, name.start()))
    return end, title


def _may_begin(rows: Sequence[Row], number: int) -> bool:
    """Return whether columns may begin on the line *number*: to look for them there takes long."""
    is_first = number == 0 or rows[number - 1].is_blank
    return is_first and not rows[number].is_blank and any(_is_line(row.text) for row in rows[number : number + 2])


def _in_list(rows: Sequence[Row], number: int, indent: int) -> bool:
    """Return whether the line *number* belongs to an item of a list."""
    for row in reversed(rows[max(number - MOST_LINES, 0) : number]):
        if not row.is_blank and row.indent < indent:
            return bool(re.match(r"[ \t]*(?:[-*+]|\w{1,9}[.)])[ \t]", row.text))
    return False


def _height(rows: Sequence[Row]) -> int:
    """Return how many of *rows* belong to the grid on the first one."""
    return next((at for at, row in enumerate(rows) if row.text.lstrip(" ")[:1] not in ("+", "|")), len(rows))


def _grid(rows: Sequence[Row]) -> Drawn | None:
    """Return the height, the number of head rows, and the cells of the grid on the first of *rows*; None for one with joined cells."""
    end = _height(rows)
    edges = [at for at, letter in enumerate(rows[0].text) if letter == "+"]
    cells: Cells = []
    lines: list[Row] = []
    heads = 0
    for row in rows[1:end]:
        if _BORDER.fullmatch(row.text):
            if [at for at, letter in enumerate(row.text) if letter == "+"] != edges:
                return None
            cells += [_cut(lines, edges)] if lines else []
            heads = len(cells) if "=" in row.text and not heads else heads
            lines = []
        elif _bars(row.text, edges):
            lines.append(row)
        else:
            return None
    ruled = next((row.text for row in rows[1:end] if "=" in row.text and _BORDER.fullmatch(row.text)), rows[0].text)
    rules = [_rule(part.startswith(":"), part.endswith(":")) for part in ruled.strip().strip("+").split("+")]
    return (end, heads, cells, rules) if cells and not lines else None


def _rule(left: bool, right: bool) -> str:
    """Return the line below the head of a column whose text begins at its *left* edge, or ends at its *right* one."""
    return f"{':' if left else ''}---{':' if right else ''}"


def _cut(lines: Sequence[Row], edges: Sequence[int]) -> list[list[Row]]:
    """Return the lines of each cell between *edges*, without the spaces that all of them begin with."""
    cells = []
    for left, right in itertools.pairwise(edges):
        cell = [row.cut(bars[left] + 1, bars[right]) for row in lines for bars in (_bars(row.text, edges),)]
        cells.append(joined_grids.trimmed(cell))
    return cells


def _bars(text: str, edges: Sequence[int]) -> dict[int, int]:
    """Return the offset of the bar at each of *edges*; none if some have none. Editors differ in the width of letters beyond ASCII."""
    offsets = [_at(text, edge) for edge in edges]
    if not all(text[at : at + 1] == "|" for at in offsets):
        offsets = [at for at, letter in enumerate(text) if letter == "|"]
        if text.isascii() or len(offsets) != len(edges):
            return {}
    return dict(zip(edges, offsets, strict=True))


def _drawn(rows: Sequence[Row]) -> Drawn | None:
    """Return the height, the number of head rows, and the cells of the columns that begin on the first of *rows*; None if none do."""
    ruled = bool(_RULE.fullmatch(rows[0].text))
    start = 1 if ruled else 0
    at = next(
        (
            at
            for at in range(start, min(len(rows), start + MOST_HEAD))
            if _COLUMNS.fullmatch(rows[at].text) or rows[at].is_blank
        ),
        len(rows),
    )
    if at == len(rows) or rows[at].is_blank or (ruled and at == start) or (not ruled and at > 1):
        return None
    head = rows[start:at]
    spans = [match.span() for match in _DASHES.finditer(rows[at].text)]
    edges = [start for start, _ in spans]
    if any("|" in row.text or _NO_HEAD.match(row.text) for row in head):
        return None
    end = _end(rows, at + 1, ruled=ruled, headed=bool(head))
    if end is None:
        return None
    closed = _is_line(rows[end - 1].text)
    body = list(rows[at + 1 : end - 1 if closed else end])
    parts = _parts(body)
    if not parts or any(not _fits(row.text, edges) for row in (*head, *body)):
        return None
    cells = [_columns(part, edges) for part in ([list(head)] if head else []) + parts]
    return end, 1 if head else 0, cells, [_aligned(span, [*head, *body]) for span in spans]


def _aligned(span: tuple[int, int], lines: Sequence[Row]) -> str:
    """Return the alignment of a column by the first line of the table, as pandoc reads it."""
    first = next((row.text for row in lines if not row.is_blank), "")
    if not first[_at(first, span[0]) : _at(first, span[1])].strip():
        return "---"
    left, right = (_letter(first, at).strip() != "" for at in (span[0], span[1] - 1))
    return "---" if left else "---:" if right else ":---:"


def _is_line(text: str) -> bool:
    return bool(_RULE.fullmatch(text) or _COLUMNS.fullmatch(text))


def _end(rows: Sequence[Row], start: int, *, ruled: bool, headed: bool) -> int | None:
    """Return the number of the line after a table whose body begins at *start*; None if a table must have an end and has none."""
    if not ruled and headed:
        return next(
            (
                at + (not rows[at].is_blank)
                for at in range(start, len(rows))
                if rows[at].is_blank or _is_line(rows[at].text)
            ),
            len(rows),
        )
    for at in range(start, len(rows)):
        if _is_line(rows[at].text):
            return at + 1 if at + 1 == len(rows) or rows[at + 1].is_blank else None
        if rows[at].is_blank and at + 1 < len(rows) and rows[at + 1].is_blank:
            return None
    return None


def _parts(body: Sequence[Row]) -> list[list[Row]]:
    """Return the lines of each row: blank lines part them; without any, each line is a row."""
    if not any(row.is_blank for row in body):
        return [[row] for row in body]
    parts: list[list[Row]] = [[]]
    for row in body:
        if not row.is_blank:
            parts[-1].append(row)
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if part]


def _fits(text: str, edges: Sequence[int]) -> bool:
    """Return whether no word of *text* stands across the beginning of a column but the first."""
    return all(_letter(text, edge - 1) in ("", " ") for edge in edges[1:])


def _columns(lines: Sequence[Row], edges: Sequence[int]) -> list[list[Row]]:
    cells = []
    for left, right in zip((0, *edges[1:]), (*edges[1:], None), strict=True):
        cell = [row.cut(_at(row.text, left), None if right is None else _at(row.text, right)) for row in lines]
        cells.append(joined_grids.trimmed([row.cut(len(row.text) - len(row.text.lstrip())) for row in cell]))
    return cells


def _at(text: str, column: int) -> int:
    """Return the offset in *text* of what stands in a *column*: letters of East Asia take two (UAX 11), combining marks none."""
    if text.isascii():
        return column
    width = 0
    for at, letter in enumerate(text):
        if width >= column and not unicodedata.combining(letter):
            return at
        width += 0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF")
    return len(text) + max(column - width, 0)


def _letter(text: str, column: int) -> str:
    at = _at(text, column)
    return text[at : at + 1]
