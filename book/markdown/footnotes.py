"""Footnotes before and after pandoc: problems are reported at their line, and every note that the text refers to is printed.

Pandoc drops a note that only another note refers to, and expands a note that refers to itself until memory runs out. So the
references inside notes are replaced by private-use letters of the same length before pandoc runs, and restored afterwards.
Notes that only the title in front matter or other notes refer to also get a reference in an extra last paragraph, which
is removed afterwards.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from book.markdown.lines import DEFINITION, Sort, Source
from book.markdown.nodes import (
    children,
    core,
    is_wrapper,
    literal,
    node,
    position,
    with_children,
    wrapper,
    wrapper_position,
)
from book.markdown.tree import rewrite, walk
from book.model import Manuscript, Node, Nodes
from book.patterns import regex
from book.problems import Kind, Problem, Severity

LOOP = Kind("G106", Severity.WARNING, "a footnote calls itself")
LOST = Kind("G113", Severity.WARNING, "a footnote that nothing in the text refers to, so it is not printed")
TWICE = Kind("G122", Severity.WARNING, "two footnotes with one name")

UNPRINTED = frozenset({LOST.code, TWICE.code})
"""Codes of the problems about notes whose text is in no edition."""

CALL = regex(r"(?<!\\)\[\^([^\]\[\n]+)\]")
LINK = regex(r" {0,3}\[[^\]\[]+\]:")
DIGITS = 20_000
FIRST_DIGIT = 0x4E00
MOST = 5_000
"""The most references inside notes that are resolved; further ones are printed as typed."""
DEEPEST = 8
"""The deepest nesting of notes in notes."""


class Definition(Struct, frozen=True):
    """The definition of a footnote."""

    label: str
    line: int
    """The index of its line."""
    at: int
    """The offset of its bracket."""


class Call(Struct, frozen=True):
    """A reference to a footnote."""

    label: str
    at: int
    length: int
    within: int
    """The index of the line of the footnote that contains it; -1 if it is in the running text."""


class Notes(Struct, frozen=True, kw_only=True):
    """The footnotes of one chapter."""

    text: str
    """The text for pandoc: the chapter's text with the same offsets, and perhaps the extra paragraph at its end."""
    bare: str = ""
    """The same text without that paragraph."""
    alone: str = ""
    """The extra paragraph and the notes, on their own lines, without the other text; empty if there is no extra paragraph."""
    count: int = 0
    letter: str = ""
    """The letter that replaces the hidden references; empty if there are none."""
    hidden: tuple[Call, ...] = ()
    loops: frozenset[int] = frozenset()
    """The numbers of the hidden references that are printed as typed."""
    extra: tuple[str, ...] = ()
    """The labels to which the extra paragraph refers."""
    problems: tuple[Problem, ...] = ()


def folded(label: str) -> str:
    r"""Return the *label* of a link or a note as CommonMark compares it (0.31 §4.7).

    >>> folded(" Some\n Label ")
    'some label'
    """
    return " ".join(label.split()).casefold()


