"""The marks for the index in a chapter, `[term]{.index}`: each becomes a value, and an element with an id where it stands.

Those in an author's HTML are found when the chapter is XHTML (:func:`of_html`), the others in its tree.
"""

from __future__ import annotations

import copy
import html
import json
from collections.abc import Iterable, Iterator, Mapping

from lxml import etree
from msgspec.structs import replace

from book.body import KIND, POS, Body, Element, kinds, own, take_out
from book.body import mark as add_kind
from book.markdown import tree
from book.markdown.marks import INDEX, NO_PLACE, OF_INDEX, without_index
from book.markdown.nodes import (
    attribute,
    attributes,
    children,
    items,
    literal,
    node,
    position,
    with_attributes,
    with_children,
    with_items,
)
from book.model import Draft, IndexMark, Manuscript, Node, Nodes
from book.problems import Kind, Problem, Severity

NO_WORDS = Kind("R130", Severity.WARNING, "a mark for the index that names no entry")

INDEXED = "indexed"
"""The kind of its element in a body; its id begins with the same word."""
MARKABLE = frozenset({"Span", "Code", "Link"})
"""The inlines that may have the class."""
BETWEEN = ";"
"""Stands between the entries to which one mark refers."""
BLANK = frozenset({"Space", "SoftBreak"})
TEXTS = frozenset({"Para", "Plain", "Header"})
"""Blocks that are text."""
IN_HTML = own("index")
"""The mark of an author's tag, until it is read."""
ENDS: Mapping[str, str] = {"begin": "begin", "start": "begin", "end": "end"}
"""What an author may write for the ends of a range."""
IN_TEXT = "mark the term in the text of the chapter"
NAMELESS = "this mark for the index names no entry; it is left out"
NAME = 'write the term in the brackets, or its entry: []{.index key="term"}'

Marked = tuple[Body, tuple[IndexMark, ...], tuple[Problem, ...]]


def marked(draft: Draft) -> tuple[Draft, tuple[IndexMark, ...], tuple[Problem, ...]]:
    """Return *draft* with an element of the kind ``indexed`` for each mark, the marks without their words, and a problem for each that names nothing.

    Marks in the title have their words already, and no element.
    """
    if not any(_is_marked(item) for item in tree.every((*draft.title, *draft.label, *draft.blocks))):
        return draft, (), tuple(_unread(draft))
    marker = _Marker(draft)
    title, label = (tree.rewrite(nodes, _unmarked) for nodes in (draft.title, draft.label))
    blocks = _joined(tree.rewrite(tree.rewrite(draft.blocks, marker.without_alt), marker.change))
    marks = (*_of_title(draft), *marker.marks)
    problems = (*marker.problems, *_unread(draft))
    return replace(draft, title=title, label=label, blocks=blocks), marks, problems


def _unread(draft: Draft) -> Iterator[Problem]:
    """Yield a note for each question of *draft*, and its description, with a mark: not every edition prints them, so they have no page."""
    places = draft.source.front.places
    description = draft.source.front.description or ""
    if without_index(description) != description:
        message = "the index has no entry for what a description marks, since not every edition prints it"
        yield NO_PLACE.at(places.get("description") or draft.source.place(1), message, fix=IN_TEXT)
    for number, question in enumerate(draft.discussion):
        if any(map(_is_marked, tree.every(question))):
            place = places.get(f"discussion.{number}") or places.get("discussion") or draft.source.place(1)
            message = "the index has no entry for what a question marks, since not every edition prints questions"
            yield NO_PLACE.at(place, message, fix=IN_TEXT)


def of_html(body: Body, count: int, source: Manuscript) -> Marked:
    """Return *body* with a place for each mark in its author's HTML, and the marks and problems of these.

    Args:
        body: of a chapter.
        count: the number of its other marks, which have their places.
        source: its file.
    """
    reader = _OfHtml(count, source)
    return body.changed(reader.read), tuple(reader.marks), tuple(reader.problems)


