"""Tree -> XHTML: the pages of every chapter as one clean, well-formed fragment that all formats start from.

pandoc writes the fragments of the whole book in one run; the second wall (an allow list over the finished page) follows;
then the structures that print needs are made: notes, figures, callouts, table scopes. Ids and addresses are still the
author's: :mod:`book.assemble.references` makes them true.
"""

from __future__ import annotations

import hashlib
import html
import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import nh3
from lxml import etree

from book import highlight
from book.assemble import formulas
from book.body import BREAK, HEADINGS, HREF, KIND, NOTE, Body, Element, kinds, mark, own, parse_html, take_out
from book.html_names import EPUB_TYPE
from book.images import sizes
from book.labels import label
from book.markdown import content_model, html_policy, pandoc, repair, tree
from book.markdown.marks import AUTHORS
from book.markdown.nodes import (
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
from book.model import Book, Chapter, Node, Nodes
from book.problems import Kind, ManuscriptError, Problem, Severity
from book.schemes import SCHEMES
from book.settings import Limits

SLEEPING = {"Link": "hb:href", "Image": "hb:src"}
_CALL = '<a hb:kind="noteref"'
ALIGNMENTS = {"AlignLeft": "left", "AlignRight": "right", "AlignCenter": "center"}

MISPLACED = Kind("P250", Severity.NOTE, "a tag in the wrong place; it is put in order and no word is lost")


def compose(book: Book, limits: Limits, mathml: formulas.Formulas = formulas.NONE) -> tuple[Book, tuple[Problem, ...]]:
    """Return *book* with the XHTML of its chapters and titles, and what was put in order in an author's tags.

    Args:
        book: collated; its trees still carry positions.
        limits: for pandoc.
        mathml: the formulas of the book, from :func:`book.assemble.formulas.convert`.

    Raises:
        ManuscriptError: pandoc cannot write a chapter; the chapter is named.
    """
    prepared = {chapter.slug: _prepared(chapter) for chapter in book.spine}
    pieces: dict[str, Nodes] = {}
    for chapter in book.spine:
        pieces[f"{chapter.slug}/body"] = prepared[chapter.slug]
        pieces[f"{chapter.slug}/heading"] = _line(without_links(chapter.title))
        pieces[f"{chapter.slug}/entry"] = _line(without_links(chapter.label))
        for number, question in enumerate(chapter.discussion):
            pieces[f"{chapter.slug}/question-{number}"] = _line(tree.rewrite(question, _asleep))
    for part in book.parts:
        pieces[f"{part.slug}/part"] = _line(without_links(part.title))
    written = _written({name: formulas.placed(nodes, mathml) for name, nodes in pieces.items()}, limits, book)

    problems: list[Problem] = []

    def chapter_set(chapter: Chapter) -> Chapter:
        fragment = written[f"{chapter.slug}/body"]
        if _has_tags(pieces[f"{chapter.slug}/body"]):
            fragment, repairs = repair.repair(fragment)
            problems.extend(
                MISPLACED.at(chapter.source.place(max(one.line, 1), max(one.column, 1)), one.message, fix=one.fix)
                for one in repairs
            )
        root = parse_html(second_wall(fragment))
        for shape in SHAPES:
            shape(root, chapter)
        return replace(
            chapter,
            body=Body(root),
            heading=_phrase(written[f"{chapter.slug}/heading"]),
            entry=_phrase(written[f"{chapter.slug}/entry"]),
            questions=tuple(
                _phrase(written[f"{chapter.slug}/question-{n}"], keep=HREF) for n in range(len(chapter.discussion))
            ),
        )

    book = book.each(chapter_set)
    book = replace(
        book, parts=tuple(replace(part, heading=_phrase(written[f"{part.slug}/part"])) for part in book.parts)
    )
    return book, tuple(problems)


def _has_tags(nodes: Nodes) -> bool:
    """Say whether an author's tags stand in *nodes*, or a link that holds a note: what pandoc writes of the rest is sound."""
    for item, _ in tree.walk(nodes):
        if item["t"] in RAW and not literal(item).startswith(_CALL):
            return True
        if item["t"] == "Link" and any(
            inner["t"] == "RawInline" and literal(inner).startswith(_CALL) for inner, _ in tree.walk(children(item))
        ):
            return True
    return False


def without_links(nodes: Nodes) -> Nodes:
    """Return inlines fit for a line of the contents: links and notes give way to their text and to nothing."""

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] in ("Link", "Span"):
            return children(item)
        return [] if item["t"] in ("Note", "Image") else None

    return tree.rewrite(tree.unwrap(nodes), change)