def read(manuscript: Manuscript, source: Source, heads: Iterable[str] = ()) -> Notes:
    """Return the notes of *manuscript*.

    Args:
        manuscript: the chapter.
        source: its lines.
        heads: titles outside the text that may refer to notes.
    """
    text = manuscript.text
    if "[^" not in text:
        return Notes(text=text, bare=text)
    problems: list[Problem] = []
    definitions: dict[str, Definition] = {}
    offsets = _offsets(source)
    order: dict[int, str] = {}
    heads_at: set[int] = set()
    count = 0
    for number, offset, label in _definitions(source, offsets):
        count += 1
        heads_at.add(offset)
        place = manuscript.place(number + 1, offset - offsets[number] + 1)
        if (first := definitions.get(folded(label))) is not None:
            message = f"the footnote [^{label}] is defined twice (first in line {manuscript.place(first.line + 1).line}); only the first is printed"
            problems.append(TWICE.at(place, message, fix="rename the second one, or remove it"))
            continue
        definitions[folded(label)] = Definition(label, number, offset)
        order[number] = folded(label)
    calls = [call for call in _calls(source, offsets, heads_at) if call.label in definitions]
    nested = [call for call in calls if call.within >= 0]
    loops = _loops(nested, order)
    for number in sorted(loops):
        line, column = _spot(offsets, nested[number].at)
        message = f"the footnote [^{definitions[nested[number].label].label}] calls itself; this reference is printed as typed"
        problems.append(LOOP.at(manuscript.place(line, column), message, fix="remove the call from the note"))
    titled = set(labels(heads)) & definitions.keys()
    called = titled | {call.label for call in calls if call.within < 0}
    printed = _reached(called, [call for number, call in enumerate(nested) if number not in loops], order)
    for label, note in definitions.items():
        if label not in printed:
            place = manuscript.place(note.line + 1, note.at - offsets[note.line] + 1)
            message = f"the footnote [^{note.label}] is not printed: nothing in the text refers to it"
            problems.append(LOST.at(place, message, fix="call it in the text, or remove it"))
    extra = tuple(
        dict.fromkeys([*sorted(titled), *(call.label for number, call in enumerate(nested) if number not in loops)])
    )
    letter = next(chr(code) for code in range(0xF8FE, 0xE000, -1) if chr(code) not in text) if nested else ""
    masked = _masked(text, nested, letter)
    paragraph = "\n\n" + " ".join(f"[^{definitions[label].label}]" for label in extra) + "\n" if extra else ""
    return Notes(
        text=masked + paragraph,
        bare=masked,
        alone=_only_notes(masked, source) + paragraph if extra else "",
        count=count,
        letter=letter,
        hidden=tuple(nested),
        loops=loops,
        extra=extra,
        problems=tuple(problems),
    )


def _reached(called: set[str], nested: Iterable[Call], order: Mapping[int, str]) -> set[str]:
    """Return the labels *called* and, recursively, those to which their notes refer."""
    inner: dict[str, set[str]] = {}
    for call in nested:
        if call.within in order:
            inner.setdefault(order[call.within], set()).add(call.label)
    reached = set(called)
    stack = list(reached)
    while stack:
        for label in inner.get(stack.pop(), set()) - reached:
            reached.add(label)
            stack.append(label)
    return reached


def labels(heads: Iterable[str]) -> tuple[str, ...]:
    """Return the labels to which *heads* refer, folded, each once."""
    return tuple(dict.fromkeys(folded(match[1]) for head in heads for match in CALL.finditer(head)))


def _offsets(source: Source) -> list[int]:
    offsets, at = [], 0
    for line in source.lines:
        offsets.append(at)
        at += len(line) + 1
    return offsets


def _definitions(source: Source, offsets: list[int]) -> Iterator[tuple[int, int, str]]:
    """Yield line, offset and label of each definition, in document order."""
    for number, line in enumerate(source.lines):
        if source.sorts[number] is Sort.TEXT and "[^" in line:
            match = DEFINITION.search(line)
            if match is not None and source.notes[number] == number:
                yield number, offsets[number] + match.start(), match[1]


def _calls(source: Source, offsets: list[int], heads: set[int]) -> Iterator[Call]:
    line = 0
    for match in CALL.finditer(source.visible):
        if match.start() in heads:
            continue
        while line + 1 < len(offsets) and offsets[line + 1] <= match.start():
            line += 1
        if source.sorts[line] is Sort.TEXT:
            yield Call(folded(match[1]), match.start(), len(match[0]), source.notes[line])


def _spot(offsets: list[int], at: int) -> tuple[int, int]:
    line = bisect_right(offsets, at)
    return line, at - offsets[line - 1] + 1


