"""Directives that no system of its own reads: definitions of a domain, such as `{config:option} NAME`, and those whose text is code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from book.dialects.rows import Row, join
from book.patterns import regex

DRAWN = regex(
    r"\w*diag|\w*uml|vega[\w-]*|kroki|tikz|jsxgraph|drawio|ditaa|wavedrom|pyodide|thebe[\w-]*|altair-plot|jupyter-\w+|"
    r"program-output|command-output|doctest|test\w+|console|terminal|abc|asciinema|chart[\w-]*|echarts|markmap|svgbob"
)
"""Directives of extensions whose text is code."""
UNSEEN = frozenset("class name label noindex no-index nocontentsentry no-contents-entry module canonical async".split())
"""Options of a definition that are not for readers."""
SUMMARIES = ("shortdesc", "synopsis")
"""Options that say in a few words what is defined."""
LANGUAGES_OF_CELLS = frozenset(
    "python r julia bash sh sql js javascript ojs html css json yaml toml text console rust c cpp go".split()
)
"""Names of fences that are code, also in MyST."""
SINCE = {
    "versionadded": "New in version ",
    "versionchanged": "Changed in version ",
    "deprecated": "Deprecated since version ",
}
"""What stands before the version in the title of a box."""
WORDS = {"defaultdesc": "default"}


def definition(term: str, options: Mapping[str, str], body: Sequence[Row], row: Row, indent: str) -> list[Row]:
    """Return the definition of *term*: its options as a list, then *body*.

    Args:
        term: what is defined, printed as code.
        options: the options of the directive by name.
        body: its text, with the directives inside converted.
        row: its first line, whose place the lines get that are made here.
        indent: white space for each line.
    """
    rest = {name: value for name, value in options.items() if value and name not in UNSEEN}
    inside = [row.made(text) for name in SUMMARIES if name in rest for text in (rest.pop(name), "")]
    inside += [row.made(f"- {WORDS.get(name, name)}: {value}") for name, value in rest.items()]
    inside += [row.made(""), *body]
    while inside and inside[-1].is_blank:
        inside.pop()
    if not inside:
        return [row.made(indent), row.made(f"{indent}**`{term}`**"), row.made(indent)]
    first = next(number for number, line in enumerate(inside) if not line.is_blank)
    head = join(row.made(f"{indent}:   "), inside[first])
    lines = [line if line.is_blank else join(row.made(f"{indent}    "), line) for line in inside[first + 1 :]]
    return [row.made(indent), row.made(f"{indent}`{term}`"), head, *lines, row.made(indent)]


def glossary(rows: Sequence[Row]) -> list[Row]:
    """Return the lines of a glossary; the definition of a term may be indented below it, as in reStructuredText."""
    body: list[Row] = []
    width = min((row.indent for row in rows if not row.is_blank), default=0)
    for number, row in enumerate(rows):
        before = rows[number - 1] if number else row
        is_below = not row.is_blank and not before.is_blank
        is_deeper = is_below and row.indent > width
        if is_deeper and before.indent == width and not _is_marked(before):
            body.append(join(row.made(" " * width + ": "), row.cut(row.indent)))
        elif is_deeper and not _is_marked(row):
            body.append(join(row.made(" " * (width + 2)), row.cut(row.indent)))
        elif is_below and row.indent == width and not _is_marked(row):
            body += [row.made(""), row]
        else:
            body.append(row)
    return body


def _is_marked(row: Row) -> bool:
    """Return whether *row* begins with the mark of a definition, or with that of a directive."""
    return row.text.lstrip().startswith(":")
