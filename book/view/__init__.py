"""The data for the templates of every format: what is said of the book, its parts and its chapters, ready to print.

See also :mod:`book.view.lists` (contents, figures, tables), :mod:`book.view.markup` (bodies as HTML), :mod:`book.view.typefaces` (font subsets) and :mod:`book.view.cover`.
"""

from __future__ import annotations

import datetime
import functools
import math
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence

from markupsafe import Markup, escape
from msgspec import Struct
from msgspec.structs import replace

from book import beside, packages
from book.assemble import formulas
from book.body import LETTERS, Body, Element
from book.html_names import MATH
from book.labels import label
from book.model import Asset, Book, Chapter, Metadata, Part, Release, walk
from book.paged import page_map
from book.scripts import direction
from book.seal import digest
from book.theme import Theme, trusted


class Logo(Struct, frozen=True, kw_only=True):
    """The picture above the title."""

    address: str
    """Where the edition finds it."""
    alt: str
    width: int
    """In pixels."""
    height: int


class About(Struct, frozen=True, kw_only=True):
    """The data of the title page."""

    title: str
    subtitle: str
    authors: tuple[str, ...]
    maker: str
    """Named above the title: the authors, else the publisher."""
    house: str
    """Named at the foot of the title page and the cover: the publisher, if there are authors."""
    people: tuple[str, ...]
    """Other contributors, one line per role: "Edited by …"."""
    series: str
    """The series and the number of the volume."""
    cover_alt: str
    """Text alternative of the cover."""
    length: str
    """Length of title, subtitle and names: empty, ``long``, ``longer`` or ``longest``; a class of the title page."""
    language: str
    direction: str
    publisher: str
    description: str
    subjects: tuple[str, ...]
    identifier: str
    licence: str
    licence_url: str
    isbn: str
    """The ISBN, if the identifier is one."""
    copyright: str
    """"© 2026 Ada Lovelace": the year of the edition, and the authors or else the publisher; empty without a date or without a name."""
    version: str
    date: str
    """As in the settings: 2026-01-31."""
    day: str
    """The same in words, in the language of the book."""
    releases: tuple[Release, ...]
    """Their dates are in words too."""
    logo: Logo | None = None
    """The book's logo; None: the theme's own, if it has one."""


ROLES = (("edited_by", "editors"), ("translated_by", "translators"), ("illustrated_by", "illustrators"))
"""Label, and the field of the names that follow it."""
LENGTHS = ((160, ""), (460, "long"), (1000, "longer"))
"""Number of letters (each letter of the title counts twice) above which a title page gets the class."""
ISBN = "urn:isbn:"
LONG_TITLE = 75
"""Letters of the title of a chapter or part above which it is set in smaller type."""
LONG_WORD = 22
"""Letters of the longest word of a title that still fits in the largest type."""


def about(metadata: Metadata) -> About:
    """Return the data of the title page and the copyright page."""
    maker = ", ".join(metadata.authors) or metadata.publisher
    names = ((word, ", ".join(getattr(metadata, people))) for word, people in ROLES)
    people = tuple(
        label(metadata.language, word, names=people_of_role) for word, people_of_role in names if people_of_role
    )
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
        house=metadata.publisher if metadata.authors else "",
        language=metadata.language,
        direction=direction(metadata.language),
        publisher=metadata.publisher,
        description=metadata.description,
        subjects=metadata.subjects,
        identifier=metadata.identifier,
        licence=metadata.licence,
        licence_url=metadata.licence_url,
        isbn=metadata.identifier[len(ISBN) :] if metadata.identifier.lower().startswith(ISBN) else "",
        copyright=f"© {metadata.date[:4]} {maker}" if metadata.date and maker else "",
        version=metadata.version,
        date=metadata.date,
        day=in_words(metadata.date, metadata.language),
        releases=tuple(
            replace(release, date=in_words(release.date, metadata.language)) for release in metadata.releases
        ),
    )


