"""The tree of tags of a PDF that WeasyPrint wrote: walked, and joined where a table was printed in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

Element = Any
"""A structure element, as pikepdf gives it."""


def elements(pdf: Any) -> Iterator[Element]:
    """Yield every structure element of *pdf*, in the order in which they are read."""
    import pikepdf  # noqa: PLC0415 - slow to import

    root = pdf.Root.get("/StructTreeRoot")
    stack = [root] if root is not None else []
    while stack:
        item = stack.pop()
        if isinstance(item, pikepdf.Dictionary) and "/K" in item:
            stack.extend(reversed(_kids(item)))
        if isinstance(item, pikepdf.Dictionary) and "/S" in item:
            yield item


def join(pdf: Any, pieces: Sequence[tuple[str, str, int]]) -> None:
    """Make one table again of the pieces of each table that was split: whoever listens hears whole rows.

    The cells of a piece go into the rows of the first one; what is left behind is the first column, said again.

    Args:
        pdf: open, with tags; it is changed.
        pieces: for each table that is tagged, in order: its chapter, its number, and which piece of it this is, from 0.
    """
    import pikepdf  # noqa: PLC0415 - as above

    tables = [element for element in elements(pdf) if element.get("/S") == pikepdf.Name.Table]
    if len(tables) != len(pieces):  # the order of the tags is not known: they stay, and the proof of the words tells
        return
    rows: dict[tuple[str, str], dict[int, list[Element]]] = {}
    for table, (chapter, number, piece) in zip(tables, pieces, strict=True):
        known = rows.setdefault((chapter, number), {}).setdefault(piece, [])
        known += _rows(table, again=bool(known))
    for found in rows.values():
        for piece in sorted(found.keys() - {0}):
            for whole, part in zip(found.get(0, ()), found[piece], strict=True):
                first, *cells = _kids(part)
                part.K = pikepdf.Array([first])
                for cell in cells:
                    cell.P = whole
                whole.K = pikepdf.Array([*_kids(whole), *cells])


def _rows(table: Element, *, again: bool) -> list[Element]:
    """Return the rows of *table*; without those of its head when they are printed *again*."""
    found: list[Element] = []
    for kid in _kids(table):
        role = str(kid.get("/S", "")) if hasattr(kid, "get") else ""
        if role == "/TR":
            found.append(kid)
        elif role in {"/TBody", "/TFoot"} or (role == "/THead" and not again):
            found += _rows(kid, again=again)
    return found


def _kids(element: Element) -> list[Element]:
    import pikepdf  # noqa: PLC0415 - as above

    kids = element.get("/K")
    return list(kids) if isinstance(kids, pikepdf.Array) else [] if kids is None else [kids]
