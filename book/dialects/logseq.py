"""What Logseq writes besides its outlines: references to blocks and embeds, macros, boxes between `#+BEGIN_` and `#+END_`, sizes of images."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from book.dialects import boxes, outliner
from book.dialects.context import Context
from book.dialects.outliner import Block
from book.dialects.rows import Row, join, rows_of, with_rows
from book.dialects.tags import UNREAD, Edit, Passage, fenced
from book.markdown.callouts import names_kind
from book.model import Manuscript
from book.patterns import regex

_EMBED = regex(
    r"\{\{embed[ \t]+(?:\[\[(?P<page>[^\[\]\n]+)\]\]|\(\((?P<block>[\w-]+)\)\))[ \t]*\}\}[ \t]*", re.IGNORECASE
)
_REFERENCE = regex(r"(?:\[(?P<words>[^\[\]\n]+)\]\()?\(\((?P<block>[0-9a-f]{8}-[0-9a-f-]{27})\)\)(?(words)\))")
_PAGE = regex(r"(?<!!)\[(?P<words>[^\[\]\n]+)\]\(\[\[(?P<page>[^\[\]\n|]+)\]\]\)|(?<!\w)#(?P<tag>\[\[[^\[\]\n]+\]\])")
_MACRO = regex(r"\{\{(?P<name>[a-zA-Z][\w-]*)(?:[ \t]+(?P<value>(?:[^{}\n]|\{[^{}\n]*\})*?))?[ \t]*\}\}")
_FRAMES = frozenset({"video", "youtube", "vimeo", "bilibili", "tweet", "twitter", "pdf", "audio", "iframe"})
_SIZE = regex(r"(?<=\))\{(?P<values>(?:[ \t]*,?[ \t]*:(?:height|width)[ \t]+\d+)+)[ \t]*\}")
_HIGHLIGHT = regex(r"(?<![\^\\])\^\^(?=[^\s^])(?P<inside>[^^\n]+)(?<=[^\s^])\^\^(?!\^)")
_BEGIN = regex(r"[ \t]*#\+BEGIN_(?P<name>\w+)(?:[ \t]+(?P<value>\S.*?))?[ \t]*", re.IGNORECASE)
_TARGET = regex(r"https?://\S+")
VIDEO = "https://www.youtube.com/watch?v="
DEEPEST = 8


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with its outline as headings, paragraphs and lists."""
    rows = rows_of(manuscript)
    blocks = outliner.blocks_of(rows, context)
    _embed(blocks, context, (manuscript.path,))
    _boxes(blocks, context)
    blocks = _answered(blocks, context)
    new = outliner.printed(blocks, rows[-1], context)
    manuscript = with_rows(manuscript, new) if [row.text for row in new] != [row.text for row in rows] else manuscript
    page = Passage(manuscript)
    return page.with_edits(_edits(page, _References(context)))


