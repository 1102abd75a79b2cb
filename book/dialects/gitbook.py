"""The blocks of GitBook: `{% hint style="info" %}`, `{% tabs %}`, `{% content-ref %}`, `{% embed %}`, `{% code %}`, `{% file %}`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from book.dialects import boxes
from book.dialects.context import Context, value_of
from book.dialects.formulas import DOUBLED, PROSE
from book.dialects.tags import Edit, Passage, Tag, arguments, fenced, pair
from book.model import Manuscript
from book.patterns import regex
from book.sites.names import title_of

NAMES = (
    "hint|tabs|tab|content-ref|embed|code|file|swagger[a-z-]*|api-method[a-z-]*|openapi[a-z-]*|stepper|step|columns|column|updates|update|"
    r"reusable|prompt|if|code-tabs|code-tabs-item|page-ref|@[\w-]+/[\w-]+"
)
_QUOTED = r"\"(?:[^\"%]|%(?!\}))*+\"|'(?:[^'\n%]|%(?!\}))*+'"
_TAG = regex(rf"(?<!\{{)\{{%\s*(?P<end>end)?(?P<name>{NAMES})(?P<rest>\s(?:{_QUOTED}|[^%{{}}]|%(?!\}}))*+)?%\}}")
_KNOWN = regex(
    r"(?<!\{)\{%\s*(?:hint|tabs?|content-ref|embed|code|file|swagger|api-method|openapi|stepper|step|columns?|updates?|code-tabs|page-ref|@[\w-]+/[\w-]+)\b"
)
_ONE_LINK = regex(r"\[(?P<words>[^\[\]]*)\]\((?P<target>[^()\s]+)\)")
TITLED = {"tab": boxes.PANEL, "code-tabs-item": boxes.PANEL, "hint": "callout-note", "step": boxes.PANEL}
ADDRESS = ("baseUrl", "host", "path")
"""Arguments that together are an address."""
DETAILS = ("in", "type")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with GitBook's blocks as boxes, links and text."""
    if "{%" not in manuscript.text or not _KNOWN.search(manuscript.text):
        return manuscript
    page = Passage(manuscript)
    tags = []
    for match in _TAG.finditer(page.visible):
        words, values = arguments(match["rest"] or "")
        tags.append(
            Tag(
                name=match["name"],
                words=words,
                values=values,
                typed=match[0],
                start=match.start(),
                end=match.end(),
                closing=bool(match["end"]),
            )
        )
    pairs = pair(tags)
    ends = set(pairs.values())
    edits = []
    for number, tag in enumerate(tags):
        context.take(tag.typed)
        if number in pairs:
            edits += _block(page, tag, tags[pairs[number]], context)
        elif number not in ends:
            edits.append(_single(page, tag, context))
    return page.with_edits(edits)


def is_tag(typed: str) -> bool:
    """Return whether *typed* is a tag of GitBook: its start, or its end.

    >>> is_tag("{% endhint %}"), is_tag("{% youtube %}")
    (True, False)
    """
    return _TAG.fullmatch(typed) is not None


def _block(page: Passage, tag: Tag, end: Tag, context: Context) -> list[Edit]:
    """Return the edits for a tag that has an end."""
    indent = page.indent(tag.start)
    first = Edit(start=tag.start, end=tag.end, new=(page.made(indent, tag.start),), block=True)
    last = Edit(start=end.start, end=end.end, new=(page.made(indent, end.start),), block=True)
    if tag.name in TITLED:
        name = TITLED[tag.name]
        if tag.name == "hint":
            name = boxes.CALLOUT + (tag.first("style") or "note")
        title = page.made(tag.values.get("title", ""), tag.start)
        opening = boxes.opened(page.made("", tag.start), name, title, indent=indent)
        return [
            Edit(start=tag.start, end=tag.end, new=tuple(opening), block=True),
            Edit(start=end.start, end=end.end, new=tuple(boxes.closed(page.made("", end.start), indent)), block=True),
        ]
    if tag.name == "code":
        return [_titled(page, tag), last]
    if tag.name in ("embed", "file"):
        inside = page.text[tag.end : end.start].strip()
        link = _link(page, tag, inside)
        return [Edit(start=tag.start, end=end.end, new=(page.made("", tag.start), *link.new, page.made("", end.start)))]
    if tag.name == "content-ref":
        return [first, *_named(page, tag.end, end.start, context), last]
    if spoken := _spoken(tag):
        row = page.made(f"{indent}{spoken}", tag.start)
        return [
            Edit(start=tag.start, end=tag.end, new=(page.made(indent, tag.start), row, page.made(indent, tag.start))),
            last,
        ]
    return [first, last]


