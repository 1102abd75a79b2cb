"""What Redcarpet and the Tech Docs Template read otherwise: links with a space before their address, rows of tables with a heading."""

from __future__ import annotations

import re
from collections.abc import Iterator

from book.dialects.context import Context
from book.dialects.tags import Edit, Passage
from book.model import Manuscript
from book.patterns import regex

_GAP = regex(
    r"(?<![\]\\!])\[(?![ xX]?\])[^\[\]\n]+(?:\n(?![ \t]*\n)[^\[\]\n]+){0,3}\](?P<gap>[ \t]+|[ \t]*\n[ \t]*)(?P<address>\((?:https?:|mailto:|[./#])[^()\n]*\))"
)
"""A link with white space between its words and its address."""
_RULE = regex(r"^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)+\|?[ \t]*$", re.MULTILINE)
_HEADING = regex(r"[ \t]*\|?[ \t]*(?P<mark>#[ \t]+)(?P<words>[^|\n*]*[^|\n*\s])[ \t]*(?=\|)")
"""The first cell of a row that is its heading."""


def before(manuscript: Manuscript, _: Context) -> Manuscript:
    """Return *manuscript* with such links as others write them, and with headings of rows in bold type."""
    if "]" not in manuscript.text and "|" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    edits = [
        Edit(start=match.start("gap"), end=match.end(), new=(page.piece(*match.span("address")),))
        for match in _GAP.finditer(page.visible)
    ]
    return page.with_edits([*edits, *_headings(page)])


def _headings(page: Passage) -> Iterator[Edit]:
    if "|" not in page.text or "#" not in page.text:
        return
    for rule in _RULE.finditer(page.visible):
        at = rule.end() + 1
        while (end := page.visible.find("\n", at)) > at or (end < 0 and at < len(page.visible)):
            stop = end if end >= 0 else len(page.visible)
            if "|" not in page.visible[at:stop]:
                break
            if heading := _HEADING.match(page.visible, at, stop):
                yield Edit(start=heading.start("mark"), end=heading.end("mark"), new=(page.made("**", at),))
                yield Edit(start=heading.end("words"), end=heading.end("words"), new=(page.made("**", at),))
            at = stop + 1