def second_wall(fragment: str) -> str:
    """Return *fragment* as a browser would read it, reduced to the allow list of :mod:`book.markdown.sanitise`."""
    return nh3.clean(
        fragment,
        tags=set(html_policy.TAGS | html_policy.SVG_TAGS | html_policy.MATH_TAGS),
        clean_content_tags=set(html_policy.SWALLOWED),
        attributes=_ATTRIBUTES,
        url_schemes=set(SCHEMES),
        link_rel=None,
    )


_ATTRIBUTES: dict[str, set[str]] = {
    **{tag: set(html_policy.SVG_ATTRIBUTES) for tag in html_policy.SVG_TAGS},
    **{tag: set(names) for tag, names in html_policy.OWN_ATTRIBUTES.items()},
    # Ours alone: the first wall lets none of an author through.
    "*": {
        *html_policy.GLOBAL_ATTRIBUTES,
        *sizes.NAMES.values(),
        *(f"hb:{name}" for name in "kind pos note href src break".split()),
    },
}


def _phrase(fragment: str, keep: str = "") -> Body:
    """Return one line of phrasing content, what pandoc wrote for a Plain, with no mark but its kind and *keep*."""
    root = parse_html(second_wall(fragment))
    formulas.box(root)
    for inner in root.iter(etree.Element):
        for name in [name for name in inner.attrib if str(name).startswith(own("")) and name not in (KIND, keep)]:
            del inner.attrib[name]
    return Body(root).line()


def _line(nodes: Nodes) -> Nodes:
    return (node("Plain", list(_spotless(tree.unwrap(nodes)))),)


def _spotless(nodes: Nodes) -> Nodes:
    """Return *nodes* without notes: a title has none in print."""
    return tree.rewrite(nodes, lambda item: [] if item["t"] == "Note" else None)


def _written(pieces: Mapping[str, Nodes], limits: Limits, book: Book) -> dict[str, str]:
    """Return the HTML of each of *pieces*, all from one run of pandoc; one by one when that run fails."""
    names = tuple(pieces)
    # A mark that no chapter can hold: it is made from everything that is printed.
    mark = "handbound-" + hashlib.sha256(repr(sorted(names)).encode() + repr(book.metadata).encode()).hexdigest()
    batch: list[Node] = []
    for number, name in enumerate(names):
        batch.append(node("RawBlock", "html", f"<!--{mark}-{number}-->"))
        batch.extend(pieces[name])
    try:
        page = pandoc.write(tuple(batch), limits)
    except pandoc.Failure:
        return {name: _alone(name, pieces[name], limits, book) for name in names}
    found = re.split(rf"<!--{mark}-\d+-->\n?", page)[1:]
    return dict(zip(names, found, strict=True))


def _alone(name: str, blocks: Nodes, limits: Limits, book: Book) -> str:
    from book.markdown.reader import FAILURES  # noqa: PLC0415 - only for a book that fails

    try:
        return pandoc.write(blocks, limits)
    except pandoc.Failure as failure:
        source = next(chapter.source for chapter in book.spine if chapter.slug == name.split("/", maxsplit=1)[0])
        problem = FAILURES[failure.reason].at(source.place(1), failure.detail, fix="split the chapter")
        raise ManuscriptError(problem) from failure


def _prepared(chapter: Chapter) -> Nodes:
    """Return the chapter's blocks ready for pandoc's writer: notes at the end, marks and alignments as classes."""
    notes: list[Node] = []
    numbers: dict[str, int] = {}
    titled = [item for item, _ in tree.walk(chapter.title) if item["t"] == "Note"]
    named = _named(
        (*([node("Para", [node("Span", attribute(hb_kind=TITLE_NOTES), titled)])] if titled else ()), *chapter.blocks)
    )

    def change(item: Node) -> Iterable[Node] | None:
        tag = item["t"]
        if tag == "Note":
            name = tree.note_name(item)
            if name not in numbers:
                # A note that is called again is one note: its number and its text are there already.
                notes.append(node("Div", attribute(hb_kind="footnote", hb_note=str(len(notes) + 1)), children(item)))
                numbers[name] = len(notes)
            number = str(numbers[name])
            # Raw, for pandoc makes text of a link inside a link: a call may stand in one, and is taken out of it later.
            return [node("RawInline", "html", f'{_CALL} hb:note="{number}">{number}</a>')]
        if tag in ("Plain", "Para") and (state := tree.task_state(item)):
            box_of = attribute(hb_kind=f"task task-{state}")
            # The box is as wide as the indent: the space behind it stands in it, or the first line would begin further in.
            sign, *words = children(item)
            spaces = list(itertools.takewhile(lambda inline: inline["t"] in ("Space", "SoftBreak"), words))
            box = node("Span", box_of, [sign, *spaces])
            return [with_children(item, [box, *words[len(spaces) :]])]
        if tag in RAW:
            return [] if (html := raw_html(item)) is None or html.lstrip().startswith("<!--") else None
        if tag in ("Link", "Image"):
            return _asleep(item)
        return [_aligned(item)] if tag == "Table" else None

    blocks = tree.rewrite(tree.unwrap(named), change)
    return (*blocks, *notes)


