"""Ends of lines in a vault of Obsidian, which shows them as they are typed, unless its settings say `strictLineBreaks`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from book.dialects.context import Context
from book.dialects.rows import Row, join
from book.dialects.tags import Edit, Passage
from book.markdown.lines import LIST_MARKER, Sort
from book.model import Manuscript
from book.patterns import regex

FOLDER = ".obsidian"
SETTINGS = f"{FOLDER}/app.json"
STRICT = "strictLineBreaks"
SITES = frozenset("mkdocs mdx hugo liquid vue myst quarto mdbook docsify erb dendron eleventy wiki logseq".split())
"""Dialects of site generators, which may publish a vault and join its lines."""
_QUOTE = regex(r"[ \t]*(?:>[ \t]?)*")
_LINE = regex(rf"{LIST_MARKER}[ \t]+(?:\[.\][ \t]+)?(?=\S)|(?=[^\s#|<$%=`~:\\]|<(?:mark|sup|sub|del|ins|span|kbd)\b)")
"""What a line with words begins with: the mark of an item of a list, or a word."""
_BLOCK = regex(rf"{LIST_MARKER}(?:[ \t]|$)|[#|<$%=`~:]|[-*_=][-*_= \t]*$|\[\^?[^\[\]\n]+\]:|\[![\w-]+\]")
"""What begins with a line that does not go on with the one above it."""
_BROKEN = regex(r"(?:\\|[ ]{2,}|<br[ \t]*/?>)[ \t]*$")
LEAST, NARROWEST, WIDEST = 4, 50, 110
"""The fewest lines of a chapter that may be wrapped at a column, and the columns at which editors wrap lines."""
SHARE = 0.7


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with a break at the end of each line of a paragraph; lines that an editor has wrapped are joined as elsewhere."""
    if "\n" not in manuscript.text or not _keeps(context):
        return manuscript
    page = Passage(manuscript)
    lines = [*_inner(page)]
    if _is_wrapped(page.rows, lines):
        return manuscript
    return page.with_edits(_edits(page, lines))


def _keeps(context: Context) -> bool:
    """Return whether the book is a vault whose settings keep the ends of lines."""
    if SITES & context.library.names or not os.path.isdir(context.library.root / FOLDER):  # noqa: PTH112 - no path of a stranger raises here
        return False
    settings = context.table(SETTINGS) or {}
    return str(settings.get(STRICT)).casefold() != "true"


def _inner(page: Passage) -> Iterator[int]:
    """Yield the lines that have words, and after which their paragraph goes on."""
    in_formula = False
    for number, row in enumerate(page.rows[:-1]):
        was_formula, below = in_formula, page.rows[number + 1]
        in_formula ^= row.text.count("$$") % 2 == 1
        sorts = page.source.sorts[number : number + 2]
        if was_formula or in_formula or any(sort is not Sort.TEXT for sort in sorts) or row.is_blank or below.is_blank:
            continue
        own, next_ = (_words(line.text) for line in (row, below))
        same = row.text[: len(row.text) - len(own)].count(">") == below.text[: len(below.text) - len(next_)].count(">")
        if (
            same
            and next_
            and _LINE.match(own)
            and not own.startswith("[!")
            and not _BLOCK.match(next_)
            and "|" not in own
        ):
            yield number


def _words(text: str) -> str:
    """Return a line without the marks of its quotations, and its indent."""
    quoting = _QUOTE.match(text)
    return text[quoting.end() if quoting else 0 :].lstrip()


def _is_wrapped(rows: Sequence[Row], lines: Sequence[int]) -> bool:
    """Return whether nearly all of *lines* end where the next word would have been too long for the column of the longest one."""
    lengths = {number: len(rows[number].text.rstrip()) for number in lines}
    widest = max(lengths.values(), default=0)
    if len(lengths) < LEAST or not NARROWEST <= widest <= WIDEST:
        return False
    full = (
        length + 1 + len(_words(rows[number + 1].text).partition(" ")[0]) > widest - 2
        for number, length in lengths.items()
    )
    return sum(full) >= SHARE * len(lengths)


def _edits(page: Passage, lines: Sequence[int]) -> Iterator[Edit]:
    for number in lines:
        row, below = page.rows[number], page.rows[number + 1]
        end = page.starts[number] + len(row.text)
        start = page.starts[number + 1] + len(below.text) - len(_words(below.text))
        in_code = page.text[end - 1] != " " and page.visible[end - 1] == page.visible[start] == " "
        if not in_code and not _BROKEN.search(row.text):
            yield Edit(start=end, end=end, new=(join(row.made("\\", len(row.text))),))
