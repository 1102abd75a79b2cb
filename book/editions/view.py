"""What the templates of every format see: the book as titles, lines of contents and bodies, ready to be shown."""

from __future__ import annotations

import base64
import functools
import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree
from markupsafe import Markup

from book.assemble import compose, formulas
from book.labels import label, labels
from book.markdown.tree import plain, unwrap
from book.model import Book, Chapter, Metadata, Part, Release
from book.paged import math_svg, page_map
from book.scripts import direction
from book.theme import Theme, trusted
from book.theme.fonts import Face, choose, subset


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The book as the title page shows it."""

    title: str
    subtitle: str
    authors: tuple[str, ...]
    maker: str
    """The publisher, else the authors."""
    people: tuple[str, ...]
    """Who else made it, a line a role: "Edited by …"."""
    series: str
    """What it is a volume of, and which."""
    cover_alt: str
    """What the cover shows, in words."""
    length: str
    """How long title, subtitle and names are: nothing, ``long``, ``longer`` or ``longest``; a class of the title page."""
    language: str
    direction: str
    publisher: str
    description: str
    identifier: str
    licence: str
    licence_url: str
    version: str
    date: str
    releases: tuple[Release, ...]


ROLES = (("edited_by", "editors"), ("translated_by", "translators"), ("illustrated_by", "illustrators"))
"""Word of the press, and whose names it stands before."""
LENGTHS = ((160, ""), (460, "long"), (1000, "longer"))
"""Letters that a title page has room for, a letter of the title counted twice, and the class of what is that long."""
LONG_WORD = 22
"""Letters of a word of the title that is too wide in the largest type."""


def about(metadata: Metadata) -> About:
    """Return what title page and imprint say of the book."""
    maker = metadata.publisher or ", ".join(metadata.authors)
    names = ((word, ", ".join(getattr(metadata, people))) for word, people in ROLES)
    people = tuple(label(metadata.language, word, names=those) for word, those in names if those)
    weight = 2 * len(metadata.title) + len("".join((metadata.subtitle, maker, *people)))
    if max(map(len, metadata.title.split()), default=0) > LONG_WORD:
        weight = max(weight, LENGTHS[0][0] + 1)
    return About(
        people=people,
        series=" · ".join(filter(None, (metadata.series, str(metadata.volume or "")))),
        cover_alt=metadata.cover_alt or label(metadata.language, "cover_of", title=metadata.title),
        length=next((name for most, name in LENGTHS if weight <= most), "longest"),
        title=metadata.title,
        subtitle=metadata.subtitle,
        authors=metadata.authors,
        maker=maker,
        language=metadata.language,
        direction=direction(metadata.language),
        publisher=metadata.publisher,
        description=metadata.description,
        identifier=metadata.identifier,
        licence=metadata.licence,
        licence_url=metadata.licence_url,
        version=metadata.version,
        date=metadata.date,
        releases=metadata.releases,
    )


def speaker(language: str) -> Callable[..., str]:
    """Return the function ``say(name, …)`` that gives a template the words of *language*."""
    return functools.partial(label, language)


def page_marks(book: Book, *, epub: bool) -> Callable[[str], Markup]:
    """Return the function ``page_mark(place)`` that gives a template the mark of the page that begins with a place's title."""
    languages = {chapter.slug: chapter.lang for chapter in book.spine}

    def page_mark(place: str) -> Markup:
        language = languages.get(place, book.metadata.language)
        return trusted(page_map.opening(book.pages, place, language, epub=epub))

    return page_mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A chapter or a part in reading order."""

    kind: str
    """``chapter`` or ``part``."""
    slug: str
    title_id: str = ""
    heading: Markup
    label: str
    """Plain text, for bookmarks and names."""
    kicker: Markup
    """What stands over the title: "Chapter 3", the figure in a span of the class ``numeral``."""
    number: int | None = None
    """Of a chapter or a part that is counted."""
    counts_sections: bool = False
    """Whether a theme may number the sections: the chapter has a number, and its author gave the sections none."""
    show_title: bool = True
    lang: str = ""
    direction: str = "ltr"
    """``rtl`` for a language that is written from right to left."""
    in_part: bool = False
    matter: str = "body"
    """``front``, ``body`` or ``back``."""
    body: Markup
    chapter: Chapter | None = None


def items(book: Book, body: Callable[[Chapter], str]) -> tuple[Item, ...]:
    """Return parts and chapters in reading order, each chapter with the *body* that the format wants."""
    found: list[Item] = [_chapter(chapter, "front", body) for chapter in book.front]
    for part in book.parts:
        if part.title:
            found.append(_part(part, book.metadata.language))
        found.extend(_chapter(chapter, "body", body, in_part=bool(part.title)) for chapter in part.chapters)
    found.extend(_chapter(chapter, "back", body) for chapter in book.back)
    return tuple(found)


def _chapter(chapter: Chapter, matter: str, body: Callable[[Chapter], str], *, in_part: bool = False) -> Item:
    return Item(
        kind="chapter",
        slug=chapter.slug,
        title_id=f"title-{chapter.slug}",
        heading=trusted(chapter.heading + chapter.title_calls.replace(' epub:type="noteref"', "")),
        label=text_of(chapter.entry),
        kicker=_kicker(chapter.lang, "chapter", chapter.number),
        number=chapter.number,
        counts_sections=_counts_sections(chapter),
        show_title=chapter.show_title,
        lang=chapter.lang,
        direction=direction(chapter.lang),
        in_part=in_part,
        matter=matter,
        body=trusted(body(chapter)),
        chapter=chapter,
    )


def _part(part: Part, language: str) -> Item:
    return Item(
        kind="part",
        slug=part.slug,
        heading=trusted(part.heading),
        label=text_of(part.heading),
        kicker=_kicker(language, "part", part.number),
        number=part.number,
        lang=language,
        direction=direction(language),
        body=trusted(""),
    )


def _counts_sections(chapter: Chapter) -> bool:
    """Say whether a theme may number the sections of *chapter*: "2.1 1. First steps" helps nobody."""
    return bool(chapter.number) and not any(
        re.match(r"\s*\d", text_of(section.heading)) for section in chapter.sections
    )


def _kicker(language: str, word: str, number: int | None) -> Markup:
    """Return "Chapter 3" in *language*; empty where there is no number.

    >>> _kicker("ja", "chapter", 3)
    Markup('第<span class="numeral">3</span>章')
    """
    if not number:
        return Markup()
    before, _, after = label(language, word, n="\0").partition("\0")
    return Markup('{}<span class="numeral">{}</span>{}').format(before, number, after)


def text_of(phrase: str) -> str:
    """Return XHTML phrasing content as plain text, a formula as :func:`book.assemble.formulas.plainly` says it.

    >>> text_of("a <em>b</em> &amp; c")
    'a b & c'
    """
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", _FORMULA.sub(_said, phrase))).split())


_FORMULA = re.compile(r"<(math|svg)\b[^>]*>.*?</\1>", re.S)


def _said(found: re.Match[str]) -> str:
    """Return what a formula says in a line of letters; one that is drawn carries it."""
    if found[1] == "math":
        return html.escape(formulas.plainly(etree.fromstring(found[0])))
    drawn = re.match(r'<svg\b[^>]*\bdata-said="([^"]*)"', found[0])
    return drawn[1] if drawn else found[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the contents."""

    kind: str
    """``part``, ``chapter`` or ``section``."""
    depth: int = 0
    number: str = ""
    heading: Markup
    label: str
    href: str
    sections: tuple[Line, ...] = ()
    counts_sections: bool = False
    """As that of the :class:`Item`."""
    matter: str = "body"
    """``front``, ``body`` or ``back``: front matter has roman folios in print."""


