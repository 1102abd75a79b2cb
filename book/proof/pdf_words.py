"""Nothing lost in the PDF: compares every chapter letter by letter; hyphens of the layout are removed, running heads are ignored."""

from __future__ import annotations

import functools
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from book import cache
from book.amounts import amount
from book.assemble.wording import UNSEEN
from book.model import Book, Chapter, Work
from book.patterns import regex
from book.problems import BUG, Kind, Place, Problem, Severity
from book.proof import opened, verdicts
from book.proof.line_ends import Lines, is_cut, is_long, may_be_cut
from book.proof.opened import Findings
from book.proof.words import DIFFER, Piece, Stream, absent, differing, fix_of, spoken, title_of
from book.proof.words import pieces as pieces_of
from book.scripts import GARBLED, as_read

if TYPE_CHECKING:
    from book.proof.pdf_text import Run

CUT = Kind("P164", Severity.WARNING, "a word that is divided at the end of a line without a hyphen")

# In many fonts one glyph serves all three, so they are compared as one letter.
HYPHENS = str.maketrans({"\u2010": "-", "\u2011": "-"})

START = 60
"""The number of letters by which the first run of a chapter is found."""

_SIGN = "[\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff]\ufe0f?[\U0001f3fb-\U0001f3ff]?"
EMOJI = regex(f"[0-9#*]\ufe0f?\u20e3|{_SIGN}(?:\u200d{_SIGN})+")
"""Emoji of several characters with one glyph: WeasyPrint 70 paints them, but the glyph may have no Unicode text."""

JOINERS = regex("[\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c-\u200f\u2061-\u2064\u3164\uffa0]")
"""Characters without ink, which change joining or direction; they may be missing in the text of a PDF."""

PLAIN = regex("[\0-\x7f\u2010-\u201f]*")
"""Text with dashes and quotation marks at most, in which nothing has to be composed or left out."""

GAP = regex("[\\s\u200b]+")
"""Where a line may end without a hyphen."""

SECTION = regex(r"\d{1,3}\.\d{1,3}")
"""A number such as 3.2, which a style sheet prints before a heading."""


def letters(text: str) -> str:
    r"""Return *text* in the form that is compared: composed, without spaces, all hyphens the same, case folded.

    Line breaks are layout, and a style may print a heading in capitals. Scripts whose letters a PDF garbles are not
    compared: an edition with more than a word of them is not made (``paged/coverage.py``).

    >>> letters("A well\u2011known\u00a0fact")
    'awell-knownfact'
    """
    if PLAIN.fullmatch(text):
        return "".join(text.split()).translate(HYPHENS).casefold()
    visible = GARBLED.sub("", JOINERS.sub("", UNSEEN.sub("", EMOJI.sub("", unicodedata.normalize("NFC", text)))))
    return "".join(visible.split()).translate(HYPHENS).casefold()


class Text(Struct, frozen=True, kw_only=True):
    """The letters of one chapter as they should be painted."""

    letters: str
    optional: Mapping[int, int]
    """Start and end of each piece that Handbound added and that a style may hide; offsets in *letters*."""
    words: tuple[str, ...] = ()
    """The same in words, for messages."""
    gaps: frozenset[int] = frozenset()
    """Offsets in *letters* at which a line may end without a hyphen: of spaces, and in listings; empty if they are unknown."""


class Walk(Struct, frozen=True, kw_only=True):
    """How far the runs of an edition match the letters of a chapter."""

    runs: int
    """Index of the first run that does not match."""
    matched: int
    """Number of letters of the chapter that were printed."""
    inside: tuple[tuple[int, int], ...] = ()
    """Each run that ends inside a word without a hyphen, with the offset of its end."""


def text_of(pieces: Iterable[Piece]) -> Text:
    """Return the letters of *pieces*; what Handbound added is optional."""
    runs: list[str] = []
    spelled: list[str] = []
    optional: dict[int, int] = {}
    gaps: set[int] = set()
    length = 0
    for (added, is_code), group in groupby(pieces, lambda piece: (piece.added, piece.is_code)):
        spelled.append("".join(piece.text for piece in group))
        text = letters(spelled[-1])
        if added and text:
            optional[length] = length + len(text)
        gaps.update(
            range(length, length + len(text) + 1) if is_code else _gaps(spelled[-1], length, length + len(text))
        )
        runs.append(text)
        length += len(text)
    words = tuple("".join(spelled).split())
    return Text(letters="".join(runs), optional=optional, words=words, gaps=frozenset((*gaps, length)))