def about_with_logo(book: Book, address: Callable[[Asset], str]) -> About:
    """Return the data of the title page with the book's logo; *address* says where the edition finds a picture."""
    data = about(book.metadata)
    if book.logo is None:
        return data
    words = book.metadata.logo_alt or data.publisher or data.maker or data.title
    size = {"width": book.logo.width, "height": book.logo.height}
    return replace(data, logo=Logo(address=address(book.logo), alt=words, **size))


def in_words(date: str, language: str) -> str:
    """Return a *date* such as 2026-01-31 in words of *language*; the date itself if the language is not known or there is none.

    >>> in_words("2026-01-31", "en-GB"), in_words("2026-01-31", "fr"), in_words("2026-01-31", "tlh"), in_words("", "en")
    ('31 January 2026', '31 janvier 2026', '2026-01-31', '')
    """
    if not date:
        return ""
    # To load what knows the months of all languages takes a fiftieth of an edit's time, and a book has few dates.
    state = f"{packages.version('Babel')} {language} {date}"
    return beside.remember(f"date-{digest(state.encode())[:2]}", state, lambda: _in_words(date, language))


def _in_words(date: str, language: str) -> str:
    from babel import Locale, UnknownLocaleError, dates  # noqa: PLC0415 - slow to import

    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return date
    return dates.format_date(datetime.date.fromisoformat(date), format="long", locale=locale)


def speaker(language: str) -> Callable[..., str]:
    """Return the function ``say(name, …)``, which gives templates the labels in *language*."""
    return functools.partial(label, language)


WORDS_A_MINUTE = 230
"""The reading rate of a language that puts spaces between words."""
LETTERS_A_MINUTE = 500
"""The reading rate of Chinese and Japanese."""


def reading_time(book: Book) -> str:
    """Return the line that says how long *book* takes to read, in its language; from an hour on, to the nearest five minutes.

    Source of the rates: M. Brysbaert, "How many words do we read per minute?" (2019): 238 words in English non-fiction.
    """
    unspaced = {"ja", "zh"}
    minutes = math.ceil(
        sum(
            chapter.words / (LETTERS_A_MINUTE if chapter.lang.partition("-")[0] in unspaced else WORDS_A_MINUTE)
            for chapter in book.spine
        )
    )
    if minutes < 60:
        return label(book.metadata.language, "reading_time", n=max(1, minutes))
    hours, rest = divmod(5 * round(minutes / 5), 60)
    return label(book.metadata.language, "reading_hours", h=hours, n=rest)


def page_marks(book: Book, *, epub: bool) -> Callable[[str], Markup]:
    """Return the function ``page_mark(place)``, which gives templates the mark of a page that begins with a title."""
    languages = {chapter.slug: chapter.lang for chapter in book.spine}

    def page_mark(place: str) -> Markup:
        language = languages.get(place, book.metadata.language)
        return trusted(page_map.opening(book.pages, place, language, epub=epub))

    return page_mark


class Item(Struct, frozen=True, kw_only=True):
    """A chapter or a part in reading order."""

    kind: str
    """``chapter`` or ``part``."""
    slug: str
    title_id: str = ""
    heading: Markup
    label: str
    """Plain text, for bookmarks and accessible names."""
    has_long_title: bool = False
    """Whether the title has more than :data:`LONG_TITLE` letters."""
    kicker: Markup
    """Line above the title: "Chapter 3", with the number in a span of the class ``hb-numeral``."""
    number: str | None = None
    """Number of the chapter or part, if it has one."""
    counts_sections: bool = False
    """Whether a theme may number the sections: the chapter has a number, and the author did not number the sections."""
    show_title: bool = True
    lang: str = ""
    direction: str = "ltr"
    """``rtl`` for a right-to-left language."""
    in_part: bool = False
    turn: int | None = None
    """Number of its outermost part minus 1, for marks that go round from part to part; None without one."""
    level: int = 1
    """Level of its bookmark, 1 (top level) to 6."""
    matter: str = "body"
    """``front``, ``body`` or ``back``."""
    stands_out: bool = True
    """Whether no other one has its label. If one has, neither is a landmark: a list of landmarks tells them apart by their names alone."""
    body: Markup
    chapter: Chapter | None = None


