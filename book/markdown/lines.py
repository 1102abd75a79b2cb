"""Classifies each line of a Markdown file without pandoc: text, code, comment or blank, and which container it is in.

It is independent of pandoc on purpose: its result is compared with pandoc's tree, and a text that pandoc would expand
without end must be detected before pandoc reads it. One pass; no line is read twice.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from enum import Enum, auto

from msgspec import Struct, field

from book.patterns import regex


class Sort(Enum):
    """The kind of a line."""

    BLANK = auto()
    TEXT = auto()
    FENCE = auto()
    """Opens or closes a block of code."""
    CODE = auto()
    COMMENT = auto()
    HTML = auto()
    """Part of a block of raw HTML, in which nothing is Markdown."""


class Fence(Struct, frozen=True):
    """A fenced block of code."""

    line: int
    """Index of the line that opens it."""
    mark: str
    """Its backticks or tildes."""
    info: str
    """The info string after them."""
    end: int
    """Index of the line after it."""
    closed: bool


class Source(Struct):
    """The lines of a file."""

    text: str
    lines: list[str]
    sorts: list[Sort] = field(default_factory=list)
    begins: list[bool] = field(default_factory=list)
    """Whether the line begins a block; then no paragraph continues from the line above."""
    notes: list[int] = field(default_factory=list)
    """For each line, the index of the first line of the footnote that contains it; -1 if none does."""
    starts: list[int] = field(default_factory=list)
    """Offset of the first letter of each text line, after the markers of its containers."""
    fences: list[Fence] = field(default_factory=list)
    unclosed: list[int] = field(default_factory=list)
    """Indexes of lines that open a comment which is never closed."""
    visible: str = ""
    """The text with code and comments replaced by spaces; all other letters keep their offsets."""
    quoted: list[int] = field(default_factory=list)
    """The number of block quotes around each line."""


LIST_MARKER = r"(?:[-*+]|\d{1,9}[.)])"
"""The pattern of what begins an item of a list: CommonMark 0.31 §5.2."""
_QUOTES = regex(r"(?: {0,3}>)(?:[ \t]{0,4}>)*")
_MARKER = regex(rf"({LIST_MARKER}|[:~](?=[ \t]))(?=[ \t]|$)")
_RULE = regex(r"(?:\*[ \t]*){3,}$|(?:-[ \t]*){3,}$|(?:_[ \t]*){3,}$")
_FENCE = regex(r"(`{3,})([^`]*)$|(~{3,})(.*)$")
_DIV = regex(r":{3,}(?:[ \t]*$|[ \t]*[\w{])")
# CommonMark 0.31 §4.6: kinds 1, 6 and 7; comments are handled separately.
_VERBATIM = regex(r"<(script|pre|style|textarea)(?=[\s>]|$)", re.I)
_BLOCK = regex(
    r"</?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|"
    r"fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|"
    r"menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|"
    r"ul)(?=[\s/>]|$)",
    re.I,
)
_TAG = regex(
    r"<(?:[A-Za-z][A-Za-z0-9-]*(?:\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:[^\s\"'=<>`]+|'[^']*'|\"[^\"]*\"))?)*\s*/?|/[A-Za-z][A-Za-z0-9-]*\s*)>"
    r"\s*$"
)
DEFINITION = regex(r"\[\^([^\]\[\n]+)\]:")
TAB = 4
DEEPEST = 64
"""The most container markers that are read at the start of one line."""


def _width(blank: str, column: int) -> int:
    """Return the width of the white space *blank* in columns if it begins at *column* (tabs stop every four)."""
    start = column
    for letter in blank:
        column += TAB - column % TAB if letter == "\t" else 1
    return column - start


class _Open(Struct):
    """The open block of code, or the open comment, that contains the next line."""

    sort: Sort
    line: int
    quotes: int
    indent: int
    """Indent of the container around it: a line with less indent is outside."""
    mark: str = ""
    info: str = ""


@functools.lru_cache(maxsize=256)
def read(text: str) -> Source:
    """Return the classified lines of *text*, for reading only: several stages ask for the same text, one after the other."""
    source = Source(text=text, lines=text.split("\n"))
    reader = _Reader(source)
    offset = 0
    for line in source.lines:
        reader.line(line, offset)
        offset += len(line) + 1
    reader.end()
    source.visible = _visible(source)
    return source


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.open: _Open | None = None
        self.boxes: list[tuple[int, int]] = []
        """The content indent of each open list item or footnote, and the line of the footnote, or -1 for a list item."""
        self.quotes = 0
        self.paragraph = False

    def line(self, line: str, offset: int) -> None:
        number = len(self.source.sorts)
        marks = _QUOTES.match(line)
        quotes = marks[0].count(">") if marks else 0
        at = marks.end() if marks and quotes else 0
        rest = line[at:]
        blank = len(rest) - len(rest.lstrip(" \t"))
        indent = _width(rest[:blank], 0) - (1 if quotes and rest[:1] == " " else 0)
        body = rest[blank:]
        self.source.quoted.append(quotes)
        if self.open is not None and self.inside(self.open, body, quotes, indent, number):
            return
        if not body:
            self.add(Sort.BLANK, offset + len(line), begins=True)
            self.paragraph = False
            return
        if quotes != self.quotes and not (self.paragraph and quotes < self.quotes):
            self.boxes, self.paragraph = [], False
        self.quotes = quotes
        self.text(body, indent, offset + at + blank, number)

    def inside(self, open_: _Open, body: str, quotes: int, indent: int, number: int) -> bool:
        """Read a line of code or of a comment; return whether it was one."""
        if quotes < open_.quotes or (body and indent < open_.indent):
            self.close(number, closed=False)
            return False
        if open_.sort is Sort.COMMENT:
            self.add(Sort.COMMENT)
            if "-->" in body:
                self.open = None
            return True
        if open_.sort is Sort.HTML:
            if not body and not open_.mark:
                self.open = None
                return False
            self.add(Sort.HTML)
            if open_.mark and open_.mark in body.lower():
                self.open = None
            return True
        stripped = body.rstrip(" \t")
        ends = stripped and set(stripped) == {open_.mark[0]} and len(stripped) >= len(open_.mark)
        if ends and indent - open_.indent < TAB:
            self.add(Sort.FENCE)
            self.close(number + 1, closed=True)
            return True
        self.add(Sort.CODE)
        return True

    def text(self, body: str, indent: int, offset: int, number: int) -> None:
        """Read a line outside code blocks."""
        begins = not self.paragraph
        if not self.paragraph:
            while self.boxes and self.boxes[-1][0] > indent:
                self.boxes.pop()
        alone = False
        for _ in range(DEEPEST):
            base = max((width for width, _ in self.boxes if width <= indent), default=0)
            if indent - base >= TAB and not self.paragraph:
                self.add(Sort.CODE)
                return
            if indent - base >= TAB:
                break
            if (fence := _FENCE.match(body)) is not None:
                self.leave(base)
                mark, info = (fence[1], fence[2]) if fence[1] else (fence[3], fence[4])
                self.open = _Open(Sort.CODE, number, self.quotes, base, mark, info.strip())
                self.paragraph = False
                self.add(Sort.FENCE, begins=True)
                return
            if body.startswith("<!--"):
                self.comment(body, base, offset, number)
                return
            if body.startswith("<") and self.html(body, base, number):
                return
            if (note := DEFINITION.match(body)) is not None:
                self.leave(base)
                self.boxes.append((base + TAB, number))
                begins, self.paragraph = True, False
                inner = body[note.end() :]
            elif (marker := _MARKER.match(body)) is not None and not _RULE.match(body):
                self.leave(base)
                inner = body[marker.end() :]
                space = len(inner) - len(inner.lstrip(" \t"))
                wide = _width(inner[:space], indent + marker.end())
                content = indent + marker.end() + (wide if 1 <= wide <= TAB and inner.strip() else 1)
                self.boxes.append((content, self.boxes[-1][1] if self.boxes else -1))
                begins, self.paragraph = True, False
            else:
                alone = body.startswith("#") or _RULE.match(body) is not None or _DIV.match(body) is not None
                break
            stripped = inner.lstrip(" \t")
            offset += len(body) - len(stripped)
            indent += _width(body[: len(body) - len(stripped)], indent)
            if not stripped:
                self.add(Sort.TEXT, offset, begins=True)
                return
            if note is not None:
                self.boxes.append((indent, number)) if indent > base + TAB else None
                indent = max(indent, base + TAB)
            body = stripped
        self.add(Sort.TEXT, offset, begins=begins or alone)
        self.paragraph = not alone

    def comment(self, body: str, base: int, offset: int, number: int) -> None:
        """Read a line that begins with a comment."""
        self.leave(base)
        self.paragraph = False
        self.add(Sort.COMMENT, begins=True)
        if "-->" not in body[4:] and not body.startswith(("<!-->", "<!--->")):
            self.open = _Open(Sort.COMMENT, number, self.quotes, base)
        elif body.partition("-->")[2].strip() or body.startswith(("<!-->", "<!--->")):
            self.source.sorts[-1] = Sort.TEXT
            self.source.starts[-1] = offset

    def html(self, body: str, base: int, number: int) -> bool:
        """Read the first line of a block of raw HTML; return whether it was one."""
        verbatim = _VERBATIM.match(body)
        if verbatim is None and not _BLOCK.match(body) and (self.paragraph or not _TAG.match(body)):
            return False
        self.leave(base)
        self.paragraph = False
        self.add(Sort.HTML, begins=True)
        end = f"</{verbatim[1].lower()}" if verbatim else ""
        if not end or end not in body.lower():
            self.open = _Open(Sort.HTML, number, self.quotes, base, end)
        return True

    def leave(self, base: int) -> None:
        """Close the containers that are indented more than *base*."""
        while self.boxes and self.boxes[-1][0] > base:
            self.boxes.pop()

    def add(self, sort: Sort, start: int = -1, *, begins: bool = False) -> None:
        self.source.sorts.append(sort)
        self.source.begins.append(begins)
        self.source.starts.append(start)
        self.source.notes.append(self.boxes[-1][1] if self.boxes else -1)

    def close(self, end: int, *, closed: bool) -> None:
        open_ = self.open
        self.open = None
        if open_ is None:
            return
        if open_.sort is Sort.COMMENT:
            self.source.unclosed.append(open_.line)
        elif open_.sort is Sort.CODE:
            self.source.fences.append(Fence(open_.line, open_.mark, open_.info, end, closed))

    def end(self) -> None:
        self.close(len(self.source.sorts), closed=False)


_TICKS = regex(r"\\`|`+|<!--|-->|\\<")


def _visible(source: Source) -> str:
    """Return the text with code and comments replaced by spaces."""
    pieces: list[str] = []
    block: list[int] = []
    offset = 0
    offsets = []
    for number, line in enumerate(source.lines):
        offsets.append(offset)
        offset += len(line) + 1
        if source.sorts[number] is not Sort.TEXT or (source.begins[number] and block):
            pieces += _block(source, block)
            block = []
        if source.sorts[number] is Sort.TEXT:
            block.append(number)
        elif source.sorts[number] is Sort.HTML:
            pieces.append(line)
        else:
            pieces.append(" " * len(line))
    pieces += _block(source, block)
    return "\n".join(pieces)


def _block(source: Source, block: list[int]) -> Iterator[str]:
    """Yield the lines of one paragraph without the code and comments in them."""
    if not block:
        return
    text = "\n".join(source.lines[number] for number in block)
    if "`" not in text and "<!--" not in text:
        yield from text.split("\n")
        return
    runs = [(match.start(), match[0]) for match in _TICKS.finditer(text)]
    following: dict[str, list[int]] = {}
    for index in range(len(runs) - 1, -1, -1):
        following.setdefault(runs[index][1], []).append(index)
    blank: list[tuple[int, int]] = []
    index = 0
    while index < len(runs):
        start, mark = runs[index]
        after = following[mark]
        while after and after[-1] <= index:
            after.pop()
        ends = following.get("-->", []) if mark == "<!--" else after
        while ends and ends[-1] <= index:
            ends.pop()
        if (mark.startswith("`") or mark == "<!--") and ends:
            last = ends[-1]
            blank.append((start, runs[last][0] + len(runs[last][1])))
            index = last + 1
        else:
            index += 1
    pieces = []
    at = 0
    for start, end in blank:
        pieces += [text[at:start], re.sub(r"[^\n]", " ", text[start:end])]
        at = end
    yield from ("".join([*pieces, text[at:]])).split("\n")
