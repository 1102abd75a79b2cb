"""The EPUB 3.3 edition: a document for each chapter, nav, landmarks, NCX, cover. The only module that imports EbookLib.

EbookLib keeps the manifest, and writes and packs the package. Bugs of version 0.20 are worked around here: documents are
added as our own bytes (its parser loses text), navigation and NCX are ours, errors are raised, and the zip is packed again
with fixed dates.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zipfile import ZIP64_LIMIT

from ebooklib import epub
from lxml import etree
from msgspec import Struct

from book import cache, view
from book.assemble import formulas
from book.body import HEADINGS, KIND, Element, mark
from book.edition import Edition
from book.editions import packed, spelled
from book.images import e_readers
from book.labels import label
from book.model import Asset, Book, Chapter, Made
from book.paged import math_lines, page_map
from book.problems import Kind, Place, Problem, Severity
from book.scripts import direction
from book.seal import digest
from book.style.links.whatwg import strict
from book.theme import Theme, conditions, foreign_scripts, pictures, trusted
from book.view import cover, emoji, lists, markup, navigation, stacks, typefaces

FOLDER = "EPUB"
CROWDED = Kind("E161", Severity.WARNING, "words that do not fit on the cover")
LONG = 32
"""The length of a formula, in letters, from which it may be wider than the screen of a phone."""
IBOOKS = "http://vocabulary.itunes.apple.com/rdf/ibooks/vocabulary-extensions-1.0/"
# Apple Books uses the fonts of a book only if this is declared: current versions read the property in the package,
# older ones this file (Apple Books Asset Guide, "Fonts").
DISPLAY_OPTIONS = "META-INF/com.apple.ibooks.display-options.xml"
SPECIFIED_FONTS = b"""<?xml version="1.0" encoding="UTF-8"?>
<display_options>
<platform name="*">
<option name="specified-fonts">true</option>
</platform>
</display_options>
"""


def make(book: Book, edition: Edition, theme: Theme) -> Made:
    """Return the EPUB of *book*.

    Args:
        book: after composition, with references resolved and images read.
        edition: the edition, which names the file.
        theme: the theme.
    """
    book, problems = e_readers.fitted(page_map.marks(pictures.coloured(book, theme), epub=True))
    book = markup.with_raised_calls(book)
    picture = _cover(book, theme)
    memory = packed.Memory(theme.cache, edition.name, book.metadata.identifier)
    pages = _Documents(book, theme, memory, "" if theme.foreign else spelled.context(book, edition, theme))
    documents, ncx = tuple(pages.all(picture)), pages.ncx()
    if words := cover.lost(book, theme):
        fix = 'write a shorter title, subtitle or list of authors, or name a picture: cover = "cover.jpg"'
        message = f"the cover has no room for: {words[:200]}"
        problems = (*problems, CROWDED.at(Place(path="handbound.toml"), message, fix=fix))
    shell = _package(book)
    letters = typefaces.characters(book) | typefaces.drawn(book, theme)
    fonts = typefaces.faces(theme, letters, roles=("sans", "mono", "symbols", "emoji"), compressed=False)
    fonts += typefaces.title_face(book, theme) + typefaces.math_face(book, theme, compressed=False)
    sheet = theme.sheet(
        *lists.sheets(book, edition),
        faces=({**description, "url": f"fonts/{name}"} for name, _, description in fonts),
        mode=edition.mode,
    )
    shell.add_item(_item("style", "style.css", "text/css", conditions.guarded(sheet).encode("utf-8")))
    for number, (name, data, _) in enumerate(fonts, 1):
        shell.add_item(_item(f"font-{number}", f"fonts/{name}", f"font/{name[-3:]}", data))
    shell.add_item(_item("cover-image", picture.name, picture.media_type, picture.data, "cover-image"))
    for asset in book.pictures:
        shell.add_item(_item(f"image-{digest(asset.name.encode())[:12]}", asset.name, asset.media_type, asset.data))
    for document in documents:
        shell.add_item(_item(document.key, document.name, "application/xhtml+xml", document.data, *document.properties))
    shell.add_item(_item("ncx", "toc.ncx", "application/x-dtbncx+xml", ncx))
    shell.spine = [document.key for document in documents]
    return Made(
        files={edition.path(book.metadata.slug): _packed(shell, book, memory)}, problems=(*problems, *pages.problems)
    )


class Document(Struct, frozen=True, kw_only=True):
    """One XHTML file of the package."""

    name: str
    data: bytes | packed.Packed
    properties: tuple[str, ...] = ()
    """``nav``, ``svg``, ``mathml`` of EPUB 3.3 §D.6."""

    @property
    def key(self) -> str:
        """Its name in the spine."""
        return self.name.removesuffix(".xhtml")


class _Documents:
    """The documents of one package."""

    def __init__(self, book: Book, theme: Theme, memory: packed.Memory, context: str) -> None:
        self.book, self.theme, self.memory = book, theme, memory
        self.context = context
        """As :func:`spelled.context`; empty if nothing is remembered, because what templates depend on is not known."""
        self.about = view.about_with_logo(book, lambda asset: asset.name)
        self.say = view.speaker(self.about.language)
        self.page_mark = view.page_marks(book, epub=True)
        self.href = addresses(book)
        self.lines = lists.contents(book, self.href)
        self.points = navigation.points(self.lines)
        self.tree = "\0".join(navigation.spelled(self.points))
        """The text of the points, for keys."""
        self.problems: list[Problem] = []
        """The problems of the theme's templates."""

    def all(self, picture: Asset) -> Iterator[Document]:
        """Yield the documents in the order of the spine; *picture* is the cover."""
        book, say = self.book, self.say
        title, language = self.about.title, self.about.language
        yield self.document("cover", "cover", title, language, cover=picture)
        yield self.document("title", "title", title, language)
        yield self.nav()
        for item in view.items(book, self.theme):
            if item.kind == "part":
                yield self.document(item.slug, "part", item.label, item.lang, part=item, contents=self.lines)
            elif item.chapter is not None:
                yield self.chapter(item, item.chapter)
        faces = typefaces.names(self.theme, book)
        yield self.document("colophon", "colophon", say("colophon"), language, faces=faces)

    def document(self, key: str, template: str, title: str, lang: str, *properties: str, **values: Any) -> Document:
        """Return the document of a *template*; the theme's parser is strict."""
        name = f"epub/{template}.xhtml.j2"
        shared = {"about": self.about, "say": self.say, "page_mark": self.page_mark}
        text, root = self.theme.document(name, **shared, title=title, lang=lang, direction=direction(lang), **values)
        data = text.encode("utf-8")
        if strange := foreign_scripts.removed(root, name, self.theme):
            self.problems.extend(problem for problem in strange if problem not in self.problems)
            data = etree.tostring(root.getroottree(), encoding="utf-8", xml_declaration=True)
        needs = [name for name, mark in (("svg", b"<svg "), ("mathml", b"<math ")) if mark in data]
        return Document(name=f"{key}.xhtml", data=data, properties=(*properties, *needs))

    def chapter(self, item: view.Item, chapter: Chapter) -> Document:
        """Return the document of a *chapter*, as remembered or new."""
        role = chapter.role if chapter.role in navigation.ROLES else "chapter"
        names = ("slug", "label", "kicker", "show_title", "has_long_title", "title_id", "matter")
        values = {
            **{name: getattr(item, name) for name in names},
            "heading": trusted(chapter.heading.xhtml() + chapter.title_calls.xhtml()),
            "number": item.number,
            "counts_sections": item.counts_sections,
            "role": role,
            "aria_role": navigation.ARIA.get(role, ""),
        }
        entry = cache.key(self.context, item.lang, repr(values), self.page_mark(item.slug), *_parts(chapter, self.href))

        def make() -> Document:
            body = trusted(_body(chapter, self.href))
            return self.document(item.slug, "chapter", item.label, item.lang, chapter={**values, "body": body})

        return self.remembered(f"{item.slug}.xhtml", entry, make)

    def nav(self) -> Document:
        """Return the document with the contents, the landmarks and the pages, as remembered or new."""
        values = {
            "landmarks": navigation.landmarks(self.book, self.href),
            "pages": navigation.page_list(self.book),
            "plates": lists.plates(self.book, self.href),
        }
        title, language = self.say("contents"), self.about.language
        entry = cache.key(self.context, "nav", self.tree, repr(values), title, self.page_mark("contents"))
        return self.remembered(
            "nav.xhtml",
            entry,
            lambda: self.document("nav", "nav", title, language, "nav", points=self.points, **values),
        )

    def ncx(self) -> bytes | packed.Packed:
        """Return the navigation for older e-readers, as remembered or new."""
        pages = navigation.page_list(self.book)

        def make() -> Document:
            text, _ = self.theme.document(
                "epub/toc.ncx.j2",
                about=view.about(self.book.metadata),
                say=self.say,
                points=self.points,
                depth=max(1, navigation.depth(self.points)),
                pages=pages,
                highest=max((page.number for page in pages), default=0),
            )
            return Document(name="toc.ncx", data=text.encode("utf-8"))

        return self.remembered("toc.ncx", cache.key(self.context, "ncx", self.tree, repr(pages)), make).data

    def remembered(self, name: str, entry: str, make: Callable[[], Document]) -> Document:
        """Return the document of that *name* as it is remembered for *entry*, packed, else from *make*."""
        if not self.context:
            return make()
        known = cache.count(spelled.STAGE, self.memory.recall(entry))
        if known is None:
            new = make()
            assert isinstance(new.data, bytes)  # noqa: S101 - what is made is not packed
            if len(new.data) >= ZIP64_LIMIT:
                return new
            known = self.memory.keep(entry, new.data, " ".join(new.properties))
        return Document(name=name, data=known, properties=tuple(known.note.split()))


