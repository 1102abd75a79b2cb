"""HTML with `markdown="1"`, as kramdown and Python-Markdown read it: what is inside gets blank lines around it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from book.dialects.context import Context
from book.dialects.quotations import QUOTING
from book.dialects.rows import join
from book.dialects.tags import Edit, Passage
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_MARKDOWN = regex(
    r"<(?P<name>[a-z][a-z0-9-]*)\b(?P<before>[^<>]*?)\s+markdown(?:\s*=\s*(?P<value>\"[^\"]*\"|'[^']*'|\w+))?(?=[\s>])(?P<after>[^<>]*)>"
)
_IMAGE = regex(r"[ \t]*<img\b[^<>]*>[ \t]*")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with blank lines around Markdown inside HTML."""
    page = Passage(manuscript)
    edits: list[Edit] = []
    for match in _MARKDOWN.finditer(page.text):
        line, column = page.at(match.start())
        if page.source.sorts[line] not in (Sort.TEXT, Sort.HTML) or page.visible[match.start()] != "<":
            continue
        name = match["name"]
        context.take(f"markdown {match['value'] or ''}")
        tag = page.made(f"<{name}{match['before']}{match['after']}>", match.start())
        if name in ("span", "a", "em", "strong", "small", "sup", "sub", "b", "i", "td", "th") or page.rows[line].text[
            :column
        ].strip(" \t>"):
            edits.append(Edit(start=match.start(), end=match.end(), new=(tag,)))
            continue
        indent = page.indent(match.start())
        tag = join(page.made(indent[:3], match.start()), tag)
        quoting = QUOTING.match(page.rows[line].text, 0, column)
        edits.append(
            Edit(
                start=page.starts[line] + (quoting.end() if quoting else 0) if not indent.strip() else match.start(),
                end=match.end(),
                new=(tag, tag.made("")),
                block=True,
            )
        )
        end = _end(page, name, match.end())
        if end is not None:
            close = page.made(f"{indent[:3]}</{name}>", end[0])
            edits.append(Edit(start=end[0], end=end[1], new=(close.made(""), close, close.made("")), block=True))
            edits += _images(page, line + 1, page.at(end[0])[0])
    return page.with_edits(edits)


def _end(page: Passage, name: str, start: int) -> tuple[int, int] | None:
    """Return the offset at which the element *name*, open at *start*, ends."""
    depth = 1
    for match in re.compile(rf"<(/?){name}\b[^<>]*>").finditer(page.text, start):
        if page.visible[match.start()] != "<" or match[0].endswith("/>"):
            continue
        depth += -1 if match[1] else 1
        if not depth:
            return match.span()
    return None


def _images(page: Passage, first: int, last: int) -> Iterator[Edit]:
    """Yield a blank line below each image alone on its line from *first* to *last* above words, which would be HTML with it."""
    for number in range(first, last - 1):
        row, above, below = page.rows[number], page.rows[number - 1], page.rows[number + 1]
        begins = above.is_blank or above.text.rstrip().endswith(">")
        is_image = page.source.sorts[number] is Sort.HTML and _IMAGE.fullmatch(row.text) is not None
        if begins and is_image and not below.is_blank and not below.text.lstrip().startswith("<"):
            end, at = page.starts[number] + len(row.text), page.starts[number + 1]
            yield Edit(start=end, end=end, new=(below.made(""),), block=True)
            yield Edit(start=at, end=at + len(below.lead), new=(below.made(below.lead[:3]),))
