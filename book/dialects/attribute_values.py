"""Values of attributes in braces: single quotes, which pandoc reads in its own Markdown only, become double ones; `alt="…"` becomes the words of its image."""

from __future__ import annotations

import re
from collections.abc import Iterator

from book.dialects.context import Context
from book.dialects.tags import Edit, Passage
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_ATTRIBUTE = r"(?:[.#]?[\w:-]+(?:=(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s{}\"']*))?)"
_BRACES = regex(rf"(?<![\\{{])\{{:?[ \t]*{_ATTRIBUTE}(?:[ \t]+{_ATTRIBUTE})*[ \t]*\}}")
_SINGLE = regex(r"(?<==)'(?P<value>[^'\n]*)'")
_DOUBLE = regex(r"\"[^\"\n]*\"")
_OWNED = regex(r"[ ]{0,3}(?:#{1,6}[ \t]|:{3,})")
"""A heading, or the fence of a div: attributes after a space are theirs."""
ENDS = (")", "]", "`", "*", "_")
"""What ends an element to which pandoc gives attributes: a link or image, code, emphasis."""
_IMAGE = regex(
    r"!\[(?P<words>(?:[^\[\]\n\\]|\\.)*)\]\((?:<[^<>\n]+>|(?:[^()\n]|\([^()\n]*\))+)\)"
    r"\{(?P<braces>[^{}\n]*?(?P<key>(?<![\w-])(?:fig-)?alt=\"(?P<alt>(?:[^\"\n\\]|\\.)*)\")[^{}\n]*)\}"
)


def before(manuscript: Manuscript, _: Context) -> Manuscript:
    """Return *manuscript* with double quotes around the values of attributes."""
    if "='" not in manuscript.text or "{" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    return page.with_edits(_quoted(page))


def _quoted(page: Passage) -> Iterator[Edit]:
    for match in _BRACES.finditer(page.text):
        start, end = match.span()
        line, column = page.at(start)
        text = page.rows[line].text
        # The last letter of inline code is hidden there, but its attributes are not.
        if "='" not in match[0] or page.visible[start:end] != match[0] or page.source.sorts[line] is not Sort.TEXT:
            continue
        if not text[:column].endswith(ENDS) and not (_OWNED.match(text) and not text[column + len(match[0]) :].strip()):
            continue
        doubled = [span.span() for span in _DOUBLE.finditer(match[0])]
        for value in _SINGLE.finditer(match[0]):
            if any(first < value.start() < last for first, last in doubled):
                continue
            at, to = start + value.start(), start + value.end()
            yield Edit(start=at, end=at + 1, new=(page.made('"', at),))
            for mark in re.finditer('"', value["value"]):
                inside = at + 1 + mark.start()
                yield Edit(start=inside, end=inside, new=(page.made("\\", inside),))
            yield Edit(start=to - 1, end=to, new=(page.made('"', to - 1),))


def alternatives(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the attribute `alt` of images in the place of their words, where sites put it."""
    if "alt=" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    edits = []
    for match in _IMAGE.finditer(page.visible):
        start, end = match.span("words")
        first, last = match.span("braces")
        rest = " ".join(match["braces"].replace(match["key"], "").split())
        alt = match["alt"].replace('\\"', '"').replace("[", "\\[").replace("]", "\\]")
        context.take(match["words"])
        context.take("fig alt")
        edits.append(Edit(start=start, end=end, new=(page.made(alt, start),)))
        new = f"{{{rest}}}" if rest and rest != ":" else ""
        edits.append(Edit(start=first - 1, end=last + 1, new=(page.made(new, first),)))
    return page.with_edits(edits)
