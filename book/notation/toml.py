"""Reads TOML with the place of every key and value: tomllib parses it strictly, but does not keep places."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Generator
from typing import Any

from msgspec import Struct

from book.notation import conflicts
from book.patterns import regex

Path = tuple[str | int, ...]
"""Names of keys and indexes of lists, from the top: ``("edition", 0, "date")``."""

DEEPEST = 32
"""The deepest nesting of lists and tables; tomllib needs two levels of Python's stack for each."""


class Span(Struct, frozen=True):
    """The places of one key and its value; offsets are code points from 0."""

    key: int
    """For an item of a list: the start of the item."""
    value: int
    end: int


class Document(Struct, frozen=True):
    """A parsed TOML text."""

    table: dict[str, Any]
    spans: dict[Path, Span]
    """Every key and every item of a list, at any depth."""


Spans = Generator[tuple[Path, Span], None, int]
"""Yields paths with their spans; returns the offset after them."""


class TomlError(Exception):
    """The text is not TOML, or is a trap; *at* is the offset of the fault."""

    def __init__(self, at: int, why: str, *, deep: bool = False) -> None:
        """Store what a problem needs; *deep* is whether the text is nested too deeply."""
        super().__init__(why)
        self.at, self.why, self.deep = at, why, deep


STRINGS = (
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}|\'\'\'(?:[^\']|\'{1,2}(?!\'))*\'{3,5}|"(?:[^"\\\n]|\\[^\n])*"|\'[^\'\n]*\''
)
STRING = regex(STRINGS, re.DOTALL)
TOKEN = regex(rf"{STRINGS}|#[^\n]*|[\[\]{{}}]", re.DOTALL)
BLANK = regex(r"(?:[ \t\n]|#[^\n]*)*")
KEY = regex(rf"(?P<bare>[A-Za-z0-9_-]+)|{STRINGS}", re.DOTALL)
DOT = regex(r"[ \t]*\.[ \t]*")
OTHER = regex(r"[^,\]}\n#]*")
DOTTED = regex(r"""(?<![\w"'-])(?:[\w"'-]+[ \t]*\.[ \t]*){65}""")
DIGITS = regex(r"(?<![\w.+-])[-+]?(?:0x[0-9A-Fa-f_]{400}|0[ob][0-7_]{1400}|[0-9][0-9_]{400})")
PLACE = regex(r"\(at line (\d+), column (\d+)\)")


def read(text: str, *, deepest: int = DEEPEST) -> Document:
    r"""Return the content of the TOML *text*, with the place of everything.

    Args:
        text: line ends as ``\n``.
        deepest: the deepest nesting of lists and tables.

    Raises:
        TomlError: it is not TOML, is nested too deeply, or contains a number with too many digits.

    >>> document = read('title = "A"\n[links]\nhosts = ["x", "y"]')
    >>> document.spans["links", "hosts", 1]
    Span(key=34, value=34, end=37)
    """
    _refuse_traps(text, deepest)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise _located_error(text, str(fault)) from None
    except RecursionError:
        raise TomlError(0, "it is nested too deeply", deep=True) from None
    except ValueError as fault:  # a number with more digits than Python accepts, a date in the year 0
        raise TomlError(0, str(fault)) from None
    spans: dict[Path, Span] = {}
    for path, span in _Scanner(text).document():
        spans.setdefault(path, span)  # for a list [[x]], the first table
    return Document(table, spans)


def _refuse_traps(text: str, deepest: int) -> None:
    """Refuse constructs for which tomllib takes minutes or exhausts the stack."""
    if dotted := DOTTED.search(text):  # 20,000 of them take it 10 s
        raise TomlError(dotted.start(), "a key of more than 64 names", deep=True)
    depth = 0
    for token in TOKEN.finditer(text):
        if token[0] in ("[", "{"):
            depth += 1
            if depth > deepest:
                raise TomlError(token.start(), f"lists and tables are nested more than {deepest} deep", deep=True)
        elif token[0] in ("]", "}"):
            depth = max(depth - 1, 0)
    bare = TOKEN.sub(lambda token: token[0] if len(token[0]) == 1 else " " * len(token[0]), text)
    if digits := DIGITS.search(bare):
        raise TomlError(digits.start(), "a number of more than 400 digits")


