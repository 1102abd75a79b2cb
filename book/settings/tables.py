"""Converts TOML tables into the values of the keys, and reports faults with their places."""

from __future__ import annotations

import datetime
import re
import types
import typing
from collections.abc import Collection, Mapping
from typing import Any, Literal, TypeGuard

from msgspec import Struct
from msgspec.structs import fields

from book import labels, problems
from book.catalogue import EDITIONS
from book.characters import NOT_TEXT
from book.notation import toml, truth
from book.problems import Kind, Place, Problem, Severity, nearest, printable
from book.settings import identifiers, languages
from book.settings.keys import (
    CHECKS,
    FIRST_YEAR,
    LARGEST,
    LEAST,
    LONGEST,
    LONGEST_PATH,
    MOST,
    PATTERNS,
    EntryMatter,
    Series,
    SidebarEntry,
)

FILE = "handbound.toml"

UNKNOWN = Kind("S102", Severity.ERROR, "an unknown key in handbound.toml")
WRONG_TYPE = Kind("S103", Severity.ERROR, "a value of the wrong type")
WRONG_VALUE = Kind("S104", Severity.ERROR, "a value that is not allowed")


def place_of(text: str, at: int) -> Place:
    """Return the place of the character *at* in the *text* of handbound.toml."""
    return problems.place_of(text, at, FILE)


SPECIAL = frozenset({"guessed", "present", "places"})
BRANCHES: Mapping[str, str] = {"part": "page", "chapter": "chapter"}
"""The first key of an entry of ``sidebar`` that is a table -> the key of its page."""
BRANCH: Mapping[str, Any] = {"title": str, "matter": EntryMatter, "numbered": bool}
"""Further keys of such an entry, with their types; a part has no ``title``, which is its first key."""
EXPECTED: Mapping[type, str] = {
    str: "a text in quotes",
    int: "a whole number",
    bool: "true or false",
    float: "a number",
}

OTHER_NAMES: Mapping[str, str] = {
    "isbn": 'write it as identifier = "urn:isbn:978-…"; that of the printed book is isbn under [print]',
    "uuid": 'write it as identifier = "urn:uuid:…"',
    **dict.fromkeys(("cover_image", "cover-image", "image"), 'write cover = "cover.jpg"'),
    **dict.fromkeys(
        (
            *(
                "css",
                "style",
                "stylesheet",
                "font",
                "fonts",
                "font_size",
                "typeface",
                "color",
                "colors",
                "colour",
                "colours",
            ),
            *("accent", "margin", "margins", "line_height", "line_spacing", "header", "footer", "headers", "footers"),
            *("page_numbers", "hyphenation", "justify", "dark_mode"),
        ),
        "the look belongs to a theme; see: book manual look",
    ),
    **dict.fromkeys(
        ("toc", "contents", "table_of_contents", "toc_depth"),
        "remove it: every edition has its contents; the order is set with sidebar",
    ),
    **dict.fromkeys(
        ("dedication", "epigraph", "foreword", "preface", "afterword", "glossary", "colophon", "acknowledgments"),
        "it is a chapter that says so in its front matter, as in: role: preface",
    ),
    "imprint": "it is made of publisher, licence, version, date and identifier",
    "year": "write date = 2026-01-31, in this form",
    "price": "remove it: no edition prints a price",
    **dict.fromkeys(("chapters", "nav", "order", "summary"), 'write sidebar = ["01-first.md", "02-second.md"]'),
    **dict.fromkeys(("ignore", "skip"), 'write exclude = ["drafts/"]'),
    **dict.fromkeys(("formats", "format", "output_formats"), 'write editions = ["epub", "pdf"]'),
    **dict.fromkeys(("out", "output", "output_dir"), "the output folder is named on the command line: -o OUT"),
    **dict.fromkeys(("name", "site_name"), "write title"),
    **dict.fromkeys(("copyright", "rights", "license"), "write licence"),
    **dict.fromkeys(("site_url", "url", "base_url"), 'write it under [links]: site_url = "https://example.org"'),
    **dict.fromkeys(
        ("trim", "pdf_x", "signature", "page_size", "paper", "spine", "back", "bleed", "crop_marks", "marks"),
        'write it under [print], as in: trim = "a5"',
    ),
    "lang": "write language",
    "tags": "write subjects",
    "keywords": "write subjects",
}
"""Keys that other tools have -> what to write."""
INNER_NAMES: Mapping[str, str] = {
    **dict.fromkeys(
        ("print.bleed", "print.margins"),
        'it belongs to a theme, as in: [page.print] bleed = "3mm"; see: book manual look',
    ),
    **{f"lint.{check}": f'write ignore = ["{check}"], to leave this check out' for check in CHECKS},
    "print.size": 'write trim = "a5" or trim = "6x9in"',
}
"""Keys of tables that authors expect there -> what to write."""
LISTED = 12
"""The most keys that a fix lists."""
OFFERS = 20
"""For this many unknown keys, a known key with a similar name is looked for."""


