"""The front matter of a chapter file, in YAML, TOML or JSON: detected, split off and parsed strictly.

The only module that imports python-frontmatter. Its handlers detect, split and load the block; here they are made strict, and
keep the text and its first line exact.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, cast

import frontmatter
from frontmatter.default_handlers import BaseHandler, JSONHandler, YAMLHandler
from msgspec.structs import replace

from book.characters import NOT_IN_A_LINE
from book.model import FrontMatter
from book.notation import SYNTAX, NotationError, Spot, conflicts, number, read_json, read_toml, read_yaml, truth
from book.patterns import regex
from book.problems import Kind, Place, Problem, Severity, nearest, place_of, printable
from book.settings import LANGUAGE, languages
from book.source import properties
from book.source.controls import Finding, cleaned
from book.source.front_matter_keys import (
    ADDRESSES,
    AUTHORS,
    KEYS,
    LABELS,
    LINE,
    ORDER_KEYS,
    ROLES,
    TEXTS,
    TRUTH,
    TRUTHS,
    near_miss,
)
from book.source.repairs import Fault, repaired

UNCLOSED = Kind("M117", Severity.ERROR, "front matter that is never closed")
UNKNOWN_KEY = Kind("M120", Severity.WARNING, "a front matter key that looks like a known one")
WRONG_VALUE = Kind("M121", Severity.WARNING, "a front matter value that its key does not accept")
CONTROL = Kind("M122", Severity.WARNING, "control characters in a title or in the text")
UNQUOTED = Kind("M125", Severity.WARNING, "a front matter value that is not valid as it is typed; it is read as text")
UNUSED = Kind("M139", Severity.WARNING, "a part of the front matter that cannot be read; it is not used")
NOT_A_TABLE = Kind("M116", Severity.ERROR, "front matter without `key: value` lines")

TOO_BIG = Kind("M106", Severity.ERROR, "a chapter or its front matter larger than the settings allow")


Unfenced: TypeAlias = Literal["", ":", "::"]
"""What stands between key and value in lines that are front matter without a fence; empty if there are none."""


def taken_off(text: str, path: str, limit: int, *, unfenced: Unfenced = "") -> tuple[FrontMatter, str, list[Problem]]:
    r"""Return the front matter at the head of *text*, the text after it, and what is wrong with its keys.

    Args:
        text: a whole file, line ends as ``\n``.
        path: its name, for places.
        limit: the most bytes the front matter may have.
        unfenced: what stands between key and value in lines that may be front matter without a fence, ``:`` in MkDocs, ``::`` in Logseq.

    Raises:
        NotationError: the front matter is not closed, too long, not a table, or invalid.
    """
    handler = frontmatter.detect_format(text, (*HANDLERS, *UNFENCED[unfenced]))
    problems: list[Problem] = []
    front, body = FrontMatter(), text
    if handler:
        block, body = handler.split(text)
        at = cast("Block", handler).opening(text)
        size = len(block.encode())
        if size > limit:
            message = f"the front matter has {size:,} bytes; {limit:,} are allowed"
            raise NotationError(
                TOO_BIG, at, message, "shorten it, or raise limits.front_matter_bytes in handbound.toml"
            )
        if (conflict := conflicts.first(text)) is not None and conflict < at + len(block):
            raise NotationError(SYNTAX, conflict, f"front matter cannot be read: {conflicts.WHY}", conflicts.FIX)
        block, strange = cleaned(block)
        try:
            spot, faults = cast("Block", handler).repaired(block)
        except NotationError as fault:
            raise NotationError(fault.kind, fault.at + at, fault.message, fault.fix) from None
        if not isinstance(spot.value, Mapping) and spot.value is not None:
            message = "the front matter is not made of `key: value` lines"
            raise NotationError(NOT_A_TABLE, at + spot.at, message, "write `title: …`, or start the text without `---`")
        front, problems = _Head(text=text, block=block, at=at, path=path).read(spot.value or {})
        findings: list[tuple[Kind, Fault | Finding]] = [(CONTROL, finding) for finding in strange]
        findings += [(UNUSED if fault.unused else UNQUOTED, fault) for fault in faults]
        problems += [
            kind.at(place_of(text, at + finding.at, path), finding.message, fix=finding.fix)
            for kind, finding in findings
        ]
    return front, body, problems


DRAFT = regex(r"^(?:draft[ \t]*[:=][ \t]*true|published[ \t]*[:=][ \t]*false)\b", re.MULTILINE | re.IGNORECASE)


def draft_at(text: str) -> int | None:
    r"""Return the offset at which invalid front matter still says that the chapter is a draft; None if it does not.

    >>> draft_at("---\ntitle: a: b\ndraft: true\n---\n"), draft_at("Text.\n")
    (16, None)
    """
    block = next((handler for handler in HANDLERS if handler.detect(text)), None)
    if block is None:
        return None
    end = block.CLOSE.search(text, block.opening(text)) if hasattr(block, "CLOSE") else None
    match = DRAFT.search(text, block.opening(text), end.start() if end else len(text))
    return match.start() if match and end else None


# --- python-frontmatter's handlers: detect, split, load ---

KEY_LINE = regex(r"""[ \t\n]*(?:[^\W\d][\w.-]*(?: [\w.-]+){0,2}|"[^"\n]+"|'[^'\n]+')[ \t]*(:(?=[ \t\n]|\Z)|=)""")


