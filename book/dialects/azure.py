"""What wikis of Azure DevOps add: lists of subpages, `[[_TOSP_]]`, people, `@<Ada King>`, and diagrams and queries between colons."""

from __future__ import annotations

import re

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.rows import Row, rows_of, with_rows
from book.dialects.tags import UNREAD, Edit, Passage
from book.model import Manuscript
from book.patterns import regex

_PERSON = regex(r"(?<![\w\\])@<(?P<name>[^<>\n@]+)>")
_NUMBER = regex(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
"""What stands for a person, or a query, in the files of a repository."""
_SUBPAGES = regex(r"\[\[_TOSP_\]\]", re.IGNORECASE)
_OPEN = regex(
    r"(?P<indent>[ \t]*)(?P<marks>:{3,})[ \t]*(?P<name>mermaid|query-table|video)(?:[ \t]+(?P<rest>\S.*?))?[ \t]*"
)
_CLOSE = regex(r"[ \t]*:{3,}[ \t]*")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with diagrams as code, people by their names, and without lists and queries that only the site can answer."""
    if ":::" in manuscript.text:
        manuscript = _containers(manuscript, context)
    if "@<" not in manuscript.text and "[[" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    edits = []
    for match in _SUBPAGES.finditer(page.visible):
        context.take(match[0])
        edits.append(Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()),)))
    for match in _PERSON.finditer(page.visible):
        start, end = match.span("name")
        if _NUMBER.fullmatch(match["name"].strip()):
            message = f"'{match[0]}' stands for a person by a number; it is left out"
            page.tell(context, UNREAD, match.start(), message, "write the name")
            context.take(match[0])
            edits.append(Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()),)))
        else:
            edits += [
                Edit(start=start - 1, end=start, new=(page.made("", start),)),
                Edit(start=end, end=end + 1, new=(page.made("", end),)),
            ]
    return page.with_edits(edits)


def _containers(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with each diagram between colons as a block of code, and without queries of work items."""
    rows = rows_of(manuscript)
    source = boxes.structure(rows)
    result: list[Row] = []
    at = 0
    while at < len(rows):
        row = rows[at]
        match = _OPEN.fullmatch(row.text) if ":::" in row.text and boxes.is_text(source, at) else None
        end = (
            next((end for end in range(at + 1, len(rows)) if _CLOSE.fullmatch(rows[end].text)), None) if match else None
        )
        if match is None or end is None:
            result.append(row)
            at += 1
            continue
        context.take(match["name"])
        if match["name"] == "mermaid":
            result += [
                row.made(f"{match['indent']}```mermaid"),
                *rows[at + 1 : end],
                rows[end].made(f"{match['indent']}```"),
            ]
        elif match["name"] == "query-table":
            message = f"the query '{match['rest'] or ''}' is not answered in a book; it is left out"
            context.tell_at(UNREAD, row, match.start("marks"), message, "write the answer as a table")
            context.take(match["rest"] or "")
            result += [line.made("") for line in rows[at : end + 1]]
        else:
            result += [row.made(""), *rows[at + 1 : end], rows[end].made("")]
        at = end + 1
    return with_rows(manuscript, result)
