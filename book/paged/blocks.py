"""Blocks that take too long to lay out: a table, list, paragraph or listing of thousands of lines, a chapter of thousands of parts.

The parts of a chapter that count are its notes, and its headings, rules and inline elements. WeasyPrint needs three to five milliseconds for each line, cell or item in every layout (measured). A block may be so long that
no paged edition of its book is made, or so long that only the editions with the fewest layouts are made.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from book import cache
from book.body import Element, kinds
from book.edition import Edition
from book.html_names import HEADINGS, INLINE
from book.model import Book, Chapter
from book.problems import Kind, Place, Problem, Severity

ENDLESS = Kind("E190", Severity.WARNING, "a block too long for paged editions: they are not made")

TOGETHER = 4
"""The most layouts of the longest permitted block that all editions of one build have together; a shorter block may have more."""
LAYOUTS: Mapping[str, int] = {"handout": 3}
"""Format -> its cost in layouts, where that is not 1: the handout has two paper sizes, and a file for each chapter."""
PARAGRAPH = 2
"""How many times longer one line of a paragraph takes than a cell or an item (4.6 and 1.9 ms, measured)."""
NOTE = 5
"""How many times longer than a cell a note at the end of its chapter takes, with its reference and the link back (10 ms, measured)."""
HEADING = RULE = 2
"""How many times longer than a cell a heading and a rule take (3.6 and 3.5 ms in all of a chapter, measured)."""
CROWDED = 200
"""The number of line breaks and inline elements in a paragraph for which each of its lines costs one more cell: every line takes
time for all of them (2.6 ms with 500, 3.4 ms with 1,000, 10 ms with 2,000, measured)."""
LINE = 60
"""Letters in a line, for counting lines before anything is laid out."""
QUOTED = 8
"""The number of words by which a block is found in the author's text."""
BETWEEN = r"(?:<[^<>]*>|\d+[.)]|[^\w<]|_)+"
"""What may separate two words of a block in the author's text."""
FLOWING = frozenset("p ul ol dl table div pre blockquote figure section".split())
"""Elements that a paragraph cannot contain: an element that contains one is not a paragraph."""
WEIGHED = frozenset("table pre".split())
"""Elements that are weighed with all that they contain."""
FRAME = frozenset("table caption colgroup col thead tbody tfoot tr".split())
"""Elements of a table that have no line of their own."""


class Refusal(Struct, frozen=True, kw_only=True):
    """The paged editions that are not made because of a block."""

    reasons: Mapping[str, str] = field(default_factory=dict)
    """Name of each edition that is not made -> the reason, in one line."""
    problems: tuple[Problem, ...] = ()


class Block(Struct, frozen=True, kw_only=True):
    """A block with more lines than all editions of one build can lay out."""

    place: Place
    lines: int
    """The number of lines, cells or items, roughly."""
    cost: int
    """The number of cells or items that take as long as the block."""
    description: str
    part: str = "block"
    """The part that the author can split: a table, a list, a chapter …"""