def _gaps(spelled: str, start: int, end: int) -> Iterable[int]:
    """Return the offsets of the spaces of a text whose letters stand from *start* to *end*; all of them if they cannot be told."""
    words = GAP.split(spelled)
    sizes = (len(word) if PLAIN.fullmatch(word) else len(letters(word)) for word in words)
    *offsets, last = accumulate(sizes, initial=start)
    return offsets[1:] if last == end else range(start, end)


def walk(
    want: Text, printed: Sequence[str], first: int, *, most: int | None = None, heads: Sequence[bool] = ()
) -> Walk:
    """Match the runs *printed* from the index *first* against the letters *want*, as far as they agree.

    A hyphen at the end of a run may come from the layout: it is ignored if *want* lacks it there. An ornament, a section number
    from a style, or a repeated table head may stand between the letters.

    Args:
        want: the letters of a chapter.
        printed: the letters of each run.
        first: index of the first run.
        most: the most letters to match, of which only those count that are printed; None for all.
        heads: for each run, whether it is in a header cell; empty if none is.

    >>> text = Text(letters="internationalwell-known", optional={})
    >>> walk(text, ["inter-", "national", "well-", "known", "more"], 0)
    Walk(runs=4, matched=23, inside=())
    >>> walk(Text(letters="wordsQuestions", optional={5: 14}), ["words", "Quest", "Author"], 0)
    Walk(runs=1, matched=14, inside=())
    """
    end = len(want.letters) if most is None else min(most, len(want.letters))
    first_at: dict[str, int] = {}  # head -> the index of its first printing
    best = Walk(runs=first, matched=0)
    inside: list[tuple[int, int]] = []  # of the way so far
    ways, tried = [(first, 0, 0)], set[tuple[int, int]]()
    while ways:
        index, matched, count = ways.pop()
        del inside[count:]
        reached = 0  # what is left out proves no beginning
        while index < len(printed) and matched < end and (index, matched) not in tried:
            tried.add((index, matched))
            if matched in want.optional:  # a running head may begin like an optional piece that is not printed
                ways.append((index, want.optional[matched], len(inside)))
            run = printed[index]
            after = _offset_after(want, run, matched)
            if after is not None and after not in want.gaps and want.gaps and may_be_cut(want.letters, after):
                inside.append((index, after))
            if after is None and run.endswith("-"):
                after = _offset_after(want, run[:-1], matched)
            again = bool(heads) and heads[index] and first_at.setdefault(run, index) < index
            if after is None and (again or not any(map(str.isalnum, run)) or SECTION.fullmatch(run)):
                index += 1
                continue
            if after is None:
                while run and want.letters.startswith(run[0], matched):  # as far as it matches, for the message
                    reached = matched = matched + 1
                    run = run[1:]
                break
            if again:  # its words may also be those that come next: only what follows decides
                ways.append((index + 1, matched, len(inside)))
            reached, matched, index = after, after, index + 1
        while matched in want.optional:
            matched = want.optional[matched]
        if most is not None:
            matched = reached
        if matched > best.matched:
            best = Walk(runs=index, matched=matched, inside=tuple(inside))
        if best.matched >= end:
            break
    return best


def _offset_after(want: Text, run: str, matched: int) -> int | None:
    """Return the offset after *run*, matched at *matched*; None if *want* differs."""
    if want.letters.startswith(run, matched):
        return matched + len(run)
    # Each optional piece may or may not be printed: leaving it out is tried if nothing else matches.
    ways = [(0, matched)]
    while ways:
        read, at = ways.pop()
        while read < len(run):
            if at in want.optional:
                ways.append((read, want.optional[at]))
            if not want.letters.startswith(run[read], at):
                break
            read, at = read + 1, at + 1
        else:
            return at
    return None


@opened.check("nothing lost")
def words(folder: Path, work: Work, book: Book) -> Findings:
    """Prove that the PDF contains each chapter letter for letter, in the order of its tags or in the order of painting."""
    return compared(folder, work, book, _pieces, digest)


PiecesOf = Callable[[Chapter], Iterable[Piece]]
"""Returns the text that must be painted for a chapter."""


