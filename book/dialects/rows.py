"""Lines with their origins: text that a dialect cuts, joins or inserts keeps its place in the author's file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import attrgetter

from msgspec import Struct
from msgspec.structs import replace

from book.model import Manuscript, Origin, Piece
from book.problems import Place

_AS_TYPED = Piece(1, 1, exact=True)
_column = attrgetter("column")


class Row(Struct, frozen=True):
    """One line of a text, and its origin."""

    text: str
    origin: Origin

    def cut(self, start: int, end: int | None = None) -> Row:
        """Return the part of the line from offset *start* to before *end*.

        >>> Row("    a b", Origin(path="a.md", line=3)).cut(4).origin.at(1)
        (5, True)
        """
        text = self.text[start:end]
        typed, exact = self.origin.at(start + 1)
        last = start + len(text)
        all_pieces = self.origin.pieces
        inner = all_pieces[
            bisect_right(all_pieces, start + 1, key=_column) : bisect_right(all_pieces, last, key=_column)
        ]
        pieces = (Piece(1, typed, exact), *(piece._replace(column=piece.column - start) for piece in inner))
        return Row(text, replace(self.origin, pieces=() if pieces == (_AS_TYPED,) else pieces))

    def made(self, text: str, at: int = 0) -> Row:
        """Return *text*, which the author did not type, as one line with the place of the offset *at* of this line."""
        text = text.replace("\n", " ")  # a value of settings or of front matter may have several
        return Row(text, replace(self.origin, pieces=(Piece(1, self.origin.at(at + 1)[0], exact=False),)))

    def place(self, at: int) -> Place:
        """Return the place of the offset *at* of this line in the author's file."""
        return Place(path=self.origin.path, line=self.origin.line, column=self.origin.at(at + 1)[0])

    @property
    def lead(self) -> str:
        """Its leading white space, as it is typed."""
        return self.text[: len(self.text) - len(self.text.lstrip())]

    @property
    def indent(self) -> int:
        """The width of its leading white space, with a TAB as 4."""
        blank = self.text[: len(self.text) - len(self.text.lstrip(" \t"))]
        return len(blank.expandtabs(4))

    @property
    def is_blank(self) -> bool:
        """Whether it consists of white space only."""
        return not self.text.strip()

    def dedented(self, width: int) -> Row:
        """Return the line without *width* columns of leading white space, or as many as there are; a TAB that is cut becomes spaces."""
        at = column = 0
        while at < len(self.text) and column < width and self.text[at] in " \t":
            column += 4 - column % 4 if self.text[at] == "\t" else 1
            at += 1
        rest = self.cut(at)
        return join(self.made(" " * (column - width)), rest) if column > width else rest


def join(*rows: Row) -> Row:
    """Return one line made of *rows*; the first one that is not empty determines the file and the line.

    >>> row = Row("abc", Origin(path="a.md", line=3))
    >>> both = join(row.made("--"), row.cut(1))
    >>> both.text, both.origin.at(1), both.origin.at(4)
    ('--bc', (1, False), (3, True))
    """
    rows = tuple(row for row in rows if row.text) or rows[:1]
    home = rows[0].origin
    pieces: list[Piece] = []
    column = 0
    for row in rows:
        is_home = (row.origin.path, row.origin.line) == (home.path, home.line)
        for piece in row.origin.pieces or (_AS_TYPED,):
            typed = piece.typed if is_home else home.at(1)[0]
            pieces.append(Piece(piece.column + column, typed, piece.exact and is_home))
        column += len(row.text)
    whole = tuple(pieces)
    return Row("".join(row.text for row in rows), replace(home, pieces=() if whole == (_AS_TYPED,) else whole))


def replaced(row: Row, start: int, end: int, *new: Row | str) -> Row:
    """Return *row* with *new* in place of the text from offset *start* to before *end*; a string has no origin of its own."""
    pieces = (piece if isinstance(piece, Row) else row.made(piece, start) for piece in new)
    return join(row.cut(0, start), *pieces, row.cut(end))


def rows_of(manuscript: Manuscript) -> list[Row]:
    """Return the lines of *manuscript*."""
    lines = manuscript.text.split("\n")
    if manuscript.origins:
        return [Row(line, origin) for line, origin in zip(lines, manuscript.origins, strict=True)]
    return rows_from(lines, manuscript.file, manuscript.first_line)


def rows_from(lines: Sequence[str], path: str, first: int) -> list[Row]:
    """Return *lines*, the first of which is line *first* of the file *path*."""
    return [Row(line, Origin(path=path, line=number)) for number, line in enumerate(lines, first)]


def with_rows(manuscript: Manuscript, rows: Sequence[Row]) -> Manuscript:
    """Return *manuscript* with *rows* as its text; itself if they are its own."""
    if text_of(rows) == manuscript.text and list(rows) == rows_of(manuscript):
        return manuscript
    rows = rows or [Row("", Origin(path=manuscript.file, line=manuscript.first_line))]
    return replace(manuscript, text=text_of(rows), origins=tuple(row.origin for row in rows))


def text_of(rows: Iterable[Row]) -> str:
    """Return *rows* as one text."""
    return "\n".join(row.text for row in rows)
