"""What Retype writes: boxes between `!!!`, tabs between `+++`, panels between `===`, columns between `|||`, and `[!badge …]`, `[!ref](…)`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from book.dialects import boxes
from book.dialects.context import Context, words
from book.dialects.includes import included, is_there, without_front_matter
from book.dialects.line_includes import chosen
from book.dialects.rows import Row, join, rows_of, with_rows
from book.dialects.tags import Edit, Passage, arguments, fenced
from book.markdown.callouts import is_known
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_BOX = regex(r"[ \t]*!!!(?P<more>[!]*)(?:[ \t]*(?P<kind>[a-z]+)(?=[ \t]|$))?(?:[ \t]+(?P<title>\S.*?))?[ \t]*")
_TAB = regex(r"[ \t]*\+{3,}(?:[ \t]+(?P<title>\S.*?))?[ \t]*")
_PANEL = regex(r"[ \t]*(?:={3,}|==-|=={1,2}!)(?:[ \t]+(?P<title>\S.*?))?[ \t]*")
_CODE = regex(r"[ \t]*:::[ \t]*code\b(?P<values>[^\n]*?):::[ \t]*")
_FENCED = regex(
    r"(?P<fence>[ \t]*(?:`{3,}|~{3,})[ \t]*[\w+-]+)[ \t]+(?:![#\w-]*|#[\d,-]*)?[ \t]*(?P<title>[^\s{#!=\"][^{}=\"]*?)?[ \t]*"
)
"""The lines that are marked, or whether lines have numbers, and a title after the language of code."""
_COLUMN = regex(r"[ \t]*\|{3}(?:[ \t]+(?P<title>\S.*?))?[ \t]*")
_INCLUDE = regex(r"[ \t]*\{\{[ \t]*include[ \t]+\"?(?P<name>[^\"{}\s]+)\"?[^{}]*\}\}[ \t]*")
_COMPONENT = regex(
    r"\[!(?P<name>badge|button|ref|embed|file|icon|youtube|video)(?P<rest>(?:[ \t]+(?:\"[^\"\n]*\"|[^\[\]\"\n])*)?)\](?:\((?P<address>[^()\s]*)\))?"
)
_ICON = regex(r":icon-[\w-]+:[ \t]?")
ENDINGS = ("", ".md")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with these blocks as boxes and panels, and these components as links and words."""
    page = Passage(with_rows(manuscript, list(_blocks(rows_of(manuscript), context))))
    return page.with_edits(_inline(page, context))


def _blocks(rows: Sequence[Row], context: Context) -> Iterator[Row]:
    sorts = boxes.structure(rows).sorts
    stack: list[str] = []
    for at, row in enumerate(rows):
        text = row.text.lstrip()
        if code := _CODE.fullmatch(row.text) if ":::" in text else None:
            yield from _code(row, code, context)
        elif sorts[at] is Sort.FENCE and (fence := _FENCED.fullmatch(row.text)):
            context.take(row.text[fence.end("fence") :])
            context.taken.subtract(words(fence["title"] or ""))
            title = f' title="{fence["title"]}"' if fence["title"] else ""
            yield join(row.cut(0, fence.end("fence")), row.made(title))
        elif sorts[at] in (Sort.CODE, Sort.COMMENT, Sort.BLANK, Sort.FENCE) or text[:2] not in (
            "!!",
            "++",
            "==",
            "||",
            "{{",
        ):
            yield row
        elif (include := _INCLUDE.fullmatch(row.text)) and (lines := _included(row, include, context)) is not None:
            yield from (row.made(""), *lines, row.made(""))
        elif (box := _BOX.fullmatch(row.text)) and (stack[-1:] != ["!"] or not (box["kind"] or box["title"])):
            yield from _box(row, box, stack, rows[at + 1 :], context)
        else:
            ways = (("+", _TAB), ("=", _PANEL), ("|", _COLUMN))
            mark, match = next(
                ((sign, match) for sign, pattern in ways if (match := pattern.fullmatch(row.text))), ("", None)
            )
            yield from _panel(row, mark, match, stack) if match else (row,)


def _code(row: Row, code: re.Match[str], context: Context) -> list[Row]:
    """Return the lines of a file that a line shows as code, all or those that it names."""
    _, values = arguments(code["values"])
    lines = included(row, values.get("source", ""), context)
    context.take(row.text)
    if lines is None:
        return [row.made(values.get("source", ""))]
    language = values.get("language") or values.get("source", "").rpartition(".")[2]
    title = f' title="{values["title"]}"' if values.get("title") else ""
    body = chosen(lines, values.get("range", ""), values.get("region", ""))
    return [row.made(""), *fenced(body, language + title, row), row.made("")]


def _box(row: Row, box: re.Match[str], stack: list[str], rest: Sequence[Row], context: Context) -> Iterator[Row]:
    """Yield the lines for the beginning or the end of a box."""
    if stack[-1:] == ["!"]:
        stack.pop()
        yield from boxes.closed(row)
    elif not any(_BOX.fullmatch(line.text) for line in rest):
        yield row  # it is never closed
    else:
        stack.append("!")
        kind = box["kind"] or "note"
        context.take(kind)
        title = row.cut(*box.span("title")) if box["title"] else None
        yield row.made("")
        yield from boxes.opened(row, boxes.CALLOUT + (kind if is_known(kind) else "note"), title)


def _panel(row: Row, mark: str, match: re.Match[str], stack: list[str]) -> Iterator[Row]:
    """Yield the lines for the beginning or the end of a tab, a panel or a column; one ends where the next one begins."""
    is_open = stack[-1:] == [mark]
    if not is_open and not match["title"]:
        yield row
        return
    if is_open:
        stack.pop()
        yield from boxes.closed(row)
    if match["title"]:
        stack.append(mark)
        yield row.made("")
        yield from boxes.opened(row, boxes.PANEL, row.cut(*match.span("title")))


def _included(row: Row, include: re.Match[str], context: Context) -> list[Row] | None:
    """Return the lines of a file that a line includes, from the folder for them; None, with a problem, if there is none."""
    names = [f"/_includes/{include['name']}{ending}" for ending in ENDINGS]
    name = next((name for name in names if is_there(row, name, context, ())), include["name"])
    lines = included(row, name, context, at=include.start("name"))
    context.take(row.text)
    return None if lines is None else without_front_matter(lines)


def _inline(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the edits for components and icons in lines."""
    for match in _ICON.finditer(page.visible) if ":icon-" in page.text else ():
        context.take(match[0])
        yield Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()),))
    for match in _COMPONENT.finditer(page.visible) if "[!" in page.text else ():
        start, end = match.span()
        shown, values = arguments(page.text[match.start("rest") : match.end("rest")])
        address = match["address"] or values.get("link") or ""
        text = values.get("text") or " ".join(shown)
        if match["name"] == "youtube" and address and "://" not in address:
            address = f"https://www.youtube.com/watch?v={address}"
        if match["name"] == "icon":
            new = ""
        elif address and not text and "://" in address:
            new = f"<{address}>"
        elif address:
            new = (
                f"[{text}](<{address}>)"
                if text or match["name"] == "ref"
                else f"[{address.rpartition('/')[2]}](<{address}>)"
            )
        else:
            new = text
        context.take(match[0])
        context.taken.subtract(words(new))
        yield Edit(start=start, end=end, new=(page.made(new, start),))
