"""Raw tags in a tree, where start tag and end tag are siblings: which elements are open, and where each ends."""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import Any

from book.html_names import VOID
from book.markdown.html_policy import FOREIGN, TAGS
from book.markdown.nodes import RAW, children, core, node, raw_html, with_children, with_literal
from book.model import Node
from book.patterns import regex

DEEPEST = 64
# HTML §13.2.5.43: a comment that ends as soon as it begins; everything after it is visible.
COMMENT = regex(r"<!--(?:(-?>)|.*?(?:-->|--!>|\Z))", re.DOTALL)
_OPTIONAL = frozenset("p li dt dd tr td th thead tbody tfoot colgroup rt rp".split())
"""Elements whose end tag is optional (HTML §13.1.2.4)."""
_OF_DRAWINGS = FOREIGN - TAGS - {"svg", "math"}

_START = r"<{}(?=[\s>])(?:[^<>\"']|\"[^\"]*\"|'[^']*')*(?<!/)>"
"""A start tag that is not self-closing, without its element name."""


def as_parsers_read(match: re.Match[str]) -> str:
    """Return a comment as every parser reads it: empty if it ends at once, as text if it never ends."""
    if match[1]:
        return " " * len(match[0])
    return match[0] if match[0].endswith(">") and "--" in match[0][4:] else html.escape(match[0], quote=False)


def left_open(raw: str, tag: str, count: int, *, nested: bool) -> tuple[int, str]:
    """Return how many of *count* open elements *tag* are still open after *raw*, and what follows the end of the last one.

    *nested* is whether the element may contain another of its name; script and style end at the first end tag.
    """
    starts = rf"|{_START.format(re.escape(tag))}" if nested else ""
    for match in re.finditer(rf"</{re.escape(tag)}\s*>{starts}", raw, re.I):
        count += -1 if match[0].startswith("</") else 1
        if not count:
            return 0, raw[match.end() :]
    return count, ""


def closes(items: list[Any], tag: str, count: int) -> bool:
    """Return whether *items* close all *count* open elements *tag*."""
    for item in items:
        if isinstance(item, dict) and (raw := html_of(item)):
            count, _ = left_open(raw, tag, count, nested=True)
            if not count:
                return True
    return False


def last_ends(items: list[Any]) -> dict[str, int]:
    """Return for each tag the index of the last of *items* that closes it."""
    raws = ((number, html_of(item)) for number, item in enumerate(items) if isinstance(item, dict))
    return {tag: number for number, raw in raws if raw for tag in re.findall(r"</([a-z][a-z0-9.:_-]*)", raw.lower())}


def html_of(item: Node) -> str | None:
    """Return the raw HTML of *item*; an empty string for another raw format; None for any other node."""
    inner = core(item)
    return (raw_html(inner) or "") if inner["t"] in RAW else None


def balance(items: list[Any]) -> tuple[list[Any], list[tuple[str, int]], int | None, list[tuple[str, int]]]:
    """Return sibling nodes with balanced raw tags: no stray end tags, and nothing open at the end.

    An element that is never closed ends with its block or its line; otherwise it would contain everything that follows.
    Three lists of problems are also returned, each with node indexes: tags that were never closed, where tags were nested too
    deeply, and parts of drawings outside a drawing, which are removed. :mod:`repair` fixes other misplaced tags.
    """
    stray: list[tuple[str, int]] = []
    open_: list[tuple[str, int, bool]] = []
    count: Counter[str] = Counter()
    deep: int | None = None
    texts: dict[int, str] = {}
    for number, item in enumerate(items):
        raw = html_of(item) if isinstance(item, dict) else None
        if not raw:
            continue
        pieces: list[str] = []
        for piece in re.split(r"(</?[A-Za-z][^>]*>)", raw):
            match = re.fullmatch(r"<(/?)([A-Za-z][A-Za-z0-9]*)[^>]*>", piece)
            tag = match[2].lower() if match else ""
            lonely = tag in _OF_DRAWINGS and not count["svg"] and not count["math"]
            if lonely and match is not None and not match[1]:
                stray.append((tag, number))
                pieces.append(" ")
            elif match is None or tag in VOID or (piece.endswith("/>") and not match[1]):
                pieces.append(piece)
            elif not match[1]:
                printed = len(open_) < DEEPEST
                deep = number if not printed and deep is None else deep
                open_.append((tag, number, printed))
                count[tag] += 1
                pieces.append(piece if printed else "")
            elif count[tag]:
                name = ""
                while name != tag:
                    name, _, printed = open_.pop()
                    count[name] -= 1
                    pieces.append(f"</{name}>" if printed else "")
        texts[number] = "".join(pieces)
    line: list[Node] = []
    for tag, number, _ in [entry for entry in reversed(open_) if entry[2]]:
        if core(items[number])["t"] == "RawBlock":
            texts[number] += f"</{tag}>"
        else:
            line.append(node("RawInline", "html", f"</{tag}>"))
    changed = ((number, item, texts.get(number)) for number, item in enumerate(items))
    result = [*(item if text is None else _respelt(item, text) for _, item, text in changed), *line]
    return result, [(tag, number) for tag, number, _ in open_ if tag not in _OPTIONAL], deep, stray


def _respelt(item: Node, text: str) -> Node:
    """Return *item*, a raw node perhaps in a wrapper, with other text."""
    if item["t"] in ("Span", "Div"):
        return with_children(item, [_respelt(children(item)[0], text)])
    return with_literal(item, text)
