"""Marks of blocks in notes, `Words. ^name`: they are not printed, and links to them (`[[note#^name]]`, `[x](note.md#^name)`) lead to the block."""

from __future__ import annotations

import re
from collections.abc import Iterator

from book.dialects.context import Context
from book.dialects.tags import Edit, Passage
from book.markdown.lines import Sort
from book.patterns import regex
from book.problems import Kind, Place, Severity

ABSENT = Kind("G152", Severity.NOTE, "a wiki link to a page, or to a block, that is not in the book")

_MARK = regex(
    r"(?<=\S)[ \t]+\^(?P<name>[a-zA-Z0-9-]+)(?=[ \t]*$)|^[ \t]*\^(?P<alone>[a-zA-Z0-9-]+)(?=[ \t]*$)", re.MULTILINE
)
_LINK = regex(r"\]\(<?(?P<target>[^()<>\n#]*)(?P<fragment>#(?:\^|%5[Ee])(?P<name>[\w-]+))>?\)")


def fragment(name: str) -> str:
    """Return the fragment of an address that leads to the block *name*.

    >>> fragment("Ab-1")
    '#block-ab-1'
    """
    return f"#block-{name.casefold()}"


def anchor(name: str, target: str, place: Place, context: Context) -> str:
    """Return the fragment for the block *name* in the chapter to which *target* refers, itself if it is empty; that of its top if there is no such block.

    Args:
        name: the name without its mark.
        target: an address, relative to the chapter.
        place: the place of the link, for the note about a block that is missing.
        context: the context of the chapter.
    """
    own = context.manuscript.path
    path = context.library.chapter(target, own) if target else own
    if path is None or (path, name.casefold()) in context.library.marked_blocks:
        return fragment(name)
    message = f"there is no block ^{name} in {path}; the link leads to the top of the chapter"
    context.tell(ABSENT, place, message, f"write ^{name} at the end of the block, or link to a heading")
    return "" if target else "#"


def edits(page: Passage, plain: str, context: Context) -> Iterator[Edit]:
    """Yield the edits for the marks in *plain*, the text of *page* without code and formulas, and for addresses that name one."""
    marks = list(_MARK.finditer(plain)) if "^" in plain else []
    named = {*context.library.named_blocks} if marks else set()
    for match in marks:
        name = match["name"] or match["alone"]
        start, end = match.span()
        is_own = page.row(start).origin.path == context.manuscript.path  # what is embedded has its target elsewhere
        target = f'<span id="{fragment(name)[1:]}"></span>' if is_own and name.casefold() in named else ""
        named -= {name.casefold()} if target else set()  # a note may embed a block of its own
        context.take(name)
        yield Edit(start=start, end=end, new=(page.made(target if match["name"] else "", start),))
        if match["alone"] and target and (above := _end_above(page, start)) is not None:
            yield Edit(start=above, end=above, new=(page.made(target, above),))
    for match in _LINK.finditer(page.visible) if "](" in page.text else ():
        start, end = match.span("fragment")
        new = anchor(match["name"], match["target"], page.place(start), context)
        yield Edit(start=start, end=end, new=(page.made(new, start),))


def _end_above(page: Passage, offset: int) -> int | None:
    """Return where the words of the block above *offset* end, before the last bar of a table; None if it is no text."""
    at, _ = page.at(offset)
    at -= 1
    while at >= 0 and page.rows[at].is_blank:
        at -= 1
    if at < 0 or page.source.sorts[at] is not Sort.TEXT:
        return None
    text = page.rows[at].text.rstrip()
    return page.starts[at] + len(text.removesuffix("|"))