class _OfHtml:
    """Reads the marks in the HTML of one chapter; *count* others have names already."""

    def __init__(self, count: int, source: Manuscript) -> None:
        self.count, self.source = count, source
        self.begun: dict[str, tuple[int, str]] = {}
        """By the id of the mark with which a range may begin: its number, and its entry."""
        self.marks: list[IndexMark] = []
        self.problems: list[Problem] = []

    def read(self, root: Element) -> None:
        """Read the marks below *root*, which is changed."""
        for element in list(root.iter(etree.Element)):
            if (spelled := element.attrib.pop(IN_HTML, None)) is not None:
                self.take(element, json.loads(spelled))

    def take(self, element: Element, values: dict[str, str]) -> None:
        """Enter the mark with *values* that stands at *element*."""
        line, _, column = (element.get(POS) or "0:0").partition(":")
        begins, ends = values.pop("begins", ""), values.pop("ends", "")
        if ends in self.begun:
            number, key = self.begun.pop(ends)
            self.marks[number] = replace(self.marks[number], range="begin")
            values = {"key": key, "range": "end"}
        mark, words = _read(values, (int(line), int(column))), _line(element)
        if not words.strip() and not mark.key:
            self.problems.append(NO_WORDS.at(self.source.place(mark.line or 1, mark.column or 1), NAMELESS, fix=NAME))
            return
        if words.strip() or not (mark.see or mark.also):
            if not element.get("id"):
                element.set("id", f"{INDEXED}-{self.count + len(self.marks) + 1}")
            add_kind(element, INDEXED)
            mark = replace(mark, words=words, identifier=str(element.get("id")))
        if begins and mark.key:
            self.begun[begins] = len(self.marks), mark.key
        self.marks.append(mark)


def worded(marks: Iterable[IndexMark], body: Body) -> tuple[IndexMark, ...]:
    """Return *marks* with the words that *body* has at their places; without those whose places it does not have."""
    places = {element.get("id"): element for element in body.iter("span") if INDEXED in kinds(element)}
    return tuple(
        replace(mark, words=_line(places[mark.identifier])) if mark.identifier else mark
        for mark in marks
        if not mark.identifier or mark.identifier in places
    )


def is_place(mark: IndexMark) -> bool:
    """Return whether *mark* names a place, and not only another entry."""
    return not mark.see and bool(mark.words or not mark.also)


