"""Finds the address of a link in the author's text; pandoc only gives the position of the whole link."""

from __future__ import annotations

import functools
import html
import re

from msgspec import Struct

from book.markdown.footnotes import folded
from book.markdown.nodes import attributes, children
from book.markdown.positions import RANGE
from book.model import Node
from book.patterns import regex
from book.sites.names import ESCAPED

Spot = tuple[int, int]
"""Line and column in the text, both from 1, the column in characters (a TAB is one)."""

TAB = 4
# `[label]: address` or `[label]: <address>`, possibly in a block quote or a list, with the address possibly on the next line.
DEFINITION = regex(
    r"^[ \t>*+\d.)-]*\[(?!\^)((?:[^\[\]\\]|\\.){1,999})\]:[ \t]*(?:\n[ \t>]*)?(?:<([^<>\n]*)>|([^\s<]\S*))",
    re.MULTILINE | re.DOTALL,
)
SPACES = " \t\n"


class _Piece(Struct, frozen=True):
    """The text of one link, with the place of each character; quote marks at the start of lines are removed."""

    text: str
    starts: tuple[tuple[int, int, int], ...]
    """For each run within a line: its index in the text, its line and its first column."""

    def spot(self, index: int) -> Spot:
        start, line, column = next(run for run in reversed(self.starts) if run[0] <= index)
        return line, column + index - start

    def index(self, spot: Spot) -> int | None:
        for start, line, column in self.starts:
            if line == spot[0] and spot[1] >= column:
                return start + spot[1] - column
        return None


class Source:
    """The text of one chapter, for finding the places of addresses."""

    def __init__(self, text: str) -> None:
        """Store *text*; it is parsed on first use."""
        self._text = text

    def destination(self, link: Node, address: str) -> Spot | None:
        """Return the spot where the *address* of *link* is typed, or None if it cannot be found.

        For a reference link, that is its definition.
        """
        piece = self._piece(link)
        if piece is None or not piece.text:
            return None
        text = piece.text
        if text[0] != "[":
            start = int(text[0] == "<")
            return piece.spot(start) if text.startswith(address, start) else None
        end = self._end_of_text(link, piece)
        if end is None:
            return None
        if text[end + 1 : end + 2] == "(":
            start, typed = _inline(text, end + 2)
            return piece.spot(start) if unescaped(typed) == address else None
        label = text[1:end]
        if text[end + 1 : end + 2] == "[":
            close = text.find("]", end + 2)
            label = text[end + 2 : close] or label
        return self._definitions.get((folded(label), address))

    def text(self, link: Node, words: str) -> Spot | None:
        """Return the spot where the text of *link* is typed if it is exactly *words*, as in ``[words](…)``, else None."""
        piece = self._piece(link)
        if piece and piece.text.startswith(f"[{words}]"):
            return piece.spot(1)
        return None

    @functools.cached_property
    def _lines(self) -> list[str]:
        return self._text.split("\n")

    @functools.cached_property
    def _definitions(self) -> dict[tuple[str, str], Spot]:
        """Label and address -> spot of the definition; the first definition counts."""
        spots: dict[tuple[str, str], Spot] = {}
        line, counted = 1, 0
        for definition in DEFINITION.finditer(self._text):
            group = 2 if definition[2] is not None else 3
            start = definition.start(group)
            line += self._text.count("\n", counted, start)
            counted = start
            column = start - self._text.rfind("\n", 0, start)
            spots.setdefault((folded(definition[1]), unescaped(definition[group])), (line, column))
        return spots

    def _piece(self, link: Node) -> _Piece | None:
        """Return the text of *link*, or None if its position is unknown or outside this text."""
        words: list[str] = []
        starts: list[tuple[int, int, int]] = []
        length = 0
        for match in RANGE.finditer(attributes(link)[2].get("hb:pos", "")):
            first, column, last, stop = map(int, match.groups())
            if starts and first > starts[-1][1] and not words[-1].endswith("\n"):
                words.append("\n")
                length += 1
            for number in range(first, last + 1):
                if not 1 <= number <= len(self._lines):
                    return None
                line = self._lines[number - 1]
                start = self._offset(line, column) if number == first else 0
                end = self._offset(line, stop) if number == last else len(line)
                part = line[start:end] + ("\n" if number < last else "")
                if part:
                    starts.append((length, number, start + 1))
                    words.append(part)
                    length += len(part)
        return _Piece("".join(words), tuple(starts)) if words else None

    def _end_of_text(self, link: Node, piece: _Piece) -> int | None:
        """Return the index of the ``]`` after the text of *link*."""
        after = 1
        for inner in reversed(children(link)):
            ranges = list(RANGE.finditer(attributes(inner)[2].get("hb:pos", "")))
            if ranges:
                line, column = int(ranges[-1][3]), int(ranges[-1][4])
                if 1 <= line <= len(self._lines):
                    after = piece.index((line, self._offset(self._lines[line - 1], column) + 1)) or after
                break
        end = piece.text.find("]", after)
        return end if end >= 0 else None

    @staticmethod
    def _offset(line: str, column: int) -> int:
        """Return the index in *line* of pandoc's *column*, in which a TAB reaches to the next multiple of 4."""
        if "\t" not in line:
            return column - 1
        reached = 1
        for index, letter in enumerate(line):
            if reached >= column:
                return index
            reached = reached + TAB - (reached - 1) % TAB if letter == "\t" else reached + 1
        return len(line)


def unescaped(typed: str) -> str:
    r"""Return an address with entities and escapes decoded.

    >>> unescaped(r"a\_b&amp;c")
    'a_b&c'
    """
    # An escaped & does not begin an entity, so escaped characters are replaced first.
    parts = ESCAPED.split(typed)
    return "".join(
        part if index % 2 else re.sub(r"&(?:#\w+|\w+);", lambda match: html.unescape(match[0]), part)
        for index, part in enumerate(parts)
    )


def written(address: str) -> str:
    r"""Return *address* as it must be typed between ``(`` and ``)`` of a link, so that Markdown reads it back unchanged.

    >>> written("https://example.org/a_(b)"), written("https://example.org/a)?x=1&copy;")
    ('https://example.org/a_(b)', 'https://example.org/a\\)?x=1&amp;copy;')
    """
    address = re.sub(r"&(?=#?\w+;)", "&amp;", address.replace("\\", "\\\\"))
    depth = 0
    for letter in address:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0:
            break
    return re.sub(r"[()]", r"\\\g<0>", address) if depth else address


def _inline(text: str, start: int) -> tuple[int, str]:
    """Return the index at which the address of an inline link begins, after its ``(``, and its text."""
    while start < len(text) and text[start] in SPACES:
        start += 1
    if text[start : start + 1] == "<":
        match = re.compile(r"(?:[^<>\\\n]|\\.)*").match(text, start + 1)
        return start + 1, match[0] if match else ""
    depth, index = 0, start
    while index < len(text) and text[index] not in SPACES:
        if text[index] == "\\":
            index += 1
        elif text[index] == "(":
            depth += 1
        elif text[index] == ")":
            depth -= 1
            if depth < 0:
                break
        index += 1
    return start, text[start:index]
