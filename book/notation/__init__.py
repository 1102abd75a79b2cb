"""Reads YAML, JSON and TOML as plain data in which every value has its place.

Scalars stay text: ``yes``, ``2024-01-01``, ``1:30`` and ``3`` are text until the key that contains them asks for more
(:func:`number`, :func:`truth`). Constructs that may be traps are refused: aliases, anchors, tags, merge keys, duplicate
keys, control characters and deep nesting.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from json import JSONDecodeError, decoder
from typing import Any

import yaml
from msgspec import Struct
from msgspec.structs import replace
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from book.notation import conflicts, toml, yaml_words
from book.notation.yaml_words import Meant
from book.patterns import regex
from book.problems import Kind, Severity

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # a PyYAML built without libyaml gives the same result, ten times slower
    from yaml import SafeLoader  # type: ignore[assignment]

SYNTAX = Kind("M110", Severity.ERROR, "front matter that is not valid YAML, TOML or JSON")
ALIAS = Kind("M111", Severity.ERROR, "an alias or an anchor (& or *) in front matter: a few can exhaust the memory")
TAG = Kind("M112", Severity.ERROR, "a tag (!) or a directive (%) in front matter")
MERGE = Kind("M113", Severity.ERROR, "a merge key (<<) in front matter")
DUPLICATE = Kind("M114", Severity.ERROR, "a duplicate key")
DEEP = Kind("M115", Severity.ERROR, "front matter nested too deeply")

DEPTH = 8
"""The deepest nesting of front matter; the block itself is the first level."""

NUMBER = regex(r"\s*[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?\s*")
TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}  # YAML 1.1 §10.3.2
NULL = frozenset({"", "~", "null", "Null", "NULL"})
# Characters that YAML forbids; and three that only YAML reads as line ends, which would shift all line numbers.
FORBIDDEN = regex("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
FALSE_LINE_ENDS = str.maketrans("\x85\u2028\u2029", "   ")


class Spot(Struct, frozen=True, kw_only=True):
    """One value and its place in the text from which it was read; offsets are code points from 0."""

    value: str | tuple[Spot, ...] | Mapping[str, Spot] | None
    at: int
    end: int
    """Offset after the last character; equal to *at* if there is no value."""
    key_at: int = -1
    """Offset of the key, for a value of a mapping."""
    key_end: int = -1
    bare: bool = False
    """Whether the text is without quotes, so that a key may read it as a number or a boolean."""

    @property
    def plain(self) -> Any:
        """The value without its places: text, None, lists and dicts."""
        if isinstance(self.value, Mapping):
            return {key: spot.plain for key, spot in self.value.items()}
        if isinstance(self.value, tuple):
            return [spot.plain for spot in self.value]
        return self.value


class NotationError(Exception):
    """The text is not valid; *at* is the offset of the fault, and *meant* the value that is there, if anybody can read it."""

    def __init__(self, kind: Kind, at: int, message: str, fix: str, meant: Meant | None = None) -> None:
        """Store everything that a problem needs except its place."""
        super().__init__(message)
        self.kind, self.at, self.message, self.fix, self.meant = kind, at, message, fix, meant


def number(text: str) -> int | float | None:
    """Return the finite number that *text* is in decimal digits; None if it is not one.

    >>> number("3"), number(" 1.2 "), number("-1"), number("1e999"), number("third"), number("7" + chr(31))
    (3, 1.2, -1, None, None, 7)
    """
    text = text.strip()  # also removes U+001C to U+001F, which int() and float() refuse
    if len(text) > 40 or not NUMBER.fullmatch(text):
        return None
    if text.lstrip("+-").isdecimal():
        return int(text)
    value = float(text)
    return value if math.isfinite(value) else None


def count(text: str) -> int | None:
    """Return the whole number that *text* is in 1 to 9 decimal digits; None if it is not one.

    >>> count("3"), count("012"), count("-1"), count("²"), count("9" * 5000), count("")
    (3, 12, None, None, None, None)
    """
    return int(text) if len(text) < 10 and text.isdecimal() else None


def truth(text: str) -> bool | None:
    """Return the boolean that *text* is; None if it is not one.

    >>> truth("Yes"), truth("false"), truth("maybe")
    (True, False, None)
    """
    return TRUTH.get(text.strip().lower())


class StrictLoader(SafeLoader):
    """A safe loader that builds :class:`Spot` values and refuses everything that front matter does not need."""

    def get_single_data(self) -> Spot:
        """Return the one document of the stream.

        Raises:
            NotationError: at the first thing that is refused.
        """
        self.get_event()
        start = self._event()
        if isinstance(start, StreamEndEvent):
            return Spot(value=None, at=0, end=0)
        if isinstance(start, DocumentStartEvent) and (start.version or start.tags):
            raise NotationError(TAG, 0, "front matter contains a directive (%)", "remove the line")
        spot = self._spot(self._event(), 1)
        self.get_event()
        after = self._event()
        if not isinstance(after, StreamEndEvent):
            raise NotationError(SYNTAX, _span(after)[0], "front matter contains a second document", "keep one")
        return spot

    def _event(self) -> Event:
        event = self.get_event()
        return event if event is not None else StreamEndEvent()

    def _spot(self, event: Event, depth: int) -> Spot:
        at, end = _span(event)
        self._refuse(event, at, depth)
        if isinstance(event, ScalarEvent):
            bare = not event.style
            empty = bare and event.value in NULL
            return Spot(value=None if empty else event.value, at=at, end=end, bare=bare)
        if isinstance(event, SequenceStartEvent):
            items: list[Spot] = []
            while not isinstance(item := self._event(), SequenceEndEvent):
                items.append(self._spot(item, depth + 1))
            return Spot(value=tuple(items), at=at, end=_span(item)[1])
        table: dict[str, Spot] = {}
        while not isinstance(item := self._event(), MappingEndEvent):
            key = self._key(item, depth)
            name = item.value if isinstance(item, ScalarEvent) else ""
            if name in table:
                raise twice(name, key.at)
            value = self._spot(self._event(), depth + 1)
            table[name] = Spot(
                value=value.value, at=value.at, end=value.end, key_at=key.at, key_end=key.end, bare=value.bare
            )
        return Spot(value=table, at=at, end=_span(item)[1])

    def _key(self, event: Event, depth: int) -> Spot:
        at = _span(event)[0]
        if isinstance(event, SequenceStartEvent | MappingStartEvent):
            raise NotationError(SYNTAX, at, "a key is a list or a table", "write a word before the colon")
        if isinstance(event, ScalarEvent) and not event.style and event.value == "<<":
            raise NotationError(MERGE, at, "front matter contains a merge key (<<)", "write the keys out")
        return self._spot(event, depth)

    @staticmethod
    def _refuse(event: Event, at: int, depth: int) -> None:
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if isinstance(event, AliasEvent):
            raise NotationError(ALIAS, at, f"front matter contains the alias *{anchor}", "write the value out")
        if anchor:
            raise NotationError(ALIAS, at, f"front matter contains the anchor &{anchor}", "remove the anchor")
        if tag:
            raise NotationError(TAG, at, f"front matter contains the tag {tag}", "remove the tag")
        if depth > DEPTH and isinstance(event, SequenceStartEvent | MappingStartEvent):
            raise too_deep(at)


def _span(event: Event) -> tuple[int, int]:
    """Return the offset of the first character of *event*, and the one after its last."""
    start, end = event.start_mark, event.end_mark
    return (start.index if start else 0), (end.index if end else 0)


def checked(text: str) -> str:
    """Return *text* with the characters that only YAML reads as line ends replaced by spaces.

    Raises:
        NotationError: *text* contains a control character.
    """
    if bad := FORBIDDEN.search(text):
        message = f"front matter contains the control character U+{ord(bad[0]):04X}"
        raise NotationError(SYNTAX, bad.start(), message, "remove the character")
    return text.translate(FALSE_LINE_ENDS)


NOT_YAML = "front matter is not YAML: "
TAB = "front matter is indented with a tab"


def yaml_fault(fault: yaml.YAMLError, text: str) -> NotationError:
    """Return the *fault* of PyYAML in our words, with its offset."""
    if (conflict := conflicts.first(text)) is not None:
        return NotationError(SYNTAX, conflict, f"{NOT_YAML}{conflicts.WHY}", conflicts.FIX)
    mark = getattr(fault, "problem_mark", None) or getattr(fault, "context_mark", None)
    at = min(mark.index, len(text.rstrip())) if mark else 0
    opening = getattr(fault, "context_mark", None)
    if opening and mark and mark.index >= len(text):
        at = opening.index  # the quote or bracket that is never closed
    why = getattr(fault, "problem", None) or str(fault)
    if "\t" in text[text.rfind("\n", 0, at) + 1 : at + 1]:
        return NotationError(SYNTAX, at, TAB, "indent with spaces")
    if text.startswith("%"):
        return NotationError(TAG, 0, "front matter contains a directive (%)", "remove the line")
    if "nesting depth" in why:  # libyaml's own limit
        return too_deep(at)
    if known := yaml_words.explained(text, at, why):
        return NotationError(SYNTAX, known.at, f"{NOT_YAML}{known.why}", known.fix, known.meant)
    fix = "write `key: value`, one per line; put quotes around a value that contains a colon or starts with a special character"
    return NotationError(SYNTAX, at, f"{NOT_YAML}{why}", fix)


def read_yaml(text: str) -> Spot:
    """Return the single YAML document in *text*.

    Raises:
        NotationError: it is not YAML, or contains something that is refused.

    >>> read_yaml("title: No # or yes").plain
    {'title': 'No'}
    """
    text = checked(text)
    try:
        spot: Spot = yaml.load(text, Loader=StrictLoader)  # noqa: S506 - a safe loader, made stricter
    except yaml.YAMLError as fault:
        raise yaml_fault(fault, text) from None
    return spot


LOOSE_DEPTH = 64


def read_loose_yaml(text: str) -> Spot:
    r"""Return the first YAML document of *text*, a settings file of another tool: its tags and merge keys are ignored.

    Nothing is constructed from a tag, and an alias costs no memory: it is the value of its anchor. A key that occurs twice has its
    last value; a value that contains itself is None.

    Raises:
        NotationError: it is not YAML, or is nested too deeply.

    >>> read_loose_yaml("a: &x !ENV [CI, no]\nb: *x").plain
    {'a': ['CI', 'no'], 'b': ['CI', 'no']}
    """
    text = text.translate(FALSE_LINE_ENDS)
    depth = 0
    try:
        for event in yaml.parse(text, Loader=SafeLoader):  # libyaml would exhaust the stack
            depth += isinstance(event, SequenceStartEvent | MappingStartEvent)
            depth -= isinstance(event, SequenceEndEvent | MappingEndEvent)
            if depth > LOOSE_DEPTH:
                raise NotationError(DEEP, _span(event)[0], "it is nested too deeply", f"use at most {LOOSE_DEPTH} deep")
        root = next(iter(yaml.compose_all(text, Loader=SafeLoader)), None)
    except yaml.YAMLError as fault:
        if (conflict := conflicts.first(text)) is not None:
            raise NotationError(SYNTAX, conflict, f"this is not YAML: {conflicts.WHY}", conflicts.FIX) from None
        mark = getattr(fault, "problem_mark", None)
        why = getattr(fault, "problem", None) or str(fault)
        raise NotationError(SYNTAX, mark.index if mark else 0, f"this is not YAML: {why}", "fix the YAML") from None
    return _loose(root, {}) if root is not None else Spot(value=None, at=0, end=0)


def _loose(node: yaml.Node, known: dict[int, Spot]) -> Spot:
    """Return *node* as a spot; a node with several aliases gives the same spot each time."""
    if spot := known.get(id(node)):
        return spot
    at, end = node.start_mark.index, node.end_mark.index
    known[id(node)] = Spot(value=None, at=at, end=end)  # for a node that contains itself
    value: str | tuple[Spot, ...] | Mapping[str, Spot] | None = None
    if isinstance(node, yaml.ScalarNode):
        value = None if not node.style and node.value in NULL else node.value
    elif isinstance(node, yaml.SequenceNode):
        value = tuple(_loose(item, known) for item in node.value)
    elif isinstance(node, yaml.MappingNode):
        pairs = [(key, _loose(item, known)) for key, item in node.value if isinstance(key, yaml.ScalarNode)]
        value = {
            key.value: replace(spot, key_at=key.start_mark.index, key_end=key.end_mark.index) for key, spot in pairs
        }
    known[id(node)] = Spot(value=value, at=at, end=end, bare=not getattr(node, "style", None))
    return known[id(node)]


def read_json(text: str, *, depth: int = DEPTH) -> Spot:
    """Return the JSON value with which *text* begins; numbers and booleans are bare text.

    Text after the value is ignored: the caller checks ``end``.

    Raises:
        NotationError: there is none, a key occurs twice, or it is nested deeper than *depth*.

    >>> read_json('{"order": "1", "n": 2.50}').plain
    {'order': '1', 'n': '2.50'}
    """
    try:
        return _json(text, _blank(text, 0), depth)
    except JSONDecodeError as fault:
        if (conflict := conflicts.first(text)) is not None:
            raise NotationError(SYNTAX, conflict, f"this is not JSON: {conflicts.WHY}", conflicts.FIX) from None
        raise NotationError(SYNTAX, fault.pos, f"this is not JSON: {fault.msg}", "fix the JSON") from None


BLANKS = regex(r"[ \t\n\r]*")
WORD = regex(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null")


def _blank(text: str, at: int) -> int:
    match = BLANKS.match(text, at)
    return match.end() if match else at


def _json(text: str, at: int, depth: int) -> Spot:
    opening = text[at : at + 1]
    if opening == '"':
        value, end = decoder.scanstring(text, at + 1)  # type: ignore[attr-defined]
        # A lone surrogate (\\ud83d) is not a character and could not be written.
        return Spot(value=value.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), at=at, end=end)
    if opening in ("{", "["):
        if depth < 1:
            raise too_deep(at)
        return (_json_table if opening == "{" else _json_list)(text, at, depth)
    match = WORD.match(text, at)
    if not match:
        raise JSONDecodeError("a value is expected", text, at)
    return Spot(value=None if match[0] == "null" else match[0], at=at, end=match.end(), bare=True)


def _json_list(text: str, at: int, depth: int) -> Spot:
    items: list[Spot] = []
    cursor = _blank(text, at + 1)
    while text[cursor : cursor + 1] != "]":
        cursor = _sign(text, cursor, ",") if items else cursor
        items.append(_json(text, cursor, depth - 1))
        cursor = _blank(text, items[-1].end)
    return Spot(value=tuple(items), at=at, end=cursor + 1)


def _json_table(text: str, at: int, depth: int) -> Spot:
    table: dict[str, Spot] = {}
    cursor = _blank(text, at + 1)
    while text[cursor : cursor + 1] != "}":
        cursor = _sign(text, cursor, ",") if table else cursor
        if text[cursor : cursor + 1] != '"':
            raise JSONDecodeError("a key in quotes is expected", text, cursor)
        key = _json(text, cursor, depth)
        if str(key.value) in table:
            raise twice(str(key.value), cursor)
        value = _json(text, _sign(text, _blank(text, key.end), ":"), depth - 1)
        table[str(key.value)] = Spot(
            value=value.value, at=value.at, end=value.end, key_at=key.at, key_end=key.end, bare=value.bare
        )
        cursor = _blank(text, value.end)
    return Spot(value=table, at=at, end=cursor + 1)


def _sign(text: str, at: int, sign: str) -> int:
    """Return the offset after *sign*, which must be at *at*."""
    if text[at : at + 1] != sign:
        raise JSONDecodeError(f"a {sign!r} is expected", text, at)
    return _blank(text, at + 1)


BARE_TOML = regex(r"(?P<key>[\w-]+)[ \t]*=[ \t]*(?P<value>[^\W\d_][^\n\"'#]+?)[ \t]*(?:\n|\Z)")


def read_toml(text: str, *, depth: int = DEPTH) -> Spot:
    r"""Return the TOML table of *text*.

    Raises:
        NotationError: it is not TOML, or is nested too deeply.

    >>> read_toml('title = "A"\nweight = 3').plain
    {'title': 'A', 'weight': '3'}
    """
    try:
        document = toml.read(text)
    except toml.TomlError as fault:
        if fault.deep:
            raise too_deep(fault.at) from None
        fix = conflicts.FIX if fault.why == conflicts.WHY else 'write `key = "value"`, one per line'
        line = BARE_TOML.match(text, text.rfind("\n", 0, fault.at) + 1)
        why, meant = fault.why, None
        if line:
            why, fix = "a text without quotation marks", f"write {line['key']} = {toml.quoted(line['value'])}"
            meant = Meant(at=line.start("value"), end=line.end("value"), text=line["value"], fences="'")
        raise NotationError(SYNTAX, fault.at, f"front matter is not TOML: {why}", fix, meant) from None
    return _toml(document.table, (), document, depth)


def _toml(value: object, path: toml.Path, document: toml.Document, depth: int) -> Spot:
    span = document.spans.get(path, toml.Span(0, 0, 0))
    spot = Spot(value=None, at=span.value, end=span.end, key_at=span.key, key_end=span.value)
    if isinstance(value, list | dict) and depth < 1:
        raise too_deep(span.value)
    if isinstance(value, dict):
        table = {name: _toml(item, (*path, name), document, depth - 1) for name, item in value.items()}
        return replace(spot, value=table)
    if isinstance(value, list):
        items = (_toml(item, (*path, at), document, depth - 1) for at, item in enumerate(value))
        return replace(spot, value=tuple(items))
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return replace(spot, value=text, bare=not isinstance(value, str))


def twice(name: str, at: int) -> NotationError:
    """Return the fault of a key that occurs a second time at *at*."""
    return NotationError(DUPLICATE, at, f"the key {name!r} appears twice", "keep one of them")


def too_deep(at: int) -> NotationError:
    """Return the fault of a list or table at *at* that is nested too deeply."""
    return NotationError(DEEP, at, "a list or table is nested too deeply here", f"use at most {DEPTH} deep")
