"""Tables in directives of MyST and Sphinx: rows as lists, and rows as lines of CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence

from book.dialects.includes import dedented
from book.dialects.rows import Row, join, replaced
from book.notation import count
from book.patterns import regex

_ROW = regex(r"(?P<outer>[ \t]*[*+-][ \t]+)(?P<inner>[*+-](?:[ \t]+|$))")
_CELL = regex(r"(?P<inner>[ \t]+[*+-](?:[ \t]+|$))")
_BLOCK = regex(r"[ \t]*(?:[*+-][ \t]|\d+[.)][ \t]|`{3,}|~{3,}|:{3,}|>|\||#{1,6}[ \t]|<)")
MOST_FIELDS = 10_000
"""The most letters of a CSV field."""
SEPARATORS: Mapping[str, str] = {"tab": "\t", "space": " "}


def listed(body: Sequence[Row], options: Mapping[str, str], row: Row, indent: str) -> list[Row]:
    """Return the lines of a ``list-table``: a pipe table if each cell is one paragraph, else HTML; the list itself if it is not a table.

    Args:
        body: the lines of the directive, already in Markdown that pandoc reads.
        options: the options of the directive.
        row: the first line of the directive.
        indent: the indent of the directive.
    """
    cells = _cells(dedented(body))
    width = max((len(line) for line in cells), default=0)
    if not width:
        return list(body)
    heads = count(options.get("header-rows", "")) or 0
    stubs = count(options.get("stub-columns", "")) or 0
    return made_of(cells, heads, row, indent, stubs=stubs)


def made_of(
    cells: Sequence[Sequence[Sequence[Row]]],
    heads: int,
    row: Row,
    indent: str,
    *,
    stubs: int = 0,
    rules: Sequence[str] = (),
) -> list[Row]:
    """Return a table with *cells*, row by row, each cell its lines: a pipe table if each cell is one paragraph, else HTML.

    Args:
        cells: the rows; a short one is filled up.
        heads: the number of rows that are its head.
        row: the line that stands for the table.
        indent: the indent of its lines.
        stubs: the number of columns that are heads of their rows.
        rules: what stands below the head of each column of a pipe table, ``---:``; for those without one, ``---``.
    """
    width = max((len(line) for line in cells), default=0)
    plain = all(_is_paragraph(cell) for line in cells for cell in line)
    if plain and heads <= 1:
        lines = list(_with_bars(cells, width, heads, stubs, row, indent))
        if rules:
            lines[1] = row.made(f"{indent}|{'|'.join([*rules, *['---'] * (width - len(rules))])}|")
        return lines
    return list(_in_html(cells, width, heads, stubs, row, indent))


def _cells(rows: Sequence[Row]) -> list[list[list[Row]]]:
    """Return the cells of each row of the table; each cell is its lines."""
    table: list[list[list[Row]]] = []
    edge = inner = 0
    for row in rows:
        first = _ROW.match(row.text)
        if first is not None and (not table or row.indent <= edge):
            edge, inner = row.indent, len(first["outer"])
            table.append([[row.cut(first.end())]])
            continue
        if not table:
            if not row.is_blank:
                return []
            continue
        cell = _CELL.match(row.text)
        if cell is not None and row.indent == inner:
            table[-1].append([row.cut(cell.end())])
        else:
            table[-1][-1].append(row.dedented(inner + 2))
    return table


def _is_paragraph(cell: Sequence[Row]) -> bool:
    lines = [row for row in cell if not row.is_blank]
    blank = [number for number, row in enumerate(cell) if row.is_blank and number < len(lines)]
    return not blank and not any(_BLOCK.match(row.text) for row in lines)


def _with_bars(
    cells: Sequence[Sequence[Sequence[Row]]], width: int, heads: int, stubs: int, row: Row, indent: str
) -> Iterator[Row]:
    """Yield the lines of a pipe table; without a head it gets an empty one."""
    lines = list(cells)
    head = lines.pop(0) if heads else []
    for number, line in enumerate((head, *lines)):
        place = next((part for cell in line for part in cell), row)
        pieces: list[Row] = [place.made(f"{indent}|")]
        for column in range(width):
            words = [_without_bars(part) for part in (line[column] if column < len(line) else ()) if not part.is_blank]
            strong = "**" if column < stubs and number and words else ""
            pieces.append(place.made(f" {strong}"))
            for part in words:
                pieces += [part, place.made(" ")] if part is not words[-1] else [part]
            pieces.append(place.made(f"{strong} |"))
        yield join(*pieces)
        if not number:
            yield row.made(f"{indent}|{'---|' * width}")


def _without_bars(row: Row) -> Row:
    """Return *row* stripped, with its bars escaped."""
    text = row.text
    row = row.cut(len(text) - len(text.lstrip()), len(text.rstrip()))
    for at in reversed([match.start() for match in re.finditer(r"(?<!\\)\|", row.text)]):
        row = replaced(row, at, at, "\\")
    return row


def _in_html(
    cells: Sequence[Sequence[Sequence[Row]]], width: int, heads: int, stubs: int, row: Row, indent: str
) -> Iterator[Row]:
    """Yield the lines of a table in HTML, whose cells may contain any blocks."""
    yield row.made(f"{indent}<table>")
    for number, line in enumerate(cells):
        yield row.made(f"{indent}<tr>")
        for column in range(width):
            tag = "th" if number < heads or column < stubs else "td"
            lines = line[column] if column < len(line) else ()
            yield row.made(f"{indent}<{tag}>")
            yield row.made("")
            yield from (join(part.made(indent), part) if indent and not part.is_blank else part for part in lines)
            yield row.made("")
            yield row.made(f"{indent}</{tag}>")
        yield row.made(f"{indent}</tr>")
    yield row.made(f"{indent}</table>")


def captioned(rows: Sequence[Row], title: Row, row: Row, indent: str) -> list[Row]:
    """Return the lines of a table with its caption: in a table of HTML, because below it the line would belong to the next table.

    Args:
        rows: the lines of the table.
        title: the caption, which may be empty.
        row: the first line of its directive.
        indent: the indent of the directive.
    """
    start = next((at for at, line in enumerate(rows) if line.text.strip() == "<table>"), None)
    if title.text and start is not None:
        lines = (row.made(f"{indent}<caption>"), row.made(""), join(row.made(indent), title), row.made(""))
        return [*rows[: start + 1], *lines, row.made(f"{indent}</caption>"), *rows[start + 1 :]]
    caption = [join(row.made(f"{indent}Table: "), title), row.made(indent)] if title.text else []
    return [row.made(indent), *rows, row.made(indent), *caption]


def separated(body: Sequence[Row], options: Mapping[str, str], row: Row, indent: str) -> list[Row]:
    """Return the lines of a ``csv-table`` as a pipe table; a quoted field may have several lines.

    Args:
        body: the lines of the directive, or of the file that it names.
        options: the options of the directive: ``header``, ``header-rows``, ``delim``.
        row: the first line of the directive.
        indent: the indent of the directive.
    """
    mark = SEPARATORS.get(options.get("delim", ""), options.get("delim", ","))
    if len(mark) != 1 or mark in '\n\r"':
        mark = ","
    table: list[tuple[Row, list[str]]] = []
    reader = csv.reader((f"{line.text.strip(' ')}\n" for line in body), delimiter=mark, skipinitialspace=True)
    start = 0
    try:
        for fields in reader:
            if fields:
                table.append((body[min(start, len(body) - 1)], fields))
            start = reader.line_num
    except csv.Error:
        return list(body)
    head = next(csv.reader([options.get("header", "")], delimiter=mark, skipinitialspace=True), [])
    heads = count(options.get("header-rows", "")) or 0
    if head:
        table.insert(0, (row, head))
    elif not heads and table and "header-rows" in options:
        table.insert(0, (row, []))
    width = max((len(fields) for _, fields in table), default=0)
    if not width:
        return [row.made(indent)]
    lines = []
    for number, (place, fields) in enumerate(table):
        texts = [re.sub(r"(?<!\\)\|", r"\\|", " ".join(field.split()))[:MOST_FIELDS] for field in fields]
        lines.append(place.made(f"{indent}| {' | '.join([*texts, *[''] * (width - len(texts))])} |"))
        if not number:
            lines.append(row.made(f"{indent}|{'---|' * width}"))
    return lines