def items(book: Book, theme: Theme, body: Callable[[Chapter], str] = lambda _: "") -> tuple[Item, ...]:
    """Return parts and chapters in reading order, each chapter with its *body* for the format.

    If *theme* prints numbers in words ("Chapter one"), the chapters have them all or not at all, and so have the parts.
    """
    most = _greatest(book) if theme.tokens["type"]["numbers"] == "words" else {}
    counted = numbers_above(book)
    listing: list[Item] = [_chapter(chapter, "front", body, most, counted) for chapter in book.front]
    for node, parts in walk(book.main):
        if isinstance(node, Part):
            if node.opening is None:
                part = _part(node, book.metadata.language, len(parts), most)
                listing.append(replace(part, turn=_turn((*parts, node))))
            continue
        item = _chapter(node, "body", body, most, counted)
        if parts and parts[-1].opening is node:
            kicker = _kicker(node.lang, "part", parts[-1].number, most) if parts[-1].number else item.kicker
            listing.append(
                replace(item, kicker=kicker, in_part=len(parts) > 1, level=_level(len(parts) - 1), turn=_turn(parts))
            )
        else:
            listing.append(replace(item, in_part=bool(parts), level=_level(len(parts) + node.depth), turn=_turn(parts)))
    listing.extend(_chapter(chapter, "back", body, most, counted) for chapter in book.back)
    times = Counter(item.label for item in listing)
    return tuple(item if times[item.label] == 1 else replace(item, stands_out=False) for item in listing)


def _turn(parts: Sequence[Part[Chapter]]) -> int | None:
    return parts[0].number - 1 if parts and parts[0].number else None


DEEPEST = 6
"""Most levels of bookmarks for parts and chapters."""


def _level(above: int) -> int:
    """Return the level of a bookmark at the given depth."""
    return min(DEEPEST, above + 1)


def _greatest(book: Book) -> Mapping[str, int]:
    """Return the greatest number of the chapters and of the parts; without those of which one is not a whole number."""
    numbers = {
        "chapter": [chapter.number for chapter in book.spine if chapter.number and not chapter.number[0].isalpha()],
        "part": [str(node.number) for node, _ in walk(book.main) if isinstance(node, Part) and node.number],
    }
    return {kind: max(map(int, known)) for kind, known in numbers.items() if known and all(map(str.isdecimal, known))}


def _chapter(
    chapter: Chapter, matter: str, body: Callable[[Chapter], str], most: Mapping[str, int], counted: Container[str]
) -> Item:
    return Item(
        kind="chapter",
        slug=chapter.slug,
        title_id=f"title-{chapter.slug}",
        heading=trusted(chapter.heading.xhtml() + chapter.title_calls.html()),
        label=text_of(chapter.entry),
        has_long_title=len(text_of(chapter.heading)) > LONG_TITLE,
        kicker=_kicker(chapter.lang, "chapter", chapter.number, most),
        number=chapter.number,
        counts_sections=counts_sections_of(chapter, counted),
        show_title=chapter.show_title,
        lang=chapter.lang,
        direction=direction(chapter.lang),
        matter=matter,
        body=trusted(body(chapter)),
        chapter=chapter,
    )


def _part(part: Part[Chapter], language: str, above: int, most: Mapping[str, int]) -> Item:
    return Item(
        kind="part",
        slug=part.slug,
        heading=trusted(part.title.heading.xhtml()),
        label=text_of(part.title.heading),
        has_long_title=len(text_of(part.title.heading)) > LONG_TITLE,
        kicker=_kicker(language, "part", part.number, most),
        number=str(part.number) if part.number else None,
        level=_level(above),
        lang=language,
        direction=direction(language),
        body=trusted(""),
    )


def numbers_above(book: Book) -> frozenset[str]:
    """Return the numbers of the chapters of *book* that have numbered chapters below them: "12" if there is a chapter 12.1."""
    return frozenset(chapter.number.rpartition(".")[0] for chapter in book.spine if chapter.number)


