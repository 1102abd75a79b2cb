"""The booklet: the pages of the printed book, imposed two-up on A4 and on Letter; a file for each chapter too.

Its pages are those of the printed book, made a little smaller, so that page 37 is page 37 there too.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from msgspec.structs import replace

from book.edition import Edition
from book.editions import inside, pdf
from book.labels import label
from book.model import Book, Made, PageMap
from book.paged import frames, resources
from book.paged.imposition import signatures
from book.paged.render import Renderer
from book.paged.sheets import Sheets
from book.problems import Problem, Subject
from book.theme import Theme

MARKS = "pdf/sheet_marks.html.j2"
TITLE_PAGE = "title-page"
"""The place of the title page, with which a booklet begins: it has no half title."""


def make(book: Book, edition: Edition, theme: Theme) -> Made:
    """Return the booklet of *book* on each of its paper sizes, and one of each chapter.

    Raises:
        ToolMissing: Pango is not installed.
    """
    pages, problems, where, evenness = pdf.laid_out(book, inside(edition), theme)
    first = _first(where)
    order = range(first, len(where) + 1)
    words = list(_marks(len(order), edition.signature, book.metadata.language))
    marks = _drawn(words, book, edition, theme) if words else b""
    with Sheets(pages, book, most=edition.signature, marks=marks) as sheets:
        files = {
            edition.path(book.metadata.slug, paper): sheets.impose(paper.size, order, marked=bool(marks))
            for paper in edition.papers
        }
        for chapter in book.spine:
            own = _order(chapter.slug, where, sheets, first)
            files[edition.single(chapter.slug)] = sheets.impose(edition.papers[0].size, own)
    return Made(files=files, problems=tuple(_of_own(problems, book, edition)), evenness=evenness)


def _first(where: PageMap) -> int:
    """Return the number of the title page, from 1: the first page of the booklet, as it stands on the right."""
    return next((number for number, page in enumerate(where, 1) if page.place == TITLE_PAGE and number % 2), 1)


def _of_own(problems: tuple[Problem, ...], book: Book, edition: Edition) -> Iterator[Problem]:
    """Yield the *problems* of the pages, unless they are reported of the printed book."""
    if edition.pages:
        return
    slug = book.metadata.slug
    printed, own = inside(edition).path(slug), Subject(name=edition.path(slug))
    for problem in problems:
        yield replace(problem, place=own) if problem.place.path == printed else problem


def _marks(pages: int, most: int, language: str) -> Iterator[str]:
    """Yield the words in the fold of each sheet; none if there is only one signature, whose sheets are told apart by their page numbers."""
    groups = signatures(pages, most)
    for section, sheets in enumerate(groups if len(groups) > 1 else (), 1):
        for sheet in range(1, len(sheets) + 1):
            yield label(language, "sheet_mark", n=section, m=sheet)


def _drawn(words: list[str], book: Book, edition: Edition, theme: Theme) -> bytes:
    """Return a PDF with a small page for each of *words*."""
    theme = theme.for_edition(edition)
    fonts = resources.gather(book, theme)
    renderer = Renderer(fonts.served)
    sheet = theme.sheet("sheet_marks", faces=fonts.faces, mode=edition.mode)
    page = theme.page(MARKS, language=book.metadata.language, words=words)

    def make() -> tuple[bytes, int]:
        layout = renderer.lay_out(page, sheet)
        data = renderer.write([layout], identifier=book.metadata.identifier, tagged=False)
        return data, len(layout.lines) + len(renderer.log)

    inputs = (renderer.versions, sheet, page, book.metadata.identifier, *fonts.digests(page))
    return frames.whole(theme.cache, inputs, len(words), make, 0)[0]


def _order(slug: str, where: PageMap, sheets: Sheets, title: int) -> tuple[int, ...]:
    """Return the pages of the booklet of one chapter: the *title* page of the book, an empty page if it begins on the right, and its own.

    Its pages stay on their side, and keep their numbers, to which other chapters refer.
    """
    first = next(number for number, page in enumerate(where, 1) if page.place == slug)
    own = list(takewhile(lambda number: where[number - 1].place in (slug, ""), range(first, len(where) + 1)))
    while len(own) > 1 and sheets.is_empty(own[-1]):
        own.pop()
    return (title, *([0] * (first % 2)), *own)
