"""What GitLab reads besides: quotations between lines of `>>>`, changes inside lines, `{+ added +}`, `::include{file=a.md}`, tables as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from book.dialects.context import Context, words
from book.dialects.includes import included, indented, without_front_matter
from book.dialects.rows import Row, join, rows_of, with_rows
from book.dialects.tags import Edit, Passage
from book.markdown.lines import Sort
from book.model import Manuscript
from book.notation import NotationError, read_json
from book.patterns import regex

_FENCE = regex(r"(?P<indent> {0,3})>>>[ \t]*")
_CHANGE = regex(
    r"(?P<open>[{\[](?P<sign>[+-])[ \t]?)(?P<inside>(?![+-])[^\n{}\[\]]*?[^\s{}\[\]])(?P<close>[ \t]?(?P=sign)[}\]])"
)
_INCLUDE = regex(r"^(?P<indent>[ \t]*)::include\{file=(?P<quote>[\"']?)(?P<path>[^\"'{}\n]+)(?P=quote)\}[ \t]*$")
_PIPE, _SIGNS = regex(r"(?<!\\)\|"), regex(r"[\\`*_<>\[\]$~]")
_TABLE = "json:table"
"""The language of a block of code that holds a table."""
_TAGS = {"+": "ins", "-": "del"}


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with this syntax as quotations, HTML and the text of the files."""
    text = manuscript.text
    if ">>>" in text:
        manuscript = _quoted(manuscript)
    if _TABLE in text:
        page = Passage(manuscript)
        manuscript = page.with_edits(_tables(page, context))
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
        is_text = page.source.sorts[page.at(match.start())[0]] is Sort.TEXT
        if is_text and (match["open"][0] == "{") is (match["close"][-1] == "}"):
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


def _tables(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield a table for each block of JSON with fields and items; one that cannot be read stays as code."""
    for fence in page.source.fences:
        if fence.info.strip() != _TABLE or not fence.closed:
            continue
        rows = page.rows[fence.line : fence.end]
        lines = _table("\n".join(row.text for row in rows[1:-1]))
        if not lines:
            continue
        start, indent = page.starts[fence.line], page.indent(page.starts[fence.line])
        end = page.starts[fence.end - 1] + len(rows[-1].text)
        context.take("\n".join(row.text for row in rows))
        context.taken.subtract(words("\n".join(lines)))
        new = (rows[0].made(f"{indent}{line}") for line in ("", *lines, ""))
        yield Edit(start=start, end=end, new=tuple(new), block=True)


def _table(text: str) -> list[str]:
    """Return the lines of the table that a JSON *text* states; none if it states none."""
    try:
        table = read_json(text).plain
    except NotationError:
        return []
    if not isinstance(table, Mapping):
        return []
    items = table.get("items")
    records = [item for item in items if isinstance(item, Mapping)] if isinstance(items, Sequence) else []
    if not records:
        return []
    stated = table.get("fields")
    keys: dict[str, str] = {}
    for field in stated if isinstance(stated, Sequence) and not isinstance(stated, str) else [*records[0]]:
        key = str(field.get("key", "") if isinstance(field, Mapping) else field)
        keys[key] = str(field.get("label") or key) if isinstance(field, Mapping) else key
    reads_markdown = str(table.get("markdown", "")).casefold() == "true"

    def line(cells: Iterable[object]) -> str:
        texts = (" ".join(str(cell if cell is not None else "").split()) for cell in cells)
        marked = (_PIPE.sub(r"\\|", text if reads_markdown else _escaped(text)) for text in texts)
        return f"| {' | '.join(marked)} |"

    caption = str(table.get("caption") or "")
    rows = [line(record.get(key) for key in keys) for record in records]
    return [line(keys.values()), "|" + "---|" * len(keys), *rows, *(["", f": {caption}"] if caption else [])]


def _escaped(text: str) -> str:
    """Return plain *text* as Markdown."""
    return _SIGNS.sub(r"\\\g<0>", text)
