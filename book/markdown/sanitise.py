"""Sanitises raw HTML in a chapter: the author's tags, with their places, against the allow lists of :mod:`book.markdown.html_policy`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from book.images import sizes
from book.markdown.drawings_in_text import picture
from book.markdown.html_policy import BREAK, DANGEROUS, SWALLOWED, broken, is_no_loss
from book.markdown.marks import INDEX, OF_INDEX
from book.markdown.nodes import (
    BREAKS,
    LEAVES,
    RAW,
    attributes,
    children,
    core,
    has_children,
    is_wrapper,
    literal,
    pairs,
    placed,
    position,
    with_attributes,
    with_children,
)
from book.markdown.raw_piece import ATTRIBUTE, INERT, Findings, rebuild
from book.markdown.raw_tags import DEEPEST, balance, closes, html_of, last_ends, left_open
from book.markdown.tree import plain
from book.model import Manuscript, Node, Nodes
from book.patterns import regex
from book.problems import Kind, Problem, Severity

UNCLOSED = Kind("H107", Severity.WARNING, "a tag that is never closed, or nested too deeply")
STRAY = Kind("H110", Severity.WARNING, "a part of a drawing that is outside of one")
SCRIPTING = Kind("H106", Severity.WARNING, "an import or export line of MDX is left out")

MDX_LINE = regex(r"(import\s+(?:.+\s+from\s+)?[\"'“”‘’].*[\"'“”‘’];?|export\s+(?:default|const|let|function)\s.*)")


def tame(blocks: Nodes, manuscript: Manuscript, components: Mapping[str, str]) -> tuple[Nodes, tuple[Problem, ...]]:
    """Return *blocks* without raw HTML that could run or load anything, and the problems.

    Args:
        blocks: the tree from pandoc, with positions.
        manuscript: the chapter.
        components: name of a component -> its replacement: ``drop``, ``children``, or a text with ``{attribute}``.

    Returns:
        The tree, in which every raw node is an allowed start tag, an end tag or text; and the problems.
    """
    if not _suspect(blocks):
        return blocks, ()
    findings = Findings(manuscript, components)
    result = _Tamer(findings).siblings(list(blocks), (1, 1))
    return tuple(result), (*findings.problems, *findings.summary())


def _suspect(blocks: Nodes) -> bool:
    """Return whether *blocks* may need sanitising: a raw node, the start of an MDX line, or an attribute that is no position."""
    stack: list[Any] = [blocks]
    while stack:
        for item in stack.pop():
            if isinstance(item, list):
                stack.append(item)
            elif isinstance(item, dict):
                if item["t"] == "Span" and (pair := placed(item)) is not None:
                    item = pair[1]  # noqa: PLW2901 - nearly every node is a word or a space in its wrapper
                tag = item["t"]
                if tag in RAW or (tag == "Str" and item["c"].startswith(("import", "export"))):
                    return True
                if any(name not in ("hb:wrapper", "hb:pos") for name, _ in pairs(item)):
                    return True
                if has_children(item):
                    stack.append(children(item))
                elif tag not in LEAVES and isinstance(content := item.get("c"), list):
                    stack.append(content)
    return False


ATTRIBUTES = frozenset({"hb:pos", "lang", "dir", "title", "width", "height", "startFrom"})
"""The attributes that every node may have."""


class _Tamer(Struct):
    """Walks lists of siblings: the content of a raw element stands beside its tags, not inside them."""

    findings: Findings

    def siblings(self, items: list[Any], start: tuple[int, int]) -> list[Any]:
        result: list[Any] = []
        until, open_, nested = "", 0, False
        beyond = (0, 0)
        ends: dict[str, int] | None = None
        places: dict[int, tuple[int, int]] = {}
        for number, item in enumerate(items):
            if not isinstance(item, dict):
                result.append(self.inside(item, start))
                continue
            if not until and beyond == (0, 0) and _is_word(item):
                result.append(item)
                continue
            spot = position(item) or start
            if spot < beyond or (position(item) is None and beyond != (0, 0)):
                continue  # a part of a drawing that is already in place
            beyond = (0, 0)
            raw = html_of(item)
            if until:
                # Nothing is printed up to the end tag of a removed element; the end of the block ends it too.
                open_, rest = left_open(raw or "", until, open_, nested=nested)
                if open_:
                    continue
                until = ""
                if not rest.strip():
                    continue
                raw = rest
            if raw is None:
                if not self.is_mdx(item, spot):
                    result.append(self.inside(item, spot))
                continue
            block = core(item)["t"] == "RawBlock"
            if re.match(r"\s*<svg\b", raw, re.I) and (
                drawing := picture(self.findings.manuscript.text, spot, self.findings.say, block=block)
            ):
                nodes, beyond = drawing
                result.extend(nodes)
                continue
            if ends is None and "<" in raw:
                ends = last_ends(items)
            if not block and re.match(r"<svg\b", raw, re.I) and (ends or {}).get("svg", -1) >= number:
                self.findings.say(
                    INERT, spot, "a drawing inside a line is left out", "put it on separate lines, or into a file"
                )
                until, open_, nested = "svg", 1, True
                continue
            piece = rebuild(self.findings, spot, raw, block=block)
            if piece.removed and (ends or {}).get(piece.removed, -1) > number:
                until, open_ = piece.removed, piece.depth
                # Where start and end tags do not match, the first end tag counts, so that as little as possible is lost.
                nested = until not in SWALLOWED and closes(items[number + 1 :], until, open_)
                open_ = open_ if nested else 1
            elif piece.removed and (block or piece.removed not in SWALLOWED):
                rest = "its block is left out to the end" if block else "its text stays"
                message = f"<{piece.removed}> is never closed: {rest}"
                self.findings.say(INERT, spot, message, "close it, or remove it")
            places[len(result)] = spot
            result.extend(piece.nodes)
        return result if ends is None else self.balanced(result, places)

    def balanced(self, items: list[Any], places: Mapping[int, tuple[int, int]]) -> list[Any]:
        result, unclosed, deep, stray = balance(items)
        for tag, number in stray[:1]:
            self.findings.say(
                STRAY,
                places[number],
                f"<{tag}> is outside a drawing; its text stays",
                "write <svg> around it, or remove the tag",
            )
        for tag, number in unclosed[:1]:
            self.findings.say(
                UNCLOSED,
                places[number],
                f"<{tag}> is never closed; it ends with its block",
                f"write </{tag}> where it ends",
            )
        if deep is not None:
            message = f"tags are nested deeper than {DEEPEST} levels; the innermost are left out, their text stays"
            self.findings.say(UNCLOSED, places[deep], message, "nest less")
        return result

    def inside(self, value: Any, spot: tuple[int, int]) -> Any:
        if isinstance(value, list):
            return self.siblings(value, spot)
        if isinstance(value, dict) and "c" in value and not isinstance(value["c"], str):
            if value["t"] in ("Code", "CodeBlock", "Math"):
                return self.bare(value, spot)
            if has_children(value):
                return self.bare(with_children(value, self.siblings(children(value), spot)), spot)
            content = self.siblings(value["c"], spot) if isinstance(value["c"], list) else value["c"]
            return self.bare({**value, "c": content}, spot)
        return value

    def bare(self, item: Node, spot: tuple[int, int]) -> Node:
        """Remove the attributes of a Markdown node that are not allowed."""
        identifier, classes, values = attributes(item)
        if is_wrapper(item) or not values:
            return item
        attributes_kept = {}
        if mark := broken(values):
            attributes_kept[BREAK] = mark
        if is_no_loss(values.get("style", "")):
            values = {name: value for name, value in values.items() if name != "style"}
        if item["t"] == "Image":
            values = self.findings.sized(values, spot)
        for name, value in values.items():
            sized = item["t"] == "Image" and name in sizes.NAMES.values()
            if sized or name in ATTRIBUTES or (INDEX in classes and name in OF_INDEX):
                attributes_kept[name] = value
            elif DANGEROUS.fullmatch(name):
                self.findings.say(ATTRIBUTE, spot, f"the attribute {name}={value!r} is left out", "remove it")
        if attributes_kept == attributes(item)[2]:
            return item
        return with_attributes(item, identifier, classes, attributes_kept)

    def is_mdx(self, item: Node, spot: tuple[int, int]) -> bool:
        """Return whether *item* is a paragraph of import or export lines, and report it."""
        paragraph = core(item)
        if paragraph["t"] != "Para" or not _begins(paragraph, ("import", "export")):
            return False
        words = plain([paragraph])
        if not words.startswith(("import ", "export ")) or not MDX_LINE.fullmatch(" ".join(words.split())):
            return False
        self.findings.say(
            SCRIPTING, spot, f"this line is for the site generator, not for readers: {words}", "remove it"
        )
        return True


def _is_word(item: Node) -> bool:
    """Return whether *item* is the wrapper of a word or of a space. Fast."""
    pair = placed(item) if item["t"] == "Span" else None
    return pair is not None and (pair[1]["t"] == "Str" or pair[1]["t"] in BREAKS)


def _begins(paragraph: Node, words: tuple[str, ...]) -> bool:
    """Return whether the first text of *paragraph* begins with one of *words*."""
    first = next(iter(children(paragraph)), None)
    while first is not None and first["t"] == "Span" and children(first):
        first = children(first)[0]
    return first is not None and first["t"] == "Str" and literal(first).partition(" ")[0] in words