class _References:
    """The words of blocks to which a page refers; each page that has them is read once."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.pages: dict[str, dict[str, str]] = {}

    def words(self, name: str) -> str | None:
        """Return the first line of the block *name*, None if it is not in the book."""
        path = self.context.library.blocks.get(name)
        if path is None:
            return None
        if path not in self.pages:
            rows = rows_of(self.context.library.manuscripts[path])
            blocks = outliner.all_of(outliner.blocks_of(rows, _apart(self.context)))
            self.pages[path] = {block.values["id"]: block.text for block in blocks if "id" in block.values}
        return self.pages[path].get(name)


def _embed(blocks: Sequence[Block], context: Context, chain: tuple[str, ...]) -> None:
    """Put the blocks and pages that *blocks* embed into their places; what would contain itself stays a link."""
    for block in blocks:
        match = _EMBED.fullmatch(block.text) if len(block.rows) == 1 and len(chain) < DEEPEST else None
        name = (match["page"] or match["block"]).casefold() if match else ""
        inner = _embedded(match, context) if match else None
        if match is None or inner is None or name in chain or inner[0] in chain or not context.has_room(inner[2]):
            _embed(block.below, context, chain)
            continue
        context.take(match[0])
        below = inner[1]
        if match["page"]:
            _embed(below, context, (*chain, name, inner[0]))
            block.rows, block.values, block.below = [], {}, [*below, *block.below]
        else:
            _embed(below, context, (*chain, name))
            block.rows, block.values, block.below = below[0].rows, below[0].values, [*below[0].below, *block.below]


def _answered(blocks: Sequence[Block], context: Context) -> list[Block]:
    """Return *blocks* without those that are nothing but a query, or another macro that only Logseq answers; each is reported."""
    answered: list[Block] = []
    for block in blocks:
        block.below = _answered(block.below, context)
        macro = _MACRO.fullmatch(block.text.strip()) if len(block.rows) == 1 and not block.below else None
        if macro and macro["name"].casefold() not in _FRAMES | {"cloze", "embed"}:
            context.take(block.text)
            message = f"nothing answers {macro[0][:60]} in a book; it is left out"
            context.tell_at(UNREAD, block.rows[0], 0, message, "write what it shows")
        elif block.rows or block.below:
            answered.append(block)
    return answered


def _embedded(match: re.Match[str], context: Context) -> tuple[str, list[Block], str] | None:
    """Return the chapter that contains what is embedded, its blocks, and its text; None if it is not in the book."""
    library = context.library
    if name := match["block"]:
        block = _block(name, context)
        text = "\n".join(row.text for row in block.rows) if block else ""
        return (library.blocks[name], [block], text) if block else None
    address = context.address_of_title(match["page"]) or context.address(match["page"])
    path = library.chapter(address, context.manuscript.path) if address else None
    if path is None:
        return None
    chapter = library.manuscripts[path]
    return path, outliner.blocks_of(rows_of(chapter), _apart(context)), chapter.text


def _apart(context: Context) -> Context:
    """Return a context for another chapter: what is taken off there is not missing in this one."""
    return Context(context.manuscript, context.library)


def _block(name: str, context: Context) -> Block | None:
    """Return the block of the book with the id *name*."""
    path = context.library.blocks.get(name)
    if path is None:
        return None
    return outliner.named(outliner.blocks_of(rows_of(context.library.manuscripts[path]), _apart(context)), name)


def _boxes(blocks: Sequence[Block], context: Context) -> None:
    """Replace what stands between `#+BEGIN_X` and `#+END_X` in *blocks* by boxes, quotations and code."""
    for block in blocks:
        at = 0
        while at < len(block.rows):
            begin = _BEGIN.fullmatch(block.rows[at].text)
            ends = re.compile(rf"[ \t]*#\+END_{re.escape(begin['name'])}[ \t]*", re.IGNORECASE) if begin else None
            end = next((n for n in range(at + 1, len(block.rows)) if ends and ends.fullmatch(block.rows[n].text)), None)
            if begin is None or end is None:
                at += 1
                continue
            new = _box(block.rows[at], begin, block.rows[at + 1 : end], block.rows[end], context)
            block.rows[at : end + 1] = new
            at += len(new)
        _boxes(block.below, context)


def _box(first: Row, begin: re.Match[str], body: list[Row], last: Row, context: Context) -> list[Row]:
    """Return the lines of one of these blocks."""
    name = begin["name"].casefold()
    context.take(first.text)
    context.take(last.text)
    if name in ("src", "example"):
        return fenced(body, (begin["value"] or "").split(" ")[0], first)
    if name in ("query", "comment", "export"):
        context.take("\n".join(row.text for row in body))
        if name == "query":
            message = "the query is not answered in a book; it is left out"
            context.tell_at(UNREAD, first, 0, message, "write the answer, or link to a page that lists it")
        return []
    if name == "quote":
        return [join(row.made("> "), row) for row in body]
    if names_kind(name) or name == "pinned":
        kind = name if names_kind(name) else "note"
        return [*boxes.opened(first, boxes.CALLOUT + kind, None), *body, *boxes.closed(last)]
    if name == "verse":
        return [row if row.is_blank or row is body[-1] else join(row, row.made("\\", len(row.text))) for row in body]
    return body


def _edits(page: Passage, references: _References) -> Iterator[Edit]:
    """Yield the edits for what stands in lines: pages, references to blocks, macros, sizes, highlights."""
    plain, context = page.visible, references.context
    for match in _PAGE.finditer(plain) if "[[" in plain else ():
        if match["tag"]:
            yield Edit(start=match.start(), end=match.start("tag"), new=(page.made("", match.start()),))
        else:
            new = f"[[{match['page']}|{match['words']}]]"
            yield Edit(start=match.start(), end=match.end(), new=(page.made(new, match.start()),))
    for match in _REFERENCE.finditer(plain) if "((" in plain else ():
        context.take(match[0])
        new = _reference(match["block"], match["words"] or "", page, match.start(), references)
        context.taken.subtract(re.findall(r"[^\W_]+", (match["words"] or "").casefold()))
        yield Edit(start=match.start(), end=match.end(), new=(page.made(new, match.start()),))
    for match in _MACRO.finditer(plain) if "{{" in plain else ():
        yield _macro(page, match, references)
    for match in _SIZE.finditer(plain) if "{" in plain else ():
        values = re.findall(r":(height|width)[ \t]+(\d+)", match["values"])
        sizes = " ".join(f"{key}={value}" for key, value in values)
        yield Edit(start=match.start(), end=match.end(), new=(page.made(f"{{{sizes}}}", match.start()),))
    for match in _HIGHLIGHT.finditer(plain) if "^^" in plain else ():
        for start, end in ((match.start(), match.start("inside")), (match.end("inside"), match.end())):
            yield Edit(start=start, end=end, new=(page.made("==", start),))


def _reference(name: str, words: str, page: Passage, at: int, references: _References) -> str:
    """Return a link to the page with the block *name*, with *words* or else the words of the block."""
    context, shown = references.context, references.words(name)
    if shown is None:
        page.tell(context, UNREAD, at, f"the block (({name})) is not in this book; it is left out", "write its words")
        return words
    text = words or re.sub(r"^#{1,6}[ \t]+", "", shown)
    path = context.library.blocks[name]
    if path == context.manuscript.path or "[" in text:
        return text
    address = context.address(f"/{path}")
    return f"[{text}](<{address}>)" if address else text


def _macro(page: Passage, match: re.Match[str], references: _References) -> Edit:
    """Return the edit for a macro: a link, its words, or nothing, with a message."""
    context, name, value = references.context, match["name"].casefold(), (match["value"] or "").strip()
    start, end = match.span()
    context.take(match[0])
    if name == "cloze":
        first, last = match.span("value")
        cut = page.text.find("\\\\", first, last)
        context.taken.subtract(re.findall(r"[^\W_]+", page.text[first : cut if cut >= 0 else last].casefold()))
        return Edit(start=start, end=end, new=(page.piece(first, cut if cut >= 0 else last),))
    if name in _FRAMES and value:
        address = _TARGET.search(value)
        target = address[0] if address else f"{VIDEO}{value}" if name == "youtube" else ""
        if target:
            return Edit(start=start, end=end, new=(page.made(f"<{target}>", start),))
    if name == "embed" and (embed := _EMBED.fullmatch(match[0])):
        new = f"[[{embed['page']}]]" if embed["page"] else _reference(embed["block"], "", page, start, references)
        return Edit(start=start, end=end, new=(page.made(new, start),))
    message = f"nothing answers {match[0][:60]} in a book; it is left out"
    page.tell(context, UNREAD, start, message, "write what it shows")
    return Edit(start=start, end=end, new=(page.made("", start),))
