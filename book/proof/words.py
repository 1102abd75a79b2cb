"""Nothing lost: EPUB and HTML contain the words of every chapter, each once and in order."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal, NamedTuple

from lxml import etree
from msgspec import Struct

from book.amounts import amount
from book.assemble import discussion, formulas, notes
from book.assemble.wording import IN_A_WORD, SHOWING, UNREAD, words
from book.body import Element, kinds
from book.markdown.callouts import OWN_TITLE
from book.model import Book, Chapter, Wording, Work
from book.problems import BUG, Kind, Place, Problem, Severity
from book.proof import opened, verdicts
from book.proof.document import Document
from book.proof.markup import line_of, local
from book.proof.opened import Findings

DIFFER = Kind("P161", Severity.ERROR, "words of a chapter are lost, added or moved in an edition")
GAP = Kind("P255", Severity.WARNING, "words next to an author's HTML that an edition runs together or separates")
NO_CHAPTER = Kind("P162", Severity.ERROR, "a chapter that is missing from an edition, or out of place")

# Kinds of text that an edition adds. All other text in a printed chapter must be in its tree.
ADDED_ROLES = frozenset({"doc-noteref", "doc-backlink", "doc-pagebreak", "doc-toc"})
ADDED_KINDS = frozenset(
    {"added", "callout-title", "discussion-title", "footnotes-title", "kicker", "missing-image", "note-number"}
)
NOTE_ROLES = frozenset({"doc-footnote", "doc-endnote", "doc-endnotes"})
NOTE_KINDS = frozenset({"footnotes", "footnote"})
BREAKABLE = frozenset({"img", "input", "wbr"})
"""Elements of a word at which a line may end."""
QUESTIONS = frozenset({"discussion"})
"""The kind of the box with a chapter's questions, which not every edition has."""

Stream = Literal["running", "notes", "questions"]


class Piece(NamedTuple):
    """A piece of text of a document."""

    stream: Stream
    added: bool
    """Whether Handbound added it."""
    text: str
    is_code: bool = False
    """Whether it is in a listing, whose lines go on anywhere on the next row."""


def pieces(element: etree._Element, stream: Stream = "running") -> list[Piece]:
    """Return the text below *element*, which is in *stream*, in order, except text that is never visible."""
    result: list[Piece] = []
    _gather(element, stream, result, added=False, drawing=False, code=False)
    return result


def _gather(
    element: etree._Element, stream: Stream, result: list[Piece], *, added: bool, drawing: bool, code: bool
) -> None:
    """Add the text below *element* to *result*.

    Args:
        element: an element of a document.
        stream: the stream of the element.
        result: the pieces so far.
        added: whether it is inside an element that Handbound added.
        drawing: whether it is inside an SVG drawing.
        code: whether it is inside a listing.
    """
    tag = local(element.tag)
    if not tag or tag in UNREAD:
        return
    plain = not element.keys()  # true of most elements
    names = () if plain else kinds(element)
    if tag in BREAKABLE:
        result.append(Piece(stream, added, "\u200b"))
    if tag == "math":
        result.append(Piece(stream, added, " "))
        result.append(Piece(stream, added or formulas.BY_HAND in names, f" {formulas.spoken(element)} "))
        return
    roles = [] if plain else (element.get("role") or "").split()
    added = added or (not plain and _adds(element, roles, names))
    if roles or names:
        if stream == "running" and not (NOTE_ROLES.isdisjoint(roles) and NOTE_KINDS.isdisjoint(names)):
            stream = "notes"
        elif stream == "running" and not QUESTIONS.isdisjoint(names):
            stream = "questions"
        elif stream == "notes" and "footnotes-title" in names:
            stream = "running"  # the heading of the notes is not part of any note
    drawing, code = drawing or tag == "svg", code or tag == "pre"
    visible = not drawing or tag in SHOWING
    # The code that replaces a formula is separated from the words around it, like the formula.
    space = "" if tag in IN_A_WORD and formulas.TEX not in names else " "
    if text := space + (element.text or "" if visible else ""):
        result.append(Piece(stream, added, text, code))
    for child in element:
        _gather(child, stream, result, added=added, drawing=drawing, code=code)
        if visible and (tail := child.tail):
            parts_notes = tail == notes.NEXT and "noteref" in kinds(child)
            result.append(Piece(stream, added or parts_notes, tail, code))
    if space:
        result.append(Piece(stream, added, space))