def _loops(nested: list[Call], order: Mapping[int, str]) -> frozenset[int]:
    """Return the indexes of those references inside notes that lead back to the note containing them."""
    edges: dict[str, list[tuple[int, str]]] = {}
    for number, call in enumerate(nested):
        if call.within in order:
            edges.setdefault(order[call.within], []).append((number, call.label))
    loops: set[int] = set()
    finished: set[str] = set()
    for start, first in edges.items():
        if start in finished:
            continue
        path: list[tuple[str, Iterator[tuple[int, str]]]] = [(start, iter(first))]
        open_ = {start}
        while path:
            label, rest = path[-1]
            step = next(rest, None)
            if step is None:
                finished.add(label)
                open_.discard(label)
                path.pop()
            elif step[1] in open_:
                loops.add(step[0])
            elif step[1] not in finished:
                open_.add(step[1])
                path.append((step[1], iter(edges.get(step[1], ()))))
    return frozenset(loops)


def _masked(text: str, nested: list[Call], letter: str) -> str:
    """Return *text* with each reference inside a note replaced by private-use letters of the same length."""
    pieces: list[str] = []
    at = 0
    for number, call in enumerate(nested):
        pieces += [text[at : call.at], _mask(number, call, letter)]
        at = call.at + call.length
    return "".join([*pieces, text[at:]])


def _mask(number: int, call: Call, letter: str) -> str:
    digits = chr(FIRST_DIGIT + number // DIGITS) + chr(FIRST_DIGIT + number % DIGITS)
    return letter + digits + letter * (call.length - 3)


def _only_notes(text: str, source: Source) -> str:
    """Return *text* with only its notes and link definitions; all other lines are empty."""
    lines = zip(text.split("\n"), source.notes, strict=True)
    return "\n".join(line if within >= 0 or LINK.match(line) else "" for line, within in lines)


def is_swallowed(blocks: Nodes, notes: Notes) -> bool:
    """Return whether the extra paragraph became part of a block that is never closed: code, a comment or raw HTML.

    Such *blocks* cannot be used: the tree of ``notes.bare`` replaces them, and the notes come from the tree of ``notes.alone``.
    """
    return bool(notes.extra) and _extra(blocks, notes) is None


def restored(blocks: Nodes, notes: Notes, text: str, alone: Nodes | None) -> tuple[Nodes, dict[str, Node]]:
    """Return *blocks*, the tree of the text of *notes*, with every note in its place, and the notes to which titles refer.

    Args:
        blocks: pandoc's tree.
        notes: the notes of the chapter, from :func:`read`.
        text: the chapter's text.
        alone: the tree of ``notes.alone`` if *blocks* is the tree of ``notes.bare``, else None.
    """
    called: dict[str, Node] = {}
    if notes.extra:
        extra = _extra(blocks if alone is None else alone, notes)
        blocks = blocks[:-1] if alone is None else blocks
        inside = [item for item, _ in walk([extra]) if item["t"] == "Note"] if extra else []
        called = dict(zip(notes.extra, inside, strict=False))
    # This must come before the references inside notes are restored: until then the first position in a note is its own.
    if notes.count:
        blocks, called = _with_names(blocks, called)
    if notes.letter:
        keeper = _Restorer(notes, text, called)
        blocks = tuple(keeper.notes_in(list(blocks), 0))
        called = {label: keeper.notes_in([note], 0)[0] for label, note in called.items()}
    return blocks, called


def _extra(blocks: Nodes, notes: Notes) -> Node | None:
    """Return the paragraph that :func:`read` added, the last of *blocks*; None if an open block has swallowed it."""
    last = blocks[-1] if blocks else None
    lines = notes.bare.count("\n") + 1
    return last if last is not None and is_wrapper(last) and (position(last) or (0, 0))[0] > lines else None


def _with_names(blocks: Nodes, called: Mapping[str, Node]) -> tuple[Nodes, dict[str, Node]]:
    """Return *blocks* and the notes *called*, with the same number in every copy of a note.

    Pandoc copies a note to each of its references; two notes with the same text ("Ibid.") differ by their positions.
    """
    numbers: dict[object, int] = {}

    def change(item: Node) -> list[Node] | None:
        if item["t"] != "Note":
            return None
        spot_of_note = next((spot for _, spot in walk(children(item)) if spot), None)
        return [{**item, "name": numbers.setdefault(spot_of_note or json.dumps(children(item)), len(numbers) + 1)}]

    blocks = rewrite(blocks, change)
    return blocks, {label: rewrite([note], change)[0] for label, note in called.items()}


def without(nodes: Nodes) -> Nodes:
    """Return *nodes* without notes."""
    return rewrite(nodes, lambda item: [] if item["t"] == "Note" else None)


def outside(blocks: Nodes) -> Nodes:
    """Return *blocks* with each note that is inside a link or an image moved directly after it."""

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] not in ("Link", "Image"):
            return None
        notes = [inner for inner, _ in walk(children(item)) if inner["t"] == "Note"]
        if not notes:
            return None
        # A note inside this note stays where it is.
        own = [note for note in notes if not any(note is deep for other in notes for deep, _ in walk(children(other)))]
        return [with_children(item, without(tuple(children(item)))), *own]

    return rewrite(blocks, change)