def compared(
    folder: Path, work: Work, book: Book, pieces_of: PiecesOf, digest_of: Callable[[Chapter], str]
) -> Findings:
    """Compare the text of a PDF with the *pieces_of* each chapter of *book*, and these with the words of its author.

    Args:
        folder: in which the PDF is.
        work: the PDF.
        book: the book.
        pieces_of: returns the text that must be painted for a chapter.
        digest_of: returns the digest of everything on which these depend.
    """
    from book.proof import pdf_targets, pdf_text  # noqa: PLC0415 - an EPUB has page marks, too, and needs no reader of PDF

    problems: tuple[Problem, ...] = ()
    untidy = _untidy_by_parts(folder, work, book, pieces_of, digest_of)
    if untidy is None:
        pages = pdf_targets.pages(opened.sheets(folder, work))
        at = [(chapter, pages.get(chapter.slug, 0)) for chapter in book.spine]
        lines = Lines(functools.partial(_content_of, folder, work))
        problems, untidy = _compared(work, at, pdf_text.runs_of(folder, work), pieces_of, lines, apart=None)
    count = sum(chapter.wording.count for chapter in book.spine)
    aside = f"; in {untidy} of them the tags read in another order than the page" if untidy else ""
    return f"{amount(count, 'word')} in {amount(len(book.spine), 'chapter')}{aside}", problems


def _content_of(folder: Path, work: Work, page: int) -> bytes:
    """Return the content of a page of *work* by its index."""
    from book.proof import page_content  # noqa: PLC0415 - as above

    return page_content.whole(opened.sheets(folder, work).pages[page])


def _compared(
    work: Work,
    chapters: Iterable[tuple[Chapter, int]],
    runs: Sequence[Run],
    pieces_of: PiecesOf,
    lines: Lines,
    *,
    apart: bool | None,
) -> tuple[tuple[Problem, ...], int]:
    """Compare *runs* with *chapters*, each with the index of its first page.

    Args:
        work: the PDF.
        chapters: in the order of the book.
        runs: the text of the file, or of the part with these chapters.
        pieces_of: as for :func:`compared`.
        lines: where the runs stand.
        apart: whether there are footnotes in the file; None: as there are in *runs*.

    Returns:
        The problems, and in how many chapters the tags read in another order than the page.
    """
    read = [(run, letters(as_read(run.text))) for run in runs]
    body, notes = (_Runs.of(pair for pair in read if pair[0].note is note) for note in (False, True))
    painted = _Runs.of(
        sorted((pair for pair in read if not pair[0].note), key=lambda pair: (pair[0].page, pair[0].mark))
    )
    problems: list[Problem] = []
    untidy = 0
    for chapter, page in chapters:
        want, pieces = chapter.wording, tuple(pieces_of(chapter))
        have = spoken(pieces)
        problems += differing(Place(path=work.path), chapter, want.running, have.running, "text")
        problems += differing(Place(path=work.path), chapter, want.notes, have.notes, "notes")
        if have.questions:
            problems += differing(Place(path=work.path), chapter, want.questions, have.questions, "questions")
        # Notes at the end of a chapter are text like any other.
        aside: frozenset[Stream] = frozenset({"notes"}) if apart or (apart is None and notes.letters) else frozenset()
        text = text_of(piece for piece in pieces if piece.stream not in aside)
        by_tags, by_paint = (_match_chapter(work, chapter, text, way, page, lines) for way in (body, painted))
        untidy += by_tags.is_lost and not by_paint.is_lost
        problems += (by_paint if by_tags.is_lost and not by_paint.is_lost else by_tags).problems
        text = text_of(piece for piece in pieces if piece.stream in aside)
        problems += _match_chapter(work, chapter, text, notes, 0, lines).problems
    return tuple(problems), untidy


def _untidy_by_parts(
    folder: Path, work: Work, book: Book, pieces_of: PiecesOf, digest_of: Callable[[Chapter], str]
) -> int | None:
    """Return in how many chapters the tags read in another order than the page; None if the whole file must be compared.

    Each chapter is compared with the part of the file that begins with it. What is remembered is that nothing was lost in exactly these
    bytes, with exactly these words.
    """
    from book.proof import pdf_known  # noqa: PLC0415 - as above

    known = pdf_known.known(folder, work)
    by_part = known.chapters(book) if known is not None else None
    if known is None or by_part is None:
        return None
    apart = any(facts.notes for facts in known.facts)
    untidy = 0
    for at, chapters in by_part.items():

        def look(at: int = at, chapters: Sequence[tuple[Chapter, int]] = tuple(chapters)) -> int | None:
            lines = Lines(functools.partial(known.content, at))
            problems, untidy = _compared(work, chapters, known.runs(at), pieces_of, lines, apart=apart)
            return None if problems else untidy

        inputs = (known.division.parts[at].digest, known.division.fonts, str(apart))
        about = [text for chapter, page in chapters for text in (digest_of(chapter), str(page))]
        verdict = verdicts.remember("nothing lost in pages", (*inputs, *about), look, int)
        if verdict is None:
            return None
        untidy += verdict
    return untidy