def title_of(chapter: Chapter) -> Iterator[Piece]:
    """Yield the title of *chapter* as its page shows it, followed by the numbers of its notes."""
    if chapter.show_title:
        yield from pieces(chapter.heading.root)
        yield Piece(stream="running", added=True, text=chapter.title_calls.text)


def is_added(element: etree._Element) -> bool:
    """Return whether *element* is an addition of Handbound to the author's text."""
    return _adds(element, (element.get("role") or "").split(), kinds(element))


def _adds(element: etree._Element, roles: Sequence[str], names: Sequence[str]) -> bool:
    """Return whether *element*, which has these *roles* and kinds, is an addition."""
    return (
        not ADDED_ROLES.isdisjoint(roles)
        or (not ADDED_KINDS.isdisjoint(names) and OWN_TITLE not in names)
        or element.get("aria-hidden") == "true"
    )


def printed(element: etree._Element) -> Wording:
    """Return the words below *element*."""
    return spoken(pieces(element))


def spoken(pieces: Iterable[Piece]) -> Wording:
    """Return the words of *pieces* without Handbound's additions, with notes and questions apart."""
    own: dict[Stream, list[str]] = {"running": [], "notes": [], "questions": []}
    for piece in pieces:
        if not piece.added:
            own[piece.stream].append(piece.text)
    running, notes, questions = (" ".join(words("".join(texts))) for texts in own.values())
    return Wording(running=running, notes=notes, questions=questions)


class Printed(Struct, frozen=True, kw_only=True):
    """A chapter in an edition."""

    document: Document
    find: Callable[[], Element]
    """Returns the element that contains the whole chapter."""

    @property
    def element(self) -> Element:
        """The element that contains the whole chapter."""
        return self.find()


Chapters = dict[str, Printed]
"""The chapters of an edition by slug."""


@opened.check("nothing lost")
def epub(folder: Path, work: Work, book: Book) -> Findings:
    """Prove that the EPUB contains each chapter word for word."""
    return _compare(work, book, chapters_of_epub(folder, work, book))


def chapters_of_epub(folder: Path, work: Work, book: Book) -> Chapters:
    """Return the chapters of *book* in an EPUB."""
    files = opened.members(folder, work)
    documents = {
        document.name: document for document in opened.documents(work, files) if document.name.endswith(".xhtml")
    }
    by_stem = {name.rpartition("/")[2].removesuffix(".xhtml"): document for name, document in documents.items()}
    elements: Chapters = {}
    for chapter in book.spine:
        document = by_stem.get(chapter.slug)
        if document is None:
            holders = (document for document in documents.values() if chapter.slug in _with_ids(document.root))
            document = next(holders, None)
        if document is not None:
            elements[chapter.slug] = Printed(document=document, find=functools.partial(_body, document))
    return elements


def _body(document: Document) -> Element:
    return next((element for element in document.root if local(element.tag) == "body"), document.root)


@opened.check("nothing lost")
def html(folder: Path, work: Work, book: Book) -> Findings:
    """Prove that the HTML edition contains each chapter word for word."""
    return _compare(work, book, chapters_of_page(folder, work, book))


def chapters_of_page(folder: Path, work: Work, book: Book) -> Chapters:
    """Return the chapters of *book* in an HTML edition, each as a document of its own if the page can be cut."""
    document = opened.page(folder, work)
    if pieces := opened.cut(folder, work, book):
        return {slug: Printed(document=piece, find=piece.parsed) for slug, piece in pieces.chapters.items()}
    return chapters_of_whole_page(document, book)


def chapters_of_whole_page(document: Document, book: Book) -> Chapters:
    """Return the chapters of *book* in the page *document*."""
    elements: Chapters = {}
    named = _with_ids(document.root)
    for chapter in book.spine:
        element = named.get(chapter.slug)
        # The anchor may be the heading, or an empty element before it; the chapter is the box around it.
        while element is not None and local(element.tag) not in {"section", "article", "main", "div", "body"}:
            element = element.getparent()
        if element is not None:
            elements[chapter.slug] = Printed(document=document, find=functools.partial(_same, element))
    return elements