class Block(BaseHandler):
    """A handler that keeps offsets: block and text are exact slices of the file, not stripped."""

    OPEN: re.Pattern[str]
    CLOSE: re.Pattern[str]
    fence: str

    def opening(self, text: str) -> int:
        """Return the offset at which the block begins."""
        match = self.OPEN.match(text)
        return match.end() if match else 0

    def detect(self, text: str) -> bool:
        """Return whether *text* begins with front matter, even if it is not closed."""
        match = self.OPEN.match(text)
        if not match:
            return False
        keys = bool(KEY_LINE.match(text, match.end()))
        if match.start(1) > 0 or not self.CLOSE.search(text, match.end()):
            return keys  # a thematic break at the beginning of a text
        return keys or not text.startswith("\n", match.end())

    def split(self, text: str) -> tuple[str, str]:
        """Return the block and the text after it.

        Raises:
            NotationError: if the block is never closed.
        """
        at = self.opening(text)
        match = self.CLOSE.search(text, at)
        if not match:
            message = f"the front matter that starts with {self.fence} is never closed"
            raise NotationError(
                UNCLOSED, text.index(self.fence), message, f"write a line {self.fence} after its last key"
            )
        return text[at : match.start()], text[match.end() :]

    def repaired(self, block: str) -> tuple[Spot, tuple[Fault, ...]]:
        """Return the block as a :class:`Spot`, and what had to be repaired so that it could be read."""
        return cast("Spot", self.load(block)), ()


class Yaml(Block, YAMLHandler):
    """YAML between ``---`` and ``---`` or ``...``."""

    OPEN = regex(r"(?:[ \t]*\n)*(---)[ \t]*(?:\n|\Z)")
    CLOSE = regex(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE)
    fence = "---"

    def load(self, fm: str, **_kwargs: object) -> Any:
        """Return the block as a :class:`Spot`."""
        return self.repaired(fm)[0]

    def repaired(self, block: str) -> tuple[Spot, tuple[Fault, ...]]:
        """Return the block, and its values and lines that are not YAML."""
        return repaired(block, read_yaml)


class Toml(Block):
    """TOML between ``+++`` and ``+++`` (Hugo)."""

    FM_BOUNDARY = OPEN = regex(r"(?:[ \t]*\n)*(\+\+\+)[ \t]*(?:\n|\Z)")
    CLOSE = regex(r"^\+\+\+[ \t]*(?:\n|\Z)", re.MULTILINE)
    fence = "+++"

    def load(self, fm: str) -> Any:
        """Return the block as a :class:`Spot`."""
        return self.repaired(fm)[0]

    def repaired(self, block: str) -> tuple[Spot, tuple[Fault, ...]]:
        """Return the block, and its values and lines that are not TOML."""
        return repaired(block, read_toml)


