"""Grids with joined cells, drawn with `+---+` and bars, as pandoc and reStructuredText read them: tables in HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from book.dialects.rows import Row, join

MOST_CELLS = 5_000
"""The most corners of one grid that are looked at."""


class Cell(Struct, frozen=True, kw_only=True):
    """One cell of a grid, by the lines and columns of its borders."""

    top: int
    left: int
    bottom: int
    right: int


class Grid(Struct, frozen=True, kw_only=True):
    """A grid whose cells cover it."""

    lines: Sequence[str]
    cells: Sequence[Cell]
    """In the order in which they are read."""
    tops: Sequence[int]
    """The lines of borders."""
    lefts: Sequence[int]
    """The columns of borders."""
    heads: int
    """The number of rows above a border of ``=``; 0 without one."""


def grid_of(texts: Sequence[str]) -> Grid | None:
    """Return the grid that *texts* draw, the lines from its first border to its last; None if its cells do not cover it.

    >>> grid = grid_of(["+--+--+", "| a   |", "+--+--+", "|b |c |", "+--+--+"])
    >>> [(cell.top, cell.left, cell.bottom, cell.right) for cell in grid.cells]
    [(0, 0, 2, 6), (2, 0, 4, 3), (2, 3, 4, 6)]
    """
    texts = [text.rstrip() for text in texts]
    width = len(texts[0])
    if any(len(text) != width for text in texts):
        return None
    corners = [(row, at) for row, text in enumerate(texts) for at, letter in enumerate(text) if letter == "+"]
    if len(corners) > MOST_CELLS:
        return None
    cells: list[Cell] = []
    for top, left in corners:
        if any(cell.top <= top < cell.bottom and cell.left <= left < cell.right for cell in cells):
            continue  # a sign of a cell, or a corner of another one below it
        if cell := _cell(texts, top, left):
            cells.append(cell)
    covered = sum((cell.bottom - cell.top) * (cell.right - cell.left) for cell in cells)
    if not cells or covered != (len(texts) - 1) * (width - 1):
        return None
    tops = sorted({line for cell in cells for line in (cell.top, cell.bottom)})
    lefts = sorted({column for cell in cells for column in (cell.left, cell.right)})
    ruled = (line for line in tops[1:-1] if set(texts[line]) <= set("+=:"))
    heads = tops.index(next(ruled, tops[0]))
    return Grid(lines=texts, cells=cells, tops=tops, lefts=lefts, heads=heads)


def _cell(texts: Sequence[str], top: int, left: int) -> Cell | None:
    """Return the smallest cell whose upper left corner is at the line *top* and the column *left*; None if none is."""
    for right in range(left + 1, len(texts[top])):
        if texts[top][right] not in "-=:+":
            return None
        if texts[top][right] != "+":
            continue
        for bottom in range(top + 1, len(texts)):
            if texts[bottom][right] not in "|+" or texts[bottom][left] not in "|+":
                break
            edge = texts[bottom][left : right + 1]
            if edge[0] == edge[-1] == "+" and set(edge) <= set("-=:+"):
                return Cell(top=top, left=left, bottom=bottom, right=right)
    return None


def in_html(grid: Grid, rows: Sequence[Row], indent: str) -> Iterator[Row]:
    """Yield the lines of *grid*, drawn by *rows* without what they are indented by, as a table whose cells may contain any blocks."""
    first = rows[0]
    yield first.made(f"{indent}<table>")
    for number, top in enumerate(grid.tops[:-1]):
        yield first.made(f"{indent}<tr>")
        for cell in grid.cells:
            if cell.top != top:
                continue
            height = grid.tops.index(cell.bottom) - number
            width = grid.lefts.index(cell.right) - grid.lefts.index(cell.left)
            spans = (f' rowspan="{height}"' if height > 1 else "") + (f' colspan="{width}"' if width > 1 else "")
            tag = "th" if number < grid.heads else "td"
            yield first.made(f"{indent}<{tag}{spans}>")
            yield first.made("")
            yield from _words(rows[cell.top + 1 : cell.bottom], cell, indent)
            yield first.made("")
            yield first.made(f"{indent}</{tag}>")
        yield first.made(f"{indent}</tr>")
    yield first.made(f"{indent}</table>")


def _words(rows: Sequence[Row], cell: Cell, indent: str) -> Iterator[Row]:
    """Yield the lines in a cell without the spaces that all of them begin with."""
    lines = trimmed([row.cut(cell.left + 1, cell.right) for row in rows])
    yield from (line if line.is_blank else join(line.made(indent), line) for line in lines)


def trimmed(lines: Sequence[Row]) -> list[Row]:
    """Return the *lines* of a cell without the spaces that all of them begin with, without those at their ends, and without blank lines around them."""
    width = min((line.indent for line in lines if not line.is_blank), default=0)
    shown = [line.dedented(width) for line in lines]
    shown = [line.cut(0, len(line.text.rstrip())) for line in shown]
    while shown and shown[-1].is_blank:
        shown.pop()
    while shown and shown[0].is_blank:
        shown.pop(0)
    return shown
