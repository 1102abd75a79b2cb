"""Opens a built file for the proofs, and turns the findings of a proof into a check."""

from __future__ import annotations

import functools
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
from lxml import etree
from lxml import html as lxml_html

from book.model import Book, Check, Work
from book.problems import BUG, Kind, Place, Problem, Severity

UNREADABLE = Kind("P100", Severity.ERROR, "an edition that cannot be opened again")

MEND = BUG
"""What the author can do about an edition that is wrong although its chapters are valid."""

Findings = tuple[str, Iterable[Problem]]
"""One line that says what was counted; and the problems."""


class Unreadable(Exception):
    """The file exists but cannot be opened; *reason* is the error of its reader."""

    def __init__(self, reason: object) -> None:
        """Keep the first line of *reason*."""
        super().__init__((str(reason) or type(reason).__name__).splitlines()[0])


def check(name: str) -> Callable[[Callable[[Path, Work, Book], Findings]], Callable[[Path, Work, Book], Check]]:
    """Return a decorator that turns a function with findings into a proof: failed if one of them is an error, else passed."""

    def proof_of(look: Callable[[Path, Work, Book], Findings]) -> Callable[[Path, Work, Book], Check]:
        @functools.wraps(look)
        def proof(folder: Path, work: Work, book: Book) -> Check:
            try:
                detail, findings = look(folder, work, book)
                problems = tuple(findings)
            except (Unreadable, OSError, pikepdf.PdfError, pikepdf.DataDecodingError) as fault:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One parsed markup document."""

    name: str
    """Name inside the EPUB; empty for a single file."""
    path: str
    """Path in the places of problems: the file name of the work, and the name inside it."""
    root: etree._Element

    def place(self, line: int = 1) -> Place:
        """Return the place of *line*."""
        return Place(path=self.path, line=max(line, 1))


class Members(dict[str, bytes]):
    """The files inside an EPUB by name, with those that were parsed."""

    roots: dict[str, etree._Element]


State = tuple[int, int, int]
"""What changes when a file is written: its number, its size, its time."""


def _state(path: Path) -> State:
    state = path.stat()
    return state.st_ino, state.st_size, state.st_mtime_ns


def forget() -> None:
    """Forget the files that were opened last."""
    _members.cache_clear()
    _page.cache_clear()


def members(folder: Path, work: Work) -> Mapping[str, bytes]:
    """Return the files inside an EPUB by name, in the order of the archive; all proofs of a file share them."""
    path = folder / work.path
    return _members(path, _state(path))


@functools.lru_cache(maxsize=1)
def _members(path: Path, _: State) -> Members:
    try:
        with zipfile.ZipFile(path) as archive:
            files = Members({info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()})
            files.roots = {}
            return files
    except (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, EOFError, zlib.error) as fault:
        raise Unreadable(fault) from fault


XML_SUFFIXES = (".xhtml", ".opf", ".ncx", ".xml", ".svg", ".smil", ".html", ".htm")


def documents(work: Work, files: Mapping[str, bytes]) -> Iterator[Document]:
    """Yield the XML documents in *files*; :mod:`book.proof.xml` reports those that cannot be parsed."""
    roots = files.roots if isinstance(files, Members) else {}
    for name, data in files.items():
        if name.lower().endswith(XML_SUFFIXES):
            root = roots.get(name)
            if root is None:
                # The file is our own, but still no entity is expanded and nothing is fetched.
                reader = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
                try:
                    root = roots[name] = etree.fromstring(data, reader)
                except etree.XMLSyntaxError:
                    continue
            yield Document(name=name, path=f"{work.path}/{name}", root=root)


def page(folder: Path, work: Work) -> Document:
    """Return the one document of an HTML edition; all proofs of a file share it."""
    path = folder / work.path
    return Document(name="", path=work.path, root=_page(path, _state(path)))


@functools.lru_cache(maxsize=1)
def _page(path: Path, _: State) -> etree._Element:
    data = path.read_bytes()
    reader = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True)
    try:
        root: Any = etree.fromstring(data, reader)  # None if there is only a comment
    except etree.LxmlError as fault:
        raise Unreadable(fault) from fault
    if root is None:
        message = "it is empty"
        raise Unreadable(message)
    parsed: etree._Element = root
    return parsed


def down(thing: Any, *keys: str) -> Any:
    """Return the value under *keys*, each in the one before, in a dictionary of a PDF; None if one is missing."""
    for key in keys:
        thing = thing.get(key) if thing is not None else None
    return thing


@contextmanager
def sheets(folder: Path, work: Work) -> Iterator[pikepdf.Pdf]:
    """Open a PDF edition."""
    with pdf_at(folder / work.path) as pdf:
        yield pdf


@contextmanager
def pdf_at(path: Path) -> Iterator[pikepdf.Pdf]:
    """Open the PDF at *path*."""
    try:
        pdf = pikepdf.open(path)
    except pikepdf.PdfError as fault:
        raise Unreadable(fault) from fault
    with pdf:
        yield pdf