def digest(chapter: Chapter) -> str:
    """Return the digest of everything on which the pieces of *chapter* depend, and of the words of its author."""
    title = (str(chapter.show_title), chapter.heading.spell(), chapter.title_calls.spell())
    return cache.key(chapter.body.digest, *title, chapter.wording.digest)


def _pieces(chapter: Chapter) -> Iterator[Piece]:
    """Yield the text that must be painted for *chapter*: its title, then its body with Handbound's additions."""
    yield from title_of(chapter)
    yield from pieces_of(chapter.body.root)


class _Runs(Struct):
    """The runs of one stream, and how many of them are matched so far."""

    runs: tuple[Run, ...]
    letters: tuple[str, ...]
    heads: tuple[bool, ...]
    next: int = 0

    @classmethod
    def of(cls, read: Iterable[tuple[Run, str]]) -> _Runs:
        """Return the runs of *read*, each with its letters."""
        read = tuple(read)
        return cls(
            runs=tuple(run for run, _ in read),
            letters=tuple(text for _, text in read),
            heads=tuple(run.head for run, _ in read),
        )

    def skip_to(self, page: int) -> None:
        """Continue at the first run of *page*, unless that is already passed."""
        while self.next < len(self.runs) and self.runs[self.next].page < page:
            self.next += 1


class _Match(NamedTuple):
    """What is wrong with a chapter in one order of its runs."""

    problems: tuple[Problem, ...]
    is_lost: bool
    """Whether words are lost, added or moved; else words are cut at most."""


def _match_chapter(work: Work, chapter: Chapter, want: Text, paint: _Runs, page: int, lines: Lines) -> _Match:
    """Match *want* against the runs from *page* on, and continue after them."""
    if not want.letters:
        return _Match((), is_lost=False)
    paint.skip_to(page)
    start = _start(want, paint)
    if start is None:
        return _Match((absent(work, chapter),), is_lost=True)
    result = walk(want, paint.letters, start, heads=paint.heads)
    paint.next = result.runs
    if result.matched == len(want.letters):
        return _Match(tuple(_cut_words(work, chapter, want, paint, result, lines)), is_lost=False)
    lost = _lost(work, chapter, want, result, paint.runs[min(result.runs, len(paint.runs) - 1)])
    return _Match((lost,), is_lost=True)


def _cut_words(work: Work, chapter: Chapter, want: Text, paint: _Runs, result: Walk, lines: Lines) -> Iterator[Problem]:
    """Yield a problem for each word of *chapter* that is cut by the end of a line."""
    for index, offset in result.inside:
        inside = next(count for count in range(offset + 1) if offset - count in want.gaps or count == offset)
        if is_long(want.letters, want.gaps, offset) or not is_cut(paint.runs, paint.letters, index, inside, lines):
            continue
        before, word = _words_at(want, offset)
        page, begin = paint.runs[index].page + 1, paint.runs[index].text.split()[-1]
        message = (
            f"{chapter.source.path}, page {page}: a line ends with '{begin}' of the word '{word}', without a hyphen"
        )
        yield CUT.at(Place(path=work.path), message, fix=f"{BUG}; look near '{before}'" if before else BUG)


def _words_at(want: Text, offset: int) -> tuple[str, str]:
    """Return up to three words before the word with the letter at *offset*, and that word."""
    index = bisect_right(tuple(accumulate(len(letters(word)) for word in want.words)), offset)
    return " ".join(want.words[max(index - 3, 0) : index]), want.words[index]


def _start(want: Text, paint: _Runs) -> int | None:
    """Return the index of the run with which a chapter begins: the first that is followed by all, or most, of its first letters."""
    best, start = 0, None
    for index in range(paint.next, len(paint.letters)):
        if _offset_after(want, paint.letters[index][:1], 0):
            matched = walk(want, paint.letters, index, most=START).matched
            if matched >= min(START, len(want.letters)):
                return index
            if matched > best:
                best, start = matched, index
    return start


def _lost(work: Work, chapter: Chapter, want: Text, result: Walk, run: Run) -> Problem:
    """Return the problem that quotes the first word of *chapter* that is not printed where it should be."""
    index = bisect_right(tuple(accumulate(len(letters(word)) for word in want.words)), result.matched)
    before, behind = " ".join(want.words[max(index - 3, 0) : index]), " ".join(want.words[index : index + 5])
    message = (
        f"{chapter.source.path}, page {run.page + 1}, after '{before}': the book has '{behind}', "
        f"the edition has '{' '.join(run.text.split())}'"
    )
    return DIFFER.at(Place(path=work.path), message, fix=fix_of(chapter, before))
