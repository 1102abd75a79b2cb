"""Containers between colons: `:::note Title`, `:::tip[Title]` and `::: details` of Docusaurus, VuePress and VitePress, `:::{note}` of MyST."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from book.dialects import boxes
from book.dialects.context import Context, words
from book.dialects.quotations import begun, in_quotations, inside_item
from book.dialects.rows import Row, join, rows_of, with_rows
from book.dialects.tags import UNREAD
from book.markdown.callouts import CALLOUTS, SYNONYMS, is_known
from book.markdown.lines import LIST_MARKER, Source
from book.model import Manuscript
from book.patterns import regex
from book.problems import Kind, Severity, nearest

MISSPELT = Kind("G156", Severity.WARNING, "a container whose name is almost that of a box")

SHORTEST = 3
"""The fewest colons of a fence."""
_OPEN = regex(r"(?P<indent>[ \t]*)(?P<marks>:{3,})[ \t]*(?P<rest>\S.*?)(?:[ \t]+:{3,})?[ \t]*$")
_ITEM = regex(rf"[ \t]*(?:{LIST_MARKER}[ \t]+)+(?=:{{3}})")
_CLOSE = regex(r"[ \t]*(:{3,})[ \t]*$")
_NAMED = regex(
    r"(?P<name>[A-Za-z][\w-]*)(?:\[(?P<bracketed>.*)\])?(?P<attributes>[ \t]*\{[^{}]*\})?(?:[ \t]+(?P<title>[^\s{].*?))?(?P<more>[ \t]*\{[^{}]*\})?$"
)
_TITLE = regex(r"[\s{](?:title|name|summary)=(?P<words>\"[^\"]*[^\"\s][^\"]*\"|'[^']*[^'\s][^']*')")
_CLASS_ALONE = regex(r"\{[ \t]*\.(?P<name>[\w-]+)[ \t]*\}")
_TAB = regex(r"[ \t]*@tab(?::active)?(?:#\S+)?[ \t]+(?P<name>\S.*?)[ \t]*$")
_HEADING = regex(r"[ \t]{0,3}#{1,6}(?=[ \t])")
_GENERATED = regex(r"(?P<indent>[ \t]*):::[ \t]+(?:[A-Za-z_]\w*(?:\.\w+)+|mkdocs-[\w-]+)[ \t]*$")
"""A line for which mkdocstrings and similar tools print the documentation of a program."""
_GENERATED_HEADING = regex(r"[ \t>]{0,8}#{1,6}[ \t]+(?P<mark>:::[ \t]+)[A-Za-z_]\w*(?:\.\w+)+[ \t]*$")
WITHOUT_MEANING = frozenset("v-pre raw code-group codegroup slots".split())
"""Containers that have no effect on paper."""
PANELS = frozenset({"tab", "tab-item", "slot", "code-group-item"})


_OPTION = regex(r"[ \t]*:[A-Za-z][\w-]*:(?:[ \t]|$)")


class _Open(Struct):
    """An open container."""

    line: int
    marks: str
    indent: str
    above: int
    """The level of the heading above it."""
    known: bool
    """Whether its opening lines were inserted; then its end is inserted, too."""


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with containers between colons as fenced divs, each closed at the end of its section at the latest."""
    if ":::" not in manuscript.text:
        return manuscript
    rows = rows_of(manuscript)
    if "@tab" in manuscript.text:
        rows = list(_with_tabs(rows, context))
    return with_rows(manuscript, _read(rows, context))


def _read(typed: Sequence[Row], context: Context) -> list[Row]:
    """Return the lines *typed* with the containers among them, and in their quotations, as fenced divs."""
    rows = in_quotations(typed, ":::", lambda inside: _read(inside, context))
    source = boxes.structure(rows)
    result: list[Row] = []
    stack: list[_Open] = []
    unclosed = _unclosed(rows, source)
    level = 0
    skip = 0
    optional = False  # whether options of a directive may follow
    for number, row in enumerate(rows):
        if skip and not row.is_blank and row.indent >= skip:
            context.take(row.text)
            continue
        inner = inside_item(row, _ITEM)
        optional = optional and bool(_OPTION.match(row.text))
        if optional:
            context.take(row.text)
            continue
        skip = skip if row.is_blank else 0
        if not boxes.is_text(source, number):
            result.append(row)
            continue
        heading = _HEADING.match(row.text)
        if heading is not None:
            depth = heading[0].count("#")
            while stack and 0 < depth <= stack[-1].above and stack[-1].line in unclosed:
                result += _left_open(stack.pop(), rows, row, context)
            level = level if stack else depth
        if "#" in row.text and (generated := _GENERATED_HEADING.match(row.text)) is not None:
            context.tell_once(UNREAD, row.place(generated.start("mark")), ":::", _generated(row), _REMOVE)
            result.append(join(row.cut(0, generated.start("mark")), row.cut(generated.end("mark"))))
            context.take(generated["mark"])
        elif (page := _GENERATED.match(row.text)) is not None:
            context.tell_once(UNREAD, row.place(len(page["indent"])), ":::", _generated(row), _REMOVE)
            context.take(row.text)
            skip = row.indent + 4
        elif (close := _CLOSE.match(row.text)) is not None and stack:
            result += _close(row, close[1], stack)
        elif (match := _OPEN.match(inner.text)) is not None:
            opening = _opening(inner, match, stack, number, level, context)
            result += opening if inner is row else begun(row.cut(0, len(inner.lead)), opening)
            optional = match["rest"].startswith("{") and "myst" in context.library.names
        else:
            result.append(row)
    while stack:
        result += _left_open(stack.pop(), rows, rows[-1], context)
    return result


