"""Repairs tables: puts their parts in the order that HTML requires, and stray content into cells."""

from __future__ import annotations

import re
from collections.abc import Iterable

from book.markdown import content_model as model
from book.markdown.repair.attributes import attributes_of
from book.markdown.repair.boxes import CELLS, PIECES, SECTIONS, Box, Fits, Nodes, names_of, runs, says


def fit_table(fitter: Fits, box: Box, above: frozenset[str]) -> Nodes:
    """Return a table in the order of HTML: caption, columns, head, bodies, foot; rows keep their order."""
    if "caption" in above:
        return fitter.flow([_leveled(box)], above)
    worded = any(isinstance(node, Box) and node.tag == "colgroup" and says(node.inside) for node in box.inside)
    if model.holds("table", names_of(box.inside)) and not worded:
        inside = above | {"table"}
        return [box.like([_part(fitter, node, inside) if isinstance(node, Box) else node for node in box.inside])]
    table = _Table(fitter, box, above | {"table"})
    for in_pieces, run in runs(box.inside, lambda node: isinstance(node, Box) and node.tag in PIECES):
        if in_pieces:
            table.take(node for node in run if isinstance(node, Box))
        elif says(run):
            table.stray(run, "<table> contains something that is not a row", "write it in <tr><td>…</td></tr>")
    return table.fitted()


class _Table:
    """A table that is being repaired."""

    def __init__(self, fitter: Fits, box: Box, inside: frozenset[str]) -> None:
        self.fitter, self.box, self.inside = fitter, box, inside
        self.caption: list[Box] = []
        self.columns: list[Box] = []
        self.sections: list[Box] = []
        self.open_body: Box | None = None
        """The body for rows outside a section, while it is the last section."""
        self.width = _width(box)

    def body(self) -> Box:
        """Return the body for a row outside a section."""
        if self.open_body is None:
            self.open_body = Box("tbody")
            self.sections.append(self.open_body)
        return self.open_body

    def stray(self, nodes: Nodes, message: str, fix: str) -> None:
        """Put nodes that are not parts of a table into a row of their own."""
        self.fitter.say(next((node for node in nodes if isinstance(node, Box)), self.box), message, fix)
        pairs = {"colspan": str(self.width)} if self.width > 1 else {}
        cell = Box("td", pairs, self.fitter.flow(nodes, self.inside | {"td"}))
        self.body().inside.append(Box("tr", {}, [cell]))

    def take(self, pieces: Iterable[Box]) -> None:
        """Add *pieces*, sibling parts of a table; cells outside a row form a row."""
        cells: Nodes = []

        def flush() -> None:
            if cells:
                self.body().inside.append(_row(self.fitter, Box("tr", {}, [*cells]), self.inside))
                cells.clear()

        for piece in pieces:
            if piece.tag in CELLS:
                cells.append(piece)
                continue
            flush()
            if piece.tag == "caption":
                self.take_caption(piece)
            elif piece.tag in ("col", "colgroup"):
                self.take_columns(piece)
            elif piece.tag == "tr":
                self.body().inside.append(_row(self.fitter, piece, self.inside))
            else:
                self.take_section(piece)
        flush()

    def take_caption(self, piece: Box) -> None:
        """Add a caption; one that comes after rows, or a second one, becomes a row."""
        if not self.caption and not self.sections:
            self.caption.append(_part(self.fitter, piece, self.inside))
        elif says(piece.inside):
            self.stray(piece.inside, "the caption comes after rows of its table", "put <caption> first")

    def take_columns(self, piece: Box) -> None:
        """Add a column or a group of columns."""
        if not self.sections:
            self.columns += _columns(piece)
        if says(piece.inside):
            words = [node for node in piece.inside if not (isinstance(node, Box) and node.tag == "col")]
            self.stray(words, "<colgroup> contains text", "write them in <tr><td>…</td></tr>")

    def take_section(self, piece: Box) -> None:
        """Add a head, a body or a foot."""
        tag = piece.tag
        if tag == "thead" and self.sections:
            self.fitter.say(piece, "a second <thead>, or one after rows", "put a single <thead> first")
            tag = "tbody"
        self.sections.append(Box(tag, attributes_of(tag, piece.pairs), _rows(self.fitter, piece, self.inside)))
        self.open_body = None

    def fitted(self) -> Nodes:
        """Return the table, or its caption as a box if there is nothing else."""
        for section in self.sections[:-1]:
            if section.tag == "tfoot":
                message = "<tfoot> comes before other rows; they are printed in this order"
                self.fitter.say(section, message, "put <tfoot> last")
                section.tag = "tbody"
        if not self.sections:
            return [Box("div", {}, self.caption[0].inside)] if self.caption and says(self.caption) else [" "]
        return [self.box.like([*self.caption, *self.columns, *self.sections])]


