"""What is known of each part of a joined PDF: it is proved once, and remembered under the digest of its bytes.

So after an edit only the part of the changed chapter is proved again, with what concerns the whole file. A fact is remembered only if nothing is wrong
with a part; if anything is wrong with one, nothing is known of the file, and the proofs read all of it to say what it is.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec
import pikepdf
from msgspec import Struct

from book.model import Book, Chapter, Work
from book.problems import Place
from book.proof import opened, page_content, pdf_looks, pdf_parts, pdf_size, pdf_targets, pdf_text, verdicts
from book.proof.pdf_parts import Division, Part
from book.proof.pdf_targets import Targets
from book.proof.pdf_text import Letters, Run

LOOKS = (pdf_looks.acting_pages, pdf_looks.badly_boxed, pdf_looks.fontless, pdf_size.missized)
"""What is looked for on each page by itself."""


class Facts(NamedTuple):
    """What is known of a part with which nothing is wrong."""

    pages: tuple[int, ...]
    """The numbers of its pages."""
    others: tuple[tuple[int, str], ...]
    """The objects outside it that its pages paint, with their digests."""
    links: int
    targets: tuple[str, ...]
    """The names of the destinations to which its links lead."""
    notes: bool
    """Whether there are footnotes."""


class Known(Struct, frozen=True, kw_only=True):
    """What is known of a file with whose parts nothing is wrong."""

    division: Division
    facts: tuple[Facts, ...]
    """Those of each part."""
    targets: Targets
    fonts: dict[tuple[int, int], Letters]
    texts: dict[int, bytes]
    """The text of each part that was read just now, packed: another proof asks for it, too."""

    @property
    def count(self) -> int:
        """How many pages there are."""
        return sum(len(part.pages) for part in self.facts)

    @property
    def first(self) -> pdf_looks.Sheets:
        """Its first page, which has all fonts."""
        return _Sheets((pikepdf.Page(self.division.pdf.get_object((self.facts[0].pages[0], 0))),))

    @property
    def links(self) -> int:
        """How many links there are on the pages."""
        return sum(part.links for part in self.facts)

    def page_of(self, name: str) -> int:
        """Return the number of the page with the destination *name*; 0 if there is none."""
        place = self.targets.names.get(name)
        return 0 if place is None else int(pdf_targets.page_of(place).objgen[0])

    def chapters(self, book: Book) -> dict[int, list[tuple[Chapter, int]]] | None:
        """Return by the number of a part the chapters of *book* that begin in it, each with its page, from 0; None if one is lost or out of place."""
        where = {number: (at, page) for at, facts in enumerate(self.facts) for page, number in enumerate(facts.pages)}
        by_part: dict[int, list[tuple[Chapter, int]]] = {}
        for chapter in book.spine:
            at, page = where.get(self.page_of(chapter.slug), (-1, 0))
            if at < max(by_part, default=0):
                return None
            by_part.setdefault(at, []).append((chapter, page))
        return by_part

    def runs(self, number: int) -> tuple[Run, ...]:
        """Return the text of the part *number*, with pages from 0."""
        if number in self.texts:
            return _TEXT.decode(zlib.decompress(self.texts[number]))
        division = self.division.for_a_part()
        pages = [pikepdf.Page(division.pdf.get_object((page, 0))) for page in self.facts[number].pages]
        return _runs(division, division.parts[number], pages, self.fonts)

    def content(self, number: int, page: int) -> bytes:
        """Return the content of a *page* of the part *number*, counted from 0."""
        return page_content.whole(pikepdf.Page(self.division.pdf.get_object((self.facts[number].pages[page], 0))))


_TEXT = msgspec.msgpack.Decoder(tuple[Run, ...])


class _UnknownError(Exception):
    """Something is wrong, or is of a form of which nothing is remembered."""


def known(folder: Path, work: Work) -> Known | None:
    """Return what is known of a PDF edition; None if it must be read as a whole. All proofs of a file share it."""
    return _known(folder, work, opened.state(folder / work.path)) if verdicts.are_remembered() else None


@opened.shared
def _known(folder: Path, work: Work, _: opened.State) -> Known | None:
    division = pdf_parts.division(folder, work)
    if division is None:
        return None
    try:
        return _proved(division, work)
    except (_UnknownError, pikepdf.PdfError, AttributeError, KeyError, TypeError, ValueError):
        return None


def _proved(division: Division, work: Work) -> Known:
    """Return what is known of all parts of *division*.

    Raises:
        Exception: something is wrong.
    """
    fonts: dict[tuple[int, int], Letters] = {}
    texts: dict[int, bytes] = {}
    every = []
    for number, part in enumerate(division.parts):
        inputs = (part.digest, division.fonts, repr(work.sheet), work.edition)

        def look(number: int = number, part: Part = part) -> Facts | None:
            read = _facts(division, part, work, fonts)
            if read is None:
                return None
            texts[number] = zlib.compress(msgspec.msgpack.encode(read[1]), 1)
            return read[0]

        facts = verdicts.remember("part", inputs, look, Facts, holds=_has_pages)
        if facts is None or any(division.digest(number) != digest for number, digest in facts.others):
            raise _UnknownError
        every.append(facts)
    if any(True for number in division.common if not _is_readable(division.pdf.get_object((number, 0)))):
        raise _UnknownError
    pdf, pages = division.pdf, [page for facts in every for page in facts.pages]
    targets = pdf_targets.targets_in(pdf, ((page, 0) for page in pages))
    if any(True for _ in pdf_targets.faults(Place(path=work.path), pdf, targets)):
        raise _UnknownError
    if int(pdf.Root.Pages.Count) != len(pages) or not all(
        targets.names.keys() >= set(facts.targets) for facts in every
    ):
        raise _UnknownError
    if _structures(pdf):
        raise _UnknownError
    return Known(division=division, facts=tuple(every), targets=targets, fonts=fonts, texts=texts)


class ReadPage:
    """A page whose operators are known to be valid."""

    def parse_contents(self, parser: object) -> None:
        """Do nothing."""


def _structures(pdf: pikepdf.Pdf) -> list[str]:
    """Return what qpdf finds in *pdf* apart from its streams and its pages, and what it repaired meanwhile."""

    class Unread:
        """The file as ``check_pdf_syntax`` asks for it."""

        pages = (ReadPage(),)

        def _decode_all_streams_and_discard(self, progress: object) -> None:
            """Do nothing: each stream was decoded."""

        def __getattr__(self, name: str) -> Any:
            return getattr(pdf, name)

    return pikepdf.Pdf.check_pdf_syntax(cast("pikepdf.Pdf", Unread()))


class _Sheets(Struct, frozen=True):
    """Some pages of a file."""

    pages: Sequence[pikepdf.Page]


class _Unread(pikepdf.StreamParser):
    """Reads the operators of a page, for faults alone."""

    def __init__(self) -> None:
        super().__init__()

    def handle_object(self, *_: object) -> None:
        """Do nothing."""

    def handle_eof(self) -> None:
        """Do nothing."""


class _AnyName(dict[str, Any]):
    """Names of destinations; whether they exist is asked of the whole file."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def __contains__(self, name: object) -> bool:
        self.names[str(name)] = None
        return True


