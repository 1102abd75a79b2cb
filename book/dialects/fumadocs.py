"""Marks of Fumadocs and Nextra behind the words of a heading: an id, `[#name]`, and whether the heading is in the list of the page, `[!toc]`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from book.dialects.context import Context
from book.dialects.tags import Edit, Passage
from book.model import Manuscript
from book.patterns import regex

_MARKS = regex(r"^(?:#{1,6}[ \t]+[^\n]*?\S)(?P<marks>(?:[ \t]+\[(?:#[\w-]+|!?toc)\])+)[ \t]*$", re.MULTILINE)


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with these ids as attributes of their headings, and without the other marks."""
    page = Passage(manuscript)
    return (
        page.with_edits(_edits(page, context)) if "[#" in manuscript.text or "toc]" in manuscript.text else manuscript
    )


def _edits(page: Passage, context: Context) -> Iterator[Edit]:
    for match in _MARKS.finditer(page.visible):
        start, end = match.span("marks")
        names = [mark.strip("[]#") for mark in match["marks"].split() if mark.startswith("[#")]
        context.take(match["marks"])
        yield Edit(start=start, end=end, new=(page.made(f" {{#{names[0]}}}" if names else "", start),))
