"""Lists with bullets that are typed or pasted, `• Words`, as word processors and mails have them; and lines that begin with signs, `✅ Words`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from book.dialects.context import Context
from book.dialects.lettered_lists import BLOCK
from book.dialects.rows import Row, join, rows_of, with_rows
from book.markdown.lines import Sort, read
from book.model import Manuscript
from book.patterns import regex

_BULLET = regex(r"(?P<indent>[ \t]*)(?P<sign>[•‣◦▪▫●○■□·➢➤►❖]|[o§](?=\t))[ \t\u00a0]+(?=\S)")
_SIGN = regex(r"[ ]{0,3}[\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff]\ufe0f?[ \t\u00a0]+\S")
"""A line that begins with an arrow, a tick, a cross or an emoji."""
_SUSPECT = regex(
    r"^[ \t]*[•‣◦▪▫●○■□·➢➤►❖]|^[ ]{0,3}[\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff]", re.MULTILINE
)
LEAST = 2
"""The fewest items that make a list."""


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with these lists as lists, a level for each kind of bullet, and with each line that begins with a sign on its own."""
    if not _SUSPECT.search(manuscript.text):
        return manuscript
    rows = rows_of(manuscript)
    sorts = read(manuscript.text).sorts
    new: list[Row] = []
    at, signed = 0, False
    while at < len(rows):
        items = _items(rows, sorts, at)
        if len(items) >= LEAST:
            if new and not new[-1].is_blank:
                new.append(rows[at].made(""))
            new += _listed(rows, at, items, context)
            at = items[-1] + 1
            continue
        begins = not at or rows[at - 1].is_blank or sorts[at - 1] is not Sort.TEXT
        is_signed = _is_signed(rows[at], sorts[at])
        if signed and is_signed and not begins and not new[-1].text.endswith(("\\", "  ")):
            new[-1] = join(new[-1], new[-1].made("\\"))
        signed = is_signed if begins else signed and not BLOCK.match(rows[at].text)
        new.append(rows[at])
        at += 1
    return with_rows(manuscript, new)


def _is_signed(row: Row, sort: Sort) -> bool:
    """Return whether a line of text begins with a sign."""
    return sort is Sort.TEXT and _SIGN.match(row.text) is not None


def _items(rows: Sequence[Row], sorts: Sequence[Sort], first: int) -> list[int]:
    """Return the lines on which the items of the list begin whose first one is on line *first*; none if none is."""
    above = rows[first - 1].text.rstrip() if first else ""
    if above and not above.endswith((":", ".", "\\")) and not BLOCK.match(above):
        return []
    items: list[int] = []
    for at in range(first, len(rows)):
        match = _BULLET.match(rows[at].text) if sorts[at] is Sort.TEXT else None
        if match is not None and (items or not match["sign"].isascii()):
            items.append(at)
        elif (
            not items
            or sorts[at] not in (Sort.TEXT, Sort.BLANK)
            or BLOCK.match(rows[at].text)
            or (not rows[at].is_blank and rows[at - 1].is_blank)
        ):
            break
    return items


def _listed(rows: Sequence[Row], first: int, items: Sequence[int], context: Context) -> Iterator[Row]:
    """Yield the lines from *first* to the last of the *items* as a list."""
    signs: list[str] = []
    for at in range(first, items[-1] + 1):
        match = _BULLET.match(rows[at].text) if at in items else None
        if match is None:
            yield rows[at]
            continue
        sign = match["sign"]
        signs = signs[: signs.index(sign) + 1] if sign in signs else [*signs, sign]
        context.take(sign)
        yield join(rows[at].made(f"{'  ' * (len(signs) - 1)}- ", match.start("sign")), rows[at].cut(match.end()))
