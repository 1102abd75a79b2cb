"""Formulas that are too wide for a line: which signs a line may begin with, and which lines of a displayed formula on paper are best."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

from lxml import etree
from msgspec import Struct

from book.body import Element, mark
from book.html_names import MATH

RELATIONS = frozenset("=≠≈≡≅≃∼≔≜≤≥≦≧<>≪≫≺≻∝→⟶⇒⟹⇔⟺↦⊂⊆⊃⊇∈")
"""A line begins best with one of these."""
OPERATORS = frozenset("+−-±∓∪∩∧∨⊕")
"""It may begin with one of these."""
PRODUCTS = frozenset("⋅·×⊗∘")
"""It begins with one of these only if nothing else is left: what is multiplied belongs together."""
DIVIDING = RELATIONS | OPERATORS | PRODUCTS
OPENING, CLOSING = frozenset("([{⟨⌈⌊"), frozenset(")]}⟩⌉⌋")
"""Signs as they stand in a row without being stretched; nothing is divided between them."""
LONG = 24
"""The most letters of a formula that stays whole on every screen."""
SPACE_LIKE = frozenset({"mtext", "mspace"})
"""Beside nothing but these, an operator loses its spaces to the row around its own (MathML Core 3.2.4.2)."""
WRAPPERS = frozenset({"math", "semantics", "mrow", "mstyle"})
INDENT = 2000.0
"""The indent of a line that does not begin below the first relation, in units of 1/1000 em."""
SHORT_LEFT = 0.3
"""The share of the line that the left side has at most if further lines begin below its relation."""
ZIAMATH_EM = 1333.0
"""An em of a space in ziamath 0.13, which takes points for pixels."""
LINE, AT_OPERATOR, AT_PRODUCT, TOO_WIDE = 1.0, 0.3, 1.2, 60.0
"""What a line costs, what it costs to begin it with an operator or a product, and what a line costs that is twice as wide as its room."""


class Piece(Struct, frozen=True):
    """What is not divided."""

    elements: tuple[Element, ...]
    sign: str | None
    """What it begins with; the first piece may begin with anything."""
    width: float

    @property
    def at_relation(self) -> bool:
        """Whether it begins with a relation."""
        return self.sign in RELATIONS


def divide(body: Element) -> None:
    """Let lines end inside the long formulas of *body*, before their relations and operators; what is multiplied stays together.

    A browser sets a formula on one line, which on a phone is wider than the screen; between rows directly in it, a style sheet
    may let it end a line (the kind ``divided``).
    """
    for math in body.iter(f"{{{MATH}}}math"):
        letters = sum(len(str(text).strip()) for text in math.itertext())
        if letters <= LONG:
            continue
        row = math[0] if len(math) == 1 and etree.QName(math[0]).localname == "mrow" and not math[0].attrib else math
        pieces = _divided(row, RELATIONS | OPERATORS)
        if len(pieces) > 1:
            for child in list(math):
                math.remove(child)
            for piece in pieces:
                row = etree.SubElement(math, f"{{{MATH}}}mrow")
                row.extend(piece)
                if all(etree.QName(element).localname in SPACE_LIKE for element in piece[1:]):
                    etree.SubElement(row, f"{{{MATH}}}mi")
            mark(math, "divided")


def on_lines(math: Element, room: float, width: Callable[[Element], float]) -> Element | None:
    """Return *math* as a table with a line in each row; None if there is no place to divide it.

    Args:
        math: a formula.
        room: the width that its lines may have, in units of 1/1000 em of the formula.
        width: returns the width of a formula in these units.
    """
    row = copy.deepcopy(math)
    while len(row) and etree.QName(row[0]).localname in WRAPPERS and etree.QName(row).localname in WRAPPERS:
        if etree.QName(row).localname != "semantics" and len(row) > 1:
            break
        row = row[0]
    pieces = [_piece(elements, width) for elements in _divided(row, DIVIDING)]
    if len(pieces) < 2:
        return None
    left = pieces[0].width
    indents = {INDENT, left} if pieces[1].at_relation and left <= SHORT_LEFT * room else {INDENT}
    (_, starts), indent = min((_best(pieces, room, indent), indent) for indent in indents)
    if len(starts) < 2:
        return None
    ends = (*starts[1:], len(pieces))
    return _table(
        [(_indent(pieces, start, indent), pieces[start:end]) for start, end in zip(starts, ends, strict=True)]
    )


def _divided(row: Element, signs: frozenset[str]) -> list[list[Element]]:
    """Return the children of *row* in pieces: each but the first begins with one of the *signs*."""
    pieces: list[list[Element]] = [[]]
    depth, bare = 0, True
    for child in row.iterchildren(etree.Element):
        sign = _sign(child)
        depth += (sign in OPENING) - (sign in CLOSING)
        divides = etree.QName(child).localname == "mo" and sign in DIVIDING
        if divides and sign in signs and depth == 0 and not bare:
            pieces.append([])
            child.set("form", "infix")  # with the spaces that it has inside a line
        # Behind another sign it belongs to what follows: a = -b.
        bare = divides or sign in OPENING or sign in {",", ";"} or (bare and sign is None and not _shows(child))
        pieces[-1].append(child)
    return pieces


def _shows(element: Element) -> bool:
    return etree.QName(element).localname != "mspace"


def _sign(element: Element) -> str | None:
    """Return the sign that *element* is, or that carries its scripts; None for letters, numbers and what is composed."""
    while len(element) and etree.QName(element).localname in {"msup", "msub", "msubsup"}:
        element = element[0]
    return (element.text or "").strip() if etree.QName(element).localname == "mo" else None


def _piece(elements: Sequence[Element], width: Callable[[Element], float]) -> Piece:
    alone = etree.Element(f"{{{MATH}}}math", {"display": "block"}, nsmap={None: MATH})
    etree.SubElement(alone, f"{{{MATH}}}mrow").extend(copy.deepcopy(list(elements)))
    return Piece(elements=tuple(elements), sign=_sign(elements[0]) if elements else None, width=width(alone))


def _indent(pieces: Sequence[Piece], start: int, indent: float) -> float:
    """Return the indent of the line that begins with the piece *start*: operators stand further in than relations."""
    if start == 0:
        return 0.0
    return indent if pieces[start].at_relation or indent == INDENT else indent + INDENT / 2


def _best(pieces: Sequence[Piece], room: float, indent: float) -> tuple[float, list[int]]:
    """Return what the best lines cost, and the pieces with which they begin."""
    costs, before = [0.0], [0]
    for end in range(1, len(pieces) + 1):
        ways = []
        for start in range(end):
            taken = (_indent(pieces, start, indent) + sum(piece.width for piece in pieces[start:end])) / room
            # The last line may be short.
            shape = TOO_WIDE * taken / 2 if taken > 1 else (1 - taken) ** 2 if end < len(pieces) else 0.0
            ways.append((costs[start] + LINE + _price(pieces[start].sign if start else None) + shape, start))
        cost, start = min(ways)
        costs.append(cost)
        before.append(start)
    starts, end = [], len(pieces)
    while end:
        end = before[end]
        starts.append(end)
    return costs[-1], starts[::-1]


def _price(sign: str | None) -> float:
    """Return what it costs to begin a line with *sign*."""
    return AT_PRODUCT if sign in PRODUCTS else AT_OPERATOR if sign in OPERATORS else 0.0


def _table(lines: Sequence[tuple[float, Sequence[Piece]]]) -> Element:
    table = etree.Element(f"{{{MATH}}}mtable", {"columnalign": "left", "rowspacing": "0.5em"}, nsmap={None: MATH})
    for space, pieces in lines:
        cell = etree.SubElement(etree.SubElement(table, f"{{{MATH}}}mtr"), f"{{{MATH}}}mtd", {"columnalign": "left"})
        line = etree.SubElement(cell, f"{{{MATH}}}mstyle", {"displaystyle": "true"})
        if space:
            etree.SubElement(line, f"{{{MATH}}}mspace", {"width": f"{space / ZIAMATH_EM:.3f}em"})
        for piece in pieces:
            line.extend(copy.deepcopy(piece.elements))
    math = etree.Element(f"{{{MATH}}}math", {"display": "block"}, nsmap={None: MATH})
    math.append(table)
    return math
