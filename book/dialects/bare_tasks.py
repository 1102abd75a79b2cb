"""Tasks without the mark of a list, lines `[ ] Words` and `[x] Words`, as Dropbox Paper and some chats export them: items of a list."""

from __future__ import annotations

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.rows import Row, join, rows_of, with_rows
from book.markdown.lines import LIST_MARKER, Sort
from book.model import Manuscript
from book.patterns import regex

_TASK = regex(r"(?P<indent>[ \t]*)\[(?:[ ]|[xX](?=\][ \t][^(\[]))\][ \t]+(?=\S)")
_SUSPECT = regex(r"(?:^|\n)[ \t]*\[[ xX]\][ \t]")
_DEFINED = regex(r"(?:^|\n)[ ]{0,3}\[[xX]\]:")
_LISTED = regex(rf"[ \t]*{LIST_MARKER}[ \t]")


def before(manuscript: Manuscript, _: Context) -> Manuscript:
    """Return *manuscript* with these lines as tasks of a list; a line that goes on with an item of a list is left alone."""
    text = manuscript.text
    if "] " not in text or not _SUSPECT.search(text) or _DEFINED.search(text):
        return manuscript
    rows = rows_of(manuscript)
    sorts = boxes.structure(rows).sorts
    new: list[Row] = []
    was_task = in_item = False
    for at, row in enumerate(rows):
        match = _TASK.match(row.text) if sorts[at] is Sort.TEXT else None
        in_item = bool(_LISTED.match(row.text)) or (in_item and not row.is_blank)
        is_task = match is not None and not in_item
        if is_task != was_task and new and not new[-1].is_blank and not row.is_blank:
            new.append(row.made(""))
        new.append(
            join(row.made("- "), row)
            if is_task and match and not match["indent"]
            else join(row.cut(0, match.end("indent")), row.made("- "), row.cut(match.end("indent")))
            if is_task and match
            else row
        )
        was_task = is_task
    return with_rows(manuscript, new)