def _cover(book: Book, theme: Theme) -> Asset:
    """Return the cover picture: the book's own, else the one that *theme* draws."""
    own = cover.own(book)
    if own is None:
        data, kind, width, height = cover.png(book, theme), "image/png", cover.WIDTH, cover.HEIGHT
    else:
        data, kind, width, height = own
    ending = "jpg" if kind == "image/jpeg" else "png"
    return Asset(name=f"images/cover.{ending}", path="", media_type=kind, data=data, width=width, height=height)


def addresses(book: Book) -> Callable[[str], str]:
    """Return the function that turns an id of the book into the address of its element in the package."""
    where: dict[str, str] = {part.slug: f"{part.slug}.xhtml" for part in book.parts}
    for chapter in book.spine:
        where |= {name: f"{chapter.slug}.xhtml#{name}" for name in markup.ids(chapter)}
        where[chapter.slug] = f"{chapter.slug}.xhtml"
    return where.__getitem__


def _parts(chapter: Chapter, href: Callable[[str], str]) -> Iterator[str]:
    """Yield everything on which :func:`_body` depends."""
    yield from (chapter.slug, chapter.lang, str(chapter.show_title), chapter.body.digest)
    for address in chapter.body.facts.addresses:
        if address.startswith("#"):
            yield href(address[1:])


