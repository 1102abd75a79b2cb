"""Applies the content model from the outermost box inwards; misplaced nodes are moved no further than necessary."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from book.html_names import HEADINGS, VOID
from book.markdown import html_table
from book.markdown.repair.attributes import OLD, attributes_of, may_have
from book.markdown.repair.boxes import (
    PIECES,
    SECTIONS,
    Box,
    Nodes,
    blank,
    holds,
    in_line,
    names_of,
    runs,
    says,
    text_of,
)
from book.markdown.repair.drawings import fit_drawing, gap
from book.markdown.repair.formulas import fit_formula
from book.markdown.repair.lists import fit_list, fit_terms
from book.markdown.repair.tables import fit_table

INTERACTIVE = frozenset({"a", "details"})


class Repair(Struct, frozen=True, kw_only=True):
    """One repair."""

    line: int
    column: int
    """Position of the author's tag; both are 0 if unknown."""
    message: str
    fix: str


class Fitter:
    """Repairs nodes from the outermost inwards, and records the repairs."""

    def __init__(self) -> None:
        self.repairs: list[Repair] = []

    def say(self, box: Box, message: str, fix: str) -> None:
        """Record a repair at *box*."""
        place = re.match(r"(\d+):(\d+)", box.pairs.get("hb:pos", ""))
        line, column = (int(place[1]), int(place[2])) if place else (0, 0)
        self.repairs.append(Repair(line=line, column=column, message=message, fix=fix))

    def flow(self, nodes: Nodes, above: frozenset[str]) -> Nodes:
        """Return *nodes* as valid content of a box, inside elements *above*."""
        result: Nodes = []
        for node in self.gathered(nodes, above):
            result += [node] if isinstance(node, str) else self.fit(node, above)
        return result

    def gathered(self, nodes: Nodes, above: frozenset[str]) -> Nodes:
        """Return *nodes* with stray pieces of lists and tables wrapped in a list or a table."""
        if not any(isinstance(node, Box) and node.tag in _STRAYS for node in nodes):
            return nodes
        result: Nodes = []
        number = 0
        while number < len(nodes):
            node = nodes[number]
            tag = node.tag if isinstance(node, Box) else ""
            home, kin = _STRAYS.get(tag, ("", frozenset()))
            if not isinstance(node, Box) or not home:
                result.append(node)
                number += 1
                continue
            end = number + 1
            for later in range(number + 1, len(nodes)):
                follower = nodes[later]
                if isinstance(follower, Box) and follower.tag in kin:
                    end = later + 1
                elif not blank(follower):
                    break
            run = nodes[number:end]
            number = end
            if home == "table" and (
                "caption" in above
                or not any(isinstance(follower, Box) and follower.tag in SECTIONS | {"tr"} for follower in run)
            ):
                home = "div"
            self.say(node, f"<{tag}> {_OUTSIDE[tag]}", _WRITE[tag])
            if home in ("div", "span"):
                result += (_alone(follower, home) if isinstance(follower, Box) else follower for follower in run)
            else:
                result.append(Box(home, {}, run))
        return result

    def fit(self, box: Box, above: frozenset[str]) -> Nodes:
        """Return *box* as valid content of a box, inside elements *above*."""
        box = self.dressed(box, above)
        tag = box.tag
        if tag == "svg":
            drawing, after = fit_drawing(box)
            return [drawing, *self.flow(after, above), *gap(after)]
        if tag == "math":
            return [fit_formula(box)]
        if tag in VOID:
            return [box] if tag in html_table.FLOW else [" "]
        if special := _SPECIAL.get(tag):
            return special(self, box, above)
        if tag in HEADINGS:
            return [box.like(self.line(box.inside, above | {tag}))]
        inside = self.flow(box.inside, above | {tag})
        if tag not in ("p", "pre") and tag not in html_table.PHRASING:
            return [box.like(inside)]
        return self.split(box, inside)

    def split(self, box: Box, inside: Nodes) -> Nodes:
        """Return *box*, which may contain phrasing content only, split around the boxes in *inside*."""

        def fits(node: Box | str) -> bool:
            return in_line(node) and not (box.tag == "a" and holds(node, INTERACTIVE))

        if all(fits(node) for node in inside):
            return [box.like(inside)]
        blocks = [node for node in inside if isinstance(node, Box) and not fits(node)]
        offending = next(
            (tag for tag in ("a", "details") if box.tag == "a" and holds(blocks[0], frozenset({tag}))), blocks[0].tag
        )
        if "hb:pos" in box.pairs and not _is_call(blocks[0]):
            message = f"<{box.tag}> cannot hold <{offending}>; it is split around it"
            self.say(box, message, f"close <{box.tag}> before <{offending}>")
        # A paragraph with attributes describes all its content: it becomes a div.
        if box.tag == "p" and box.pairs.keys() - {"hb:pos"}:
            pieces = [Box("p", {}, run) if kind and says(run) else run for kind, run in runs(inside, fits)]
            flat: Nodes = []
            for piece in pieces:
                flat += piece if isinstance(piece, list) else [piece]
            return [box.like(flat, "div")]
        return self.wrapped(inside, box, fits)

    def wrapped(self, nodes: Nodes, box: Box, fits: Callable[[Box | str], bool]) -> Nodes:
        """Return *nodes* with *box* around each run of phrasing content, at any depth."""
        result: Nodes = []
        first = True

        def wrap(nodes: Nodes) -> Nodes:
            nonlocal first
            wrapped: Nodes = []
            for kind, run in runs(nodes, fits):
                if kind and says(run):
                    wrapped.append(box.like(run) if first else box.again(run))
                    first = False
                    continue
                for node in run:
                    inner = (
                        isinstance(node, Box)
                        and box.tag not in ("p", "pre")
                        and node.tag not in (*INTERACTIVE, "svg", "math")
                    )
                    if isinstance(node, Box) and inner and node.inside and node.tag not in VOID:
                        wrapped.append(node.like(wrap(node.inside)))
                    else:
                        wrapped.append(node)
            return wrapped

        result += wrap(nodes)
        return result

    def line(self, nodes: Nodes, above: frozenset[str], *, keep: frozenset[str] = frozenset()) -> Nodes:
        """Return *nodes* as phrasing content: boxes are replaced by their content, with spaces at both ends."""
        result: Nodes = []
        for node in nodes:
            if isinstance(node, str):
                result.append(node)
                continue
            box = self.dressed(node, above)
            tag = box.tag
            if tag in keep:
                result.append(box.like(self.line(box.inside, above | {tag})))
            elif tag == "svg":
                drawing, after = fit_drawing(box)
                result += [drawing, *self.line(after, above), *gap(after)]
            elif tag == "math":
                result.append(fit_formula(box))
            elif tag in VOID:
                result += [box] if tag in html_table.PHRASING else [" "]
            elif tag == "ruby":
                result += self.ruby(box, above)
            elif tag == "a" and "a" in above:
                result += self.line(box.inside, above)
            elif tag in html_table.PHRASING:
                inner = self.line(
                    box.inside, above | {tag}, keep=keep if tag in html_table.TRANSPARENT else frozenset()
                )
                result.append(box.like(inner))
            elif tag == "rp" and not holds_words(box):
                continue
            elif tag in ("rt", "rp"):
                result.append(Box("span", box.pairs, self.line(box.inside, above)))
            else:
                if tag != "p" and "hb:pos" in box.pairs:
                    self.say(box, f"<{tag}> is not allowed here; its text is kept", f"remove <{tag}>")
                inner = self.line(box.inside, above)
                result += [" ", *inner, " "]
        return result

    def dressed(self, box: Box, above: frozenset[str]) -> Box:
        """Return *box* with its current name in HTML, and the attributes that it may have."""
        tag, added = OLD.get(box.tag, (box.tag, ""))
        if tag in ("svg", "math"):
            return box
        if (tag in above and tag in ("dfn", "time")) or (tag == "bdo" and "dir" not in box.pairs):
            tag = "span"
        if tag == "address" and ("address" in above or any(holds(inner, _UNADDRESSED) for inner in box.inside)):
            tag = "div"
        if tag in ("header", "footer", "main"):
            tag = "div"
        pairs = {
            name: value
            for name, value in box.pairs.items()
            if not (tag == "bdo" and name == "dir" and not may_have(tag, name, value))
        }
        if tag == "bdo" and "dir" not in pairs:
            tag = "span"
        pairs = attributes_of(tag, pairs)
        if added:
            pairs["hb:kind"] = f"{pairs.get('hb:kind', '')} {added}".strip()
        if tag == "time" and not pairs.get("datetime") and any(isinstance(inner, Box) for inner in box.inside):
            tag = "span"
            pairs.pop("datetime", None)
        if tag == "data" and "value" not in pairs:
            tag = "span"
        return Box(tag, pairs, box.inside)

    def details(self, box: Box, above: frozenset[str]) -> Nodes:
        """Return a details element; nodes before its summary move before it, and without a summary it becomes a plain box."""
        at = next((n for n, node in enumerate(box.inside) if isinstance(node, Box) and node.tag == "summary"), None)
        if at is None or "a" in above:
            if at is None:
                self.say(
                    box, "<details> has no <summary>; it is printed open", "write <summary>…</summary> first in it"
                )
            plain = [_as_box(node, "summary") for node in box.inside]
            return self.flow([box.like(plain, "div")], above)
        before, summary = box.inside[:at], box.inside[at]
        assert isinstance(summary, Box)  # noqa: S101 - it was looked for
        if says(before):
            self.say(summary, "<summary> is not the first element", "put it first in <details>")
        inside = above | {"details"}
        after = [_as_box(node, "summary") for node in box.inside[at + 1 :]]
        keep = frozenset(HEADINGS)
        head = summary.like(self.line(summary.inside, inside | {"summary"}, keep=keep))
        head.pairs = attributes_of("summary", summary.pairs)
        return [*self.flow(before, above), box.like([head, *self.flow(after, inside)])]

    def figure(self, box: Box, above: frozenset[str]) -> Nodes:
        """Return a figure with one caption, first or last; if a caption is in the middle, the nodes after it follow the figure."""
        inside = above | {"figure"}
        captions = [n for n, node in enumerate(box.inside) if isinstance(node, Box) and node.tag == "figcaption"]
        if not captions:
            return [box.like(self.flow(box.inside, inside))]
        at = captions[0]
        before = self.flow(box.inside[:at], inside)
        after = self.flow([_as_box(node, "figcaption") for node in box.inside[at + 1 :]], inside)
        caption = box.inside[at]
        assert isinstance(caption, Box)  # noqa: S101 - it was looked for
        figcaption = Box("figcaption", attributes_of("figcaption", caption.pairs), self.flow(caption.inside, inside))
        if says(before) and says(after):
            self.say(caption, "<figcaption> is in the middle of its figure", "put it first or last")
            return [box.like([*before, figcaption]), *after]
        # Content that shows nothing, such as <wbr>, is no reason to split the figure.
        if says(before) and any(isinstance(node, Box) for node in after):
            return [box.like([*before, *after, figcaption])]
        if any(isinstance(node, Box) for node in before) and (
            says(after) or any(isinstance(node, Box) for node in after)
        ):
            return [box.like([figcaption, *before, *after])]
        return [box.like([*before, figcaption, *after])]

    def ruby(self, box: Box, above: frozenset[str]) -> Nodes:
        """Return base texts with their ruby readings; text without a reading follows.

        Fallback brackets are removed: all browsers support ruby now, and EPUBCheck advises against brackets (HTM-055).
        """
        inside = above | {"ruby"}
        groups: list[tuple[Nodes, Nodes]] = []
        base: Nodes = []
        marks: Nodes = []
        for node in box.inside:
            tag = OLD.get(node.tag, (node.tag, ""))[0] if isinstance(node, Box) else ""
            if isinstance(node, Box) and tag == "rp" and not holds_words(node):
                continue
            if isinstance(node, Box) and tag == "rt":
                marks.append(Box("rt", attributes_of("rt", node.pairs), self.line(node.inside, inside | {"rt"})))
            elif blank(node) and (marks or not base):
                continue
            else:
                if marks:
                    groups.append((base, marks))
                    base, marks = [], []
                base += self.line([node], inside)
        groups.append((base, marks))
        content: Nodes = []
        stray: Nodes = []
        for words, readings in groups:
            if not readings:
                stray += words
            elif says(words):
                content += [*stray, *words, *readings]
                stray = []
            else:
                stray += (
                    Box("span", reading.pairs, reading.inside) for reading in readings if isinstance(reading, Box)
                )
        if not content:
            return [Box("span", box.pairs, stray)] if stray else []
        return [box.like(content), *stray]

    def hgroup(self, box: Box, above: frozenset[str]) -> Nodes:
        """Return a heading group, or a plain box."""
        tags = names_of(box.inside)
        sound = sum(tag in HEADINGS for tag in tags) == 1 and all(tag in HEADINGS or tag == "p" for tag in tags)
        inside = self.flow(box.inside, above | {"hgroup"})
        plain = all(
            blank(node) or (isinstance(node, Box) and (node.tag == "p" or node.tag in HEADINGS)) for node in inside
        )
        return [box.like(inside, "hgroup" if sound and plain else "div")]

    def link(self, box: Box, above: frozenset[str]) -> Nodes:
        """Return a link; a link inside it is moved out, and the outer link continues after it."""
        return self.split(box, self.flow(box.inside, above | {"a"}))


