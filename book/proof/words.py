"""Nothing lost: the words of every chapter stand in the EPUB and in the HTML, each once and in their order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal

from lxml import etree

from book.assemble import formulas
from book.body import kinds
from book.characters import NOT_XML
from book.html_names import INLINE
from book.markdown.nodes import children, definitions, has_children, is_wrapper, lines, literal, title
from book.markdown.repair.drawings import NOT_DRAWN
from book.markdown.tree import below, note_name, walk
from book.model import Book, Chapter, Node, Work
from book.problems import Kind, Place, Problem, Severity
from book.proof import opened
from book.proof.markup import line_of, local
from book.proof.opened import MEND, Document, Findings

DIFFER = Kind("P161", Severity.ERROR, "words of a chapter are lost, added or moved in an edition")
GAP = Kind("P255", Severity.WARNING, "words next to an author's HTML that an edition runs together or separates")
NO_CHAPTER = Kind("P162", Severity.ERROR, "a chapter that is missing from an edition, or out of place")

# What an edition adds to the author's words. Everything else that is printed in a chapter must be in its tree.
ADDED_ROLES = frozenset({"doc-noteref", "doc-backlink", "doc-pagebreak", "doc-toc"})
ADDED_KINDS = frozenset({"added", "callout-title", "footnotes-title", "kicker", "missing-image", "note-number"})
NOTE_ROLES = frozenset({"doc-footnote", "doc-endnote", "doc-endnotes"})
NOTE_KINDS = frozenset({"footnotes", "footnote"})
QUESTIONS = frozenset({"discussion"})
"""The kind of the box with the questions of a chapter: not every edition has it."""
DRAWN = frozenset({"text", "tspan", "textPath", "textpath", "a"}) | NOT_DRAWN
"""Elements of a drawing that show their text; what stands elsewhere in it is never seen. HTML is taken out of it and shown."""
UNREAD = frozenset({"script", "style", "template", "head", "title", "desc", "metadata"})
"""Elements whose text nobody reads as words."""

# Elements of HTML that do not end a word; every other one does.
IN_A_WORD = INLINE | frozenset("acronym big font img input label nobr rb rp rt rtc ruby strike tt wbr".split())
# Invisible: soft hyphen, zero width space and joiners put in or left out by a format; the two task marks, which become boxes.
UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff\ufe0e\ufe0f\u2610\u2612]")

# Where raw HTML begins and ends that nobody reads; the end may stand in another node.
UNREAD_FROM, UNREAD_TO = "\x0e", "\x0f"
# The same of brackets round readings, <rp>: they go where they hold no word (book.markdown.repair).
BRACKET_FROM, BRACKET_TO = "\x1c", "\x1d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The words of one chapter: the running text, and apart from it the notes in the order of their calls."""

    running: tuple[str, ...]
    notes: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    """For discussion; empty in an edition that does not print them."""


def words(text: str) -> tuple[str, ...]:
    r"""Return the words of *text*: what stands between spaces, whatever spaces.

    >>> words("a\u00a0well-\u00adknown  b\n")
    ('a', 'well-known', 'b')
    """
    read, nested = text, 1
    while nested:  # from inside to outside: a formula may stand in a formula
        read, nested = re.subn(f"{UNREAD_FROM}[^{UNREAD_FROM}{UNREAD_TO}]*{UNREAD_TO}", "", read)
    read = re.sub(f"{BRACKET_FROM}[^{BRACKET_TO}\\w]*{BRACKET_TO}", "", read)
    read = re.sub(f"[{BRACKET_FROM}{BRACKET_TO}]", "", read)
    return tuple(UNSEEN.sub("", re.sub(f"[{UNREAD_FROM}{UNREAD_TO}]", " ", read)).split())


