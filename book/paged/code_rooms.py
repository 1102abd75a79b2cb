"""How many columns a listing has room for, known before its chapter is laid out: a chapter with long lines is then laid out once less.

The room depends on what surrounds a listing: the measure, a list, a box. Each of these surroundings is laid out alone, with nothing
but a line that is too long. What it cannot show (a listing beside a figure) is measured on the pages, as before.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from lxml import etree
from lxml import html as lxml_html

from book import cache
from book.body import CODE, ON_PAPER
from book.paged import code_lines, fit_memory
from book.paged.pages import Code, Page
from book.patterns import regex

COMPARED = regex(r"\[\s*(data-[\w-]+)\s*[~|^$*]?=")
"""In a style sheet: a data attribute whose value it compares with another."""
COLUMNS = regex(rb"\d{1,3}")
LINE = "m" * 400
"""Longer than any line on paper."""
NUMBER = ON_PAPER[CODE]


class Rooms:
    """The room of listings in the chapters of an edition.

    Args:
        lay_out: returns the pages of a document, with the style sheet of the edition.
        sheet: that style sheet.
        folder: the cache, which remembers the room in surroundings; None: it is measured again in each process.
        about: what the pages depend on besides.
    """

    def __init__(
        self,
        lay_out: Callable[[str], Sequence[Page]],
        sheet: str = "",
        folder: Path | None = None,
        about: str = "",
    ) -> None:
        self._lay_out = lay_out
        self._compared = frozenset(COMPARED.findall(sheet))
        self._folder = folder
        self._about = about
        self._columns: dict[str, int] = {}
        """The HTML of surroundings -> columns; 0 if unknown."""

    def of_long(self, page: str) -> Mapping[str, int]:
        """Return the listings of a chapter that have longer lines than there is room for: number -> columns per line.

        Listings in tables are left out: their lines are not divided.

        Args:
            page: the HTML of the chapter's pages.
        """
        if "<pre" not in page:
            return {}
        root = lxml_html.document_fromstring(
            page.encode(), parser=lxml_html.HTMLParser(encoding="utf-8", huge_tree=True)
        )
        listings = (listing for listing in root.iter("pre") if listing.get(NUMBER))
        columns = {
            str(listing.get(NUMBER)): (self._room(listing), code_lines.widest(listing.text_content()))
            for listing in listings
            if not any(above.tag == "table" for above in listing.iterancestors())
        }
        return {number: room for number, (room, widest) in columns.items() if 0 < room < widest}

    def _room(self, listing: etree._Element) -> int:
        alone = _alone(listing, self._compared)
        if alone not in self._columns:

            def measure() -> bytes:
                items = (item for page in self._lay_out(alone) for item in page.items)
                return b"%d" % next((item.columns for item in items if isinstance(item, Code)), 0)

            entry = cache.key("room", cache.program(), self._about, alone)
            self._columns[alone] = int(
                cache.remember(
                    self._folder, fit_memory.STAGE, entry, measure, lambda data: bool(COLUMNS.fullmatch(data))
                )
            )
        return self._columns[alone]


def _alone(listing: etree._Element, compared: Collection[str]) -> str:
    """Return a document with a listing of one long line in the surroundings of *listing*.

    Of data attributes, which differ from chapter to chapter, only the values that the style sheet *compared* are in it.
    """
    inner = next(iter(listing), None)
    chain = [listing, *([inner] if inner is not None and inner.tag == "code" and not listing.text else [])]
    text = LINE
    for element in (*reversed(chain), *listing.iterancestors()):
        names = (
            f' {name}="{html.escape(str(value)) if name in compared or not name.startswith("data-") else ""}"'
            for name, value in element.items()
            if name not in ("id", NUMBER)
        )
        number = f' {NUMBER}="1"' if element is listing else ""
        tag = str(element.tag)
        text = f"<{tag}{''.join(names)}{number}>{text}</{tag}>"
    return f"<!DOCTYPE html>{text}"
