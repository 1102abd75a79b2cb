"""handbound.toml as typed fields.

Every key has a default, so a folder without the file is a book too. The tables of :mod:`book.settings.keys` are the whole
grammar: an unknown key is rejected (exit status 2), and the message suggests the nearest known one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from book import labels
from book.characters import NOT_TEXT
from book.notation import toml
from book.problems import Kind, Place, Problem, SettingsError, Severity, printable
from book.safe_open import Refusal, open_file
from book.settings import languages
from book.settings.explained import explained
from book.settings.keys import (
    LANGUAGE,
    LIMIT,
    LONGEST,
    PATTERNS,
    SLUG,
    EditionEntry,
    Limits,
    Links,
    Lint,
    Series,
    Settings,
    SidebarEntry,
)
from book.settings.tables import FILE, SPECIAL, Reader, place_of

__all__ = [
    "FILE", "LANGUAGE", "NO_BOOK", "PATTERNS", "SLUG", "SPECIAL", "EditionEntry", "Limits", "Links", "Lint", "Series",
    "Settings", "SidebarEntry", "languages", "over", "parse", "read", "unknown_language", "unspoken",
]  # fmt: skip

SYNTAX = Kind("S101", Severity.ERROR, "handbound.toml is not TOML")
NO_WORDS = Kind("S120", Severity.WARNING, "a language that Handbound has no words for")
UNKNOWN_LANGUAGE = Kind("S122", Severity.WARNING, "a language tag that is not known")
NO_BOOK = Kind("S106", Severity.ERROR, "a book folder that does not exist")
UNREADABLE = Kind("S105", Severity.ERROR, "handbound.toml cannot be read")


def read(folder: Path) -> Settings:
    """Read *folder*/handbound.toml; return the defaults if there is none.

    Args:
        folder: the root of the book.

    Returns:
        Settings with every key checked.

    Raises:
        SettingsError: the file cannot be read, is not UTF-8 or not TOML, or has unknown keys or invalid values; all
            problems at once.
    """
    text = _text(folder)
    return Settings() if text is None else parse(text)


def sound_part(folder: Path) -> Settings:
    """Return the settings of the keys without a fault in the handbound.toml of *folder*; none if it cannot be read.

    Whatever else is wrong with the files that these keys name can be reported along with the faults of the others.
    """
    try:
        text = _text(folder) or ""
        document = toml.read(text)
    except (SettingsError, toml.TomlError):
        return Settings()
    keys: dict[str, Any] = {}
    for key, value in document.table.items():
        reader = Reader(text, document)
        reader.table(Settings, {key: value}, ())
        if not reader.problems:
            keys[key] = value
    reader = Reader(text, document)
    settings: Settings = reader.table(Settings, keys, ())
    return replace(settings, present=True, places=reader.places())


def _text(folder: Path) -> str | None:
    """Return the text of the handbound.toml in *folder*, with line feeds at the ends of its lines; None if there is none."""
    data = open_file(folder, FILE, limit=LIMIT)
    if isinstance(data, Refusal):
        if data.reason in ("missing", "bad-name") and not os.path.lexists(folder / FILE):
            return None
        fix = FIXES.get(data.reason, "replace it with a text file, or remove it")
        raise SettingsError(UNREADABLE.at(Place(path=FILE), data.detail, fix=fix))
    try:
        return _lined(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        before = _lined(data[: error.start].decode("utf-8-sig"))
        encoding = "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "not UTF-8"
        message = f"the file is {encoding}: the byte 0x{data[error.start]:02x} cannot be read"
        raise SettingsError(
            UNREADABLE.at(place_of(before, len(before)), message, fix="save the file as UTF-8")
        ) from error


def _lined(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


FIXES: Mapping[str, str] = {
    "symlink-outside": "replace it with a copy of the file",
    "missing": "replace the link with a file: its target does not exist",
    "too-big": "handbound.toml needs a few lines; remove what is not a setting",
    "unreadable": "allow the file to be read",
}


def parse(text: str) -> Settings:
    """Return the settings in the TOML *text*.

    >>> parse('title = "Handbook"').title
    'Handbook'
    """
    text = _lined(text)
    try:
        document = toml.read(text)
    except toml.TomlError as error:
        at, message, fix = explained(text, error)
        raise SettingsError(SYNTAX.at(place_of(text, at), message, fix=fix)) from error
    reader = Reader(text, document)
    settings: Settings = reader.table(Settings, document.table, ())
    if reader.problems:
        raise SettingsError(sorted(reader.problems, key=lambda problem: problem.place.spot))
    return replace(settings, present=True, places=reader.places())


def over(
    settings: Settings,
    *,
    title: str | None = None,
    authors: tuple[str, ...] = (),
    language: str | None = None,
    description: str | None = None,
    site_url: str | None = None,
    math: bool | None = None,
    bibliography: tuple[str, ...] = (),
    csl: str | None = None,
) -> Settings:
    """Return *settings* merged over the values from the files of a site, key by key.

    >>> over(parse('title = "Ours"'), title="Theirs", authors=("A",), language="de").title
    'Ours'
    """
    values: dict[str, Any] = {
        "title": title, "authors": authors, "language": language, "description": description, "math": math,
        "bibliography": bibliography, "csl": csl,
    }  # fmt: skip
    values["language"] = languages.tag_of(language) if language else None
    new = {key: value for key, value in values.items() if value and key not in settings.places and _fits(value)}
    pattern, _ = PATTERNS["links.site_url"]
    if site_url and "links.site_url" not in settings.places and _fits(site_url) and re.fullmatch(pattern, site_url):
        new["links"] = replace(settings.links, site_url=site_url)
    return replace(settings, **new)


def _fits(value: Any) -> bool:
    """Return whether values from a site are valid for our keys."""
    texts = value if isinstance(value, tuple) else (value,)
    return not any(isinstance(text, str) and (NOT_TEXT.search(text) or len(text) > LONGEST) for text in texts)


def unspoken(settings: Settings) -> Iterator[Problem]:
    """Yield a warning if the language of the book is unknown, or Handbound has no labels in it."""
    place = settings.places.get("language", Place(path=FILE))
    if "language" in settings.places and (doubt := languages.doubt(settings.language)):
        yield unknown_language(settings.language, doubt, place)
        return
    missing = labels.unspoken(settings.language, settings.labels)
    if missing:
        message = f"Handbound has no words for the language {settings.language!r}: readers will see English ones"
        fix = f"write them in handbound.toml, under [labels]: {', '.join(missing)}"
        yield NO_WORDS.at(place, message, fix=fix)


def unknown_language(tag: str, doubt: tuple[str, str | None], place: Place) -> Problem:
    """Return the warning about a language *tag*: its fault, and the tag that is probably meant."""
    why, near = doubt
    fix = f'write "{near}"' if near else 'write a tag such as "en", "en-GB" or "zh-Hant"'
    return UNKNOWN_LANGUAGE.at(place, f"the language is {printable(tag, 40)!r}, but {why}", fix=fix)
