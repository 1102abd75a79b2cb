"""Lists that are counted with letters, Roman numerals or numbers in brackets, as policies and contracts have them: `a. …`, `(b) …`, `iii) …`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from book.amounts import roman
from book.dialects.context import Context
from book.dialects.rows import Row, join, rows_of, with_rows
from book.markdown.lines import LIST_MARKER, Sort, read
from book.model import Manuscript
from book.patterns import regex

_MARK = regex(
    r"(?P<indent> *)(?P<mark>\((?P<both>[a-zA-Z]|[ivx]{1,6}|[IVX]{1,6}|\d{1,2})\)|(?P<after>[a-z]|[ivx]{2,6})[.)]|(?P<capital>[A-Z]|[IVX]{2,6})(?:\)|\.(?=  )))"
    r"(?P<space> {1,4})(?=\S)"
)
_SUSPECT = regex(r"^[ ]*(?:\([aAiI1]\)|[aAiI][.)])[ ]", re.MULTILINE)
BLOCK = regex(rf"[ ]*(?:{LIST_MARKER}[ ]|#{{1,6}}[ ]|>|`{{3}}|~{{3}}|:{{3}}|\||<|\{{)")
"""A line that begins a block, and does not go on with an item."""
MOST_ROMAN = 20
"""The greatest Roman numeral of a list."""
DEEPEST = 6
LEAST = 2
"""The fewest items that make a list."""


class _Style(Struct, frozen=True):
    """How a list is counted."""

    name: str
    """As a style sheet names it: ``lower-alpha``."""
    opening: str
    closing: str
    """What stands around each number."""

    def number(self, at: int) -> str:
        """Return the number of the item *at*, from 1; empty if there is none."""
        if self.name == "decimal":
            return str(at)
        if self.name.endswith("alpha"):
            text = chr(96 + at) if at <= 26 else ""
        else:
            text = roman(at) if at <= MOST_ROMAN else ""
        return text.upper() if self.name.startswith("upper") else text


def is_suspect(text: str) -> bool:
    r"""Return whether a text may contain such a list.

    >>> is_suspect("Rules:\n(a) one\n(b) two"), is_suspect("1. one")
    (True, False)
    """
    return _SUSPECT.search(text) is not None


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with these lists as numbered ones, with their numerals stated above them."""
    if not is_suspect(manuscript.text):
        return manuscript
    for _ in range(DEEPEST):  # lists in items of others look like code before these are lists
        rows = rows_of(manuscript)
        lists = [*_lists(rows, read(manuscript.text).sorts)]
        if not lists:
            break
        new = {at: line for style, items in lists for at, line in _numbered(rows, style, items, context)}
        manuscript = with_rows(manuscript, [piece for at, row in enumerate(rows) for piece in new.get(at, [row])])
    return manuscript


def _numbered(
    rows: Sequence[Row], style: _Style, items: Sequence[int], context: Context
) -> Iterator[tuple[int, list[Row]]]:
    """Yield the lines on which the items of a list begin, numbered, and what is above the first one."""
    for number, at in enumerate(items, 1):
        row = rows[at]
        match = _MARK.match(row.text)
        if match is not None:
            indent, width = match["indent"], len(match["mark"]) + len(match["space"])
            context.take(match["mark"])
            mark = f"{number})"  # no list with full stops goes on with it
            context.taken.subtract([str(number)])
            line = join(row.made(f"{indent}{mark}{' ' * max(width - len(mark), 1)}", len(indent)), row.cut(match.end()))
            yield at, [row.made(indent), row.made(f"{indent}{{style={style.name}}}"), line] if number == 1 else [line]


def _lists(rows: Sequence[Row], sorts: Sequence[Sort]) -> Iterator[tuple[_Style, list[int]]]:
    """Yield style and lines of the items of each list."""
    taken: set[int] = set()
    for at, row in enumerate(rows):
        if at in taken or sorts[at] is not Sort.TEXT:
            continue
        match = _MARK.match(row.text)
        if match is None or not _may_begin(rows, at):
            continue
        for style in _styles(match):
            items = _items(rows, sorts, at, style)
            if len(items) >= LEAST:
                taken.update(items)
                yield style, items
                break


def _may_begin(rows: Sequence[Row], at: int) -> bool:
    """Return whether a list may begin on line *at*: not in the middle of a sentence."""
    above = rows[at - 1].text.rstrip() if at else ""
    return not above or above.endswith((":", ".", "\\")) or BLOCK.match(above) is not None


def _styles(match: re.Match[str]) -> Iterator[_Style]:
    """Yield the styles in which a first item may be counted."""
    number = match["both"] or match["after"] or match["capital"]
    opening, closing = ("(", ")") if match["both"] else ("", match["mark"][-1])
    names = {"a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman", "I": "upper-roman", "1": "decimal"}
    if number in names:
        yield _Style(names[number], opening, closing)


def _items(rows: Sequence[Row], sorts: Sequence[Sort], first: int, style: _Style) -> list[int]:
    """Return the lines on which the items of a list begin whose first one is on line *first*."""
    start = _MARK.match(rows[first].text)
    indent = len(start["indent"]) if start else 0
    items = [first]
    blank = False
    for at in range(first + 1, len(rows)):
        row = rows[at]
        if row.is_blank:
            blank = True
            continue
        match = _MARK.match(row.text) if sorts[at] is Sort.TEXT else None
        following = style.number(len(items) + 1)
        if (
            match is not None
            and len(match["indent"]) == indent
            and match["mark"] == f"{style.opening}{following}{style.closing}"
        ):
            items.append(at)
        elif row.indent <= indent and (blank or sorts[at] is not Sort.TEXT or BLOCK.match(row.text)):
            break
        blank = False
    return items
