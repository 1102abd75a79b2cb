"""Notes in notes: `![[note]]`, `![[note#Section]]` and `![[note#^block]]` on a line of their own, also in a quotation or as an item, are the text that they name."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.includes import indented
from book.dialects.quotations import begun, in_quotations, inside_item
from book.dialects.rows import Row, replaced, rows_of, with_rows
from book.images import ENDINGS
from book.markdown.lines import LIST_MARKER, Sort
from book.model import Manuscript
from book.patterns import regex
from book.sites.names import stem_of

_EMBED = regex(r"[ \t]*!\[\[(?P<target>[^\[\]\n|#]*)(?:#(?P<part>[^\[\]\n|]+))?(?:\|[^\[\]\n]*)?\]\][ \t]*")
_WITHIN = regex(r"(?<!!)\[\[#(?P<part>[^\[\]\n|]+)(?P<words>\|[^\[\]\n]*)?\]\]")
_HEADING = regex(r"(?P<marks>#{1,6})[ \t]+(?P<words>.*?)(?:[ \t]+#+)?(?:[ \t]*\{#(?P<id>[^\s{}]+)\})?[ \t]*")
_MARKS = regex(rf"[ \t]*{LIST_MARKER}[ \t]+(?=!\[\[)")
_ITEM = regex(rf"[ \t]*{LIST_MARKER}[ \t]")
DEEPEST = 8


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the notes, sections and blocks that it embeds; what would contain itself, or is not in the book, stays a link."""
    if "![[" not in manuscript.text:
        return manuscript
    return with_rows(manuscript, _embedded(rows_of(manuscript), manuscript.path, context, ()))


def _embedded(rows: Sequence[Row], path: str, context: Context, chain: tuple[tuple[str, str], ...]) -> list[Row]:
    """Return *rows*, lines of the note *path*, with what they embed; *chain* are the notes and parts around them."""
    rows = in_quotations(rows, "![[", lambda inside: _embedded(inside, path, context, chain))
    sorts = boxes.structure(rows).sorts
    new: list[Row] = []
    for at, row in enumerate(rows):
        line = inside_item(row, _MARKS) if "![[" in row.text else row
        match = _EMBED.fullmatch(line.text) if sorts[at] is Sort.TEXT and "![[" in row.text else None
        inner = _named(match["target"].strip(), (match["part"] or "").strip(), path, context) if match else None
        if match is None or inner is None or len(chain) >= DEEPEST:
            new.append(row)
            continue
        note, part, lines = inner
        holds_itself = (
            (note, part) in chain or (note, "") in chain or (not part and note in (path, context.manuscript.path))
        )
        if holds_itself or not context.has_room("\n".join(line.text for line in lines)):
            new.append(row)
            continue
        context.take(row.text)
        own = lines if note == context.manuscript.path else [_led_home(inside, note) for inside in lines]
        body = indented(_embedded(own, note, context, (*chain, (note, part))), line.lead)
        blank = row.made("")
        new += [blank, *body, blank] if line is row else [*begun(row.cut(0, len(line.lead)), body), blank]
    return new


def _led_home(row: Row, note: str) -> Row:
    """Return a line of the note *note* with the links to its own headings and blocks as links to that note."""
    at = 0
    while match := _WITHIN.search(row.text, at):
        own = posixpath.basename(stem_of(note)) if match["part"].startswith("^") else match["part"].rpartition("#")[2]
        words = match["words"] or f"|{own}"
        new = f"[[{note}#{match['part']}{words}]]"
        row, at = replaced(row, *match.span(), new), match.start() + len(new)
    return row


def _named(target: str, part: str, path: str, context: Context) -> tuple[str, str, list[Row]] | None:
    """Return the note that *target* names in the note *path*, the part of it, and its lines; None if there is none."""
    if target.lower().endswith(ENDINGS):
        return None
    library = context.library
    note = path
    if target:
        note = library.chapter(target, path) or library.titled.get(_folded(target)) or ""
    chapter = library.manuscripts.get(note)
    if chapter is None or not (target or part):
        return None
    rows = rows_of(chapter)
    lines: Sequence[Row] = rows
    if part.startswith("^"):
        lines = block(rows, part.removeprefix("^"))
    elif part:
        first, _, last = part.partition(":#")  # Dendron: `#first:#last`
        lines = section(rows, re.split(r"#|,", first)[-1 if "," not in first else 0], last)
    return (note, part, list(lines)) if any(not row.is_blank for row in lines) else None


def _folded(words: str) -> str:
    return re.sub(r"[\W_]+", "-", words.casefold()).strip("-")


def block(rows: Sequence[Row], name: str) -> Sequence[Row]:
    """Return the lines of the block with the mark ``^name``: a paragraph, an item of a list with those below it, or what stands above the mark."""
    end = re.compile(rf"(?:^|(?<=[ \t]))\^{re.escape(name)}[ \t]*$", re.IGNORECASE)
    at = next((at for at, row in enumerate(rows) if end.search(row.text)), None)
    if at is None:
        return ()
    row = rows[at]
    if _ITEM.match(row.text):
        last = at + 1
        while last < len(rows) and (rows[last].is_blank or rows[last].indent > row.indent):
            last += 1
        return [line.dedented(row.indent) for line in rows[at:last]]
    alone = row.text.lstrip().startswith("^")
    last = at if alone else at + 1
    while alone and last > 0 and rows[last - 1].is_blank:
        last -= 1
    first = last - 1
    while first > 0 and not rows[first - 1].is_blank and not _HEADING.fullmatch(rows[first - 1].text):
        first -= 1
    return rows[max(first, 0) : last]


def section(rows: Sequence[Row], name: str, last: str = "") -> Sequence[Row]:
    """Return the lines from the heading *name*, its words or its id, to the next one of its level, or to before the heading *last*."""
    sorts = boxes.structure(rows).sorts
    headings = [
        (at, len(match["marks"]), _folded(match["id"] or match["words"]))
        for at, row in enumerate(rows)
        if sorts[at] is Sort.TEXT and (match := _HEADING.fullmatch(row.text))
    ]
    start = next(((at, level) for at, level, words in headings if words == _folded(name)), None)
    if start is None:
        return ()
    ends = (
        at
        for at, level, words in headings
        if at > start[0] and (words == _folded(last) if last and last != "*" else level <= start[1] and last != "*")
    )
    return rows[start[0] : next(ends, len(rows))]