def _spoken(tag: Tag) -> str:
    """Return what readers see of the arguments of a tag, as Markdown.

    >>> _spoken(Tag(name="x", values={"method": "get", "host": "https://a.example", "path": "/b", "summary": "List"}, start=0, end=0))
    '**List GET https://a.example/b**'
    >>> _spoken(Tag(name="x", values={"name": "id", "type": "string", "required": "true"}, start=0, end=0))
    '**id** (string, required)'
    """
    values = tag.values
    method, address = values.get("method", "").upper(), "".join(values.get(key, "") for key in ADDRESS)
    pieces = (
        values.get("title"), values.get("summary"), method, address, values.get("date"), values.get("status") or values.get("httpCode"),
        values.get("name"), values.get("description"),
    )  # fmt: skip
    words = " ".join(filter(None, pieces))
    details = [values[key] for key in DETAILS if values.get(key)]
    details += ["required"] if values.get("required") == "true" else []
    return f"**{words}**" + (f" ({', '.join(details)})" if details else "") if words else ""


def _named(page: Passage, start: int, end: int, context: Context) -> list[Edit]:
    """Return the edits that give links whose words are the name of their file the title of its chapter, as GitBook does."""
    edits = []
    for match in _ONE_LINK.finditer(page.visible, start, end):
        words = match["words"].strip()
        is_name = words in ("", ".", "..") or _is_name(words, match["target"])
        title = _title(match["target"], context) if is_name else None
        if title is None and not words:
            title = match["target"].partition("://")[2] or match["target"]
        if title is not None:
            context.take(match["words"])
            edits.append(
                Edit(start=match.start("words"), end=match.end("words"), new=(page.made(title, match.start()),))
            )
    return edits


def _is_name(words: str, target: str) -> bool:
    """Return whether the *words* of a link are the name of the file or folder to which it leads.

    >>> _is_name("guides", "../guides/"), _is_name("api.md", "x/api.md"), _is_name("The API", "api.md")
    (True, True, False)
    """
    plain = target.partition("#")[0].rstrip("/")
    return words.strip("/") in (plain, plain.rpartition("/")[2], target)


def _title(target: str, context: Context) -> str | None:
    """Return the title of the chapter to which *target* leads, None if there is none."""
    path = context.library.chapter(target.partition("#")[0], context.manuscript.path)
    return title_of(context.library.manuscripts[path]) if path else None


def _titled(page: Passage, tag: Tag) -> Edit:
    """Return the edit that puts the title of a block of code above it."""
    indent, title = page.indent(tag.start), tag.values.get("title", "")
    rows = (page.made(f"{indent}`{title}`", tag.start), page.made(indent, tag.start)) if title else ()
    return Edit(start=tag.start, end=tag.end, new=(page.made(indent, tag.start), *rows), block=True)


def _single(page: Passage, tag: Tag, context: Context) -> Edit:
    """Return the edit for a tag without an end."""
    if tag.name == "page-ref" and (target := tag.values.get("page")):
        text = f"[{_title(target, context) or target}](<{target}>)"
        return Edit(start=tag.start, end=tag.end, new=(page.made(text, tag.start),))
    if tag.name.startswith("@mermaid/") and (drawing := tag.values.get("content")):
        rows = fenced([page.made(line, tag.start) for line in drawing.split("\n")], "mermaid", page.made("", tag.start))
        return Edit(start=tag.start, end=tag.end, new=(page.made("", tag.start), *rows), block=True)
    if tag.first("url", "src"):
        return _link(page, tag, "")
    if (title := tag.values.get("title")) and tag.name == "code":
        return Edit(start=tag.start, end=tag.end, new=(page.made(f"`{title}`", tag.start),))
    return Edit(start=tag.start, end=tag.end, new=(page.made("", tag.start),))


def _link(page: Passage, tag: Tag, words: str) -> Edit:
    """Return the edit that replaces a frame or file by a link."""
    address = tag.first("url", "src")
    words = words or tag.values.get("caption") or tag.values.get("name") or ""
    text = f"[{words}](<{address}>)" if words else f"<{address}>" if ":" in address else f"[{address}](<{address}>)"
    return Edit(start=tag.start, end=tag.end, new=(page.made(text if address else words, tag.start),))


