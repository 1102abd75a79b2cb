r"""Lays out a chapter as runs, in reading order.

Three comments switch the house style off:

``<!-- handbound: off -->`` … ``<!-- handbound: on -->``
    nothing between the two is changed, across any number of blocks (without ``on``: to the end of the chapter);
``<!-- handbound: as-typed -->``
    inside a paragraph: applies to that paragraph, including its notes and alt texts; on a line of its own: to the next block.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from book.characters import CURVED_MARKS, REFERENCE_WIDTH
from book.markdown.nodes import (
    MARKS,
    attributes,
    caption,
    cells,
    children,
    definitions,
    is_wrapper,
    items,
    literal,
    pairs,
    placed,
    raw_html,
    target,
    title,
    value,
    with_pairs,
)
from book.markdown.positions import RANGE
from book.model import Draft, Node, Nodes
from book.patterns import regex
from book.style.runs import CLOSE, IMAGE, KEEP, NOTE, OBJECT, OPEN, TEXT, Run, plain

DIRECTIVE = regex(r"<!--\s*handbound:\s*(off|on|as-typed)\s*-->\s*", re.I)
VERBATIM = regex(r"<(/?)(code|kbd|samp|pre|tt|var|math|script|style)\b[^>]*>", re.I)
PICTURE = regex(r"<(?:img|svg|input|object|embed|video|audio|iframe)\b", re.I)
LINE_BREAK = regex(r"<br\s*/?>\s*", re.I)
ADDRESS = regex(r"(?:https?://|www\.|mailto:|[\w.+-]+@)[^\s<>\"”]+", re.I)
ESCAPABLE = frozenset("\"'.-`:;!?") | CURVED_MARKS
"""Characters that rules change and that an author can escape: ``\\"`` arrives as one character, two columns wide."""
CONTROLS = str.maketrans("\v\f", "  ")
BETWEEN = frozenset({"BlockQuote", "BulletList", "OrderedList"})
"""Blocks that may stand between the paragraphs of one speech: letters, songs, lists."""
DRESSED = frozenset({"Span", "Link", "Quoted", "Cite"})
"""Inlines whose second argument is a list of inlines."""


def flatten(chapter: Draft) -> tuple[Run, ...]:
    """Return the runs of *chapter*: title, label (if it differs), questions, then the blocks in reading order."""
    reader = _Reader(chapter.source.text)
    for key, nodes in head(chapter):
        first = len(reader.runs)
        reader.off = reader.as_typed = False
        reader.run(nodes, chapter.lang, None)
        reader.runs[first:] = [replace(run, key=key) for run in reader.runs[first:]]
    reader.off = reader.as_typed = False
    reader.blocks(chapter.blocks, chapter.lang)
    return tuple(reader.runs)


