"""The blocks of GitBook: `{% hint style="info" %}`, `{% tabs %}`, `{% content-ref %}`, `{% embed %}`, `{% code %}`, `{% file %}`."""

from __future__ import annotations

import re

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.tags import Edit, Passage, Tag, arguments, pair
from book.model import Manuscript

NAMES = (
    "hint|tabs|tab|content-ref|embed|code|file|swagger|swagger-description|swagger-parameter|swagger-response|api-method|"
    "api-method-summary|api-method-description|api-method-spec|api-method-request|api-method-response|api-method-parameter|"
    "api-method-path-parameters|api-method-query-parameters|api-method-body-parameters|api-method-headers|"
    r"api-method-response-example|openapi|openapi-operation|stepper|step|columns|column|updates|update|reusable|prompt|if|@[\w-]+/[\w-]+"
)
_TAG = re.compile(rf"(?<!\{{)\{{%\s*(?P<end>end)?(?P<name>{NAMES})(?P<rest>\s(?:[^%{{}}]|%(?!\}}))*?)?\s*%\}}")
_KNOWN = re.compile(
    r"(?<!\{)\{%\s*(?:hint|tabs?|content-ref|embed|code|file|swagger|api-method|openapi|stepper|step|columns?|updates?|@[\w-]+/[\w-]+)\b"
)
TITLED = {"tab": boxes.PANEL, "hint": "callout-note", "step": boxes.PANEL}
SPOKEN = ("title", "summary", "method", "path", "name", "description")


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
            edits += _block(page, tag, tags[pairs[number]])
        elif number not in ends:
            edits.append(_single(page, tag))
    return page.with_edits(edits)


def _block(page: Passage, tag: Tag, end: Tag) -> list[Edit]:
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
    if spoken := " ".join(tag.values[key] for key in SPOKEN if tag.values.get(key)):
        row = page.made(f"{indent}**{spoken}**", tag.start)
        return [
            Edit(start=tag.start, end=tag.end, new=(page.made(indent, tag.start), row, page.made(indent, tag.start))),
            last,
        ]
    return [first, last]


def _titled(page: Passage, tag: Tag) -> Edit:
    """Return the edit that puts the title of a block of code above it."""
    indent, title = page.indent(tag.start), tag.values.get("title", "")
    rows = (page.made(f"{indent}`{title}`", tag.start), page.made(indent, tag.start)) if title else ()
    return Edit(start=tag.start, end=tag.end, new=(page.made(indent, tag.start), *rows), block=True)


def _single(page: Passage, tag: Tag) -> Edit:
    """Return the edit for a tag without an end."""
    if tag.first("url", "src"):
        return _link(page, tag, "")
    if (title := tag.values.get("title")) and tag.name == "code":
        return Edit(start=tag.start, end=tag.end, new=(page.made(f"`{title}`", tag.start),))
    return Edit(start=tag.start, end=tag.end, new=(page.made("", tag.start),))


def _link(page: Passage, tag: Tag, words: str) -> Edit:
    """Return the edit that replaces a frame or file by a link."""
    address = tag.values.get("url") or tag.values.get("src") or ""
    words = words or tag.values.get("caption") or tag.values.get("name") or ""
    text = f"[{words}](<{address}>)" if words else f"<{address}>" if ":" in address else f"[{address}](<{address}>)"
    return Edit(start=tag.start, end=tag.end, new=(page.made(text if address else words, tag.start),))
