"""Code on paper: tabs become spaces, long lines continue on a row below with a mark, and spaces are painted so that they can be copied."""

from __future__ import annotations

import itertools
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping

from lxml import etree
from msgspec import Struct

from book.body import CODE, KIND, Element, mark
from book.patterns import regex

TAB = 4
"""Columns between two tab stops."""
HANGING = 2
"""Columns by which the continuation of a line is indented further than its beginning, so that the mark has room."""
FEWEST = 8
"""The least columns for the continuation of a line, however deep its indent."""
NARROWEST = 1 / 3
"""The least share of a row that a column of the listing has, so that its lines go on in it."""
GAP = regex(r"(?<=[^ ]) {2,}(?=[^ ])")
"""The space between two columns of a listing."""
FRAME = regex(r"[┌╔╭┏]\S*[─═━]|[─═━]\S*[┘╝╯┛]|\+[-=]{2,}.*\+|(?<!\S)(?:\.-{3,}[-+]*\.|'-{5,}[-+]*')(?!\S)")
"""The top or the foot of a frame in a drawing made of characters."""
_LANGUAGES = r"(?:goat|svgbob|bob|ditaa|aafigure|typograms?|ascii[-_]?(?:art)?)"
DRAWN = regex(rf"language-{_LANGUAGES}")
"""The class of code that is a drawing by its language."""
SHOWN = regex(rf"\s*(?:`{{3,}}|~{{3,}})[ \t]*{_LANGUAGES}[ \t]*\n")
"""The beginning of code that shows how such a drawing is written."""
SMALLEST, SMALLEST_DRAWN = 0.5, 0.36
"""The least share of its size of what has frames, which may be the table of a program, and of a drawing by its language: 110 and
150 columns fit on every page."""
TIGHT = 0.995
MOST_LINES = 30
"""A drawing of which the lines are as high as more lines of its page may go over pages."""
MARKS = frozenset(",;:/\\.()[]{}<>|&=?-_+*")
"""Characters after which a word that is too long for a line may be divided."""


class _Piece(Struct):
    """Text of a listing: the text of one element, or its tail."""

    element: Element
    tail: bool
    text: str

    def put(self, parts: list[str], indents: list[int]) -> None:
        """Write the text back, with a mark between its *parts* for each row that continues a line."""
        marks = [etree.Element("span", {KIND: "carry", "style": f"margin-left: {indent}ch"}) for indent in indents]
        for carry, part in zip(marks, parts[1:], strict=True):
            carry.tail = part
        if not self.tail:
            self.element.text = parts[0]
            for index, carry in enumerate(marks):
                self.element.insert(index, carry)
            return
        self.element.tail = parts[0]
        for carry in reversed(marks):
            tail = carry.tail
            self.element.addnext(carry)  # this moves the tail of the element too
            carry.tail = tail
            self.element.tail = parts[0]


def dress(body: Element, columns: Mapping[str, int], *, scale: bool = False) -> None:
    r"""Prepare the listings of a chapter for paper.

    Args:
        body: the chapter's body, which is changed.
        columns: number of a listing -> columns per line; only for listings that have longer lines.
        scale: whether a drawing may be made smaller to fit, since a line of it that is divided cannot be read.

    >>> code = etree.fromstring('<div><pre><code>\tgo <b>on</b>\n</code></pre></div>')
    >>> dress(code, {})
    >>> etree.tostring(code[0]).decode()
    '<pre xmlns:ns0="urn:handbound:marks" ns0:code="1"><code>    go <b>on</b>\n</code></pre>'
    """
    for number, box in enumerate(body.iter("pre"), 1):
        box.set(CODE, str(number))
        pieces = list(_pieces(box))
        _untab(pieces)
        room = 0 if any(above.tag == "table" for above in box.iterancestors()) else columns.get(str(number), 0)
        text = "".join(piece.text for piece in pieces)
        share = min(TIGHT * room / widest(text), 1.0) if room else 1.0
        least = SMALLEST_DRAWN if _is_drawn(box) or SHOWN.match(text) else SMALLEST if is_drawing(text) else 2.0
        drawing = share >= TIGHT * least if scale else share == 1 and least <= 1
        if drawing and text.count("\n") * share < MOST_LINES:
            mark(box, "sketch")
        if drawing and share < 1:
            mark(box, "scaled")
            box.set("style", f"--hb-scale: {share:.3f}")
        elif room:
            _carry(pieces, room)
        _paint([piece for piece in _pieces(box) if piece.text])


def is_drawing(text: str) -> bool:
    r"""Return whether *text* is a drawing made of characters: it has frames, of lines, of ``+--+`` or of ``.---.``.

    >>> is_drawing("+---+\n| a |\n+---+"), is_drawing(".-----.\n| one |\n'-----'")
    (True, True)
    >>> is_drawing("docs\n├── a.md\n└── b.md")
    False
    """
    return sum(1 for line in text.split("\n") if FRAME.search(line)) > 1


def _is_drawn(box: Element) -> bool:
    """Return whether the language of the listing is one for drawings."""
    return any(DRAWN.fullmatch(name) for code in box.iter("code") for name in str(code.get("class") or "").split())


