"""The handout: contains each chapter and its questions word for word, and every address in full and as a QR code."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

import pikepdf
from msgspec.structs import replace

from book import cache
from book.amounts import amount
from book.assemble import discussion, notes
from book.labels import label, own
from book.model import Book, Chapter, Work
from book.paged import on_paper
from book.problems import BUG, Kind, Place, Problem, Severity
from book.proof import opened, pdf_known, pdf_text, pdf_words, verdicts
from book.proof.opened import Findings
from book.proof.pdf_targets import Thing
from book.proof.pdf_text import Run
from book.proof.words import Piece, title_of
from book.proof.words import pieces as pieces_of
from book.schemes import SCHEMES, scheme
from book.scripts import as_read
from book.style.links.whatwg import spelt

NO_ADDRESS = Kind("P171", Severity.ERROR, "a handout without an address that its text links to")
LONGEST_CODED = 1000
"""The most bytes of an address for which a QR code is required."""


@opened.check("nothing lost")
def words(folder: Path, work: Work, book: Book) -> Findings:
    """Prove that each chapter of the handout and its questions are printed, letter for letter."""
    return pdf_words.compared(folder, work, _book_of(work, book), _pieces_of, digest)


@opened.check("links on paper")
def links(folder: Path, work: Work, book: Book) -> Findings:
    """Prove that every address that a chapter links to can be typed and scanned: it is printed in full, next to a QR code."""
    book = _book_of(work, book)
    count = _count_by_parts(folder, work, book)
    problems: list[Problem] = []
    if count is None:
        printed = _letters(pdf_text.runs_of(folder, work))
        codes = _described(opened.sheets(folder, work).Root.get("/StructTreeRoot"))
        for chapter in book.spine:
            problems += _unprinted(work, chapter, printed, codes)
        count = sum(len(_addresses(chapter)) for chapter in book.spine)
    return amount(count, "address", "addresses"), problems


def _count_by_parts(folder: Path, work: Work, book: Book) -> int | None:
    """Return how many addresses the chapters of *book* link to, if each is printed in the part with its chapter; None if the whole file must be read.

    What is remembered is that none was missing in exactly these bytes, with exactly these chapters.
    """
    known = pdf_known.known(folder, work)
    by_part = known.chapters(book) if known is not None else None
    if known is None or by_part is None:
        return None
    count = 0
    for at, chapters in by_part.items():

        def look(at: int = at, chapters: Sequence[tuple[Chapter, int]] = tuple(chapters)) -> int | None:
            division, printed = known.division, _letters(known.runs(at))
            codes = _described([division.pdf.get_object((top, 0)) for top in division.parts[at].tops])
            if any(_unprinted(work, chapter, printed, codes) for chapter, _ in chapters):
                return None
            return sum(len(_addresses(chapter)) for chapter, _ in chapters)

        inputs = (known.division.parts[at].digest, known.division.fonts, *(digest(chapter) for chapter, _ in chapters))
        verdict = verdicts.remember("links on paper", inputs, look, int)
        if verdict is None:
            return None
        count += verdict
    return count


def _letters(runs: Iterable[Run]) -> str:
    return "".join(pdf_words.letters(as_read(run.text)) for run in runs)


def _unprinted(work: Work, chapter: Chapter, printed: str, codes: Collection[str]) -> list[Problem]:
    """Return a problem for each address of *chapter* that is not among the *printed* letters, or of which there is no QR code."""
    known, names = _addresses(chapter), on_paper.link_names(chapter)
    problems: list[Problem] = []
    for number, address in enumerate(known, 1):
        # Compared with its number before it and the next number after it: a shorter address may begin a longer one.
        whole = _entry(number, names.get(address, ""), address, chapter.lang)
        whole += f"[{number + 1}]" if number < len(known) else ""
        code = label(chapter.lang, "code_of", address=address)
        ways = {"in full": pdf_words.letters(whole) in printed}
        if len(address.encode()) <= LONGEST_CODED:
            ways["as a QR code"] = code in codes
        missing = [way for way, is_printed in ways.items() if not is_printed]
        if missing:
            message = f"{chapter.source.path}: the address {address} is not printed {' or '.join(missing)}"
            problems.append(NO_ADDRESS.at(Place(path=work.path), message, fix=BUG))
    return problems


def digest(chapter: Chapter) -> str:
    """Return the digest of everything of *chapter* on which its handout depends, and of the words of its author."""
    about = (chapter.slug, chapter.lang, chapter.description, repr(sorted(own.get().items())))
    return cache.key(pdf_words.digest(chapter), *about, *(question.digest for question in chapter.questions))


def inputs(work: Work, book: Book) -> str | None:
    """Return the digest of everything of *book* that is compared with *work*, if that has only one chapter."""
    chapters = tuple(_book_of(work, book).spine)
    return cache.key(book.metadata.language, digest(chapters[0])) if len(chapters) == 1 else None


def _book_of(work: Work, book: Book) -> Book:
    """Return *book* with the chapters in *work*: one if it is the file of a single chapter, else all."""
    path = PurePosixPath(work.path)
    if not path.parent.name:  # only files of single chapters are in a folder
        return book.without_index
    chapters = tuple(chapter for chapter in book.spine if chapter.slug == path.stem)
    return replace(book, front=chapters, main=(), back=())


def _pieces_of(chapter: Chapter) -> Iterator[Piece]:
    """Yield the text that must be painted for *chapter*, and the text that Handbound may add."""
    chapter = notes.as_sources(discussion.without(chapter))
    yield from title_of(chapter)
    yield Piece(stream="running", added=True, text=f"{chapter.description} ")
    yield from pieces_of(chapter.body.root)
    for number, (address, name) in enumerate(on_paper.link_names(chapter).items(), 1):
        head = f"{label(chapter.lang, 'handout_links')} " if number == 1 else ""
        yield Piece(stream="running", added=True, text=head + _entry(number, name, address, chapter.lang))
        yield Piece(stream="running", added=False, text=" ")
    yield Piece(stream="running", added=True, text=f"{label(chapter.lang, 'discussion')} ")
    for question in chapter.questions if chapter.wording.questions else ():
        yield from pieces_of(question.root, "questions")


def _entry(number: int, name: str, address: str, language: str) -> str:
    """Return how the list of links prints an *address*."""
    return f"[{number}]{name} {spelt(address, language)}"


def _addresses(chapter: Chapter) -> tuple[str, ...]:
    """Return the external addresses that *chapter* links to."""
    links = [link for body in (chapter.body, *chapter.questions) for link in body.iter("a")]
    addresses = (str(link.get("href", "")).strip() for link in links)
    return tuple(dict.fromkeys(address for address in addresses if scheme(address) in SCHEMES))


def _described(tree: Thing) -> frozenset[str]:
    """Return the alternative texts of the pictures in a tagged PDF."""
    descriptions: set[str] = set()
    stack = [tree]
    while stack:
        thing = stack.pop()
        if isinstance(thing, pikepdf.Array | list):
            stack += list(thing)
        elif isinstance(thing, pikepdf.Dictionary):
            if "/Alt" in thing:
                descriptions.add(str(thing["/Alt"]))
            stack.append(thing.get("/K"))
    return frozenset(descriptions)
