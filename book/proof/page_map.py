"""Page 37 is page 37: each page mark in EPUB and HTML is followed by the words with which the PDF begins that page."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from lxml import etree
from msgspec import Struct

from book.amounts import amount
from book.assemble.wording import UNREAD
from book.html_names import EPUB_TYPE
from book.model import Book, Page, Work
from book.paged import page_map
from book.problems import BUG, Kind, Place, Problem, Severity
from book.proof import opened, pdf_words, verdicts
from book.proof.document import Document
from book.proof.markup import local
from book.proof.opened import Findings
from book.proof.words import Piece, is_added
from book.scripts import GARBLED, as_read

NO_MARK = Kind("P181", Severity.ERROR, "a page of the PDF that an edition does not mark")
WRONG_MARK = Kind("P182", Severity.ERROR, "a page mark that is not before the first words of its page")
LIST_DIFFERS = Kind("P183", Severity.ERROR, "a page list that does not name the marks, each once and in order")

CELLS = frozenset({"td", "th"})
LETTERS = 25
"""The number of letters of a page's beginning that are compared."""
ENOUGH = 8
"""The least letters that identify the beginning of a page if a moved block follows them on paper."""


@opened.check("page map")
def epub(folder: Path, work: Work, book: Book) -> Findings:
    """Prove the marks of the EPUB against the PDF, and its page list against the marks."""
    documents = tuple(opened.documents(work, opened.members(folder, work)))
    marks = _marks(documents)
    problems = [*_compare(folder, work, book, marks), *_listed(documents, marks)]
    return _detail(marks), problems


@opened.check("page map")
def html(folder: Path, work: Work, book: Book) -> Findings:
    """Prove the marks of the HTML edition against the PDF."""
    cut = opened.cut(folder, work, book)
    # Most books have no page map, and then no mark may be anywhere.
    clean = cut and not _marks((cut.shell, *cut.chapters.values()))
    marks = {} if clean else _marks((opened.page(folder, work),))
    return _detail(marks), tuple(_compare(folder, work, book, marks))


def _detail(marks: Mapping[str, tuple[Document, etree._Element]]) -> str:
    return amount(len(marks), "page mark") if marks else "no page marks: the PDF was not made with it"


def _marks(documents: tuple[Document, ...]) -> dict[str, tuple[Document, etree._Element]]:
    """Return the marks of all documents by their ids."""

    def marked(document: Document) -> Iterator[etree._Element]:
        return (element for element in document.root.iter(etree.Element) if element.get("role") == page_map.ROLE)

    def count(document: Document) -> tuple[int, tuple[Problem, ...]]:
        return sum(1 for _ in marked(document)), ()

    return {
        element.get("id", ""): (document, element)
        for document in documents
        if verdicts.facts("page marks", document, count, int)[0]
        for element in marked(document)
    }


def _compare(
    folder: Path, work: Work, book: Book, marks: Mapping[str, tuple[Document, etree._Element]]
) -> Iterator[Problem]:
    """Yield a problem for each page without a mark, or with its mark in the wrong place, and for each mark without a page."""
    pages = {page_map.identifier(page): page for page in page_map.marked(book)}
    for name in marks.keys() - pages.keys():
        document, _ = marks[name]
        yield NO_MARK.at(Place(path=document.path), f"the mark {name} is of no page of {book.paged}", fix=BUG)
    printed = _printed(folder, book) if pages else ()
    chapters = {chapter.slug for chapter in book.spine}
    numbers = {page.label: number for number, page in enumerate(book.pages)}
    texts: dict[str, str] = {}

    def letters(document: Document) -> str:
        if document.name not in texts:
            texts[document.name] = "".join(_counted(_texts(document.root)))
        return texts[document.name]

    for name, page in pages.items():
        if name not in marks:
            message = f"page {page.label} of {book.paged} has no mark"
            yield NO_MARK.at(Place(path=work.path), message, fix=BUG)
        elif page.place in chapters and not page.title:
            document, mark = marks[name]
            yield from _begins(document, mark, page, printed[numbers[page.label]], book.paged, letters)