def has_notes(nodes: Nodes) -> bool:
    """Say whether a note is called in *nodes*."""
    return any(item["t"] == "Note" for item, _ in tree.walk(nodes))


TITLE_NOTES = "title-notes"
"""Kind of the calls of the notes of the title, as long as they stand in the body."""


def _named(blocks: Nodes) -> Nodes:
    """Return *blocks* in which each note has a name: where its text begins, for a note is one however often it is called."""

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "Note":
            return None
        return [{**item, "name": tree.note_name(item)}]

    return tree.rewrite(blocks, change)


def _asleep(item: Node) -> list[Node] | None:
    """Return a link or an image whose address sleeps in a data- attribute until references or plates has made it true."""
    tag = item["t"]
    if tag not in SLEEPING:
        return None
    identifier, classes, values = attributes(item)
    values = {**values, SLEEPING[tag]: target(item)}
    if tag == "Image":  # book.plates makes them true; pandoc's writer would make styles of them
        values |= {sizes.NAMES[name]: str(values.pop(name)) for name in ("width", "height") if name in values}
    return [with_attributes(with_target(item, ""), identifier, classes, values)]


def _aligned(table: Node) -> Node:
    """Return *table* with the alignment of its columns as classes of the cells, and no widths."""
    alignments = [ALIGNMENTS.get(column) for column in columns(table)]

    def aligned(number: int, cell: Cell) -> Cell:
        side = ALIGNMENTS.get(cell.alignment["t"]) or (alignments[number] if number < len(alignments) else None)
        identifier, classes, pairs = cell.attr
        dressed = [identifier, classes, [*pairs, ["hb:kind", f"align-{side}"]] if side else pairs]
        return cell._replace(attr=dressed, alignment=node("AlignDefault"))

    return with_cells(without_widths(table), aligned)


# What print needs, one function a structure; each changes the fragment it is given.


def _notes(body: Element, chapter: Chapter) -> None:
    """Number the footnotes in order of their calls and make a section of them, each with its way back."""
    found = {note.get(NOTE): note for note in body.iter("div") if note.get(KIND) == "footnote" and note.get(NOTE)}
    called = _called(body, found)
    if not called:
        return
    # No section: it has no heading, and an outline knows sections by their headings (HTML 4.3.3).
    section = etree.Element("div", {KIND: "footnotes", EPUB_TYPE: "footnotes", "role": "doc-endnotes"})
    section.set("aria-label", label(chapter.lang, "notes"))
    etree.SubElement(section, "p", {KIND: "footnotes-title"}).text = label(chapter.lang, "notes")
    numbers: dict[str, int] = {}
    backs: dict[str, list[str]] = {}
    for call in called:
        name = str(call.get(NOTE))
        number = numbers.setdefault(name, len(numbers) + 1)
        ways = backs.setdefault(name, [])
        # The second call of a note is named as GitHub names it.
        ways.append(f"noteref-{number}" if not ways else f"noteref-{number}-{len(ways) + 1}")
        call.text = str(number)
        call.attrib.clear()
        call.attrib.update(
            {
                KIND: "noteref",
                "href": f"#note-{number}",
                "id": ways[-1],
                EPUB_TYPE: "noteref",
                "role": "doc-noteref",
            }
        )
    for name, number in numbers.items():
        note = found[name]
        take_out(note)
        note.tag = "aside"
        note.attrib.clear()
        note.attrib.update({KIND: "footnote", "id": f"note-{number}", EPUB_TYPE: "footnote", "role": "doc-footnote"})
        first = note[0] if len(note) and note[0].tag == "p" else None
        if first is None:
            first = etree.Element("p")
            note.insert(0, first)
        number_of = etree.Element("span", {KIND: "note-number"})
        number_of.text, number_of.tail = f"{number}", f"\u00a0{first.text or ''}"
        first.text = None
        first.insert(0, number_of)
        _lead_back(note, backs[name], label(chapter.lang, "back_to_text"))
        section.append(note)
    body.append(section)


