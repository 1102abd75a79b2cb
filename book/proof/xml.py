"""The EPUB as a package: a valid archive, strict XML, a correct manifest."""

from __future__ import annotations

import posixpath
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote
from xml.parsers import expat

from lxml import etree

from book.amounts import amount
from book.model import Book, Work
from book.patterns import regex
from book.problems import BUG, Kind, Place, Problem, Severity
from book.proof import opened, verdicts
from book.proof.document import Document, Members
from book.proof.markup import text_of
from book.proof.opened import Findings

SYNTAX = Kind("P101", Severity.ERROR, "a document of the EPUB that is not well-formed XML")
DOCTYPE = Kind("P102", Severity.ERROR, "a document type other than the bare html one, or an entity")
CONTROL = Kind("P103", Severity.ERROR, "a control character in a document of the EPUB")
MIMETYPE = Kind("P104", Severity.ERROR, "the mimetype entry is not first, stored and bare")
ENTRY = Kind("P105", Severity.ERROR, "an entry of the archive with a name, date, mode or place that is not fixed")
MANIFEST = Kind("P106", Severity.ERROR, "manifest and archive differ")
METADATA = Kind("P107", Severity.ERROR, "a required statement is missing from the package document")
SPINE = Kind("P108", Severity.ERROR, "an unusable spine")

OCF = "{urn:oasis:names:tc:opendocument:xmlns:container}"
OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

# Files of the archive itself, which the manifest never lists (EPUB 3.3 §4.2.6.3).
UNLISTED = ("mimetype", "META-INF/")

# EPUB 3.3 §4.3: the media type directly follows the local header (30 bytes) and the name (8 bytes).
FIRST_BYTES = b"mimetypeapplication/epub+zip"