def unwrapped(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield blocks without their position wrappers."""
    for node in nodes:
        if node["t"] == "Div" and is_wrapper(node):
            yield from unwrapped(children(node))
        else:
            yield node


def head(chapter: Draft) -> Iterator[tuple[str, Nodes]]:
    """Yield name and inlines of each text at the head of *chapter*, in the order of their runs."""
    yield "title", chapter.title
    if chapter.label != chapter.title:
        yield "label", chapter.label
    for question in chapter.discussion:
        yield "discussion", question


class _Reader:
    """Walks the tree and makes the runs: a block's own run, then those inside it."""

    def __init__(self, text: str) -> None:
        self.runs: list[Run] = []
        self.off = self.as_typed = False
        self.into: int | None = None
        """Index of the paragraph that introduces the block quote or list that is read next."""
        self.escapes = "\\" in text or "&#0" in text
        # Pandoc's reader turns several spaces into one Space; those of the source are restored, so that they are found and fixed.
        self.wide = {
            f"{number}:{match.start() + 1}-{number}:{match.end() + 1}": match[0]
            for number, line in enumerate(text.split("\n"), 1)
            if "  " in line and "\t" not in line
            for match in re.finditer(r"(?<=\S) {2,}(?=\S)", line)
        }

    def blocks(self, nodes: Iterable[Node], language: str, into: int | None = None) -> None:
        before: int | None = None
        for node in unwrapped(nodes):
            tag: str = node["t"]
            if tag in ("Para", "Plain"):
                before = self.run(children(node), language, before, into)
                into = None
            elif tag == "RawBlock":
                if directive := DIRECTIVE.fullmatch(literal(node)):
                    self.apply_comment(directive[1].lower())
                    continue
                before = before if literal(node).startswith("<!--") else None
            else:
                # A speech may continue after a letter or a list, or end inside it.
                before = before if tag in BETWEEN else None
                self.into, into = before, None
                typed, off = self.as_typed, self.off
                self.as_typed, self.off = False, off or typed
                if tag in INSIDE:
                    INSIDE[tag](self, node, language)
                self.off = off if typed else self.off
            self.as_typed = False

    def apply_comment(self, word: str) -> None:
        if word == "as-typed":
            self.as_typed = True
        else:
            self.off = word == "off"

    def quote(self, node: Node, language: str) -> None:
        self.blocks(children(node), language, self.into)

    def div(self, node: Node, language: str) -> None:
        self.blocks(children(node), tongue(node, language))

    def heading(self, node: Node, language: str) -> None:
        self.run(children(node), tongue(node, language), None)

    def listing(self, node: Node, language: str) -> None:
        into = self.into
        for item in items(node):
            self.blocks(item, language, into)

    def terms(self, node: Node, language: str) -> None:
        for term, meanings in definitions(node):
            self.run(term, language, None)
            for blocks in meanings:
                self.blocks(blocks, language)

    def table(self, node: Node, language: str) -> None:
        language = tongue(node, language)
        self.blocks(caption(node), language)
        for cell in cells(node):
            self.blocks(cell.blocks, language)

    def run(self, nodes: Iterable[Node], language: str, before: int | None, into: int | None = None) -> int:
        """Read the inlines of one block; return the index of its run."""
        index = len(self.runs)
        self.runs.append(plain("", language))  # reserves the place before the runs inside it
        line = _Line(self, language)
        line.read(nodes)
        off = self.off
        self.off = off or line.typed
        for node, inner in line.inside:
            self.inside(node, inner)
        self.off = off
        guarded = line.guarded()
        self.runs[index] = Run(
            line.text,
            guarded,
            tuple(line.languages),
            before,
            tuple(line.steps),
            line.starts,
            line.spots,
            loose=tuple(line.loose),
            into=into,
        )
        return index

    def inside(self, node: Node, language: str) -> None:
        """Read text that is inside a run but separate from it: a note, an alt text, a title."""
        if node["t"] == "Note":
            self.blocks(children(node), language)
            return
        language = tongue(node, language)
        if node["t"] == "Image":
            self.run(children(node), language, None)
        if words := title(node):
            home = attributes(node)[2].get("hb:pos", "?")
            guarded = OBJECT * len(words) if self.off else words
            self.runs.append(Run(words, guarded, ((0, language),), home=home))


INSIDE: Mapping[str, Callable[[_Reader, Node, str], None]] = {
    "Header": _Reader.heading,
    "BlockQuote": _Reader.quote,
    "Div": _Reader.div,
    "BulletList": _Reader.listing,
    "OrderedList": _Reader.listing,
    "DefinitionList": _Reader.terms,
    "Table": _Reader.table,
}
"""The method for each block that contains blocks or several runs."""


class _Line:
    """The inlines of one block while they become a run."""

    __slots__ = (
        "cut", "escapes", "from_", "guards", "inside", "languages", "length", "loose", "off", "reader", "spaces", "spots", "stack",
        "starts", "steps", "text", "texts", "typed", "verbatim",
    )  # fmt: skip

    def __init__(self, reader: _Reader, language: str) -> None:
        self.reader = reader
        self.typed, reader.as_typed = reader.as_typed, False
        self.text = ""
        self.texts: list[str] = []
        self.length = self.cut = self.spaces = 0
        self.starts: list[int] = []
        self.spots: list[str] = []
        self.steps: list[tuple[Any, ...]] = []
        self.languages = [(0, language)]
        self.guards: list[tuple[int, int]] = []
        self.inside: list[tuple[Node, str]] = []
        self.loose: list[tuple[int, str]] = []
        self.stack: list[tuple[Iterator[Node], bool, str]] = []
        self.off = 0 if reader.off else -1
        self.verbatim, self.from_ = "", 0

    def read(self, nodes: Iterable[Node]) -> None:
        """Read *nodes*: words and spaces here, because nearly all nodes are such, the others in :meth:`other`."""
        texts, starts, spots, stack = self.texts, self.starts, self.spots, self.stack
        wide, escapes = self.reader.wide, self.reader.escapes
        length = 0
        queue = iter(nodes)
        while True:
            deeper = None
            for node in queue:
                tag, spot = node["t"], ""
                if tag == "Span" and (inner := placed(node)) is not None:
                    spot, node = inner  # noqa: PLW2901 - the wrapper is nothing but a position
                    tag = node["t"]
                if tag == "Str":
                    word = node["c"]
                    if spot:
                        starts.append(length)
                        spots.append(spot)
                        if escapes and word in ESCAPABLE and _is_escaped(spot):
                            self.guards.append((length, length + 1))
                elif tag == "Space":
                    word = wide.get(spot, " ")
                    if spot:
                        starts.append(length)
                        spots.append(spot)
                elif tag == "SoftBreak":
                    word = "\n"
                else:
                    self.length = length
                    deeper = self.other(node, tag, queue)
                    length = self.length
                    if deeper is not None:
                        break
                    continue
                texts.append(word)
                length += len(word)
            if deeper is not None:
                queue = deeper
                continue
            self.length = length
            if not stack:
                break
            queue, closes, language = stack.pop()
            if closes:
                self.step((CLOSE,))
            self.set_language(language)
        self.finish()

    def step(self, step: tuple[Any, ...]) -> None:
        """Record *step* after the text so far."""
        if self.length > self.cut:
            self.steps.append((TEXT, self.cut, self.length))
            self.cut = self.length
        self.steps.append(step)

    def add_placeholder(self, letter: str) -> None:
        """Let *letter* represent the node of the last step."""
        self.texts.append(letter)
        self.length += 1
        self.cut = self.length

    def set_language(self, language: str) -> None:
        if language != self.languages[-1][1]:
            self.languages.append((self.length, language))

    def enter(
        self, node: Node, inner: Iterable[Node], back: Iterator[Node], *, wrapper: bool = False
    ) -> Iterator[Node]:
        """Read the content of *node*, then continue with *back*."""
        language = self.languages[-1][1]
        if not wrapper:
            self.step((OPEN, node))
        self.stack.append((back, not wrapper, language))
        if node["t"] in ("Span", "Link"):
            self.set_language(tongue(node, language))
        return iter(inner)

    def other(self, node: Node, tag: str, back: Iterator[Node]) -> Iterator[Node] | None:
        """Read a node that is not a word; return what to read next if it contains text."""
        if tag in MARKS:
            return self.enter(node, children(node), back)
        if tag == "Span" and is_wrapper(node):
            # `*word*{.cls}` adds the class to the wrapper; `word {.cls}` adds it to a space, where it has no effect.
            name, classes, values = attributes(node)
            pairs_left = [pair for pair in pairs(node) if pair[0] not in ("hb:wrapper", "hb:pos")]
            means = (name or classes or pairs_left) and any(item["t"] != "Space" for item in children(node))
            if (name or classes or pairs_left) and not means:
                self.starts.append(self.length)
                self.spots.append(values.get("hb:pos", ""))
                typed = [f"#{name}"] * bool(name) + [f".{class_name}" for class_name in classes]
                self.loose.append((self.length, " ".join([*typed, *map("=".join, pairs_left)])))
            return self.enter(with_pairs(node, pairs_left), children(node), back, wrapper=not means)
        if tag in DRESSED and not (tag == "Link" and _is_address(node)):
            if tag == "Link" and title(node):
                self.inside.append((node, self.languages[-1][1]))
            return self.enter(node, children(node), back)
        if tag == "LineBreak":
            self.texts.append("\v")
            self.length += 1
            self.spaces += 1
        elif tag == "Note":
            self.step((NOTE, node))
            self.inside.append((node, self.languages[-1][1]))
        elif tag == "Image":
            self.step((IMAGE, node))
            self.inside.append((node, self.languages[-1][1]))
            self.add_placeholder(OBJECT)
        else:
            self.step((KEEP, node))
            if (html := raw_html(node)) is not None:
                self.raw(html)
            else:  # code, a formula, an address, raw text of another format
                self.add_placeholder(OBJECT)
        return None

    def raw(self, html: str) -> None:
        """Read a tag or comment."""
        if directive := DIRECTIVE.fullmatch(html):
            word = directive[1].lower()
            if word == "as-typed":
                self.typed = True
            elif word == "off" and self.off < 0:
                self.reader.off, self.off = True, self.length
            elif word == "on" and self.off >= 0:
                self.guards.append((self.off, self.length))
                self.reader.off, self.off = False, -1
        elif LINE_BREAK.fullmatch(html):
            self.add_placeholder("\f")
            self.spaces += 1
        elif (tag := VERBATIM.fullmatch(html)) and not html.endswith("/>"):
            name = tag[2].lower()
            if not tag[1] and not self.verbatim:
                self.verbatim, self.from_ = name, self.length
            elif tag[1] and name == self.verbatim:
                self.verbatim = ""
                self.guards.append((self.from_, self.length))
        elif PICTURE.match(html) or not html.startswith("<"):
            self.add_placeholder(OBJECT)

    def finish(self) -> None:
        if self.length > self.cut:
            self.steps.append((TEXT, self.cut, self.length))
        self.text = "".join(self.texts)
        if self.spaces != self.text.count("\v") + self.text.count("\f"):  # a control character in the text
            self.text = "".join(word if word in ("\v", "\f") else word.translate(CONTROLS) for word in self.texts)
        if self.verbatim:
            self.guards.append((self.from_, self.length))
        if self.off >= 0:
            self.guards.append((self.off, self.length))

    def guarded(self) -> str:
        """Return the text with :data:`OBJECT` for every character that the tree or the author protects."""
        if self.typed:
            return OBJECT * self.length
        if not self.guards:
            return self.text
        letters = list(self.text)
        for start, end in self.guards:
            letters[start:end] = OBJECT * (end - start)
        return "".join(letters)


def tongue(item: Node, otherwise: str) -> str:
    """Return the language in the attributes of *item*, else *otherwise*."""
    return value(item, "lang") or otherwise


def _is_escaped(spot: str) -> bool:
    match = RANGE.fullmatch(spot)
    width = int(match[4]) - int(match[2]) if match is not None and match[1] == match[3] else 0
    return width in (len("\\x"), REFERENCE_WIDTH)


def _is_address(link: Node) -> bool:
    """Return whether *link* shows its own address."""
    classes = attributes(link)[1]
    if "uri" in classes or "email" in classes:
        return True
    inner = children(link)
    if len(inner) != 1 or inner[0]["t"] != "Str":
        return False
    text, address = literal(inner[0]), target(link)
    return text in (address, f"mailto:{address}") or ADDRESS.fullmatch(text) is not None
