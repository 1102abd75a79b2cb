"""The preflight: the EPUB contains nothing that Kindle, Kobo, Apple Books or an old e-reader rejects or shows wrongly.

It has the rules that the other proofs do not cover. :mod:`book.proof.xml` and :mod:`book.proof.ids` prove that every
document is strict XML, that the spine is linear and that nothing is loaded from outside.
"""

from __future__ import annotations

import io
import posixpath
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import tinycss2
from lxml import etree
from msgspec import Struct, field
from msgspec.structs import replace

from book.amounts import amount
from book.html_names import EPUB_TYPE, HEADINGS
from book.model import Book, Work
from book.patterns import regex
from book.problems import BUG, Kind, Place, Problem, Severity
from book.proof import opened, preflight_styles, verdicts
from book.proof.document import Document, Members
from book.proof.markup import line_of, local, text_of
from book.proof.opened import Findings
from book.proof.xml import OPF, XML_LANG

if TYPE_CHECKING:
    from PIL import Image

COMMENT = Kind("P211", Severity.ERROR, "a comment that a strict XML parser rejects")
NAME = Kind("P212", Severity.ERROR, "an id that old e-readers do not find")
STYLE = Kind(
    "P213", Severity.ERROR, "a style that overrides the reader's size or colours, or that old e-readers do not support"
)
IMAGE = Kind("P214", Severity.ERROR, "an image that a device rejects")
SIZE = Kind("P215", Severity.WARNING, "a book that is larger than its budget")
LANGUAGE = Kind("P216", Severity.ERROR, "a document without a language")
NOTE = Kind("P217", Severity.ERROR, "a note that does not open or does not lead back")
COVER = Kind("P218", Severity.ERROR, "a cover that a shop rejects")
FILE = Kind("P219", Severity.ERROR, "a file name that is not plain ASCII")
ACTIVE = Kind("P220", Severity.ERROR, "a script, a form or something that plays")
NAV = Kind("P221", Severity.ERROR, "a navigation document without contents")
NCX = Kind("P222", Severity.ERROR, "an NCX, for old e-readers, that is missing or wrong")
EMPTY = Kind("P223", Severity.ERROR, "an empty heading, or a link without an address")