def _lead_back(note: Element, ways: Sequence[str], name: str) -> None:
    """Put a link to each call of *note* at its end: the second and later ones bear their number, as on GitHub."""
    last = note[-1] if note[-1].tag == "p" else etree.SubElement(note, "p", {KIND: "ways-back"})
    for number, way in enumerate(ways, 1):
        before = last[-1] if len(last) else None
        space = "\u00a0" if last.get(KIND) != "ways-back" or before is not None else ""
        if before is not None:
            before.tail = (before.tail or "") + space
        else:
            last.text = (last.text or "") + space
        link = etree.SubElement(last, "a", {KIND: "backlink", "href": f"#{way}", "role": "doc-backlink"})
        link.set("aria-label", name if number == 1 else f"{name} ({number})")
        link.text = "↩\ufe0e"
        if number > 1:
            etree.SubElement(link, "sup").text = str(number)


def _called(body: Element, found: Mapping[str | None, Element]) -> list[Element]:
    """Return the calls of the notes *found* as a reader meets them: those of the text, then those of each note in its turn."""
    holders = {note: name for name, note in found.items()}
    calls: dict[str | None, list[Element]] = {}
    for call in body.iter("a"):
        if call.get(KIND) == "noteref" and call.get(NOTE) in found:
            holder = next((holders[above] for above in call.iterancestors() if above in holders), None)
            calls.setdefault(holder, []).append(call)
    result: list[Element] = []
    turns: dict[str | None, None] = {None: None}
    while turns:
        turn = next(iter(turns))
        del turns[turn]
        here = calls.pop(turn, [])
        result += here
        turns |= dict.fromkeys(call.get(NOTE) for call in here)
    return result


def _figures(body: Element, _: Chapter) -> None:
    """Make a figure of a paragraph that holds one image alone; its title is the caption."""
    for image in list(body.iter("img")):
        mark(image, "image")
        parent = image.getparent()
        if parent is None or parent.tag != "p" or parent[0] is not image or (parent.text or "").strip():
            continue
        calls = list(parent)[1:]
        if any(call.get(KIND) != "noteref" for call in calls) or any((one.tail or "").strip() for one in parent):
            continue
        caption = image.attrib.pop("title", "")
        parent.tag = "figure"
        parent.text, image.tail = "\n", "\n"
        if caption or calls:
            below = etree.SubElement(parent, "figcaption")
            below.text = str(caption)
            below.extend(calls)
    # What has a caption can be listed, so it has a name that can be led to.
    captioned = (figure for figure in body.iter("figure") if "".join(figure.xpath("figcaption//text()")).strip())
    for number, figure in enumerate(captioned, 1):
        if not figure.get("id"):
            figure.set("id", f"plate-{number}")


def _callouts(body: Element, chapter: Chapter) -> None:
    """Give each callout its word, in the language of the chapter."""
    for box in body.iter("div"):
        said = kinds(box)
        kind = next((name.removeprefix("callout-") for name in said if name.startswith("callout-")), None)
        if kind is None or "callout" not in said:
            continue
        title = etree.Element("p", {KIND: "callout-title"})
        title.text = label(chapter.lang, kind)
        title.tail = box.text
        box.text = None
        box.insert(0, title)
        box.set("role", "note")


def _tables(body: Element, _: Chapter) -> None:
    """Give head cells their scope, and each table a box that can scroll."""
    for number, table in enumerate(list(body.iter("table")), 1):
        for cell in table.iter("th"):
            if not cell.get("scope"):
                row = cell.getparent()
                in_head = row is not None and any(above.tag == "thead" for above in row.iterancestors())
                cell.set("scope", "col" if in_head else "row")
        for head in table.findall("thead"):
            if not "".join(head.itertext()).strip():  # a head of empty cells: Markdown wants one, readers do not
                take_out(head)
        if "".join(table.xpath("caption//text()")).strip() and not table.get("id"):
            table.set("id", f"plate-table-{number}")
        box = etree.Element("div", {KIND: "table", "data-table": str(number)})
        box.tail, table.tail = table.tail, None
        parent = table.getparent()
        if parent is not None:
            parent.replace(table, box)
            box.append(table)


def _lists(body: Element, _: Chapter) -> None:
    """Mark the lists of tasks, and make items without blank lines between them tight."""
    for items in body.iter("ul", "ol"):
        boxes = (box for item in items.findall("li") for box in (item.find("span"), item.find("p/span")))
        if any(box is not None and "task" in kinds(box) for box in boxes):
            mark(items, "tasks")


PAGE_BREAK = "page-break"
"""Kind of what breaks a page on paper and is nothing elsewhere: ``<hr class="page-break"/>``, however an author wrote it."""


