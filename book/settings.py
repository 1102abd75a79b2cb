"""handbound.toml: what the owner of a book says about it, as typed fields.

Every key has a default, so a folder without the file is a book too. The tables below are the whole grammar: a key that
is not in them is refused (exit status 2) with the nearest one that is.
"""

from __future__ import annotations

import dataclasses
import datetime
import os
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from book import labels
from book.model import Budgets
from book.notation import toml
from book.problems import Kind, Place, Problem, SettingsError, Severity, nearest, printable
from book.safe_open import Refusal, open_file

FILE = "handbound.toml"

SYNTAX = Kind("S101", Severity.ERROR, "handbound.toml is not TOML")
UNKNOWN = Kind("S102", Severity.ERROR, "a key that handbound.toml does not have")
WRONG_TYPE = Kind("S103", Severity.ERROR, "a value of another type than its key wants")
WRONG_VALUE = Kind("S104", Severity.ERROR, "a value that its key does not allow")
NO_WORDS = Kind("S120", Severity.WARNING, "a language for which the press has no words")
NO_BOOK = Kind("S106", Severity.ERROR, "a book whose folder is not there")
UNREADABLE = Kind("S105", Severity.ERROR, "handbound.toml cannot be read")


@dataclass(frozen=True, slots=True, kw_only=True)
class SidebarEntry:
    """One entry of ``sidebar``: a chapter (a string) or a part (a table)."""

    chapter: str | None = None
    """Path of the chapter relative to the book, as written."""
    part: str | None = None
    """Title of the part, inline Markdown; ``None`` for a chapter."""
    chapters: tuple[SidebarEntry, ...] = ()
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotes:
    """``[quotes]``: how quotation marks are set."""

    outer: Literal["as-typed", "double", "single"] = "as-typed"
    skip: tuple[str, ...] = ()
    """Globs of chapters whose marks are left as typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """``[links]``: where links lead."""

    site_url: str | None = None
    """Address that links leaving the book are joined to."""
    https_hosts: tuple[str, ...] = ()
    """Hosts known to speak https."""
    routes: Mapping[str, str] = field(default_factory=dict)
    """Address on the site -> chapter of the book."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """``[rules]``: house style, rule by rule."""

    spaces: bool = True
    quotes: bool = True
    dashes: bool = True
    links: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """``[limits]``: what a chapter, an image or a tool may use before the build stops."""

    chapter_bytes: int = 2_000_000
    front_matter_bytes: int = 64_000
    chapters: int = 20_000
    nesting: int = 64
    image_bytes: int = 20_000_000
    image_pixels: int = 50_000_000
    svg_bytes: int = 5_000_000
    svg_nodes: int = 100_000
    footnotes: int = 10_000
    paragraph_bytes: int = 1_000_000
    paper_block: int = 10_000
    """Lines of one table, list, paragraph or block of code; with more of them the paged editions are not made, and with nearly as
    many not all of them in one build."""
    pandoc_seconds: int = 60
    pandoc_mebibytes: int = 1024
    theme_seconds: int = 30
    """Of processor time, for one page or sheet that a template makes."""
    theme_mebibytes: int = 1024
    """On top of what the press itself takes."""
    pages_seconds: int = 600
    """Of processor time, for one edition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """``[print]``: paper."""

    trim: Literal["6x9in", "a5"] = "6x9in"
    """Size of the printed book after cutting."""
    pdf_x: bool = False
    """Whether the printed book is PDF/X-4, in black alone and without links, as printing houses want it."""
    signature: int = 40
    """Pages of a booklet that are folded into one another; longer ones are several booklets, sewn or laid one on the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionEntry:
    """One ``[[edition]]``: a version of the text that was published."""

    version: str
    date: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """``series``: what the book is a volume of; a text alone is its name."""

    name: str
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """handbound.toml, read and checked."""

    title: str | None = None
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    translators: tuple[str, ...] = ()
    illustrators: tuple[str, ...] = ()
    series: Series | None = None
    cover: str = ""
    """Path of a picture in the book, instead of the cover that the theme draws."""
    cover_alt: str = ""
    """What that picture shows, in words."""
    language: str = "en"
    """BCP 47 tag."""
    slug: str | None = None
    """Name of the files, without suffix."""
    identifier: str | None = None
    publisher: str = ""
    description: str = ""
    subjects: tuple[str, ...] = ()
    licence: str = ""
    licence_url: str = ""
    version: str = ""
    date: str | None = None
    theme: str = "folio"
    editions: tuple[str, ...] = ()
    """Names of the editions a plain build makes; empty: all."""
    math: bool = False
    page_map: Literal["pdf", "print"] = "pdf"
    """The edition whose page numbers EPUB and HTML carry."""
    number_chapters: bool = True
    sidebar: tuple[SidebarEntry, ...] | None = None
    """``None`` when handbound.toml has no list."""
    exclude: tuple[str, ...] = ()
    """Globs of files and folders that are not of the book; a ``*`` stands for slashes too."""
    quotes: Quotes = field(default_factory=Quotes)
    links: Links = field(default_factory=Links)
    rules: Rules = field(default_factory=Rules)
    labels: Mapping[str, str] = field(default_factory=dict)
    """``[labels]``: words that the press prints, instead of those of :mod:`book.labels`."""
    components: Mapping[str, str] = field(default_factory=dict)
    """What stands in for a component of the author's site: ``drop``, ``children`` or a text with ``{attribute}``."""
    limits: Limits = field(default_factory=Limits)
    budgets: Budgets = field(default_factory=Budgets)
    """What an EPUB may weigh."""
    print: Print = field(default_factory=Print)
    edition: tuple[EditionEntry, ...] = ()
    """Published versions, newest first as written."""
    present: bool = False
    """Whether the folder has a handbound.toml at all."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Place of each key, dotted from the top, and of each item of a list: ``links.site_url``, ``editions.0``."""