def told(chapter: Chapter) -> Told:
    """Return the words of *chapter* as its tree has them: title and text; notes and questions apart."""
    calls: list[Node] = []
    title = _spell(chapter.title, calls)
    running = [*(words(title) if chapter.show_title else ()), _spell(chapter.blocks, calls)]
    notes: list[str] = []
    seen: set[str] = set()
    # A note that is called in a note follows those of the text; one that is called twice is printed once.
    while calls:
        inner: list[Node] = []
        for call in calls:
            if (name := note_name(call)) not in seen:
                seen.add(name)
                notes.append(_spell(children(call), inner))
        calls = inner
    questions = [_spell(question, []) for question in chapter.discussion]
    return Told(running=words(" ".join(running)), notes=words(" ".join(notes)), questions=words(" ".join(questions)))


def heading(chapter: Chapter) -> tuple[str, ...]:
    """Return the words of the chapter's title, without its notes."""
    return words(_spell(chapter.title, []))


# Nodes of pandoc that end a word before and after them; inlines do not.
BOUNDARIES = frozenset(
    "Para Plain Header CodeBlock HorizontalRule BlockQuote BulletList OrderedList DefinitionList LineBlock Table Figure Div "
    "RawBlock Space SoftBreak LineBreak".split()
)
SILENT = frozenset({"Image", "HorizontalRule"})
# Holders whose inlines stand side by side without a node of their own between them.

COLUMNS = frozenset({"LineBlock", "DefinitionList"})


def _spell(nodes: Sequence[Node], calls: list[Node]) -> str:
    """Return the text of *nodes*, spaces at every boundary; notes are put on *calls* in the order of their calls."""
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
            # A formula is its TeX, in words of their own; the editions say it as alternative text.
            pieces.append(" " + NOT_XML.sub("\ufffd", literal(item)) + " ")
        elif tag in {"RawInline", "RawBlock"}:
            pieces.append(_raw(literal(item)))
        elif tag in COLUMNS and content is not None:
            pieces += (f" {_spell(part, calls)} " for part in _columns(item))
        elif tag == "Para" and (image := _alone(item)) is not None:
            pieces.append(title(image))  # it is a figure, and its title the caption
            calls += _calls(children(item))
        elif content is not None and tag not in SILENT:
            # Every word has a box round it that says its place: these are quick.
            pieces.append(_spell(children(item) if has_children(item) else tuple(below(item)), calls))
        pieces.append(space)
    return "".join(pieces)


def _alone(paragraph: Node) -> Node | None:
    """Return the image that is all of *paragraph* but for calls of notes, if it is."""
    found: list[Node] = []
    stack = list(reversed(children(paragraph)))
    while stack:
        item = stack.pop()
        if is_wrapper(item):
            stack.extend(reversed(children(item)))
        elif item["t"] != "Note" or not found:
            found.append(item)
    return found[0] if len(found) == 1 and found[0]["t"] == "Image" else None


def _calls(inlines: Sequence[Node]) -> Iterator[Node]:
    """Yield the notes that *inlines*, an image and its notes, call."""
    for item in inlines:
        if is_wrapper(item):
            yield from _calls(children(item))
        elif item["t"] == "Note":
            yield item


def _columns(block: Node) -> Iterator[Sequence[Node]]:
    """Yield the nodes of each line of a line block, or of each term and definition."""
    if block["t"] == "LineBlock":
        yield from lines(block)
        return
    for term, meanings in definitions(block):
        yield term
        yield from meanings


class _Text(HTMLParser):
    """The text of raw HTML, read without a tree: a fragment may open here and close in the next block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.drawing: list[str] = []
        """The open elements of a drawing that begins in this piece."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "math":
            # A formula is what its alttext says; MathML without it has no words.
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
        if not self.drawing or self.drawing[-1] in DRAWN:
            self.pieces.append(NOT_XML.sub("\ufffd", data))


_OPENED = {**dict.fromkeys(UNREAD, UNREAD_FROM), "rp": BRACKET_FROM}
_CLOSED = {**dict.fromkeys(UNREAD, UNREAD_TO), "rp": BRACKET_TO}


def _raw(markup: str) -> str:
    reader = _Text()
    reader.feed(markup)
    reader.close()
    return "".join(reader.pieces)