def _body(chapter: Chapter, href: Callable[[str], str]) -> str:
    """Return the chapter's body with links that lead to files of the package."""
    return chapter.body.xhtml(functools.partial(_fit, chapter=chapter, href=href))


def _fit(body: Element, *, chapter: Chapter, href: Callable[[str], str]) -> None:
    """Adapt the *body* of *chapter* to the package: links lead to files, and the keyboard reaches everything that scrolls."""
    markup.turn_code(body, chapter.lang)
    markup.raise_calls(body)
    markup.divide_addresses(body)
    own = f"{chapter.slug}.xhtml"
    for link in body.iter("a"):
        target = str(link.get("href", ""))
        if target.startswith("#"):
            address = href(target[1:])
            link.set("href", address.removeprefix(own) if address.startswith(f"{own}#") else address)
        elif target:
            link.set("href", strict(target))
    for image in body.iter("img"):
        if not image.get("alt"):
            image.attrib.pop("role", None)  # an empty alt marks an image as decorative (HTML 4.8.4.4)
        if str(image.get("src", "")).endswith(".svg"):
            mark(image, "drawing")
    formulas.keep_all_marks(body)
    math_lines.divide(body)
    markup.name_tables(body, chapter.lang)
    stacks.mark_tables(body)
    markup.hang_lines(body)
    if not chapter.show_title:
        _raise(body)
    if emoji.EMOJI.search(chapter.body.letters):
        emoji.mark_emoji(body)
    frames = (frame for frame in body.iter("div") if frame.get(KIND) == "formula")
    for number, frame in enumerate(frames, 1):
        # Everything that may scroll is reachable by keyboard and has a name (WCAG 2.2, 2.1.1).
        if sum(len(str(text).strip()) for text in frame.itertext()) > LONG:
            name = label(chapter.lang, "formula", n=number)
            mark(frame, "long")
            frame.attrib.update({"tabindex": "0", "role": "region", "aria-label": name})