class _Restorer:
    """Restores the hidden references: as notes, or as typed."""

    def __init__(self, notes: Notes, text: str, called: Mapping[str, Node]) -> None:
        self.notes, self.called = notes, called
        self.typed = {
            _mask(number, call, notes.letter): text[call.at : call.at + call.length]
            for number, call in enumerate(notes.hidden)
        }
        self.mask = re.compile(f"{notes.letter}..{notes.letter}+")
        self.remaining = MOST

    def notes_in(self, items: list[Any], depth: int) -> list[Any]:
        """Return *items*, siblings, with the references among them and below them restored."""
        result: list[Any] = []
        index = 0
        while index < len(items):
            item = items[index]
            if _text(item) == self.notes.letter and (call := self.call(items, index)) is not None:
                result.append(self.note(call, depth, wrapper_position(item) if item["t"] == "Span" else None))
                index += 2 + self.notes.hidden[call].length - 3
                continue
            result.append(self.inside(item, depth))
            index += 1
        return result

    def call(self, items: list[Any], index: int) -> int | None:
        """Return the number of the hidden reference that begins at *index*; None if none does."""
        digits = _text(items[index + 1]) if index + 1 < len(items) else ""
        if len(digits) != len("..") or min(digits) < chr(FIRST_DIGIT):
            return None
        number = (ord(digits[0]) - FIRST_DIGIT) * DIGITS + ord(digits[1]) - FIRST_DIGIT
        if number >= len(self.notes.hidden):
            return None
        end = index + 2 + self.notes.hidden[number].length - 3
        letters = "".join(map(_text, items[index:end]))
        return number if letters == _mask(number, self.notes.hidden[number], self.notes.letter) else None

    def note(self, number: int, depth: int, spot: str | None) -> Node:
        """Return the replacement for the hidden reference *number*, which is at *spot* in the file."""
        call = self.notes.hidden[number]
        note = self.called.get(call.label)
        if note is None or number in self.notes.loops or depth >= DEEPEST or not self.remaining:
            typed = node("Str", self.typed[_mask(number, call, self.notes.letter)])
            return wrapper(spot, typed) if spot else typed
        self.remaining -= 1
        return with_children(note, self.notes_in(children(note), depth + 1))

    def inside(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self.mask.sub(lambda match: self.typed.get(match[0], match[0]), value)
        if isinstance(value, list):
            return self.notes_in(value, depth)
        if isinstance(value, dict) and "c" in value:
            return {**value, "c": self.inside(value["c"], depth)}
        return value


def _text(item: Any) -> str:
    """Return the text of *item* if it is a piece of text, perhaps in a position wrapper."""
    inner = core(item) if isinstance(item, dict) and "t" in item else {}
    return literal(inner) if inner.get("t") == "Str" else ""
