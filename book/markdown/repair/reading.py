"""Reads tags as written, with the end tags that are optional in HTML §13.1.2.4."""

from __future__ import annotations

import re
from collections.abc import Mapping

from book.html_names import VOID
from book.markdown import html_table
from book.markdown.repair.boxes import CELLS, IN_LINES, PIECES, SECTIONS, Box, Nodes
from book.patterns import regex

_TOKEN = regex(
    r"<!--.*?-->|<(/?)([A-Za-z][\w:.-]*)((?:\s+[^\s=>\"'/]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>\"']+))?)*)\s*(/?)>",
    re.DOTALL,
)
_PAIR = regex(r"([^\s=>\"'/]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+)))?")
# A start tag in the left column ends an open element in the right column, but not outside a scope.
_SPECIAL_BOXES = html_table.BLOCKS - {"address", "div", "p"}
_ENDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset({"li"}), _SPECIAL_BOXES | CELLS | {"menu", "dir", "dt", "dd"}),
    **dict.fromkeys(("dt", "dd"), (frozenset({"dt", "dd"}), _SPECIAL_BOXES | CELLS | {"menu", "dir", "li"})),
    **dict.fromkeys(CELLS, (CELLS, frozenset({"table", "tr"}))),
    "tr": (frozenset({"tr", "td", "th", "caption", "colgroup"}), frozenset({"table", *SECTIONS})),
    **dict.fromkeys(SECTIONS, (SECTIONS | {"tr", "td", "th", "caption", "colgroup"}, frozenset({"table"}))),
    **dict.fromkeys(
        ("rt", "rp", "rb"), (frozenset({"rt", "rp", "rb"}), html_table.BLOCKS | PIECES | {"ruby", "rtc", "center"})
    ),
}
# An implied end tag closes nothing outside these elements.
_SCOPE: Mapping[str, frozenset[str]] = {
    "li": frozenset({"ul", "ol", "menu", "dir"}),
    **dict.fromkeys(("dt", "dd"), frozenset({"dl"})),
    **dict.fromkeys(PIECES, frozenset({"table"})),
    "p": frozenset("td th caption li dd dt div blockquote section article figure figcaption".split()),
}


def read(fragment: str) -> Nodes:
    """Return *fragment* as boxes."""
    root = Box("")
    open_ = [root]
    at = 0
    foreign = 0
    for match in _TOKEN.finditer(fragment):
        if match.start() > at:
            open_[-1].inside.append(fragment[at : match.start()])
        at = match.end()
        if match[2] is None:
            continue  # a comment
        tag = match[2] if foreign else match[2].lower()
        if match[1]:
            ended = _close(open_, tag)
            foreign -= max(ended, 0)
            if ended < 0 and tag not in IN_LINES:
                open_[-1].inside.append(" ")  # it closes nothing, but separates the words on both sides
            continue
        pairs = {
            pair[1] if foreign or tag in ("svg", "math") else pair[1].lower(): next(
                (value for value in (pair[2], pair[3], pair[4]) if value is not None), ""
            ).replace('"', "&quot;")
            for pair in _PAIR.finditer(match[3])
        }
        if not foreign:
            _end_before(open_, tag)
        box = Box(tag, pairs)
        open_[-1].inside.append(box)
        if (tag in VOID and not foreign) or (match[4] and (foreign or tag in ("svg", "math"))):
            continue
        foreign += tag.lower() in ("svg", "math")
        open_.append(box)
    if at < len(fragment):
        open_[-1].inside.append(fragment[at:])
    return root.inside


def _close(open_: list[Box], tag: str) -> int:
    """Close the innermost element *tag* and return how many drawings and formulas end with it; -1 if none is open."""
    scope = _SCOPE.get(tag, frozenset())
    for number in range(len(open_) - 1, 0, -1):
        if open_[number].tag.lower() == tag.lower():
            ended = sum(box.tag.lower() in ("svg", "math") for box in open_[number:])
            del open_[number:]
            return ended
        if open_[number].tag in scope:
            break
    return -1


def _end_before(open_: list[Box], tag: str) -> None:
    """Close the elements that the start tag *tag* implicitly ends."""
    if tag == "p" and open_[-1].tag == "p":
        open_.pop()
        return
    ended, scope = _ENDS.get(tag, (frozenset(), frozenset()))
    if not ended:
        return
    last = 0
    for number in range(len(open_) - 1, 0, -1):
        if open_[number].tag in scope:
            break
        if open_[number].tag in ended:
            last = number
    if last:
        del open_[last:]
