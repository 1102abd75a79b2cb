"""The booklet: small pages laid out once, imposed two-up on A4 and on Letter."""

from __future__ import annotations

from book.edition import Edition
from book.editions import pdf
from book.model import Book, Made
from book.paged import sheets
from book.theme import Theme


def make(book: Book, edition: Edition, theme: Theme) -> Made:
    """Return the booklet of *book* on each of its paper sizes; its pages are laid out once.

    Half letter is 8 mm narrower and 6 mm taller than A5: the same page is centred on it, with narrower margins.

    Raises:
        ToolMissing: Pango is not installed.
    """
    pages, problems, _, evenness = pdf.laid_out(book, edition, theme, tagged=False)
    files = {
        edition.path(book.metadata.slug, paper): sheets.impose(pages, paper.size, edition.signature, book)
        for paper in edition.papers
    }
    return Made(files=files, problems=problems, evenness=evenness)