def _with_tabs(rows: list[Row], context: Context) -> Iterator[Row]:
    """Yield *rows* with the names of VuePress's tabs in bold type."""
    source = boxes.structure(rows)
    for number, row in enumerate(rows):
        tab = _TAB.match(row.text) if boxes.is_text(source, number) else None
        if tab is None:
            yield row
        else:
            context.take(row.text[: tab.start("name")])
            yield from (
                row.made(""),
                join(row.made("**"), row.cut(tab.start("name"), tab.end("name")), row.made("**")),
                row.made(""),
            )


_REMOVE = "write what it stands for, or remove it"


def _generated(row: Row) -> str:
    return f"'{row.text.strip('># ')[:60]}' stands for pages that the site makes from a program; it is left out"


def _unclosed(rows: list[Row], source: Source) -> frozenset[int]:
    """Return the lines that open a container which no later line closes."""
    stack: list[tuple[int, str]] = []
    for number, row in enumerate(rows):
        if ":::" not in row.text or not boxes.is_text(source, number):
            continue
        close = _CLOSE.match(row.text)
        if close is not None and stack:
            same = [at for at, (_, marks) in enumerate(stack) if marks == close[1]]
            del stack[same[-1] if same else len(stack) - 1 :]
        elif (
            close is None
            and (match := _OPEN.match(inside_item(row, _ITEM).text)) is not None
            and not _GENERATED.match(row.text)
        ):
            stack.append((number, match["marks"]))
    return frozenset(number for number, _ in stack)


def _opening(
    row: Row, match: re.Match[str], stack: list[_Open], number: int, level: int, context: Context
) -> list[Row]:
    """Return the lines that open a container."""
    rest, indent = match["rest"], match["indent"]
    start = match.start("rest")
    container = _Open(number, match["marks"], indent, level, known=True)
    if (braced := re.fullmatch(r"\{([\w:-]+)\}[ \t]*(.*)", rest)) is not None:
        stack.append(container)
        _check(braced[1], row, start, context)
        title = row.cut(start + braced.start(2), start + len(rest)) if braced[2] else None
        return boxes.opened(row, _class(braced[1]), title, indent=indent)
    named = _NAMED.fullmatch(rest)
    if named is None or rest.startswith("{"):
        if not rest.startswith("{"):
            return [row]
        stack.append(container)
        if (alone := _CLASS_ALONE.fullmatch(rest)) is not None:
            _check(alone["name"], row, start, context)
        return [_shortened(row, match)]
    stack.append(container)
    context.take(" ".join((named["name"], named["attributes"] or "", named["more"] or "")))
    key = "bracketed" if named["bracketed"] else "title"
    label = (named[key] or "").removesuffix(":active") if named["name"] == "code-group-item" else named[key]
    if named[key] and label != named[key]:
        context.take("active")
    title = row.cut(start + named.start(key), start + named.start(key) + len(label)) if label else None
    title = title or _titled(row, start, named, context)
    _check(named["name"], row, start, context)
    if named["name"] in WITHOUT_MEANING:
        return boxes.opened(row, "container", None, indent=indent)
    if title is not None and _class(named["name"]) == named["name"]:
        # Its heading would be a section, and stand in the contents.
        title = join(row.made(f"{indent}**"), title, row.made("**"))
        return [*boxes.opened(row, named["name"], None, indent=indent), title, row.made(indent)]
    return boxes.opened(row, _class(named["name"]), title, indent=indent)


def _titled(row: Row, start: int, named: re.Match[str], context: Context) -> Row | None:
    """Return the title among the attributes of a container, `::: note {title="Words"}`; None if there is none."""
    for key in ("attributes", "more"):
        if title := _TITLE.search(named[key] or ""):
            context.taken.subtract(words(title["words"]))
            at = start + named.start(key)
            return row.cut(at + title.start("words") + 1, at + title.end("words") - 1)
    return None


def _check(name: str, row: Row, at: int, context: Context) -> None:
    """Report a *name* that is almost that of a box: without a box, nobody sees what the author meant."""
    if is_known(name.removeprefix("rmd")) or name in PANELS | WITHOUT_MEANING | {"details"}:
        return
    near = nearest(name.casefold(), CALLOUTS | SYNONYMS.keys(), alike=0.8)
    if near is not None:
        message = f"there is no box '{name}'; its text is printed without a box"
        context.tell_at(MISSPELT, row, at, message, f"did you mean {near}?")


def _shortened(row: Row, match: re.Match[str]) -> Row:
    """Return a line that opens a div with as many colons as the line that will close it."""
    return join(row.cut(0, match.start("marks") + SHORTEST), row.cut(match.end("marks"), match.end("rest")))


def _class(name: str) -> str:
    """Return the class of a box that is called *name*."""
    if is_known(name):
        return boxes.CALLOUT + name.casefold()
    return boxes.PANEL if name in PANELS or name == "details" else name.replace(":", "-")


def _close(row: Row, marks: str, stack: list[_Open]) -> list[Row]:
    """Return the lines that close the container to which *marks* belong, and those inside it."""
    same = [at for at, container in enumerate(stack) if container.marks == marks]
    at = same[-1] if same else len(stack) - 1
    lines: list[Row] = []
    while len(stack) > at:
        lines += boxes.closed(row, stack.pop().indent)
    return lines


def _left_open(container: _Open, rows: list[Row], row: Row, context: Context) -> list[Row]:
    """Return the lines that close a container which its author left open, and report it."""
    opening = rows[container.line]
    message = f"this box is never closed: '{opening.text.strip()[:60]}'; it ends with its section"
    fix = f"write {container.marks} on a line of its own where it ends"
    context.tell_at(boxes.OPEN_BOX, opening, len(container.indent), message, fix)
    return boxes.closed(row, container.indent)