def contents(book: Book, href: Callable[[str], str]) -> tuple[Line, ...]:
    """Return the lines of the contents; *href* turns an id into an address of the format."""

    def line(chapter: Chapter, matter: str = "body") -> Line:
        sections = tuple(
            Line(
                kind="section",
                heading=trusted(section.heading),
                label=text_of(section.heading),
                href=href(section.identifier),
            )
            for section in chapter.sections
            if section.level == 2
        )
        return Line(
            kind="chapter",
            depth=min(3, chapter.depth),
            number=str(chapter.number or ""),
            heading=trusted(chapter.entry),
            label=text_of(chapter.entry),
            href=href(chapter.slug),
            counts_sections=_counts_sections(chapter),
            sections=sections,
            matter=matter,
        )

    found = [line(chapter, "front") for chapter in book.front]
    for part in book.parts:
        if part.title:
            heading = trusted(part.heading)
            found.append(
                Line(
                    kind="part",
                    depth=min(3, part.depth),
                    heading=heading,
                    label=text_of(part.heading),
                    href=href(part.slug),
                )
            )
        found.extend(line(chapter) for chapter in part.chapters)
    found.extend(line(chapter, "back") for chapter in book.back)
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plates:
    """A list of the figures or of the tables of the book."""

    kind: str
    """``figures`` or ``tables``: the word of the press for it."""
    role: str
    """Its term in the EPUB structural vocabulary."""
    lines: tuple[Line, ...]


