"""Diagrams that a site draws from code, such as Mermaid: Handbound prints their source and reports it."""

from __future__ import annotations

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.rows import rows_of
from book.model import Manuscript
from book.patterns import regex
from book.problems import Kind, Severity

SOURCE = Kind("G154", Severity.WARNING, "a diagram that is printed as its source")

LANGUAGES = frozenset(
    {"mermaid", "mermaidjs", "plantuml", "puml", "graphviz", "blockdiag", "sequence", "flow", "markmap"}
)
"""Languages that sites draw. Code in `dot` or `d2` may be an example of these languages, so only Kroki's names for them count."""
_LANGUAGE = regex(r"[{.\s]*(?P<name>[\w-]+)")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* as it is; one problem for each chapter reports the diagrams in it."""
    if not any(name in manuscript.text for name in (*LANGUAGES, "kroki-")):
        return manuscript
    rows = rows_of(manuscript)
    diagrams = [
        (fence, match["name"])
        for fence in boxes.structure(rows).fences
        if (match := _LANGUAGE.match(fence.info)) and (match["name"] in LANGUAGES or match["name"].startswith("kroki-"))
    ]
    if diagrams:
        fence, name = diagrams[0]
        row = rows[fence.line]
        times = f" ({len(diagrams)} in this chapter)" if len(diagrams) > 1 else ""
        message = f"this diagram ({name}) is printed as its source{times}"
        fix = "export it as SVG and include it as an image; to print the source on purpose, write ```text"
        context.tell_at(SOURCE, row, max(row.text.find(fence.mark), 0), message, fix)
    return manuscript
