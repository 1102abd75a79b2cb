"""Cuts the page of an HTML edition into its chapters, so that a chapter is looked at only if its bytes have changed.

A parser of HTML never gives up: what is wrong in one chapter may change the tree of all that follow. So the cuts are proved: each chapter
is parsed inside the elements that are open at its place, and must leave all of them open. The rest of the page, with an empty box in
place of each chapter, is parsed as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree
from msgspec import Struct

from book.patterns import regex
from book.proof import verdicts
from book.proof.document import Document, Unreadable
from book.seal import digest

BOX = regex(rb"<section\b[^<>]*>|</section\s*>")
ID = regex(rb"\sid=\"([^\"<>&]*)\"")
BEFORE, BEHIND = "hb-cut-before", "hb-cut-behind"
"""Ids of the elements around a chapter that is parsed alone."""


class Cut(Struct, frozen=True, kw_only=True):
    """A page without its chapters, and the chapters."""

    shell: Document
    chapters: Mapping[str, Document]
    """The chapters by slug; the root of each is its box."""


def parsed(data: bytes) -> etree._Element:
    """Return the root of an HTML page.

    Raises:
        Unreadable: the page is empty.
    """
    # Not that of lxml.html, which looks up a class for each element.
    reader = etree.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True)
    try:
        root: Any = etree.fromstring(data, reader)  # None if there is only a comment
    except etree.LxmlError as fault:
        raise Unreadable(fault) from fault
    if root is None:
        message = "it is empty"
        raise Unreadable(message)
    element: etree._Element = root
    return element


def cut(data: bytes, path: str, slugs: Sequence[str]) -> Cut | None:
    """Return the page *data*, cut into the chapters called *slugs*; None if the box of one of them is not a sound piece of the page.

    Args:
        data: the page.
        path: its path, for places.
        slugs: the ids of the boxes.
    """
    spans = dict(_spans(data, frozenset(slugs)))
    if not slugs or spans.keys() != set(slugs):
        return None
    bare = _shell(data, spans)
    shell = parsed(bare)
    boxes = {name: element for element in shell.iter("section") if (name := element.get("id")) in spans}
    chapters = {}
    for slug, (start, end) in spans.items():
        box = boxes.get(slug)
        if box is None or len(box) or box.text:
            return None
        above = tuple(str(element.tag) for element in box.iterancestors())
        piece = data[start:end]
        chapter = Document(
            name=slug, path=path, parsed=_Once(piece, above), digest=digest(" ".join(above).encode() + b"\n" + piece)
        )
        if not verdicts.holds("cut", chapter, _is_sound):
            return None
        chapters[slug] = chapter
    return Cut(shell=Document(name="", path=path, parsed=lambda: shell, digest=digest(bare)), chapters=chapters)


def _spans(data: bytes, slugs: frozenset[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the start and the end of each outermost box in *data* whose id is one of *slugs*."""
    open_boxes: list[tuple[int, str]] = []
    inside = 0
    for match in BOX.finditer(data):
        if not match[0].startswith(b"</"):
            name = ID.search(match[0])
            slug = name[1].decode("utf-8", "replace") if name else ""
            slug = slug if slug in slugs else ""
            open_boxes.append((match.start(), slug))
            inside += bool(slug)
        elif open_boxes:
            start, slug = open_boxes.pop()
            inside -= bool(slug)
            if slug and not inside:
                yield slug, (start, match.end())


def _shell(data: bytes, spans: Mapping[str, tuple[int, int]]) -> bytes:
    """Return *data* with an empty box in place of each of *spans*."""
    pieces, last = [], 0
    for slug, (start, end) in sorted(spans.items(), key=lambda item: item[1]):
        pieces += [data[last:start], b'<section id="%b"></section>' % slug.encode()]
        last = end
    return b"".join((*pieces, data[last:]))


class _Once:
    """Returns the box of a chapter, which is parsed at the first call; most of them are not looked at."""

    __slots__ = ("_above", "_piece", "_root")

    def __init__(self, piece: bytes, above: Sequence[str]) -> None:
        self._piece, self._above = piece, above
        self._root: etree._Element | None = None

    def __call__(self) -> etree._Element:
        """Return the result of :func:`_alone`, always the same."""
        if self._root is None:
            self._root = _alone(self._piece, self._above)
        return self._root


def _alone(piece: bytes, above: Sequence[str]) -> etree._Element:
    """Return the box of a chapter, parsed inside elements called *above*, the innermost first; the page itself if that is not sound."""
    within = [tag for tag in reversed(above) if tag not in ("html", "body")]
    before = "".join(f"<{tag}>" for tag in within) + f'<p id="{BEFORE}"></p>'
    behind = f'<p id="{BEHIND}"></p>' + "".join(f"</{tag}>" for tag in reversed(within))
    root = parsed(b"<!DOCTYPE html><html><body>" + before.encode() + piece + behind.encode() + b"</body></html>")
    holder = root
    for tag in ("body", *within):
        if len(holder) != 1 or holder[0].tag != tag:
            return root
        holder = holder[0]
    ids = [child.get("id") for child in holder]
    loose = any(child.tail for child in holder) or holder.text
    sound = len(ids) == 3 and ids[0] == BEFORE and ids[2] == BEHIND and not loose
    return holder[1] if sound and holder[1].tag == "section" else root


def _is_sound(chapter: Document) -> bool:
    """Return whether the box of *chapter* is a sound piece of its page."""
    return chapter.root.tag == "section" and chapter.root.get("id") == chapter.name