_ICON = regex(r"[ \t]?<i class=\"fa-[^\"<>]*\"[^<>]*>(?::[\w-]+:)?</i>")
_ANNOTATED = regex(r"\[(?P<words>[^\[\]\n]+)\]\(#user-content-fn-[\w-]+\)(?=\[\^)")
_EXPRESSION = regex(r"<code class=\"expression\">(?P<name>[\w.\s-]+)</code>")
_MENTION = regex(r"(?<!!)\[(?P<words>[^\[\]\n]*)\]\((?P<target>[^()\s]+)[ \t]+\"mention\"\)")
_BRACKETS = regex(r"<img\s[^<>]*?\bsrc=\"(?P<address><(?P<path>[^<>\"]+)>)\"")
"""The address of an image in angle brackets, as in Markdown, which GitBook writes where it has spaces."""
_ID = regex(
    r"^#{1,6}[ \t][^\n]*?(?<![ \t])(?P<anchor>[ \t]*<a href=\"#(?P<id>[\w.-]+)\" id=\"(?P=id)\"></a>)[ \t]*$",
    re.MULTILINE,
)
"""The id of a heading, as a link to itself without words."""
_TABLE = regex(r"<table\b[^<>\n]*>.*</table>")
_ROW = regex(r"<tr>.*?</tr>")
_CELL = regex(r"<(?P<name>t[hd])\b(?P<attributes>[^<>]*)>(?P<inside>.*?)</(?P=name)>")
_EMPTY_HEAD = regex(r"<thead><tr>(?:<th\b[^<>]*></th>)*</tr></thead>")
_CELL_LINK = regex(r"<a href=\"(?P<target>[^\"]*)\">(?P<words>[^<>]*)</a>")


def spans(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with what GitBook writes inside lines as text: icons, annotations, formulas, values, cards."""
    if not any(mark in manuscript.text for mark in ("<", "#user-content-fn-", "$$", '"mention"')):
        return manuscript
    page = Passage(manuscript)
    return page.with_texts(context, sorted(_spans(page, context)))


def _spans(page: Passage, context: Context) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and new text of each."""
    yield from ((*match.span(), "") for match in _ICON.finditer(page.visible))
    yield from ((*match.span("address"), match["path"]) for match in _BRACKETS.finditer(page.visible))
    yield from ((*match.span("anchor"), f" {{#{match['id']}}}") for match in _ID.finditer(page.visible))
    yield from _mentions(page, context)
    # Code is hidden in the visible text.
    yield from ((*match.span(), page.text[slice(*match.span("words"))]) for match in _ANNOTATED.finditer(page.visible))
    for match in DOUBLED.finditer(page.visible):
        # In a line with other words it is no display; what is prose are prices.
        if not page.is_alone(*match.span()) and not PROSE.search(match["tex"]):
            yield (*match.span(), f"${match['tex'].strip()}$")
    for match in _EXPRESSION.finditer(page.visible):
        value = value_of(match["name"].strip(), context.library.parameters)
        if value is not None and context.has_room(value):
            yield (*match.span(), value)
    for match in _TABLE.finditer(page.visible):
        if "data-hidden" in match[0]:
            yield (*match.span(), _shown(match[0], context))


def _mentions(page: Passage, context: Context) -> Iterator[tuple[int, int, str]]:
    """Yield links to pages that GitBook shows by their titles, without the mark that says so."""
    for match in _MENTION.finditer(page.visible):
        words, target = match["words"].strip(), match["target"]
        path = context.library.chapter(target.partition("#")[0], context.manuscript.path)
        fragment = target.partition("#")[2]
        if path and (_is_name(words, target) or words in ("", target.rpartition("/")[2], f"#{fragment}")):
            words = context.library.title(path, fragment)
        yield (*match.span(), f"[{words}]({target})")


def _shown(table: str, context: Context) -> str:
    """Return a table without the columns that GitBook hides, but with the links of its cards to chapters and to the web."""
    table = _ICON.sub("", table)
    head = _ROW.search(table)
    cells = list(_CELL.finditer(head[0])) if head else []
    hidden = {number for number, cell in enumerate(cells) if "data-hidden" in cell["attributes"]}
    links = {number for number in hidden if re.search(r"content-ref|data-card-target", cells[number]["attributes"])}

    def linked(cell: re.Match[str]) -> str:
        link = _CELL_LINK.search(cell["inside"])
        title = _title(link["target"], context) if link else None
        if link and title is None and "://" in link["target"]:
            title = html.unescape(link["words"]).partition("://")[2] or link["words"]
        if link is None or title is None:
            return f"<{cell['name']}></{cell['name']}>"
        return f'<{cell["name"]}><a href="{link["target"]}">{html.escape(title)}</a></{cell["name"]}>'

    def row(match: re.Match[str]) -> str:
        cells_shown = [
            linked(cell) if number in links else cell[0]
            for number, cell in enumerate(_CELL.finditer(match[0]))
            if number not in hidden or number in links
        ]
        return f"<tr>{''.join(cells_shown)}</tr>"

    return _EMPTY_HEAD.sub("", _ROW.sub(row, table))