class Reader:
    """Converts a TOML table into one of its shapes and collects its problems."""

    def __init__(self, text: str, document: toml.Document) -> None:
        self.text, self.spans, self.data = text, document.spans, document.table
        self.problems: list[Problem] = []
        self.strangers = 0
        """How many unknown keys there are so far."""

    def place(self, path: toml.Path, *, value: bool = False) -> Place:
        """Return the place of the key at *path*, or of its *value*."""
        while path and path not in self.spans:
            path = path[:-1]
        span = self.spans.get(path)
        return place_of(self.text, (span.value if value else span.key) if span else 0)

    def places(self) -> dict[str, Place]:
        """Return the places of all values, by the dotted names of their keys."""
        return {".".join(map(str, path)): self.place(path, value=True) for path in self.spans}

    def fault(self, kind: Kind, path: toml.Path, message: str, fix: str, *, value: bool = False) -> None:
        """Record one problem."""
        self.problems.append(kind.at(self.place(path, value=value), message, fix=fix))

    def table(self, shape: type[Any], table: Mapping[str, Any], path: toml.Path) -> Any:
        """Return a *shape* filled from *table*."""
        hints = typing.get_type_hints(shape)
        known = [name for name in hints if name not in SPECIAL]
        values = {}
        for name, value in table.items():
            inner = (*path, name)
            if name not in known:
                self.unknown(inner, known)
            elif inner == ("sidebar",):
                values[name] = self.sidebar(value, inner)
            elif inner == ("labels",):
                values[name] = self.labels(value, inner)
            elif inner == ("series",) and isinstance(value, str):
                values[name] = self.table(Series, {"name": value}, inner)
            else:
                values[name] = self.value(hints[name], value, inner)
        missing = [entry.name for entry in fields(shape) if entry.required and entry.name not in table]
        for name in missing:
            self.fault(WRONG_VALUE, path, f"[{_name(path)}] has no {name}", f'write {name} = "…"')
        return None if missing else shape(**values) if values.keys() <= set(known) else None

    def unknown(self, path: toml.Path, known: Collection[str]) -> None:
        """Record an unknown key; the first :data:`OFFERS` with the known key that is probably meant."""
        self.strangers += 1
        name = str(path[-1])
        other = OTHER_NAMES.get(name.replace("-", "_").lower()) if len(path) == 1 else INNER_NAMES.get(_name(path))
        near = nearest(name, known) if self.strangers <= OFFERS and not other else None
        names = ", ".join(known) if len(known) <= LISTED else "in the manual: book manual settings"
        fix = f"write {near}" if near else f"remove it; the known keys are {names}"
        if near and len(path) == 1 and isinstance(self.data.get(name), dict):
            fix = f"write [{near}]"
        self.fault(UNKNOWN, path, f"unknown key '{_name(path)}'", other or fix)

    def labels(self, value: Any, path: toml.Path) -> Any:
        """Return the labels of the table ``labels``; each must have the names in braces that it needs."""
        table = self.value(Mapping[str, str], value, path)
        known = labels.english()
        for name, words in (table or {}).items():
            inner = (*path, name)
            braces = labels.fields(known.get(name, "")) or frozenset()
            if name not in known:
                self.unknown(inner, known)
            elif isinstance(words, str) and labels.fields(words) != braces:
                names = " and ".join(f"{{{brace}}}" for brace in sorted(braces)) or "no braces"
                self.wrong(WRONG_VALUE, inner, words, f"a text with {names}", f'as in "{known[name]}"')
        return table

    def value(self, hint: Any, value: Any, path: toml.Path) -> Any:
        """Return *value* converted to the type *hint*, or record a problem."""
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
            if not isinstance(value, list) and path == ("edition",):
                return self.wrong(WRONG_TYPE, path, value, "a table with a version", _meant_by_edition(value))
            if not isinstance(value, list):
                fix = f'write {path[-1]} = ["{value}"]' if _plain(value) and isinstance(path[-1], str) else ""
                return self.wrong(WRONG_TYPE, path, value, 'a list, such as ["…"]', fix)
            return tuple(self.value(arguments[0], item, (*path, at)) for at, item in enumerate(value))
        if origin in (Mapping, dict, _MAPPING):
            if not isinstance(value, dict):
                return self.wrong(WRONG_TYPE, path, value, "a table")
            return {
                self.text_of(name, (*path, name)): self.value(arguments[1], item, (*path, name))
                for name, item in value.items()
            }
        if is_table(hint):
            if not isinstance(value, dict):
                return self.wrong(WRONG_TYPE, path, value, f"a table: [{_name(path)}]")
            return self.table(hint, value, path)
        return self.scalar(hint, value, path)

    def scalar(self, hint: type, value: Any, path: toml.Path) -> Any:
        """Return a string, number or boolean."""
        key = next((name for name in (_name(path), _name(path[:-1])) if name in PATTERNS), _name(path))
        if hint is str and isinstance(value, datetime.date):
            value = value.isoformat()[:10]
        if hint is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
            return self.wrong(WRONG_TYPE, path, value, EXPECTED[hint], _meant(hint, path[-1], value))
        if isinstance(value, int | float) and not isinstance(value, bool):
            least, most = LEAST.get(key, 1), MOST.get(key, LARGEST)
            if not least <= value <= most:
                expected = f"a number of at least {least}" if value < least else f"a number of at most {most:,}"
                return self.wrong(WRONG_VALUE, path, value, expected)
        if isinstance(value, str):
            value = self.text_of(value, path)
            if key == "identifier" and (fault := identifiers.doubt(value)):
                return self.wrong(WRONG_VALUE, path, value, *fault, is_it=True)
            if key == "print.isbn" and value and (fault := identifiers.doubt(identifiers.of_isbn(value))):
                return self.wrong(WRONG_VALUE, path, value, fault[0], fault[1].replace("urn:isbn:", ""), is_it=True)
            pattern, expected = PATTERNS.get(key, (None, ""))
            if pattern and not re.fullmatch(pattern, value):
                if not value and pattern == PATTERNS["title"][0]:
                    fix = f"write {expected}, or remove it"
                    return self.fault(WRONG_VALUE, path, f"{_name(path)} is empty", fix, value=True)
                _, near = (languages.doubt(value) if key == "language" else None) or ("", None)
                return self.wrong(WRONG_VALUE, path, value, expected, f'write "{near}"' if near else "")
            if key == "date" and not _in_the_calendar(value):
                return self.wrong(WRONG_VALUE, path, value, "a date, such as 2026-01-31")
        return value

    def text_of(self, text: str, path: toml.Path, longest: int = LONGEST) -> str:
        """Return *text* as one line; record a problem if it contains characters that no page can show."""
        if bad := NOT_TEXT.search(text):
            message = f"{_name(path)} contains the control character U+{ord(bad[0]):04X}"
            self.fault(WRONG_VALUE, path, message, "remove the character", value=True)
            return "?"
        if len(text) > longest:
            message = f"{_name(path)} has {len(text):,} characters; at most {longest:,} are allowed"
            self.fault(WRONG_VALUE, path, message, "write less", value=True)
            return "?"
        return text if path[:1] == ("components",) else re.sub(r"[ \t]*[\t\n]\s*", " ", text).strip()

    def wrong(
        self, kind: Kind, path: toml.Path, value: object, expected: str, fix: str = "", *, is_it: bool = False
    ) -> Any:
        """Record that *value* is not valid for its key: it is not what is *expected*, or *is_it* and that is the fault."""
        message = f"{_name(path)} is {_display(value)}, {'' if is_it else 'not '}{expected}"
        self.fault(kind, path, message, fix or f"write {expected}", value=True)

    def sidebar(self, value: Any, path: toml.Path) -> tuple[SidebarEntry, ...]:
        """Return the entries of the ``sidebar`` list."""
        if not isinstance(value, list):
            self.wrong(WRONG_TYPE, path, value, "a list of chapters and parts")
            return ()
        entries = []
        for at, item in enumerate(value):
            inner = (*path, at)
            if isinstance(item, str):
                chapter = self.text_of(item, inner, LONGEST_PATH)
                entries.append(SidebarEntry(chapter=chapter, place=self.place(inner)))
            elif isinstance(item, dict) and (entry := self.branch(item, inner)):
                entries.append(entry)
            else:
                expected = 'a chapter such as "a.md" or a part such as { part = "Culture", chapters = ["b.md"] }'
                self.wrong(WRONG_TYPE, inner, item, expected)
        return tuple(entries)

    def branch(self, item: dict[str, Any], path: toml.Path) -> SidebarEntry | None:
        """Return an entry of ``sidebar`` that is a table: a part, or a chapter with more than its path; None if it is neither."""
        kind, page = next((pair for pair in BRANCHES.items() if pair[0] in item), ("", ""))
        texts = {key: item[key] for key in (kind, page) if key in item}
        if not kind or not all(isinstance(text, str) for text in texts.values()):
            return None
        more = {name: type_ for name, type_ in BRANCH.items() if name != "title" or kind == "chapter"}
        known = (*dict.fromkeys((kind, page)), "chapters", *more)
        for name in item.keys() - set(known):
            self.unknown((*path, name), known)
        chapter = self.text_of(texts[page], (*path, page), LONGEST_PATH) if page in texts else None
        values = {name: self.value(type_, item[name], (*path, name)) for name, type_ in more.items() if name in item}
        return SidebarEntry(
            part=self.text_of(texts[kind], (*path, kind)) if kind == "part" else None,
            chapter=chapter,
            chapters=self.sidebar(item.get("chapters", []), (*path, "chapters")),
            place=self.place((*path, kind), value=True),
            **{name: value for name, value in values.items() if value is not None},
        )