def _begins(
    document: Document,
    mark: etree._Element,
    page: Page,
    printed: tuple[_Run, ...],
    name: str,
    letters: Callable[[Document], str],
) -> Iterator[Problem]:
    """Yield a problem if the words after *mark* are not those with which *printed*, the runs of its page, begins.

    Args:
        document: in which the mark is.
        mark: of *page*.
        page: the page.
        printed: its runs.
        name: of the PDF.
        letters: returns all letters of a document.
    """
    want = pdf_words.text_of(_behind(mark))
    # The head of a continued table is printed again, that of a new table is not, so both readings may be right.
    # And if a theme numbers the sections, the number before a heading is not part of the text.
    counted = printed[1:] if printed and printed[0].letters.isdigit() else printed
    readings = (printed, tuple(run for run in printed if not run.head), counted)
    if not any(
        _agree(want, runs) or _leads_to_moved(want, runs, lambda: letters(document))
        for runs in itertools.chain(readings, _after_moved(mark, printed))
    ):
        on_paper, behind = "".join(run.letters for run in printed)[:LETTERS], want.letters[:LETTERS]
        message = f"page {page.label} of {name} begins “{on_paper}”, after its mark comes “{behind}”"
        yield WRONG_MARK.at(document.place(mark.sourceline or 1), message, fix=BUG)


def _after_moved(mark: etree._Element, printed: tuple[_Run, ...]) -> Iterator[tuple[_Run, ...]]:
    """Yield the runs after what may begin a page and does not count: a figure or a table that was moved onto the page.

    It does not come right before *mark* in the document: otherwise the mark is too late.
    """
    ahead = _ahead(mark, sum(len(run.letters) for run in printed))
    skipped = ""
    for number, run in enumerate(printed[:-1], 1):
        skipped += run.letters
        if not ahead.endswith(skipped):
            yield printed[number:]


def _leads_to_moved(want: pdf_words.Text, runs: tuple[_Run, ...], letters: Callable[[], str]) -> bool:
    """Return whether *runs* begin as *want* does, and go on with a block that stands elsewhere in the document: it was moved there."""
    printed = "".join(run.letters for run in runs)[: 2 * LETTERS]
    pairs = zip(printed, want.letters, strict=False)
    same = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
    if same < ENOUGH:
        return False
    return printed[same:][:LETTERS] in letters()


def _ahead(mark: etree._Element, most: int) -> str:
    """Return the letters before *mark*, at least the last *most* of them."""
    pieces: list[str] = []
    length = 0
    for letters in _counted(_preceding(mark)):
        pieces.append(letters)
        length += len(letters)
        if length >= most:
            break
    return "".join(reversed(pieces))