XHTML = "application/xhtml+xml"
RASTERS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF"}
"""Image formats that every device supports (Kindle Publishing Guidelines 2024 §4); WebP is in EPUB 3.3 but not among them."""
COVERS = frozenset({"image/png", "image/jpeg"})
RATIOS = (1.2, 1.9)
"""Accepted ratios of height to width of a cover; Kindle recommends 1.6."""
MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA"})
"""Pillow's modes that a screen can show; CMYK is not among them."""
RUNNING = frozenset(
    "script form input button select textarea option datalist output object embed applet iframe frame frameset audio video "
    "canvas dialog noscript template slot".split()
)
META = "META-INF/"
PLAIN = regex(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")


class Package(Struct, frozen=True, kw_only=True):
    """An EPUB, opened and read."""

    work: Work
    book: Book
    files: Members
    documents: Mapping[str, Document]
    """The documents by name; :mod:`book.proof.xml` reports a document that is not XML."""
    fresh: Mapping[str, Document]
    """Those documents in which something was wrong the last time, or that are new; rules for single documents look at no others."""
    name: str
    """The name of the package document."""
    listed: tuple[tuple[str, str, frozenset[str]], ...] = ()
    """Name, media type and properties of each file that is both in the manifest and in the archive."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """The media types of the files by name, as the manifest says them."""

    @property
    def root(self) -> etree._Element:
        """The package document."""
        return self.documents[self.name].root

    def with_items(self) -> Package:
        """Return the package with :attr:`listed` and :attr:`kinds`, read from its document."""
        items: list[tuple[str, str, frozenset[str]]] = []
        for item in self.root.iter(f"{OPF}item"):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(self.name), unquote(item.get("href", ""))))
            if path in self.files:
                items.append((path, item.get("media-type", ""), frozenset((item.get("properties") or "").split())))
        return replace(self, listed=tuple(items), kinds={name: kind for name, kind, _ in items})

    def pages(self) -> Iterator[Document]:
        """Yield the XHTML documents that are :attr:`fresh`."""
        return (document for name, document in self.fresh.items() if self.kinds.get(name) == XHTML)

    def at(self, name: str, line: int = 1) -> Place:
        """Return the place of a *line* of the file *name*."""
        return Place(path=f"{self.work.path}/{name}", line=max(line, 1))


@opened.check("device preflight")
def epub(folder: Path, work: Work, book: Book) -> Findings:
    """Prove the rules of :data:`RULES`: the EPUB opens and is shown correctly on every device."""
    files = opened.members(folder, work)
    documents = {document.name: document for document in opened.documents(work, files)}
    name = next((name for name, document in documents.items() if verdicts.tag(document) == f"{OPF}package"), "")
    if not name:  # book.proof.xml reports it
        return "no package document", ()
    package = Package(work=work, book=book, files=files, documents=documents, fresh=documents, name=name).with_items()
    kinds = package.kinds

    def look(document: Document) -> Iterator[Problem]:
        return _faults(replace(package, fresh={document.name: document}), DOCUMENT_RULES)

    names = (name for name in files if name.lower().endswith(opened.XML_SUFFIXES) and name not in documents)
    unread = {name: files.document(work.path, name) for name in names}
    problems = [*_of_whole(package, files), *_faults(package, {SIZE: _sizes})]
    problems += _faults(replace(package, fresh=unread), {COMMENT: _comments})
    for document in documents.values():
        inside = str(document.name.startswith(META))
        problems += verdicts.problems("device preflight", document, look, kinds.get(document.name, ""), inside)
    place = {kind.code: number for number, kind in enumerate(RULES)}
    problems.sort(key=lambda problem: place[problem.code])
    pages = sum(1 for name, kind in kinds.items() if kind == XHTML and name in documents)
    pictures = sum(1 for kind in kinds.values() if kind.startswith("image/"))
    return f"{len(RULES)} rules, {amount(pages, 'document')}, {amount(pictures, 'image')}", problems


def _of_whole(package: Package, files: Members) -> tuple[Problem, ...]:
    """Return what is wrong with *package* by :data:`PACKAGE_RULES`, which open no page but the navigation."""
    pages = {name for name, kind, properties in package.listed if kind == XHTML and "nav" not in properties}
    states = (f"{name} {'' if name in pages else files.digest(name)} {name in package.documents}" for name in files)
    about = (package.book.metadata.identifier, repr(package.book.budgets))

    def look(_: Document) -> Iterator[Problem]:
        return _faults(package, PACKAGE_RULES)

    return verdicts.problems("whole package", package.documents[package.name], look, *about, *states)


Fault = tuple[Place, str, str]
"""Place, fault, and how the author can fix it; empty if the fault is a bug."""
Rules = Mapping[Kind, Callable[[Package], Iterator[Fault]]]


def _faults(package: Package, rules: Rules) -> Iterator[Problem]:
    """Yield what is wrong with *package* by *rules*."""
    for kind, look in rules.items():
        for place, message, fix in look(package):
            yield kind.at(place, message, fix=fix or BUG)


def _comments(package: Package) -> Iterator[Fault]:
    for name in package.fresh:
        text = package.files[name].decode("utf-8", "replace")
        for match in re.finditer(r"<!--(.*?)-->", text, re.DOTALL):
            # XML 1.0 §2.5: no two hyphens inside, none at the end.
            if "--" in match[1] or match[1].endswith("-"):
                yield package.at(name, text.count("\n", 0, match.start()) + 1), f"the comment {match[0][:60]}", ""


def _names(package: Package) -> Iterator[Fault]:
    for document in package.fresh.values():
        for element in document.root.iter(etree.Element):
            name = element.get("id")
            # Kindle and Adobe's e-readers lose anchors with a colon; in XML no id begins with a digit.
            if name is not None and (":" in name or not re.match(r"[^\W\d]", name)):
                yield document.place(line_of(element)), f"the id '{name}' has a colon, or no letter at its start", ""


def _sheets(package: Package) -> Iterator[Fault]:
    for name, kind in package.kinds.items():
        if kind == "text/css":
            text = package.files[name].decode("utf-8", "replace")
            for line, message in preflight_styles.of_sheet(text):
                yield package.at(name, line), message, "look in the epub.css of the theme"


def _styles(package: Package) -> Iterator[Fault]:
    for document in package.pages():
        for element in document.root.iter(etree.Element):
            if style := element.get("style"):
                selector = local(element.tag)
                for declaration in tinycss2.parse_blocks_contents(style, skip_whitespace=True, skip_comments=True):
                    if declaration.type == "declaration" and (
                        message := preflight_styles.of_declaration(selector, declaration)
                    ):
                        yield document.place(line_of(element)), message, ""


def _images(package: Package) -> Iterator[Fault]:
    for name, kind, properties in package.listed:
        if not kind.startswith("image/"):
            continue
        budgets = package.book.budgets.for_cover() if "cover-image" in properties else package.book.budgets
        data, at = package.files[name], package.at(name)
        if len(data) > budgets.image_bytes:
            message = f"it has {len(data)} bytes; the budget is {budgets.image_bytes}"
            yield at, message, "make the image smaller, or raise budgets.image_bytes in handbound.toml"
        if kind == "image/svg+xml":
            continue
        if kind not in RASTERS:
            yield at, f"{kind} is not shown by every device", "save it as PNG or JPEG"
            continue
        picture = _opened(data)
        if picture is None or picture.format != RASTERS[kind]:
            yield at, f"it cannot be read as {RASTERS[kind]}", "save it again"
            continue
        width, height = picture.size
        if width * height > budgets.image_pixels:
            message = f"it has {width} × {height} pixels; the budget is {budgets.image_pixels}"
            yield at, message, "make the image smaller, or raise budgets.image_pixels in handbound.toml"
        if picture.mode not in MODES:
            yield at, f"its colours are {picture.mode}, not those of a screen", "save it in sRGB"


def _opened(data: bytes) -> Image.Image | None:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - slow to import, and most pictures are known

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(data))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return None


def _sizes(package: Package) -> Iterator[Fault]:
    budget = package.book.budgets.book_bytes
    total = package.work.bytes or sum(map(len, package.files.values()))
    if total > budget:
        message = f"the book has {total} bytes; the budget is {budget}"
        yield (
            Place(path=package.work.path),
            message,
            "make its images smaller, or raise budgets.book_bytes in handbound.toml",
        )


def _language(package: Package) -> Iterator[Fault]:
    if not package.root.get(XML_LANG):
        yield package.at(package.name), "the package has no xml:lang", ""


def _languages(package: Package) -> Iterator[Fault]:
    for document in package.pages():
        spoken = (document.root.get("lang"), document.root.get(XML_LANG))
        if not spoken[0] or spoken[0] != spoken[1]:
            yield document.place(line_of(document.root)), f"lang is {spoken[0]!r}, xml:lang is {spoken[1]!r}", ""


def _notes(package: Package) -> Iterator[Fault]:
    for document in package.pages():
        by_id = {str(element.get("id")): element for element in document.root.iter(etree.Element) if element.get("id")}
        called: set[str] = set()
        for element in document.root.iter(etree.Element):
            if "noteref" not in (element.get(EPUB_TYPE) or "").split():
                continue
            href, at = element.get("href") or "", document.place(line_of(element))
            note = by_id.get(href.removeprefix("#")) if href.startswith("#") else None
            if local(element.tag) != "a" or note is None:
                yield at, f"the call {text_of(element).strip()!r} leads to no note of its document", ""
                continue
            called.add(href[1:])
            if local(note.tag) != "aside" or "footnote" not in (note.get(EPUB_TYPE) or "").split():
                yield (
                    document.place(line_of(note)),
                    f"the note {href} is no aside of the type footnote: it does not open",
                    "",
                )
            ways = {link.get("href") for link in note.iter(etree.Element) if local(link.tag) == "a"}
            if not element.get("id") or f"#{element.get('id')}" not in ways:
                yield document.place(line_of(note)), f"no link leads from the note {href} back to its call", ""
        for name, element in by_id.items():
            if "footnote" in (element.get(EPUB_TYPE) or "").split() and name not in called:
                yield document.place(line_of(element)), f"nothing refers to the note #{name}", ""


def _covers(package: Package) -> Iterator[Fault]:
    at = package.at(package.name)
    covers = [(name, kind) for name, kind, properties in package.listed if "cover-image" in properties]
    if len(covers) != 1:
        yield at, f"{len(covers)} images are declared as the cover", ""
    marked = [meta.get("content") for meta in package.root.iter(f"{OPF}meta") if meta.get("name") == "cover"]
    ids = {
        item.get("id") for item in package.root.iter(f"{OPF}item") if "cover-image" in (item.get("properties") or "")
    }
    if covers and (len(marked) != 1 or marked[0] not in ids):
        yield at, 'no <meta name="cover"> tells old e-readers which image is the cover', ""
    for name, kind in covers:
        picture = _opened(package.files[name]) if kind in COVERS else None
        if picture is None or picture.format != RASTERS[kind]:
            yield package.at(name), f"the cover is {kind}, not a readable JPEG or PNG", ""
            continue
        width, height = picture.size
        if max(width, height) < package.book.budgets.cover_pixels:
            message = (
                f"the cover has {width} × {height} pixels; its long side needs {package.book.budgets.cover_pixels}"
            )
            yield package.at(name), message, ""
        if not RATIOS[0] <= height / width <= RATIOS[1]:
            yield (
                package.at(name),
                f"the cover is {height / width:.2f} times as high as wide, not {RATIOS[0]} to {RATIOS[1]}",
                "",
            )
        if picture.mode not in {"L", "P", "RGB", "RGBA"}:
            yield package.at(name), f"the colours of the cover are {picture.mode}, not sRGB", ""


def _files(package: Package) -> Iterator[Fault]:
    for name in package.files:
        if not PLAIN.fullmatch(name):
            yield package.at(name), "the name contains something other than plain letters, digits, ., _ and -", ""


def _declared_active(package: Package) -> Iterator[Fault]:
    for name, _, properties in package.listed:
        if stated := sorted(properties & {"scripted", "remote-resources", "switch"}):
            yield package.at(package.name), f"'{name}' is declared as {stated[0]}", ""


def _active(package: Package) -> Iterator[Fault]:
    for document in package.fresh.values():
        if document.name.startswith(META):
            continue  # not a page: Apple's display options have an <option>
        every = tuple(document.root.iter(etree.Element))
        names = {element.tag for element in every}.union(*(element.keys() for element in every))
        if not any((name := local(plain).lower()) in RUNNING or name.startswith("on") for plain in names):
            continue
        for element in document.root.iter(etree.Element):
            if local(element.tag).lower() in RUNNING:
                yield document.place(line_of(element)), f"<{local(element.tag)}> is not shown by every device", ""
            for name in element.attrib:
                if local(name).lower().startswith("on"):
                    yield document.place(line_of(element)), f"<{local(element.tag)} {local(name)}> is a script", ""


def _navigation(package: Package) -> Iterator[Fault]:
    navs = [name for name, _, properties in package.listed if "nav" in properties]
    if len(navs) != 1 or navs[0] not in package.documents:
        yield package.at(package.name), f"{len(navs)} documents are declared as the navigation", ""
        return
    document = package.documents[navs[0]]
    contents = [
        nav for nav in document.root.iter("{*}nav") if "toc" in (nav.get(EPUB_TYPE) or "").split()
    ]  # fmt: skip
    if len(contents) != 1:
        yield document.place(), f"it has {len(contents)} lists of the type toc", ""
    for nav in contents:
        if not any(link.get("href") for link in nav.iter("{*}a")):
            yield document.place(line_of(nav)), "its table of contents has no links", ""


def _old_navigation(package: Package) -> Iterator[Fault]:
    spine = package.root.find(f"{OPF}spine")
    key = spine.get("toc") if spine is not None else None
    items = {item.get("id"): item.get("href", "") for item in package.root.iter(f"{OPF}item")}
    name = posixpath.join(posixpath.dirname(package.name), unquote(items.get(key, ""))) if key else ""
    document = package.documents.get(name)
    if document is None:
        yield package.at(package.name), "the spine names no NCX: old e-readers show no table of contents", ""
        return
    by_name = {meta.get("name"): meta.get("content") for meta in document.root.iter("{*}meta")}
    points = list(document.root.iter("{*}navPoint"))
    deepest = max((1 + sum(1 for above in point.iterancestors("{*}navPoint")) for point in points), default=0)
    if by_name.get("dtb:depth") != str(max(deepest, 1)):
        yield document.place(), f"dtb:depth is {by_name.get('dtb:depth')!r}; its points are {deepest} deep", ""
    if by_name.get("dtb:uid") != package.book.metadata.identifier:
        yield document.place(), f"dtb:uid is {by_name.get('dtb:uid')!r}, not the identifier of the book", ""
    for point in points:
        if not text_of(point).strip():
            yield document.place(line_of(point)), "an entry of the contents has no text", ""


def _empty(package: Package) -> Iterator[Fault]:
    for document in package.pages():
        for element in document.root.iter(*(f"{{*}}{tag}" for tag in (*HEADINGS, "a"))):
            tag = local(element.tag)
            if tag in HEADINGS and not text_of(element).strip() and not _is_pictured(element):
                yield document.place(line_of(element)), f"<{tag}> has no words", ""
            if tag == "a" and not (element.get("href") or "").strip():
                yield document.place(line_of(element)), f"<a> {text_of(element).strip()[:40]!r} leads nowhere", ""


def _is_pictured(element: etree._Element) -> bool:
    """Return whether *element* contains a picture or a formula with a description."""
    return any(inner.get("alt") or inner.get("alttext") for inner in element.iter(etree.Element))


PACKAGE_RULES: Rules = {
    STYLE: _sheets,
    IMAGE: _images,
    LANGUAGE: _language,
    COVER: _covers,
    FILE: _files,
    ACTIVE: _declared_active,
    NAV: _navigation,
    NCX: _old_navigation,
}
"""The rules for a package as a whole."""
DOCUMENT_RULES: Rules = {
    COMMENT: _comments,
    NAME: _names,
    STYLE: _styles,
    LANGUAGE: _languages,
    NOTE: _notes,
    ACTIVE: _active,
    EMPTY: _empty,
}
"""The rules for each document, which know nothing of the others."""
RULES = (COMMENT, NAME, STYLE, IMAGE, SIZE, LANGUAGE, NOTE, COVER, FILE, ACTIVE, NAV, NCX, EMPTY)
"""All rules of the preflight, in the order of the report."""
