"""What pandoc's own Markdown has, and its GitHub reader has not: headings as targets of `[Heading]`, and verse after `| `.

Books of Quarto and bookdown are written in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from book.dialects.context import Context, headings_of
from book.dialects.rows import Row, join
from book.dialects.tags import Edit, Passage
from book.markdown.footnotes import folded
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_HEADING = regex(r"#{1,6}[ \t]+(?P<text>[^\[\]]{2,}?)[ \t]*#*[ \t]*(?:\{[^{}#]*(?:#(?P<id>[\w:.-]+)[^{}]*)?\}[ \t]*)?$")
_REFERENCE = regex(r"\[(?P<text>[^\[\]\n^@][^\[\]\n]+)\](?![({:])")
_DEFINITION = regex(r"^ {0,3}\[(?P<text>[^\[\]\n]+)\]:", re.M)
_TAG = regex(
    r"[ \t]{0,3}<(?:details|div|section|aside|article|center|blockquote)(?:[ \t][^<>]*)?>[ \t]*", re.IGNORECASE
)
_HTML = regex(r"[ \t]*(?:<|$)")
_VERSE = regex(r"\|(?:[ ](?P<indent>[ ]*)(?P<text>\S.*?))?[ \t]*$")
_CONTINUED = regex(r"[ \t]+\S")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with definitions for the headings that it refers to, and with verse as lines of a paragraph."""
    page = Passage(manuscript)
    return page.with_edits([*_headings(page, context), *_verses(page), *_tags(page)])


def _headings(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield a definition below each heading that a reference names and that no other has the text of.

    In bookdown, where all chapters are one document for pandoc, it may be a heading of another chapter.
    """
    names = {folded(match["text"]) for match in _REFERENCE.finditer(page.visible)}
    names -= {folded(match["text"]) for match in _DEFINITION.finditer(page.visible)}
    headings = [
        (number, match)
        for number, row in enumerate(page.rows)
        if row.text.startswith("#")
        and page.source.sorts[number] is Sort.TEXT
        and (match := _HEADING.match(row.text)) is not None
    ]
    times = Counter(folded(match["text"]) for _, match in headings)
    if "bookdown" in context.library.names:
        elsewhere = [line for name in sorted(names - {*times}) if (line := _definition(name, context))]
        end = len(page.text)
        if elsewhere:
            yield Edit(start=end, end=end, new=tuple(page.made(line, end) for line in ("", *elsewhere)), block=True)
    for number, match in headings:
        if times[folded(match["text"])] > 1 or folded(match["text"]) not in names:
            continue
        row = page.rows[number]
        name = match["id"] or next(headings_of(f"# {match['text']}"), ("", ""))[0]
        if name:
            end = page.starts[number] + len(row.text)
            lines = ("", f"[{match['text']}]: #{name}", "")
            yield Edit(start=end, end=end, new=tuple(row.made(line) for line in lines), block=True)


def _definition(name: str, context: Context) -> str:
    """Return the definition of the heading of another chapter that has the text *name*; empty if there is none."""
    anchor = "-".join(re.findall(r"[\w-]+", name))
    label = context.library.labels.get(anchor)
    if label is None or folded(label.text) != name or label.path == context.manuscript.path:
        return ""
    return f"[{label.text}]: {context.address('/' + label.path)}#{anchor}"


def _tags(page: Passage) -> Iterator[Edit]:
    """Yield a blank line after each line that is only a tag, if Markdown follows: pandoc reads it as Markdown, GitHub as HTML."""
    for number, row in enumerate(page.rows[:-1]):
        below = page.rows[number + 1].text
        if page.source.sorts[number] is Sort.HTML and _TAG.fullmatch(row.text) and not _HTML.match(below):
            end = page.starts[number] + len(row.text)
            yield Edit(start=end, end=end, new=(row.made(""), row.made(""), row.made("")), block=True)


def _verses(page: Passage) -> Iterator[Edit]:
    """Yield verse as a paragraph with a break after each line; a line without words separates stanzas."""
    number = 0
    while number < len(page.rows):
        end = number
        while (
            end < len(page.rows) and page.source.sorts[end] is Sort.TEXT and _is_verse(page, end, first=end == number)
        ):
            end += 1
        # The rows of a table end with a bar, or have one below each other's.
        if end > number and not any(_is_row(row.text) for row in page.rows[number:end]):
            start, last = page.starts[number], page.starts[end - 1] + len(page.rows[end - 1].text)
            yield Edit(start=start, end=last, new=tuple(_lines(page.rows[number:end])), block=True)
        number = max(end, number + 1)


def _is_verse(page: Passage, number: int, *, first: bool) -> bool:
    text = page.rows[number].text
    if first and number and not page.rows[number - 1].is_blank:
        return False
    return bool(_VERSE.match(text)) or (not first and bool(_CONTINUED.match(text)))


def _is_row(text: str) -> bool:
    return text.count("|") > 1 or bool(re.match(r"\|[ \t]*:?-", text))


def _lines(rows: list[Row]) -> Iterator[Row]:
    """Yield the lines of verse in *rows* with hard breaks."""
    for at, row in enumerate(rows):
        match = _VERSE.match(row.text)
        if match is None:
            line = row
        elif match["text"] is None:
            yield row.made("")
            continue
        else:
            line = join(row.made("&nbsp;" * len(match["indent"])), row.cut(match.start("text"), match.end("text")))
        following = _VERSE.match(rows[at + 1].text) if at + 1 < len(rows) else None
        yield join(line, row.made("\\", len(row.text))) if following and following["text"] else line