SLUG = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,78}[A-Za-z0-9])?"
ADDRESS = r"https?://[^\s/\"'<>\\^`{|}][^\s\"<>\\^`{|}]*"
# RFC 5646 §2.1: language, script, region, variants, extensions, private use; what a library that checks tags takes.
LANGUAGE = (
    "[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    "(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3})){0,4}(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8}){1,8}){0,4}"
    "(?:-[xX](?:-[A-Za-z0-9]{1,8}){1,4})?"
)
PATTERNS: Mapping[str, tuple[str, str]] = {
    # Key: what its text must match, and how that is said.
    "language": (LANGUAGE, 'a language tag such as "en", "en-GB" or "zh-Hant"'),
    "slug": (SLUG, 'letters, digits, "-", "_" and "." inside, at most 80 characters'),
    "theme": (SLUG, "the name of a theme folder"),
    "date": (r"\d{4}-\d{2}-\d{2}", "a date such as 2026-01-31"),
    "identifier": (r"[A-Za-z][A-Za-z0-9+.-]*:\S+", 'a URN such as "urn:isbn:…" or "urn:uuid:…"'),
    "authors": (r".*\S.*", "a name"),
    "editors": (r".*\S.*", "a name"),
    "translators": (r".*\S.*", "a name"),
    "illustrators": (r".*\S.*", "a name"),
    "series.name": (r".*\S.*", "a name"),
    "subjects": (r".*\S.*", "a word or two"),
    "licence_url": (f"(?:{ADDRESS})?", 'an address such as "https://creativecommons.org/licenses/by/4.0/"'),
    "links.site_url": (ADDRESS, 'an address such as "https://example.org"'),
    "links.https_hosts": (r"[^\s/@?#\\]+", 'a host such as "example.org"'),
    "links.routes": (r"(?!/)(?!(?:.*/)?\.\.(?:/|$)).+", 'the path of a chapter in the book, such as "guide/start.md"'),
}
LEAST: Mapping[str, int] = {"print.signature": 4}
MOST: Mapping[str, int] = {
    "print.signature": 400,
    "limits.chapter_bytes": 2_500_000,  # the tree of a longer chapter takes all of 2 GiB
    "limits.nesting": 80,  # Python has a stack: every stage walks the tree of a chapter, level by level
    "limits.pandoc_seconds": 86_400,
    "limits.pandoc_mebibytes": 1_000_000,
}
LARGEST = 2_000_000_000
"""Of any number that has no entry in `MOST`."""
LONGEST = 10_000
"""Characters of any text."""
LONGEST_PATH = 1_000
LIMIT = 1_000_000
"""Bytes of the file."""
FIRST_YEAR = 1000
# Controls but tab and line end, what ends a line for some terminals, and the bidi controls that can disguise a text.
NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")