Stream = Literal["running", "notes", "questions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of text of a document."""

    stream: Stream
    added: bool
    """Whether the press wrote it, not the author."""
    text: str


def pieces(
    element: etree._Element, stream: Stream = "running", *, added: bool = False, drawing: bool = False
) -> Iterator[Piece]:
    """Yield the text under *element* in its order; no piece is missing but what nobody can see as words.

    Args:
        element: a box of a document.
        stream: the stream in which it stands.
        added: whether it stands in something that the press wrote.
        drawing: whether it stands in an SVG drawing.
    """
    tag = local(element.tag)
    if not tag or tag in UNREAD:
        return
    if tag == "math":
        by_hand = formulas.BY_HAND in kinds(element)
        yield Piece(stream=stream, added=added, text=" ")
        yield Piece(stream=stream, added=added or by_hand, text=f" {formulas.spoken(element)} ")
        return
    roles, said = set((element.get("role") or "").split()), set(kinds(element))
    added = added or is_added(element)
    if stream == "running" and (roles & NOTE_ROLES or said & NOTE_KINDS):
        stream = "notes"
    elif stream == "running" and said & QUESTIONS:
        stream = "questions"
    elif stream == "notes" and "footnotes-title" in said:
        stream = "running"  # it stands over the notes, and is of none of them
    drawing = drawing or tag == "svg"
    seen = not drawing or tag in DRAWN
    # The code that stands for a formula is, like the formula, words of its own.
    space = "" if tag in IN_A_WORD and formulas.TEX not in said else " "
    yield Piece(stream=stream, added=added, text=space + (element.text or "" if seen else ""))
    for child in element:
        yield from pieces(child, stream, added=added, drawing=drawing)
        yield Piece(stream=stream, added=added, text=child.tail or "" if seen else "")
    yield Piece(stream=stream, added=added, text=space)


def title_calls(chapter: Chapter) -> Piece:
    """Return what stands behind the title of *chapter* on its page: the numbers of its notes."""
    return Piece(stream="running", added=True, text=chapter.title_calls.text)


def is_added(element: etree._Element) -> bool:
    """Say whether *element* is one that the press puts into the author's text."""
    roles = (element.get("role") or "").split()
    return (
        not ADDED_ROLES.isdisjoint(roles)
        or not ADDED_KINDS.isdisjoint(kinds(element))
        or element.get("aria-hidden") == "true"
    )


def printed(element: etree._Element) -> Told:
    """Return the words under *element* of a document."""
    return spoken(pieces(element))


def spoken(found: Iterable[Piece]) -> Told:
    """Return the words of *found*: what the press added is set aside, notes and questions apart."""
    own = tuple(piece for piece in found if not piece.added)
    streams: dict[Stream, str] = {
        stream: "".join(piece.text for piece in own if piece.stream == stream)
        for stream in ("running", "notes", "questions")
    }
    return Told(running=words(streams["running"]), notes=words(streams["notes"]), questions=words(streams["questions"]))


@opened.check("nothing lost")
def epub(folder: Path, work: Work, book: Book) -> Findings:
    """Prove that each chapter stands in the EPUB, word for word."""
    files = opened.members(folder, work)
    documents = {
        document.name: document for document in opened.documents(work, files) if document.name.endswith(".xhtml")
    }
    by_stem = {name.rpartition("/")[2].removesuffix(".xhtml"): document for name, document in documents.items()}
    found: dict[str, tuple[Document, etree._Element]] = {}
    for chapter in book.spine:
        document = by_stem.get(chapter.slug)
        if document is None:
            holders = (one for one in documents.values() if _with_id(one.root, chapter.slug) is not None)
            document = next(holders, None)
        if document is not None:
            bodies = [element for element in document.root if local(element.tag) == "body"]
            found[chapter.slug] = (document, bodies[0] if bodies else document.root)
    return _compare(work, book, found)


@opened.check("nothing lost")
def html(folder: Path, work: Work, book: Book) -> Findings:
    """Prove that each chapter stands in the HTML edition, word for word."""
    document = opened.page(folder, work)
    found: dict[str, tuple[Document, etree._Element]] = {}
    for chapter in book.spine:
        element = _with_id(document.root, chapter.slug)
        # The anchor may be the heading, or a bare anchor before it: the chapter is the box round it.
        while element is not None and local(element.tag) not in {"section", "article", "main", "div", "body"}:
            element = element.getparent()
        if element is not None:
            found[chapter.slug] = (document, element)
    return _compare(work, book, found)


def _with_id(root: etree._Element, identifier: str) -> etree._Element | None:
    return next((element for element in root.iter(etree.Element) if element.get("id") == identifier), None)


def _compare(work: Work, book: Book, found: dict[str, tuple[Document, etree._Element]]) -> Findings:
    count = 0
    problems: list[Problem] = []
    for chapter in book.spine:
        if chapter.slug not in found:
            problems.append(absent(work, chapter))
            continue
        document, element = found[chapter.slug]
        want, have = told(chapter), printed(element)
        count += len(want.running) + len(want.notes)
        place = document.place(line_of(element))
        problems += differing(place, chapter, want.running, have.running, "text")
        problems += differing(place, chapter, want.notes, have.notes, "notes")
        if have.questions:
            problems += differing(place, chapter, want.questions, have.questions, "questions")
    return f"{count} words in {len(book.spine)} chapters", problems


def absent(work: Work, chapter: Chapter) -> Problem:
    """Return the problem of a chapter that is not in *work*."""
    return NO_CHAPTER.at(Place(path=work.path), f"the chapter {chapter.source.path} is not in it", fix=MEND)


def differing(place: Place, chapter: Chapter, want: Sequence[str], have: Sequence[str], what: str) -> Iterator[Problem]:
    """Yield one problem when *have*, read from an edition, is not *want*: it quotes the first words that differ.

    Where HTML breaks its own rules, no reader can say for sure whether two words are one: when no letter is lost or moved, a gap
    beside an author's tags is no reason to withhold the edition.

    Args:
        place: where the chapter stands in the edition.
        chapter: the chapter.
        want: its words.
        have: the words that were printed.
        what: ``text`` or ``notes``.
    """
    if tuple(want) == tuple(have):
        return
    start = next(
        (index for index, (one, two) in enumerate(zip(want, have, strict=False)) if one != two),
        min(len(want), len(have)),
    )
    before = " ".join(want[max(start - 3, 0) : start])
    message = (
        f"{chapter.source.path}, {what}, after '{before}': the book has '{_quote(want[start:])}', "
        f"the edition has '{_quote(have[start:])}'; {difference(want[start:], have[start:])}"
    )
    kind = GAP if "".join(want) == "".join(have) and has_tags(chapter) else DIFFER
    yield kind.at(place, message, fix=fix_of(chapter, before))


def has_tags(chapter: Chapter) -> bool:
    """Say whether an author's HTML stands in *chapter*."""
    return any(item["t"] in ("RawInline", "RawBlock") for item, _ in walk(chapter.blocks))


def fix_of(chapter: Chapter, before: str) -> str:
    """Return what helps where words of *chapter* came out wrong after the words *before*."""
    near = f"near '{before}'" if before else "at the beginning of the chapter"
    if has_tags(chapter):
        return f"write the HTML {near} as Markdown, or correct its tags: close each one, and use it only where HTML allows it"
    return f"{MEND}; look {near}"


def _quote(sequence: Sequence[str], length: int = 5) -> str:
    return " ".join(sequence[:length]) + (" …" if len(sequence) > length else "")


def difference(want: Sequence[str], have: Sequence[str], most: int = 2000) -> str:
    """Say how many words are lost and how many added, looking at the first *most*.

    >>> difference(["a", "b", "c"], ["a", "c"])
    '1 lost, 0 added'
    """
    matcher = SequenceMatcher(None, list(want[:most]), list(have[:most]), autojunk=False)
    lost = added = 0
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind != "equal":
            lost += i2 - i1
            added += j2 - j1
    return f"{lost} lost, {added} added"
