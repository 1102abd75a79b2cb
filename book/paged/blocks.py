"""Blocks that take paper too long: a table, a list, a paragraph or code of thousands of lines, a chapter with thousands of notes.

WeasyPrint needs three to five milliseconds for a line, a cell or an item, and needs them anew in each layout (measured). A
block may be so long that no paged edition is made of its book, or so long that some are and those with most layouts are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from book.body import Element, kinds
from book.edition import Edition
from book.model import Book, Chapter
from book.problems import Kind, Place, Problem, Severity

ENDLESS = Kind("E190", Severity.WARNING, "a block too long for paged editions: they are not made")

TOGETHER = 4
"""Layouts of the longest block that all editions of one build have together; a shorter block may have more."""
LAYOUTS: Mapping[str, int] = {"handout": 3}
"""Format -> what it costs, in layouts, where that is not 1: the handout has two papers, and a file for each chapter."""
PARAGRAPH = 2
"""Times as long as a cell or an item that one line of a paragraph takes (4.6 and 1.9 ms, measured)."""
NOTE = 5
"""Times as long as a cell that a note at the end of its chapter takes, with its reference and the way back (10 ms, measured)."""
LINE = 60
"""Letters of a line, where lines are counted before anything is laid out."""
QUOTED = 8
"""Words by which a block is found in the author's text."""
BETWEEN = r"(?:<[^<>]*>|\d+[.)]|[^\w<]|_)+"
"""What may stand between two words of a block where the author wrote it."""
FLOWING = frozenset("p ul ol dl table div pre blockquote figure section".split())
"""Elements that a paragraph does not hold: what holds them is none."""
FRAME = frozenset("table caption colgroup col thead tbody tfoot tr".split())
"""Elements of a table that take no line of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The paged editions that are not made because of a block."""

    reasons: Mapping[str, str] = field(default_factory=dict)
    """Name of the edition -> why, in one line."""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block of more lines than all editions of one build can lay out."""

    place: Place
    lines: int
    """Lines, cells or items, roughly."""
    cost: int
    """Cells or items that take as long as the block does."""
    description: str
    part: str = "block"
    """What can be split."""


def refusal(book: Book, paged: Sequence[Edition], longest: int) -> Refusal:
    """Return which editions the long blocks of *book* cost.

    Args:
        book: composed; images and references do not matter.
        paged: the editions with pages of one build.
        longest: lines that one block may have, from the settings.
    """
    order = sorted(paged, key=_layouts)  # so that as many as possible are made
    weight = sum(map(_layouts, order))
    shortest = min(longest, TOGETHER * longest // weight) if weight else 0
    reasons: dict[str, str] = {}
    problems: list[Problem] = []
    for chapter in book.spine if order else ():
        for block in _long(chapter, shortest):
            names = _beyond(order, block, longest)
            if not names:
                continue
            place = block.place
            problems.append(_too_long(block, longest, names, order))
            beside = "" if len(names) == len(order) else " beside the other editions"
            reason = f"{place.path}:{place.line} {block.description} is too much for one {block.part} on paper{beside}"
            reasons = {**dict.fromkeys(names, reason), **reasons}
    return Refusal(reasons=reasons, problems=tuple(problems))


def _layouts(edition: Edition) -> int:
    return LAYOUTS.get(edition.format, 1)


def _beyond(order: Sequence[Edition], block: Block, longest: int) -> tuple[str, ...]:
    """Return the names of the editions of *order* that *block* costs: those for which no layout is left."""
    left = TOGETHER * longest // block.cost if block.lines <= longest else 0
    names = []
    for edition in order:
        if _layouts(edition) > left:
            names.append(edition.name)
        else:
            left -= _layouts(edition)
    return tuple(names)


def _too_long(block: Block, longest: int, names: Sequence[str], order: Sequence[Edition]) -> Problem:
    """Return the problem of a *block* that costs the editions *names* of *order*."""
    if block.lines > longest:
        message = f"{block.description}: paper takes {longest} in one block; the paged editions are not made"
        fix = "split it, or raise limits.paper_block in handbound.toml; EPUB and HTML are built"
        return ENDLESS.at(block.place, message, fix=fix)
    amount = "all paged editions in one build" if len(names) < len(order) else "the layouts of one edition"
    message = f"{block.description}: too much for {amount}; not made: {', '.join(names)}"
    alone = [edition.name for edition in order if edition.name in names and not _beyond([edition], block, longest)]
    command = f"build the rest with {' '.join(f'-e {name}' for name in alone)}, " if alone else ""
    fix = f"{command}split the {block.part}, or raise limits.paper_block in handbound.toml"
    return ENDLESS.at(block.place, message, fix=fix)


def _long(chapter: Chapter, shortest: int) -> Iterator[Block]:
    """Yield each table, list, block of code, paragraph and section of notes that costs more than *shortest* cells."""
    for section in chapter.body.iter("div"):
        if "footnotes" in kinds(section) and (notes := sum(1 for _ in section.iter("aside"))) * NOTE > shortest:
            description = f"a chapter with {notes} notes"
            place = chapter.source.place(1)
            yield Block(place=place, lines=notes, cost=notes * NOTE, description=description, part="chapter")
    for element in chapter.body.iter("table", "ul", "ol", "dl", "pre", "p", "li", "dd"):
        lines, weight, description = _length(element)
        if lines * weight > shortest:
            place = _place(chapter, " ".join(element.itertext()))
            yield Block(place=place, lines=lines, cost=lines * weight, description=description.format(lines))


def _length(element: Element) -> tuple[int, int, str]:
    """Return how many lines *element* has on paper, roughly, how many cells one of them costs, and how that is said."""
    if element.tag == "table":
        letters = sum(len(text.strip()) for text in element.itertext())
        lines = sum(1 for inner in element.iter() if inner.tag not in FRAME) + letters // LINE
        return max(lines, _grid(element)), 1, "a table of {} cells, links and lines"
    if element.tag in ("ul", "ol", "dl"):
        return len(element), 1, "a list of {} items"
    if element.tag == "pre":
        return 1 + sum(text.count("\n") for text in element.itertext()), 1, "a block of code of {} lines"
    if any(child.tag in FLOWING for child in element):
        return 0, 1, ""
    return sum(map(len, element.itertext())) // LINE, PARAGRAPH, "a paragraph of some {} lines"


def _grid(table: Element) -> int:
    """Return how many places the grid of *table* has: cells that span columns or rows take a place in each of them."""
    rows = list(table.iter("tr"))
    widths = [sum(_whole(cell, "colspan") for cell in row.iter("td", "th")) for row in rows]
    return len(rows) * max(widths, default=0)


def _whole(cell: Element, name: str) -> int:
    value = cell.get(name, "1")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 6 else 1  # HTML ends at 65,534


def _place(chapter: Chapter, text: str) -> Place:
    """Return the author's line of what begins with *text*: its first words, whatever marks, numbers of items or tags stand between."""
    words = [re.escape(word[:40]) for word in re.findall(r"\w+", text[:2000])[:QUOTED]]
    match = re.search(r"\b" + BETWEEN.join(words), chapter.source.text) if words else None
    if match is None:
        return chapter.source.place(1)
    # A table or a list begins with its marks.
    at = chapter.source.text.rfind("\n", 0, match.start()) + 1
    return chapter.source.place(chapter.source.text.count("\n", 0, at) + 1)
