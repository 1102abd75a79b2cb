"""What HackMD and HedgeDoc add: frames, `{%youtube id %}`, the names below a quotation, `[name=Ada]`, and lists of tags."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from book.dialects.context import Context
from book.dialects.context import words as words_of
from book.dialects.rows import join
from book.dialects.tags import Edit, Passage
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_FRAME = regex(
    r"(?<!\{)\{%[ \t]*(?P<name>youtube|vimeo|gist|slideshare|speakerdeck|pdf|figma|hackmd|embed|codepen|codesandbox|loom)[ \t]+"
    r"(?P<quote>[\"']?)(?P<target>[^\s\"'%{}<>]+)(?P=quote)[ \t]*%\}"
)
_ADDRESSES: Mapping[str, str] = {
    "youtube": "https://www.youtube.com/watch?v={}",
    "vimeo": "https://vimeo.com/{}",
    "gist": "https://gist.github.com/{}",
    "slideshare": "https://www.slideshare.net/{}",
    "speakerdeck": "https://speakerdeck.com/{}",
    "hackmd": "https://hackmd.io/{}",
}
_TAGS = regex(r"#{1,6}[ \t]+tags:[ \t]*(?:(?:`[^`\n]*`|[\w-]+)[ \t,]*)+")
_SOURCE = regex(r"(?P<quote>[ \t]*(?:>[ \t]*)+)(?P<pairs>(?:\[(?:name|time|color)=[^\[\]\n]*\][ \t]*)+)")
_PAIR = regex(r"\[(?P<key>name|time|color)=(?P<value>[^\[\]\n]*)\]")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with frames as links, the source of a quotation below it, and without tags of the site."""
    text = manuscript.text
    if not any(mark in text for mark in ("{%", "tags:", "[name=", "[time=", "[color=")):
        return manuscript
    page = Passage(manuscript)
    return page.with_edits([*_frames(page, context), *_lines(page, context)])


def _frames(page: Passage, context: Context) -> Iterator[Edit]:
    for match in _FRAME.finditer(page.visible) if "{%" in page.text else ():
        name, target = match["name"], match["target"]
        is_address = re.match(r"https?://", target) is not None
        if not is_address and name not in _ADDRESSES:
            continue
        address = target if is_address else _ADDRESSES[name].format(target)
        context.take(match[0])
        context.taken.subtract(words_of(address))
        yield Edit(start=match.start(), end=match.end(), new=(page.made(f"<{address}>", match.start()),))


def _lines(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the lines with tags, and those below a quotation that say who wrote it, and when."""
    for number, row in enumerate(page.rows):
        if "=" not in row.text and "tags:" not in row.text:
            continue
        source = _SOURCE.fullmatch(row.text)
        start = page.starts[number]
        if page.source.sorts[number] is not Sort.TEXT:
            continue
        if source is not None:
            context.take(row.text)
            pairs = [match for match in _PAIR.finditer(row.text) if match["key"] != "color" and match["value"].strip()]
            pieces = []
            for at, match in enumerate(pairs):
                pieces += [row.made(", " if at else "— "), row.cut(*match.span("value"))]
                context.taken.subtract(words_of(match["value"]))
            quote = row.made(source["quote"].rstrip())
            lines = (quote, join(row.made(f"{source['quote'].rstrip()} "), *pieces)) if pieces else (quote,)
            yield Edit(start=start, end=start + len(row.text), new=lines, block=True)
        elif _TAGS.fullmatch(row.text):
            context.take(row.text)
            yield Edit(start=start, end=start + len(row.text), new=(row.made(""),))
