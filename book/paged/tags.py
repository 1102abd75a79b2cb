"""The tag tree of a PDF from WeasyPrint 70: walks it, joins tables that were printed in pieces, and removes decorative images.

An image without a description is decoration, not a figure (PDF/UA-1 §7.1, §7.3).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from book.paged.box_changes import FORMULA_MARK
from book.paged.chunks import POINTS
from book.paged.pages import Block

Element = Any
"""A structure element, as pikepdf returns it."""


def elements(pdf: Any) -> Iterator[Element]:
    """Yield every structure element of *pdf* in reading order."""
    import pikepdf  # noqa: PLC0415 - slow to import

    root = pdf.Root.get("/StructTreeRoot")
    stack = [root] if root is not None else []
    while stack:
        item = stack.pop()
        if type(item) is int or not isinstance(item, pikepdf.Dictionary):
            continue
        stack.extend(reversed(kids(item)))
        if "/S" in item:
            yield item


Roles = Mapping[str, Sequence[Element]]
"""The structure elements of a file by their tags, those with the same tag in reading order."""


def by_role(pdf: Any) -> Roles:
    """Return the structure elements of *pdf* by their tags, none for a tag that does not occur."""
    roles: dict[str, list[Element]] = defaultdict(list)
    for element in elements(pdf):
        roles[str(element.S)].append(element)
    return roles


def name_formulas(roles: Roles) -> None:
    """Change the tag of every formula, which WeasyPrint tags as a figure, to Formula (PDF/UA-1 §7.7)."""
    import pikepdf  # noqa: PLC0415 - as above

    for element in roles["/Figure"]:
        words = str(element.get("/Alt", ""))
        if words.startswith(FORMULA_MARK):
            element.S = pikepdf.Name.Formula
            element.Alt = words.removeprefix(FORMULA_MARK)


def name_notes(roles: Roles) -> None:
    """Change the tag of every note to Note, with a unique id (PDF 1.7 §14.8.4.5, PDF/UA-1 §7.9)."""
    import pikepdf  # noqa: PLC0415 - as above

    for number, element in enumerate(roles["/Part"], 1):
        element.S, element.ID = pikepdf.Name.Note, pikepdf.String(f"note-{number}")


def prefix_names(roles: Roles, prefix: str) -> None:
    """Begin the name of every note and cell, and every reference to it, with *prefix*, so that it is unique among joined files."""
    import pikepdf  # noqa: PLC0415 - as above

    def longer(name: Any) -> Any:
        return pikepdf.String(f"{prefix} {name}")

    for element in (*roles["/Part"], *roles["/TH"], *roles["/TD"]):
        if "/ID" in element:
            element.ID = longer(element.ID)
        attributes = element.get("/A", pikepdf.Array())
        for attribute in attributes if isinstance(attributes, pikepdf.Array) else [attributes]:
            if "/Headers" in attribute:
                attribute.Headers = pikepdf.Array([longer(name) for name in attribute.Headers])


def place_figures(pdf: Any, roles: Roles) -> None:
    """Write the box of every figure in points from the lower left corner of its page (PDF 1.7 Table 344): WeasyPrint writes pixels from the upper left one."""
    import pikepdf  # noqa: PLC0415 - as above

    heights = {page.obj.objgen: float(page.trimbox[3]) for page in pdf.pages}
    for element in roles["/Figure"]:
        if "/BBox" in (attributes := element.get("/A", pikepdf.Dictionary())):
            left, top, right, bottom = (POINTS * float(side) for side in attributes.BBox)
            height = heights[element.Pg.objgen]
            attributes.BBox = pikepdf.Array([round(side, 6) for side in (left, height - bottom, right, height - top)])


def scope_heads(roles: Roles) -> None:
    """Give every header cell without a scope the scope of its column (PDF/UA-1 §7.5)."""
    import pikepdf  # noqa: PLC0415 - as above

    for element in roles["/TH"]:
        if "/A" not in element:
            element.A = pikepdf.Dictionary(O=pikepdf.Name.Table, Scope=pikepdf.Name.Column)
            continue
        for attribute in element.A if isinstance(element.A, pikepdf.Array) else [element.A]:
            if attribute.get("/O") == pikepdf.Name.Table and "/Scope" not in attribute:
                attribute.Scope = pikepdf.Name.Column


BLOCK_TAGS = {
    **dict.fromkeys(("ul", "ol", "dl"), "L"),
    **{f"h{level}": f"H{level}" for level in range(1, 7)},
    "p": "P",
    "div": "Div",
    "blockquote": "BlockQuote",
    "section": "Sect",
    "article": "Art",
}
"""Element -> its tag, for the blocks of a chapter; all others have the tag NonStruct."""

Blocks = Sequence[tuple[Block, Element]]
"""The blocks of chapters with moved blocks, page by page, and their elements."""


def name_blocks(roles: Roles, blocks: Sequence[Block]) -> Blocks:
    """Give *blocks* their own tags, and return them with their elements.

    Args:
        roles: the elements of a PDF as WeasyPrint wrote it; they are changed.
        blocks: the blocks of chapters with moved blocks, page by page.
    """
    import pikepdf  # noqa: PLC0415 - as above

    tagged = [element for element in roles["/TFoot"] if not _in_table(element)]
    for element, block in zip(tagged, blocks, strict=True):
        element.S = pikepdf.Name(f"/{BLOCK_TAGS.get(block.tag, 'NonStruct')}")
    return list(zip(blocks, tagged, strict=True))


def reorder(blocks: Blocks) -> None:
    """Put the tags of moved blocks where the blocks stand in the book."""
    parts: dict[str, dict[int, list[Element]]] = {}
    moved: dict[tuple[str, int], None] = {}
    for block, element in blocks:
        if any(_same(kid, element) for kid in kids(element.P)):  # a decorative image has lost its tag
            parts.setdefault(block.context.chapter, {}).setdefault(block.context.block, []).append(element)
            if block.moved == "yes":
                moved[block.context.chapter, block.context.block] = None
    for chapter, number in sorted(moved):
        fixed = [other for other in sorted(parts[chapter]) if (chapter, other) not in moved]
        after = next((other for other in fixed if other > number), None)
        if fixed:
            target = parts[chapter][after][0] if after is not None else parts[chapter][fixed[-1]][-1]
            _put(parts[chapter][number], target, behind=after is None)


def _put(moved: Sequence[Element], target: Element, *, behind: bool) -> None:
    """Move elements before or behind *target*."""
    import pikepdf  # noqa: PLC0415 - as above

    for element in moved:
        before = element.P
        before.K = pikepdf.Array([kid for kid in kids(before) if not _same(kid, element)])
    inside = kids(target.P)
    at = next(index for index, kid in enumerate(inside) if _same(kid, target)) + behind
    target.P.K = pikepdf.Array([*inside[:at], *moved, *inside[at:]])
    for element in moved:
        element.P = target.P


def _same(kid: Any, element: Element) -> bool:
    return bool(getattr(kid, "objgen", None) == element.objgen)


def _in_table(element: Element) -> bool:
    import pikepdf  # noqa: PLC0415 - as above

    parent = element.get("/P")
    return parent is not None and parent.get("/S") == pikepdf.Name.Table


def join(pdf: Any, pieces: Sequence[tuple[str, str, int]]) -> None:
    """Rejoin the pieces of each split table, so that a screen reader reads whole rows.

    The cells of a piece are moved into the rows of the first piece; only the repeated first column is left behind.

    Args:
        pdf: the open PDF with tags; it is changed.
        pieces: chapter and number of each tagged table in order, and the index of its piece, from 0.
    """
    import pikepdf  # noqa: PLC0415 - as above

    tables = [element for element in elements(pdf) if element.get("/S") == pikepdf.Name.Table]
    if len(tables) != len(pieces):  # unknown order: the tags stay, and the proof of words reports it
        return
    rows: dict[tuple[str, str], dict[int, list[Element]]] = {}
    for table, (chapter, number, piece) in zip(tables, pieces, strict=True):
        rows_of_piece = rows.setdefault((chapter, number), {}).setdefault(piece, [])
        rows_of_piece += _rows(table, again=bool(rows_of_piece))
    for parts in rows.values():
        for piece in sorted(parts.keys() - {0}):
            for cell_before, part in zip(parts.get(0, ()), parts[piece], strict=True):
                first, *cells = kids(part)
                part.K = pikepdf.Array([first])
                for cell in cells:
                    cell.P = cell_before
                cell_before.K = pikepdf.Array([*kids(cell_before), *cells])


def join_cells(pdf: Any, cells: Sequence[int]) -> None:
    """Rejoin the parts of each cell that continues on another page, so that a screen reader reads it to its end.

    Args:
        pdf: the open PDF with tags; it is changed.
        cells: a number for every tagged cell, in order: the same for all parts of one cell, and 0 for cells of heads, which are
            repeated.
    """
    import pikepdf  # noqa: PLC0415 - as above

    names = {pikepdf.Name.TD, pikepdf.Name.TH}
    tagged = [element for element in elements(pdf) if element.get("/S") in names]
    if len(tagged) != len(cells):  # unknown order: the tags stay, and the proof of words reports it
        return
    firsts: dict[int, Element] = {}
    for cell, number in zip(tagged, cells, strict=True):
        if not number or firsts.setdefault(number, cell) is cell:
            continue
        _take_out(cell)
        cell.S = pikepdf.Name.Div
        for name in ("/A", "/ID"):
            if name in cell:
                del cell[name]
        first = firsts[number]
        cell.P = first
        first.K = pikepdf.Array([*kids(first), cell])


def _rows(table: Element, *, again: bool) -> list[Element]:
    """Return the rows of *table*; without those of its head if the table is a repetition (*again*)."""
    rows: list[Element] = []
    for kid in kids(table):
        role = str(kid.get("/S", "")) if hasattr(kid, "get") else ""
        if role == "/TR":
            rows.append(kid)
        elif role in {"/TBody", "/TFoot"} or (role == "/THead" and not again):
            rows += _rows(kid, again=again)
    return rows


def turn_into_artifacts(pdf: Any, decoration: Sequence[Element]) -> None:
    """Turn what *decoration* and the elements in it hold into artifacts, which nobody reads aloud, and remove the elements.

    Text whose content is not in the stream of its page keeps its tag.
    """
    numbers: dict[tuple[int, int], dict[int, Element]] = {}
    stack = list(decoration)
    while stack:
        element = stack.pop()
        for kid in kids(element):
            if isinstance(kid, int):
                numbers.setdefault(element.Pg.objgen, {})[int(kid)] = element
            elif hasattr(kid, "get") and "/S" in kid:
                stack.append(kid)
    for element, own in _redrawn(pdf, numbers).values():
        if len(own) == len(kids(element)):
            _take_out(element)


def undescribed(pdf: Any, figures: Sequence[Element]) -> int:
    """Turn those of the *figures* of *pdf* that have no description (an empty ``alt``) into artifacts; return their number.

    A figure inside a link, or one whose drawing is not in the stream of its page, is left alone.
    """
    bare: dict[tuple[int, int], dict[int, Any]] = {}
    for element in figures:
        if "/Alt" in element or "/ActualText" in element:
            continue
        inside = kids(element)
        if len(inside) == 1 and isinstance(inside[0], int):
            bare.setdefault(element.Pg.objgen, {})[int(inside[0])] = element
    redrawn = _redrawn(pdf, bare)
    for figure, _ in redrawn.values():
        _take_out(figure)
    return len(redrawn)


def _redrawn(
    pdf: Any, numbers: dict[tuple[int, int], dict[int, Element]]
) -> dict[tuple[int, int], tuple[Element, list[int]]]:
    """Turn marked content into artifacts; return the elements that held it, each with its numbers.

    Args:
        pdf: the open PDF with tags; it is changed.
        numbers: page -> number of the content -> its element.
    """
    import pikepdf  # noqa: PLC0415 - as above

    tree = pdf.Root.get("/StructTreeRoot")
    pages = {page.obj.objgen: page for page in pdf.pages}
    holders: dict[tuple[int, int], tuple[Element, list[int]]] = {}
    for place, elements_of in numbers.items():
        page = pages[place]
        drawn: list[int] = []
        stream: list[Any] = []
        for step in pikepdf.parse_content_stream(page):
            number = _number(step) if str(step.operator) == "BDC" else None
            if number in elements_of:
                drawn.append(number)
                stream.append(([pikepdf.Name.Artifact], pikepdf.Operator("BMC")))
            else:
                stream.append(step)
        if drawn:
            page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(stream))
        for number in drawn:
            element = elements_of[number]
            holders.setdefault(element.objgen, (element, []))[1].append(number)
            _forget(tree.ParentTree, int(page.obj.StructParents), number)
    return holders


def _number(begin: Any) -> int | None:
    """Return the identifier (MCID) of the marked content that the operator *begin* opens."""
    import pikepdf  # noqa: PLC0415 - as above

    marked = begin.operands[1]
    return int(marked.MCID) if isinstance(marked, pikepdf.Dictionary) and "/MCID" in marked else None


def _take_out(element: Any) -> None:
    """Remove *element* from the tree, with every parent that is then empty."""
    import pikepdf  # noqa: PLC0415 - as above

    while True:
        above = element.P
        above.K = pikepdf.Array(
            [kid for kid in kids(above) if not (isinstance(kid, pikepdf.Dictionary) and kid.objgen == element.objgen)]
        )
        if len(above.K) or "/S" not in above:
            return
        element = above


def _forget(tree: Any, page: int, number: int) -> None:
    """Remove the marked content *number* of the page *page* from the parent tree."""
    import pikepdf  # noqa: PLC0415 - as above

    pikepdf.NumberTree(tree)[page][number] = None


def kids(element: Element) -> list[Element]:
    """Return what *element* holds."""
    import pikepdf  # noqa: PLC0415 - as above

    inside = element.get("/K")
    return list(inside) if isinstance(inside, pikepdf.Array) else [] if inside is None else [inside]
