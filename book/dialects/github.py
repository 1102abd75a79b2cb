"""Alerts: `> [!NOTE]` of GitHub, with the titles and kinds of Obsidian and Docsy, and the older form with a bold word."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Sequence

from book.dialects.context import Context
from book.labels import label
from book.markdown.callouts import CALLOUTS, LESSONS, callout, holders, is_known
from book.markdown.nodes import BREAKS, children, core, node
from book.markdown.tree import plain, rewrite, unwrap
from book.model import Node, Nodes
from book.patterns import regex

_ALERT = regex(r"\[!([A-Za-z][\w-]*)(?:[ \t]*\|[^\]]*)?\][+-]?(?=\s|$)")
_BRACKETS = regex(r"\[([A-Za-z]+)\](?=\s|$)")
"""``**[info] Title**``, as a plugin of HonKit reads it."""
MARKS = ":.!-–—"
"""What may stand between a bold word and the words of its box."""
_BOLD = regex(r"([^\W\d_]+)\s*[:.!]?")
_WORDS = LESSONS | {"new", "code", "math"}
"""Names of boxes that are words of the text at the beginning of a quotation."""


def after(blocks: Nodes, context: Context) -> Nodes:
    """Return *blocks* with quotes that are alerts turned into callouts."""
    language = context.manuscript.front.lang or context.library.settings.language

    @functools.cache
    def bold() -> dict[str, str]:
        return {label(language, kind).casefold(): kind for kind in CALLOUTS} | {kind: kind for kind in CALLOUTS}

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "BlockQuote" or not children(item):
            return None
        first, *rest = children(item)
        paragraph = core(first)
        if paragraph["t"] not in ("Para", "Plain"):
            return None
        line = list(itertools.takewhile(lambda inline: not _ends_line(inline), children(paragraph)))
        below = list(itertools.dropwhile(lambda inline: not _ends_line(inline), children(paragraph)))[1:]
        return _alert(line, below, rest, context) or _noted(line, below, rest, context, bold())

    return rewrite(blocks, change, within=holders(context.manuscript.text))


def _alert(line: list[Node], below: list[Node], rest: list[Node], context: Context) -> list[Node] | None:
    """Return the callout for a quote whose first line begins with `[!KIND]`, perhaps with a title."""
    mark = _ALERT.match(plain(unwrap(line)))
    if mark is None:
        return None
    context.take(mark[0])
    title = _without_start(line, len(mark[0]))
    return [callout(mark[1], title, _body(below, rest))]


def _noted(
    line: list[Node], below: list[Node], rest: list[Node], context: Context, bold: dict[str, str]
) -> list[Node] | None:
    """Return the callout for a quote that begins with a bold word such as **Note:**."""
    first = core(line[0]) if line else node("Null")
    if first["t"] != "Strong":
        return None
    words = plain(unwrap(children(first))).strip()
    if (mark := _BRACKETS.match(words)) and is_known(mark[1].casefold()) and not plain(unwrap(line[1:])).strip():
        context.take(mark[1])
        return [callout(mark[1].casefold(), _without_start(children(first), len(mark[0])), _body(below, rest))]
    match = _BOLD.fullmatch(words)
    name = match[1].casefold() if match else ""
    after_it = plain(unwrap(line[1:])).lstrip()
    alone = not after_it or words[-1:] in ":.!" or after_it[:1] in MARKS
    kind = bold.get(name) or (name if is_known(name) and match and name not in _WORDS else "")
    if not kind or not alone:
        return None
    context.take(words)
    after_colon = _without_mark(line[1:])
    body = [*after_colon, *([node("SoftBreak")] if after_colon and below else []), *below]
    return [callout(kind, [], _body(body, rest))]


def _without_start(line: Sequence[Node], length: int) -> list[Node]:
    """Return *line* without its first *length* letters and the spaces after them."""
    rest = list(line)
    while rest and not plain([rest[0]]).strip():
        rest.pop(0)
    while rest and length > 0:
        length -= len(plain(unwrap([rest.pop(0)]))) or 1
    while rest and not plain(unwrap([rest[0]])).strip() and core(rest[0])["t"] in BREAKS:
        rest.pop(0)
    return rest


def _without_mark(line: Sequence[Node]) -> list[Node]:
    """Return *line*, what follows a bold word, without the mark between the two; a mark that begins code or a number is no such mark."""
    rest = _without_breaks(line)
    marks = list(itertools.takewhile(_is_mark, rest))
    follows = rest[len(marks) : len(marks) + 1]
    if not follows or core(follows[0])["t"] in BREAKS:
        return _without_breaks(rest[len(marks) :])
    is_direct = bool(marks) and rest[0] is line[0]  # **Note**:words
    return rest[1:] if is_direct else rest


def _is_mark(item: Node) -> bool:
    return core(item)["t"] == "Str" and not core(item)["c"].strip(MARKS)


def _without_breaks(line: Sequence[Node]) -> list[Node]:
    return list(itertools.dropwhile(lambda inline: core(inline)["t"] in BREAKS, line))


def _body(below: list[Node], rest: list[Node]) -> list[Node]:
    return [*([node("Para", below)] if plain(unwrap(below)).strip() or below else []), *rest]


def _ends_line(item: Node) -> bool:
    inner = children(item)[0] if item["t"] == "Span" and len(children(item)) == 1 else item
    return inner["t"] in ("SoftBreak", "LineBreak")
