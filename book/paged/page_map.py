"""The page map: which letter begins page n, read from the laid-out PDF; and the marks for it in the other editions.

A place in a chapter is counted in letters: letters and digits of its body, in reading order, case folded. Hyphens added by the
layout, spaces and punctuation do not count, nor does anything an edition adds or draws, so the count is the same in every edition.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from lxml import etree
from msgspec.structs import replace

from book import cache
from book.amounts import roman
from book.body import KIND, Body, Element, kinds
from book.html_names import EPUB_TYPE
from book.labels import label
from book.model import Book, Page, PageMap
from book.paged import pages as laid_out
from book.problems import Kind, Place, Problem, Severity

ADRIFT = Kind("E130", Severity.NOTE, "a page of the PDF whose first words are not the next ones in the chapter")

ROLE = "doc-pagebreak"
NAMED = {True: "aria-label", False: "title"}
"""The attribute with the name of a mark: True for EPUB, False for HTML.

E-readers look for ``aria-label``. On a web page ``title`` names the mark as well (accname 1.2 §4.3.2, step 2I), also for software
that does not know the roles of DPUB-ARIA: a ``span`` without a role may have no ``aria-label``.
"""
BEGINS = 25
"""The number of letters that identify the beginning of a page."""
NEAR = 4000
"""The number of letters around the counted place in which a page's beginning is searched for: cells may continue on the next page."""


