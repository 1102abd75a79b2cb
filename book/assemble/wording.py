"""The words of a chapter according to its tree: every edition must show them (:mod:`book.proof.words` compares)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser

from book.characters import NOT_XML
from book.html_names import INLINE
from book.markdown.nodes import (
    BY_NUMBER,
    attributes,
    children,
    definitions,
    has_children,
    is_wrapper,
    literal,
    title,
)
from book.markdown.repair.drawings import NOT_DRAWN
from book.markdown.tree import below, note_name
from book.model import Draft, Node, Wording
from book.patterns import regex

SHOWING = frozenset({"text", "tspan", "textPath", "textpath", "a"}) | NOT_DRAWN
"""Elements of a drawing whose text is visible; other text in it is not. HTML is moved out of the drawing and shown."""
UNREAD = frozenset({"script", "style", "template", "head", "title", "desc", "metadata"})
"""Elements whose text is not part of the words."""

# HTML elements that do not end a word; all others do.
IN_A_WORD = INLINE | frozenset("acronym big font img input label nobr rb rp rt rtc ruby strike tt wbr".split())
# Invisible: soft hyphen, zero width space and joiners, which formats insert or remove; the two task marks, which become boxes.
UNSEEN = regex("[\u00ad\u200b\u2060\ufeff\ufe0e\ufe0f\u2610\u2612]")

# Start and end of raw HTML that is never shown; the end may be in another node.
UNREAD_FROM, UNREAD_TO = "\x0e", "\x0f"
# The same for brackets around ruby readings, <rp>: they are removed if they contain no word (book.markdown.repair).
BRACKET_FROM, BRACKET_TO = "\x1c", "\x1d"


def words(text: str) -> tuple[str, ...]:
    r"""Return the words of *text*, which any kind of space may separate.

    >>> words("a\u00a0well-\u00adknown  b\n")
    ('a', 'well-known', 'b')
    """
    read, nested = text, int(UNREAD_FROM in text)
    while nested:  # innermost first: a formula may contain a formula
        read, nested = re.subn(f"{UNREAD_FROM}[^{UNREAD_FROM}{UNREAD_TO}]*{UNREAD_TO}", "", read)
    if BRACKET_FROM in read or BRACKET_TO in read:
        read = re.sub(f"{BRACKET_FROM}[^{BRACKET_TO}\\w]*{BRACKET_TO}", "", read)
        read = re.sub(f"[{BRACKET_FROM}{BRACKET_TO}]", "", read)
    read = read.replace(UNREAD_FROM, " ").replace(UNREAD_TO, " ")
    return tuple((read if read.isascii() else UNSEEN.sub("", read)).split())


def wording(draft: Draft) -> Wording:
    """Return the words of *draft*: title and text together, notes and questions apart."""
    calls: list[Node] = []
    title = _spell(draft.title, calls)
    running = [*(words(title) if draft.show_title else ()), _spell(draft.blocks, calls)]
    notes: list[str] = []
    printed: set[str] = set()
    # A note inside a note follows those of the text; a note with two references is printed once.
    while calls:
        inner: list[Node] = []
        for call in calls:
            if (name := note_name(call)) not in printed:
                printed.add(name)
                notes.append(_spell(children(call), inner))
        calls = inner
    questions = [_spell(question, []) for question in draft.discussion]
    return Wording(
        running=" ".join(words(" ".join(running))),
        notes=" ".join(words(" ".join(notes))),
        questions=" ".join(words(" ".join(questions))),
        signs=draft.signs,
    )


# Pandoc's nodes that separate words; other inlines do not.
BOUNDARIES = frozenset(
    "Para Plain Header CodeBlock HorizontalRule BlockQuote BulletList OrderedList DefinitionList Table Div "
    "RawBlock Space SoftBreak LineBreak".split()
)
SILENT = frozenset({"Image", "HorizontalRule"})


def _spell(nodes: Sequence[Node], calls: list[Node]) -> str:
    """Return the text of *nodes*, with spaces at every boundary; append the notes to *calls* in the order of their references."""
    pieces: list[str] = []
    for item in nodes:
        tag, content = item["t"], item.get("c")
        space = " " if tag in BOUNDARIES else ""
        pieces.append(space)
        if tag == "Note":
            calls.append(item)
        elif tag == "Str":
            pieces.append(NOT_XML.sub("\ufffd", str(content)))
        elif tag in {"Code", "CodeBlock"}:
            pieces.append(space + NOT_XML.sub("\ufffd", literal(item)))
        elif tag == "Math":
            # A formula is its TeX, as separate words; editions have it as alternative text.
            pieces.append(" " + NOT_XML.sub("\ufffd", literal(item)) + " ")
        elif tag == "Link" and BY_NUMBER in attributes(item)[1]:
            pass  # the words of a caption, or its number in their place
        elif tag in {"RawInline", "RawBlock"}:
            pieces.append(_raw(literal(item)))
        elif tag == "DefinitionList":
            pieces += (f" {_spell(part, calls)} " for part in _columns(item))
        elif tag == "Para" and (image := _alone(item)) is not None:
            pieces.append(title(image))  # it becomes a figure, and its title the caption
            calls += _calls(children(item))
        elif content is not None and tag not in SILENT:
            # Nearly every word has a position wrapper: these are fast.
            pieces.append(_spell(children(item) if has_children(item) else tuple(below(item)), calls))
        pieces.append(space)
    return "".join(pieces)


def _alone(paragraph: Node) -> Node | None:
    """Return the image that is the whole content of *paragraph* except note references; None if there is none."""
    items: list[Node] = []
    stack = list(reversed(children(paragraph)))
    while stack:
        item = stack.pop()
        if is_wrapper(item):
            stack.extend(reversed(children(item)))
        elif item["t"] != "Note" or not items:
            items.append(item)
    return items[0] if len(items) == 1 and items[0]["t"] == "Image" else None


def _calls(inlines: Sequence[Node]) -> Iterator[Node]:
    """Yield the notes to which *inlines*, an image and its notes, refer."""
    for item in inlines:
        if is_wrapper(item):
            yield from _calls(children(item))
        elif item["t"] == "Note":
            yield item


def _columns(block: Node) -> Iterator[Sequence[Node]]:
    """Yield the inlines of each term, and the blocks of each definition: no node separates them."""
    for term, meanings in definitions(block):
        yield term
        yield from meanings


class _Text(HTMLParser):
    """The text of raw HTML, read without a tree, because a fragment may open here and close in the next block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.drawing: list[str] = []
        """The open elements of a drawing that begins in this node."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "math":
            # The words of a formula are its alttext; MathML without it has none.
            self.pieces.append(f" {' '.join((dict(attrs).get('alttext') or '').split())} {UNREAD_FROM}")
            return
        if tag == "svg" or self.drawing:
            self.drawing.append(tag)
        self.pieces.append(("" if tag in IN_A_WORD else " ") + _OPENED.get(tag, ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.pieces.append("" if tag in IN_A_WORD else " ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "math":
            self.pieces.append(UNREAD_TO)
            return
        if tag in self.drawing:
            del self.drawing[len(self.drawing) - 1 - self.drawing[::-1].index(tag) :]
        self.pieces.append(_CLOSED.get(tag, "") + ("" if tag in IN_A_WORD else " "))

    def handle_data(self, data: str) -> None:
        if not self.drawing or self.drawing[-1] in SHOWING:
            self.pieces.append(NOT_XML.sub("\ufffd", data))


_OPENED = {**dict.fromkeys(UNREAD, UNREAD_FROM), "rp": BRACKET_FROM}
_CLOSED = {**dict.fromkeys(UNREAD, UNREAD_TO), "rp": BRACKET_TO}


def _raw(markup: str) -> str:
    reader = _Text()
    reader.feed(markup)
    reader.close()
    return "".join(reader.pieces)
