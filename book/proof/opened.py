"""Opens a built file for the proofs, and turns the findings of a proof into a check."""

from __future__ import annotations

import functools
import io
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from lxml import etree

from book.model import Book, Check, Work
from book.problems import Kind, Place, Problem, Severity
from book.proof import cuts, verdicts
from book.proof.document import Document, Members, Unreadable
from book.seal import digest

if TYPE_CHECKING:
    import pikepdf

P = ParamSpec("P")
T = TypeVar("T")

UNREADABLE = Kind("P100", Severity.ERROR, "an edition that cannot be opened again")

Findings = tuple[str, Iterable[Problem]]
"""One line that says what was counted; and the problems."""


def check(name: str) -> Callable[[Callable[[Path, Work, Book], Findings]], Callable[[Path, Work, Book], Check]]:
    """Return a decorator that turns a function with findings into a proof: failed if one of them is an error, else passed."""

    def proof_of(look: Callable[[Path, Work, Book], Findings]) -> Callable[[Path, Work, Book], Check]:
        @functools.wraps(look)
        def proof(folder: Path, work: Work, book: Book) -> Check:
            try:
                detail, findings = look(folder, work, book)
                problems = tuple(findings)
            except _faults_of_files() as fault:
                detail = f"cannot be opened: {fault}"
                problems = (UNREADABLE.at(Place(path=work.path), detail, fix="build again"),)
            return Check(
                name=name,
                status="failed" if any(problem.severity is Severity.ERROR for problem in problems) else "passed",
                detail=detail,
                work=work.path,
                problems=problems,
            )

        return proof

    return proof_of


def _faults_of_files() -> tuple[type[Exception], ...]:
    """Return what a proof raises for a file that cannot be opened; pikepdf raises nothing if it was not imported."""
    reader = sys.modules.get("pikepdf")
    return (Unreadable, OSError, *((reader.PdfError, reader.DataDecodingError) if reader else ()))


State = tuple[int, int, int]
"""What changes when a file is written: its number, its size, its time."""


def state(path: Path) -> State:
    """Return the state of the file at *path*."""
    file = path.stat()
    return file.st_ino, file.st_size, file.st_mtime_ns


_SHARED: list[Callable[[], None]] = []
"""What forgets the files that were opened last."""


def shared(read: Callable[P, T]) -> Callable[P, T]:
    """Return *read* so that it reads the same file once, until another one, or until :func:`forget`; its arguments tell the state of the file."""
    once = functools.lru_cache(maxsize=1)(read)
    _SHARED.append(once.cache_clear)
    return cast("Callable[P, T]", once)


def forget() -> None:
    """Forget the files that were opened last."""
    for clear in _SHARED:
        clear()


def members(folder: Path, work: Work) -> Members:
    """Return the files inside an EPUB by name, in the order of the archive; all proofs of a file share them."""
    path = folder / work.path
    return _members(path, state(path))


@shared
def _members(path: Path, _: State) -> Members:
    data = path.read_bytes()
    with _readable():
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = {info.filename: info for info in archive.infolist() if not info.is_dir()}
        digests = {
            name: verdicts.remember("unpacked", _packed(data, info), functools.partial(_digest, archive, info), str)
            for name, info in entries.items()
        }

    def unpack(name: str) -> bytes:
        with _readable():
            return archive.read(entries[name])

    return Members(digests, unpack)


def _digest(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    """Return the digest of what an *entry* of an *archive* unpacks to."""
    return digest(archive.read(entry))


@contextmanager
def _readable() -> Iterator[None]:
    """Raise :class:`Unreadable` for an archive, or for an entry of one, that cannot be unpacked."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        RuntimeError,
        EOFError,
        ValueError,
        struct.error,
        zlib.error,
    ) as fault:
        raise Unreadable(fault) from fault


def _packed(data: bytes, info: zipfile.ZipInfo) -> tuple[bytes, str]:
    """Return everything on which it depends what an entry of the archive *data* unpacks to: its bytes, its own header included, and the list of entries."""
    start = info.header_offset
    lengths = int.from_bytes(data[start + 26 : start + 28], "little") + int.from_bytes(
        data[start + 28 : start + 30], "little"
    )
    listed = (
        info.filename,
        info.compress_type,
        info.CRC,
        info.compress_size,
        info.file_size,
        info.flag_bits,
        info.extra,
    )
    return data[start : start + 30 + lengths + info.compress_size], repr(listed)


XML_SUFFIXES = (".xhtml", ".opf", ".ncx", ".xml", ".svg", ".smil", ".html", ".htm")


def documents(work: Work, files: Members) -> tuple[Document, ...]:
    """Return the XML documents in *files*; :mod:`book.proof.xml` reports those that cannot be parsed."""

    def is_xml(document: Document) -> bool:
        try:
            return document.root is not None
        except etree.XMLSyntaxError:
            return False

    if files.readable is None:
        every = (files.document(work.path, name) for name in files if name.lower().endswith(XML_SUFFIXES))
        files.readable = tuple(document.name for document in every if verdicts.holds("XML", document, is_xml))
    return tuple(files.document(work.path, name) for name in files.readable)


def page(folder: Path, work: Work) -> Document:
    """Return the one document of an HTML edition; all proofs of a file share it."""
    path = folder / work.path
    return Document(name="", path=work.path, parsed=lambda: _page(path, state(path)))


@shared
def _page(path: Path, _: State) -> etree._Element:
    return cuts.parsed(path.read_bytes())


def cut(folder: Path, work: Work, book: Book) -> cuts.Cut | None:
    """Return the page of an HTML edition of *book*, cut into its chapters; None if one of them cannot be cut out."""
    path = folder / work.path
    return _cut(path, state(path), work.path, tuple(chapter.slug for chapter in book.spine))


@shared
def _cut(path: Path, _: State, name: str, slugs: tuple[str, ...]) -> cuts.Cut | None:
    return cuts.cut(path.read_bytes(), name, slugs)


def down(thing: Any, *keys: str) -> Any:
    """Return the value under *keys*, each in the one before, in a dictionary of a PDF; None if one is missing."""
    for key in keys:
        thing = thing.get(key) if thing is not None else None
    return thing


def sheets(folder: Path, work: Work) -> pikepdf.Pdf:
    """Return a PDF edition; all proofs of a file share it, and none changes it."""
    return pdf_at(folder / work.path)


def pdf_at(path: Path) -> pikepdf.Pdf:
    """Return the PDF at *path*, as :func:`sheets` does."""
    return _pdf(path, state(path))


@shared
def _pdf(path: Path, _: State) -> pikepdf.Pdf:
    return apart(path)


def apart(path: Path) -> pikepdf.Pdf:
    """Return the PDF at *path* for one proof alone, which may repair it in memory."""
    import pikepdf  # noqa: PLC0415 - an EPUB needs none

    try:
        return pikepdf.open(path)
    except pikepdf.PdfError as fault:
        raise Unreadable(fault) from fault