def read(folder: Path) -> Settings:
    """Read *folder*/handbound.toml; the defaults where there is none.

    Args:
        folder: the root of the book.

    Returns:
        Settings with every key checked.

    Raises:
        SettingsError: no file that may be read, not UTF-8, not TOML, an unknown key (the nearest known one is named), or
            a value that its key does not take; all faults at once.
    """
    data = open_file(folder, FILE, limit=LIMIT)
    if isinstance(data, Refusal):
        if data.reason in ("missing", "bad-name") and not os.path.lexists(folder / FILE):
            return Settings()
        fix = MENDS.get(data.reason, "put a text file in its place, or take it away")
        raise SettingsError(UNREADABLE.at(Place(path=FILE), data.detail, fix=fix))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        what = "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "not UTF-8"
        message = f"the file is {what}: the byte 0x{data[error.start]:02x} cannot be read"
        raise SettingsError(
            UNREADABLE.at(_place(before, len(before)), message, fix="save the file as UTF-8")
        ) from error
    return parse(text)


MENDS: Mapping[str, str] = {
    "symlink-outside": "put a copy of the file in its place",
    "missing": "put a file in its place: the link leads nowhere",
    "too-big": "handbound.toml needs a few lines; take out what is not settings",
    "unreadable": "allow the file to be read",
}


