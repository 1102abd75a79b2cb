"""Blocks of pandoc's own Markdown: raw HTML and LaTeX, code with an id and a caption, examples numbered through a chapter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from book.dialects.context import Context
from book.dialects.tags import Edit, Passage
from book.markdown.lines import Fence, Sort
from book.model import Manuscript
from book.patterns import regex

_RAW = regex(r"\{=(?P<format>[\w-]+)\}")
_RAW_SPAN = regex(r"(?<!`)(?P<mark>`+)(?P<inside>[^`\n]+)(?P=mark)\{=(?P<format>[\w-]+)\}")
_LISTING = regex(r"\{(?P<inside>[^{}]*#(?P<id>[\w:.-]+)[^{}]*)\}")
_CAPTION = regex(r"""lst-cap=(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')""")
_CLASS = regex(r"(?<![\w-])\.(?P<name>[\w+-]+)")
_NAME = regex(r"""(?<![\w-])filename=(?:"[^"]*"|'[^']*')""")
_EXAMPLE = regex(r"(?m:^)(?P<indent>[ ]{0,3})\(@(?P<label>[\w-]*)\)(?P<blank>[ \t]+)(?=\S)")
_EXAMPLE_REFERENCE = regex(r"\(@(?P<round>[\w-]+)\)|(?<![\w@(/.])@(?P<bare>[\w-]*\w)")
HTML = frozenset({"html", "html4", "html5", "epub", "epub3"})
"""Formats whose raw text the editions may show, cleaned as any other."""


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with raw HTML in its place, without text for other formats, and with captions above code."""
    if not any(mark in manuscript.text for mark in ("{=", "(@", "lst-cap=", "#lst-")):
        return manuscript
    page = Passage(manuscript)
    fenced = [edit for fence in page.source.fences for edit in _fence(page, fence, context)]
    return page.with_edits([*fenced, *_spans(page, context), *_examples(page, context)])


def _fence(page: Passage, fence: Fence, context: Context) -> Iterator[Edit]:
    """Yield the edits of one block of code that is raw text, or has an id."""
    row, start = page.rows[fence.line], page.starts[fence.line]
    last = min(fence.end, len(page.rows)) - 1
    end = page.starts[last] + len(page.rows[last].text)
    indent = page.indent(start)
    if raw := _RAW.fullmatch(fence.info.strip()):
        context.take(row.text)
        inside = page.rows[fence.line + 1 : last if fence.closed else last + 1]
        if raw["format"].lower() in HTML:
            yield Edit(start=start, end=end, new=(row.made(""), *inside, row.made("")), block=True)
            return
        context.take("\n".join(line.text for line in inside))
        yield Edit(start=start, end=end, new=(row.made(indent),), block=True)
        return
    listing = _LISTING.fullmatch(fence.info.strip())
    if listing is None:
        return
    caption = _CAPTION.search(listing["inside"])
    language = _CLASS.search(listing["inside"])
    name = _NAME.search(listing["inside"])
    words = next(filter(None, (caption["double"], caption["single"])), "") if caption else ""
    context.take(fence.info)
    context.taken.subtract(words.casefold().split())
    title = f'{indent}<span id="{listing["id"]}"></span>{words}'
    pieces = " ".join(filter(None, (f".{language['name']}" if language else "", name[0] if name else "")))
    info = f"{{{pieces}}}" if name else language["name"] if language else ""
    opening = (row.made(title), row.made(indent), row.made(f"{indent}{fence.mark}{info}"))
    yield Edit(
        start=start, end=end, new=(row.made(indent), *opening, *page.rows[fence.line + 1 : last + 1]), block=True
    )


def _spans(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield raw text inside lines: HTML as it is, text for other formats gone."""
    for match in _RAW_SPAN.finditer(page.text):
        if page.source.sorts[page.at(match.start())[0]] is not Sort.TEXT:
            continue
        context.take(match[0])
        is_html = match["format"].lower() in HTML
        if is_html:
            context.taken.subtract(re.findall(r"\w+", match["inside"].casefold()))
        new = match["inside"] if is_html else ""
        yield Edit(start=match.start(), end=match.end(), new=(page.made(new, match.start()),))


def _examples(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the numbers of examples, `(@good) A sentence.`, and of references to them."""
    items = list(_EXAMPLE.finditer(page.visible))
    numbers = {match["label"]: number for number, match in enumerate(items, 1) if match["label"]}
    starts = {match.start() + len(match["indent"]) for match in items}
    for number, match in enumerate(items, 1):
        context.take(match["label"])
        at = match.start() + len(match["indent"])
        yield Edit(start=at, end=match.end(), new=(page.made(f"({number}) ", at),))
    for match in _EXAMPLE_REFERENCE.finditer(page.visible) if numbers else ():
        label = match["round"] or match["bare"]
        if label in numbers and match.start() not in starts:
            context.take(label)
            new = f"({numbers[label]})" if match["round"] else str(numbers[label])
            yield Edit(start=match.start(), end=match.end(), new=(page.made(new, match.start()),))