class Json(Block, JSONHandler):
    """A JSON object at the head of the file (Hugo)."""

    OPEN = regex(r"""(?=\{\s*(?:"[^"\n]*"\s*:|\}[ \t]*(?:\n|\Z)))""")

    def detect(self, text: str) -> bool:
        """Return whether *text* begins with a JSON object."""
        return bool(self.OPEN.match(text))

    def split(self, text: str) -> tuple[str, str]:
        """Return the object and the text from the next line on."""
        end = read_json(text).end
        after = text[end:].split("\n", 1)
        if after[0].strip():
            return "", text  # `{"a": 1} is a way of writing …` is a sentence
        return text[: len(text) - len(after[1])] if len(after) > 1 else text, after[1] if len(after) > 1 else ""

    def load(self, fm: str, **_kwargs: object) -> Any:
        """Return the block as a :class:`Spot`."""
        return read_json(fm or "{}")


class Lines(Block):
    """Lines ``key: value`` at the head of the file, up to a blank line (MultiMarkdown, MkDocs)."""

    FM_BOUNDARY = OPEN = regex(
        r"(?=(?:[ ]{0,3}(?P<key>[A-Za-z0-9_-]+):(?:[ \t][^\n]*)?\n(?:(?:[ ]{4}|\t)[^\n]*\S[^\n]*\n)*)+[ \t]*(?:\n|\Z))"
    )
    LINE = regex(r"^(?:[ ]{0,3}(?P<key>[A-Za-z0-9_-]+):)?[ \t]*(?P<value>\S[^\n]*?)?[ \t]*$", re.MULTILINE)
    USUAL = frozenset(
        "title author authors date description summary tags template icon status hide category lang draft".split()
    )
    """Keys of which one must be there: other texts begin with a word and a colon, too."""

    def detect(self, text: str) -> bool:
        """Return whether *text* begins with such lines."""
        head, blank, _ = text.partition("\n\n")
        return self.OPEN.match(f"{head}\n\n") is not None and bool(self.USUAL & self._read(head).keys()) and bool(blank)

    def split(self, text: str) -> tuple[str, str]:
        """Return the lines, and the text after the blank line."""
        at = text.index("\n\n") + 2
        return text[:at], text[at:]

    def load(self, fm: str, **_kwargs: object) -> Any:
        """Return the block as a :class:`Spot`."""
        return Spot(value=self._read(fm), at=0, end=len(fm))

    def _read(self, text: str) -> dict[str, Spot]:
        values: dict[str, list[Spot]] = {}
        key, keys = "", dict[str, tuple[int, int]]()
        for match in self.LINE.finditer(text):
            if match["key"]:
                key = match["key"].casefold()
                keys.setdefault(key, match.span("key"))
            if match["value"] and key:
                at, end = match.span("value")
                values.setdefault(key, []).append(Spot(value=match["value"], at=at, end=end, bare=True))
        return {
            key: replace(spots[0], key_at=at, key_end=end)
            if len(spots := values.get(key, [Spot(value=None, at=end, end=end)])) == 1
            else Spot(value=tuple(spots), at=spots[0].at, end=spots[-1].end, key_at=at, key_end=end)
            for key, (at, end) in keys.items()
        }


class Properties(Lines):
    """Lines ``key:: value`` at the head of a page of Logseq."""

    FM_BOUNDARY = OPEN = regex(rf"(?={properties.PROPERTY}(?:\n|\Z))")

    def detect(self, text: str) -> bool:
        """Return whether *text* begins with a property."""
        return properties.WHOLE.match(text) is not None

    def split(self, text: str) -> tuple[str, str]:
        """Return the properties, and the text after them."""
        match = properties.WHOLE.match(text)
        at = match.end() if match else 0
        return text[:at], text[at:]

    def _read(self, text: str) -> dict[str, Spot]:
        return properties.read(text)


