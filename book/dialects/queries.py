"""What Obsidian's plugins read: queries (Dataview, Tasks, its search), which nothing answers in a book, and the fields of Dataview, `key:: words`."""

from __future__ import annotations

import re

from book.dialects.context import Context
from book.dialects.tags import UNREAD, Edit, Passage
from book.markdown.lines import LIST_MARKER, Sort
from book.model import Manuscript
from book.patterns import regex

LANGUAGES = frozenset({"dataview", "dataviewjs", "tasks", "query", "base", "button", "templater"})
_INLINE = regex(r"(?<!`)`(?:\$=|=[ \t]*(?=this\b|\[\[))[^`\n]+`(?!`)")


_FIELD = regex(
    r"(?P<open>[\[(])(?P<key>[^\W\d][\w -]{0,40})(?P<mark>::)[ \t]+(?P<value>(?:[^\[\]()\n]|\[\[[^\[\]\n]*\]\]|\([^()\n]*\))*)(?P<close>[\])])"
)
"""A field in a line: with its key in brackets, without it in parentheses."""
_LINE = regex(
    rf"^[ \t>]*(?:{LIST_MARKER}[ \t]+(?:\[.\][ \t]+)?)?(?P<strong>\*\*|__)?[^\W\d][\w -]{{0,40}}(?(strong)(?:(?P=strong))?)(?P<mark>::)(?=\*\*|__|[ \t])",
    re.MULTILINE,
)


def fields(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the fields of Dataview as words: `[key:: words]` as ``key: words``, `(key:: words)` as ``words``."""
    if "::" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    pieces = []
    for match in _FIELD.finditer(page.visible):
        if match["open"] + match["close"] == "[]" and page.visible[match.end() : match.end() + 1] != "(":
            pieces += [(match.start(), match.start("key"), ""), (*match.span("mark"), ":"), (*match.span("close"), "")]
        elif match["open"] + match["close"] == "()":
            pieces += [(match.start(), match.start("value"), ""), (*match.span("close"), "")]
    done = {start for start, _, _ in pieces}
    lines = (match.span("mark") for match in _LINE.finditer(page.visible))
    pieces += [
        (*span, ":") for span in lines if span[0] not in done and page.source.sorts[page.at(span[0])[0]] is Sort.TEXT
    ]
    return page.with_texts(context, sorted(pieces))


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
