"""Queries of Obsidian's plugins (Dataview, Tasks) and its search: nothing answers them in a book, so they are left out."""

from __future__ import annotations

from book.dialects.context import Context
from book.dialects.tags import UNREAD, Edit, Passage
from book.model import Manuscript
from book.patterns import regex

LANGUAGES = frozenset({"dataview", "dataviewjs", "tasks", "query", "base", "button", "templater"})
_INLINE = regex(r"(?<!`)`(?:\$=|=[ \t]*(?=this\b|\[\[))[^`\n]+`(?!`)")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* without queries, in blocks and in lines; one message counts them."""
    if "`" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    spans = []
    for fence in page.source.fences:
        if fence.closed and (fence.info.split() or [""])[0].casefold() in LANGUAGES:
            last = page.starts[fence.end - 1] + len(page.rows[fence.end - 1].text)
            spans.append((page.starts[fence.line], last))
    code = {line for fence in page.source.fences for line in range(fence.line, fence.end)}
    spans += (match.span() for match in _INLINE.finditer(page.text) if page.at(match.start())[0] not in code)
    if not spans:
        return manuscript
    start, end = min(spans)
    shown = " ".join(page.text[start:end].strip("`").split())[:60]
    times = f" ({len(spans)} queries in this chapter)" if len(spans) > 1 else ""
    message = f"the query '{shown}' is not answered in a book; it is left out{times}"
    page.tell(context, UNREAD, start, message, "write the answer, or link to a note that lists it")
    edits = []
    for first, last in spans:
        context.take(page.text[first:last])
        edits.append(Edit(start=first, end=last, new=(page.made("", first),), block="\n" in page.text[first:last]))
    return page.with_edits(edits)