def _located_error(text: str, message: str) -> TomlError:
    """Return the error of tomllib at the place that it names, or at the merge conflict in which it is."""
    if (conflict := conflicts.first(text)) is not None:
        return TomlError(conflict, conflicts.WHY)
    match = PLACE.search(message)
    at = len(text.rstrip())
    if match:
        line, column = int(match[1]), int(match[2])
        at = sum(len(row) + 1 for row in text.split("\n")[: line - 1]) + column - 1
    if not match or message.startswith("Cannot"):  # it names the end of the line with the faulty key
        at = text.rfind("\n", 0, at) + 1
    why = re.sub(r" \(at (?:line|end)[^)]*\)$", "", message)
    return TomlError(min(at, len(text)), "the key is already defined" if why == "Cannot overwrite a value" else why)


class _Scanner:
    """Walks through a text that tomllib has accepted, and records the place of everything."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lists: dict[Path, int] = {}
        """The number of tables that a list ``[[x]]`` has so far."""

    def document(self) -> Spans:
        table: Path = ()
        at = self.blank(0)
        while at < len(self.text):
            before = at
            if self.text[at] == "[":
                several = self.text.startswith("[[", at)
                begin = self.blank(at + 1 + several)
                names, at = self.key(begin)
                table = self.resolved(names, new=several)
                at = self.text.find("\n", at) + 1 or len(self.text)
                yield table, Span(begin, begin, at)
                if several:
                    yield table[:-1], Span(begin, begin, at)
            else:
                at = yield from self.pair(table, at)
            at = self.blank(max(at, before + 1))
        return at

    def resolved(self, names: Path, *, new: bool) -> Path:
        """Return the path for the names in a header; for a list of tables, its last table so far."""
        path: Path = ()
        for number, name in enumerate(names, 1):
            path = (*path, name)
            if new and number == len(names):
                self.lists[path] = self.lists.get(path, 0) + 1
            if path in self.lists:
                path = (*path, self.lists[path] - 1)
        return path

    def blank(self, at: int) -> int:
        match = BLANK.match(self.text, at)
        return match.end() if match else at

    def key(self, at: int) -> tuple[Path, int]:
        names: list[str] = []
        while match := KEY.match(self.text, at):
            names.append(match["bare"] or tomllib.loads(f"key = {match[0]}")["key"])
            at = match.end()
            if not (dot := DOT.match(self.text, at)):
                break
            at = dot.end()
        return tuple(names), at

    def pair(self, table: Path, at: int) -> Spans:
        """Yield one ``key = value`` and everything in it; return the offset after it."""
        names, end = self.key(at)
        value = self.blank(self.text.find("=", end) + 1 or len(self.text))
        path = (*table, *names)
        end = yield from self.value(path, value)
        yield path, Span(at, value, end)
        for length in range(len(table) + 1, len(path)):  # a.b = 1 makes a table a
            yield path[:length], Span(at, at, end)
        return end

    def value(self, path: Path, at: int) -> Spans:
        """Yield everything in the value at *at*; return the offset after it."""
        if match := STRING.match(self.text, at):
            return match.end()
        opening = self.text[at : at + 1]
        if opening not in ("[", "{"):
            match = OTHER.match(self.text, at)
            return at + len(match[0].rstrip()) if match else at
        at, index = self.blank(at + 1), 0
        while at < len(self.text) and self.text[at] not in "]}":
            before = at
            if opening == "[":
                end = yield from self.value((*path, index), at)
                yield (*path, index), Span(at, at, end)
                at, index = end, index + 1
            else:
                at = yield from self.pair(path, at)
            at = self.blank(at)
            at = self.blank(at + (self.text[at : at + 1] == ","))
            at = max(at, before + 1)
        return at + 1


def quoted(text: str) -> str:
    r"""Return *text* as a TOML string.

    >>> print(quoted('A "good" \\ book'))
    "A \"good\" \\ book"
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
