"""Maps the characters of a run to places in the author's file."""

from __future__ import annotations

import functools
from bisect import bisect_right

from book.model import Manuscript
from book.patterns import regex
from book.problems import Place
from book.style.runs import Run

WORD = regex(r"[^\W_]+")
SPOT = regex(r"(\d+):(\d+)(?:-(\d+):(\d+))?")


class Locator:
    """Finds places in one file."""

    def __init__(self, source: Manuscript) -> None:
        """Store *source*; it is read on first use."""
        self.source = source
        self.borne_out: dict[int, bool] = {}

    @functools.cached_property
    def lines(self) -> list[str]:
        """The lines of the text."""
        return self.source.text.split("\n")

    def __call__(self, run: Run, start: int, end: int) -> tuple[Place, bool]:
        """Return the place of the character at *start*, and whether the file has ``run.text[start:end]`` there."""
        if run.key and not self.is_here(run):
            places = self.source.front.places
            return places.get(run.key) or places.get("title") or Place(path=self.source.file), False
        return self.look(run, start, end)

    def is_here(self, run: Run) -> bool:
        """Return whether the words of *run* are in the text: those of a heading are, those of front matter or a navigation file are not."""
        if id(run) not in self.borne_out:
            words = [word.span() for word in WORD.finditer(run.text)] if run.starts else []
            self.borne_out[id(run)] = bool(words) and all(self.look(run, start, end)[1] for start, end in words)
        return self.borne_out[id(run)]

    def look(self, run: Run, start: int, end: int) -> tuple[Place, bool]:
        """Return the same for positions that refer to the text."""
        line, column = spot(run.home)[:2] if run.home else _in_line(run, start)
        if not 1 <= line <= len(self.lines):
            return Place(path=self.source.file), False
        row = self.lines[line - 1]
        column = untabbed(row, column)
        if run.home:
            column = self._in_title(run, start) or column
        holds = row[column - 1 : column - 1 + end - start] == run.text[start:end]
        return self.source.place(line, column), holds and self.source.is_typed(line, column)

    def _in_title(self, run: Run, offset: int) -> int:
        """Return the column in the title of a link or image; 0 unless it is on one line and typed as it reads."""
        line, column, last, end = spot(run.home)
        if line != last:
            return 0
        row = self.lines[line - 1]
        column_in_row = row.rfind(run.text, untabbed(row, column) - 1, untabbed(row, end) - 1)
        return column_in_row + 1 + offset if column_in_row >= 0 else 0


def _in_line(run: Run, offset: int) -> tuple[int, int]:
    at = bisect_right(run.starts, offset) - 1
    if at < 0:
        return spot(run.spots[0])[:2] if run.spots else (0, 0)
    line, column, last, end = spot(run.spots[at])
    inside = offset - run.starts[at]
    if run.text[offset] in "\n\v" and inside:  # a line end has no position: it is where the last word ends
        return last, end
    # An entity is longer than its character, so only its first column is known.
    return (line, column + inside) if line == last and column + inside < end else (line, column)


def spot(position: str) -> tuple[int, int, int, int]:
    """Return line, column, last line and end column of a ``hb:pos``; 0 for missing values.

    >>> spot("3:5-3:9"), spot("")
    ((3, 5, 3, 9), (0, 0, 0, 0))
    """
    match = SPOT.match(position.rpartition(";")[2])
    if match is None:
        return 0, 0, 0, 0
    line, column, last, end = (int(number or 0) for number in match.groups())
    return line, column, last or line, end


def untabbed(row: str, column: int) -> int:
    r"""Return the column in characters for a *column* in which a TAB reaches to the next multiple of 4.

    >>> untabbed("a\tb", 5)
    3
    """
    if "\t" not in row:
        return column
    at = 1
    for index, letter in enumerate(row, 1):
        if at >= column:
            return index
        at = at + 4 - (at - 1) % 4 if letter == "\t" else at + 1
    return len(row) + 1