def _breaks(body: Element, _: Chapter) -> None:
    """Make of every mark for a new page an empty box that paper breaks at and nothing else shows.

    The marks are a ``hr`` or an empty ``div`` or ``p`` of the class ``page-break``, and what :func:`book.markdown.html_policy.broken` found in
    styles. One at the beginning or the end of the chapter, or beside another one, would leave a page empty: it goes.
    """
    for element in list(body.iter(etree.Element)):
        where = element.attrib.pop(BREAK, "")
        bare = not _says(element) and not element.get("id")
        if element.tag in {"hr", "div", "p"} and bare and (where or PAGE_BREAK in kinds(element)):
            element.tag = "div"
            element.attrib.clear()
            element.set(KIND, PAGE_BREAK)
            element.text = None
            for child in list(element):
                element.remove(child)
            continue
        if where in {"before", "both"}:
            element.addprevious(etree.Element("div", {KIND: PAGE_BREAK}))
        if where in {"after", "both"}:
            after = etree.Element("div", {KIND: PAGE_BREAK})
            after.tail, element.tail = element.tail, None
            element.addnext(after)
    seen = False
    last: Element | None = None
    for element in list(body.iter(etree.Element)):
        if element.get(KIND) == PAGE_BREAK and element.tag == "div" and not len(element):
            if not seen or any(above.tag in {"td", "th", "p"} for above in element.iterancestors()):
                take_out(element)
            else:
                seen, last = False, element
            seen = seen or bool((element.tail or "").strip())
        elif (
            (element.text or "").strip() or (element.tail or "").strip() or element.tag in {"img", "hr", "svg", "math"}
        ):
            seen = True
    if last is not None and not seen:
        take_out(last)


def _says(element: Element) -> bool:
    """Say whether there is anything to be seen in *element*."""
    return (
        bool("".join(element.itertext()).strip()) or next(element.iter("img", "svg", "math", "table"), None) is not None
    )


def _paragraphs(body: Element, _: Chapter) -> None:
    """Take out paragraphs and spans that hold nothing."""
    for element in list(body.iter("p", "span")):
        if not len(element) and not (element.text or "").strip() and not element.get("id"):
            if element.tag == "p" or element.text:
                element.tail = f" {element.tail or ''}"  # it parted the words beside it
            take_out(element)
    for heading in list(body.iter("h1", *HEADINGS)):
        # Written as HTML and without words: galley has told those of Markdown.
        pictures = [one for one in heading.iter(etree.Element) if one.get("alt") or one.get("alttext")]
        if not pictures and not "".join(heading.itertext()).strip():
            heading.tag = "div"
    for group in body.iter("hgroup"):  # of a heading with lines beside it, or none (HTML §4.3.7)
        if not content_model.holds("hgroup", [str(inner.tag) for inner in group]):
            group.tag = "div"


def _code(body: Element, _: Chapter) -> None:
    """Name the language of a listing in a class of the code, as HTML 4.8 suggests, and tell its words apart."""
    for box in body.iter("pre"):
        language = (box.get("class") or "").split()
        box.attrib.pop("class", None)
        inner = box.find("code")
        if inner is not None and language:
            inner.set("class", f"language-{html.escape(language[0])}")
            highlight.dress(inner, language[0])


# What an author's own tags would say of the whole page (its main part, its head and foot) they say of a chapter only.
PAGE_WIDE = {"main": "div", "header": "div", "footer": "div"}


def _author_tags(body: Element, _: Chapter) -> None:
    """Make of the author's own tags what may stand in a chapter: no landmarks of a page, no sections without a heading."""
    for element in body.iter(etree.Element):
        tag = str(element.tag)
        element.tag = PAGE_WIDE.get(tag) or tag
        if tag in {"article", "section"} and element is not body:
            if next(element.iter(*HEADINGS), None) is None:
                element.tag = "div"
        elif tag == "aside" and not element.get("role"):
            element.set("role", "note")  # else every one of them is a landmark that wants a name


def _authors(body: Element, _: Chapter) -> None:
    """Mark what an author's classes mean, where they mean something."""
    for element in body.iter(etree.Element):
        if meant := AUTHORS.intersection((element.get("class") or "").split()):
            mark(element, *sorted(meant))


def _formulas(body: Element, _: Chapter) -> None:
    """Give each display formula a box of its own."""
    formulas.box(body)


Shape = Callable[[Element, Chapter], None]
SHAPES: Sequence[Shape] = (
    _authors,
    _author_tags,
    _breaks,
    _notes,
    _figures,
    _callouts,
    _tables,
    _lists,
    _formulas,
    _paragraphs,
    _code,
)
