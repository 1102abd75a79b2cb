"""Tree -> XHTML: each chapter becomes one clean, well-formed fragment, from which all formats are made.

Pandoc writes the fragments of the whole book in one run. Then an allow list is applied to the result (the output sanitiser), and
the structures that print needs are made: notes, figures, callouts, scopes of table heads. Ids and addresses are still the
author's: :mod:`book.assemble.references` resolves them.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import nh3
from lxml import etree
from msgspec import Struct
from msgspec.structs import replace

from book import highlight
from book.assemble import formulas, index_marks, shapes, wording
from book.body import HREF, KIND, Body, own, parse_html
from book.images import sizes
from book.markdown import html_policy, pandoc, repair, tree
from book.markdown.nodes import (
    BY_NUMBER,
    RAW,
    Cell,
    attribute,
    attributes,
    children,
    columns,
    literal,
    node,
    raw_html,
    target,
    with_attributes,
    with_cells,
    with_children,
    with_target,
    without_widths,
)
from book.model import Composed, Draft, Manuscript, Node, Nodes, Title
from book.problems import Kind, ManuscriptError, Problem, Severity
from book.schemes import SCHEMES
from book.settings import Limits
from book.sites.names import PICTURE
from book.stopwatch import timed

SLEEPING = {"Link": "hb:href", "Image": "hb:src"}
_CALL = '<a hb:kind="noteref"'
ALIGNMENTS = {"AlignLeft": "left", "AlignRight": "right", "AlignCenter": "center"}

MISPLACED = Kind("P250", Severity.NOTE, "a tag where HTML does not allow it; it was repaired, and no word is lost")


class _Piece(Struct, frozen=True, kw_only=True):
    """A fragment for pandoc to write: the text of a chapter, a short text of it, or the title of a part."""

    nodes: Nodes
    source: Manuscript | None = None
    """Its chapter; ``None`` for the title of a part."""


def compose(
    drafts: Sequence[Draft],
    titles: Mapping[str, Nodes],
    limits: Limits,
    mathml: formulas.Formulas = formulas.NO_FORMULAS,
    folder: Path | None = None,
) -> tuple[tuple[Composed, ...], Mapping[str, Title], tuple[tuple[Problem, ...], ...]]:
    """Return chapters and titles of parts as XHTML, and for each chapter the problems of its marks for the index and a note for each repair.

    Args:
        drafts: the chapters in house style; their trees still have positions.
        titles: the inlines of the title of each part, by the title as written; a part without a title is missing.
        limits: limits for pandoc.
        mathml: the formulas of the book, from :func:`book.assemble.formulas.convert`.
        folder: the cache, in which listings are remembered; None for none.

    Raises:
        ManuscriptError: pandoc cannot write a chapter; the error names it.
    """
    indexed = [index_marks.marked(draft) for draft in drafts]
    drafts = [draft for draft, _, _ in indexed]
    lines = [_Piece(nodes=nodes, source=draft.source) for draft in drafts for nodes in _lines(draft)]
    titles = {name: title for name, title in titles.items() if title}
    parts = [_Piece(nodes=_line(without_links(title))) for title in titles.values()]
    tags = [_tags(draft.blocks) for draft in drafts]
    bodies = [_Piece(nodes=_prepared(draft), source=draft.source) for draft in drafts]
    bodies = [
        _with_formulas(body, mathml) if "Math" in own | _tags(draft.title) else body
        for body, own, draft in zip(bodies, tags, drafts, strict=True)
    ]
    short = [_with_formulas(line, mathml) for line in (*lines, *parts)]
    written = _written([*bodies, *short], limits)
    fragments, phrases = iter(written[: len(bodies)]), iter(written[len(bodies) :])
    chapters: list[Composed] = []
    problems: list[tuple[Problem, ...]] = []
    for (draft, marks, faults), piece, own_tags in zip(indexed, bodies, tags, strict=True):
        fragment = next(fragments)
        repairs: Sequence[repair.Repair] = ()
        if _has_tags(piece.nodes):
            fragment, repairs = repair.repair(fragment)
        places = (draft.source.place(max(fault.line, 1), max(fault.column, 1)) for fault in repairs)
        notes = (
            MISPLACED.at(place, fault.message, fix=fault.fix) for place, fault in zip(places, repairs, strict=True)
        )
        problems.append((*faults, *notes))
        with timed("composing", draft.source.path), highlight.remembering(folder, draft.source.path):
            body = shapes.shaped(parse_html(second_wall(fragment)), draft.lang)
        own = index_marks.worded(marks, body) if marks else ()
        if "hb:index=" in fragment:
            body, in_html, doubts = index_marks.of_html(body, len(marks), draft.source)
            own, problems[-1] = (*own, *in_html), (*problems[-1], *doubts)
        chapters.append(
            Composed(
                source=draft.source,
                lang=draft.lang,
                role=draft.role,
                title=tree.plain(draft.title),
                show_title=draft.show_title,
                heading=_phrase(next(phrases)),
                entry=_phrase(next(phrases)),
                description=draft.description,
                body=body,
                questions=tuple(_phrase(next(phrases), keep=HREF) for _ in draft.discussion),
                anchors=draft.anchors,
                words=draft.words,
                wording=wording.wording(draft),
                has_html=not RAW.isdisjoint(own_tags),
                marks=own,
            )
        )
    headings = {name: Title(text=tree.plain(title), heading=_phrase(next(phrases))) for name, title in titles.items()}
    return tuple(chapters), headings, tuple(problems)


def _lines(draft: Draft) -> Iterator[Nodes]:
    """Yield the short texts of a chapter: title, label and questions."""
    yield _line(without_links(draft.title))
    yield _line(without_links(draft.label))
    for question in draft.discussion:
        yield _line(tree.rewrite(question, _asleep))


def _tags(nodes: Nodes) -> frozenset[str]:
    """Return the kinds of the nodes below *nodes*."""
    return frozenset(item["t"] for item in tree.every(nodes))


def _with_formulas(piece: _Piece, mathml: formulas.Formulas) -> _Piece:
    return replace(piece, nodes=formulas.placed(piece.nodes, mathml))


def _has_tags(nodes: Nodes) -> bool:
    """Return whether *nodes* contain an author's tags, or a link with a note in it: what pandoc writes for all others is valid."""
    for item in tree.every(nodes):
        if item["t"] in RAW and not literal(item).startswith(_CALL):
            return True
        if item["t"] == "Link" and any(
            inner["t"] == "RawInline" and literal(inner).startswith(_CALL) for inner in tree.every(children(item))
        ):
            return True
    return False


