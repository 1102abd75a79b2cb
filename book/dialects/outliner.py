"""Outlines of Logseq: a page is a tree of blocks, each a `- ` with lines of its own; printed as headings, paragraphs and lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from book.dialects.context import Context
from book.dialects.rows import Row, join
from book.patterns import regex

_BULLET = regex(r"(?P<indent>[ \t]*)-(?:[ \t](?P<text>.*))?$")
_FENCE = regex(r"[ \t]*(?P<mark>`{3,}|~{3,})")
_BOX = regex(r"[ \t]*(?:-[ \t]+)?#\+(?:BEGIN|(?P<end>END))_(?P<name>\w+)(?:[ \t].*)?", re.IGNORECASE)
_HEADING = regex(r"#{1,6}[ \t]")
_APART = regex(r"```|~~~|>|\||#\+BEGIN_|\$\$|!\[[^\[\]]*\]\([^()]*\)(?:\{[^{}]*\})?[ \t]*$", re.IGNORECASE)
"""How a block begins that needs no mark of a list: code, a quotation, a table, a box, a formula, an image."""
_PROPERTY = regex(r"[ \t]*(?P<key>[^\W\d][\w./+-]*)::(?:[ \t]+(?P<value>\S.*?))?[ \t]*")
_TASK = regex(
    r"(?P<state>TODO|DOING|NOW|LATER|WAITING|WAIT|STARTED|IN-PROGRESS|DONE|CANCELED|CANCELLED)(?:[ \t]+\[#(?P<rank>[A-C])\])?(?:[ \t]+|$)"
)
_DAY = regex(r"[ \t]*(?:SCHEDULED|DEADLINE):[ \t]*<(?P<day>[^<>\n]+)>[ \t]*")
_DRAWER, _DRAWER_END = regex(r"[ \t]*:[A-Z]+:[ \t]*"), regex(r"[ \t]*:END:[ \t]*")
HIDDEN = regex(
    r"id|collapsed|heading|title|icon|public|filters|file|file-path|template|template-including-parent|background-color|ls-type"
    r"|(?:created|updated)-at|(?:logseq|card|hl|query|exclude)[-.].*"
)
"""Properties that Logseq does not show."""
NUMBERED = "logseq.order-list-type"
DONE, GIVEN_UP = frozenset({"DONE"}), frozenset({"CANCELED", "CANCELLED"})
DEEPEST = 60


class Block(Struct):
    """One block of an outline: its lines without the mark and the indent, and the blocks below it."""

    rows: list[Row]
    indent: int = -1
    """The column of its mark; -1 for text outside of the outline."""
    below: list[Block] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    """Its properties."""

    @property
    def text(self) -> str:
        """Its first line."""
        return self.rows[0].text if self.rows else ""

    @property
    def is_heading(self) -> bool:
        """Whether it is a heading of a section."""
        return bool(_HEADING.match(self.text)) or self.values.get("heading", "false") != "false"

    @property
    def has_headings(self) -> bool:
        """Whether it is a heading, or one stands below it."""
        return self.is_heading or any(block.has_headings for block in self.below)

    @property
    def is_item(self) -> bool:
        """Whether it is an item of a list, also among paragraphs: a task, or an item with a number."""
        return bool(self.rows and _TASK.match(self.text)) or NUMBERED in self.values


def blocks_of(rows: Sequence[Row], context: Context) -> list[Block]:
    """Return the blocks of a page, each with its properties taken off; text without a mark is a block of its own."""
    top: list[Block] = []
    stack: list[Block] = []
    fence = ""
    was_blank = True
    boxes = _boxes(rows)
    for at, row in enumerate(rows):
        bullet = None if fence else _BULLET.match(row.text)
        if bullet:
            indent = len(bullet["indent"].expandtabs(4))
            while stack and stack[-1].indent >= indent:
                stack.pop()
            text = row.cut(bullet.start("text")) if bullet["text"] else row.made("")
            block = Block(rows=[text], indent=indent)
            (stack[-1].below if stack and len(stack) < DEEPEST else top).append(block)
            stack.append(block)
        elif not fence and was_blank and row.indent == 0 and not row.is_blank:
            stack = [Block(rows=[row])]
            top.append(stack[0])
        elif stack:
            stack[-1].rows.append(row.dedented(stack[-1].indent + 2) if stack[-1].indent >= 0 else row)
        elif not row.is_blank:
            stack = [Block(rows=[row])]
            top.append(stack[0])
        was_blank = row.is_blank
        if fence.startswith("#"):
            fence = "" if row.text.strip().upper() == fence else fence
        else:
            fence = boxes.get(at) or _fence_after(bullet["text"] or "" if bullet else row.text, fence)
    for block in all_of(top):
        _take_properties(block, context)
    return top


def _boxes(rows: Sequence[Row]) -> dict[int, str]:
    """Return the lines that begin a box which a later line ends before another begins, each with the words of its end; nothing in it is a block."""
    made: dict[int, str] = {}
    opening: tuple[int, str] | None = None
    for at, row in enumerate(rows):
        match = _BOX.fullmatch(row.text) if "#+" in row.text else None
        if match and not match["end"]:
            opening = at, f"#+END_{match['name'].upper()}"
        elif match and opening and opening[1] == row.text.strip().upper():
            made[opening[0]] = opening[1]
            opening = None
    return made


def _fence_after(text: str, fence: str) -> str:
    """Return the mark of the block of code that is open after the line *text*; empty if none is."""
    mark = _FENCE.match(text)
    if not fence:
        return mark["mark"] if mark and "`" not in text[mark.end() :] else ""
    return "" if mark and mark["mark"].startswith(fence) and not text[mark.end() :].strip() else fence


def all_of(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield *blocks* and all blocks below them."""
    for block in blocks:
        yield block
        yield from all_of(block.below)