def _same(element: Element) -> Element:
    return element


def _with_ids(root: etree._Element) -> dict[str, Element]:
    """Return the first element with each id below *root*."""
    elements: dict[str, Element] = {}
    for element in root.iter(etree.Element):
        if identifier := element.get("id"):
            elements.setdefault(identifier, element)
    return elements


def _compare(work: Work, book: Book, elements: Chapters) -> Findings:
    count = 0
    problems: list[Problem] = []
    for chapter in book.spine:
        if chapter.slug not in elements:
            problems.append(absent(work, chapter))
            continue
        want = chapter.wording
        count += want.count
        look = functools.partial(_differing, chapter, elements[chapter.slug])
        asks = str(bool(discussion.asks(chapter)))
        problems += verdicts.problems("nothing lost", elements[chapter.slug].document, look, want.digest, asks)
    return f"{amount(count, 'word')} in {amount(len(book.spine), 'chapter')}", problems


def _differing(chapter: Chapter, edition: Printed, document: Document) -> Iterator[Problem]:
    """Yield a problem for each stream of words of *chapter* that differs in *document*, its *edition*."""
    element = edition.element
    want, have = chapter.wording, printed(element)
    place = document.place(line_of(element))
    yield from differing(place, chapter, want.running, have.running, "text")
    yield from differing(place, chapter, want.notes, have.notes, "notes")
    if have.questions or discussion.asks(chapter):
        yield from differing(place, chapter, want.questions, have.questions, "questions")


def absent(work: Work, chapter: Chapter) -> Problem:
    """Return the problem for a chapter that is not in *work*."""
    return NO_CHAPTER.at(Place(path=work.path), f"the chapter {chapter.source.path} is not in it", fix=BUG)


def differing(place: Place, chapter: Chapter, book_words: str, edition_words: str, stream: str) -> Iterator[Problem]:
    """Yield one problem if *edition_words*, read from an edition, differs from *book_words*: it quotes the first words that differ.

    In invalid HTML it is uncertain whether two words are one. So if no letter is lost or moved, a different space next to an
    author's tags does not withhold the edition.

    Args:
        place: place of the chapter in the edition.
        chapter: the chapter.
        book_words: its words, as in a :class:`book.model.Wording`.
        edition_words: the words that were printed.
        stream: ``text``, ``notes`` or ``questions``.
    """
    if book_words == edition_words:
        return
    want, have = book_words.split(), edition_words.split()
    start = next(
        (index for index, (expected, actual) in enumerate(zip(want, have, strict=False)) if expected != actual),
        min(len(want), len(have)),
    )
    before = " ".join(want[max(start - 3, 0) : start])
    message = (
        f"{chapter.source.path}, {stream}, after '{before}': the book has '{_quote(want[start:])}', "
        f"the edition has '{_quote(have[start:])}'; {difference(want[start:], have[start:])}"
    )
    kind = GAP if "".join(want) == "".join(have) and chapter.has_html else DIFFER
    yield kind.at(place, message, fix=fix_of(chapter, before))


def fix_of(chapter: Chapter, before: str) -> str:
    """Return the fix for words of *chapter* that came out wrong after the words *before*."""
    near = f"near '{before}'" if before else "at the beginning of the chapter"
    if chapter.has_html:
        tags = f"if HTML stands {near}, write it as Markdown, or close each of its tags and use it only where HTML allows it"
        return f"{tags}; if none stands there, {BUG}"
    return f"{BUG}; look {near}"


def _quote(sequence: Sequence[str], length: int = 5) -> str:
    return " ".join(sequence[:length]) + (" …" if len(sequence) > length else "")


def difference(want: Sequence[str], have: Sequence[str], most: int = 2000) -> str:
    """Return how many words are lost and how many added, among the first *most*.

    >>> difference(["a", "b", "c"], ["a", "c"])
    '1 lost, 0 added'
    """
    matcher = SequenceMatcher(None, list(want[:most]), list(have[:most]), autojunk=False)
    lost = added = 0
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind != "equal":
            lost += i2 - i1
            added += j2 - j1
    return f"{lost} lost, {added} added"