def refusal(book: Book, paged: Sequence[Edition], longest: int, folder: Path | None = None) -> Refusal:
    """Return which editions cannot be made because of long blocks in *book*.

    Args:
        book: after composition; images and references do not matter.
        paged: the paged editions of one build.
        longest: the most lines that one block may have, from the settings.
        folder: the cache folder, which remembers the chapters without such blocks; None for no cache.
    """
    order = sorted(paged, key=_layouts)  # so that as many editions as possible are made
    weight = sum(map(_layouts, order))
    shortest = min(longest, TOGETHER * longest // weight) if weight else 0
    reasons: dict[str, str] = {}
    problems: list[Problem] = []
    short = cache.Bundle(folder, "paper", cache.key(cache.program(), "blocks", str(shortest), book.metadata.identifier))
    for chapter in book.spine if order else ():
        if short.recall(chapter.body.digest, bool):
            continue
        blocks = tuple(_long(chapter, shortest))
        if not blocks:
            short.keep(chapter.body.digest, value=True)
        for block in blocks:
            names = _beyond(order, block, longest)
            if not names:
                continue
            place = block.place
            problems.append(_too_long(block, longest, names, order))
            beside = "" if len(names) == len(order) else " beside the other editions"
            reason = f"{place.path}:{place.line} {block.description} is too much for one {block.part} on paper{beside}"
            reasons = {**dict.fromkeys(names, reason), **reasons}
    short.close()
    return Refusal(reasons=reasons, problems=tuple(problems))


def _layouts(edition: Edition) -> int:
    return LAYOUTS.get(edition.format, 1)


def _beyond(order: Sequence[Edition], block: Block, longest: int) -> tuple[str, ...]:
    """Return the names of the editions in *order* for which *block* leaves no layout."""
    left = TOGETHER * longest // block.cost if block.lines <= longest else 0
    names = []
    for edition in order:
        if _layouts(edition) > left:
            names.append(edition.name)
        else:
            left -= _layouts(edition)
    return tuple(names)


def _too_long(block: Block, longest: int, names: Sequence[str], order: Sequence[Edition]) -> Problem:
    """Return the problem for a *block* that prevents the editions *names* of *order*."""
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
    if (parts := _parts(chapter)) and (cost := sum(weight for _, _, weight in parts)) > shortest:
        counts = [f"{number} {name}" for name, number, _ in parts]
        description = "a chapter with " + " and ".join(filter(None, (", ".join(counts[:-1]), counts[-1])))
        yield Block(place=chapter.source.place(1), lines=cost, cost=cost, description=description, part="chapter")
    for element in chapter.body.iter("table", "ul", "ol", "dl", "pre", "p", "li", "dd"):
        lines, weight, description = _length(element)
        if lines * weight > shortest:
            place = _place(chapter, " ".join(element.itertext()))
            yield Block(place=place, lines=lines, cost=lines * weight, description=description.format(lines))


def _parts(chapter: Chapter) -> list[tuple[str, int, int]]:
    """Return the name, number and cost in cells of the headings, rules and inline elements of *chapter* outside tables and code."""
    tags: Counter[str] = Counter()
    rest = list(chapter.body.root)
    while rest:
        element = rest.pop()
        if "noteref" in (marks := kinds(element)) or "footnotes" in marks:
            continue  # notes have a weight of their own
        tags[str(element.tag)] += 1
        if element.tag not in WEIGHED:
            rest.extend(element)
    numbers = {
        "headings": (sum(tags[tag] for tag in HEADINGS), HEADING),
        "rules": (tags["hr"], RULE),
        "inline elements": (sum(tags[tag] for tag in INLINE), 1),
    }
    return [(name, number, number * weight) for name, (number, weight) in numbers.items() if number]


def _length(element: Element) -> tuple[int, int, str]:
    """Return the number of lines of *element* on paper, roughly; the cells that one line costs; and the words that describe it."""
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
    lines = sum(map(len, element.itertext())) // LINE
    breaks = sum(1 for _ in element.iter("br"))
    pieces = breaks + sum(1 for _ in element.iter(*INLINE))
    return max(lines, breaks), max(PARAGRAPH, pieces // CROWDED), "a paragraph of some {} lines"


def _grid(table: Element) -> int:
    """Return the number of places in the grid of *table*: a cell that spans columns or rows takes a place in each of them."""
    rows = list(table.iter("tr"))
    widths = [sum(_whole(cell, "colspan") for cell in row.iter("td", "th")) for row in rows]
    return len(rows) * max(widths, default=0)


def _whole(cell: Element, name: str) -> int:
    value = cell.get(name, "1")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 6 else 1  # HTML ends at 65,534


def _place(chapter: Chapter, text: str) -> Place:
    """Return the author's line of the block that begins with *text*, found by its first words, whatever markup separates them."""
    words = [re.escape(word[:40]) for word in re.findall(r"\w+", text[:2000])[:QUOTED]]
    match = re.search(r"\b" + BETWEEN.join(words), chapter.source.text) if words else None
    if match is None:
        return chapter.source.place(1)
    # A table or a list begins with its markup.
    at = chapter.source.text.rfind("\n", 0, match.start()) + 1
    return chapter.source.place(chapter.source.text.count("\n", 0, at) + 1)