def widest(text: str) -> int:
    r"""Return the number of columns of the longest line of *text*.

    >>> widest("a\nlonger\n漢字")
    6
    """
    return max((_columns(line.rstrip()) for line in text.split("\n")), default=0)


def _columns(text: str) -> int:
    """Return the number of columns of *text*."""
    return len(text) if text.isascii() else sum(map(width, text))


def width(letter: str) -> int:
    """Return the number of columns of *letter*."""
    if unicodedata.combining(letter) or unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def divided(line: str, columns: int) -> tuple[int, tuple[int, ...]]:
    """Return the indent of the continuation of a long *line*, and the indexes of the letters that begin its further rows.

    A row ends after a space; a word that is longer than a row is divided after a mark such as a comma or a slash, else where
    the row is full. What stands in columns, with two spaces or more between them, goes on in its column.

    >>> line = 'curl --header "Authorization: Bearer $TOKEN" https://example.org'
    >>> divided(line, 24)
    (0, (14, 30, 45))
    >>> divided("PAID    142 against 125 of the 950 a side", 24)
    (8, (24, 37))
    """
    lead = len(line) - len(line.lstrip(" "))
    indent = lead if columns - lead - HANGING >= FEWEST else 0
    room, start, starts = columns, 0, list[int]()
    least = lead
    last = len(line.rstrip(" "))
    while True:
        end = _reach(line, start, room)
        if end >= last:
            return indent, tuple(starts)
        if not starts:
            begins = (_columns(line[: gap.end()]) for gap in GAP.finditer(line, lead, end))
            indent = max((at for at in begins if columns - at - HANGING >= columns * NARROWEST), default=indent)
        room_after = max(columns - indent - HANGING, FEWEST)
        start = _cut(line, max(start + 1, least + 1), end, room_after)
        least = start
        starts.append(start)
        room = room_after


def _reach(line: str, start: int, room: int) -> int:
    """Return the index of the letter after the last one of a row that begins at *start* and has *room* columns."""
    if line.isascii():
        return min(start + room, len(line))
    columns = 0
    for at in range(start, len(line)):
        columns += width(line[at])
        if columns > room:
            return at
    return len(line)


def _cut(line: str, least: int, end: int, room: int) -> int:
    """Return the index at which the next row begins: after *least*, not after *end*; a row has *room* columns."""
    end = max(end, least)
    space = line.rfind(" ", least - 1, end) + 1
    if space >= least and _columns(line[space:].split(" ", 1)[0]) <= room:
        return space
    for at in range(end, max(space, least), -1):
        if line[at - 1] in MARKS and line[at] not in MARKS and _follows_a_word(line, at):
            return at
    return space if space >= least else end


def _follows_a_word(line: str, at: int) -> bool:
    """Return whether the marks that end at *at* directly follow a word."""
    while at and line[at - 1] in MARKS:
        at -= 1
    return at > 0 and line[at - 1] != " "


def _pieces(box: Element) -> Iterator[_Piece]:
    """Yield the text of *box* piece by piece, in document order."""

    def walk(element: Element) -> Iterator[_Piece]:
        yield _Piece(element=element, tail=False, text=element.text or "")
        for child in element:
            if isinstance(child.tag, str):
                yield from walk(child)
            yield _Piece(element=child, tail=True, text=child.tail or "")

    return walk(box)


def _untab(pieces: Iterable[_Piece]) -> None:
    """Replace tabs by spaces up to the next tab stop."""
    column = 0
    for piece in pieces:
        letters: list[str] = []
        for letter in piece.text:
            if letter == "\t":
                letters.append(" " * (TAB - column % TAB))
                column += len(letters[-1])
            else:
                letters.append(letter)
                column = 0 if letter == "\n" else column + width(letter)
        piece.text = "".join(letters)
        piece.put([piece.text], [])


def _carry(pieces: list[_Piece], columns: int) -> None:
    """Divide the lines that are longer than *columns*."""
    text = "".join(piece.text for piece in pieces)
    cuts: dict[int, int] = {}
    at = 0
    for line in text.split("\n"):
        if _columns(line.rstrip(" ")) > columns:
            indent, starts = divided(line, columns)
            cuts |= {at + start: indent for start in starts}
        at += len(line) + 1
    begins = 0
    places = []
    sequence = sorted(cuts)
    for piece in pieces:
        ends = begins + len(piece.text)
        places.append((piece, sequence[bisect_left(sequence, begins) : bisect_left(sequence, ends)], begins))
        begins = ends
    for piece, inside, first in reversed(places):  # from the end: what is put in moves nothing that is still to be done
        edges = [0, *(cut - first for cut in inside), len(piece.text)]
        parts = [piece.text[left:right] for left, right in itertools.pairwise(edges)]
        if inside:
            parts = [*(f"{part}\n" for part in parts[:-1]), parts[-1]]
            piece.put(parts, [cuts[cut] for cut in inside])


def _paint(pieces: list[_Piece]) -> None:
    """Put spaces that stand alone between two elements into the second one: WeasyPrint 70 paints no text that is space alone."""
    for piece, after in itertools.pairwise(pieces):
        before, line, last = piece.text.rpartition("\n")
        if last and not last.strip(" ") and not after.text.startswith("\n"):
            piece.text, after.text = before + line, last + after.text
            piece.put([piece.text], [])
            after.put([after.text], [])