def named(blocks: Sequence[Block], name: str) -> Block | None:
    """Return the block with the id *name*."""
    return next((block for block in all_of(blocks) if block.values.get("id") == name), None)


def _take_properties(block: Block, context: Context) -> None:
    """Take the properties, the times and the drawers off a block; a property that Logseq shows, and a day, stays as text."""
    rows: list[Row] = []
    fence, drawer, previous_shown = "", False, False
    for row in block.rows:
        before, fence = fence, _fence_after(row.text, fence)
        if before or fence:
            rows.append(row)
            continue
        shown = False
        if drawer or (_DRAWER.fullmatch(row.text) and not _DRAWER_END.fullmatch(row.text)):
            drawer = not _DRAWER_END.fullmatch(row.text)
            context.take(row.text)
        elif match := _DAY.fullmatch(row.text):
            context.take(row.text)
            context.taken.subtract(re.findall(r"[^\W_]+", match["day"].casefold()))
            rows.append(join(row.made("("), row.cut(*match.span("day")), row.made(")")))
        elif match := _PROPERTY.fullmatch(row.text):
            key = match["key"].casefold()
            block.values.setdefault(key, match["value"] or "")
            if HIDDEN.fullmatch(key) or not match["value"]:
                context.take(row.text)
                continue
            if rows and not rows[-1].is_blank:
                rows[-1] = join(rows[-1], rows[-1].made("\\", len(rows[-1].text)))
            rows.append(
                join(row.cut(match.start("key"), match.end("key")), row.made(": "), row.cut(*match.span("value")))
            )
            shown = True
        elif previous_shown and not row.is_blank:
            rows += [row.made(""), row]
        else:
            rows.append(row)
        previous_shown = shown
    while rows and rows[-1].is_blank:
        rows.pop()
    while rows and rows[0].is_blank:
        rows.pop(0)
    block.rows = rows


def printed(blocks: Sequence[Block], last: Row, context: Context) -> list[Row]:
    """Return the lines of *blocks* as Markdown: headings and what stands beside them without marks, all other blocks as lists.

    Args:
        blocks: the blocks, with their properties taken off.
        last: the line that has the place of lines between blocks.
        context: the context of the chapter.
    """
    printing = _Printing(last, context)
    printing.add(blocks, "", 1)
    return printing.rows


class _Printing:
    """One pass through the blocks of a page."""

    def __init__(self, last: Row, context: Context) -> None:
        self.last, self.context = last, context
        self.rows: list[Row] = []
        self.is_apart = True
        """Whether what follows needs no blank line before it: the last line is one, or an item of a list."""

    def add(self, blocks: Sequence[Block], lead: str, level: int) -> None:
        """Add the lines of *blocks*, indented by *lead*, below *level* headings."""
        prose = any(block.has_headings for block in blocks)
        number = 0
        for block in blocks:
            if not block.rows:
                self.add(block.below, lead, level)
                continue
            number = number + 1 if NUMBERED in block.values else 0
            if not block.is_item and (block.indent < 0 or prose or _APART.match(block.text)):
                is_fence = bool(_FENCE.match(block.text))
                if self.rows and not self.rows[-1].is_blank and not (lead and is_fence):
                    self.rows.append(block.rows[0].made(""))
                self.lines(_headed(block, level), lead)
                self.is_apart = False
                self.add(block.below, lead, level + block.is_heading)
                continue
            if not self.is_apart and not lead:
                self.rows.append(block.rows[0].made(""))
            mark = f"{number}. " if number else "- "
            head, *rest = _task(block, self.context)
            self.rows.append(join(block.rows[0].made(lead + mark), head))
            inner = lead + " " * len(mark)
            self.lines(rest, inner)
            self.is_apart = True
            self.add(block.below, inner, level)

    def lines(self, rows: Sequence[Row], lead: str) -> None:
        """Add *rows*, indented by *lead*."""
        self.rows += (join(row.made(lead), row) if row.text else row for row in rows)


def _headed(block: Block, level: int) -> list[Row]:
    """Return the lines of a block, of which the first is a heading if a property makes it one."""
    head, *rest = block.rows
    if block.is_heading and not _HEADING.match(head.text):
        value = block.values["heading"]
        marks = "#" * (int(value) if re.fullmatch(r"[1-6]", value) else min(level + 1, 6))
        return [join(head.made(f"{marks} "), head), *([head.made(""), *rest] if rest else ())]
    return [head, *([head.made(""), *rest] if rest and block.is_heading else rest)]


def _task(block: Block, context: Context) -> list[Row]:
    """Return the lines of a block, a task with its box: one that was given up is struck out."""
    head, *rest = block.rows
    match = _TASK.match(head.text)
    if not match:
        return block.rows
    context.take(match["state"])
    box = "[x] " if match["state"] in DONE else "[ ] "
    words = head.cut(match.end())
    more = [head.made(f" ({match['rank']})", match.start("rank"))] if match["rank"] else []
    if match["state"] in GIVEN_UP and words.text.strip():
        words = join(words.made("~~"), words, words.made("~~", len(words.text)))
    return [join(head.made(box), words, *more), *rest]