def without_links(nodes: Nodes) -> Nodes:
    """Return inlines for a line of the contents: links are replaced by their text, notes and images are removed."""

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] in ("Link", "Span"):
            return children(item)
        if item["t"] == "RawInline" and PICTURE.match(literal(item)):
            return []
        return [] if item["t"] in ("Note", "Image") else None

    return tree.rewrite(tree.unwrap(nodes), change)


def second_wall(fragment: str) -> str:
    """Return *fragment* as a browser would read it, reduced to the allow lists of :mod:`book.markdown.html_policy`."""
    return _cleaner().clean(fragment)


@functools.cache
def _cleaner() -> nh3.Cleaner:
    """Return the cleaner of all fragments: making one costs as much as cleaning a chapter."""
    return nh3.Cleaner(
        tags=set(html_policy.TAGS | html_policy.SVG_TAGS | html_policy.MATH_TAGS),
        clean_content_tags=set(html_policy.SWALLOWED),
        attributes=_ATTRIBUTES,
        url_schemes=set(SCHEMES),
        link_rel=None,
    )


_ATTRIBUTES: dict[str, set[str]] = {
    **{tag: set(html_policy.SVG_ATTRIBUTES) for tag in html_policy.SVG_TAGS},
    **{tag: set(names) for tag, names in html_policy.OWN_ATTRIBUTES.items()},
    # Our own marks: the source sanitiser has removed any that an author wrote.
    "*": {
        *html_policy.GLOBAL_ATTRIBUTES,
        *sizes.NAMES.values(),
        *(f"hb:{name}" for name in "kind pos note href src break index".split()),
    },
}


def _phrase(fragment: str, keep: str = "") -> Body:
    """Return one line of phrasing content, which pandoc wrote for a Plain, without marks except kinds and *keep*."""
    root = parse_html(second_wall(fragment))
    formulas.box(root)
    for inner in root.iter(etree.Element):
        for name in [name for name in inner.attrib if str(name).startswith(own("")) and name not in (KIND, keep)]:
            del inner.attrib[name]
    return Body(root).line()


def _line(nodes: Nodes) -> Nodes:
    return (node("Plain", list(_spotless(tree.unwrap(nodes)))),)


def _spotless(nodes: Nodes) -> Nodes:
    """Return *nodes* without notes, which a printed title does not have."""
    return tree.rewrite(nodes, lambda item: [] if item["t"] == "Note" else None)