class Titled(Lines):
    """The same lines in a file of any tool; the first has the key ``Title``, and keys may have spaces (MultiMarkdown)."""

    FM_BOUNDARY = OPEN = regex(Lines.OPEN.pattern.replace("[A-Za-z0-9_-]+", r"[A-Za-z0-9][\w -]*"))
    LINE = regex(Lines.LINE.pattern.replace("[A-Za-z0-9_-]+", r"[A-Za-z0-9][\w -]*"), re.MULTILINE)

    def detect(self, text: str) -> bool:
        """Return whether *text* begins with a line for its title."""
        return text[:6].casefold() == "title:" and super().detect(text)


HANDLERS: tuple[Block, ...] = (Yaml(), Toml(), Json(), Titled())
UNFENCED: Mapping[Unfenced, tuple[Block, ...]] = MappingProxyType({"": (), ":": (Lines(),), "::": (Properties(),)})


# --- front matter: the values of the keys ----------------------------------------------------------------------------------

NOT_FINITE = regex(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")  # YAML 1.1, float
ENTITY = regex(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
SIGNS = frozenset("<>\\`*_[]~$")
"""Markdown characters: an entity for one of them is left to the Markdown reader, so that it is printed literally."""


class _Head:
    """Converts the keys of one block to the fields of :class:`FrontMatter`."""

    def __init__(self, *, text: str, block: str, at: int, path: str) -> None:
        self.text, self.block, self.at, self.path = text, block, at, path
        self.problems: list[Problem] = []
        self.items: dict[str, Place] = {}

    def read(self, table: Mapping[str, Spot]) -> tuple[FrontMatter, list[Problem]]:
        """Return the front matter and what is wrong with it."""
        self.table = table
        self.places = {
            key: place_of(self.text, self.at + (spot.at if spot.value is not None else spot.key_at), self.path)
            for key, spot in table.items()
        }
        for key in table:
            self._near_a_known_key(key)
        titles = {key: self._raw(spot) for key, spot in table.items() if not isinstance(spot.value, tuple | Mapping)}
        published = self._truth("published")
        slug = self._line("slug")
        front = FrontMatter(
            title=self._line("title"),
            label=next((label for key in LABELS if (label := self._line(key)) is not None), None),
            show_title=self._truth("showTitle") is not False,
            lang=self._language(),
            description=self._line("description"),
            discussion=self._lines("discussion"),
            role=self._role(),
            draft=self._truth("draft") is True or published is False,
            authors=tuple(name for key in AUTHORS for name in self._lines(key)),
            date=self._line("date"),
            slug=slug,
            addresses=tuple(address for key in ADDRESSES for address in self._lines(key)),
            values=MappingProxyType({key: self._value(key, spot) for key, spot in table.items()}),
            places=MappingProxyType({**self.places, **self.items}),
            titles=MappingProxyType(titles),
        )
        return front, self.problems

    def _raw(self, spot: Spot) -> str:
        """Return the text after the colon as typed, with quotes and comment."""
        start, end = (spot.key_end, spot.key_end) if spot.value is None else (spot.at, max(spot.at, spot.end))
        if not self.block[start:end].endswith("\n"):  # except block scalars, which end on the next line
            eol = self.block.find("\n", end)
            end = eol if eol >= 0 else len(self.block)
        raw = self.block[start:end].strip()
        raw = raw.removesuffix(",") if self.block.startswith("{") else raw
        return raw.lstrip(":= \t") if spot.value is None else raw

    @staticmethod
    def _value(key: str, spot: Spot) -> object:
        """Return the plain value; unquoted text becomes a boolean or a number if *key* takes one."""
        text = spot.value
        if not isinstance(text, str) or not spot.bare:
            return spot.plain
        if key in TRUTHS or (key in ORDER_KEYS and truth(text) is not None):
            return text if truth(text) is None else truth(text)
        if key in ORDER_KEYS:
            parsed = number(text)
            return float(text.replace(".", "")) if NOT_FINITE.fullmatch(text) else text if parsed is None else parsed
        return text

    def _wrong(self, key: str, expected: str) -> None:
        spot = self.table[key]
        typed = printable(" ".join(self._raw(spot).split()), 80)
        message = f"`{key}: {typed}` is not {expected}"
        self.problems.append(WRONG_VALUE.at(self.places[key], message, fix=f"write {expected}, or remove the key"))

    def _near_a_known_key(self, key: str) -> None:
        if key not in KEYS and (near := near_miss(key)):
            place = place_of(self.text, self.at + self.table[key].key_at, self.path)
            message = f"the key `{printable(key, 80)}` is not known"
            self.problems.append(UNKNOWN_KEY.at(place, message, fix=f"write `{near}:` if that is meant"))

    def _line(self, key: str) -> str | None:
        """Return the value as one clean line of inline Markdown."""
        spot = self.table.get(key)
        if spot is None or spot.value is None:
            return None
        if not isinstance(spot.value, str):
            self._wrong(key, LINE)
            return None
        return self._clean(key, spot.value)

    def _clean(self, key: str, text: str) -> str:
        line = ENTITY.sub(lambda match: _entity(match, text), text).strip()
        if bad := NOT_IN_A_LINE.search(line):
            message = (
                f"`{key}` holds a {'line end' if bad[0] == chr(10) else 'control character'}: '{printable(line, 80)}'"
            )
            self.problems.append(CONTROL.at(self.places[key], message, fix="write it in one line of plain text"))
            line = NOT_IN_A_LINE.sub(" ", line)
        return re.sub(" +", " ", line).strip()

    def _lines(self, key: str) -> tuple[str, ...]:
        """Return the values of a key that takes one text or a list; for a table, its `name`."""
        spot = self.table.get(key)
        if spot is None or spot.value is None:
            return ()
        items = spot.value if isinstance(spot.value, tuple) else (spot,)
        entries = [item.value.get("name", item) if isinstance(item.value, Mapping) else item for item in items]
        texts = [item.value for item in entries]
        if key == "discussion":
            places = (
                place_of(self.text, self.at + item.at, self.path) for item in entries if isinstance(item.value, str)
            )
            self.items = {f"{key}.{number}": place for number, place in enumerate(places)}
        if not all(isinstance(text, str) for text in texts):
            self._wrong(key, TEXTS)
        return tuple(self._clean(key, text) for text in texts if isinstance(text, str))

    def _truth(self, key: str) -> bool | None:
        spot = self.table.get(key)
        if spot is None or spot.value is None:
            return None
        value = truth(spot.value) if isinstance(spot.value, str) else None
        if value is None:
            self._wrong(key, TRUTH)
        return value

    def _language(self) -> str | None:
        tag = self._line("lang")
        doubt = languages.doubt(tag) if tag else None
        if tag and doubt:
            why, near = doubt
            fix = f"write `lang: {near}`" if near else "write a tag such as en, en-GB or pt-BR, or remove the key"
            message = f"the language of the chapter is '{printable(tag, 40)}', but {why}"
            self.problems.append(WRONG_VALUE.at(self.places["lang"], message, fix=fix))
        return tag if tag and re.fullmatch(LANGUAGE, tag) else None

    def _role(self) -> str | None:
        role = self._line("role")
        if role and role.lower() not in ROLES:
            message = f"`role: {printable(role, 80)}` is not the role of a chapter"
            fix = f"write `role: {nearest(role, ROLES) or 'preface'}`, or another of {', '.join(ROLES)}"
            self.problems.append(WRONG_VALUE.at(self.places["role"], message, fix=fix))
            return None
        return role.lower() if role else None


def _entity(match: re.Match[str], text: str) -> str:
    sign = html.unescape(match[0])
    literal = bool(SIGNS & set(sign)) or (sign == "&" and ENTITY.match(f"&{text[match.end() :]}"))
    return match[0] if literal else sign