class _Marker:
    """Rewrites the marks of one chapter."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.marks: list[IndexMark] = []
        self.problems: list[Problem] = []

    def without_alt(self, item: Node) -> Iterable[Node] | None:
        """Return an image without the marks in its text, which stands on no page; None for what has none."""
        if item["t"] != "Image" or not any(_is_marked(inner) for inner in tree.every(children(item))):
            return None
        line, column = next(filter(None, (position(inner) for inner in tree.every([item]))), (1, 1))
        message = "the index has no entry for what the text of an image marks, since it stands on no page"
        self.problems.append(NO_PLACE.at(self.draft.source.place(line, column), message, fix=IN_TEXT))
        return [with_children(item, tree.rewrite(children(item), _unmarked))]

    def change(self, item: Node) -> Iterable[Node] | None:
        """Return what replaces *item* if it is a mark."""
        if not _is_marked(item):
            return None
        values = attributes(item)[2]
        has_words = bool(tree.plain([item]).strip())
        mark = _read(values, position(item))
        if not has_words and not mark.key:
            place = self.draft.source.place(mark.line or 1, mark.column or 1)
            self.problems.append(NO_WORDS.at(place, NAMELESS, fix=NAME))
            return []
        if not has_words and (mark.see or mark.also):
            self.marks.append(mark)
            return []
        bare, is_span = _without_mark(item), item["t"] == "Span"
        inside = children(item) if is_span else [bare]
        identifier, names, others = attributes(bare if is_span else node("Span", attribute(), []))
        name = identifier or f"{INDEXED}-{len(self.marks) + 1}"
        self.marks.append(replace(mark, identifier=name))
        return [with_attributes(node("Span", attribute(), inside), name, names, {**others, "hb:kind": INDEXED})]


def _is_marked(item: Node) -> bool:
    return item["t"] in MARKABLE and INDEX in attributes(item)[1]


def _without_mark(item: Node) -> Node:
    """Return *item* without its mark; its other attributes stay."""
    identifier, classes, values = attributes(item)
    others = {key: value for key, value in values.items() if key not in OF_INDEX}
    return with_attributes(item, identifier, [name for name in classes if name != INDEX], others)


def _unmarked(item: Node) -> Iterable[Node] | None:
    return [_without_mark(item)] if _is_marked(item) else None


def _read(values: Mapping[str, str], spot: tuple[int, int] | None) -> IndexMark:
    """Return the mark that has the attributes *values*, without its words."""
    fields = {OF_INDEX[name]: " ".join(value.split()) for name, value in values.items() if name in OF_INDEX}
    line, column = spot or (0, 0)
    return IndexMark(
        key=fields.get("key", ""),
        sort=fields.get("sort", ""),
        see=_several(fields.get("see", "")),
        also=_several(fields.get("also", "")),
        range=ENDS.get(fields.get("range", "").lower(), ""),
        line=line,
        column=column,
    )


def _several(entries: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, entries.split(BETWEEN))))


def _of_title(draft: Draft) -> Iterator[IndexMark]:
    """Yield the marks in the title: their place is the chapter."""
    for item, spot in tree.walk(draft.title):
        if _is_marked(item):
            mark, words = _read(attributes(item)[2], position(item) or spot), " ".join(tree.plain([item]).split())
            if words or mark.key:
                yield replace(mark, words=html.escape(words, quote=False))


def _joined(blocks: Nodes) -> Nodes:
    """Return *blocks* with each paragraph that holds only marks without words joined to the block below it, or else to the text above it.

    Between blocks it would part their margins.
    """
    result: list[Node] = []
    waiting: list[Node] = []
    for block in tree.rewrite(blocks, lambda item: [node("Plain", children(item))] if _is_bare(item) else None):
        if block["t"] == "Plain" and _holds_marks_only(block):
            waiting += children(block)
            continue
        if waiting and (led := _with_marks(block, waiting)) is not None:
            result.append(led)
        else:
            result += [*_behind(result, waiting), block]
        waiting = []
    result += _behind(result, waiting)
    return tuple(result)


def _with_marks(block: Node, marks: list[Node], at: int = 0) -> Node | None:
    """Return *block* with the *marks* in its first text; None if it does not begin with text.

    Args:
        block: a block.
        marks: elements without words.
        at: -1 for its last text.
    """
    tag = block["t"]
    if tag in TEXTS:
        return with_children(block, [*children(block), *marks])
    inside = children(block) if tag in ("BlockQuote", "Div") else []
    entries = items(block) if tag in ("BulletList", "OrderedList") else []
    blocks = entries[at] if entries else inside
    led = _with_marks(blocks[at], marks, at) if blocks else None
    if led is None:
        return None
    blocks = [led, *blocks[1:]] if at == 0 else [*blocks[:-1], led]
    if not entries:
        return with_children(block, blocks)
    return with_items(block, [blocks, *entries[1:]] if at == 0 else [*entries[:-1], blocks])


def _behind(blocks: list[Node], marks: list[Node]) -> list[Node]:
    """Put *marks* at the end of *blocks* if these end with text; else return a block with them, if there are any."""
    last = _with_marks(blocks[-1], marks, -1) if marks and blocks else None
    if last is not None:
        blocks[-1] = last
        return []
    return [node("Plain", marks)] if marks else []


def _is_bare(item: Node) -> bool:
    return item["t"] == "Para" and _holds_marks_only(item)


def _holds_marks_only(block: Node) -> bool:
    """Return whether *block* holds marks without words and nothing else."""
    inside = [item for item in tree.every(children(block)) if item["t"] not in BLANK]
    return any(attributes(item)[2].get("hb:kind") == INDEXED for item in inside) and all(
        item["t"] == "Span" or (item["t"] == "Str" and not literal(item).strip()) for item in inside
    )


def _line(place: Element) -> str:
    """Return the content of *place* as a line of XHTML, without links, notes, images and marks."""
    inner = copy.deepcopy(place)
    inner.tail = None
    for element in [*inner.iter("img"), *(link for link in inner.iter("a") if "noteref" in kinds(link))]:
        take_out(element)
    etree.strip_tags(inner, "a", "span")
    for element in inner.iter(etree.Element):
        for name in [name for name in element.attrib if name in {"id", POS} or str(name).startswith(own(""))]:
            if name != KIND:
                del element.attrib[name]
    return Body.inside(inner).line().spell()