CAPTIONS = (("figures", "loi", "//figure[@id]", "figcaption"), ("tables", "lot", "//table[@id]", "caption"))
"""What can be listed: name, role, where it stands, and the element of its caption."""
FEWEST = 3
"""Captions that are worth a list."""


def plates(book: Book, href: Callable[[str], str]) -> tuple[Plates, ...]:
    """Return the lists of what has a caption, each with at least :data:`FEWEST` lines; *href* as for :func:`contents`."""
    matters = {chapter.slug: "front" for chapter in book.front} | {chapter.slug: "back" for chapter in book.back}
    found: dict[str, list[Line]] = {}
    for chapter in book.spine:
        if "<figcaption" not in chapter.body and "<caption" not in chapter.body:
            continue
        body = compose.restore(chapter.body)
        for kind, _, where, caption in CAPTIONS:
            for plate in body.xpath(where):
                words = " ".join(
                    "".join(plate.xpath(f"{caption}//text()[not(ancestor::a[@role='doc-noteref'])]")).split()
                )
                if words:
                    line = Line(
                        kind="plate",
                        heading=Markup.escape(words),
                        label=words,
                        href=href(plate.get("id")),
                        matter=matters.get(chapter.slug, "body"),
                    )
                    found.setdefault(kind, []).append(line)
    return tuple(
        Plates(kind=kind, role=role, lines=tuple(found[kind]))
        for kind, role, _, _ in CAPTIONS
        if len(found.get(kind, ())) >= FEWEST
    )


# Fonts.


def characters(book: Book) -> frozenset[int]:
    """Return every code point that an edition of *book* may show, labels and folios too."""
    pieces: list[str] = []
    for chapter in book.spine:
        pieces += [
            html.unescape(chapter.body),
            html.unescape(chapter.heading),
            html.unescape(chapter.entry),
            plain(unwrap(chapter.title)),
        ]
    pieces += [html.unescape(part.heading) for part in book.parts]
    metadata = book.metadata
    pieces += [
        metadata.title,
        metadata.subtitle,
        *metadata.authors,
        metadata.publisher,
        metadata.description,
        metadata.licence,
    ]
    pieces += [
        metadata.version,
        metadata.date,
        *(f"{release.version}{release.date}{release.note}" for release in metadata.releases),
    ]
    for language in {metadata.language, *(chapter.lang for chapter in book.spine)}:
        pieces += labels(language).values()
    return letters(
        "".join(pieces)
        + "0123456789ivxlcdm–—‐-.,:;!?·…∗“”‘’ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz()[]/ \u00a0↩↵"
    )


def letters(text: str) -> frozenset[int]:
    """Return the code points of *text* that can be seen."""
    return frozenset(map(ord, text)) - frozenset(range(32))


def faces(
    theme: Theme,
    shown: frozenset[int],
    *,
    roles: Iterable[str],
    only: Callable[[Face], bool] = bool,
    scripts: bool = False,
) -> tuple[tuple[str, bytes, dict[str, Any]], ...]:
    """Return the fonts of an edition, cut to what it shows: name, WOFF2 bytes, and what the style sheet says of it.

    Args:
        theme: whose faces.
        shown: the code points of the edition, from :func:`characters`.
        roles: which roles the edition carries: ``serif``, ``sans``, ``mono`` …
        only: whether a face is wanted.
        scripts: carry the faces of a script too. An EPUB does not: its readers have them for the languages they are sold in.
    """
    wanted = frozenset(roles)
    result = []
    for face, letters in choose(theme.faces, shown | theme.letters):
        if (
            face.role in wanted
            and (scripts or not face.script)
            and only(face)
            and (data := subset(face, letters, theme.cache))
        ):
            said = {"family": face.family, "weight": face.weight, "style": face.style, "kind": "woff2"}
            result.append((f"{face.name}.woff2", data, said))
    return tuple(result)


def with_formulas(book: Book) -> bool:
    """Say whether a formula stands anywhere in *book*."""
    drawn = f'<svg xmlns="{compose.SVG}" class="{formulas.CLASS}"'
    return any("<math" in text or drawn in text for text in _texts(book))


def _texts(book: Book) -> Iterator[str]:
    """Yield every piece of XHTML of *book*."""
    for chapter in book.spine:
        yield from (chapter.body, chapter.heading, chapter.entry, *chapter.questions)
    yield from (part.heading for part in book.parts)


