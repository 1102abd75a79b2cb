"""Cuts a file into its chapters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from book.assemble import slugs
from book.dialects.rows import Row, rows_of, with_rows
from book.markdown.lines import Source
from book.model import FrontMatter, Manuscript, Origin
from book.patterns import regex
from book.sites.names import title_from_path
from book.splitting.definitions import BLANK, shared
from book.splitting.headings import Heading
from book.splitting.plan import Plan, count, text_of

_ANCHOR = regex(r"\s*(?:(?:<(a|span)\b[^<>]*></\1>|\[\]\{#[^{}]+\})\s*)+$")
"""A line of anchors: before a heading it belongs to what follows."""
_HEADING = regex(r" {0,3}(?:#{1,6}[ \t]|<h[1-6]\b)")


class Piece(Struct, frozen=True, kw_only=True):
    """One chapter of a file."""

    manuscript: Manuscript
    head: Heading | None
    """Its heading; None for what stands before the first one."""
    is_bare: bool
    """Whether it has nothing but its heading."""


def cut(manuscript: Manuscript, source: Source, plan: Plan) -> Iterator[Piece]:
    """Yield the chapters of *manuscript*, whose lines are *source*; they have no front matter but the language."""
    rows = rows_of(manuscript)
    chapters = _apart(source, plan)
    names: Counter[str] = Counter()
    used: set[str] = set()
    for (head, _), within in zip(chapters, shared(source, [inside for _, inside in chapters]), strict=True):
        words = head.words if head else title_from_path(manuscript.path)
        name = (head and head.identifier) or slugs.github(words) or "chapter"
        path = name
        while path in used:
            names[name] += 1
            path = f"{name}-{names[name]}"
        used.add(path)
        text = with_rows(manuscript, _rows(rows, within))
        yield Piece(
            manuscript=replace(
                text,
                path=f"{manuscript.path}#{path}",
                whole=manuscript.path,
                front=FrontMatter(lang=manuscript.front.lang),
            ),
            head=head,
            is_bare=head is not None
            and all(head.line <= line < head.end or not rows[line].text.strip() for line in within),
        )


def _apart(source: Source, plan: Plan) -> list[tuple[Heading | None, list[int]]]:
    """Return the lines of each chapter, with its heading; without one, those of a text before the first one that has words."""
    title = (plan.title,) if plan.title else ()
    heads = sorted((*plan.heads, *title), key=lambda head: head.line)
    starts = [_start(source, head) for head in heads]
    chapters: list[tuple[Heading | None, list[int]]] = []
    # Lines without words, such as a logo, come below the next heading.
    wordless = [line for line in range(starts[0]) if line not in plan.contents]
    while wordless and not source.lines[wordless[0]].strip():
        del wordless[0]
    if count(text_of(source, 0, starts[0], plan.contents)):
        chapters.append((None, wordless))
        wordless = []
    for opener, start, end in zip(heads, starts, (*starts[1:], len(source.lines)), strict=True):
        above = [*wordless, *range(start, opener.line)]
        wordless = []
        if any(source.lines[line].strip() for line in above if line != BLANK):
            above = [BLANK, *above, BLANK]
        below = [*above, *(line for line in range(opener.end, end) if line not in plan.contents)]
        if opener == plan.title and not count(text_of(source, opener.end, end, plan.contents)):
            wordless = below  # its words are on the title page
        else:
            chapters.append((opener, [*range(opener.line, opener.end), *below]))
    return chapters


def _start(source: Source, head: Heading) -> int:
    """Return the first line of the anchors above *head*, or its own line."""
    start = line = head.line
    while line > 0 and (not source.lines[line - 1].strip() or _ANCHOR.match(source.lines[line - 1])):
        line -= 1
        start = line if source.lines[line].strip() else start
    return start


def _rows(rows: Sequence[Row], within: Sequence[int]) -> list[Row]:
    """Return the lines *within* a chapter; a blank line that the file does not have is where the line after it is."""
    made: list[Row] = []
    near = rows[next((line for line in reversed(within) if line != BLANK), 0)]
    for line in reversed(within):
        near = near if line == BLANK else rows[line]
        made.append(near if line != BLANK else Row("", Origin(path=near.origin.path, line=near.origin.line)))
    return made[::-1]


def begins_with_heading(manuscript: Manuscript) -> bool:
    """Return whether the text of *manuscript* begins with a heading of any level."""
    first = next((line for line in manuscript.text.split("\n") if line.strip()), "")
    return bool(_HEADING.match(first))
