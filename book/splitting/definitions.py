"""What chapters of one file share: its footnotes and its link definitions, wherever the file has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from book.markdown.footnotes import CALL, folded
from book.markdown.lines import DEFINITION, Sort, Source
from book.markdown.lost_words import BRACKETS
from book.patterns import regex

_REFERENCE = regex(
    r" {0,3}\[(?P<label>(?!\^)(?:[^\[\]\\]|\\.)+)\]:[ \t]*(?:<[^<>]*>|[^\s<]\S*)(?:[ \t]+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?[ \t]*$"
)
_TITLE = regex(r"[ \t]+(?:\"[^\"]*\"|'[^']*'|\([^()]*\))[ \t]*$")
"""The title of a link definition, in the line below it."""

BLANK = -1
"""Stands for a blank line that the text does not have."""


class Definition(Struct, frozen=True, kw_only=True):
    """A footnote, or the definition of a link."""

    lines: range
    label: tuple[str, str]
    """``^`` for a footnote, or nothing; and its name, folded."""


def definitions_of(source: Source) -> tuple[Definition, ...]:
    """Return the definitions of a text that stand in no list and no quotation, in order."""
    definitions: list[Definition] = []
    last = -1
    """The line behind the last link definition: another one may follow it without a blank line."""
    for number, line in enumerate(source.lines):
        if source.sorts[number] is not Sort.TEXT or source.quoted[number] or "]:" not in line:
            continue
        if source.notes[number] == number and line[:4].strip() and (note := DEFINITION.match(line.lstrip(" "))):
            end = number + 1
            while end < len(source.lines) and source.notes[end] == number:
                end += 1
            definitions.append(Definition(lines=range(number, end), label=("^", folded(note[1]))))
        elif source.notes[number] < 0 and (source.begins[number] or last == number):
            match = _REFERENCE.match(line)
            if match is None:
                continue
            below = source.lines[number + 1 : number + 2]
            last = number + (2 if below and _TITLE.match(below[0]) else 1)
            definitions.append(Definition(lines=range(number, last), label=("", folded(match["label"]))))
    return tuple(definitions)


def shared(source: Source, chapters: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Return *chapters*, lists of lines of a text, each with the definitions that it uses and no others; :data:`BLANK` precedes each new one.

    A name means the chapter's own definition, else the first of the text. What no chapter uses stays where it is.
    """
    definitions = definitions_of(source)
    if not definitions:
        return tuple(map(tuple, chapters))
    home = {line: number for number, lines in enumerate(chapters) for line in lines}
    inside = {line for definition in definitions for line in definition.lines}
    first: dict[tuple[str, str], Definition] = {}
    own: dict[tuple[int, tuple[str, str]], Definition] = {}
    for definition in definitions:
        first.setdefault(definition.label, definition)
        own.setdefault((home.get(definition.lines[0], -1), definition.label), definition)
    visible = source.visible.split("\n")
    users: dict[Definition, dict[int, None]] = {definition: {} for definition in definitions}
    for number, lines in enumerate(chapters):
        waiting = [_labels(source, visible, (line for line in lines if line not in inside))]
        while waiting:
            for label in waiting.pop():
                meant = own.get((number, label)) or first.get(label)
                if meant is not None and number not in users[meant]:
                    users[meant][number] = None
                    waiting.append(_labels(source, visible, meant.lines))
    gone: set[int] = set()
    brought: list[list[int]] = [[] for _ in chapters]
    for definition, numbers in users.items():
        where = home.get(definition.lines[0], -1)
        if numbers and where not in numbers:
            gone.update(definition.lines)
        for number in numbers:
            if number != where:
                brought[number] += (BLANK, *definition.lines)
    return tuple(
        (*(line for line in lines if line not in gone), *new) for lines, new in zip(chapters, brought, strict=True)
    )


def _labels(source: Source, visible: Sequence[str], lines: Iterable[int]) -> dict[tuple[str, str], None]:
    """Return the names of notes and links that *lines* use, or may use."""
    lines = tuple(lines)
    calls = "\n".join(visible[line] for line in lines if source.sorts[line] is Sort.TEXT)
    texts = "\n".join(source.lines[line] for line in lines)
    notes = (("^", folded(match[1])) for match in CALL.finditer(calls))
    links = (("", folded(match[1])) for match in BRACKETS.finditer(texts) if match[1][:1] != "^")
    return dict.fromkeys((*notes, *links))
