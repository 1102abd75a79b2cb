r"""Lines that kramdown alone reads: breaks, `\\`, a `^` that ends a list, tables without a head, and the contents in a `<details>`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.rows import Row, replaced, rows_of, with_rows
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_SUSPECT = regex(r"\\\\[ \t]*$|^[ ]{0,3}(?:\^[ \t]*$|\|)", re.MULTILINE)
_BREAK = regex(r"(?<!\\)\\(?P<second>\\[ \t]*)$")
_TEX = regex(r"\$\$|\\begin\{|\\\[")
_END = regex(r"[ ]{0,3}\^[ \t]*$")
_RULE = regex(r"[ ]{0,3}\|[-=:| +]*[-=][-=:| +]*$")
_ROW = regex(r"[ ]{0,3}\|.*\S.*\|")
"""A row, which has two bars at least: lines with one are those of a poem."""
_CODE = regex(r"`[^`]*`|\\\|")
_FOLDED = regex(r"\s*<details\b[^<>]*>\s*<summary\b[^<>]*>[^<>]*</summary>\s*", re.IGNORECASE)
_FOLDED_END = regex(r"[ \t]*</details>[ \t]*$", re.IGNORECASE)
OTHERS = frozenset({"eleventy", "github-docs", "honkit"})
"""Systems that read Liquid, but no kramdown."""
FARTHEST = 8
"""The most lines between the beginning of a box to open and the contents in it."""


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with these breaks as pandoc writes them, without such ends and rules."""
    if OTHERS & context.library.names or not _SUSPECT.search(manuscript.text):
        return manuscript
    rows = rows_of(manuscript)
    sorts = boxes.structure(rows).sorts
    result: list[Row] = []
    done = 0
    for first, end in _blocks(rows, sorts):
        block = rows[first:end]
        read = _table(block) if "|" in block[0].text else _broken(block)
        context.take(" ".join(row.text for row in block if row not in read))
        result += [*rows[done:first], *read]
        done = end
    return with_rows(manuscript, [*result, *rows[done:]])


def _broken(block: Sequence[Row]) -> list[Row]:
    """Return the lines of a paragraph with breaks as pandoc writes them, and a comment, which separates lists, for a `^`."""
    if any(_TEX.search(row.text) for row in block):
        return list(block)
    lines = [row.made("<!-- -->") if _END.match(row.text) else row for row in block]
    for at, row in enumerate(lines[:-1]):
        if match := _BREAK.search(row.text):
            lines[at] = replaced(row, *match.span("second"), "")
    return lines


def _table(block: Sequence[Row]) -> list[Row]:
    """Return the lines of a table without the rules between its rows, and with an empty head if it has none."""
    rules = [at for at, row in enumerate(block) if _RULE.match(row.text)]
    lines = [row for at, row in enumerate(block) if at < 2 or at not in rules]
    if (rules and rules[0]) or len(block) < 2 or not all(_ROW.match(row.text) for row in block):
        return lines
    rows = lines[1:] if rules else lines
    width = max(_CODE.sub("", row.text).strip().strip("|").count("|") for row in rows) + 1
    lead = lines[0].lead
    is_whole = rules and lines[0].text.strip().strip("|").count("|") + 1 >= width
    dashes = lines[0] if is_whole else lines[0].made(lead + "|---" * width + "|")
    return [dashes.made(lead + "|   " * width + "|"), dashes, *rows]


def _blocks(rows: Sequence[Row], sorts: Sequence[Sort]) -> Iterator[tuple[int, int]]:
    """Yield the first line of each stretch of text without blank lines, and the line after it."""
    first = 0
    for at in range(len(rows) + 1):
        if at == len(rows) or sorts[at] is not Sort.TEXT:
            if at > first:
                yield first, at
            first = at + 1


def folded(rows: Sequence[Row], new: Sequence[Row | None], last: int, number: int) -> range | None:
    """Return the lines of a `<details>` that holds nothing but the placeholder of a table of contents; None if there is none.

    Args:
        rows: the lines of a chapter.
        new: what stands for each of them; None for one that is removed.
        last: the last line above the placeholder that is left.
        number: the last line of the placeholder.
    """
    end = next((at for at in range(number + 1, len(rows)) if not rows[at].is_blank), None)
    if end is None or not _FOLDED_END.match(rows[end].text):
        return None
    for start in range(last, max(last - FARTHEST, -1), -1):
        if "<details" in rows[start].text:
            above = "\n".join(row.text for row in new[start : last + 1] if row is not None)
            return range(start, end + 1) if _FOLDED.fullmatch(above) else None
    return None