def folios(count: int, ranges: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    """Return the labels of *count* pages, as ``PageLabels`` of a PDF give them (PDF 2.0 §12.4.2).

    Args:
        count: the number of pages.
        ranges: the index of the page (from 0) that gets the number 1, and the style: ``D`` 1, 2, 3; ``r`` i, ii, iii.

    >>> folios(4, ((0, "r"), (2, "D")))
    ('i', 'ii', '1', '2')
    """
    labels: list[str] = []
    for (first, style), (end, _) in zip(ranges, (*ranges[1:], (count, "")), strict=True):
        labels += (roman(number) if style == "r" else str(number) for number in range(1, end - first + 1))
    return tuple(labels)


def count(text: str) -> int:
    """Return the number of letters and digits of *text*.

    >>> count("A page, 12.")
    7
    """
    return len(folded(text))


def folded(text: str) -> str:
    """Return the letters and digits of *text*, case folded, because a style may print them in capitals.

    >>> folded("Groß, 12.") == folded("GROSS 12")
    True
    """
    return "".join(filter(str.isalnum, text.casefold()))


# Reading.


def read(pages: Iterable[laid_out.Page], labels: Iterable[str]) -> PageMap:
    """Return the page map of laid-out *pages*.

    A page begins where its text goes on in the order of the book, wherever that is on the page; if it goes on nowhere, because the next
    block was moved away, the page begins with its first words that are not in a moved block.

    Args:
        pages: all pages in order, with everything on them.
        labels: the folio of each page.
    """
    pages = tuple(pages)
    order = _Order(pages)
    met: set[str] = set()
    letters: Counter[str] = Counter()
    result = []
    for page, folio in zip(pages, labels, strict=True):
        first: Page | None = None
        begins, within, block = "", 0, 0
        opening = order.opening(page, letters)
        for item, inside in _counted(page):
            place = item.context.place
            at = order.position(item, letters[place])
            if first is None and (item is opening or (opening is None and not order.is_moved(item))):
                first = Page(label=folio, place=place, letters=at, title=place not in met)
                block = item.context.block
            met.add(place)
            if item.context.in_body:
                letters[place] += len(inside)
                order.pass_over(item, inside)
                within = within if begins else item.cell
                # Other editions may have the cells in another order: only the text of its first cell identifies a page.
                # Nor does the block behind the first one, where blocks were moved.
                own = (
                    first is not None
                    and place == first.place
                    and (item.context.block == block or not order.is_moved(item))
                )
                if own and within == item.cell and len(begins) < BEGINS and order.goes_on(item, block):
                    begins = (begins + inside)[:BEGINS]
        result.append(replace(first, begins=begins) if first else Page(label=folio))
    return tuple(result)


def _counted(page: laid_out.Page) -> Iterator[tuple[laid_out.Text, str]]:
    """Yield what counts on *page*, with its letters."""
    for item in page.items:
        if not isinstance(item, laid_out.Text) or not item.context.counted or not item.context.place:
            continue
        if inside := folded(item.text):
            yield item, inside


class _Order:
    """The order of the blocks of a book, of which some stand elsewhere on its pages."""

    def __init__(self, pages: Sequence[laid_out.Page]) -> None:
        self.moved: set[tuple[str, int]] = set()
        sizes: dict[str, Counter[int]] = {}
        for page in pages:
            for item in page.items:
                if isinstance(item, laid_out.Block) and item.moved == "yes":
                    self.moved.add((item.context.place, item.context.block))
        # Most books have no moved block, and need not be read twice.
        for text, inside in (pair for page in pages if self.moved for pair in _counted(page)):
            if text.context.in_body:
                sizes.setdefault(text.context.place, Counter())[text.context.block] += len(inside)
        self.starts: dict[str, dict[int, int]] = {}
        """For a place with moved blocks: the number of letters before each block, in the order of the book."""
        for place in {place for place, _ in self.moved}:
            numbers = sorted(filter(None, sizes.get(place, Counter())))
            before = itertools.accumulate((sizes[place][number] for number in numbers), initial=0)
            self.starts[place] = dict(zip(numbers, before, strict=False))
        self.passed: Counter[tuple[str, int]] = Counter()

    def is_moved(self, item: laid_out.Text) -> bool:
        """Return whether *item* is in a block that was moved."""
        return (item.context.place, item.context.block) in self.moved

    def opening(self, page: laid_out.Page, letters: Mapping[str, int]) -> laid_out.Text | None:
        """Return the text on *page* before which exactly the *letters* that are on earlier pages stand in the book, or the title above it.

        None if there is none, or if nothing was moved: then the page begins with its first words.
        """
        met: set[int] = set()
        for item, _ in _counted(page):
            place, block = item.context.place, item.context.block
            starts = self.starts.get(place)
            if starts is None:
                return None
            if not item.context.in_body and not met:
                return item  # the title of a chapter
            if block in met or block not in starts:
                continue
            met.add(block)
            # As many letters may stand on earlier pages by chance: a short table that is still to come, and as short a text behind it.
            before = sum(self.passed[place, number] for number in starts if number < block)
            if starts[block] == before and before + self.passed[place, block] == letters[place]:
                return item
        return None

    def position(self, item: laid_out.Text, counted: int) -> int:
        """Return how many letters of its place are before *item* in the order of the book; on the pages, *counted* are."""
        starts = self.starts.get(item.context.place)
        if starts is None:
            return counted
        block = item.context.block
        return starts.get(block, counted) + self.passed[item.context.place, block]

    def pass_over(self, item: laid_out.Text, inside: str) -> None:
        """Count the letters *inside* an item."""
        self.passed[item.context.place, item.context.block] += len(inside)

    def goes_on(self, item: laid_out.Text, block: int) -> bool:
        """Return whether *item* follows the text of *block* in the order of the book, too."""
        return item.context.place not in self.starts or item.context.block == block


def agreed(pages: PageMap, book: Book, folder: Path | None = None) -> tuple[PageMap, tuple[Problem, ...]]:
    """Return *pages* with places that hold for the bodies of *book*, and a note for each page that is not found there.

    Cells that continue on a second page, and tables in pieces, are counted in another order than they are read: such a page is
    searched for near the counted place by its first letters. A page that is not found keeps its folio but has no place.

    Args:
        pages: the pages as they were laid out.
        book: the book, with its bodies.
        folder: the cache folder, which remembers the places in a chapter; None for no cache.
    """
    memory = cache.Bundle(folder, "paper", cache.key(cache.program(), "agreed", book.metadata.identifier))
    chapters = {chapter.slug: chapter for chapter in book.spine}
    places: dict[str, Iterator[int]] = {}
    for place, own in by_place(page for page in pages if page.place in chapters and not page.title).items():
        body, counted = chapters[place].body, [(page.letters, page.begins) for page in own]
        make, key = functools.partial(_places, body, counted), cache.key(body.digest, repr(counted))
        is_whole = functools.partial(_are_as_many, counted)
        places[place] = iter(memory.remember(key, make, list[int], holds=is_whole))
    memory.close()
    result: list[Page] = []
    problems: list[Problem] = []
    for page in pages:
        if page.place not in places or page.title:
            result.append(page)
        elif (at := next(places[page.place])) == NOWHERE:
            message = f"page {page.label} begins with “{page.begins}”, which does not come next in the chapter; it has no mark"
            fix = "nothing on the pages is wrong; please report it with the chapter that shows it"
            problems.append(ADRIFT.at(Place(path=chapters[page.place].source.file), message, fix=fix))
            result.append(Page(label=page.label))
        else:
            result.append(replace(page, letters=at))
    return tuple(result), tuple(problems)


NOWHERE = -1
"""The place of a page that is not found."""


def _are_as_many(pages: Sequence[object], places: Sequence[int]) -> bool:
    return len(places) == len(pages)


def _places(body: Body, counted: Sequence[tuple[int, str]]) -> list[int]:
    """Return where in *body* pages begin for which so many letters were *counted*, and which begin with such letters."""
    letters, reached = folded_body(body), 0
    places = []
    for number, begins in counted:
        at = number if letters.startswith(begins, number) else _nearest(letters, begins, number)
        if at is None:
            at = _nearest(letters, begins[: BEGINS // 2], number)
        if at is None or at < reached:  # the next piece of a table: marks that go back and forth would be of no use
            places.append(NOWHERE)
        else:
            places.append(at)
            reached = at
    return places


def _nearest(body: str, begins: str, counted: int) -> int | None:
    """Return the offset of *begins* in *body* nearest to *counted*, at most :data:`NEAR` letters away; None if there is none."""
    low = max(0, counted - NEAR)
    behind = body.find(begins, counted, counted + NEAR + len(begins))
    before = body.rfind(begins, low, counted + len(begins))
    places = [at for at in (before, behind) if at >= 0] if begins else []
    return min(places, key=lambda at: abs(at - counted), default=None)


def folded_body(body: Body) -> str:
    """Return the letters of a chapter's *body* as the map counts them."""
    return "".join(
        folded((element.text if slot == "text" else element.tail) or "") for element, slot in _pieces(body.root)
    )


# Marking.


def mark(body: Body, pages: Iterable[Page], language: str, *, epub: bool) -> Body:
    """Return the *body* of a chapter with a mark before the letter that begins each of its *pages*.

    Args:
        body: the body.
        pages: the pages that begin in it, in order.
        language: the language of the words that a screen reader says.
        epub: whether the marks carry ``epub:type``.
    """
    waiting = sorted((page for page in pages if not page.title), key=lambda page: page.letters)
    if not waiting:
        return body
    root = body.copy()
    counted = 0
    for element, slot in list(_pieces(root)):
        text = (element.text if slot == "text" else element.tail) or ""
        inside = count(text)
        cuts: list[tuple[int, Page]] = []
        while waiting and waiting[0].letters < counted + inside:
            page = waiting.pop(0)
            cuts.append((_letter(text, page.letters - counted), page))
        counted += inside
        if cuts:
            _cut(element, slot, text, cuts, language, epub=epub)
    return Body(root)


def marks(book: Book, *, epub: bool) -> Book:
    """Return *book* with the marks of its pages in the bodies of its chapters.

    Args:
        book: the book with its page map; a book without one is returned unchanged.
        epub: whether the marks carry ``epub:type``.
    """
    pages = by_place(book.pages)
    if not pages:
        return book
    return book.map_chapters(
        lambda chapter: replace(chapter, body=mark(chapter.body, pages.get(chapter.slug, ()), chapter.lang, epub=epub))
    )


def opening(pages: Iterable[Page], place: str, language: str, *, epub: bool) -> str:
    """Return the mark of the page that begins with the title of *place*, as markup; empty if no page does.

    >>> print(opening([Page(label="iii", place="contents", title=True)], "contents", "de", epub=False))
    <span class="hb-page-mark" id="page-iii" role="doc-pagebreak" title="Seite iii"></span>
    """
    kind = ' epub:type="pagebreak"' if epub else ""
    return "".join(
        f'<span class="hb-page-mark" id="{identifier(page)}" role="{ROLE}" {NAMED[epub]}="{name}"{kind}></span>'
        for page in pages
        if page.title and page.place == place and (name := label(language, "page", n=page.label))
    )


def identifier(page: Page) -> str:
    """Return the id of the mark of *page*: ``page-37``, ``page-iv``."""
    return f"page-{page.label}"


OWN = ("title-page", "imprint", "contents", "colophon")
"""Handbound's own places that every edition has; their later pages, and a half title, exist only on paper."""


def marked(book: Book) -> tuple[Page, ...]:
    """Return the pages of *book* that have a mark in other editions."""
    chapters = {chapter.slug for chapter in book.spine}
    titled = {*OWN, *chapters, *(part.slug for part in book.parts)}
    return tuple(page for page in book.pages if page.place in (titled if page.title else chapters))


def by_place(pages: Iterable[Page]) -> Mapping[str, tuple[Page, ...]]:
    """Return the pages that begin with text of a place, by the name of the place."""
    pages_of: dict[str, list[Page]] = {}
    for page in pages:
        if page.place:
            pages_of.setdefault(page.place, []).append(page)
    return {place: tuple(its_pages) for place, its_pages in pages_of.items()}


def _pieces(root: Element) -> Iterator[tuple[Element, str]]:
    """Yield every piece of text that counts in reading order, as its element and ``text`` or ``tail``."""
    silent: Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            if silent is None and not _counts(element):
                silent = element
            if silent is None and element.text:
                yield element, "text"
        else:
            if silent is element:
                silent = None
            if silent is None and element is not root and element.tail:
                yield element, "tail"


def _counts(element: Element) -> bool:
    tag = element.tag
    if not isinstance(tag, str) or tag.rpartition("}")[2] == "math":
        return False
    return laid_out.UNCOUNTED.isdisjoint(kinds(element))


def _letter(text: str, count_before: int) -> int:
    """Return the index of the letter after *count_before* letters, or of the opening marks of its word.

    >>> _letter("one (“two", 3)
    4
    """
    before = 0
    for index, letter in enumerate(text):
        own = count(letter)
        if own and before + own > count_before:
            word = re.search(r"(?:^|(?<=\s))[^\w\s]+\Z|[\u2018\u201c(\[{«„]+\Z", text[:index])
            return word.start() if word else index
        before += own
    return len(text)


def _cut(element: Element, slot: str, text: str, cuts: list[tuple[int, Page]], language: str, *, epub: bool) -> None:
    """Insert the marks of *cuts* into one piece of text."""
    ends = [at for at, _ in cuts[1:]] + [len(text)]
    before = text[: cuts[0][0]]
    marks = []
    for (at, page), end in zip(cuts, ends, strict=True):
        span = etree.Element("span", {KIND: "page-mark", "id": identifier(page), "role": ROLE})
        span.set(NAMED[epub], label(language, "page", n=page.label))
        if epub:
            span.set(EPUB_TYPE, "pagebreak")
        span.tail = text[at:end]
        marks.append(span)
    if slot == "text":
        element.text = before
        for number, span in enumerate(marks):
            element.insert(number, span)
    else:
        element.tail = before
        parent = element.getparent()
        if parent is not None:
            index = parent.index(element)
            for number, span in enumerate(marks, 1):
                parent.insert(index + number, span)