def _name(path: toml.Path) -> str:
    """Return the dotted name of a key; items of a list have no names."""
    return ".".join(name for name in path if isinstance(name, str))


def _display(value: object) -> str:
    """Return *value* for a message, short, much as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, dict):
        return printable(
            f"{{{', '.join(f'{name} = {_display(item)}' for name, item in list(value.items())[:9])}}}", 120
        )
    if isinstance(value, list):
        return printable(f"[{', '.join(map(_display, value[:9]))}]", 120)
    return printable(repr(value), 120)


def _in_the_calendar(date: str) -> bool:
    try:
        return datetime.date.fromisoformat(date).year >= FIRST_YEAR
    except ValueError:
        return False


_MAPPING = typing.get_origin(Mapping[str, str])


def is_table(hint: Any) -> TypeGuard[type[Struct]]:
    """Return whether *hint* is the shape of a table of keys, not the type of a value."""
    return isinstance(hint, type) and issubclass(hint, Struct)


def _plain(value: object) -> bool:
    """Return whether *value* can be shown in a fix: a short text without quotation marks."""
    return isinstance(value, str) and len(value) <= 60 and value.isprintable() and not set(value) & set('"\\')


def _meant_by_edition(value: object) -> str:
    """Return what to write in place of ``edition = …`` with a *value* that is no table.

    >>> _meant_by_edition("pdf"), _meant_by_edition("2nd")
    ('write editions = ["pdf"]', 'write [[edition]], and below it version = "2nd"')
    """
    if isinstance(value, str) and value.lower() in EDITIONS:
        return f'write editions = ["{value.lower()}"]'
    return f'write [[edition]], and below it version = "{value if _plain(value) else 2}"'


def _meant(hint: type, key: object, value: object) -> str:
    """Return what to write in place of a *value* of another type than *hint*; empty if it cannot be known.

    >>> _meant(str, "version", 2.1), _meant(float, "spine", "12mm"), _meant(bool, "math", "yes"), _meant(int, "spine", "x")
    ('write version = "2.1"', 'write spine = 12', 'write math = true', '')
    """
    if not isinstance(key, str):
        return ""
    if key == "date":
        return "write date = 2026-01-31, in this form"
    if hint is str and isinstance(value, int | float) and not isinstance(value, bool):
        return f'write {key} = "{value}"'
    if isinstance(value, str):
        number = re.match(r"\s*(\d{1,9}(?:\.\d{1,3})?)", value)
        if hint in (int, float) and number and (hint is float or "." not in number[1]):
            return f"write {key} = {number[1]}"
        if hint is bool and (state := truth(value)) is not None:
            return f"write {key} = {str(state).lower()}"
    return ""