def _facts(
    division: Division, part: Part, work: Work, fonts: dict[tuple[int, int], Letters]
) -> tuple[Facts, tuple[Run, ...]] | None:
    """Return what is true of *part*, and its text; None if anything is wrong."""
    division = division.for_a_part()
    pdf, own = division.pdf, part.numbers
    if not all(map(_is_readable, division.objects(part))):
        return None
    node = pdf.get_object((own.start, 0))
    pages = [pikepdf.Page(page) for page in node.Kids]
    numbers = tuple(page.obj.objgen[0] for page in pages)
    if not own.start < min(numbers) <= max(numbers) < own.stop or len(set(numbers)) != int(node.Count) != 0:
        return None
    if any(page.obj.Parent.objgen[0] != own.start or page.obj.get("/Type") != "/Page" for page in pages):
        return None
    sheets = _Sheets(pages)
    if any(message for look in LOOKS for message in look(sheets, work, cast("Book", None))):
        return None
    if any(font.objgen[0] not in division.font_numbers for font in pdf_looks.fonts(sheets)):
        return None
    for page in pages:
        if not _is_within(page, own) or page.obj.Resources.Font.objgen[0] not in division.font_numbers:
            return None
    contents = _contents(part, pages)
    if any(font == HOLE and (mcid >= 0 or codes) for content in contents for mcid, font, codes in content.shown):
        return None  # it is marked as text of the book, or what follows it depends on it
    for page, content in zip(pages, contents, strict=True):
        if not content.plain:
            page.parse_contents(_Unread())
    wants = _AnyName()
    targets = pdf_targets.Targets(pages=frozenset((number, 0) for number in numbers), names=wants, doubles=())
    links = list(pdf_targets.annotated(sheets))
    if any(True for link, thing in links for _ in pdf_targets.judge(Place(path=""), link, thing, targets)):
        return None
    runs = _runs(division, part, pages, fonts)
    others = {number: division.digest(number) for number in _painted(pages) if number not in own}
    if not all(others.values()) or pdf.get_warnings():
        return None
    notes = any(run.note for run in runs)
    return Facts(numbers, tuple(others.items()), len(links), tuple(wants.names), notes), runs