def math_face(book: Book, theme: Theme) -> tuple[tuple[str, bytes, dict[str, Any]], ...]:
    """Return the typeface of formulas as :func:`faces` returns faces, cut to the formulas of *book*; nothing when it has none."""
    found = [formula[0] for text in _texts(book) for formula in re.finditer(r"<math\b.*?</math>", text, re.S)]
    if not found:
        return ()
    shown = letters(html.unescape(re.sub(r"<[^>]*>", "", "".join(found))))
    # A letter alone is set in the italics of the face, which are letters of their own (MathML Core §4.2).
    shown |= {code for code in SLANTED if ord(unicodedata.normalize("NFKC", chr(code))) in shown}
    face = math_svg.face()
    data = subset(face, shown | set(map(ord, "()[]{}|=+−∑√′")), theme.cache)
    return ((f"{face.name}.woff2", data, {"family": face.family, "weight": 400, "style": "normal", "kind": "woff2"}),)


SLANTED = (*range(0x1D434, 0x1D468), 0x210E, *range(0x1D6E2, 0x1D71C), 0x1D6A4, 0x1D6A5)
"""Mathematical italics: Latin, Greek, dotless i and j."""


def embedded(fonts: Iterable[tuple[str, bytes, dict[str, Any]]]) -> tuple[dict[str, Any], ...]:
    """Return what a style sheet says of *fonts* that stand in it as data."""
    return tuple({**said, "url": data_uri("font/woff2", data)} for _, data, said in fonts)


def data_uri(kind: str, data: bytes) -> str:
    """Return *data* as an address that needs no file.

    >>> data_uri("text/plain", b"a")
    'data:text/plain;base64,YQ=='
    """
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def typefaces(theme: Theme, book: Book) -> tuple[str, ...]:
    """Return the names of the text families, each once, and of the one that sets the formulas of *book*, if it has any."""
    names = [face.family for face in theme.faces if face.role in ("serif", "sans", "mono")]
    return tuple(dict.fromkeys([*names, *((math_svg.TYPEFACE,) if with_formulas(book) else ())]))


# Bodies.


def turn_code(body: compose.Element, language: str) -> None:
    """Say of the code in a chapter that is written from right to left that it is written from left to right."""
    if direction(language) == "rtl":
        for element in body.iter("pre", "code", "kbd", "samp"):
            element.set("dir", "ltr")


def html_body(chapter: Chapter, *, image: Callable[[str], str], shift: int = 0) -> str:
    """Return the chapter's body as HTML (empty elements without a slash, no EPUB attributes).

    Args:
        chapter: composed, references resolved.
        image: gives the address of an asset by its name.
        shift: how many levels the headings sink.
    """
    body = compose.restore(chapter.body)
    turn_code(body, chapter.lang)
    for element in body.iter(etree.Element):
        element.attrib.pop(compose.EPUB_TYPE, None)
        if element.tag == "img" and element.get("src"):
            element.set("src", image(str(element.get("src"))))
            if not element.get("alt"):
                element.attrib.pop("role", None)  # an empty alt says that it is decoration (HTML 4.8.4.4)
        elif shift and element.tag in compose.HEADINGS:
            element.tag = f"h{min(6, int(str(element.tag)[1]) + shift)}"
    etree.cleanup_namespaces(body)
    # lxml does not know that HTML 13.1.2 gives wbr no end tag.
    text = _in_double_quotes(body).replace("</wbr>", "")
    return text[text.index(">") + 1 : text.rindex("<")]


def _in_double_quotes(body: etree._Element) -> str:
    """Return *body* as HTML, every attribute in double quotes: lxml would put one that holds such a mark in single ones."""
    marked = [
        (element, name)
        for element in body.iter(etree.Element)
        for name in element.attrib
        if '"' in element.attrib[name]
    ]
    if not marked:
        return etree.tostring(body, encoding="unicode", method="html")
    written = etree.tostring(body, encoding="unicode")
    stand_in = next((mark for mark in map(chr, range(0xFDD0, 0xFDF0)) if mark not in written), "\ufdd0")
    for element, name in marked:
        element.set(name, element.attrib[name].replace('"', stand_in))
    return etree.tostring(body, encoding="unicode", method="html").replace(stand_in, "&quot;")


def name_tables(body: etree._Element, language: str, before: int = 0) -> int:
    """Make a region of every box round a table, with a name: it scrolls where there is no room, and keys must reach it.

    Args:
        body: a chapter's.
        language: of the name.
        before: how many tables were named before.

    Returns:
        How many are named now.
    """
    for box in body.iter("div"):
        if "table" not in (box.get("class") or "").split():
            continue
        before += 1
        caption = box.find("table/caption")
        said = "" if caption is None else " ".join("".join(map(str, caption.itertext())).split())
        name_region(box, label(language, "table", n=before) + (f": {said}" if said else ""))
    return before


def name_region(box: etree._Element, name: str) -> None:
    """Make a region called *name* of *box*, and let the keyboard come to it (WCAG 2.1.1)."""
    box.set("tabindex", "0")
    box.set("role", "region")
    box.set("aria-label", name)
