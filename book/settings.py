"""handbound.toml: what the owner of a book says about it, as typed fields.

Every key has a default, so a folder without the file is a book too. The tables below are the whole grammar: a key that
is not in them is refused (exit status 2) with the nearest one that is.
"""

from __future__ import annotations

import dataclasses
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from book.model import Budgets
from book.problems import Kind, Place, Problem, SettingsError, Severity, nearest

FILE = "handbound.toml"

SYNTAX = Kind("S101", Severity.ERROR, "handbound.toml is not TOML")
UNKNOWN = Kind("S102", Severity.ERROR, "a key that handbound.toml does not have")
WRONG_TYPE = Kind("S103", Severity.ERROR, "a value of another type than its key wants")
WRONG_VALUE = Kind("S104", Severity.ERROR, "a value that its key does not allow")
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
    pandoc_seconds: int = 60
    pandoc_mebibytes: int = 1024


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
class Settings:
    """handbound.toml, read and checked."""

    title: str | None = None
    subtitle: str = ""
    authors: tuple[str, ...] = ()
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
    quotes: Quotes = field(default_factory=Quotes)
    links: Links = field(default_factory=Links)
    rules: Rules = field(default_factory=Rules)
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
    """Place of each top-level key and table."""


SLUG = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,78}[A-Za-z0-9])?"
PATTERNS: Mapping[str, tuple[str, str]] = {
    # Key: what its text must match, and how that is said.
    "language": (r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", 'a language tag such as "en", "en-GB" or "zh-Hant"'),
    "slug": (SLUG, 'letters, digits, "-", "_" and "." inside, at most 80 characters'),
    "theme": (SLUG, "the name of a theme folder"),
    "date": (r"\d{4}-\d{2}-\d{2}", "a date such as 2026-01-31"),
    "identifier": (r"[A-Za-z][A-Za-z0-9+.-]*:\S+", 'a URN such as "urn:isbn:…" or "urn:uuid:…"'),
    "links.site_url": (r"https?://[^\s/]+\S*", 'an address such as "https://example.org"'),
}


def read(folder: Path) -> Settings:
    """Read *folder*/handbound.toml; the defaults where there is none.

    Args:
        folder: the root of the book.

    Returns:
        Settings with every key checked.

    Raises:
        SettingsError: not UTF-8, not TOML, an unknown key (the nearest known one is named), or a value of the wrong
            type; all faults at once.
    """
    file = folder / FILE
    if not file.is_file():
        return Settings()
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        place = Place(path=FILE, line=line)
        raise SettingsError(UNREADABLE.at(place, "this line is not UTF-8", mend="save the file as UTF-8")) from error
    except OSError as error:
        message = f"cannot read {FILE}: {error.strerror}"
        raise SettingsError(UNREADABLE.at(Place(path=FILE), message, mend="check the file's rights")) from error
    return parse(text)


def parse(text: str) -> Settings:
    """Return the settings that the TOML *text* holds.

    >>> parse('title = "Handbook"').title
    'Handbook'
    """
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(_syntax(error, text)) from error
    reader = _Reader(text)
    settings: Settings = reader.table(Settings, table, ())
    if reader.problems:
        raise SettingsError(reader.problems)
    places = {key: reader.place((key,)) for key in table}
    return dataclasses.replace(settings, present=True, places=places)


def _syntax(error: Exception, text: str) -> Problem:
    import re  # noqa: PLC0415 - only a faulty file needs it

    found = re.search(r"at line (\d+), column (\d+)", str(error))
    place = Place(path=FILE, line=int(found[1]), column=int(found[2])) if found else Place(path=FILE)
    if "end of document" in str(error):
        place = Place(path=FILE, line=len(text.splitlines()) or 1)
    message = str(error).split(" (at", maxsplit=1)[0] or "nested too deeply"
    return SYNTAX.at(place, f"this is not TOML: {message}", mend='texts stand in quotes: title = "My handbook"')


SPECIAL = frozenset({"present", "places"})
WANTED: Mapping[type, str] = {str: "a text in quotes", int: "a whole number", bool: "true or false", float: "a number"}


class _Reader:
    """Turns a TOML table into dataclasses and collects what is wrong with it."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        self.problems: list[Problem] = []
        self.seen: dict[str, int] = {}
        """How often the list ``sidebar`` has named a chapter so far."""

    def place(self, keys: tuple[str, ...], value: str | None = None, nth: int = 1) -> Place:
        """Find the line of the dotted *keys* (tomllib keeps no positions); *value* narrows it to its *nth* entry of a list."""
        import re  # noqa: PLC0415 - imported where used: see speed of start-up

        table: tuple[str, ...] = ()
        best = None
        for number, line in enumerate(self.lines, 1):
            if header := re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?", line):
                table = tuple(part.strip().strip("\"'") for part in header[1].split("."))
                if best is None and table == keys:
                    best = Place(path=FILE, line=number, column=header.start(1) + 1)
            elif best is None and (found := re.match(r"\s*([\"']?)([^\"'=]+?)\1\s*=", line)):
                name = tuple(part.strip() for part in found[2].split("."))
                if (*table, *name) == keys or (not found[1] and (*table, found[2]) == keys):
                    best = Place(path=FILE, line=number, column=found.start(2) + 1)
            if best and value is not None:
                for found in re.finditer(rf"([\"']){re.escape(value)}\1", line):
                    nth -= 1
                    if not nth:
                        return Place(path=FILE, line=number, column=found.start() + 1)
        return best or Place(path=FILE)

    def fault(self, kind: Kind, keys: tuple[str, ...], message: str, mend: str, value: str | None = None) -> None:
        """Keep one problem."""
        self.problems.append(kind.at(self.place(keys, value), message, mend=mend))

    def table(self, shape: type[Any], table: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
        """Return a *shape* filled from *table*."""
        hints = typing.get_type_hints(shape)
        known = [name for name in hints if name not in SPECIAL]
        values = {}
        for name, value in table.items():
            here = (*keys, name)
            if name not in known:
                near = nearest(name, known)
                mend = f"write {near}" if near else f"take it out; known here: {', '.join(known)}"
                self.fault(UNKNOWN, here, f"unknown key '{'.'.join(here)}'", mend)
            elif here == ("sidebar",):
                values[name] = self.sidebar(value, here)
            else:
                values[name] = self.value(hints[name], value, here)
        if self.problems:
            missing = {f.name for f in dataclasses.fields(shape) if _required(f)} - values.keys()
            if missing:
                return None
        for entry in dataclasses.fields(shape):
            if _required(entry) and entry.name not in values:
                self.fault(WRONG_VALUE, keys, f"[{'.'.join(keys)}] has no {entry.name}", f'write {entry.name} = "…"')
                return None
        return shape(**values)

    def value(self, hint: Any, value: Any, keys: tuple[str, ...]) -> Any:
        """Return *value* as *hint* wants it, or keep a problem."""
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin in (types.UnionType, typing.Union):
            return self.value(next(kind for kind in arguments if kind is not type(None)), value, keys)
        if origin is Literal:
            if value in arguments:
                return value
            allowed = ", ".join(f'"{word}"' for word in arguments)
            return self.wrong(WRONG_VALUE, keys, value, f"one of {allowed}")
        if origin is tuple:
            if not isinstance(value, list):
                return self.wrong(WRONG_TYPE, keys, value, 'a list, such as ["…"]')
            return tuple(self.value(arguments[0], item, keys) for item in value)
        if origin in (Mapping, dict, _MAPPING):
            if not isinstance(value, dict):
                return self.wrong(WRONG_TYPE, keys, value, "a table")
            return {name: self.value(arguments[1], item, (*keys, name)) for name, item in value.items()}
        if dataclasses.is_dataclass(hint):
            if not isinstance(value, dict):
                return self.wrong(WRONG_TYPE, keys, value, f"a table: [{'.'.join(keys)}]")
            return self.table(typing.cast("type[Any]", hint), value, keys)
        return self.scalar(hint, value, keys)

    def scalar(self, hint: type, value: Any, keys: tuple[str, ...]) -> Any:
        """Return a text, number or truth value."""
        import datetime  # noqa: PLC0415
        import re  # noqa: PLC0415

        if hint is str and isinstance(value, datetime.date):
            return value.isoformat()[:10]
        if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
            return self.wrong(WRONG_TYPE, keys, value, WANTED[hint])
        if isinstance(value, int) and not isinstance(value, bool) and value < 1:
            return self.wrong(WRONG_VALUE, keys, value, "a number of at least 1")
        pattern, said = PATTERNS.get(".".join(keys), (None, ""))
        if pattern and not re.fullmatch(pattern, str(value)):
            return self.wrong(WRONG_VALUE, keys, value, said)
        return value

    def wrong(self, kind: Kind, keys: tuple[str, ...], value: object, wanted: str) -> None:
        """Keep the problem that *value* is not what *keys* want."""
        shown = {True: "true", False: "false"}.get(value, repr(value)) if isinstance(value, bool) else repr(value)
        text = value if isinstance(value, str) else None
        self.fault(kind, keys, f"{'.'.join(keys)} is {shown}, not {wanted}", f"write {wanted}", text)

    def sidebar(self, value: Any, keys: tuple[str, ...]) -> tuple[SidebarEntry, ...] | None:
        """Return the entries of the ``sidebar`` list."""
        if not isinstance(value, list):
            self.wrong(WRONG_TYPE, keys, value, "a list of chapters and parts")
            return None
        entries = []
        for item in value:
            if isinstance(item, str):
                self.seen[item] = self.seen.get(item, 0) + 1
                entries.append(SidebarEntry(chapter=item, place=self.place(keys, item, self.seen[item])))
            elif isinstance(item, dict) and isinstance(item.get("part"), str) and set(item) <= {"part", "chapters"}:
                inside = self.sidebar(item.get("chapters", []), keys) or ()
                entries.append(SidebarEntry(part=item["part"], chapters=inside, place=self.place(keys, item["part"])))
            else:
                wanted = 'a chapter such as "a.md" or a part such as { part = "Culture", chapters = ["b.md"] }'
                self.wrong(WRONG_TYPE, keys, item, wanted)
        return tuple(entries)


_MAPPING = typing.get_origin(Mapping[str, str])


def _required(entry: dataclasses.Field[Any]) -> bool:
    return entry.default is dataclasses.MISSING and entry.default_factory is dataclasses.MISSING
