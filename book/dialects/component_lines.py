"""Components that follow each other on one line, `<Card …>…</Card><Card …>…</Card>`: each gets lines of its own, as blocks have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from book.dialects import component_tags
from book.dialects.rows import Row, join
from book.dialects.tags import Edit, Passage, Tag, pair
from book.markdown.lines import LIST_MARKER, Sort
from book.model import Manuscript
from book.patterns import regex

COLUMNS = frozenset({"Column", "Col", "Columns.Column", "Grid.Item", "GridItem", "GridCell"})
_CROWDED = regex(r"<[A-Z][^\n]*>[ \t]*<[A-Z/][^\n]*</[A-Z]")
_LEAD = regex(rf"[ \t]*(?:{LIST_MARKER}[ \t]+)?")
LEAST = 2
"""The fewest components on a line that are put on lines of their own."""


def apart(manuscript: Manuscript, blocks: frozenset[str]) -> Manuscript:
    """Return *manuscript* with several components of the names *blocks* that are all of a line, perhaps in others, on lines of their own."""
    if not _CROWDED.search(manuscript.text):
        return manuscript
    page = Passage(manuscript)
    by_line: dict[int, list[Tag]] = {}
    for tag in component_tags.tags(page):
        if tag.name:
            by_line.setdefault(page.at(tag.start)[0], []).append(tag)
    edits = []
    for number, tags in by_line.items():
        if (
            len(tags) > LEAST
            and page.source.sorts[number] in (Sort.TEXT, Sort.HTML)
            and (rows := _rows(page, number, tags, blocks))
        ):
            start = page.starts[number]
            edits.append(Edit(start=start, end=start + len(page.rows[number].text), new=tuple(rows), block=True))
    return page.with_edits(edits)


def _rows(page: Passage, number: int, tags: Sequence[Tag], blocks: frozenset[str]) -> list[Row]:
    """Return the lines for the line *number*; none if it has anything but complete components of which several are blocks."""
    row, first = page.rows[number], page.starts[number]
    opening = [tag for tag in tags if not tag.words]
    ends = {opening[at].start: opening[end] for at, end in pair(opening).items()}
    if len(ends) * 2 != len(opening) or any(tag.end > first + len(row.text) for tag in tags):
        return []
    lead = _LEAD.match(row.text)
    start = first + (lead.end() if lead else 0)
    spans = _spans(page, (start, first + len(row.text)), tags, ends, blocks)
    if len(spans) < LEAST or any(tag.name == "Tab.List" for tag in tags):
        return []
    indent = " " * (start - first)
    if row.text[: len(indent)].strip() and opening[0].name not in blocks | COLUMNS:
        return []  # without the tag around the others, the item would begin with nothing
    lines = [join(row.made(indent), page.piece(*span)) for span in spans]
    lines[0] = join(row.cut(0, start - first), page.piece(*spans[0]))
    return [piece for line in lines for piece in (row.made(indent), line)]


def _spans(
    page: Passage, span: tuple[int, int], tags: Sequence[Tag], ends: Mapping[int, Tag], blocks: frozenset[str]
) -> list[tuple[int, int]]:
    """Return start and end of each line that a *span* of the text becomes; none if it is not blocks alone, perhaps in other components."""
    at, end = span
    spans: list[tuple[int, int]] = []
    for tag in tags:
        if tag.closing or not at <= tag.start < end:
            continue
        closing = ends.get(tag.start)
        last = closing.end if closing else tag.end
        inside: list[tuple[int, int]] = []
        if tag.name not in blocks | COLUMNS:
            inside = _spans(page, (tag.end, closing.start), tags, ends, blocks) if closing else []
            if closing is None or not inside:
                return []
            inside = [(tag.start, tag.end), *inside, (closing.start, closing.end)]
        if page.text[at : tag.start].strip():
            return []
        spans += inside or [(tag.start, last)]
        at = last
    return [] if page.text[at:end].strip() else spans