def _raise(body: Element) -> None:
    """Raise the headings of a chapter without a visible title: a document begins with a heading of level 1."""
    for heading in body.iter(*HEADINGS):
        heading.tag = f"h{int(str(heading.tag)[1]) - 1}"
        mark(heading, "raised")


# The package, by EbookLib.


def _item(key: str, name: str, kind: str, data: bytes | packed.Packed, *properties: str) -> epub.EpubItem:
    item = epub.EpubItem(uid=key, file_name=name, media_type=kind, content=data)
    item.properties = list(properties)
    return item


def _package(book: Book) -> epub.EpubBook:
    """Return the empty package with the book's metadata."""
    about = book.metadata
    shell = _Shell()
    shell.FOLDER_NAME = FOLDER
    shell.set_identifier(about.identifier)
    shell.set_title(about.title)
    shell.set_language(about.language)
    if direction(about.language) == "rtl":
        shell.set_direction("rtl")  # EPUB 3.3 §5.6.4: page progression direction
    if about.subtitle:
        shell.add_metadata("DC", "title", about.subtitle, {"id": "subtitle"})
        shell.add_metadata(None, "meta", "subtitle", {"refines": "#subtitle", "property": "title-type"})
    for number, author in enumerate(about.authors, 1):
        shell.add_metadata("DC", "creator", author, {"id": f"creator-{number}"})
        shell.add_metadata(
            None, "meta", "aut", {"refines": f"#creator-{number}", "property": "role", "scheme": "marc:relators"}
        )
    people = [("edt", name) for name in about.editors]
    people += [("trl", name) for name in about.translators]
    people += [("ill", name) for name in about.illustrators]
    for number, (role, name) in enumerate(people, 1):
        # MARC relators; EPUB 3.3 §5.5.4.
        shell.add_metadata("DC", "contributor", name, {"id": f"contributor-{number}"})
        refined = {"refines": f"#contributor-{number}", "property": "role", "scheme": "marc:relators"}
        shell.add_metadata(None, "meta", role, refined)
    if about.series:
        # EPUB 3.3 §D.2: collection, its kind, and the number of the volume.
        shell.add_metadata(None, "meta", about.series, {"property": "belongs-to-collection", "id": "series"})
        shell.add_metadata(None, "meta", "series", {"refines": "#series", "property": "collection-type"})
        if about.volume:
            shell.add_metadata(None, "meta", str(about.volume), {"refines": "#series", "property": "group-position"})
    for name, value in (("publisher", about.publisher), ("description", about.description), ("date", about.date)):
        if value:
            shell.add_metadata("DC", name, value)
    for subject in about.subjects:
        shell.add_metadata("DC", "subject", subject)
    if about.licence:
        rights = f"{about.licence} ({about.licence_url})" if about.licence_url else about.licence
        shell.add_metadata("DC", "rights", rights)
    if about.version:
        shell.add_metadata(None, "meta", about.version, {"property": "schema:version"})
    if book.pages:
        # EPUB Accessibility 1.1 §3.4: source of the page numbers.
        shell.add_metadata(None, "meta", f"{book.paged}, {about.identifier}", {"property": "pageBreakSource"})
    for name, value in _accessibility(book):
        shell.add_metadata(None, "meta", value, {"property": f"schema:{name}"})
    shell.add_metadata(None, "meta", "true", {"property": "ibooks:specified-fonts"})
    shell.add_metadata(None, "meta", "", {"name": "cover", "content": "cover-image"})
    return shell