def parse(text: str) -> Settings:
    """Return the settings that the TOML *text* holds.

    >>> parse('title = "Handbook"').title
    'Handbook'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        document = toml.read(text)
    except toml.TomlError as error:
        fix = "nest less" if error.deep else 'texts stand in quotes: title = "My handbook"'
        raise SettingsError(SYNTAX.at(_place(text, error.at), f"this is not TOML: {error.why}", fix=fix)) from error
    reader = _Reader(text, document)
    settings: Settings = reader.table(Settings, document.table, ())
    if reader.problems:
        raise SettingsError(sorted(reader.problems, key=lambda problem: problem.place))
    places = {".".join(map(str, path)): reader.place(path) for path in document.spans}
    return dataclasses.replace(settings, present=True, places=places)


def over(settings: Settings, *, title: str | None, authors: tuple[str, ...], language: str | None) -> Settings:
    """Return *settings* laid over what a nav file of another system says of the book.

    >>> over(parse('title = "Ours"'), title="Theirs", authors=("A",), language="de").title
    'Ours'
    """
    said: dict[str, Any] = {"title": title, "authors": authors, "language": language}
    texts = (title or "", language or "", *authors)
    fit = not any(NOT_TEXT.search(text) or len(text) > LONGEST for text in texts)
    if language and not re.fullmatch(PATTERNS["language"][0], language):
        del said["language"]
    new = {key: value for key, value in said.items() if value and fit and key not in settings.places}
    return dataclasses.replace(settings, **new)


def unspoken(settings: Settings) -> Iterator[Problem]:
    """Yield a warning when Handbound has no words in the language of the book."""
    missing = labels.unspoken(settings.language, settings.labels)
    if missing:
        place = settings.places.get("language", Place(path=FILE))
        message = f"there are no words for the language {settings.language!r}: readers will find English ones"
        fix = f"write them in handbound.toml, under [labels]: {', '.join(missing)}"
        yield NO_WORDS.at(place, message, fix=fix)


def _place(text: str, at: int) -> Place:
    return Place(path=FILE, line=text.count("\n", 0, at) + 1, column=at - text.rfind("\n", 0, at))


SPECIAL = frozenset({"present", "places"})
WANTED: Mapping[type, str] = {str: "a text in quotes", int: "a whole number", bool: "true or false", float: "a number"}


class _Reader:
    """Turns a TOML table into dataclasses and collects what is wrong with it."""

    def __init__(self, text: str, document: toml.Document) -> None:
        self.text, self.spans = text, document.spans
        self.problems: list[Problem] = []

    def place(self, path: toml.Path, *, value: bool = False) -> Place:
        """Return where the key at *path* stands, or its *value*."""
        while path and path not in self.spans:
            path = path[:-1]
        span = self.spans.get(path)
        return _place(self.text, (span.value if value else span.key) if span else 0)

    def fault(self, kind: Kind, path: toml.Path, message: str, fix: str, *, value: bool = False) -> None:
        """Keep one problem."""
        self.problems.append(kind.at(self.place(path, value=value), message, fix=fix))

    def table(self, shape: type[Any], table: Mapping[str, Any], path: toml.Path) -> Any:
        """Return a *shape* filled from *table*."""
        hints = typing.get_type_hints(shape)
        known = [name for name in hints if name not in SPECIAL]
        values = {}
        for name, value in table.items():
            here = (*path, name)
            if name not in known:
                self.unknown(here, known)
            elif here == ("sidebar",):
                values[name] = self.sidebar(value, here)
            elif here == ("labels",):
                values[name] = self.labels(value, here)
            elif here == ("series",) and isinstance(value, str):
                values[name] = self.table(Series, {"name": value}, here)
            else:
                values[name] = self.value(hints[name], value, here)
        missing = [entry.name for entry in dataclasses.fields(shape) if _required(entry) and entry.name not in table]
        for name in missing:
            self.fault(WRONG_VALUE, path, f"[{_name(path)}] has no {name}", f'write {name} = "…"')
        return None if missing else shape(**values) if values.keys() <= set(known) else None

    def unknown(self, path: toml.Path, known: Iterable[str]) -> None:
        """Keep the problem that no key is called so."""
        near = nearest(str(path[-1]), known)
        fix = f"write {near}" if near else f"take it out; known here: {', '.join(known)}"
        self.fault(UNKNOWN, path, f"unknown key '{_name(path)}'", fix)

    def labels(self, value: Any, path: toml.Path) -> Any:
        """Return the words of the table ``labels``, each with the names in braces that it needs."""
        found = self.value(Mapping[str, str], value, path)
        known = labels.english()
        for name, words in (found or {}).items():
            here = (*path, name)
            wanted = labels.fields(known.get(name, "")) or frozenset()
            if name not in known:
                self.unknown(here, known)
            elif isinstance(words, str) and labels.fields(words) != wanted:
                names = " and ".join(f"{{{one}}}" for one in sorted(wanted)) or "no braces"
                self.wrong(WRONG_VALUE, here, words, f"a text with {names}", f'as in "{known[name]}"')
        return found

    def value(self, hint: Any, value: Any, path: toml.Path) -> Any:
        """Return *value* as *hint* wants it, or keep a problem."""
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin in (types.UnionType, typing.Union):
            return self.value(next(kind for kind in arguments if kind is not type(None)), value, path)
        if origin is Literal:
            if value in arguments:
                return value
            allowed = ", ".join(f'"{word}"' for word in arguments)
            near = nearest(value, arguments) if isinstance(value, str) else None
            return self.wrong(WRONG_VALUE, path, value, f"one of {allowed}", f'write "{near}"' if near else "")
        if origin is tuple:
            if not isinstance(value, list):
                return self.wrong(WRONG_TYPE, path, value, 'a list, such as ["…"]')
            return tuple(self.value(arguments[0], item, (*path, at)) for at, item in enumerate(value))
        if origin in (Mapping, dict, _MAPPING):
            if not isinstance(value, dict):
                return self.wrong(WRONG_TYPE, path, value, "a table")
            return {
                self.text_of(name, (*path, name)): self.value(arguments[1], item, (*path, name))
                for name, item in value.items()
            }
        if dataclasses.is_dataclass(hint):
            if not isinstance(value, dict):
                return self.wrong(WRONG_TYPE, path, value, f"a table: [{_name(path)}]")
            return self.table(typing.cast("type[Any]", hint), value, path)
        return self.scalar(hint, value, path)

    def scalar(self, hint: type, value: Any, path: toml.Path) -> Any:
        """Return a text, number or truth value."""
        key = next((name for name in (_name(path), _name(path[:-1])) if name in PATTERNS), _name(path))
        if hint is str and isinstance(value, datetime.date):
            value = value.isoformat()[:10]
        if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
            return self.wrong(WRONG_TYPE, path, value, WANTED[hint])
        if isinstance(value, int) and not isinstance(value, bool):
            least, most = LEAST.get(key, 1), MOST.get(key, LARGEST)
            if not least <= value <= most:
                wanted = f"a number of at least {least}" if value < least else f"a number of at most {most:,}"
                return self.wrong(WRONG_VALUE, path, value, wanted)
        if isinstance(value, str):
            value = self.text_of(value, path)
            pattern, wanted = PATTERNS.get(key, (None, ""))
            if pattern and not re.fullmatch(pattern, value):
                return self.wrong(WRONG_VALUE, path, value, wanted)
            if key == "date" and not _in_the_calendar(value):
                return self.wrong(WRONG_VALUE, path, value, "a day of the calendar, such as 2026-01-31")
        return value

    def text_of(self, text: str, path: toml.Path, longest: int = LONGEST) -> str:
        """Return *text* in one line, and keep a problem where it holds what no page can show."""
        if bad := NOT_TEXT.search(text):
            message = f"{_name(path)} holds the control character U+{ord(bad[0]):04X}"
            self.fault(WRONG_VALUE, path, message, "take the character out", value=True)
            return "?"
        if len(text) > longest:
            message = f"{_name(path)} has {len(text):,} characters; at most {longest:,} are allowed"
            self.fault(WRONG_VALUE, path, message, "write less", value=True)
            return "?"
        return text if path[:1] == ("components",) else re.sub(r"[ \t]*[\t\n]\s*", " ", text).strip()

    def wrong(self, kind: Kind, path: toml.Path, value: object, wanted: str, fix: str = "") -> Any:
        """Keep the problem that *value* is not what its key wants."""
        message = f"{_name(path)} is {_shown(value)}, not {wanted}"
        self.fault(kind, path, message, fix or f"write {wanted}", value=True)

    def sidebar(self, value: Any, path: toml.Path) -> tuple[SidebarEntry, ...]:
        """Return the entries of the ``sidebar`` list."""
        if not isinstance(value, list):
            self.wrong(WRONG_TYPE, path, value, "a list of chapters and parts")
            return ()
        entries = []
        for at, item in enumerate(value):
            here = (*path, at)
            if isinstance(item, str):
                chapter = self.text_of(item, here, LONGEST_PATH)
                entries.append(SidebarEntry(chapter=chapter, place=self.place(here)))
            elif isinstance(item, dict) and isinstance(item.get("part"), str):
                for name in item.keys() - {"part", "chapters"}:
                    self.unknown((*here, name), ("part", "chapters"))
                inside = self.sidebar(item.get("chapters", []), (*here, "chapters"))
                title = self.text_of(item["part"], (*here, "part"))
                entries.append(SidebarEntry(part=title, chapters=inside, place=self.place((*here, "part"), value=True)))
            else:
                wanted = 'a chapter such as "a.md" or a part such as { part = "Culture", chapters = ["b.md"] }'
                self.wrong(WRONG_TYPE, here, item, wanted)
        return tuple(entries)


def _name(path: toml.Path) -> str:
    """Return the dotted name of a key; the items of a list have none of their own."""
    return ".".join(name for name in path if isinstance(name, str))


def _shown(value: object) -> str:
    """Return *value* for a message, short, much as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, dict):
        return printable(f"{{{', '.join(f'{name} = {_shown(item)}' for name, item in list(value.items())[:9])}}}", 120)
    if isinstance(value, list):
        return printable(f"[{', '.join(map(_shown, value[:9]))}]", 120)
    return printable(repr(value), 120)


def _in_the_calendar(date: str) -> bool:
    try:
        return datetime.date.fromisoformat(date).year >= FIRST_YEAR
    except ValueError:
        return False


_MAPPING = typing.get_origin(Mapping[str, str])


def _required(entry: dataclasses.Field[Any]) -> bool:
    return entry.default is dataclasses.MISSING and entry.default_factory is dataclasses.MISSING