def _written(pieces: Sequence[_Piece], limits: Limits) -> list[str]:
    """Return the HTML of each of *pieces*, from one run of pandoc; one run for each if that fails."""
    # A separator that no chapter can contain: it is derived from everything that is printed.
    texts = (piece.source.text if piece.source else repr(piece.nodes) for piece in pieces)
    mark = "handbound-" + hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()
    batch: list[Node] = []
    for number, piece in enumerate(pieces):
        batch.append(node("RawBlock", "html", f"<!--{mark}-{number}-->"))
        batch.extend(piece.nodes)
    try:
        page = pandoc.write(tuple(batch), limits)
    except pandoc.Failure:
        return [_alone(piece, limits) for piece in pieces]
    return re.split(rf"<!--{mark}-\d+-->\n?", page)[1:]


def _alone(piece: _Piece, limits: Limits) -> str:
    from book.markdown.reader import FAILURES  # noqa: PLC0415 - only for a book that fails

    try:
        return pandoc.write(piece.nodes, limits)
    except pandoc.Failure as failure:
        place = piece.source.place(1) if piece.source else formulas.PARTS
        problem = FAILURES[failure.reason].at(place, failure.detail, fix="split the chapter")
        raise ManuscriptError(problem) from failure


def _prepared(draft: Draft) -> Nodes:
    """Return the draft's blocks for pandoc's writer: notes at the end, alignments as Handbound's marks."""
    notes: list[Node] = []
    numbers: dict[str, int] = {}
    titled = [item for item, _ in tree.walk(draft.title) if item["t"] == "Note"]
    around = [node("Para", [node("Span", attribute(hb_kind=TITLE_NOTES), titled)])] if titled else []
    blocks: Nodes = (*around, *draft.blocks)
    blocks = _with_note_names(blocks) if titled or "[^" in draft.source.text else blocks

    def change(item: Node) -> Iterable[Node] | None:
        tag = item["t"]
        if tag == "Note":
            name = tree.note_name(item)
            if name not in numbers:
                # A second reference to a note: the note already has its number and its text.
                notes.append(node("Div", attribute(hb_kind="footnote", hb_note=str(len(notes) + 1)), children(item)))
                numbers[name] = len(notes)
            number = str(numbers[name])
            # Raw, because pandoc turns a link inside a link into text; a reference inside a link is moved out later.
            return [node("RawInline", "html", f'{_CALL} hb:note="{number}">{number}</a>')]
        if tag in ("Plain", "Para") and (state := tree.task_state(item)):
            box_of = attribute(hb_kind=f"task task-{state}")
            # The box is as wide as the indent and includes the space after it; otherwise the first line would be indented further.
            sign, *words = children(item)
            spaces = list(itertools.takewhile(lambda inline: inline["t"] in ("Space", "SoftBreak"), words))
            box = node("Span", box_of, [sign, *spaces])
            return [with_children(item, [box, *words[len(spaces) :]])]
        if tag in RAW:
            return [] if (html := raw_html(item)) is None or html.lstrip().startswith("<!--") else None
        if tag == "Link" and BY_NUMBER in attributes(item)[1]:
            # The words of a caption once more, or its number: no words of the chapter.
            item = with_children(item, [node("Span", attribute(hb_kind="added"), children(item))])
        if tag in ("Link", "Image"):
            return _asleep(item)
        return [_aligned(item)] if tag == "Table" else None

    blocks = tree.rewrite(tree.unwrap(blocks), change)
    return (*blocks, *notes)


TITLE_NOTES = "title-notes"
"""Kind of the references to the notes of the title, while they are in the body."""


def _with_note_names(blocks: Nodes) -> Nodes:
    """Return *blocks* with a name for each note: the position of its text, which is the same for all its references."""

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "Note":
            return None
        return [{**item, "name": tree.note_name(item)}]

    return tree.rewrite(blocks, change)


def _asleep(item: Node) -> list[Node] | None:
    """Return a link or an image with its address as a mark, so that it is inert until references or illustrate resolves it."""
    tag = item["t"]
    if tag not in SLEEPING:
        return None
    identifier, classes, values = attributes(item)
    values = {**values, SLEEPING[tag]: target(item)}
    if tag == "Image":  # illustrate applies them; pandoc's writer would turn them into styles
        values |= {sizes.NAMES[name]: str(values.pop(name)) for name in ("width", "height") if name in values}
    return [with_attributes(with_target(item, ""), identifier, classes, values)]


def _aligned(table: Node) -> Node:
    """Return *table* with the alignments of its columns as classes of the cells, and without widths."""
    alignments = [ALIGNMENTS.get(column) for column in columns(table)]

    def aligned(number: int, cell: Cell) -> Cell:
        side = ALIGNMENTS.get(cell.alignment["t"]) or (alignments[number] if number < len(alignments) else None)
        identifier, classes, pairs = cell.attr
        dressed = [identifier, classes, [*pairs, ["hb:kind", f"align-{side}"]] if side else pairs]
        return cell._replace(attr=dressed, alignment=node("AlignDefault"))

    return with_cells(without_widths(table), aligned)