def _accessibility(book: Book) -> Iterator[tuple[str, str]]:
    """Yield the accessibility metadata that is known to be true of this book (EPUB Accessibility 1.1 §2)."""
    images = [image for chapter in book.spine for image in chapter.body.facts.images]
    informative = [image for image in images if image.role != "presentation"]
    described = all(image.alt.strip() for image in informative)
    yield "accessMode", "textual"
    if informative:
        yield "accessMode", "visual"
    # An informative image without a text alternative requires sight.
    yield "accessModeSufficient", "textual" if described else "textual,visual"
    if described and informative:
        yield "accessibilityFeature", "alternativeText"
    # Every formula is MathML; none is shown as TeX.
    bare = any(formulas.TEX in chapter.body.facts.kinds for chapter in book.spine)
    features = ["tableOfContents", "readingOrder", "structuralNavigation", "displayTransformability"]
    if typefaces.with_formulas(book) and not bare:
        features.append("MathML")
    if book.indexes:
        features.append("index")
    if navigation.page_list(book):
        features += ["pageNavigation", "pageBreakMarkers"]
    yield from (("accessibilityFeature", name) for name in features)
    yield "accessibilityHazard", "none"  # book.images accepts nothing that moves
    images_said = "access_undescribed" if not described else "access_described" if informative else "access_no_images"
    sentences = (label(book.metadata.language, word) for word in ("access_text", images_said))
    yield "accessibilitySummary", " ".join(sentences)


class _Shell(epub.EpubBook):  # type: ignore[misc]
    """EbookLib's book, which finds an item without looking through all of them."""

    def __init__(self) -> None:
        """Start without items."""
        self._by_id: dict[str, epub.EpubItem] = {}
        super().__init__()

    def get_item_with_id(self, uid: str) -> epub.EpubItem | None:
        """Return the item *uid*; EbookLib asks for every document of the spine, when all items are there."""
        if len(self._by_id) != len(self.items):
            self._by_id = {item.id: item for item in reversed(self.items)}
        return self._by_id.get(uid)


class _Writer(epub.EpubWriter):  # type: ignore[misc]
    """EbookLib's writer, plus the language of the package, which EbookLib does not set; its files are not packed."""

    def _write_opf_file(self, root: Any) -> None:
        root.set("{http://www.w3.org/XML/1998/namespace}lang", self.book.language)
        root.set("prefix", f"ibooks: {IBOOKS}")  # schema: and rendition: are reserved (EPUB 3.3 §D.1.4)
        super()._write_opf_file(root)

    def files(self) -> dict[str, bytes | packed.Packed]:
        """Return the files of the package by their names."""
        self.out = _Loose()
        self._write_container()
        self._write_opf()
        self._write_items()
        return self.out.files


class _Loose:
    """What EbookLib writes to in place of an archive."""

    def __init__(self) -> None:
        self.files: dict[str, bytes | packed.Packed] = {"mimetype": b"application/epub+zip"}

    def writestr(self, name: str, data: str | bytes | packed.Packed) -> None:
        """Take a file."""
        self.files[name] = data.encode("utf-8") if isinstance(data, str) else data


def _packed(shell: epub.EpubBook, book: Book, memory: packed.Memory) -> bytes:
    """Return the package as bytes that depend only on the book."""
    moment = datetime.fromisoformat(book.metadata.modified)
    writer = _Writer("", shell, {"mtime": moment, "epub2_guide": False})
    return packed.archive({**writer.files(), DISPLAY_OPTIONS: SPECIFIED_FONTS}, memory)