UNPRINTED = regex("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
MODIFIED = regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@opened.check("archive and manifest")
def container(folder: Path, work: Work, book: Book) -> Findings:
    """Prove the zip archive, the container, the manifest, the metadata and the spine."""
    files = opened.members(folder, work)
    problems = [*_archive(folder / work.path, work), *_package(work, files, book)]
    return amount(len(files), "file"), problems


@opened.check("strict XML")
def documents(folder: Path, work: Work, book: Book) -> Findings:
    """Prove that a strict XML parser reads every document; otherwise e-readers show an error page."""
    del book
    files = opened.members(folder, work)
    names = [name for name in files if name.lower().endswith(opened.XML_SUFFIXES)]

    def look(document: Document) -> Iterator[Problem]:
        return _document(document.path, files[document.name])

    pages = (files.document(work.path, name) for name in names)
    return amount(len(names), "document"), [
        problem for page in pages for problem in verdicts.problems("strict XML", page, look)
    ]


def _document(path: str, data: bytes) -> Iterator[Problem]:
    """Yield what is wrong with one document, found by another parser than the one that wrote it."""
    reader = expat.ParserCreate(namespace_separator=" ")
    problems: list[Problem] = []

    def place() -> Place:
        return Place(path=path, line=reader.CurrentLineNumber, column=reader.CurrentColumnNumber + 1)

    def doctype(root: str, system: str | None, public: str | None, internal: int) -> None:
        if root != "html" or system or public or internal:
            name = f"<!DOCTYPE {root} …>" if system or public or internal else f"<!DOCTYPE {root}>"
            problems.append(DOCTYPE.at(place(), f"the document type {name} is not the bare <!DOCTYPE html>", fix=BUG))

    def declaration(version: str, encoding: str | None, standalone: int) -> None:
        del standalone
        if version != "1.0" or (encoding or "utf-8").lower() != "utf-8":
            problems.append(DOCTYPE.at(place(), f"declared as XML {version} in {encoding}, not 1.0 in UTF-8", fix=BUG))

    reader.StartDoctypeDeclHandler = doctype
    reader.XmlDeclHandler = declaration
    try:
        reader.Parse(data, True)
    except expat.ExpatError as fault:
        where = Place(path=path, line=fault.lineno, column=fault.offset + 1)
        line = data.splitlines()[fault.lineno - 1].decode("utf-8", "replace") if data.strip() else ""
        near = line[max(fault.offset - 30, 0) : fault.offset + 30].strip()
        problems.append(SYNTAX.at(where, f"{expat.ErrorString(fault.code)} near '{near}'", fix=BUG))
    yield from problems
    text = data.decode("utf-8", "replace")
    for number, line in enumerate(text.split("\n") if UNPRINTED.search(text) else (), start=1):
        if match := UNPRINTED.search(line):
            where = Place(path=path, line=number, column=match.start() + 1)
            yield CONTROL.at(where, f"the control character U+{ord(match[0]):04X}", fix=BUG)


def _archive(path: Path, work: Work) -> Iterator[Problem]:
    """Yield what a strict or an old unpacker rejects, and what would differ in the next build."""
    at = Place(path=work.path)
    with path.open("rb") as stream:
        start = stream.read(64)
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    bare = start[:4] == b"PK\x03\x04" and start[28:30] == b"\0\0" and start[30:58] == FIRST_BYTES
    first = entries[0] if entries else None
    if not (bare and first and not first.extra and (first.compress_type, first.file_size) == (zipfile.ZIP_STORED, 20)):
        yield MIMETYPE.at(at, "the archive does not begin with a stored, bare mimetype entry", fix=BUG)
    names = [entry.filename for entry in entries]
    if names[1:] != sorted(names[1:]):
        yield ENTRY.at(at, "the entries are not sorted", fix=BUG)
    folded = Counter(unicodedata.normalize("NFC", name).casefold() for name in names)
    for entry in entries:
        inner = Place(path=f"{work.path}/{entry.filename}")
        if folded[unicodedata.normalize("NFC", entry.filename).casefold()] > 1:
            yield ENTRY.at(inner, f"the name '{entry.filename}' appears twice, or differs in case only", fix=BUG)
        if not _safe(entry.filename):
            yield ENTRY.at(inner, f"the name '{entry.filename}' leaves the archive or is not portable", fix=BUG)
        if entry.date_time != entries[0].date_time:
            yield ENTRY.at(inner, f"its date {entry.date_time} is not that of the first entry", fix=BUG)
        if entry.create_system != 3 or (entry.external_attr >> 16) & 0o7777 != 0o644:
            yield ENTRY.at(inner, "its mode is not 0644 of Unix", fix=BUG)
        if entry.flag_bits & 0x1:
            yield ENTRY.at(inner, "it is encrypted", fix=BUG)


def _safe(name: str) -> bool:
    r"""Return whether *name* stays inside the archive and can be unpacked anywhere (EPUB 3.3 §4.2.2).

    >>> _safe("EPUB/one.xhtml"), _safe("../one"), _safe("/one"), _safe("a\\b")
    (True, False, False, False)
    """
    pieces = name.split("/")
    return (
        not any(piece in {"", ".", ".."} or piece.endswith(".") for piece in pieces)
        and not re.search(r'[\\:"*<>?|\x00-\x1f\x7f-\x9f\ufffe\uffff]', name)
        and all(len(piece.encode()) <= 255 for piece in pieces)
    )


def _package(work: Work, files: Members, book: Book) -> Iterator[Problem]:
    """Find the package document through the container, and compare it with the archive."""
    container_name = "META-INF/container.xml"
    parsed = {document.name: document for document in opened.documents(work, files)}
    if container_name not in parsed:
        yield MANIFEST.at(Place(path=f"{work.path}/{container_name}"), "the container is missing", fix=BUG)
        return
    name = next((root.get("full-path", "") for root in parsed[container_name].root.iter(f"{OCF}rootfile")), "")
    at = Place(path=f"{work.path}/{name or container_name}")
    if name not in parsed:
        yield MANIFEST.at(at, f"the package document '{name}' that the container names is missing", fix=BUG)
        return
    package = parsed[name].root
    yield from _manifest(package, name, at, files)
    yield from _metadata(package, at, book)
    yield from _spine(package, at)


def _manifest(package: etree._Element, name: str, at: Place, files: Mapping[str, bytes]) -> Iterator[Problem]:
    folder = posixpath.dirname(name)
    hrefs = [item.get("href", "") for item in package.iter(f"{OPF}item")]
    listed = Counter(posixpath.normpath(posixpath.join(folder, unquote(href))) for href in hrefs)
    for path, times in listed.items():
        if path not in files:
            yield MANIFEST.at(at, f"the manifest lists '{path}', which is not in the archive", fix=BUG)
        if times > 1:
            yield MANIFEST.at(at, f"the manifest lists '{path}' {times} times", fix=BUG)
    for path in files:
        if path not in listed and path != name and not path.startswith(UNLISTED):
            yield MANIFEST.at(at, f"'{path}' is in the archive but not in the manifest", fix=BUG)


def _metadata(package: etree._Element, at: Place, book: Book) -> Iterator[Problem]:
    identifiers = {element.get("id", ""): text_of(element).strip() for element in package.iter(f"{DC}identifier")}
    modified = [
        (meta.text or "").strip() for meta in package.iter(f"{OPF}meta") if meta.get("property") == "dcterms:modified"
    ]
    languages = [(element.text or "").strip() for element in package.iter(f"{DC}language")]
    titles = [text_of(element).strip() for element in package.iter(f"{DC}title")]
    metadata = book.metadata
    statements: dict[str, bool] = {
        f"version 3.0, not '{package.get('version')}'": package.get("version") == "3.0",
        "xml:lang on the package": bool(package.get(XML_LANG)),
        f"dc:language {metadata.language}": metadata.language in languages,
        f"dc:title '{metadata.title}'": metadata.title in titles,
        f"dc:identifier {metadata.identifier}": identifiers.get(package.get("unique-identifier", ""))
        == metadata.identifier,
        f"one dcterms:modified {metadata.modified}": modified == [metadata.modified]
        and bool(MODIFIED.fullmatch(metadata.modified)),
    }
    for statement, holds in statements.items():
        if not holds:
            yield METADATA.at(at, f"the package document does not say: {statement}", fix=BUG)


def _spine(package: etree._Element, at: Place) -> Iterator[Problem]:
    ids = {item.get("id") for item in package.iter(f"{OPF}item")}
    steps = [(step.get("idref", ""), step.get("linear", "yes")) for step in package.iter(f"{OPF}itemref")]
    if not steps:
        yield SPINE.at(at, "the spine is empty", fix=BUG)
    for idref, times in Counter(idref for idref, _ in steps).items():
        if idref not in ids:
            yield SPINE.at(at, f"the spine names '{idref}', which the manifest does not have", fix=BUG)
        if times > 1:
            yield SPINE.at(at, f"the spine names '{idref}' {times} times", fix=BUG)
    for idref, linear in steps:
        if linear != "yes":
            yield SPINE.at(at, f"'{idref}' is not linear: many readers never show it", fix=BUG)