def _preceding(mark: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Yield every text before *mark* in reverse order, with the element that contains it."""
    element: etree._Element | None = mark
    while element is not None:
        parent = element.getparent()
        if parent is None:
            return
        for beside in element.itersiblings("*", preceding=True):
            if beside.tail:
                yield parent, beside.tail
            yield from reversed(list(_texts(beside)))
        if parent.text:
            yield parent, parent.text
        element = parent


def _texts(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Yield every text in *root* in reading order, with the element that contains it."""
    for event, element in etree.iterwalk(root, events=("start", "end")):
        text = element.text if event == "start" else element.tail if element is not root else None
        holder = element if event == "start" else element.getparent()
        if text and holder is not None:
            yield holder, text


def _counted(texts: Iterable[tuple[etree._Element, str]]) -> Iterator[str]:
    """Yield the letters of those of *texts* that are the author's and that somebody reads."""
    for holder, text in texts:
        above = (holder, *holder.iterancestors())
        if not _is_silent(above) and not any(map(is_added, above)):
            yield _folded(text)


def _agree(want: pdf_words.Text, runs: tuple[_Run, ...]) -> bool:
    most = min(LETTERS, sum(len(run.letters) for run in runs), len(want.letters))
    return most > 0 and pdf_words.walk(want, [run.letters for run in runs], 0, most=most).matched >= most


def _folded(text: str) -> str:
    """Return the letters of *text* that are compared: not those of scripts of which a PDF has other letters than its pages show."""
    return page_map.folded(GARBLED.sub("", unicodedata.normalize("NFC", text)))


class _Run(Struct, frozen=True, kw_only=True):
    """Letters that the PDF paints in one operation."""

    letters: str
    head: bool
    """Whether they are in a header cell of a table."""


def _printed(folder: Path, book: Book) -> tuple[tuple[_Run, ...], ...]:
    """Return the runs of each page of the PDF, in the order of its tags."""
    printed: list[list[_Run]] = [[] for _ in book.pages]
    from book.proof import pdf_text  # noqa: PLC0415 - only a book with a PDF needs it

    for run in pdf_text.runs_of(folder, Work(edition="", path=book.paged, bytes=0, digest="")):
        if run.formula:  # not counted: the letters of TeX and of MathML differ
            continue
        if letters := _folded(as_read(run.text)):
            printed[run.page].append(_Run(letters=letters, head=run.head))
    return tuple(tuple(page) for page in printed)


def _behind(mark: etree._Element) -> Iterator[Piece]:
    """Yield the text after *mark*, as far as it is needed."""
    length = 0
    cell = next((above for above in mark.iterancestors() if local(above.tag) in CELLS), None)
    for element, text in _following(mark):
        above = (element, *element.iterancestors())
        if cell is not None and cell not in above:  # on paper, other text may follow the cell
            return
        if _is_silent(above):
            continue
        added = any(is_added(holder) for holder in above)
        letters = _folded(text)
        yield Piece(stream="running", added=added, text=letters)
        length += 0 if added else len(letters)
        if length > 4 * LETTERS:
            return


def _is_silent(above: Iterable[etree._Element]) -> bool:
    """Return whether text in these elements is not compared: nobody reads it, or it is a formula."""
    return any(local(holder.tag) in UNREAD or local(holder.tag) == "math" for holder in above)


def _following(mark: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Yield every text after *mark* in reading order, with the element that contains it."""
    element: etree._Element | None = mark
    while element is not None:
        parent = element.getparent()
        if parent is None:
            return
        if element.tail:
            yield parent, element.tail
        for beside in element.itersiblings():
            yield from _texts(beside)
            if beside.tail:
                yield parent, beside.tail
        element = parent


def _listed(
    documents: tuple[Document, ...], by_name: Mapping[str, tuple[Document, etree._Element]]
) -> Iterator[Problem]:
    """Yield a problem for each page list that does not list the marks in order."""
    marks = [(f"{document.name.rpartition('/')[2]}#{name}") for name, (document, _) in by_name.items()]

    def has_list(document: Document) -> tuple[int, tuple[Problem, ...]]:
        return sum(1 for element in document.root.iter("{*}nav", "{*}pageList")), ()

    for document in documents:
        if not verdicts.facts("lists", document, has_list, int)[0]:
            continue
        for element in document.root.iter(etree.Element):
            kind = element.get(EPUB_TYPE) or ""
            if local(element.tag) == "nav" and kind == "page-list":
                targets = [str(link.get("href")) for link in element.iter() if local(link.tag) == "a"]
            elif local(element.tag) == "pageList":
                targets = [str(content.get("src")) for content in element.iter() if local(content.tag) == "content"]
            else:
                continue
            if sorted(targets) != sorted(marks) or len(set(targets)) != len(targets):
                message = f"the page list names {amount(len(targets), 'page')}, the pages marked are {len(marks)}, or they are not the same"
                yield LIST_DIFFERS.at(document.place(element.sourceline or 1), message, fix=BUG)
