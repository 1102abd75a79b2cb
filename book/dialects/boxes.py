"""The common form of boxes: fenced divs with a class for their kind and a heading for their title.

A dialect rewrites its boxes in this form (:func:`opened`, :func:`closed`), and :func:`after` turns each into the form that the other
stages know. Quarto uses the same form.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from book.dialects.context import Context
from book.dialects.rows import Row, join, rows_of, with_rows
from book.markdown.callouts import BARE, callout, holders, is_callout, is_known
from book.markdown.lines import Fence, Sort, Source, read
from book.markdown.nodes import attributes, children, core, node, text
from book.markdown.tree import plain, rewrite, unwrap
from book.model import Manuscript, Node, Nodes
from book.patterns import regex
from book.problems import Kind, Severity

OPEN_BOX = Kind("G141", Severity.WARNING, "a box of another dialect that is never closed")

CALLOUT, PANEL = "callout-", "tab-panel"
TABS = frozenset({"panel-tabset", "tabset", "tabs"})
BOXED = frozenset({"bookdown", "kramdown", "lesson", "myst", "quarto"})
"""Dialects whose boxes have many more names: theorem, exercise, todo."""
THEOREMS: Mapping[str, str] = {
    "thm": "theorem", "lem": "lemma", "cor": "corollary", "prp": "proposition", "cnj": "conjecture", "def": "definition", "exm": "example",
    "exr": "exercise", "sol": "solution", "rem": "remark", "alg": "algorithm", "hyp": "hypothesis", "prf": "proof",
}  # fmt: skip
"""Quarto's theorems and their like, by the beginnings of their ids."""
MARKS = regex(r"(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)|`")
"""The marks of emphasis and code, for a title that is no Markdown."""
HEADING = "###### "
_LETTER = regex(r"[^\s>]")
"""A letter of the mark of a list, before what an item of it holds."""
_CLASS = regex(r"callout-(?!(?:title|header|body|content|icon)\b)([\w-]+)")  # not a part of an own box


def opened(row: Row, name: str, title: Row | None, *, indent: str = "") -> list[Row]:
    """Return the lines that open a box of the class *name*, with *title*, if there is one, as its heading."""
    lines = [row.made(f"{indent}::: {{.{name}}}", len(row.text) - len(row.text.lstrip()))]
    if title is not None and title.text.strip():
        lines += [join(row.made(indent + HEADING), title), row.made(indent)]
    return lines


def closed(row: Row, indent: str = "") -> list[Row]:
    """Return the lines that close a box."""
    return [row.made(indent), row.made(f"{indent}:::"), row.made(indent)]


def body(rows: Sequence[Row]) -> list[Row]:
    """Return the lines of a body without blank ones at either end; a block of code that is never closed ends with it."""
    lines = list(rows)
    while lines and lines[-1].is_blank:
        lines.pop()
    while lines and lines[0].is_blank:
        lines.pop(0)
    fences = read(textwrap.dedent("\n".join(line.text for line in lines))).fences
    left_open = [fence for fence in fences if not fence.closed and fence.end == len(lines)]
    return [*lines, *(_end(lines, fence) for fence in left_open)]


def _end(lines: Sequence[Row], fence: Fence) -> Row:
    """Return the line that closes *fence* where it stands: in the item of a list or the quotation that holds it."""
    opening = lines[fence.line].text
    return lines[-1].made(_LETTER.sub(" ", opening[: opening.find(fence.mark)]) + fence.mark)


def structure(rows: Sequence[Row]) -> Source:
    """Return the sort of each of *rows*: text, code, comment or HTML."""
    return read("\n".join(row.text for row in rows))


def is_text(source: Source, number: int) -> bool:
    """Return whether a line may be syntax of a dialect: it is neither code nor comment."""
    return source.sorts[number] in (Sort.TEXT, Sort.HTML)


_FENCE = regex(r"[ \t>]*(:{3,})[ \t]*(?:\{[^{}]*\}|[\w-]+)?[ \t]*$")
_CLOSING = regex(r"[ \t>]*(:{3,})[ \t]*$")


def lengthen(manuscript: Manuscript, _: Context) -> Manuscript:
    """Return *manuscript* with fences of divs that are longer than any in the code inside them.

    For pandoc, a line of colons in a block of code ends the div around it.
    """
    if ":::" not in manuscript.text:
        return manuscript
    rows = rows_of(manuscript)
    source = structure(rows)
    closing = (
        _CLOSING.match(row.text) for at, row in enumerate(rows) if source.sorts[at] is Sort.CODE and ":::" in row.text
    )
    longest = max((len(match[1]) for match in closing if match), default=0)
    if not longest:
        return manuscript
    result = []
    for at, row in enumerate(rows):
        match = _FENCE.match(row.text) if ":::" in row.text and is_text(source, at) else None
        if match is not None and len(match[1]) <= longest:
            more = row.made(":" * (longest + 1 - len(match[1])), match.start(1))
            result.append(join(row.cut(0, match.start(1)), more, row.cut(match.start(1))))
        else:
            result.append(row)
    return with_rows(manuscript, result)


def after(blocks: Nodes, context: Context) -> Nodes:
    """Return *blocks* with divs that are boxes of a dialect turned into callouts, panels of tabs, or their content."""

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "Div" or is_callout(item):
            return None
        identifier, classes, values = attributes(item)
        kind = next((match[1] for name in classes if (match := _CLASS.fullmatch(name))), None)
        if kind is None and len(classes) == 1 and _is_box(classes[0], context):
            kind = classes[0]
        kind = kind or _of_r(identifier, classes, context)
        inside = children(item)
        if kind is not None:
            title, inside = _heading(inside)
            title = title or text(MARKS.sub("", values.get("title") or values.get("name") or ""))
            if title and kind in THEOREMS.values() and "quarto" in context.library.names:
                title = [*text(f"{kind.capitalize()}: "), *title]
            context.take(" ".join((*classes, *values)))
            return [callout(kind, title, inside, identifier, classes if len(classes) > 1 else ())]
        if PANEL in classes:
            title, inside = _heading(inside)
            label = [node("Para", [node("Strong", title)])] if title else []
            return [*label, *inside]
        if TABS & {*classes}:
            return _panels(inside)
        return None

    return rewrite(blocks, change, within=holders(context.manuscript.text))


def _is_box(name: str, context: Context) -> bool:
    """Return whether a div of the class *name* is a callout, and not an author's own class of that name."""
    return name in BARE or (is_known(name) and bool(context.library.names & BOXED))


def _of_r(identifier: str, classes: Sequence[str], context: Context) -> str | None:
    """Return the box that a div is in Quarto and bookdown: by the beginning of its id, `#thm-line`, or its class, `rmdnote`; None if it is none."""
    if "quarto" not in context.library.names:
        return None
    if not classes:
        prefix, dash, _ = identifier.partition("-")
        return THEOREMS.get(prefix) if dash else None
    name = classes[0].removeprefix("rmd")
    return name if len(classes) == 1 and name != classes[0] and is_known(name) else None


def _heading(inside: Sequence[Node]) -> tuple[list[Node], list[Node]]:
    """Return the heading at the beginning of *inside*, and the rest."""
    first = core(inside[0]) if inside else node("Null")
    if first["t"] != "Header" or not plain(unwrap(children(first))).strip():
        return [], list(inside)
    return children(first), list(inside[1:])


def _panels(inside: Sequence[Node]) -> list[Node]:
    """Return the panels of Quarto's tabs, each below its heading in bold."""
    return [
        node("Para", [node("Strong", children(core(item)))]) if core(item)["t"] == "Header" else item for item in inside
    ]