def _is_call(node: Box) -> bool:
    """Return whether *node* is, or contains, a footnote reference: references may be inside links, and are not the author's tags."""
    return "hb:note" in node.pairs or any(isinstance(inner, Box) and _is_call(inner) for inner in node.inside)


def _as_box(node: Box | str, tag: str) -> Box | str:
    """Return *node* as a plain box if it is an element *tag*."""
    return node.like(node.inside, "div") if isinstance(node, Box) and node.tag == tag else node


def _alone(box: Box, tag: str) -> Box | str:
    """Return *box*, a stray piece, as an element *tag*; as a space if it only separated words."""
    if box.tag == "rp" and not holds_words(box):
        return ""
    return " " if box.tag in ("col", "colgroup") and not says(box.inside) else box.like(box.inside, tag)


def holds_words(box: Box) -> bool:
    """Return whether *box*, a fallback bracket of ruby, contains words."""
    return any(letter.isalnum() for letter in html.unescape(text_of(box.inside)))


_STRAYS: Mapping[str, tuple[str, frozenset[str]]] = {
    "li": ("ul", frozenset({"li"})),
    **dict.fromkeys(("dt", "dd"), ("dl", frozenset({"dt", "dd"}))),
    **dict.fromkeys(PIECES, ("table", PIECES)),
    **dict.fromkeys(("summary", "figcaption"), ("div", frozenset())),
    **dict.fromkeys(("rt", "rb", "rtc"), ("span", frozenset())),
    "rp": ("span", frozenset()),
}
"""Pieces that must have a parent -> the parent, and the siblings that move into it with them."""
_OUTSIDE: Mapping[str, str] = {
    "li": "is outside a list; a list is made for it",
    **dict.fromkeys(("dt", "dd"), "is outside <dl>; a definition list is made for it"),
    **dict.fromkeys(PIECES, "is outside a table"),
    "summary": "is outside <details>; its text becomes a paragraph",
    "figcaption": "is outside <figure>; its text becomes a paragraph",
    **dict.fromkeys(("rt", "rb", "rp", "rtc"), "is outside <ruby>; its text stays in the line"),
}
_WRITE: Mapping[str, str] = {
    "li": "write it inside <ul> or <ol>",
    **dict.fromkeys(("dt", "dd"), "write it inside <dl>"),
    **dict.fromkeys(PIECES, "write it inside <table>"),
    "summary": "write it inside <details>",
    "figcaption": "write it inside <figure>",
    **dict.fromkeys(("rt", "rb", "rp", "rtc"), "write it inside <ruby>"),
}
_UNADDRESSED = HEADINGS | frozenset("address article aside footer header hgroup nav section".split())
_SPECIAL: Mapping[str, Callable[[Fitter, Box, frozenset[str]], Nodes]] = {
    "ul": fit_list,
    "ol": fit_list,
    "dl": fit_terms,
    "table": fit_table,
    "details": Fitter.details,
    "figure": Fitter.figure,
    "ruby": Fitter.ruby,
    "hgroup": Fitter.hgroup,
    "a": Fitter.link,
}