def counts_sections_of(chapter: Chapter, counted: Container[str]) -> bool:
    """Return whether a theme may number the sections of *chapter*: "2.1 1. First steps" would be confusing, and so would two sections 2.1.

    Args:
        chapter: the chapter.
        counted: the numbers above others, from :func:`numbers_above`.
    """
    number = chapter.number or ""
    return (
        number.isdigit()
        and number not in counted
        and not any(
            (section.heading.plain or text_of(section.heading)).lstrip()[:1].isdecimal() for section in chapter.sections
        )
    )


NUMERAL, NUMERAL_ENDS = Markup('<span class="hb-numeral">'), Markup("</span>")
LONG_NUMERALS = (
    (7, Markup('<span class="hb-numeral hb-longest">')),
    (5, Markup('<span class="hb-numeral hb-longer">')),
    (3, Markup('<span class="hb-numeral hb-long">')),
)
"""The least number of signs of a numeral that a theme may set smaller, with the tag that says so: "100", "11.1", "5.2.10"."""


def _kicker(language: str, word: str, number: str | int | None, most: Mapping[str, int]) -> Markup:
    """Return "Chapter 3" in *language*; empty if there is no number.

    Args:
        language: the language of the chapter.
        word: ``chapter`` or ``part``.
        number: its number, an appendix' letter, or None.
        most: the greatest number of each kind that is printed in words; up to it the language must have words.

    >>> _kicker("ja", "chapter", 3, {}), _kicker("en", "chapter", 3, {"chapter": 12})
    (Markup('第<span class="hb-numeral">3</span>章'), Markup('Chapter <span class="hb-numeral">three</span>'))
    >>> _kicker("en", "chapter", "B", {"chapter": 12}), _kicker("de", "chapter", "11.1", {})
    (Markup('<span class="hb-numeral">B</span>'), Markup('Kapitel <span class="hb-numeral hb-long">11.1</span>'))
    """
    if not number:
        return Markup()
    if word == "chapter" and str(number)[0].isalpha():  # an appendix: its part names it
        return _numeral("", number, "")
    in_words = label(language, "numbers").split(", ")
    if 0 < most.get(word, 0) <= len(in_words) and in_words[0] and str(number).isdecimal():
        number = in_words[int(number) - 1]
    before, _, after = label(language, word, n="\0").partition("\0")
    return _numeral(before, number, after)


@functools.lru_cache(maxsize=4096)
def _numeral(before: str, number: str | int, after: str) -> Markup:
    text = str(number)
    begins = next((tag for signs, tag in LONG_NUMERALS if len(text) >= signs and text[-1].isdecimal()), NUMERAL)
    return escape(before) + begins + escape(text) + NUMERAL_ENDS + escape(after)


def titles(book: Book) -> dict[str, str]:
    """Return the titles of the chapters and of their sections as plain text, by id."""
    result = {}
    for chapter in book.spine:
        result[chapter.slug] = text_of(chapter.heading)
        result |= {section.identifier: text_of(section.heading) for section in chapter.sections}
    return result


def text_of(phrase: Body) -> str:
    """Return a line or a whole body as plain text, formulas as in :func:`book.assemble.formulas.plainly`.

    >>> text_of(Body.of("a <em>b</em> &amp; c"))
    'a b & c'
    """
    if (plain := phrase.plain) is not None:
        return " ".join(plain.split())
    if not len(phrase.root):  # true of most lines
        return " ".join((phrase.root.text or "").split())
    pieces: list[str] = []

    def read(element: Element) -> None:
        formula = formulas.plainly(element) if element.tag == f"{{{MATH}}}math" else element.get(LETTERS)
        if formula is not None:
            pieces.append(formula)
            return
        pieces.append(element.text or "")
        for child in element:
            read(child)
            pieces.append(child.tail or "")

    read(phrase.root)
    return " ".join("".join(pieces).split())
