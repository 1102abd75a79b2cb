"""Merge conflicts in a chapter: reported, and their marks printed as they stand, not as headings and quotations."""

from __future__ import annotations

from book.dialects.context import Context
from book.dialects.rows import Row, join, rows_of, with_rows
from book.markdown.lines import Sort, read
from book.model import Manuscript
from book.notation.conflicts import FIX, WHY, conflicts
from book.problems import Kind, Severity

CONFLICT = Kind("G181", Severity.WARNING, "a merge conflict that is not resolved: both versions are printed")

_CODE = frozenset({Sort.CODE, Sort.COMMENT})


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the marks of its conflicts as paragraphs of their own; those in code are left alone."""
    if "<<<<<<<" not in manuscript.text:
        return manuscript
    rows = rows_of(manuscript)
    sorts = read(manuscript.text).sorts
    marks: set[int] = set()
    for conflict in conflicts([row.text for row in rows]):
        if not any(sorts[at] in _CODE for at in (conflict.marks[0], conflict.marks[-1])):
            context.tell_at(CONFLICT, rows[conflict.marks[0]], 0, f"{WHY}; both versions are printed", FIX)
            marks.update(at for at in conflict.marks if sorts[at] is Sort.TEXT)
    if not marks:
        return manuscript
    return with_rows(
        manuscript, [new for at, row in enumerate(rows) for new in (_apart(row) if at in marks else [row])]
    )


def _apart(row: Row) -> list[Row]:
    """Return a mark as a paragraph of its own."""
    return [row.made(""), join(row.made("\\"), row), row.made("")]
