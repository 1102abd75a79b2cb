"""The editions: what can be published, and the maker of each format. To add one: a module here, a line in each table."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping

from book import limits, packages
from book.model import Book, Edition, Made, Trim
from book.problems import BUG, BookError, Kind, Place, PublishError, Severity
from book.theme import Theme

SLOW = Kind("X110", Severity.ERROR, "an edition that takes too long")
UNMADE = Kind("T140", Severity.ERROR, "an edition that cannot be made with the theme of the book")


Format = Callable[[Book, Edition, Theme], Made]
"""Makes the files of one edition and says what went wrong on the way.

Raises ToolMissing when the edition cannot be made on this machine.
"""

EDITIONS: Mapping[str, Edition] = {
    edition.name: edition
    for edition in (
        Edition(name="epub", format="epub", suffix=".epub"),
        Edition(name="pdf", format="pdf", suffix=".pdf", trim=Trim(width_mm=148, height_mm=210), layout="screen"),
        Edition(
            name="print",
            format="pdf",
            suffix="-print.pdf",
            trim=Trim(width_mm=152.4, height_mm=228.6, bleed_mm=3),
            layout="print",
            mode="print",
        ),
        Edition(
            name="large",
            format="pdf",
            suffix="-large.pdf",
            trim=Trim(width_mm=210, height_mm=297),
            layout="large",
            mode="print",
        ),
        Edition(
            name="booklet",
            format="booklet",
            suffix="-booklet.pdf",
            trim=Trim(width_mm=148, height_mm=210),
            layout="booklet",
            mode="print",
        ),
        Edition(name="html", format="html", suffix=".html"),
        Edition(
            name="handout",
            format="handout",
            suffix="-handout",
            trim=Trim(width_mm=210, height_mm=297),
            layout="handout",
            mode="print",
        ),
    )
}
"""In the order in which the download page shows them."""

FORMATS: Mapping[str, str] = {
    "epub": "book.editions.epub",
    "pdf": "book.editions.pdf",
    "booklet": "book.editions.booklet",
    "html": "book.editions.html",
    "handout": "book.editions.handout",
}
"""Format -> module with a function ``make`` of type Format, imported when it is used: WeasyPrint is slow and may be missing."""


def maker(edition: Edition) -> Format:
    """Return the function that makes *edition*."""
    module = FORMATS[edition.format]

    def limited(book: Book, edition: Edition, theme: Theme) -> Made:
        place = Place(path=edition.name)
        try:
            with limits.within(seconds=theme.limits.pages_seconds):
                make: Format = importlib.import_module(module).make
                return make(book, edition, theme)
        except limits.Exceeded as error:
            fix = "make the book shorter, or raise limits.pages_seconds in handbound.toml"
            if theme.foreign:
                fix = f"{fix}; if another theme is quicker (--theme folio), it is the theme"
            message = f"the edition {edition.name} took more than {error.said} of processor time"
            raise PublishError(SLOW.at(place, message, fix=fix)) from error
        except ImportError as error:
            raise (packages.missing(error) or error) from error
        except (BookError, OSError):
            raise
        except Exception as error:
            # What a foreign theme asks of pages (a page without room, a length without end) may break any line of a layout.
            if not theme.foreign:
                raise
            message = f"the edition {edition.name} cannot be made with this theme: {type(error).__name__}: {error}"
            fix = f"build it with --theme folio; if that fails too, {BUG}"
            raise PublishError(UNMADE.at(theme.chain[0].place("theme.toml"), message, fix=fix)) from error

    return limited
