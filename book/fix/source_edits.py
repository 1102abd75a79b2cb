r"""Turns changes into edits of an author's file: which characters of which line are replaced, and by what.

The byte order mark and line ends are kept separately, so that an edit cannot touch them. Nothing here parses Markdown:
:mod:`book.fix` proves that an edited text still says the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import cast

from msgspec import Struct

from book.markdown.footnotes import folded
from book.model import Change, FrontMatter
from book.notation import NotationError, Spot
from book.patterns import regex
from book.problems import line_and_column
from book.source.front_matter import HANDLERS
from book.source.front_matter_keys import LABELS
from book.style import Correction
from book.style.links.destinations import DEFINITION, unescaped, written

MARK = "\ufeff"
"""The byte order mark."""
LINE = regex(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
# What precedes the address of a link; a line may also begin with the address if the line before ends like this.
DESTINATION = regex(r"\]\([ \t]*<?\Z|\]:[ \t]*<?\Z|\A[ \t>]*<?\Z")
# The address in a link as typed: escapes have two characters, brackets are in pairs.
TYPED = regex(r"(?:\\.|[^\s\\()<>]|\((?:\\.|[^\s\\()<>])*\))+")
TYPED_IN_ANGLES = regex(r"(?:\\.|[^\\<>\n])+")
TYPED_IN_DEFINITION = regex(r"[^\s<]\S*")


class Edit(Struct, frozen=True, kw_only=True, order=True):
    """Replace the characters of one line from *start* to before *end* by *new*."""

    line: int
    """From 1."""
    start: int
    """From 0, in code points; a byte order mark does not count."""
    end: int
    new: str


class Text(Struct, frozen=True, kw_only=True):
    """A file split into lines and line ends."""

    mark: str
    """The byte order mark, or nothing."""
    lines: tuple[str, ...]
    ends: tuple[str, ...]

    def with_edits(self, edits: Iterable[Edit]) -> str:
        r"""Return the whole text with *edits* applied, which must not overlap.

        >>> text = taken_apart("a...\r\nb\r\n")
        >>> text.with_edits([Edit(line=1, start=1, end=4, new="…")])
        'a…\r\nb\r\n'
        """
        lines = list(self.lines)
        for edit in sorted(edits, reverse=True):
            line = lines[edit.line - 1]
            lines[edit.line - 1] = line[: edit.start] + edit.new + line[edit.end :]
        return self.mark + "".join(line + end for line, end in zip(lines, self.ends, strict=True))


def taken_apart(text: str) -> Text:
    r"""Return the lines of *text*.

    >>> taken_apart("\ufeffa\n\nb").lines
    ('a', '', 'b')
    """
    mark = MARK if text.startswith(MARK) else ""
    pieces = [match.groups() for match in LINE.finditer(text, len(mark))]
    if len(pieces) > 1 and pieces[-1] == ("", "") and not pieces[-2][1]:
        pieces.pop()  # the pattern also matches the empty string after a last line without a line end
    return Text(mark=mark, lines=tuple(line for line, _ in pieces), ends=tuple(end for _, end in pieces))


def edits_of(
    lines: Sequence[str], corrections: Iterable[Correction], changes: Iterable[Change]
) -> tuple[dict[Edit, Change], list[Change]]:
    """Return the edits that write *corrections* and *changes* into *lines*, and the changes that cannot be written.

    Args:
        lines: the lines of the file.
        corrections: corrections of marks, dashes and spaces.
        changes: changes of links; their places are those of the addresses.

    Returns:
        Edits that do not overlap, each with its change, in order; and the changes that cannot be written.
    """
    by_edit: dict[Edit, Change] = {}
    rest: list[Change] = []
    labels = frozenset(folded(match[1]) for match in DEFINITION.finditer("\n".join(lines)))
    for correction in corrections:
        change = correction.change
        edit = _plain(lines, change) if correction.exact else None
        if edit is not None and labels and _is_label(lines[edit.line - 1], edit, labels):
            edit = None
        _add(by_edit, rest, edit, change)
    for change in changes:
        _add(by_edit, rest, _address(lines, change), change)
    return _without_overlaps(by_edit, rest), rest


def _add(by_edit: dict[Edit, Change], rest: list[Change], edit: Edit | None, change: Change) -> None:
    if edit is None:
        rest.append(change)
    else:
        by_edit[edit] = change  # a title that is used in two places is reported twice but edited once


def _without_overlaps(by_edit: Mapping[Edit, Change], rest: list[Change]) -> dict[Edit, Change]:
    """Return *by_edit* in order without what overlaps the edit before it, which goes to *rest*."""
    result: dict[Edit, Change] = {}
    last: Edit | None = None
    for edit in sorted(by_edit):
        if last is not None and last.line == edit.line and edit.start < last.end:
            rest.append(by_edit[edit])
        else:
            result[edit] = by_edit[edit]
            last = edit
    return result


def _plain(lines: Sequence[str], change: Change) -> Edit | None:
    """Return the edit for a change of text that is typed as it reads, or None if it is not."""
    number, start = change.place.line, change.place.column - 1
    if not 1 <= number <= len(lines) or not lines[number - 1].startswith(change.before, start):
        return None
    return Edit(line=number, start=start, end=start + len(change.before), new=change.after)


def _is_label(line: str, edit: Edit, labels: frozenset[str]) -> bool:
    """Return whether *edit* is in the text of a reference link: changed, it would not match its definition any more."""
    first, last = line.rfind("[", 0, edit.start), line.find("]", edit.end)
    if first < 0 or last < 0 or line[last + 1 : last + 2] == "(":
        return False
    return folded(line[first + 1 : last]) in labels and (
        line[last + 1 : last + 2] != "[" or line.startswith("[]", last + 1)
    )


def _address(lines: Sequence[str], change: Change) -> Edit | None:
    """Return the edit for a change of an address, which may be typed with escapes and entities."""
    number, start = change.place.line, change.place.column - 1
    if not 1 <= number <= len(lines):
        return None
    line = lines[number - 1]
    where = DESTINATION.search(line[:start])
    if where is None:
        return _plain(lines, change)
    angles = where[0].endswith("<")
    pattern = TYPED_IN_ANGLES if angles else TYPED_IN_DEFINITION if "]:" in where[0] else TYPED
    typed = pattern.match(line, start)
    if typed is None or unescaped(typed[0]) != change.before:
        return _plain(lines, change)  # an address at the beginning of a line
    return Edit(line=number, start=start, end=typed.end(), new=written(change.after))


# Front matter.


class Value(Struct, frozen=True, kw_only=True):
    """One line of inline Markdown in the front matter, and where each of its characters is typed."""

    key: str
    words: str
    """As parsed: runs of whitespace are single spaces."""
    spots: tuple[tuple[int, int, int], ...]
    """For each character its line (from 1, or 0 for a space that is a line end) and its columns (from 0); empty if
    unknown."""
    doubled: str = ""
    """The quote character that is doubled or escaped inside the value."""

    def edit(self, start: int, end: int, new: str) -> Edit | None:
        """Return the edit of the file for a part of the words, or None if they are not typed in one piece."""
        spots = self.spots[start:end]
        if len(spots) != end - start or not spots or (self.doubled and self.doubled in new):
            return None
        in_a_row = all(before[0] == after[0] and before[2] == after[1] for before, after in pairwise(spots))
        if not in_a_row or not spots[0][0]:
            return None
        return Edit(line=spots[0][0], start=spots[0][1], end=spots[-1][2], new=new)


KEYS = ("title", *LABELS, "description", "discussion")
"""Keys whose values are text for readers."""


def values(lines: Sequence[str]) -> tuple[Value, ...]:
    """Return the values of the front matter at the beginning of *lines* that are text for readers."""
    text = "\n".join(lines)
    handler = next((candidate for candidate in HANDLERS if candidate.detect(text)), None)
    if handler is None:
        return ()
    try:
        table = cast("Spot", handler.load(handler.split(text)[0])).value
    except NotationError:
        return ()
    first = handler.opening(text)
    if not isinstance(table, Mapping):
        return ()
    spots = [(key, spot) for key in KEYS if (spot := table.get(key)) is not None]
    items = [(key, item) for key, spot in spots for item in (spot.value if isinstance(spot.value, tuple) else (spot,))]
    return tuple(
        _value(key, item, text, first) for key, item in items if isinstance(item.value, str) and item.value.strip()
    )


def contents(front: FrontMatter) -> Mapping[str, object]:
    """Return the content of *front*, with whitespace as single spaces, for comparison."""
    return {key: _squeezed(value) for key, value in front.values.items()}


def _squeezed(value: object) -> object:
    if isinstance(value, str):
        return _words(value)
    if isinstance(value, list | tuple):
        return [_squeezed(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _squeezed(item) for key, item in value.items()}
    return value


def _words(text: str) -> str:
    return re.sub(r"[ \t\n\r\v\f]+", " ", text).strip(" ")


def _value(key: str, spot: Spot, text: str, first: int) -> Value:
    words = _words(str(spot.value))
    raw = text[first + spot.at : first + spot.end]
    quote = raw[:1] if raw[:1] in ("'", '"') and raw[-1:] == raw[:1] and not spot.bare else ""
    spots: list[tuple[int, int, int]] = []
    at = len(quote)
    line, column = line_and_column(text, first + spot.at)
    column += at - 1
    for letter in words:
        width = _width(letter, raw, at, quote)
        if not width:
            return Value(key=key, words=words, spots=())
        broken = "\n" in raw[at : at + width]
        spots.append((0 if broken else line, column, column + width))
        if broken:
            line += raw.count("\n", at, at + width)
            column = at + width - (raw.rfind("\n", 0, at + width) + 1)
        else:
            column += width
        at += width
    return Value(key=key, words=words, spots=tuple(spots), doubled=quote)


def _width(letter: str, raw: str, at: int, quote: str) -> int:
    """Return the number of characters of *raw* that represent *letter* at *at*; 0 for an unknown notation."""
    if letter == " ":
        match = re.compile(r"[ \t\n]+").match(raw, at)
        return match.end() - at if match else 0
    if quote and letter == quote and raw.startswith({"'": "''", '"': '\\"'}[quote], at):
        return 2
    if quote == '"' and letter == "\\" and raw.startswith("\\\\", at):
        return 2
    return int(raw.startswith(letter, at) and (letter != quote or not quote) and (quote != '"' or letter != "\\"))