def _is_readable(thing: Any) -> bool:
    """Return whether *thing* can be read; pikepdf warns of what it repairs."""
    if isinstance(thing, pikepdf.Stream):
        try:
            thing.read_bytes(pikepdf.StreamDecodeLevel.all)
        except pikepdf.PdfError:
            return False
    return True


def _is_within(page: pikepdf.Page, own: range) -> bool:
    """Return whether the resources of *page*, but for its fonts and pictures, and its links are among its *own* objects."""
    resources = page.obj.Resources
    forms_of = [thing for thing in resources.get("/XObject", {}).values() if thing.get("/Subtype") != "/Image"]
    return all(thing.objgen[0] in own for thing in (resources, *forms_of, *page.obj.get("/Annots", ())))


def _painted(pages: Sequence[pikepdf.Page]) -> Iterator[int]:
    """Yield the number of every stream that *pages* paint as their content."""
    for page in pages:
        contents = page.obj.Contents
        for stream in contents if isinstance(contents, pikepdf.Array) else (contents,):
            yield stream.objgen[0]


def _runs(
    division: Division, part: Part, pages: Sequence[pikepdf.Page], fonts: dict[tuple[int, int], Letters]
) -> tuple[Run, ...]:
    """Return the text of *part*, which has *pages*, in the order of its tags.

    Raises:
        ValueError: a tag is not among its own objects.
    """
    tops = [division.pdf.get_object((number, 0)) for number in part.tops]
    contents = _contents(part, pages)
    return pdf_text.runs_below(tops, pages, contents, fonts, part.numbers)


HOLE = "/HandboundHole"
"""The font of an empty text in the place of a folio, whose letters count for nothing that is remembered."""


def _contents(part: Part, pages: Sequence[pikepdf.Page]) -> list[page_content.Content]:
    """Return what each of the *pages* of *part* paints, without what is in its folios."""
    hole = f"{HOLE} 1 Tf [<>] TJ".encode()
    every = []
    for page in pages:
        streams = page.obj.Contents
        parts = streams if isinstance(streams, pikepdf.Array) else [streams]
        texts = (hole if stream.objgen[0] in part.folios else stream.read_bytes() for stream in parts)
        every.append(page_content.parsed(b"\n".join(texts)))
    return every


def _has_pages(facts: Facts) -> bool:
    return bool(facts.pages)
