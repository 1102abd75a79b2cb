"""The source of a quotation in MyST: ``{attribution="Hamlet"}`` above it."""

from __future__ import annotations

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.rows import Row, join, rows_of, with_rows
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_SOURCE = regex(
    r"(?P<indent>[ \t]*)\{[^{}\n]*?\battribution=(?P<mark>[\"'])(?P<words>[^\n]*?)(?P=mark)[^{}\n]*\}[ \t]*"
)


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the source of a quotation as its last paragraph."""
    if "attribution=" not in manuscript.text:
        return manuscript
    rows = rows_of(manuscript)
    source = boxes.structure(rows)
    new: list[Row] = []
    pending: Row | None = None
    for number, row in enumerate(rows):
        quoted = row.text.lstrip().startswith(">")
        if pending is not None and not quoted:
            new += [pending.made(f"{rows[number - 1].lead}>"), pending]
            pending = None
        match = _SOURCE.fullmatch(row.text) if source.sorts[number] is Sort.TEXT else None
        after = rows[number + 1].text.lstrip() if number + 1 < len(rows) else ""
        if match is None or not after.startswith(">"):
            new.append(row)
            continue
        context.take(row.text.replace(match["words"], " ", 1))
        words = row.cut(*match.span("words"))
        pending = join(row.made(f"{rows[number + 1].lead}> — "), words)
    if pending is not None:
        new += [pending.made(f"{rows[-1].lead}>"), pending]
    return with_rows(manuscript, new)
