"""What GitLab reads besides: quotations between lines of `>>>`, changes inside lines, `{+ added +}`, and `::include{file=a.md}`."""

from __future__ import annotations

from collections.abc import Iterator

from book.dialects.context import Context
from book.dialects.includes import included, indented, without_front_matter
from book.dialects.rows import Row, join, rows_of, with_rows
from book.dialects.tags import Edit, Passage
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_FENCE = regex(r"(?P<indent> {0,3})>>>[ \t]*")
_CHANGE = regex(
    r"(?P<open>[{\[](?P<sign>[+-])[ \t]?)(?P<inside>(?![+-])[^\n{}\[\]]*?[^\s{}\[\]])(?P<close>[ \t]?(?P=sign)[}\]])"
)
_INCLUDE = regex(r"^(?P<indent>[ \t]*)::include\{file=(?P<quote>[\"']?)(?P<path>[^\"'{}\n]+)(?P=quote)\}[ \t]*$")
_TAGS = {"+": "ins", "-": "del"}


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with this syntax as quotations, HTML and the text of the files."""
    text = manuscript.text
    if ">>>" in text:
        manuscript = _quoted(manuscript)
    if any(mark in text for mark in ("{+", "{-", "[+", "[-", "::include{")):
        page = Passage(manuscript)
        manuscript = page.with_edits([*_changes(page), *_includes(page, context)])
    return manuscript


def _quoted(manuscript: Manuscript) -> Manuscript:
    """Return *manuscript* with the lines between two lines of three angle brackets as a quotation."""
    page = Passage(manuscript)
    fences = [
        (number, match["indent"])
        for number, row in enumerate(page.rows)
        if page.source.sorts[number] in (Sort.TEXT, Sort.BLANK) and (match := _FENCE.fullmatch(row.text))
    ]
    if len(fences) % 2:
        return manuscript
    rows: list[Row] = rows_of(manuscript)
    for (first, indent), (last, _) in zip(fences[::2], fences[1::2], strict=True):
        rows[first], rows[last] = rows[first].made(""), rows[last].made("")
        for number in range(first + 1, last):
            row = rows[number].dedented(len(indent))
            rows[number] = join(row.made(f"{indent}> "), row) if row.text else row.made(f"{indent}>")
    return with_rows(manuscript, rows)


def _changes(page: Passage) -> Iterator[Edit]:
    """Yield tags for the marks of words that are added or removed, whose brackets are of one kind."""
    for match in _CHANGE.finditer(page.visible):
        if (match["open"][0] == "{") is (match["close"][-1] == "}") and page.source.sorts[
            page.at(match.start())[0]
        ] is Sort.TEXT:
            for key, slash in (("open", ""), ("close", "/")):
                start, end = match.span(key)
                yield Edit(start=start, end=end, new=(page.made(f"<{slash}{_TAGS[match['sign']]}>", start),))


def _includes(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the text of each file that a line includes."""
    for number, row in enumerate(page.rows):
        match = _INCLUDE.match(row.text) if "::include{" in row.text else None
        if match is None or page.source.sorts[number] is not Sort.TEXT:
            continue
        start = page.starts[number]
        context.take(match[0])
        rows = included(row, match["path"], context, at=match.start("path"))
        new = (
            indented(without_front_matter(rows), match["indent"])
            if rows is not None
            else [row.cut(*match.span("path"))]
        )
        yield Edit(start=start, end=start + len(row.text), new=tuple(new), block=True)
