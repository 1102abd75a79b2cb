"""A chapter as passages: paragraphs, list items, headings and cells as plain text, with the place of each letter in the author's file."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from msgspec import Struct

from book.markdown import leaves
from book.markdown.nodes import (
    caption,
    cells,
    children,
    definitions,
    is_wrapper,
    items,
    value,
)
from book.markdown.tree import rewrite
from book.model import Draft, Manuscript, Node
from book.patterns import regex
from book.problems import Place

Kind = Literal["title", "heading", "paragraph", "item", "cell", "term", "caption", "note"]
OBJECT = "\ufffc"
"""Replaces code, formulas and the descriptions of pictures."""


class Passage(Struct, frozen=True):
    """The text of one block, without code."""

    kind: Kind
    text: str
    """Each space or line break is one space."""
    language: str
    """BCP 47 tag of the chapter, or of a block around it."""
    source: Manuscript
    spots: tuple[tuple[int, str], ...]
    """Line and spot (see :func:`book.markdown.leaves.column`) at which each piece of the text begins, in order."""
    starts: tuple[int, ...]
    """The offset in *text* at which each piece begins."""
    links: tuple[str, ...] = ()
    """The texts of its links."""

    @property
    def linked(self) -> int:
        """Number of letters that are link text."""
        return sum(map(len, self.links))

    @property
    def primary(self) -> str:
        """The primary subtag of its language."""
        return self.language.partition("-")[0].lower()

    def place(self, offset: int) -> Place:
        """Return the place of the character at *offset* in the author's file."""
        index = max(0, bisect_right(self.starts, offset) - 1)
        line, spot = self.spots[index]
        return self.source.place(line, (leaves.column(spot) or 1) + offset - self.starts[index])


class Sighting(NamedTuple):
    """Something in one chapter that a check of the whole book compares with what is in the others.

    A book has thousands of them, which become values at every build: hence a tuple.
    """

    word: str
    """What is compared."""
    text: str
    """As the chapter has it."""
    path: str
    line: int
    column: int
    language: str = ""
    """Primary subtag of the language of the passage, for a check that asks for it."""

    @property
    def place(self) -> Place:
        """Its place in the author's file."""
        return Place(path=self.path, line=self.line, column=self.column)


class Text(Struct, frozen=True, dict=True):
    """One chapter in the form for checks."""

    manuscript: Manuscript
    passages: tuple[Passage, ...]

    @functools.cached_property
    def whole(self) -> str:
        """All of its passages: what is not in here need not be searched for in each of them."""
        return "\n".join([passage.text for passage in self.passages])

    @functools.cached_property
    def folded(self) -> str:
        """The same in lower case, as :meth:`str.casefold` writes it."""
        return self.whole.casefold()

    @functools.cached_property
    def words(self) -> tuple[str, ...]:
        """The runs of letters in :attr:`folded`, in order."""
        return tuple(WORD.findall(self.folded))


WORD = regex(r"[^\W\d_]+")
_PIECES = regex(r"[^\W_]+|[\W_]")
"""The words, spaces and signs of a description: each of them counts as one letter."""


def text_of(chapter: Draft) -> Text:
    """Return *chapter* as passages in reading order; without its title if it is in the front matter."""
    return Text(chapter.source, tuple(_blocks(chapter.blocks, "paragraph", chapter.lang, chapter.source)))


def _blocks(nodes: Iterable[Node], kind: Kind, language: str, source: Manuscript) -> Iterator[Passage]:
    for node in nodes:
        tag = node["t"]
        if tag == "Div":
            yield from _blocks(children(node), kind, _language(node, language), source)
        elif tag in ("Para", "Plain"):
            yield from _passage(children(node), kind, language, source)
        elif tag == "Header":
            yield from _passage(children(node), "heading", language, source)
        elif tag == "BlockQuote":
            yield from _blocks(children(node), kind, language, source)
        elif tag in ("BulletList", "OrderedList"):
            for item in items(node):
                yield from _blocks(item, "item", language, source)
        elif tag == "DefinitionList":
            for term, meanings in definitions(node):
                yield from _passage(term, "term", language, source)
                for meaning in meanings:
                    yield from _blocks(meaning, "item", language, source)
        elif tag == "Table":
            yield from _blocks(caption(node), "caption", language, source)
            for cell in cells(node):
                yield from _blocks(cell.blocks, "cell", language, source)


def _language(node: Node, language: str) -> str:
    return language if is_wrapper(node) else value(node, "lang") or language


def _passage(inlines: Iterable[Node], kind: Kind, language: str, source: Manuscript) -> Iterator[Passage]:
    """Yield the passage of *inlines*, and one for each paragraph of their notes."""
    notes: list[Node] = []

    def without(node: Node) -> list[Node] | None:
        if node["t"] == "Note":
            notes.append(node)
            return []
        return None

    rest = list(inlines)
    links = [node for node in rest if node["t"] in ("Link", "Note")]
    if any(node["t"] == "Note" for node in links):
        rest = list(rewrite(rest, without))
        links = [node for node in rest if node["t"] == "Link"]
    pieces: list[str] = []
    starts: list[int] = []
    spots: list[tuple[int, str]] = []
    length = 0
    line = 1
    for at, spot, words, sort in leaves.read(rest).leaves:
        line = at or line
        if not words:
            continue
        text = words
        if sort != leaves.TEXT:
            text = OBJECT * (len(_PIECES.findall(words)) if sort == leaves.ALT else 1)
        starts.append(length)
        spots.append((line, spot))
        pieces.append(" " if text.isspace() else text)
        length += len(pieces[-1])
    text = "".join(pieces)
    if text.strip(f" {OBJECT}"):
        linked = tuple("".join(piece[2] for piece in leaves.read(children(link)).leaves) for link in links)
        yield Passage(kind, text, language, source, tuple(spots), tuple(starts), linked)
    for note in notes:
        yield from _blocks(children(note), "note", language, source)