def _part(fitter: Fits, piece: Box, above: frozenset[str]) -> Box:
    """Return *piece*, which is in its proper place in a table, repaired."""
    if piece.tag == "tr":
        return _row(fitter, piece, above)
    if piece.tag == "colgroup":
        return _columns(piece)[0]
    pairs = attributes_of(piece.tag, piece.pairs)
    if piece.tag == "caption":
        return Box("caption", pairs, fitter.flow(piece.inside, above | {"caption"}))
    return Box(piece.tag, pairs, _rows(fitter, piece, above))


def _rows(fitter: Fits, section: Box, above: frozenset[str]) -> Nodes:
    """Return the content of *section* of a table as rows only."""
    result: Nodes = []
    for kind, run in runs(section.inside, lambda node: isinstance(node, Box) and node.tag == "tr"):
        if kind:
            result += (_row(fitter, node, above) if isinstance(node, Box) else node for node in run)
        elif says(run):
            result.append(_row(fitter, Box("tr", {}, run), above))
    return result


def _row(fitter: Fits, row: Box, above: frozenset[str]) -> Box:
    """Return *row* of a table with cells only."""
    cells: Nodes = []
    for kind, run in runs(row.inside, lambda node: isinstance(node, Box) and node.tag in CELLS):
        if kind:
            cells += (
                Box(cell.tag, attributes_of(cell.tag, cell.pairs), fitter.flow(cell.inside, above | {cell.tag}))
                if isinstance(cell, Box)
                else cell
                for cell in run
            )
        elif says(run):
            first = next((node for node in run if isinstance(node, Box)), row)
            fitter.say(first, "<tr> contains something that is not a cell", "write it in <td>…</td>")
            cells.append(Box("td", {}, fitter.flow(run, above | {"td"})))
    return Box("tr", attributes_of("tr", row.pairs), cells)


def _leveled(table: Box) -> Box:
    """Return *table* as nested divs."""

    def level(node: Box | str) -> Nodes:
        if isinstance(node, str):
            return [node]
        if node.tag in ("col", "colgroup"):
            return []
        inside = [inner for child in node.inside for inner in level(child)]
        return [Box("div", {}, inside)] if node.tag in PIECES or node.tag == "table" else [node.like(inside)]

    box = level(table)[0]
    assert isinstance(box, Box)  # noqa: S101 - a table makes a box
    return box


def _width(table: Box) -> int:
    """Return the number of columns of the widest row of *table*."""
    rows = [node for node in table.inside if isinstance(node, Box) and node.tag == "tr"]
    for section in table.inside:
        if isinstance(section, Box) and section.tag in SECTIONS:
            rows += (node for node in section.inside if isinstance(node, Box) and node.tag == "tr")

    def span(cell: Box) -> int:
        match = re.fullmatch(r"\s*(\d{1,4})\s*", cell.pairs.get("colspan", "1"))
        return max(1, min(1000, int(match[1]))) if match else 1

    return max(
        (sum(span(cell) for cell in row.inside if isinstance(cell, Box) and cell.tag in CELLS) for row in rows),
        default=1,
    )


def _columns(piece: Box) -> list[Box]:
    """Return *piece*, a column or a group of columns, as groups of columns."""
    pairs = attributes_of(piece.tag, piece.pairs)
    if piece.tag == "col":
        return [Box("colgroup", {}, [Box("col", pairs)])]
    inside: Nodes = [
        Box("col", attributes_of("col", node.pairs))
        for node in piece.inside
        if isinstance(node, Box) and node.tag == "col"
    ]
    if inside:
        pairs.pop("span", None)
    return [Box("colgroup", pairs, inside)]
