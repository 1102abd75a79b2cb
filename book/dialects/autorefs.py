"""References of mkdocs-autorefs: `[words][heading]` and ``[`module.name`][]`` lead to a heading, or to documentation that a program makes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from book.dialects.context import Context
from book.dialects.tags import UNREAD, Edit, Passage
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_REFERENCE = regex(r"(?<![!\]\\])\[(?P<words>(?:[^\[\]\n\\]|\\.)+)\]\[(?P<name>[^\[\]\n^]*)\](?![(\[])")
_DEFINED = regex(r"^[ ]{0,3}\[(?P<name>[^\[\]\n]+)\]:[ \t]*\S", re.MULTILINE)


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with references that no line of it defines as links to headings of the book, or as their words."""
    if "][" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    return page.with_edits(_edits(page, context))


def _edits(page: Passage, context: Context) -> Iterator[Edit]:
    defined = {" ".join(match["name"].casefold().split()) for match in _DEFINED.finditer(page.visible)}
    for match in _REFERENCE.finditer(page.text):
        start, end = match.span()
        number = page.at(start)[0]
        is_shown = page.visible[start] == "[" and page.visible[end - 1] == "]"
        name = match["name"] or match["words"].strip("`")
        known = {" ".join(text.casefold().split()) for text in (match["name"] or match["words"], name)}
        if not is_shown or page.source.sorts[number] is not Sort.TEXT or known & defined:
            continue
        address = _address(name, context) or _address("-".join(name.casefold().split()), context)
        if address is None:
            message = f"the reference '{match[0][:60]}' leads to no heading of this book; its words are printed"
            context.tell_once(UNREAD, page.place(start), "autoref", message, "write a link, [words](file.md)")
        context.take(match["name"])
        words_start, words_end = match.span("words")
        closing = f"](<{address}>)" if address is not None else ""
        opening = "[" if address is not None else ""
        yield Edit(start=start, end=words_start, new=(page.made(opening, start),))
        yield Edit(start=words_end, end=end, new=(page.made(closing, words_end),))


def _address(name: str, context: Context) -> str | None:
    """Return the address of the only heading of the book whose id is *name*, that of this chapter before all others."""
    paths = context.library.headings.get(name.casefold(), ())
    if context.manuscript.path in paths:
        return f"#{name}"
    if len(paths) == 1 and (chapter := context.address(f"/{paths[0]}")):
        return f"{chapter}#{name}"
    return None
