"""Tags that WeasyPrint 70 gives and should not: a picture without a description is decoration, and no figure (PDF/UA-1 §7.1, §7.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def structure(root: Any) -> Iterator[Any]:
    """Yield every structure element below *root*, the tree of a PDF's tags; nothing when there is none."""
    import pikepdf  # noqa: PLC0415 - slow to import

    stack = [root] if root is not None else []
    while stack:
        item = stack.pop()
        if isinstance(item, pikepdf.Dictionary) and "/K" in item:
            kids = item.K
            stack.extend(kids if isinstance(kids, pikepdf.Array) else [kids])
        if isinstance(item, pikepdf.Dictionary) and "/S" in item:
            yield item


def undescribed(pdf: Any) -> int:
    """Make artifacts of the figures of *pdf* that have no description, as an empty ``alt`` says; return how many.

    A figure that a link leads from, or whose drawing stands elsewhere than in the stream of its page, stays as it is.
    """
    import pikepdf  # noqa: PLC0415

    tree = pdf.Root.get("/StructTreeRoot")
    pages = {page.obj.objgen: page for page in pdf.pages}
    bare: dict[tuple[int, int], dict[int, Any]] = {}
    for element in structure(tree):
        if element.get("/S") != pikepdf.Name.Figure or "/Alt" in element or "/ActualText" in element:
            continue
        kids = element.K if isinstance(element.get("/K"), pikepdf.Array) else [element.get("/K")]
        if len(kids) == 1 and isinstance(kids[0], int):
            bare.setdefault(element.Pg.objgen, {})[int(kids[0])] = element
    count = 0
    for place, figures in bare.items():
        page = pages[place]
        done: list[int] = []
        stream: list[Any] = []
        for step in pikepdf.parse_content_stream(page):
            number = _number(step) if str(step.operator) == "BDC" else None
            if number in figures:
                done.append(number)
                stream.append(([pikepdf.Name.Artifact], pikepdf.Operator("BMC")))
            else:
                stream.append(step)
        if done:
            page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(stream))
        for number in done:
            _take_out(figures[number])
            _forget(tree.ParentTree, int(page.obj.StructParents), number)
        count += len(done)
    return count


def _number(begin: Any) -> int | None:
    """Return the mark that the operator *begin* gives to what follows it."""
    import pikepdf  # noqa: PLC0415

    marked = begin.operands[1]
    return int(marked.MCID) if isinstance(marked, pikepdf.Dictionary) and "/MCID" in marked else None


def _take_out(element: Any) -> None:
    """Remove *element* from the tree, and every box above it that then holds nothing."""
    import pikepdf  # noqa: PLC0415

    while True:
        above = element.P
        kids = above.K if isinstance(above.K, pikepdf.Array) else pikepdf.Array([above.K])
        above.K = pikepdf.Array(
            [kid for kid in kids if not (isinstance(kid, pikepdf.Dictionary) and kid.objgen == element.objgen)]
        )
        if len(above.K) or "/S" not in above:
            return
        element = above


def _forget(tree: Any, page: int, number: int) -> None:
    """Take the mark *number* of the page that is called *page* out of the tree of parents."""
    nums = tree.Nums
    for at in range(0, len(nums), 2):
        if int(nums[at]) == page:
            nums[at + 1][number] = None
